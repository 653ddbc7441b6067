"""How a client reaches the network: over the shared pool, or the httpx client that it was given.

Neither of them is its own: a shared pool is closed when its last user is done, and a client that
was given never is. The shared pool has a transport of its own; `transport="httpx"`, or the
environment variable `SEED_TRANSPORT=httpx`, switches that off.
"""

from __future__ import annotations

import os
from contextlib import nullcontext
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from typing_extensions import Self

from seed_core.drivers import AsyncConnect, Connect, arun, run
from seed_core.errors import ConfigurationError
from seed_core.flow import Flow
from seed_core.pools import AsyncLoan, Loan, aretire, retire
from seed_core.timeouts import Deadline, Timeout

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
TransportName: TypeAlias = Literal["auto", "httpx"]
"""What the shared pool sends with: "auto" is our own transport, or httpx if there is a proxy."""


def only_httpx(transport: TransportName | None = None) -> bool:
    """Whether the shared pool shall send everything with httpx.

    Raises:
        ConfigurationError: there is no such transport.
    """
    said = transport or os.environ.get("SEED_TRANSPORT") or "auto"
    if said not in ("auto", "httpx"):
        raise ConfigurationError(f"transport={said!r} is not known; it is 'auto' or 'httpx'")
    return said == "httpx"


class Connected:
    """A client of threads."""

    timeout: Timeout

    def _over(self, http_client: httpx.Client | None, transport: TransportName | None) -> None:
        """Use this httpx client; None is the shared pool. Nothing is opened."""
        by_httpx = only_httpx(transport)
        self._owns = http_client is None
        self._connect: Connect
        if http_client is None:
            self._connect = partial(Loan, httpx=by_httpx)
        else:
            from seed_core.over_httpx import HttpxTransport  # noqa: PLC0415 - it imports httpx

            given = HttpxTransport(http_client)
            self._connect = lambda: nullcontext(given)

    def _run(self, flow: Flow[T]) -> T:
        """Drive a flow to its result."""
        with self._connect() as transport:
            return run(flow, transport, Deadline.start(self.timeout))

    def close(self) -> None:
        """Close the process's shared pool when its last user is done. A later call opens anew.

        A client that was given is left as it is.
        """
        if self._owns:
            retire()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


class AsyncConnected:
    """A client of event loops, any number of them."""

    timeout: Timeout

    def _over(self, http_client: httpx.AsyncClient | None, transport: TransportName | None) -> None:
        """Use this httpx client; None is the running loop's shared pool. Nothing is opened."""
        by_httpx = only_httpx(transport)
        self._owns = http_client is None
        self._connect: AsyncConnect
        if http_client is None:
            self._connect = partial(AsyncLoan, httpx=by_httpx)
        else:
            from seed_core.over_httpx import AsyncHttpxTransport  # noqa: PLC0415 - the same

            given = AsyncHttpxTransport(http_client)
            self._connect = lambda: nullcontext(given)

    async def _run(self, flow: Flow[T]) -> T:
        """Drive a flow to its result."""
        async with self._connect() as transport:
            return await arun(flow, transport, Deadline.start(self.timeout))

    async def aclose(self) -> None:
        """Close the running loop's shared pool when its last user is done. See `close`."""
        if self._owns:
            await aretire()

    async def __aenter__(self) -> Self:
        """Use as a context manager."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        await self.aclose()
