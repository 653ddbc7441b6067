"""A traceback that prints the variables of its frames shows no key, whatever went wrong."""

import asyncio
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from seed_core.client import AsyncClient, Client
from seed_core.connecting import TransportName
from seed_core.emulator import Emulator, Fault, Raw
from seed_core.errors import (
    APIStatusError,
    APITimeoutError,
    BadRequestError,
    ConfigurationError,
    SeedError,
)
from seed_core.flow import Request, Response, Retry
from seed_core.polling import Progress
from seed_core.providers import resolve
from seed_core.providers.catalogue import count_tokens, list_models
from seed_core.providers.fal_storage import PARTS_ABOVE, upload
from seed_core.timeouts import Timeout
from seed_core.types import Bytes, Document, File, Image, Message, Prompt, Text
from seed_core.video_client import AsyncVideoClient, VideoClient
from seed_core.videos.runware import Runware, resolve_runware
from seed_core.videos.seedance import SeedanceTask
from tests.contract.rows import KEY, Row, all_rows
from tests.core.calling import COLOURS, HELLO, ONCE, Colour, ask, eventually
from tests.core.playing import play
from tests.rows import FAST
from tests.security.showing import frames_with, told

TOKEN = "gateway-token-that-nobody-may-see"
QUERY = "query-key-that-nobody-may-see"
SECRETS = (KEY, TOKEN, QUERY)
REFUSED = f'{{"error": {{"code": 401, "message": "No such key: {KEY}, {TOKEN}, {QUERY}"}}}}'
TROUBLES: dict[str, Raw | Fault] = {
    "refused": Raw(401, body=REFUSED.encode(), headers={"x-echo": KEY}),
    "failed": Fault.status(500),
    "closed": Fault.refuse(),
    "garbled": Fault.garbage(after=0),
    "broken": Fault.cut(after=3),
}
TRANSPORTS: tuple[TransportName, ...] = ("auto", "httpx")


def test_what_a_frame_would_show_is_found() -> None:
    """These tests can fail: a key in a variable, an argument or a cause is seen."""
    code = """
def inner(headers):
    raise KeyError("inner")

def outer(key):
    plain = "Bearer " + key
    try:
        inner({"authorization": plain})
    except KeyError:
        del plain
        raise ValueError("outer") from None
"""
    space: dict[str, Any] = {}
    exec(compile(code, "/a/seed_core/made_up.py", "exec"), space)
    with pytest.raises(ValueError, match="outer") as caught:
        space["outer"](KEY)
    found = {"made_up.py:inner:headers", "made_up.py:outer:key"}
    assert frames_with(caught.value, KEY, ours=True) == found
    assert frames_with(caught.value, QUERY) == set()


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("row", all_rows(), ids=str)
def test_a_call_that_failed_shows_no_key(emulator: Emulator, row: Row, trouble: str) -> None:
    seen = 0
    for colour in COLOURS:
        for transport in TRANSPORTS:
            stream = (colour == "sync") == (transport == "auto")
            emulator.clear()
            emulator.script(TROUBLES[trouble], host=row.emulated)
            at = row.at(emulator, headers={"X-Gateway-Token": TOKEN}, query={"api_key": QUERY})
            error = ask(colour, at, stream=stream, retry=ONCE, transport=transport).error
            if error is None:  # a job of a queue goes on whatever became of one look at it
                continue
            seen += 1
            assert frames_with(error, KEY, TOKEN) == set()
            # httpx shows, and logs, addresses whole: docs and SECURITY.md say so.
            assert frames_with(error, QUERY, ours=True) == set()
            assert not [secret for secret in SECRETS if secret in told(error)]
    assert seen or (row.api, trouble) == ("queue", "broken")


@contextmanager
def _deaf_host() -> Iterator[str]:
    """A host that takes connections and never reads from them, nor answers."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("key_in", ["header", "body"])
@pytest.mark.parametrize("size", [0, 20_000_000], ids=["small", "large"])
def test_a_host_that_is_deaf_shows_no_key(
    colour: Colour, transport: TransportName, key_in: Any, size: int
) -> None:
    picture = (Image(Bytes(b"\x89PNG\r\n\x1a\n" + bytes(size))),) if size else ()
    prompt = Prompt((Message("user", (Text("Hello"), *picture)),))
    with _deaf_host() as url:
        at = resolve(
            "modelslab", base_url=url, api_key=KEY, key_in=key_in, headers={"X-Token": TOKEN}
        )
        timeout = Timeout(write=0.2, read=0.2)
        outcome = ask(
            colour,
            at,
            stream=False,
            prompt=prompt,
            retry=ONCE,
            timeout=timeout,
            transport=transport,
        )
    error = outcome.failure(APITimeoutError)
    assert error.phase == ("write" if size else "read")
    assert frames_with(error, TOKEN) == set()
    if transport == "auto":
        assert frames_with(error, KEY) == set()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_key_that_waits_for_a_host_that_is_not_there_is_not_shown(
    transport: TransportName,
) -> None:
    at = resolve("openrouter", base_url="http://127.0.0.1:1", api_key=KEY)
    for colour in COLOURS:
        error = ask(colour, at, stream=True, retry=ONCE, transport=transport).error
        assert error is not None
        assert frames_with(error, KEY) == set()


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("colour", COLOURS)
def test_headers_that_cannot_be_sent_show_no_others(
    emulator: Emulator, colour: Colour, transport: TransportName
) -> None:
    row = next(row for row in all_rows() if row.provider == "openrouter")
    for name, value in (
        ("x-gateway", f"{TOKEN}\n"),
        ("transfer-encoding", "chunked"),
        ("x gateway", TOKEN),
        ("x-gateway", f"{TOKEN} é"),
        ("host", ""),
    ):
        at = row.at(emulator, headers={name: value, "x-other": TOKEN})
        outcome = ask(colour, at, stream=False, retry=ONCE, transport=transport)
        if outcome.error is None:  # httpx sends these, or something of its own instead
            assert transport == "httpx"
            assert name in ("host", "transfer-encoding")
            continue
        error = outcome.failure(ConfigurationError)
        assert frames_with(error, KEY, TOKEN) == set()
        assert TOKEN not in told(error)


def test_a_key_that_cannot_be_one_is_in_no_variable(emulator: Emulator) -> None:
    bad = f"{KEY}\u2026"
    row = next(row for row in all_rows() if row.provider == "openrouter")
    with pytest.raises(ConfigurationError) as caught:
        Client(row.at(emulator, api_key=bad)).call(HELLO)
    assert frames_with(caught.value, KEY) == set()
    with pytest.raises(ConfigurationError) as refused:
        VideoClient(bad, base_url=emulator.url("runware")).submit(
            SeedanceTask(prompt="A cat", size="1280x720")
        )
    assert frames_with(refused.value, KEY) == set()


def test_what_cannot_be_written_shows_no_key_of_the_body(emulator: Emulator) -> None:
    row = next(row for row in all_rows() if row.key_in == "body")
    prompt = Prompt((Message("user", (Text("half of a pair: \ud800"),)),))
    error = ask("sync", row.at(emulator), stream=False, prompt=prompt).error
    assert isinstance(error, ConfigurationError)
    assert frames_with(error, KEY) == set()


def test_a_callback_that_fails_shows_no_key(emulator: Emulator) -> None:
    row = next(row for row in all_rows() if row.api == "queue")

    def fail(_: Progress) -> None:
        raise KeyError("a mistake in a callback")

    with pytest.raises(KeyError) as caught:
        Client(row.at(emulator), on_progress=fail).call(HELLO)
    assert frames_with(caught.value, KEY) == set()


async def test_a_call_that_is_cancelled_shows_no_key(emulator: Emulator) -> None:
    row = next(row for row in all_rows() if row.provider == "openrouter")
    emulator.script(Fault.stall(after=-1))
    call = asyncio.create_task(AsyncClient(row.at(emulator)).call(HELLO))
    assert await asyncio.to_thread(eventually, lambda: bool(emulator.requests))
    call.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await call
    assert frames_with(caught.value, KEY) == set()


@pytest.mark.parametrize("colour", COLOURS)
def test_failures_of_several_hosts_show_no_key(emulator: Emulator, colour: Colour) -> None:
    first, second = (
        resolve(name, base_url=emulator.url(name), api_key=f"{KEY}-{name}")
        for name in ("modelslab", "byteplus")
    )
    emulator.script(Fault.status(500), host="modelslab")
    emulator.script(Raw(500, body=f"I saw {KEY}-byteplus".encode()), host="byteplus")
    client = {"sync": Client, "async": AsyncClient}[colour]((first, second), retry=ONCE)
    with pytest.raises(SeedError) as caught:
        asyncio.run(client.call(HELLO)) if isinstance(client, AsyncClient) else client.call(HELLO)
    assert len(caught.value.earlier) == 1
    assert frames_with(caught.value, KEY) == set()
    assert KEY not in told(caught.value)


def test_lists_of_models_and_counts_show_no_key() -> None:
    at = resolve("modelslab", api_key=KEY)
    refused = Response(401, {"x-echo": KEY}, f'{{"message": "no such key {KEY}"}}'.encode())
    for flow in (list_models(at, Retry()), count_tokens(at, HELLO, Retry())):
        _, error = play(flow, refused)
        assert isinstance(error, APIStatusError)
        assert frames_with(error, KEY) == set()


def test_uploads_show_neither_the_key_nor_the_token_that_it_bought(tmp_path: Path) -> None:
    path = tmp_path / "large.mp4"
    path.touch()
    os.truncate(path, PARTS_ABOVE + 1)
    file = File(str(path), PARTS_ABOVE + 1, path.stat().st_mtime_ns)
    token = {"token": TOKEN, "token_type": "Bearer", "base_url": "https://v3.fal.media"}
    at = resolve("fal", api_key=KEY)
    refused = Response(400, {}, b'{"detail": "no such token"}')
    for answers in (
        (refused,),
        (Response(200, {}, json.dumps(token).encode()), refused),
    ):
        _, error = play(upload(at, Document(file, "video/mp4"), Retry(0)), *answers)
        assert isinstance(error, BadRequestError)
        assert frames_with(error, KEY, TOKEN) == set()


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("trouble", ["refused", "failed", "closed"])
def test_a_video_that_failed_shows_no_key(emulator: Emulator, colour: Colour, trouble: str) -> None:
    emulator.script(TROUBLES[trouble], TROUBLES[trouble], host="runware")
    at = Runware(emulator.url("runware"), SecretStr(KEY), {"X-Token": TOKEN}, FAST)
    task = SeedanceTask(prompt="A cat", size="1280x720")
    settings: dict[str, Any] = {"runware": at, "retry": ONCE, "timeout": 1}
    with pytest.raises(SeedError) as caught:
        asyncio.run(AsyncVideoClient(**settings).generate(task)) if colour == "async" else (
            VideoClient(**settings).generate(task)
        )
    assert frames_with(caught.value, KEY, TOKEN) == set()
    assert not [secret for secret in (KEY, TOKEN) if secret in told(caught.value)]


@pytest.mark.parametrize("key", ["ab/cd+ef==gh", 'ab"cd\\efgh', "id-1234567:secret-7654321"])
def test_a_key_that_a_host_repeats_is_cut_out_however_it_is_written(
    emulator: Emulator, key: str
) -> None:
    forms = (key, json.dumps(key)[1:-1], key.replace("/", "\\/"), quote(key), quote(key, safe=""))
    for form in forms:
        for body in (f'{{"error": {{"message": "No: {form}", "code": 401}}}}', f"No: {form}"):
            said = body.encode()
            emulator.script(Raw(401, body=said, headers={"location": f"https://a.example/{form}"}))
            at = resolve("openrouter", base_url=emulator.url("openrouter"), api_key=key)
            with pytest.raises(SeedError) as first:
                Client(at).call(HELLO)
            with pytest.raises(SeedError) as second:
                resolve_runware(key).read(
                    Response(401, {"location": f"https://a.example/{form}"}, said)
                )
            for error in (first.value, second.value):
                assert "***" in str(error)
                assert not [each for each in forms if each in told(error)]


def test_a_request_says_where_it_goes_and_nothing_else() -> None:
    at = resolve("compatible", base_url="http://a.example/v1", model="m", query={"api_key": QUERY})
    shown = repr(at.request(HELLO, stream=False))
    assert shown == "Request(POST http://a.example/v1/chat/completions?... of compatible)"
    assert repr(Request("GET", "http://a.example/x", {"a": KEY}, provider="b")) == (
        "Request(GET http://a.example/x of b)"
    )
    assert KEY not in repr(Response(200, {"x": KEY}, KEY.encode()))
