"""The least that is physically necessary: a blocking socket and a parser of JSON."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson

from benchmarks.contenders.base import KEY, SECONDS, Ask, Contender, Piece, body_of, read_json


class BlockingSocket(Contender):
    """One kept connection. It knows this server: its bodies end as this server ends them."""

    without = frozenset({"acall", "astream"})
    abilities = frozenset({"tools", "images", "video"})

    def __init__(self, address: str) -> None:
        super().__init__(address)
        parts = urlsplit(address)
        self._path = parts.path
        self._host = parts.netloc
        self._socket = socket.create_connection((parts.hostname, parts.port or 80), SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _send(self, ask: Ask, *, stream: bool) -> None:
        body = orjson.dumps(body_of(ask, stream=stream))
        head = (
            f"POST {self._path}/chat/completions HTTP/1.1\r\nhost: {self._host}\r\n"
            f"authorization: Bearer {KEY}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)

    def call(self, ask: Ask) -> Any:
        """Read as far as the length says."""
        self._send(ask, stream=False)
        got = self._socket.recv(65536)
        head, _, body = got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += self._socket.recv(65536)
        return orjson.loads(body)

    def stream(self, ask: Ask) -> Iterator[Any]:
        """Read lines; the sizes of chunks are lines that do not begin with `data:`."""
        self._send(ask, stream=True)
        rest = b""
        while block := self._socket.recv(65536):
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for line in lines:
                if line.startswith(b"data: {"):
                    yield orjson.loads(line[6:])
            if block.endswith(b"\r\n0\r\n\r\n"):
                return

    def read(self, got: Any) -> Piece:
        """It hands out JSON."""
        return read_json(got)

    def tool_arguments(self, ask: Ask) -> Any:
        """Join the fragments."""
        return "".join(read_json(event).arguments for event in self.stream(ask))

    async def aclose(self) -> None:
        """Close the socket."""
        self._socket.close()
