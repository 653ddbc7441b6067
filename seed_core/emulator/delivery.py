"""How bytes go out: at once or slowly, ended properly or cut.

Knows chunks, pauses and the ways to end a connection; not what the bytes mean.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from seed_core.emulator.seen import Seen

__all__ = ["Delivery", "Line", "Pause", "Piece"]


@dataclass(frozen=True)
class Pause:
    """Silence between two pieces."""

    seconds: float


Piece: TypeAlias = "bytes | Pause"


class Line(Protocol):
    """The client's connection, as a delivery needs it."""

    transport: asyncio.Transport
    gone: asyncio.Event
    seen: Seen | None


@dataclass(frozen=True)
class Delivery:
    """A response on its way (an ASGI application)."""

    pieces: Iterable[Piece]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Literal["end", "close", "reset"] = "end"
    silent: bool = False
    """Not even a status line: the connection just ends."""
    hold: float = 0.0
    """Seconds before the status line."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, or stop when the client has gone."""
        line: Line = scope["line"]
        if self.hold:
            await _wait(line, self.hold)
        if not self.silent and not line.gone.is_set():
            await self._send_head(send)
            await self._send_pieces(line, send)
        if line.gone.is_set():
            return
        if self.ending == "end" and not self.silent:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await _hang_up(line, reset=self.ending == "reset")

    async def _send_head(self, send: Send) -> None:
        headers = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in self._given()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})

    def _given(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.headers.items() if value]

    async def _send_pieces(self, line: Line, send: Send) -> None:
        for piece in self.pieces:
            if line.gone.is_set():
                return
            if isinstance(piece, Pause):
                await _wait(line, piece.seconds)
            elif piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _wait(line: Line, seconds: float) -> None:
    """Sleep, but not longer than the client stays."""
    try:
        await asyncio.wait_for(line.gone.wait(), seconds)
    except asyncio.TimeoutError:
        return


async def _hang_up(line: Line, *, reset: bool) -> None:
    """Close the connection on purpose: this is not the client leaving."""
    line.seen = None
    if reset:
        await _drain(line.transport)
        raw = line.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.transport.abort()
    else:
        line.transport.close()
    await line.gone.wait()


async def _drain(transport: asyncio.Transport) -> None:
    """Wait until what was written is on its way; a reset would throw it away."""
    while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110 - a buffer has no event
        await asyncio.sleep(0.001)
