"""The official client, used as a developer would: what it sends is taken, what it gets parses.

It has the addresses of the real host in constants of its module; they are replaced, as is the size
from which it uploads in parts. Its clients are closed here, which it leaves to the interpreter.
"""

import hashlib
from typing import Any

import pytest

from seed_core.emulator import Answer, Fault, Job
from tests.emulator.fal.conftest import ENDPOINT

fal_client = pytest.importorskip("fal_client")

ASK = {"prompt": "What can you do?"}
UNKNOWN = "00000000-0000-4000-8000-999999999999"


@pytest.fixture(autouse=True)
def at_home(emulator, monkeypatch):
    for constant, url in {
        "RUN_URL_FORMAT": emulator.url("fal", "sync") + "/",
        "QUEUE_URL_FORMAT": emulator.url("fal", "queue") + "/",
        "REST_URL": emulator.url("fal", "storage"),
        "CDN_URL": emulator.url("fal", "cdn"),
    }.items():
        monkeypatch.setattr(f"fal_client.client.{constant}", url)


@pytest.fixture
def in_parts(monkeypatch):
    monkeypatch.setattr("fal_client.client.MULTIPART_THRESHOLD", 1000)
    monkeypatch.setattr("fal_client.client.MULTIPART_CHUNK_SIZE", 300)


@pytest.fixture
def make():
    opened = []

    class Client(fal_client.SyncClient):  # type: ignore[misc, name-defined]  # it may be missing
        def _get_cdn_client(self) -> Any:
            opened.append(super()._get_cdn_client())
            return opened[-1]

    def new(key="test") -> Any:
        client = Client(key=key)
        opened.append(client._client)  # noqa: SLF001  (there is no other way to close it)
        return client

    yield new
    for client in opened:
        client.close()


@pytest.fixture
def client(make):
    return make()


@pytest.fixture
async def aclient():
    client: Any = fal_client.AsyncClient(key="test")
    yield client
    await (await client._client).aclose()  # noqa: SLF001  (likewise)


def digests(emulator):
    return [(file.url, file.content_type, file.sha256) for file in emulator.stored_files]


def digest(data):
    return hashlib.sha256(data).hexdigest()


# At once.


def test_run(client, emulator):
    body = client.run(ENDPOINT, ASK, start_timeout=20, hint="me")
    assert body["output"].startswith("You said")
    (seen,) = emulator.requests
    assert seen.headers["authorization"] == "Key test"
    assert seen.headers["x-fal-request-timeout"] == "20.0"
    assert client.run("fal-ai/bytedance", ASK, path="/seed/v2/mini") == body


def test_a_conversation(client):
    first = client.run(ENDPOINT, {"prompt": "I am Ann.", "system_prompt": "Be kind."})
    second = client.run(ENDPOINT, {"prompt": "Who am I?", "messages": first["messages"]})
    assert len(second["messages"]) == 5


def test_errors(client, make, script):
    script(
        Fault.status(403, code="exhausted_balance"),
        Fault.status(503),
        Fault.status(504, headers={"X-Fal-Request-Timeout-Type": "user"}),
    )
    with pytest.raises(fal_client.FalClientHTTPError, match="Exhausted balance") as error:
        client.run(ENDPOINT, ASK)
    assert error.value.status_code == 403
    with pytest.raises(fal_client.FalClientHTTPError, match="Runner disconnected") as error:
        client.run(ENDPOINT, ASK)
    assert error.value.error_type == "runner_disconnected"
    assert error.value.response_headers["x-fal-request-id"]
    with pytest.raises(fal_client.FalClientHTTPError, match="timed out"):
        client.run(ENDPOINT, ASK)
    with pytest.raises(fal_client.FalClientHTTPError) as error:
        client.run(ENDPOINT, {"prompt": 1})
    assert error.value.message[0]["type"] == "string_type"
    with pytest.raises(fal_client.FalClientHTTPError, match="No user found"):
        make("invalid").run(ENDPOINT, ASK)
    with pytest.raises(fal_client.FalClientHTTPError, match="not found"):
        client.run(f"{ENDPOINT}/other", ASK)


@pytest.mark.parametrize("fault", [Fault.status(429), Fault.html(503, "<h1>nginx</h1>")])
def test_what_it_tries_again(client, script, emulator, fault):
    script(fault)
    assert client.run(ENDPOINT, ASK)["output"].startswith("You said")
    assert len(emulator.requests) == 2


def test_there_is_no_stream(client, emulator):
    with pytest.raises(Exception, match="text/event-stream"):
        list(client.stream(ENDPOINT, ASK))
    assert emulator.requests[-1].path.endswith("/mini/stream")


# The queue.


def test_submit_poll_fetch(client):
    handle = client.submit(ENDPOINT, ASK, priority="low", start_timeout=5)
    told = list(handle.iter_events(with_logs=True, interval=0))
    assert told[0] == fal_client.Queued(position=0)
    assert [log["message"] for log in told[1].logs] == ["Started."]
    assert isinstance(told[2], fal_client.Completed)
    assert told[2].metrics == {"inference_time": 1.5}
    assert handle.get()["output"].startswith("You said")
    again = client.get_handle(ENDPOINT, handle.request_id)
    assert (again.status_url, again.cancel_url) == (handle.status_url, handle.cancel_url)
    assert client.result(ENDPOINT, handle.request_id)["output"].startswith("You said")


def test_status_without_logs(client):
    handle = client.submit(ENDPOINT, ASK)
    assert client.status(ENDPOINT, handle.request_id) == fal_client.Queued(position=0)
    assert handle.status() == fal_client.InProgress(logs=None)
    assert handle.status().error is None


def test_subscribe(client):
    seen: list[Any] = []
    body = client.subscribe(
        ENDPOINT,
        ASK,
        with_logs=True,
        interval=0,
        on_enqueue=seen.append,
        on_queue_update=seen.append,
    )
    assert body["output"].startswith("You said")
    kinds = [fal_client.Queued, fal_client.InProgress, fal_client.Completed]
    assert [type(event) for event in seen[1:]] == kinds


def test_cancel(client):
    handle = client.submit(ENDPOINT, ASK)
    client.cancel(ENDPOINT, handle.request_id)
    assert handle.status().error_type == "request_cancelled"
    with pytest.raises(fal_client.FalClientHTTPError) as error:
        handle.cancel()
    assert error.value.status_code == 400
    with pytest.raises(fal_client.FalClientHTTPError) as error:
        client.cancel(ENDPOINT, UNKNOWN)
    assert error.value.status_code == 404


def test_jobs_that_fail(client, script):
    failed = {"status": "COMPLETED", "logs": [], "error": "Gone", "error_type": "internal_error"}
    script(Job(statuses=[failed]), Job(result=Fault.status(422, code="content_policy_violation")))
    handle = client.submit(ENDPOINT, ASK)
    assert handle.status().error == "Gone"
    with pytest.raises(fal_client.FalClientHTTPError, match="Gone"):
        handle.get(interval=0)
    with pytest.raises(fal_client.FalClientHTTPError) as error:
        client.subscribe(ENDPOINT, ASK, interval=0)
    assert error.value.message[0]["type"] == "content_policy_violation"
    with pytest.raises(fal_client.FalClientHTTPError) as error:
        client.subscribe(ENDPOINT, {}, interval=0)
    assert error.value.message[0]["type"] == "missing"


# Files.


@pytest.mark.parametrize("repository", ["fal_v3", "fal"])
def test_upload(client, emulator, repository):
    kept: Any = fal_client.StorageSettings(expires_in="1h")
    url = client.upload(b"abc", "image/png", "a.png", repository=repository, lifecycle=kept)
    assert digests(emulator) == [(url, "image/png", digest(b"abc"))]
    assert "image/png, 3 bytes" in client.run(ENDPOINT, {**ASK, "image_urls": [url]})["output"]


def test_upload_a_file(client, emulator, tmp_path):
    path = tmp_path / "a clip.mp4"
    path.write_bytes(b"....ftyp")
    url = client.upload_file(path)
    assert digests(emulator) == [(url, "video/mp4", digest(b"....ftyp"))]


def test_upload_in_parts(client, emulator, in_parts, tmp_path):
    data = bytes(range(256)) * 16
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    urls = [client.upload(data, "video/mp4", "a.mp4"), client.upload_file(path)]
    assert digests(emulator) == [(url, "video/mp4", digest(data)) for url in urls]
    assert any("/multipart/" in seen.path for seen in emulator.requests)


def test_upload_without_a_key(make):
    with pytest.raises(Exception, match="401"):
        make("invalid").upload(b"abc", "image/png", repository="fal_v3")


# The same, without threads.


async def test_async_run(aclient, script):
    script(Answer(text="mine"), Fault.status(500))
    assert (await aclient.run(ENDPOINT, ASK))["output"] == "mine"
    with pytest.raises(fal_client.FalClientHTTPError, match="Internal server error"):
        await aclient.run(ENDPOINT, ASK)


async def test_async_queue(aclient):
    handle = await aclient.submit(ENDPOINT, ASK)
    told = [event async for event in handle.iter_events(with_logs=True, interval=0)]
    assert len(told) == 3
    assert (await handle.get())["output"].startswith("You said")
    seen: list[Any] = []
    body = await aclient.subscribe(ENDPOINT, ASK, interval=0, on_queue_update=seen.append)
    assert body["output"].startswith("You said")
    assert len(seen) == 3
    handle = await aclient.submit(ENDPOINT, ASK)
    await handle.cancel()
    with pytest.raises(fal_client.FalClientHTTPError, match="cancelled"):
        await aclient.result(ENDPOINT, handle.request_id)


async def test_async_upload(aclient, emulator, in_parts, tmp_path):
    data = bytes(range(256)) * 16
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    urls = [
        await aclient.upload(b"abc", "image/png", "a.png"),
        await aclient.upload(b"abc", "image/png", "a.png", repository="fal"),
        await aclient.upload(data, "video/mp4", "a.mp4"),
        await aclient.upload_file(path),
    ]
    assert [file.url for file in emulator.stored_files] == urls
    assert [file.size for file in emulator.stored_files] == [3, 3, len(data), len(data)]
