"""The faults of the network, and of hosts that never stop: places where no emulated host is."""

from __future__ import annotations

import itertools
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from unittest.mock import patch

from seed_core.errors import (
    APIConnectionError,
    APITimeoutError,
    InvalidReplyError,
    ServerError,
    StreamBrokenError,
)
from seed_core.limits import EVENT_BYTES, MIB, REPLY_BYTES
from seed_core.timeouts import Timeout
from tests.core.transport.scripted import Line, Scripted, Serve, full_queue, once, plain
from tests.faults.cells import At, Case, Cell, Place

# --- places ---------------------------------------------------------------------------------------


@contextmanager
def nobody() -> Iterator[Place]:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield Place(f"http://127.0.0.1:{port}/v1")


@contextmanager
def nameless() -> Iterator[Place]:
    """A name that the system's resolver does not know; the tests may not ask a real one."""
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    with patch("socket.getaddrinfo", side_effect=unknown):
        yield Place("http://no-such-host.invalid/v1")


@contextmanager
def crowded() -> Iterator[Place]:
    """An address that neither accepts nor refuses."""
    with full_queue() as url:
        yield Place(url.removesuffix("/ask"))


@contextmanager
def serving(serve: Serve, *, tls: bool = False, scheme: str = "") -> Iterator[Place]:
    """A server of bytes."""
    with Scripted(serve, tls=tls) as server:
        url = server.url.removesuffix("/ask")
        yield Place(f"{scheme}{url.partition(':')[2]}" if scheme else url, server)


def at(serve: Serve) -> At:
    """Where a server of bytes is."""
    return At(partial(serving, serve))


def hang_up(*, reset: bool) -> Serve:
    """Take a request, and end the connection without a byte."""

    def serve(line: Line) -> None:
        line.request()
        if reset:
            line.reset()

    return serve


def endless(head: str, pieces: Callable[[], Iterator[bytes]]) -> Serve:
    """Answer every request with a head and chunks without end."""

    def serve(line: Line) -> None:
        while line.request() is not None:
            line.send(f"{head}\r\ntransfer-encoding: chunked\r\n\r\n".encode())
            for piece in pieces():
                line.send(b"%x\r\n%b\r\n" % (len(piece), piece))

    return serve


def squeezed(begin: bytes, filler: bytes, size: int) -> bytes:
    """So many bytes, as gzip."""
    squeeze = zlib.compressobj(level=1, wbits=zlib.MAX_WBITS | 16)
    block = filler * (MIB // len(filler))
    blocks = [squeeze.compress(begin), *(squeeze.compress(block) for _ in range(size // MIB))]
    return b"".join([*blocks, squeeze.flush()])


# --- faults ---------------------------------------------------------------------------------------

UNREACHED = Cell(APIConnectionError, 3, None)
LOST = Cell(APIConnectionError, 3, kept=False)
MAY_BE_TAKEN = Cell(APIConnectionError, 1, kept=False, paid_for=True)
BROKE_OFF = Cell(APIConnectionError, 1, kept=False)

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: "

NETWORK = [
    Case("connection refused", At(nobody), UNREACHED, says="could not connect"),
    Case("a host that has no address", At(nameless), UNREACHED, says="could not connect"),
    Case(
        "a certificate that nobody vouches for",
        At(partial(serving, once(plain()), tls=True)),
        UNREACHED,
        says="could not connect",
    ),
    Case(
        "a host that does not speak TLS",
        At(partial(serving, lambda line: line.send(plain()), scheme="https:")),
        UNREACHED,
        says="could not connect",
    ),
    Case(
        "no connection in time",
        At(crowded),
        Cell(APITimeoutError, 3, None, phase="connect"),
        timeout=lambda short: Timeout(connect=short),
    ),
    *(
        Case(what, at(serve), LOST, queue=MAY_BE_TAKEN, says="the connection to ")
        for what, serve in {
            "closed before a byte": hang_up(reset=False),
            "reset before a byte": hang_up(reset=True),
            "closed in the middle of the head": once(_HEAD),
            "what comes is not HTTP": once(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
            "a head without end": once(_HEAD + b"a" * 200_000),
        }.items()
    ),
    Case(
        "a body that is not in chunks as its head says",
        at(once(_HEAD + b"text/event-stream\r\ntransfer-encoding: chunked\r\n\r\nno\r\n")),
        BROKE_OFF,
        Cell(StreamBrokenError, 3, kept=False),
        MAY_BE_TAKEN,
    ),
]


@lru_cache(maxsize=2)
def _bomb(kind: str, begin: bytes) -> bytes:
    """An answer of which a kilobyte is a megabyte."""
    body = squeezed(begin, b"a", 2 * REPLY_BYTES)
    return plain(body, "content-encoding: gzip", f"content-type: {kind}")


def _bombing(kind: str, begin: bytes) -> Serve:
    """The bomb is made when it is first thrown."""
    return lambda line: once(_bomb(kind, begin))(line)  # noqa: PLW0108 - see above


def _kind(way: str) -> str:
    return f"HTTP/1.1 200 OK\r\ncontent-type: {way}"


JSON, EVENTS = _kind("application/json"), _kind("text/event-stream")
TOO_LONG = Cell(InvalidReplyError, kept=False)
LINE = (b"data: ", *itertools.repeat(b"a" * 65_536, 800))

FLOODS = [
    Case(
        "a line of 50 MB",
        at(endless(EVENTS, lambda: iter(LINE))),
        None,
        TOO_LONG,
        says=f"more than {EVENT_BYTES:,} bytes without a whole event",
    ),
    Case(
        "comments, as fast as they can be sent",
        at(endless(EVENTS, lambda: itertools.repeat((b": " + b"x" * 1000 + b"\n\n") * 60))),
        None,
        TOO_LONG,
        says=f"more than {EVENT_BYTES:,} bytes without a whole event",
    ),
    Case(
        "a stream that decompresses to a thousand times its size",
        at(_bombing("text/event-stream", b"data: ")),
        None,
        TOO_LONG,
        says=f"more than {EVENT_BYTES:,} bytes without a whole event",
    ),
    Case(
        "a reply that decompresses to a thousand times its size",
        at(_bombing("application/json", b"{")),
        TOO_LONG,
        says=f"more than {REPLY_BYTES:,} bytes in one reply",
    ),
    Case(
        "a reply without end",
        at(endless(JSON, lambda: itertools.repeat(b"a" * MIB))),
        TOO_LONG,
        says=f"more than {REPLY_BYTES:,} bytes in one reply",
    ),
    Case(
        "an error without end",
        at(endless("HTTP/1.1 503 No", lambda: itertools.repeat(b"no " * 20_000))),
        Cell(ServerError, 3, kept=False),
        says=" answered 503: no no",
    ),
]
