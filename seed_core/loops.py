"""Our own transport for event loops: HTTP/1.1 over asyncio's transports.

The protocol below collects what arrives; a reader that was busy meanwhile gets all of it at once.
Every wait is cut at the nearest limit.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import cast
from weakref import WeakSet

import anyio

from seed_core.dialing import dial
from seed_core.errors import APIConnectionError
from seed_core.exchanges import (
    BLOCK,
    Address,
    Idle,
    SocketOpening,
    head_of,
    is_readable,
    most_connections,
    take,
)
from seed_core.flow import Request
from seed_core.http1 import ProtocolError, ResponseReader
from seed_core.render import arender
from seed_core.timeouts import Deadline, Timeout
from seed_core.transport import broken, check_before, unreachable, unusable

_AHEAD = 4 * BLOCK
"""Bytes that are written at a time, and that may wait for their reader before the other side is
asked to wait too."""

_NOTHING = memoryview(b"")
_DRAIN = Timeout(idle=0.1)
"""How long the rest of a complete answer may take before its connection is given up."""


class AsyncConnection(asyncio.Protocol):
    """One connection to a host, used by one request at a time."""

    def __init__(self, sock: socket.socket) -> None:
        """Not connected yet; `connection_made` has the transport."""
        self._socket = sock
        self.idle_since = 0.0
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._blocks: list[bytes] = []
        self._size = 0
        self._paused = False
        self._full = False
        self._ended = False
        self._error: Exception | None = None
        self._failed: APIConnectionError | None = None
        self.stopped = False  # the host took no more of a request: the next one cannot follow it
        self._waiter: asyncio.Future[None] | None = None

    # --- what the loop calls ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        self._transport = cast("asyncio.Transport", transport)
        _connections.add(self)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self._blocks.append(data)
        self._size += len(data)
        if self._size > _AHEAD and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """The other side will send no more."""
        self._ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._ended = True
        self._error = exc
        self._full = False
        self._wake()

    def pause_writing(self) -> None:
        """What was written has not left yet."""
        self._full = True

    def resume_writing(self) -> None:
        """It has."""
        self._full = False
        self._wake()

    def _wake(self) -> None:
        """Let the one who waits look again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self, seconds: float | None) -> None:
        """Wait for any of the above.

        Raises:
            TimeoutError: nothing happened for so many seconds.
        """
        waiter = self._waiter = self._loop.create_future()
        timer = None if seconds is None else self._loop.call_later(seconds, _expire, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    # --- what a request does ----------------------------------------------------------------------

    def usable(self) -> bool:
        """Whether the other side still holds it open, and has said nothing unasked."""
        if self._transport is None or self._transport.is_closing() or self._ended or self._blocks:
            return False
        return not is_readable(self._socket)  # the loop may have stood still for long

    async def send(self, request: Request, head: memoryview, deadline: Deadline) -> None:
        """Send a request. A host that stops listening may still have answered, so that is no error.

        What is sent is handled as memoryviews: a traceback with its variables does not show them.

        Raises:
            APITimeoutError: the host did not take the bytes in time.
            MediaError: a file is gone, or has changed.
        """
        pieces = arender(request.body)
        first = memoryview(await anext(pieces, b""))
        if len(first) <= BLOCK:
            head, first = memoryview(b"".join((head, first))), _NOTHING
        await self._write(head, request, deadline)
        await self._write_more(first, request, deadline)
        async for piece in pieces:
            if self.stopped:
                return
            first = memoryview(piece)
            del piece
            await self._write_more(first, request, deadline)

    async def _write_more(self, data: memoryview, request: Request, deadline: Deadline) -> None:
        """Send bytes of a body, after what has come was read.

        A write that fails makes the loop throw away what has come and is not read yet, which may be
        the answer of a host that then closed.
        """
        # Under TLS the loop takes any amount at once, and asks to wait only before the next.
        for start in range(0, len(data), _AHEAD):
            if not self.usable():
                await asyncio.sleep(0)  # the loop sees that something has come
                await asyncio.sleep(0)  # and has read it
            await self._write(data[start : start + _AHEAD], request, deadline)

    async def _write(self, data: memoryview, request: Request, deadline: Deadline) -> None:
        """Send bytes, and wait until most of them have left."""
        if self._transport is None or self._transport.is_closing():
            self.stopped = True
        elif not self.stopped:
            self._transport.write(data)
        while self._full and not self.stopped:
            seconds, phase = deadline.within("write")
            try:
                await self._wait(seconds)
            except TimeoutError as error:
                if self.usable():
                    raise deadline.error(phase, request.provider) from error
                # It has answered, or closed: what that says is worth more than that it is deaf.
                self.stopped = True

    async def receive(
        self, reader: ResponseReader, request: Request, deadline: Deadline, *, streaming: bool
    ) -> bytes:
        """The bytes of the body in what comes next.

        Raises:
            APIConnectionError: nothing came in time, the connection broke, or it is not HTTP.
        """
        if self._failed is not None:
            raise self._failed
        in_head = reader.head is None
        while not (self._blocks or self._ended):
            seconds, phase = deadline.silence(streaming=streaming)
            try:
                await self._wait(seconds)
            except TimeoutError as error:
                raise deadline.error(phase, request.provider) from error
        try:
            if not self._blocks and self._error is not None:
                raise broken(request.provider, self._error) from self._error
            return take(reader, self._arrived())
        except ProtocolError as error:
            if not in_head or reader.head is None:
                raise broken(request.provider, error) from error
            # The head is good, and says what the failure of its body means.
            self._failed = broken(request.provider, error)
            return b""

    def _arrived(self) -> bytes:
        """All that has come and was not read, of which there may be nothing."""
        data = self._blocks[0] if len(self._blocks) == 1 else b"".join(self._blocks)
        self._blocks.clear()
        self._size = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def close(self) -> None:
        """Close it at once."""
        if self._loop.is_closed():  # then its transport does not close
            self._socket.close()
        elif self._transport is not None:
            self._transport.abort()

    def leave_to_parent(self, nothing: int) -> None:
        """Put another file in its place in the child of a fork. See `sockets`.

        Closing it would tell the selector, which the child has in common with its parent.
        """
        file = self._socket.fileno()
        if file >= 0:
            os.dup2(nothing, file)


def _expire(waiter: asyncio.Future[None]) -> None:
    """The time of a wait is up."""
    if not waiter.done():
        waiter.set_exception(TimeoutError())


class AsyncConnections:
    """Sends requests over connections that it opens, keeps and closes, on one event loop."""

    def __init__(self, tls: Callable[[], ssl.SSLContext]) -> None:
        """Nothing is opened yet; `tls` is asked when the first https address is."""
        self._tls = tls
        self._turns = asyncio.Semaphore(most_connections())
        self._idle: Idle[AsyncConnection] = Idle()
        self._closed = False

    async def open(
        self, request: Request, address: Address, deadline: Deadline, *, streaming: bool
    ) -> AsyncConnectionOpening:
        """Send a request and wait for the head of its answer."""
        check_before(deadline, request.provider)
        head = head_of(request, address)
        await self._wait_for_turn(request, deadline)
        connection = None
        opened = None
        try:
            connection = self._idle.take(address.origin, asyncio.get_running_loop().time())
            if connection is None:
                connection = await self._connect(request, address, deadline)
            await connection.send(request, head, deadline)
            reader = ResponseReader(request.method)
            ahead = b""
            while reader.head is None:
                deadline.check(request.provider)
                ahead = await connection.receive(reader, request, deadline, streaming=streaming)
            opened = AsyncConnectionOpening(self, connection, address, reader, ahead, request)
            return opened
        finally:
            if opened is None:
                if connection is not None:
                    connection.close()
                self._turns.release()

    async def _wait_for_turn(self, request: Request, deadline: Deadline) -> None:
        """Wait until one more connection may be used."""
        if not self._turns.locked():
            await self._turns.acquire()
            return
        seconds, phase = deadline.within("pool")
        try:
            with anyio.fail_after(seconds):
                await self._turns.acquire()
        except TimeoutError as error:
            raise deadline.error(phase, request.provider) from error

    async def _connect(
        self, request: Request, address: Address, deadline: Deadline
    ) -> AsyncConnection:
        """Open a connection."""
        seconds, phase = deadline.within("connect")
        try:
            with anyio.fail_after(seconds) as scope:
                tls = self._tls() if address.tls else None
                _, connection = await dial(AsyncConnection, address.host, address.port, tls)
            return connection
        except OSError as error:  # TimeoutError is one, ours and the system's own
            if isinstance(error, TimeoutError) and scope.cancelled_caught:
                raise deadline.error(phase, request.provider) from error
            raise unreachable(request.provider, error) from error
        except UnicodeError as error:  # a label of the host is empty, or too long
            raise unusable(request.provider, error) from error

    def give_back(self, address: Address, connection: AsyncConnection, *, reusable: bool) -> None:
        """A request is done with a connection."""
        if reusable and not self._closed:
            now = asyncio.get_running_loop().time()
            self._idle.give(address.origin, connection, now)
        else:
            connection.close()
        self._turns.release()

    def drop(self) -> None:
        """Close what is unused, and whatever is in use when its answer ends."""
        self._closed = True
        self._idle.close()

    async def close(self) -> None:
        """The same, and wait until it is closed."""
        self.drop()
        await asyncio.sleep(0)  # the loop lets go of a socket one turn after it was closed


class AsyncConnectionOpening(SocketOpening[AsyncConnections, AsyncConnection]):
    """An open answer, for event loops."""

    async def read(self, deadline: Deadline, *, streaming: bool) -> bytes | None:
        """The next bytes, or None at the end."""
        block = self._ahead_of()
        while not block:
            deadline.check(self.provider)
            if self._reader.done:
                return None
            try:
                block = self._plain(
                    await self._connection.receive(
                        self._reader, self._request, deadline, streaming=streaming
                    )
                )
            except APIConnectionError as error:
                self._ends(error, streaming=streaming)
                return None
        return block

    async def drain(self) -> None:
        """Read what is left of a complete answer, once and for a moment."""
        if not self._reader.done:
            with suppress(APIConnectionError):
                await self._connection.receive(
                    self._reader, self._request, Deadline.start(_DRAIN), streaming=True
                )

    async def close(self) -> None:
        """Let go of the connection; one whose answer was read to its end is used again."""
        if not self._closed:
            self._closed = True
            reusable = self._reusable
            self._connections.give_back(self._address, self._connection, reusable=reusable)
            if not reusable:
                await asyncio.sleep(0)  # the loop lets go of the socket in its next turn


_connections: WeakSet[AsyncConnection] = WeakSet()


def _after_fork() -> None:
    """Leave the parent's connections to it."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for connection in list(_connections):
        connection.leave_to_parent(nothing)
    os.close(nothing)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
