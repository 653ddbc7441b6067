"""Our own transport for threads: HTTP/1.1 over httpcore's network streams.

Every wait on the socket is cut at the nearest limit, so deadlines hold also against a host that
sends a byte now and then. A connection whose answer was read to its end serves the next request.
"""

from __future__ import annotations

import math
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar
from weakref import WeakSet

import httpcore

from seed_core.dialing import addresses_of
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
from seed_core.render import render
from seed_core.timeouts import Deadline, Timeout
from seed_core.transport import broken, check_before, unreachable, unusable

A = TypeVar("A")
R = TypeVar("R")

_NOTHING = memoryview(b"")
_DRAIN = Timeout(idle=0.1)
"""How long the rest of a complete answer may take before its connection is given up."""


class Connection:
    """One connection to a host, used by one request at a time."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        """Nothing is sent yet."""
        self._stream = stream
        # Used as it is: what httpcore does around it costs as much as the reading and writing.
        self._socket: socket.socket = stream.get_extra_info("socket")
        self._tick = 0.0
        self._failed: APIConnectionError | None = None
        self.stopped = False  # the host took no more of a request: the next one cannot follow it
        self.idle_since = 0.0
        _connections.add(self)

    def usable(self) -> bool:
        """Whether the other side still holds it open, and has said nothing unasked."""
        return self._socket.fileno() >= 0 and not is_readable(self._socket)

    def send(self, request: Request, head: memoryview, deadline: Deadline) -> None:
        """Send a request. A host that stops listening may still have answered, so that is no error.

        What is sent is handled as memoryviews: a traceback with its variables does not show them.

        Raises:
            APITimeoutError: the host did not take the bytes in time.
            MediaError: a file is gone, or has changed.
        """
        pieces = (memoryview(piece) for piece in render(request.body))
        first = next(pieces, _NOTHING)
        if len(first) <= BLOCK:
            head, first = memoryview(b"".join((head, first))), _NOTHING
        try:
            self._write(head, request, deadline)
            self._write(first, request, deadline)
            for piece in pieces:
                self._write(piece, request, deadline)
        except httpcore.WriteError:
            self.stopped = True

    def _write(self, data: memoryview, request: Request, deadline: Deadline) -> None:
        """Send bytes, each block of them in time."""
        while data:
            seconds, phase = deadline.within("write")
            try:
                sent = self._in_time(self._socket.send, data[:BLOCK], seconds)
            except OSError as error:
                if isinstance(error, TimeoutError) and self.usable():
                    raise deadline.error(phase, request.provider) from error
                # It has answered, or closed; what that says is worth more than that it is deaf.
                raise httpcore.WriteError("the host takes no more") from error
            data = data[sent:]

    def receive(
        self, reader: ResponseReader, request: Request, deadline: Deadline, *, streaming: bool
    ) -> bytes:
        """The bytes of the body in what comes next.

        Raises:
            APIConnectionError: nothing came in time, the connection broke, or it is not HTTP.
        """
        if self._failed is not None:
            raise self._failed
        in_head = reader.head is None
        if self.stopped and in_head:
            # It should be there. It is not if what has come is only of TLS, not of the host.
            seconds, phase = deadline.within("write")
        else:
            seconds, phase = deadline.silence(streaming=streaming)
        try:
            return take(reader, self._in_time(self._socket.recv, BLOCK, seconds))
        except TimeoutError as error:
            raise deadline.error(phase, request.provider) from error
        except (OSError, ProtocolError) as error:
            if not in_head or reader.head is None:
                raise broken(request.provider, error) from error
            # The head is good, and says what the failure of its body means.
            self._failed = broken(request.provider, error)
            return b""

    def _in_time(self, act: Callable[[A], R], said: A, seconds: float | None) -> R:
        """Read or write, within so many seconds.

        A socket is told of a limit by a system call. So it is told of a second, in which nearly
        all is done, and asked again as often as the limit needs.

        Raises:
            TimeoutError: nothing came, or went, for so many seconds.
            OSError: the connection broke.
        """
        left = math.inf if seconds is None else seconds
        while True:
            tick = min(left, 1.0)
            if tick != self._tick:
                self._socket.settimeout(tick)
                self._tick = tick
            try:
                return act(said)
            except TimeoutError:
                left -= tick
                if left <= 0:
                    raise

    def close(self) -> None:
        """Close it at once."""
        self._stream.close()

    def leave_to_parent(self) -> None:
        """Give it up in the child of a fork: what it reads would be missing in the parent."""
        words = "it belongs to the process that was forked, which goes on with it; call anew here"
        self._failed = broken(None, ConnectionAbortedError(words))
        self._stream.close()


class Connections:
    """Sends requests over connections that it opens, keeps and closes. Safe across threads."""

    def __init__(self, tls: Callable[[], ssl.SSLContext]) -> None:
        """Nothing is opened yet; `tls` is asked when the first https address is."""
        self._tls = tls
        self._backend = httpcore.SyncBackend()
        self._idle: Idle[Connection] = Idle()
        # Held here, so that a stream that is left in a cycle of garbage is closed by its own end,
        # and its socket is not collected before that.
        self._in_use: set[Connection] = set()
        self._closed = False
        self.renew_locks()
        _pools.add(self)

    def renew_locks(self) -> None:
        """Begin with free locks: in the child of a fork nobody is left to free the parent's."""
        self._lock = threading.Lock()
        # Not a semaphore: Ctrl-C between two steps of that, which is Python, locks it for ever.
        self._turns: SimpleQueue[None] = SimpleQueue()
        for _ in range(most_connections()):
            self._turns.put(None)

    def open(
        self, request: Request, address: Address, deadline: Deadline, *, streaming: bool
    ) -> ConnectionOpening:
        """Send a request and wait for the head of its answer."""
        check_before(deadline, request.provider)
        head = head_of(request, address)
        self._wait_for_turn(request, deadline)
        connection = None
        opened = None
        try:
            with self._lock:
                connection = self._idle.take(address.origin, time.monotonic())
            if connection is None:
                connection = self._connect(request, address, deadline)
            self._in_use.add(connection)
            connection.send(request, head, deadline)
            reader = ResponseReader(request.method)
            ahead = b""
            while reader.head is None:
                deadline.check(request.provider)
                ahead = connection.receive(reader, request, deadline, streaming=streaming)
            opened = ConnectionOpening(self, connection, address, reader, ahead, request)
            return opened
        finally:
            if opened is None:
                if connection is not None:
                    self._in_use.discard(connection)
                    connection.close()
                self._turns.put(None)

    def _wait_for_turn(self, request: Request, deadline: Deadline) -> None:
        """Wait until one more connection may be used."""
        try:
            self._turns.get_nowait()
        except Empty:
            self._wait_in_line(request, deadline)

    def _wait_in_line(self, request: Request, deadline: Deadline) -> None:
        """Wait, as long as the call may."""
        seconds, phase = deadline.within("pool")
        try:
            self._turns.get(timeout=seconds)
        except Empty as error:
            raise deadline.error(phase, request.provider) from error

    def _connect(self, request: Request, address: Address, deadline: Deadline) -> Connection:
        """Open a connection."""
        seconds, phase = deadline.within("connect")
        stream = None
        try:
            stream = self._reach(address, seconds)
            if address.tls:
                seconds, phase = deadline.within("connect")
                # httpcore closes the socket when this fails.
                stream = stream.start_tls(self._tls(), address.host, seconds)
            return Connection(stream)
        except httpcore.TimeoutException as error:
            raise deadline.error(phase, request.provider) from error
        except (httpcore.NetworkError, OSError) as error:
            raise unreachable(request.provider, error) from error
        except UnicodeError as error:  # a label of the host is empty, or too long
            raise unusable(request.provider, error) from error

    def _reach(self, address: Address, seconds: float | None) -> httpcore.NetworkStream:
        """Connect to one of a host's addresses, in so many seconds for all of them together."""
        until = None if seconds is None else time.monotonic() + seconds
        hosts = addresses_of(address.host, address.port)
        errors: list[httpcore.ConnectError | httpcore.ConnectTimeout] = []
        for number, host in enumerate(hosts):
            left = None if until is None else max(until - time.monotonic(), 0.001)
            share = None if left is None else left / (len(hosts) - number)
            try:
                return self._backend.connect_tcp(host, address.port, timeout=share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                errors.append(error)
        raise errors[0]

    def give_back(self, address: Address, connection: Connection, *, reusable: bool) -> None:
        """A request is done with a connection."""
        self._in_use.discard(connection)
        with self._lock:
            kept = reusable and not self._closed
            if kept:
                self._idle.give(address.origin, connection, time.monotonic())
        if not kept:
            connection.close()
        self._turns.put(None)

    def close(self) -> None:
        """Close what is unused, and whatever is in use when its answer ends."""
        with self._lock:
            self._closed = True
            self._idle.close()


class ConnectionOpening(SocketOpening[Connections, Connection]):
    """An open answer, for threads."""

    def read(self, deadline: Deadline, *, streaming: bool) -> bytes | None:
        """The next bytes, or None at the end."""
        block = self._ahead_of()
        while not block:
            deadline.check(self.provider)
            if self._reader.done:
                return None
            try:
                block = self._plain(
                    self._connection.receive(
                        self._reader, self._request, deadline, streaming=streaming
                    )
                )
            except APIConnectionError as error:
                self._ends(error, streaming=streaming)
                return None
        return block

    def drain(self) -> None:
        """Read what is left of a complete answer, once and for a moment."""
        if not self._reader.done:
            with suppress(APIConnectionError):
                self._connection.receive(
                    self._reader, self._request, Deadline.start(_DRAIN), streaming=True
                )

    def close(self) -> None:
        """Let go of the connection; one whose answer was read to its end is used again."""
        if not self._closed:
            self._closed = True
            self._connections.give_back(self._address, self._connection, reusable=self._reusable)


# Of this process, for its children: an open copy of theirs would keep a connection alive that the
# parent has closed.
_connections: WeakSet[Connection] = WeakSet()
_pools: WeakSet[Connections] = WeakSet()


def _after_fork() -> None:
    """Leave the parent's connections to it."""
    for pool in list(_pools):
        pool.renew_locks()
    for connection in list(_connections):
        connection.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
