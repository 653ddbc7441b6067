"""Shared connections and their lifetimes.

One pool serves the whole process in sync code, and one serves each event loop in async code, so
models hold no connection and can be copied and pickled. What sends is imported with the first call.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import ssl
import threading
from collections.abc import AsyncGenerator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from seed_core.flow import Request
from seed_core.timeouts import Deadline
from seed_core.transport import AsyncOpening, SyncOpening

if TYPE_CHECKING:
    from seed_core.over_httpx import AsyncHttpxTransport, HttpxTransport


class _Lent:
    """Who uses a pool: it is closed when it is retired and the last user is done."""

    def __init__(self) -> None:
        """Nobody uses it yet."""
        self.users = 0
        self.retired = False

    @property
    def idle(self) -> bool:
        """Whether it may be closed."""
        return self.retired and self.users == 0


class Pool(_Lent):
    """The connections of a process: our own, and httpx's where those do not do."""

    def __init__(self) -> None:
        """Nothing is opened yet."""
        from seed_core.exchanges import address_of, has_proxy  # noqa: PLC0415 - it imports httpx
        from seed_core.sockets import Connections  # noqa: PLC0415 - the same

        super().__init__()
        self._address_of = (lambda _: None) if has_proxy() else address_of
        self._own = Connections(_tls)
        self._httpx: HttpxTransport | None = None
        self._lock = threading.Lock()

    def open(self, request: Request, deadline: Deadline, *, streaming: bool) -> SyncOpening:
        """Send a request and wait for the head of its answer."""
        address = self._address_of(request.url)
        if address is None:
            return self.over_httpx().open(request, deadline, streaming=streaming)
        return self._own.open(request, address, deadline, streaming=streaming)

    def over_httpx(self) -> HttpxTransport:
        """A client of httpx, made when it is first needed."""
        import httpx  # noqa: PLC0415 - only the first call pays for it

        from seed_core.over_httpx import HttpxTransport  # noqa: PLC0415 - the same

        with self._lock:
            if self._httpx is None:
                self._httpx = HttpxTransport(httpx.Client(**_settings()))
            return self._httpx

    def close(self) -> None:
        """Close all connections."""
        self._own.close()
        if self._httpx is not None:
            self._httpx.close()


class AsyncPool(_Lent):
    """The connections of an event loop. See `Pool`."""

    def __init__(self) -> None:
        """Nothing is opened yet."""
        from seed_core.exchanges import address_of, has_proxy  # noqa: PLC0415 - it imports httpx
        from seed_core.loops import AsyncConnections  # noqa: PLC0415 - the same

        super().__init__()
        self._address_of = (lambda _: None) if has_proxy() else address_of
        self._own = AsyncConnections(_tls)
        self._httpx: AsyncHttpxTransport | None = None

    async def open(self, request: Request, deadline: Deadline, *, streaming: bool) -> AsyncOpening:
        """Send a request and wait for the head of its answer."""
        address = self._address_of(request.url)
        if address is None:
            return await self.over_httpx().open(request, deadline, streaming=streaming)
        return await self._own.open(request, address, deadline, streaming=streaming)

    def over_httpx(self) -> AsyncHttpxTransport:
        """A client of httpx, made when it is first needed."""
        import httpx  # noqa: PLC0415 - only the first call pays for it

        from seed_core.over_httpx import AsyncHttpxTransport  # noqa: PLC0415 - the same

        if self._httpx is None:
            self._httpx = AsyncHttpxTransport(httpx.AsyncClient(**_settings()))
        return self._httpx

    def drop(self) -> None:
        """Close what can be closed when the loop is."""
        self._own.drop()

    async def close(self) -> None:
        """Close all connections."""
        await self._own.close()
        if self._httpx is not None:
            await self._httpx.close()


_lock = threading.Lock()
_shared: Pool | None = None
_inherited: list[object] = []
_by_loop: dict[asyncio.AbstractEventLoop, tuple[AsyncPool, AsyncGenerator[None, None]]] = {}
"""A loop's pool is taken out when the loop shuts down. One that is closed by hand instead leaves
its pool here until another loop's first call finds it closed."""


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """One TLS context for all connections: building one takes tens of milliseconds."""
    import httpx  # noqa: PLC0415 - only the first call pays for it

    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _settings() -> dict[str, Any]:
    """How shared httpx clients are made.

    No cap on connections: httpx's hundred would hold up the next call until it times out. No more
    are kept than a hundred: httpx's pool looks through all of them for every request. (It counts
    those in use too, so with twenty, as usual, the calls of a busy program would share none.)
    No cookies: what a host sets for one key must not go out with another.
    """
    from http.cookiejar import CookieJar, DefaultCookiePolicy  # noqa: PLC0415 - comes with httpx

    import httpx  # noqa: PLC0415 - only the first call pays for it

    return {
        "verify": _tls(),
        "follow_redirects": False,
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=100),
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    }


class Loan:
    """The process's pool, for as long as one call or stream takes."""

    __slots__ = ("_over_httpx", "_pool")

    def __init__(self, *, httpx: bool = False) -> None:
        """Nothing is borrowed yet. With `httpx`, that is used for everything."""
        self._over_httpx = httpx
        self._pool: Pool | None = None

    def __enter__(self) -> Pool | HttpxTransport:
        """Borrow."""
        self._pool = _borrow()
        try:
            return self._pool.over_httpx() if self._over_httpx else self._pool
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        """Give back; the last user of a retired pool closes it."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        with _lock:
            pool.users -= 1
            idle = pool.idle
        if idle:
            pool.close()


def _borrow() -> Pool:
    """The process's pool, with one more user."""
    global _shared  # noqa: PLW0603 - one pool for the process is the point

    with _lock:
        if _shared is None:
            _shared = Pool()
        _shared.users += 1
        return _shared


def retire() -> None:
    """Close the process's pool as soon as nobody uses it; the next call opens a new one."""
    global _shared
    with _lock:
        pool, _shared = _shared, None
        if pool is not None:
            pool.retired = True
            idle = pool.idle
    if pool is not None and idle:
        pool.close()


class AsyncLoan:
    """The running loop's pool, for as long as one call or stream takes.

    Not an async generator: a loop that shuts down in the middle of a stream closes all of these at
    once, the outer and the inner, which Python reports as an error.
    """

    def __init__(self, *, httpx: bool = False) -> None:
        """Nothing is borrowed yet. With `httpx`, that is used for everything."""
        self._over_httpx = httpx
        self._pool: AsyncPool | None = None

    async def __aenter__(self) -> AsyncPool | AsyncHttpxTransport:
        """Borrow."""
        self._pool = await _aborrow()
        try:
            return self._pool.over_httpx() if self._over_httpx else self._pool
        except BaseException:
            await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        """Give back; the last user of a retired pool closes it."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.users -= 1
            if pool.idle:
                await pool.close()


async def _aborrow() -> AsyncPool:
    """The running loop's pool, with one more user."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is not None:
        found[0].users += 1
        return found[0]
    pool = AsyncPool()
    pool.users = 1
    keeper = _keep(loop, pool)
    with _lock:
        closed = [_by_loop.pop(known) for known in list(_by_loop) if known.is_closed()]
        _by_loop[loop] = (pool, keeper)
    for left, _ in closed:
        left.drop()
    # Started on this loop, the generator is ended by the loop's own shutdown_asyncgens().
    await keeper.__anext__()
    return pool


async def aretire() -> None:
    """Close the running loop's pool as soon as nobody uses it."""
    found = _by_loop.get(asyncio.get_running_loop())
    if found is not None:
        await found[1].aclose()


async def _keep(loop: asyncio.AbstractEventLoop, pool: AsyncPool) -> AsyncGenerator[None]:
    """Hold a loop's pool until the loop shuts its generators down."""
    try:
        yield
    finally:
        with _lock:
            _by_loop.pop(loop, None)
        pool.retired = True
        if pool.idle:
            await pool.close()


def _after_fork() -> None:
    """A child begins with nothing: the parent's sockets are not its own to use."""
    global _lock, _shared, _by_loop  # noqa: PLW0603 - a new process
    _inherited.extend((_shared, _by_loop))
    _lock = threading.Lock()
    _shared = None
    _by_loop = {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
atexit.register(retire)
