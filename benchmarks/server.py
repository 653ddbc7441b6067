"""The loopback server: a process of its own that writes bytes which were rendered beforehand.

`GET /counts` tells what it has seen, `POST /counts` forgets it. Connections that asked for that
are not counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from subprocess import PIPE, Popen
from typing import Any, TypedDict
from urllib.parse import urlsplit

from benchmarks import wire
from benchmarks.wire import Scenario

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_STREAM = re.compile(rb'"stream": ?true')
_MEDIUM = re.compile(rb";base64,")
# A body up to here is looked through in no time; only larger ones can hold media that matter.
_SMALL = 100_000


class Counts(TypedDict):
    """What the server has seen since it was told to forget.

    Keys:
        forgotten: how often it was told.
        connections: those that carried a call, new or old.
        calls: calls.
        media: length and SHA-256 of each text in base64.
    """

    forgotten: int
    connections: int
    calls: int
    media: list[tuple[int, str]]


def _nothing_seen(forgotten: int = 0) -> Counts:
    return {"forgotten": forgotten, "connections": 0, "calls": 0, "media": []}


def _media(body: bytes | bytearray) -> Iterator[tuple[int, str]]:
    """Length and SHA-256 of every text in base64 that stands in a data address."""
    for mark in _MEDIUM.finditer(body):
        medium = memoryview(body)[mark.end() : body.index(b'"', mark.end())]
        yield len(medium), hashlib.sha256(medium).hexdigest()


class Connection(asyncio.Protocol):
    """One connection, kept alive; one request at a time."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._counted_at = -1
        self._taken = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write. Nothing is counted before a request tells what it is."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take bytes, and answer if they complete a request."""
        self._taken += data
        head_end = self._taken.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = bytes(self._taken[: head_end + 2])
        body = self._body(head, head_end + 4)
        if body is not None:
            self._taken = bytearray()
            self._answer(head, body)

    def _body(self, head: bytes, start: int) -> bytearray | None:
        """The request's body, or None as long as some of it is missing."""
        if _CHUNKED.search(head):
            return _unchunked(self._taken[start:]) if self._taken.endswith(b"0\r\n\r\n") else None
        said = _LENGTH.search(head)
        missing = start + (int(said[1]) if said else 0) - len(self._taken)
        return None if missing > 0 else self._taken[start:]

    def _answer(self, head: bytes, body: bytearray) -> None:
        method, path, _ = head.split(b" ", 2)
        if path == b"/counts":
            if method == b"POST":
                self._counts.update(_nothing_seen(self._counts["forgotten"] + 1))
            self._transport.write(wire.reply(self._counts))
            return
        self._counts["connections"] += self._counted_at != self._counts["forgotten"]
        self._counted_at = self._counts["forgotten"]
        self._counts["calls"] += 1
        if len(body) > _SMALL:
            self._counts["media"] += _media(body)
        scenario = Scenario.of(path.decode())
        # What the body says first and last is enough to see it: the media stand between.
        streams = _STREAM.search(body, 0, _SMALL) or _STREAM.search(
            body, max(0, len(body) - _SMALL)
        )
        parts = wire.streamed(scenario) if streams else (wire.whole(scenario),)
        loop = asyncio.get_running_loop()
        loop.call_later(scenario.delay / 1000, self._write, parts, scenario.pace / 1000)

    def _write(self, parts: tuple[bytes, ...], pace: float, number: int = 0) -> None:
        """Write all that is left at once, or the next part and plan the one after it."""
        if self._transport.is_closing():
            return
        if not pace or number >= len(parts) - 2:  # the last event and the end come together
            self._transport.write(b"".join(parts[number:]))
            return
        self._transport.write(parts[number])
        asyncio.get_running_loop().call_later(pace, self._write, parts, pace, number + 1)


def _unchunked(data: bytearray) -> bytearray:
    """A complete body without its framing."""
    body, at = bytearray(), 0
    while True:
        line_end = data.index(b"\r\n", at)
        length = int(data[at:line_end].split(b";")[0], 16)
        if length == 0:
            return body
        body += data[line_end + 2 : line_end + 2 + length]
        at = line_end + 4 + length


async def _serve() -> None:
    counts = _nothing_seen()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(counts), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    # It ends with whoever started it: then standard input is closed.
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def core(number: int) -> list[int]:
    """A processor of this machine, as a list for `pin`; empty where there is but one."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    found = sorted(os.sched_getaffinity(0))
    return [found[number]] if len(found) > number else []


def pin(cores: list[int]) -> None:
    """Keep this process on these processors, where the system can."""
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


@contextmanager
def running(cores: list[int] | None = None) -> Iterator[str]:
    """A server for as long as the block runs. Yields its address, without a path.

    Args:
        cores: the processors that it may use; empty or None for all.
    """
    command = [sys.executable, "-m", "benchmarks.server", json.dumps(cores or [])]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def counts(server: str, *, forget: bool = False) -> Counts:
    """What the server has seen since it was last told to forget."""
    connection = HTTPConnection(urlsplit(server).netloc)
    connection.request("POST" if forget else "GET", "/counts")
    found: Any = json.loads(connection.getresponse().read())
    connection.close()
    return {**_nothing_seen(), **found}


if __name__ == "__main__":
    pin(json.loads(sys.argv[1]))
    asyncio.run(_serve())
