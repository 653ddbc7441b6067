"""How a client reaches the network: over the shared pool, or the httpx client that it was given.

Neither of them is its own: a shared pool is closed when its last user is done, and a client that
was given never is.
"""

from __future__ import annotations

from contextlib import nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from typing_extensions import Self

from seed_core.drivers import arun, run
from seed_core.flow import Flow
from seed_core.pools import aretire, retire, shared_async_client, shared_client
from seed_core.timeouts import Deadline, Timeout

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class Connected:
    """A client of threads."""

    timeout: Timeout

    def _over(self, http_client: httpx.Client | None) -> None:
        """Use this httpx client; None is the shared pool. Nothing is opened."""
        self._owns = http_client is None
        self._connect = shared_client if http_client is None else lambda: nullcontext(http_client)

    def _run(self, flow: Flow[T]) -> T:
        """Drive a flow to its result."""
        with self._connect() as client:
            return run(flow, client, Deadline.start(self.timeout))

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

    def _over(self, http_client: httpx.AsyncClient | None) -> None:
        """Use this httpx client; None is the running loop's shared pool. Nothing is opened."""
        self._owns = http_client is None
        self._connect = (
            shared_async_client if http_client is None else lambda: nullcontext(http_client)
        )

    async def _run(self, flow: Flow[T]) -> T:
        """Drive a flow to its result."""
        async with self._connect() as client:
            return await arun(flow, client, Deadline.start(self.timeout))

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
