"""Requests as the server sees them: every byte of the body, and a head that says the truth."""

from __future__ import annotations

import hashlib
import socket
import tracemalloc
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seed_core.body import Body, BodyPart, Raw
from seed_core.errors import ConfigurationError
from seed_core.exchanges import address_of
from seed_core.flow import Request
from seed_core.over_httpx import HttpxTransport
from seed_core.timeouts import Deadline
from seed_core.types import Base64, Bytes, File
from tests.core.calling import COLOURS, Colour
from tests.core.transport.callers import OVERS, PATIENT, Caller, Over, asking
from tests.core.transport.scripted import Line, Scripted, always, plain

KEY = "Bearer a-key-that-nobody-may-see"


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    """It answers every request alike."""
    with Scripted(always(plain())) as server:
        yield server


@pytest.fixture(scope="module")
def callers() -> Iterator[list[Caller]]:
    """Both transports in both colours."""
    callers = [Caller(colour, over) for over in OVERS for colour in COLOURS]
    yield callers
    for caller in callers:
        caller.__exit__()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where examples put their files."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def filed(folder: Path, content: bytes) -> File:
    """Content as a file, named by what it holds."""
    path = folder / hashlib.sha256(content).hexdigest()
    if not path.exists():
        path.write_bytes(content)
    return File(str(path), path.stat().st_size, path.stat().st_mtime_ns)


CONTENTS = st.tuples(st.binary(max_size=30), st.sampled_from([1, 1, 70_000])).map(
    lambda drawn: (drawn[0], drawn[1])
)
PARTS = st.lists(
    st.tuples(st.sampled_from(["bytes", "Base64", "Bytes", "File", "Raw", "Raw file"]), CONTENTS),
    max_size=4,
)


def part_of(kind: str, content: bytes, folder: Path) -> tuple[BodyPart, bytes]:
    """A part of a body, and the bytes that it is on the wire."""
    start = len(content) // 3
    match kind:
        case "bytes":
            return content, content
        case "Base64":
            return Base64(b64encode(content).decode()), b64encode(content)
        case "Bytes":
            return Bytes(content), b64encode(content)
        case "File":
            return filed(folder, content), b64encode(content)
        case "Raw":
            return Raw(Bytes(content), start, len(content) - start), content[start:]
        case _:
            file = filed(folder, content)
            return Raw(file, start, len(content) - start), content[start:]


@given(drawn=PARTS)
@settings(max_examples=40)
def test_bodies_of_any_parts_arrive_whole(
    server: Scripted,
    callers: list[Caller],
    folder: Path,
    drawn: list[tuple[str, tuple[bytes, int]]],
) -> None:
    parts = [part_of(kind, seed * times, folder) for kind, (seed, times) in drawn]
    sent = b"".join(wire for _, wire in parts)
    body = Body(tuple(part for part, _ in parts))
    for caller in callers:
        got = caller.ask(Request("POST", server.url, {}, body))
        assert got.error is None
        seen = server.received.pop()
        assert seen.digest == hashlib.sha256(sent).hexdigest()
        assert seen.header("content-length") == str(len(sent))


def test_the_head_is_what_was_asked_for_and_nothing_twice(
    server: Scripted, callers: list[Caller]
) -> None:
    headers = {"Authorization": KEY, "content-type": "application/json", "X-Title": "a b"}
    for caller in callers:
        caller.ask(Request("POST", server.url + "?a=b%20c&d", headers, Body((b"{}",))))
        seen = server.received.pop()
        assert seen.start == "POST /v1/ask?a=b%20c&d HTTP/1.1"
        names = [name.lower() for name, _ in seen.headers]
        assert len(names) == len(set(names))
        assert seen.headers[0][0].lower() == "host"
        assert seen.header("host") == f"127.0.0.1:{server.port}"
        assert seen.header("accept") == "*/*"
        assert [seen.header(name.lower()) for name in headers] == list(headers.values())


def test_headers_of_the_user_stand_in_for_the_usual_ones(
    server: Scripted, callers: list[Caller]
) -> None:
    headers = {"Host": "elsewhere.example", "Accept": "text/plain", "ACCEPT-Encoding": "gzip"}
    for caller in callers:
        caller.ask(Request("GET", server.url, headers))
        seen = server.received.pop()
        for name, value in headers.items():
            assert seen.header(name.lower()) == value


def test_no_compression_is_asked_for_unless_the_user_does(server: Scripted, own: Caller) -> None:
    own.ask(asking(server.url))
    assert server.received.pop().header("accept-encoding") == "identity"


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
def test_an_address_of_ipv6_keeps_its_brackets_in_the_head(either: Caller) -> None:
    try:
        server = Scripted(always(plain()), family=socket.AF_INET6)
    except OSError:
        pytest.skip("there is no loopback of IPv6 here")
    with server:
        assert either.ask(asking(server.url)).body == b"fine"
        assert server.received[0].header("host") == f"[::1]:{server.port}"


@pytest.mark.parametrize(
    ("url", "host", "port", "name", "target"),
    [
        ("http://a.example", "a.example", 80, "a.example", "/"),
        ("https://A.example/x#y", "a.example", 443, "a.example", "/x"),
        ("https://a.example:443/", "a.example", 443, "a.example", "/"),
        ("https://a.example:80/", "a.example", 80, "a.example:80", "/"),
        ("http://[::1]:8000/ü?q= ", "::1", 8000, "[::1]:8000", "/%C3%BC?q=%20"),
        ("http://bücher.example/", "xn--bcher-kva.example", 80, "xn--bcher-kva.example", "/"),
    ],
)
def test_an_address_names_its_port_only_where_it_is_not_the_usual_one(
    url: str, host: str, port: int, name: str, target: str
) -> None:
    address = address_of(url)
    assert address is not None
    assert (address.host, address.port, address.name, address.target) == (host, port, name, target)
    assert address.tls is url.startswith("https")


@pytest.mark.parametrize("url", ["ftp://a.example/", "/v1", "http://", "http://a:b@c.example/"])
def test_other_addresses_are_left_to_httpx(url: str) -> None:
    assert address_of(url) is None


@pytest.mark.parametrize("url", ["http://a..b/v1", f"http://{'a' * 70}.example/v1"])
def test_a_host_that_cannot_be_a_name_is_an_address_that_cannot_be_used(
    either: Caller, colour: Colour, over: Over, url: str
) -> None:
    if (colour, over) == ("async", "httpx"):
        pytest.skip("this one asks the system for the name, which tests may not")
    got = either.ask(asking(url))
    assert type(got.error) is ConfigurationError
    assert "address of host cannot be used" in str(got.error)


def test_two_ways_to_frame_a_body_are_not_sent_together(server: Scripted, own: Caller) -> None:
    server.received.clear()
    error = own.ask(asking(server.url, Transfer_Encoding="chunked")).error
    assert type(error) is ConfigurationError
    assert "'transfer-encoding' is not sent" in str(error)
    own.ask(asking(server.url, Content_Length="700"))
    assert server.received[0].header("content-length") == "2"


def test_a_header_of_the_users_client_is_not_quoted_either(server: Scripted) -> None:
    with httpx.Client(headers={"authorization": f"{KEY}\n"}) as client:
        transport = HttpxTransport(client)
        with pytest.raises(ConfigurationError, match=r"cannot be sent: Illegal header value$"):
            transport.open(asking(server.url), Deadline.start(PATIENT), streaming=False)


@pytest.mark.parametrize("url", ["ftp://a.example/", "http://:9/", "http://[::1/", "/v1"])
def test_an_address_that_is_none_is_said_in_words(either: Caller, url: str) -> None:
    assert type(either.ask(asking(url)).error) is ConfigurationError


@pytest.mark.parametrize("value", [f"{KEY}\nx: y", f"{KEY}\r\n", f"{KEY}\x00", f"{KEY} ü"])
def test_a_header_that_http_does_not_allow_is_refused_without_its_value(
    server: Scripted, either: Caller, value: str
) -> None:
    server.received.clear()
    error = either.ask(asking(server.url, authorization=value)).error
    assert type(error) is ConfigurationError
    told: BaseException | None = error
    while told is not None:
        assert "nobody-may-see" not in f"{told} {told!r}"
        told = (
            told.__cause__
            if told.__cause__ is not None or told.__suppress_context__
            else (told.__context__)
        )
    assert server.received == []


def test_a_cookie_is_not_kept(either: Caller) -> None:
    with Scripted(always(plain(b"", "set-cookie: a=b; Path=/", "Set-Cookie: c=d"))) as server:
        got = either.ask(asking(server.url))
        either.ask(asking(server.url))
        assert got.headers["set-cookie"] == "a=b; Path=/, c=d"
        assert [
            name for seen in server.received for name, _ in seen.headers if name == "cookie"
        ] == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_key_stays(
    server: Scripted, either: Caller, status: int
) -> None:
    server.received.clear()
    with Scripted(always(plain(b"", f"location: {server.url}", status=status))) as first:
        got = either.ask(asking(first.url, authorization=KEY))
    assert (got.status, got.error) == (status, None)
    assert server.received == []


def test_a_large_file_goes_out_in_little_memory(own: Caller, tmp_path: Path) -> None:
    path, size = tmp_path / "film.mp4", 45_000_000
    with path.open("wb") as file:
        file.truncate(size)
    film = File(str(path), size, path.stat().st_mtime_ns)
    with Scripted(always(plain())) as server:
        own.ask(asking(server.url))
        tracemalloc.start()
        try:
            got = own.ask(Request("POST", server.url, {}, Body((b'{"film": "', film, b'"}'))))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert got.body == b"fine"
    assert server.received[1].header("content-length") == str(12 + 60_000_000)
    assert peak < 8_000_000


def test_what_the_file_holds_is_what_is_sent(own: Caller, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    with Scripted(always(plain())) as server:
        own.ask(Request("POST", server.url, {}, Body((filed(tmp_path, content),))))
    assert b64decode(server.received[0].body) == content


def test_an_answer_that_comes_before_the_body_is_sent_is_the_answer(own: Caller) -> None:
    def serve(line: Line) -> None:
        line.head()
        line.send(plain(b"too large", status=413))
        line.server.stopped.wait(0.3)  # then it closes, and the machine resets what comes later

    parts = tuple(b"x" * 400_000 for _ in range(50))
    with Scripted(serve) as server:
        got = own.ask(Request("POST", server.url, {}, Body(parts)))
        assert (got.status, got.body, got.error) == (413, b"too large", None)
        got = own.ask(asking(server.url))
        assert (got.status, [line.number for line in server.lines]) == (413, [0, 1])


def test_a_host_that_takes_its_time_gets_all_the_same(own: Caller) -> None:
    def serve(line: Line) -> None:
        line.server.stopped.wait(0.1)
        line.request()
        line.send(plain())

    content = bytes(range(256)) * 20_000
    with Scripted(serve) as server:
        assert own.ask(asking(server.url, content)).body == b"fine"
        assert server.received[0].digest == hashlib.sha256(content).hexdigest()
