"""What our two transports share: addresses, heads, bodies, connections that wait."""

from __future__ import annotations

import select
import socket
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, Protocol, TypeVar
from urllib.request import getproxies

import httpx

from seed_core.flow import Request
from seed_core.http1 import ProtocolError, ResponseReader
from seed_core.http1_heads import write_head
from seed_core.transport import Opening, unsendable

BLOCK = 64 * 1024
"""Bytes that are read, and written, at a time."""

IDLE_SECONDS = 15.0
"""For how long an unused connection is kept. Many servers drop theirs after a minute, some after
five seconds; a connection that the server has closed meanwhile is seen before it is used."""

IDLE_MOST = 100
"""How many unused connections to one host are kept."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes: `host` and `port` to connect to, and what its head says.

    The target is not shown: some hosts take a key in the query.
    """

    host: str
    port: int
    tls: bool
    name: str
    target: str = field(repr=False)

    @property
    def origin(self) -> tuple[str, int, bool]:
        """What requests that may share a connection have in common."""
        return self.host, self.port, self.tls


@lru_cache(maxsize=256)
def address_of(url: str) -> Address | None:
    """The parts of a plain http or https address; None for one that is left to httpx.

    Those are addresses with credentials in them, and those that httpx refuses in its own words.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return None
    tls = parsed.scheme == "https"
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        return None
    return Address(
        host=parsed.raw_host.decode("ascii"),
        port=parsed.port or (443 if tls else 80),
        tls=tls,
        name=parsed.netloc.decode("ascii"),
        target=parsed.raw_path.decode("ascii"),
    )


def has_proxy() -> bool:
    """Whether the environment names a proxy. Then all requests are httpx's, which knows them."""
    return bool(getproxies().keys() & {"http", "https", "all"})


def head_of(request: Request, address: Address) -> memoryview:
    """The head of a request, as bytes whose repr does not show the key that is among them.

    Raises:
        ConfigurationError: HTTP does not allow it.
    """
    try:
        head = _head_but_length(request.method, address, tuple(request.headers.items()))
        return memoryview(b"%bcontent-length: %d\r\n\r\n" % (head, request.body.length))
    except ValueError as error:
        why = str(error)
    # Raised out here: the frames below hold the headers, and would be in the traceback.
    raise unsendable(request.provider, why)


@lru_cache(maxsize=64)
def _head_but_length(method: str, address: Address, said: tuple[tuple[str, str], ...]) -> bytes:
    """A head without its last header, which alone differs between the calls of a client."""
    names = {name.lower() for name, _ in said}
    if "transfer-encoding" in names:
        raise ValueError("the header 'transfer-encoding' is not sent: the length is known")
    # Compression saves little of a stream of small events, and some servers hold them back for it.
    usual = (("host", address.name), ("accept", "*/*"), ("accept-encoding", "identity"))
    headers = [(name, value) for name, value in usual if name not in names]
    kept = [(name, value) for name, value in said if name.lower() != "content-length"]
    return write_head(method, address.target, [*headers, *kept]).removesuffix(b"\r\n")


class Reusable(Protocol):
    """A connection that may wait for its next request.

    Attributes:
        idle_since: when it was last used.
        stopped: the host took no more of a request: the next one cannot follow it.
    """

    idle_since: float
    stopped: bool

    def usable(self) -> bool:
        """Whether the other side still holds it open, and has said nothing unasked."""
        ...

    def close(self) -> None:
        """Close it at once."""
        ...


C = TypeVar("C", bound=Reusable)
P = TypeVar("P")


class SocketOpening(Opening, Generic[P, C]):
    """An answer whose head has come over a connection of ours, which the pool wants back."""

    def __init__(
        self,
        connections: P,
        connection: C,
        address: Address,
        reader: ResponseReader,
        ahead: bytes,
        request: Request,
    ) -> None:
        """`ahead` is what came of the body together with the head."""
        head = reader.head
        if head is None:
            raise ProtocolError("there is no head")
        super().__init__(head.status, head.headers, request.provider)
        self._connections = connections
        self._connection = connection
        self._address = address
        self._request = request
        self._reader = reader
        self._ahead = ahead
        self._closed = False

    @property
    def _reusable(self) -> bool:
        """Whether the connection may serve another request."""
        return self._reader.reusable and not self._connection.stopped

    def _plain(self, block: bytes) -> bytes:
        if self._inflate is None:
            return block
        plain = super()._plain(block)
        if self._reader.done and not plain:
            self._check_end()
        return plain

    def _ahead_of(self) -> bytes:
        """What needs no reading: what came with the head, and what is left to decompress."""
        ahead, self._ahead = self._ahead, b""
        return ahead if self._inflate is None else self._plain(ahead)


def take(reader: ResponseReader, block: bytes) -> bytes:
    """Hand a block to the reader; an empty one is the end of the connection.

    Raises:
        ProtocolError: it is not HTTP, or stopped too early.
    """
    if block:
        return reader.feed(block)
    reader.end()
    return b""


def is_readable(sock: socket.socket) -> bool:
    """Whether something has come that nobody has read, or the other side has closed."""
    if not hasattr(select, "poll"):  # where select takes any socket
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class Idle(Generic[C]):
    """Connections that wait for their next request, the last used first.

    Taking one and giving one back look at no connection that stays: the cost does not grow with
    their number.
    """

    def __init__(self) -> None:
        """None waits yet."""
        self._by_origin: dict[tuple[str, int, bool], deque[C]] = {}

    def take(self, origin: tuple[str, int, bool], now: float) -> C | None:
        """A usable connection, if there is one. Those that are not are closed."""
        waiting = self._by_origin.get(origin)
        while waiting:
            connection = waiting.pop()
            if connection.idle_since + IDLE_SECONDS >= now and connection.usable():
                return connection
            connection.close()
        self._by_origin.pop(origin, None)
        return None

    def give(self, origin: tuple[str, int, bool], connection: C, now: float) -> None:
        """Keep a connection for later, and close those that have waited too long."""
        connection.idle_since = now
        self._by_origin.setdefault(origin, deque()).append(connection)
        for known, waiting in list(self._by_origin.items()):
            while waiting and (
                waiting[0].idle_since + IDLE_SECONDS < now or len(waiting) > IDLE_MOST
            ):
                waiting.popleft().close()
            if not waiting:
                del self._by_origin[known]

    def close(self) -> None:
        """Close all of them."""
        while self._by_origin:
            for connection in self._by_origin.popitem()[1]:
                connection.close()


def most_connections() -> int:
    """How many connections may be in use at once: a thousand, where the system lets us open them.

    A call beyond that waits for its turn, as long as `Timeout.pool` allows.
    """
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return 1000
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1000 if soft == resource.RLIM_INFINITY else max(min(1000, soft * 3 // 4), 1)
