"""The core's front door: a provider, its waits and its retries; prompts in, replies or events out.

A client holds no connection of its own. It uses the process's shared pool (the event loop's, in
async code) or the httpx client that the user gave, which is never closed here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import nullcontext
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from typing_extensions import Self

from seed_core.drivers import arun, astream, run, stream
from seed_core.events import Event, Reply, collect
from seed_core.flow import Flow, Opened, Retry
from seed_core.pools import aretire, retire, shared_async_client, shared_client
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.timeouts import Deadline, Timeout
from seed_core.types import Prompt

if TYPE_CHECKING:
    import httpx


class _Settings:
    """What both clients hold."""

    def __init__(
        self,
        provider: str | Provider | None = None,
        *,
        timeout: Timeout | float | None = None,
        retry: Retry | None = None,
        coalesce: bool = True,
    ) -> None:
        """Settle how calls are made. A timeout that is a number is the total."""
        self.provider = provider if isinstance(provider, Provider) else resolve(provider)
        given = Timeout(total=timeout) if isinstance(timeout, (int, float)) else timeout
        self.timeout = given or Timeout()
        self.retry = retry or Retry()
        if self.timeout.total is not None and self.timeout.total < self.retry.max_wait:
            # A wait that outlasts the call would only hide the error that asked for it.
            self.retry = replace(self.retry, max_wait=self.timeout.total)
        self.coalesce = coalesce

    def _flow(self, prompt: Prompt, *, stream: bool) -> Flow[Opened]:
        """The provider's flow for a prompt."""
        return self.provider.call(prompt, stream=stream, retry=self.retry)


class Client(_Settings):
    """Calls a provider from threads.

    Args:
        provider: a name, a `Provider` from `resolve(...)`, or None for the first whose key is set.
        timeout: seconds in all, or a `Timeout`.
        retry: when to try again.
        coalesce: join events that arrived together.
        http_client: an httpx client to use as it is, instead of the shared one.

    Example:
        >>> with Client("openrouter") as client:  # doctest: +SKIP
        ...     print(client.call(prompt).text)
    """

    def __init__(
        self,
        provider: str | Provider | None = None,
        *,
        timeout: Timeout | float | None = None,
        retry: Retry | None = None,
        coalesce: bool = True,
        http_client: httpx.Client | None = None,
    ) -> None:
        """Settle how calls are made; nothing is opened."""
        super().__init__(provider, timeout=timeout, retry=retry, coalesce=coalesce)
        self._owns = http_client is None
        self._connect = shared_client if http_client is None else lambda: nullcontext(http_client)

    def call(self, prompt: Prompt) -> Reply:
        """Ask, and wait for the whole reply.

        Raises:
            SeedError: the prompt cannot be sent, or was not answered.
        """
        with self._connect() as client:
            deadline = Deadline.start(self.timeout)
            opened = run(self._flow(prompt, stream=False), client, deadline)
        return collect(opened.events)

    def stream(self, prompt: Prompt) -> Iterator[Event]:
        """Ask, and yield events as they come; leaving the loop closes the connection.

        Raises:
            SeedError: as `call`; once events have come, `.partial` has them folded.
        """
        flow = self._flow(prompt, stream=True)
        return stream(flow, self._connect, self.timeout, join=self.coalesce)

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


class AsyncClient(_Settings):
    """Calls a provider from event loops, any number of them. See `Client`."""

    def __init__(
        self,
        provider: str | Provider | None = None,
        *,
        timeout: Timeout | float | None = None,
        retry: Retry | None = None,
        coalesce: bool = True,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        """Settle how calls are made; nothing is opened."""
        super().__init__(provider, timeout=timeout, retry=retry, coalesce=coalesce)
        self._owns = http_client is None
        self._connect = (
            shared_async_client if http_client is None else lambda: nullcontext(http_client)
        )

    async def call(self, prompt: Prompt) -> Reply:
        """Ask, and wait for the whole reply.

        Raises:
            SeedError: the prompt cannot be sent, or was not answered.
        """
        async with self._connect() as client:
            opened = await arun(
                self._flow(prompt, stream=False), client, Deadline.start(self.timeout)
            )
        return collect(opened.events)

    def stream(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        """Ask, and yield events as they come. Leave early through `contextlib.aclosing`.

        Raises:
            SeedError: as `call`; once events have come, `.partial` has them folded.
        """
        flow = self._flow(prompt, stream=True)
        return astream(flow, self._connect, self.timeout, join=self.coalesce)

    async def aclose(self) -> None:
        """Close the running loop's shared pool when its last user is done. See `Client.close`."""
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
