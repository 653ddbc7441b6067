"""Shared clients and their lifetimes.

One client serves the whole process in sync code, and one serves each event loop in async code, so
models hold no connection and can be copied and pickled. httpx is imported with the first call.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import ssl
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import httpx

C = TypeVar("C", "httpx.Client", "httpx.AsyncClient")


class Pool(Generic[C]):
    """A client that others use. It is closed when it is retired and the last user is done."""

    def __init__(self, client: C) -> None:
        """Nobody uses it yet."""
        self.client: C = client
        self.users = 0
        self.retired = False

    @property
    def idle(self) -> bool:
        """Whether it may be closed."""
        return self.retired and self.users == 0


_lock = threading.Lock()
_shared: Pool[httpx.Client] | None = None
_inherited: list[object] = []
_by_loop: dict[
    asyncio.AbstractEventLoop, tuple[Pool[httpx.AsyncClient], AsyncGenerator[None, None]]
] = {}
"""A loop's pool is taken out when the loop shuts down. One that is closed by hand instead leaves
its pool here until another loop's first call finds it closed."""


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """One TLS context for all clients: building one takes tens of milliseconds."""
    import httpx  # noqa: PLC0415 - only the first call pays for it

    return httpx.create_ssl_context()


def _settings() -> dict[str, Any]:
    """How shared clients are made.

    No cap on connections: httpx's hundred would hold up the next call until it times out. Few are
    kept when idle, because httpx's pool looks through all of them for every request. No cookies:
    what a host sets for one key must not go out with another.
    """
    import httpx  # noqa: PLC0415 - only the first call pays for it

    return {
        "verify": _tls(),
        "follow_redirects": False,
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=20),
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    }


@contextmanager
def shared_client() -> Iterator[httpx.Client]:
    """The process's client, for as long as one call or stream takes."""
    pool = _borrow()
    try:
        yield pool.client
    finally:
        with _lock:
            pool.users -= 1
            idle = pool.idle
        if idle:
            pool.client.close()


def _borrow() -> Pool[httpx.Client]:
    """The process's pool, with one more user."""
    global _shared  # noqa: PLW0603 - one pool for the process is the point
    import httpx  # noqa: PLC0415 - only the first call pays for it

    with _lock:
        if _shared is None:
            _shared = Pool(httpx.Client(**_settings()))
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
        pool.client.close()


class AsyncLoan:
    """The running loop's client, for as long as one call or stream takes.

    Not an async generator: a loop that shuts down in the middle of a stream closes all of these at
    once, the outer and the inner, which Python reports as an error.
    """

    def __init__(self) -> None:
        """Nothing is borrowed yet."""
        self._pool: Pool[httpx.AsyncClient] | None = None

    async def __aenter__(self) -> httpx.AsyncClient:
        """Borrow."""
        self._pool = await _aborrow()
        return self._pool.client

    async def __aexit__(self, *_: object) -> None:
        """Give back; the last user of a retired pool closes it."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.users -= 1
            if pool.idle:
                await pool.client.aclose()


def shared_async_client() -> AsyncLoan:
    """The running loop's client, to be used with `async with`."""
    return AsyncLoan()


async def _aborrow() -> Pool[httpx.AsyncClient]:
    """The running loop's pool, with one more user."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is not None:
        found[0].users += 1
        return found[0]
    import httpx  # noqa: PLC0415 - only the first call pays for it

    pool = Pool(httpx.AsyncClient(**_settings()))
    pool.users = 1
    keeper = _keep(loop, pool)
    with _lock:
        for closed in [known for known in _by_loop if known.is_closed()]:
            _by_loop.pop(closed, None)
        _by_loop[loop] = (pool, keeper)
    # Started on this loop, the generator is ended by the loop's own shutdown_asyncgens().
    await keeper.__anext__()
    return pool


async def aretire() -> None:
    """Close the running loop's pool as soon as nobody uses it."""
    found = _by_loop.get(asyncio.get_running_loop())
    if found is not None:
        await found[1].aclose()


async def _keep(
    loop: asyncio.AbstractEventLoop, pool: Pool[httpx.AsyncClient]
) -> AsyncGenerator[None]:
    """Hold a loop's pool until the loop shuts its generators down."""
    try:
        yield
    finally:
        with _lock:
            _by_loop.pop(loop, None)
        pool.retired = True
        if pool.idle:
            await pool.client.aclose()


def _after_fork() -> None:
    """A child begins with nothing: the parent's sockets are not its own to use or to close."""
    global _lock, _shared, _by_loop  # noqa: PLW0603 - a new process
    _inherited.extend((_shared, _by_loop))
    _lock = threading.Lock()
    _shared = None
    _by_loop = {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
atexit.register(retire)
