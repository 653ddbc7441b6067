"""A host in a process of its own, which answers, or fails, as the prompt says.

It is written from OpenRouter's chat completions. The question of a prompt is `ask-7-cut`: a number,
which every piece of the answer repeats, and what goes wrong. `GET /seen` tells what it has seen.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from subprocess import PIPE, Popen
from typing import Any
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ASKED = re.compile(rb"ask-(\d+)-(\w+)")
_STREAM = re.compile(rb'"stream": ?true')
_PIECES = 12
_STATUSES = {"s400": 400, "s401": 401, "s429": 429, "s500": 500}


def answer_to(number: int) -> str:
    """The whole answer: its number in every piece, so that no piece can come from another."""
    return "".join(_words(number))


def _words(number: int) -> list[str]:
    return [f"<{number}.{piece}>" for piece in range(_PIECES)]


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _choice(number: int, key: str, message: Any, finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, key: message, "finish_reason": finish, "native_finish_reason": finish}
    kind = "chat.completion" if key == "message" else "chat.completion.chunk"
    return {
        "id": f"gen-{number}",
        "object": kind,
        "created": 1772131107,
        "model": "bytedance-seed/seed-2.0-mini",
        "provider": "Seed",
        "choices": [choice],
    }


def _usage() -> dict[str, Any]:
    return {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21, "cost": 0.00001}


def _event(value: Any) -> bytes:
    return b"data: " + _json(value) + b"\n\n"


def _events(number: int) -> list[bytes]:
    """A stream, event by event."""
    deltas = [{"role": "assistant", "content": word} for word in _words(number)]
    last = {**_choice(number, "delta", {"content": ""}, "stop"), "usage": _usage()}
    return [
        b": OPENROUTER PROCESSING\n\n",
        *(_event(_choice(number, "delta", delta)) for delta in deltas),
        _event(last),
        b"data: [DONE]\n\n",
    ]


def _whole(number: int) -> bytes:
    message = {"role": "assistant", "content": answer_to(number)}
    return _json({**_choice(number, "message", message, "stop"), "usage": _usage()})


def _head(kind: str, *lines: str, status: int = 200) -> bytes:
    said = "\r\n".join([f"HTTP/1.1 {status} Such", f"content-type: {kind}", *lines])
    return said.encode() + b"\r\n\r\n"


def _counted(body: bytes, *lines: str, status: int = 200, kind: str = "application/json") -> bytes:
    return _head(kind, f"content-length: {len(body)}", *lines, status=status) + body


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _error(code: int) -> dict[str, Any]:
    return {"error": {"code": code, "message": "This is what was asked for"}}


def _parts(number: int, *, stream: bool) -> list[bytes]:
    """A good answer as what is written at a time; only with the last of them is it complete."""
    if not stream:
        whole = _counted(_whole(number))
        return [whole[:300], whole[300:]]
    events = _events(number)
    return [
        _head("text/event-stream", "transfer-encoding: chunked"),
        *map(_chunk, events),
        b"0\r\n\r\n",
    ]


class Seen:
    """What the server has seen."""

    def __init__(self) -> None:
        self.open = 0
        self.most = 0
        self.accepted = 0
        self.asked = 0
        self.tries: Counter[int] = Counter()

    def told(self) -> dict[str, Any]:
        """What is told of it. The one who asks is not counted."""
        return {
            "open": self.open - 1,
            "most": self.most,
            "accepted": self.accepted,
            "asked": self.asked,
        }


class Connection(asyncio.Protocol):
    """One connection, kept alive; one request at a time."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._taken = bytearray()
        self._transport: asyncio.Transport
        self._asked: int | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it in."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._seen.accepted += 1
        self._seen.open += 1
        self._seen.most = max(self._seen.most, self._seen.open)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it out."""
        self._seen.open -= 1

    def data_received(self, data: bytes) -> None:
        """Take bytes, and answer if they complete a request."""
        self._taken += data
        head_end = self._taken.find(b"\r\n\r\n")
        if head_end < 0:
            return
        said = _LENGTH.search(self._taken, 0, head_end)
        if len(self._taken) < head_end + 4 + (int(said[1]) if said else 0):
            return
        request, self._taken = bytes(self._taken), bytearray()
        if request.startswith(b"GET /seen"):
            self._transport.write(_counted(_json(self._seen.told())))
            return
        found = _ASKED.search(request, head_end)
        assert found is not None
        self._asked = int(found[1])
        self._seen.asked += 1
        self._seen.tries[self._asked] += 1
        kind, path = found[2].decode(), request.split(b" ", 2)[1]
        self._answer(self._asked, kind, path, stream=_STREAM.search(request) is not None)

    def _answer(self, number: int, kind: str, path: bytes, *, stream: bool) -> None:
        """Answer well, or not at all, or refuse; the rest is `_answer_badly`."""
        tried = self._seen.tries[number]
        match kind:
            case "good":
                good = _parts(number, stream=stream)
                half = len(good) // 2
                self._send([b"".join(good[:half]), b"".join(good[half:])], pace=0.003)
            case "again" if tried == 1:
                self._refuse(503)
            case "later" if tried == 1:
                self._refuse(503, "retry-after-ms: 20")
            case "much_later":
                self._refuse(503, "retry-after: 30")
            case "elsewhere" if path.startswith(b"/first"):
                self._refuse(500)
            case "again" | "later" | "elsewhere":
                self._send(_parts(number, stream=stream))
            case "silent":
                pass  # until the asker goes
            case "gone":
                self._hang_up()
            case "endless":
                self._go_on(number, 0)
            case _ if kind in _STATUSES:
                self._refuse(_STATUSES[kind])
            case _:
                self._answer_badly(number, kind, stream=stream)

    def _answer_badly(self, number: int, kind: str, *, stream: bool) -> None:
        good = _parts(number, stream=stream)
        half = len(good) // 2
        match kind:
            case "html":
                self._send([_counted(b"<h1>Bad gateway</h1>", status=502, kind="text/html")])
            case "stall":
                self._send(good[:half], answered=False)
            case "cut":
                self._send(good[:half], self._hang_up)
            case "reset":
                self._send(good[:half], self._reset)
            case "garbage":
                self._send(_with_garbage(good, stream=stream))
            case "inner":
                self._send(_with_error(good, stream=stream))
            case "drip":
                data = b"".join(good)
                self._send([data[at : at + 40] for at in range(0, len(data), 40)], pace=0.002)
            case "bye":
                self._send(good, self._say_goodbye)
            case "more":
                # What nobody asked for, right behind the end: the next caller must not get it.
                self._send([*good[:-1], good[-1] + _counted(_whole(999_999_999))])
            case _:
                raise AssertionError(kind)

    def _refuse(self, status: int, wait: str = "retry-after: 0") -> None:
        self._send([_counted(_json(_error(status)), wait, status=status)])

    def _send(
        self,
        parts: list[bytes],
        then: Callable[[], None] | None = None,
        *,
        pace: float = 0.001,
        answered: bool = True,
    ) -> None:
        """Write the next part, and plan the one after it."""
        if self._transport.is_closing():
            return
        if len(parts) > 1:
            self._transport.write(parts[0])
            self._loop.call_later(
                pace, lambda: self._send(parts[1:], then, pace=pace, answered=answered)
            )
            return
        if answered:
            self._asked = None
        self._transport.write(parts[0])
        if then is not None:
            self._loop.call_later(pace, then)

    def _go_on(self, number: int, piece: int) -> None:
        """A stream without an end."""
        if self._transport.is_closing():
            return
        event = _chunk(_event(_choice(number, "delta", {"content": f"<{number}.{piece}>"})))
        head = _head("text/event-stream", "transfer-encoding: chunked") if not piece else b""
        self._transport.write(head + event)
        self._loop.call_later(0.005, self._go_on, number, piece + 1)

    def _say_goodbye(self) -> None:
        """Close what is not used: no host closes a connection that it answers on."""
        if self._asked is None:
            self._transport.close()

    def _hang_up(self) -> None:
        self._asked = None
        self._transport.close()

    def _reset(self) -> None:
        self._asked = None
        linger = struct.pack("ii", 1, 0)
        sock = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()


def _with_garbage(good: list[bytes], *, stream: bool) -> list[bytes]:
    if not stream:
        return [_counted(b'{"choices": [')]
    return [*good[:5], _chunk(b'data: {"choices": [\n\n'), *good[5:]]


def _with_error(good: list[bytes], *, stream: bool) -> list[bytes]:
    if not stream:
        return [_counted(_json(_error(502)))]
    choices = [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]
    return [*good[:5], _chunk(_event({**_error(502), "choices": choices})), good[-1]]


async def _serve() -> None:
    seen = Seen()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(seen), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    # It ends with whoever started it: then standard input is closed.
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


@contextmanager
def running() -> Iterator[str]:
    """A server for as long as the block runs. Yields its address, without a path."""
    command = [sys.executable, "-m", "tests.load.server"]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def seen_by(server: str) -> dict[str, Any]:
    """What a server has seen: connections `open`, at `most`, and `accepted`; requests `asked`."""
    connection = HTTPConnection(urlsplit(server).netloc, timeout=20)
    connection.request("GET", "/seen")
    found: Any = json.loads(connection.getresponse().read())
    connection.close()
    return {**found}


if __name__ == "__main__":
    asyncio.run(_serve())
