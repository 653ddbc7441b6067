"""The core's front door: a provider, its waits and its retries; prompts in, replies or events out.

A client holds no connection of its own. It uses the process's shared pool (the event loop's, in
async code) or the httpx client that the user gave, which is never closed here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from seed_core.arguments import check_types, unseen
from seed_core.connecting import AsyncConnected, Connected, TransportName
from seed_core.counting import counted
from seed_core.drivers import astream, stream
from seed_core.errors import ConfigurationError, UnsupportedError
from seed_core.events import Event, Failed, Reply, collect
from seed_core.flow import Flow, Opened, Retry, failover
from seed_core.polling import OnProgress
from seed_core.providers import Choice, resolve_all
from seed_core.providers.base import Provider
from seed_core.providers.catalogue import Model, count_tokens, describe_model, list_models
from seed_core.spending import Spending, watching
from seed_core.timeouts import Timeout
from seed_core.types import Document, Image, Media, Prompt, Video

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
M = TypeVar("M", Image, Video, Document)


class _Settings:
    """What both clients hold."""

    def __init__(
        self,
        provider: Choice | Sequence[Choice] | None = None,
        *,
        timeout: Timeout | float | None = None,
        retry: Retry | None = None,
        coalesce: bool = True,
        on_progress: OnProgress | None = None,
        spending: Sequence[Spending] = (),
    ) -> None:
        """Settle how calls are made. A timeout that is a number is the total."""
        check_types(timeout=(timeout, (Timeout, int, float)), retry=(retry, Retry))
        self.providers = _providers(provider)
        self.provider = self.providers[0]
        given = Timeout(total=timeout) if isinstance(timeout, (int, float)) else timeout
        self.timeout = given or Timeout()
        self.retry = retry or Retry()
        if self.timeout.total is not None and self.timeout.total < self.retry.max_wait:
            # A wait that outlasts the call would only hide the error that asked for it.
            self.retry = replace(self.retry, max_wait=self.timeout.total)
        self.coalesce = coalesce
        self.on_progress = on_progress
        self.spending = tuple(spending)
        for one in self.spending:
            check_types(spending=(one, Spending))

    def _flow(self, prompt: Prompt, *, stream: bool) -> Flow[Opened]:
        """The flow for a prompt: one provider's, or one after the other's."""
        how: dict[str, Any] = {
            "stream": stream,
            "retry": self.retry,
            "on_progress": self.on_progress,
        }
        watchers = watching(self.spending)
        if len(self.providers) == 1 and not watchers:
            return self.provider.call(prompt, **how)

        def call(provider: Provider, failed: tuple[Failed, ...] = ()) -> Flow[Opened]:
            flow = provider.call(prompt, failed=failed, **how)
            model = prompt.model or provider.model
            return counted(flow, watchers, provider.name, model) if watchers else flow

        if len(self.providers) == 1:
            return call(self.provider)
        if prompt.model is not None:
            msg = "model= with one call would go to every provider; give each its own model"
            raise ConfigurationError(msg)
        for provider in self.providers:
            # All of them now, so that an outage does not bring up what could be known before.
            provider.rehearse(prompt, stream=stream)
        return failover([partial(call, one) for one in self.providers], self.retry.moves_on)

    def _uploading(self, media: Media) -> Flow[Media]:
        """The flow that uploads one file."""
        upload = self.provider.upload
        if upload is None or self.provider.storage is None:
            able = ", ".join(self.provider.who_can("upload"))
            msg = f"{self.provider.name} has no storage for files here; at its own address: {able}"
            raise UnsupportedError(msg, provider=self.provider.name)
        return replace(media, source=(yield from upload(self.provider, media, self.retry)))


def _providers(said: Choice | Sequence[Choice] | None) -> tuple[Provider, ...]:
    """Providers that are filled in already, as they are; else what was said, resolved."""
    given = (said,) if isinstance(said, Provider) else said
    if isinstance(given, tuple) and given and all(_is_filled_in(one) for one in given):
        return given
    return resolve_all(given)


def _is_filled_in(one: object) -> bool:
    """Whether a value needs nothing more, its key least of all."""
    return isinstance(one, Provider) and bool(one.api_key or not one.needs_key)


class Client(_Settings, Connected):
    """Calls a provider from threads.

    Args:
        provider: a name, a `Provider` from `resolve(...)`, a dict of `resolve`'s arguments, or None
            for the first whose key is set. Several of them are asked in order, the next one when
            one fails before its first event.
        timeout: seconds in all, or a `Timeout`.
        retry: when to try again.
        coalesce: join events that arrived together.
        on_progress: called with a `Progress` while the host works on a job (fal's queue).
        transport: "httpx" sends with that instead of our own transport; see `docs/performance.md`.
        http_client: an httpx client to use as it is, instead of the shared connections.
        spending: who counts what the calls come to, wherever they are made; see `Spending`.

    Example:
        >>> with Client("openrouter") as client:  # doctest: +SKIP
        ...     print(client.call(prompt).text)
    """

    def __init__(
        self,
        provider: Choice | Sequence[Choice] | None = None,
        *,
        timeout: Timeout | float | None = None,
        retry: Retry | None = None,
        coalesce: bool = True,
        on_progress: OnProgress | None = None,
        transport: TransportName | None = None,
        http_client: httpx.Client | None = None,
        spending: Sequence[Spending] = (),
    ) -> None:
        """Settle how calls are made; nothing is opened."""
        provider = unseen(provider)
        super().__init__(
            provider,
            timeout=timeout,
            retry=retry,
            coalesce=coalesce,
            on_progress=on_progress,
            spending=spending,
        )
        self._over(http_client, transport)

    def call(self, prompt: Prompt) -> Reply:
        """Ask, and wait for the whole reply.

        Raises:
            SeedError: the prompt cannot be sent, or was not answered.
        """
        return collect(self._run(self._flow(prompt, stream=False)).events)

    def stream(self, prompt: Prompt) -> Iterator[Event]:
        """Ask, and yield events as they come; leaving the loop closes the connection.

        Raises:
            SeedError: as `call`; once events have come, `.partial` has them folded.
        """
        flow = self._flow(prompt, stream=True)
        return stream(flow, self._connect, self.timeout, join=self.coalesce)

    def models(self) -> tuple[Model, ...]:
        """The models that the (first) provider lists.

        Raises:
            UnsupportedError: it lists none.
            SeedError: it did not answer.
        """
        return self._run(list_models(self.provider, self.retry))

    def model(self, model: str | None = None) -> Model:
        """What the (first) provider says of a model; None is the one that is asked.

        Raises:
            UnsupportedError: it describes no single models.
            SeedError: it did not answer, or does not know the model.
        """
        return self._run(describe_model(self.provider, model, self.retry))

    def count_tokens(self, prompt: Prompt) -> int:
        """Input tokens of a prompt as the (first) provider counts them; nothing is billed.

        Raises:
            UnsupportedError: it does not count.
            SeedError: it did not answer.
        """
        return self._run(count_tokens(self.provider, prompt, self.retry))

    def upload(self, media: M) -> M:
        """Bring local media to the (first) provider's storage; give the same with its address.

        For what is asked about more than once: a call uploads its large files each time anew.

        Raises:
            UnsupportedError: the provider has no storage.
            SeedError: the storage did not take it.

        Example:
            >>> clip = client.upload(video("clip.mp4"))  # doctest: +SKIP
        """
        return cast("M", self._run(self._uploading(media)))


class AsyncClient(_Settings, AsyncConnected):
    """Calls a provider from event loops, any number of them. See `Client`."""

    def __init__(
        self,
        provider: Choice | Sequence[Choice] | None = None,
        *,
        timeout: Timeout | float | None = None,
        retry: Retry | None = None,
        coalesce: bool = True,
        on_progress: OnProgress | None = None,
        transport: TransportName | None = None,
        http_client: httpx.AsyncClient | None = None,
        spending: Sequence[Spending] = (),
    ) -> None:
        """Settle how calls are made; nothing is opened."""
        provider = unseen(provider)
        super().__init__(
            provider,
            timeout=timeout,
            retry=retry,
            coalesce=coalesce,
            on_progress=on_progress,
            spending=spending,
        )
        self._over(http_client, transport)

    async def call(self, prompt: Prompt) -> Reply:
        """Ask, and wait for the whole reply.

        Raises:
            SeedError: the prompt cannot be sent, or was not answered.
        """
        opened = await self._run(self._flow(prompt, stream=False))
        return collect(opened.events)

    def stream(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        """Ask, and yield events as they come. Leave early through `contextlib.aclosing`.

        Raises:
            SeedError: as `call`; once events have come, `.partial` has them folded.
        """
        flow = self._flow(prompt, stream=True)
        return astream(flow, self._connect, self.timeout, join=self.coalesce)

    async def models(self) -> tuple[Model, ...]:
        """The models that the (first) provider lists. See `Client.models`."""
        return await self._run(list_models(self.provider, self.retry))

    async def model(self, model: str | None = None) -> Model:
        """What the (first) provider says of a model. See `Client.model`."""
        return await self._run(describe_model(self.provider, model, self.retry))

    async def count_tokens(self, prompt: Prompt) -> int:
        """Input tokens of a prompt, as the host counts them. See `Client.count_tokens`."""
        return await self._run(count_tokens(self.provider, prompt, self.retry))

    async def upload(self, media: M) -> M:
        """Bring local media to the (first) provider's storage. See `Client.upload`."""
        return cast("M", await self._run(self._uploading(media)))
