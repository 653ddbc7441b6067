"""Jobs that are asked for again and again until they are done: how often, and what is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, TypeVar

from seed_core.errors import APIConnectionError, APIStatusError, RateLimitError, SeedError
from seed_core.flow import Flow, Pending, Request, Response, Retry, exchange

T = TypeVar("T")
_LOOKS = 20
"""Tries of one look; the bound on waiting ends them before."""


@dataclass(frozen=True, slots=True)
class Polling:
    """How often a job is looked at: after `first` seconds, then ever later, up to `most`."""

    first: float
    most: float
    growth: float = 1.25


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come.

    Attributes:
        provider: who does it.
        job: its id there.
        status: whether it waits for its turn, is being done, or is done.
        position: how many are before it, while it waits, if the host says so.
        logs: what it logged since the last report.
        percent: how much of it is done, from 0 to 100, if the host says so.
    """

    provider: str
    job: str
    status: Literal["queued", "running", "completed"]
    position: int | None = None
    logs: tuple[str, ...] = ()
    percent: float | None = None


OnProgress: TypeAlias = Callable[[Progress], object]
"""Is called with each change, by the thread or in the event loop that waits: it must not block."""


def once(retry: Retry) -> Retry:
    """The same for what must not be done twice: again only where nothing can have come of it."""

    def unmade(error: SeedError) -> bool:
        if isinstance(error, APIStatusError):
            return isinstance(error, RateLimitError) or error.status_code == 503
        return isinstance(error, APIConnectionError) and not error.reached

    return replace(retry, safe=unmade)


def poll(
    request: Request,
    read: Callable[[Response], T],
    over: Callable[[T], bool],
    retry: Retry,
    polling: Polling,
    *,
    undo: Pending | None = None,
    at_once: bool = False,
) -> Flow[T]:
    """Look until there is something to see.

    A look that fails says nothing of the job: it is repeated, as long as `retry.max_wait` allows
    for each, however few retries a call may have.

    Args:
        request: the look.
        read: what it showed; raises the error that a response is.
        over: whether that is the end; told of every look.
        retry: for a look that fails.
        polling: how often.
        undo: the job that is looked at.
        at_once: whether the first look needs no wait.

    Raises:
        SeedError: the failure of a look that no further try can help.
    """
    retry = replace(retry, repeatable=True, max_retries=max(retry.max_retries, _LOOKS))
    pause = 0.0 if at_once else polling.first
    while True:
        seen = yield from exchange(request, read, retry, pause=pause, undo=undo)
        if over(seen):
            return seen
        pause = min(max(pause * polling.growth, polling.first), polling.most)
