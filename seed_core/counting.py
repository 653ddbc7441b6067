"""The counting of what a call comes to, around its flow: see `spending`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from seed_core.errors import (
    APIConnectionError,
    APITimeoutError,
    BudgetExceededError,
    ConfigurationError,
    InvalidReplyError,
    MediaError,
    SeedError,
)
from seed_core.events import Event, Finish, Reply
from seed_core.flow import Decoder, Flow, Opened
from seed_core.spending import OPEN, Spending, spent_by


def counted(
    flow: Flow[Opened], watchers: Sequence[Spending], provider: str, model: str
) -> Flow[Opened]:
    """The flow of a provider's call, and the counting of what it comes to.

    Args:
        flow: the call, not yet begun.
        watchers: who counts it.
        provider: the name of the provider that is asked.
        model: the id of the model that is asked.

    Raises:
        BudgetExceededError: one of them has a limit, which is reached; nothing was sent.
        SeedError: as the flow.
    """
    for one in watchers:
        one.admit()
    try:
        opened = yield from flow
    except SeedError as error:
        _count_failure(error, watchers, provider, model)
        raise
    except GeneratorExit:  # cancelled, or Ctrl-C: what was sent may be billed
        _Counting(watchers, provider, model)
        raise
    call = _Counting(watchers, provider, model)
    call.see(opened.events)
    if opened.decoder is None or opened.stream is None:
        return opened
    return replace(opened, decoder=_CountingDecoder(opened.decoder, call))


def _count_failure(
    error: SeedError, watchers: Sequence[Spending], provider: str, model: str
) -> None:
    """A call that did not begin, or began and was of no use: what it came to."""
    if isinstance(error, (ConfigurationError, MediaError, BudgetExceededError)):
        return  # nothing was sent
    for one in watchers:
        one.add_failure(provider, error)
    finish = error.answered or (error.partial.finish if error.partial is not None else None)
    if finish is not None or _may_be_billed(error):
        _Counting(watchers, provider, model).settle(finish)


def _may_be_billed(error: SeedError) -> bool:
    """Whether a call that failed may cost something all the same."""
    if error.paid_for or error.partial not in (None, Reply()):
        return True
    unanswered = isinstance(error, APITimeoutError) and error.phase not in ("connect", "pool")
    reached = not isinstance(error, APIConnectionError) or error.reached
    return (unanswered and reached) or isinstance(error, InvalidReplyError)


class _Counting:
    """One call that has begun, until its end is known."""

    def __init__(self, watchers: Sequence[Spending], provider: str, model: str) -> None:
        self._watchers = watchers
        self._asked = (provider, model)
        self._settled = False
        for one in watchers:
            one.add(provider, model, OPEN)

    def see(self, events: Sequence[Event]) -> None:
        """Look for the end among events."""
        for event in reversed(events):
            if isinstance(event, Finish):
                self.settle(event)
                return

    def settle(self, finish: Finish | None) -> None:
        """The end has come."""
        if self._settled:
            return
        self._settled = True
        spent = spent_by(finish)
        provider, model = self._asked
        answered = (finish.model if finish is not None else None) or model
        for one in self._watchers:
            one.settle(provider, model, answered, spent)
            if spent.unknown_cost:
                one.warn_of(provider, answered)

    def broke(self, decoder: Decoder, error: SeedError) -> None:
        """The stream broke: count what it told of itself before."""
        if self._settled:
            return
        for one in self._watchers:
            one.add_failure(self._asked[0], error)
        # The decoder is of no more use, so it may be asked to end the answer where it stands.
        ended: Finish | None = None
        with suppress(SeedError):
            ended = next((e for e in decoder.cut() if isinstance(e, Finish)), None)
        if ended is not None and ended.cost is not None and ended.cost.source == "estimated":
            # Of tokens that may not be all.
            ended = replace(ended, cost=None)
        self.settle(ended)


class _CountingDecoder:
    """A stream's decoder that tells when the end has come. See `seed_core.flow.Decoder`."""

    def __init__(self, inner: Decoder, call: _Counting) -> None:
        self.failure = inner.failure
        self.done = inner.done
        self._inner = inner
        self._call = call

    def feed(self, block: bytes) -> list[Event]:
        """Take the next bytes."""
        return self._passed(self._inner.feed(block))

    def end(self) -> list[Event]:
        """The bytes are over."""
        return self._passed(self._inner.end())

    def cut(self) -> list[Event]:
        """The answer ends here, on this side."""
        return self._passed(self._inner.cut())

    def _passed(self, events: list[Event]) -> list[Event]:
        """Events, looked at."""
        self.failure, self.done = self._inner.failure, self._inner.done
        if self.failure is not None:
            self._call.broke(self._inner, self.failure)
        elif self.done:
            self._call.see(events)
        return events
