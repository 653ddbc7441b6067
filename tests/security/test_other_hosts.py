"""A key goes to its own host, whatever that host, a redirect or a failure names as another."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from seed_core.client import Client
from seed_core.emulator import Emulator, Fault, Raw
from seed_core.errors import (
    ConfigurationError,
    InvalidReplyError,
    MediaError,
    SeedError,
)
from seed_core.flow import Response, Retry
from seed_core.providers import resolve
from seed_core.saving import FileSink
from seed_core.types import Bytes, Image, Message, Prompt, Text
from seed_core.video_client import VideoClient
from seed_core.videos.fetch import fetch
from seed_core.videos.runware import Runware
from tests.contract.rows import KEY, Row, all_rows
from tests.core.calling import COLOURS, HELLO, ONCE, ask
from tests.core.playing import play
from tests.security.listening import Listener, listening
from tests.security.showing import frames_with, told

TOKEN = "gateway-token-of-the-first-host"
REPLY = {"choices": [{"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]}


@pytest.fixture
def elsewhere() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize("row", all_rows(), ids=str)
def test_a_redirect_leads_nowhere(
    emulator: Emulator, elsewhere: Listener, row: Row, status: int
) -> None:
    moved = Raw(status, headers={"location": f"{elsewhere.url}/v1"})
    emulator.script(moved, moved, host=row.emulated)
    for colour in COLOURS:
        outcome = ask(colour, row.at(emulator), stream=colour == "sync", retry=ONCE)
        assert isinstance(outcome.error, SeedError)
    assert elsewhere.heard == []


@pytest.mark.parametrize("field", ["status_url", "response_url", "cancel_url"])
def test_an_address_that_a_queue_names_elsewhere_is_not_asked(
    emulator: Emulator, elsewhere: Listener, field: str
) -> None:
    row = next(row for row in all_rows() if row.api == "queue")
    for named in (
        f"{elsewhere.url}/requests/1/status",
        elsewhere.url.replace("http://", "//"),
        elsewhere.url.replace("http://", f"http://{emulator.url('fal').partition('//')[2]}@"),
        "file:///etc/passwd",
    ):
        accepted = {"request_id": "00000000-0000-0000-0000-000000000000", field: named}
        emulator.script(Raw(200, body=json.dumps(accepted).encode()), host="fal")
        error = ask("sync", row.at(emulator), stream=False, retry=ONCE).error
        assert error is not None  # the emulated host knows no such job
    assert elsewhere.heard == []


def test_the_next_host_gets_its_own_key_alone(emulator: Emulator, elsewhere: Listener) -> None:
    elsewhere.body = json.dumps(REPLY).encode()
    elsewhere.headers = {"content-type": "application/json"}
    first = {
        "provider": "openrouter",
        "base_url": emulator.url("openrouter"),
        "api_key": f"sk-or-v1-{KEY}",
        "headers": {"x-gateway": TOKEN, "cookie": f"a={TOKEN}"},
        "query": {"sig": TOKEN},
    }
    second = {"provider": "compatible", "base_url": elsewhere.url, "model": "m", "api_key": "b-key"}
    cookie = {"set-cookie": f"session={TOKEN}; Path=/"}
    emulator.script(Raw(503, body=f"no, {KEY}".encode(), headers=cookie), Fault.status(503))
    assert Client([first, second], retry=Retry(1, jitter=lambda: 0.0)).call(HELLO).text == "Hi"
    (heard,) = elsewhere.heard
    assert "b-key" in heard
    assert KEY not in heard
    assert TOKEN not in heard


def test_what_is_uploaded_goes_without_the_key(elsewhere: Listener) -> None:
    picture = Image(Bytes(b"\x89PNG\r\n\x1a\n" + bytes(2_000_000)), "image/png")
    prompt = Prompt((Message("user", (Text("What is it?"), picture)),))
    at = resolve("fal", api_key=KEY, headers={"x-token": TOKEN})
    place = {"upload_url": f"{elsewhere.url}/put", "file_url": "https://cdn.example/a.png"}
    _, refused = play(
        at.call(prompt, stream=False, retry=ONCE), Response(200, {}, json.dumps(place).encode())
    )
    assert isinstance(refused, InvalidReplyError)  # http, where the storage itself is https
    place["upload_url"] = "https://cdn.example/put"
    sends, _ = play(
        at.call(prompt, stream=False, retry=ONCE),
        Response(200, {}, json.dumps(place).encode()),
        Response(200),
        Response(200, {}, b'{"output": "A picture."}'),
    )
    put = sends[1].request
    assert put.url == "https://cdn.example/put"
    assert set(put.headers) == {"content-type", "user-agent"}
    assert [KEY in str(dict(send.request.headers)) for send in sends] == [True, False, True]


# --- results --------------------------------------------------------------------------------------


def test_a_video_is_fetched_without_the_key(
    emulator: Emulator, elsewhere: Listener, tmp_path: Path
) -> None:
    elsewhere.body = b"a video"
    at = Runware(emulator.url("runware"), SecretStr(KEY), {"x-token": TOKEN})
    VideoClient(runware=at).download(f"{elsewhere.url}/a.mp4?sig=1", tmp_path / "a.mp4")
    (heard,) = elsewhere.heard
    assert heard.startswith("GET /a.mp4?sig=1 ")
    assert KEY not in heard
    assert TOKEN not in heard
    assert "authorization" not in heard.lower()
    assert (tmp_path / "a.mp4").read_bytes() == b"a video"


NO_WEB = (
    "file:///etc/passwd",
    "ftp://a.example/a",
    "data:video/mp4;base64,AAAA",
    "gopher://a.example/a",
)


@pytest.mark.parametrize("url", [*NO_WEB, "/etc/passwd", "//a.example/a", ""])
def test_no_other_scheme_is_fetched(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="address"):
        next(fetch(url, FileSink(tmp_path / "a.mp4", 10), ONCE))


@pytest.mark.parametrize(
    ("begin", "location"),
    [
        *((f"{scheme}://a.example/v.mp4", url) for scheme in ("http", "https") for url in NO_WEB),
        ("https://a.example/v.mp4", "http://a.example/v.mp4"),
    ],
)
def test_no_redirect_leads_to_another_scheme_or_from_https_to_http(
    begin: str, location: str, tmp_path: Path
) -> None:
    moved = Response(302, {"location": location})
    sends, error = play(fetch(begin, FileSink(tmp_path / "a.mp4", 10), ONCE), moved)
    assert isinstance(error, InvalidReplyError)
    assert [send.request.url for send in sends] == [begin]


def test_a_file_is_as_large_as_it_may_be_and_no_larger(elsewhere: Listener, tmp_path: Path) -> None:
    elsewhere.body = bytes(300_000)
    client = VideoClient("a-key-of-nobody", base_url=elsewhere.url)
    with pytest.raises(MediaError, match="more than 200,000 bytes"):
        client.download(f"{elsewhere.url}/a", tmp_path / "a.mp4", max_bytes=200_000)
    assert list(tmp_path.iterdir()) == []
    client.download(f"{elsewhere.url}/a", tmp_path / "a.mp4", max_bytes=300_000)
    sink = FileSink(tmp_path / "b.mp4", 10)  # of a host that does not say how much will come
    sink.begin({})
    with pytest.raises(MediaError, match="more than 10 bytes"):
        sink.write(bytes(11))
    sink.abandon()
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="links are followed on this system")
def test_a_link_that_waits_in_a_shared_folder_is_not_followed(
    elsewhere: Listener, tmp_path: Path
) -> None:
    elsewhere.body = b"a video"
    precious = tmp_path / "precious"
    precious.write_text("mine")
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "a.mp4.part").symlink_to(precious)
    client = VideoClient("a-key-of-nobody", base_url=elsewhere.url)
    with pytest.raises(MediaError, match="cannot be written"):
        client.download(f"{elsewhere.url}/a", folder / "a.mp4")
    assert precious.read_text() == "mine"
    (folder / "b.mp4").symlink_to(precious)  # of the name itself the link is replaced
    client.download(f"{elsewhere.url}/a", folder / "b.mp4")
    assert precious.read_text() == "mine"
    assert (folder / "b.mp4").read_bytes() == b"a video"


# --- proxies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_password_of_a_proxy_is_shown_nowhere(elsewhere: Listener, scheme: str) -> None:
    elsewhere.status = 407
    at = resolve("openrouter", base_url=f"{scheme}://host.example/v1", api_key=f"sk-or-v1-{KEY}")
    proxy = elsewhere.url.replace("http://", f"http://user:{TOKEN}@")
    with httpx.Client(proxy=proxy) as own, pytest.raises(SeedError) as caught:
        Client(at, retry=ONCE, http_client=own).call(HELLO)
    assert len(elsewhere.heard) == 1
    assert TOKEN not in told(caught.value)
    assert KEY not in told(caught.value)
    assert frames_with(caught.value, TOKEN, KEY, ours=True) == set()
