"""The client's side of the emulator: every connection counted, every request noted.

Knows sockets and ASGI messages; not which host a request is for, nor what it means.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from seed_core.emulator.seen import Seen, parse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Connection", "Switchboard"]


class Connection(H11Protocol):
    """One client connection: counted, numbered, and aware of the client's leaving."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # uvicorn's switch for this is global to the process (it edits the logger).
        self.access_log = False
        self.gone = asyncio.Event()
        self.seen: Seen | None = None
        self.number = ""

    @property
    def _board(self) -> Switchboard:
        board = self.config.app
        assert isinstance(board, Switchboard)  # noqa: S101  (a type, not a check)
        return board

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrower
        """Take a number on the switchboard."""
        super().connection_made(transport)
        # Small writes must not wait for the client's acknowledgement (40 ms each otherwise).
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._board.connect(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note whether the client left in the middle, and wake what waits for it."""
        if self.seen is not None and not self.cycle.response_complete:
            self.seen.disconnected = True
        self._board.disconnect(self)
        self.gone.set()
        super().connection_lost(exc)


class Switchboard:
    """The ASGI application: notes every request, then passes it on to its host."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._count = 0
        self.lines: dict[tuple[str, int] | None, Connection] = {}
        self.requests: list[Seen] = []

    def connect(self, line: Connection) -> None:
        """Count a connection in."""
        self._count += 1
        line.number = str(self._count)
        self.lines[line.client] = line

    def disconnect(self, line: Connection) -> None:
        """Count a connection out."""
        if self.lines.get(line.client) is line:
            del self.lines[line.client]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a request to its end, note it, pass it on."""
        line = self.lines.get(scope["client"])
        raw = await _read(receive)
        if line is None or raw is None:
            return
        seen = _note(scope, raw, line.number)
        self.requests.append(seen)
        line.seen = seen
        try:
            await self._app(dict(scope, line=line, seen=seen), receive, send)
        finally:
            line.seen = None


async def _read(receive: Receive) -> bytes | None:
    """Read the request's body; None if the client left meanwhile."""
    blocks = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        blocks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(blocks)


def _note(scope: Scope, raw: bytes, connection: str) -> Seen:
    host, _, path = scope["path"].lstrip("/").partition("/")
    query = scope["query_string"].decode("latin-1")
    return Seen(
        host=host,
        method=scope["method"],
        path=f"/{path}?{query}" if query else f"/{path}",
        headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
        body=parse(raw),
        raw=raw,
        connection=connection,
    )
