"""Exchanges of one or more steps, written once for threads and for event loops.

A flow is a generator. It yields a `Send` ("send this, not before that") and is handed what came:
a `Response`, or `Opened` when a stream has begun. Whatever goes wrong on the way arrives through
`flow.throw()`, so a flow may catch it. A flow opens nothing, waits for nothing and has no clock;
the two drivers do that. So retry, and everything else with more than one step, is tested without
a socket. A sequence of providers is one more flow around these: `failover`.

    def greet() -> Flow[str]:
        response = yield Send(Request("GET", "https://example.com"))
        ...
        return "done"
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias, TypeVar, overload

from seed_core.body import Body
from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    InsufficientCreditError,
    RateLimitError,
    SeedError,
    ServerError,
)
from seed_core.events import Event, Failed, Reply

_log = logging.getLogger("seed_core")
T = TypeVar("T")
Headers: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A request as a value. Its repr shows nothing that may hold a key or the prompt."""

    method: str
    url: str
    headers: Headers = field(default_factory=dict)
    body: Body = field(default_factory=Body)
    provider: str | None = None

    def __repr__(self) -> str:
        """Who is asked, and where; the query aside, in which some hosts take a key."""
        where, query, _ = self.url.partition("?")
        return f"Request({self.method} {where}{'?...' if query else ''} of {self.provider})"


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. Header names are lower case. It may repeat a key, so its repr shows none."""

    status: int
    headers: Headers = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status says success."""
        return 200 <= self.status < 300


class Decoder(Protocol):
    """Turns the bytes of a stream into events.

    `failure` is set once the stream said, or showed, that it went wrong: the events that `feed`
    returned before it are good, and nothing comes after it.
    """

    failure: SeedError | None
    done: bool

    def feed(self, block: bytes) -> list[Event]:
        """Take the next bytes, cut anywhere; return the events that they complete."""
        ...

    def cut(self) -> list[Event]:
        """The answer ends here, on this side: return its last events, the `Finish` among them."""
        ...

    def end(self) -> list[Event]:
        """The bytes are over: return what is left, or set `failure` if they stopped too early."""
        ...


DecoderFactory: TypeAlias = Callable[[Headers], Decoder]


class Stream(Protocol):
    """The rest of a streaming body; the driver knows how to read and close it."""


class Sink(Protocol):
    """Takes the bytes of a good response as they come, so that they need not be held."""

    def begin(self, headers: Headers) -> None:
        """Begin anew: a response has come, with these headers."""
        ...

    def write(self, block: bytes) -> None:
        """Take the next bytes."""
        ...

    def finish(self) -> None:
        """All has come."""
        ...

    def abandon(self) -> None:
        """No more will come, and what came is not whole."""
        ...


@dataclass(slots=True, eq=False)
class Pending:
    """A job that is under way at a host: what cancels it, and whether it is over.

    A flow gives it to the driver with its sends, and marks it when the job has ended. Whatever is
    not over when the call ends, in whatever way, is cancelled by the driver, once.
    """

    cancel: Request
    over: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """A flow's only effect.

    Attributes:
        request: what to send.
        delay: seconds to wait before.
        decoder: makes a fresh decoder, given the response's headers, when the answer is to be
            streamed.
        undo: the job that this is about; see `Pending`.
        into: where the body of a good response goes; the `Response` then has none.
        within: seconds that it may take, whatever is left of the call.
    """

    request: Request
    delay: float = 0.0
    decoder: DecoderFactory | None = None
    undo: Pending | None = None
    into: Sink | None = None
    within: float | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer that has begun: its first events, and where the rest comes from.

    `stream` and `decoder` are None when the events are all there is. `earlier` has the errors of
    the providers that were asked before.
    """

    events: Sequence[Event]
    stream: Stream | None = None
    decoder: Decoder | None = None
    earlier: tuple[SeedError, ...] = ()


Flow: TypeAlias = Generator[Send, Response | Opened, T]


class OutOfTimeError(APITimeoutError):
    """A wait would outlast the call: thrown into a flow instead of waiting."""


@dataclass(frozen=True, slots=True)
class Retry:
    """When to try again, and how long to wait first.

    Attributes:
        max_retries: retries after the first try.
        max_wait: seconds of waiting in all; a host that asks for more ends the call at once.
        timeouts: also try again when the host did not answer in time. Such a call may have been
            billed, so this is off unless asked for.
        jitter: a number from 0 to 1, drawn for each wait.
        repeatable: the request changes nothing and costs nothing, so whatever the network does, it
            may be sent again.
        safe: whether a failure leaves the request unmade, for one that must not be made twice.
    """

    max_retries: int = 2
    max_wait: float = 60.0
    timeouts: bool = False
    jitter: Callable[[], float] = random.random
    repeatable: bool = False
    safe: Callable[[SeedError], bool] | None = None

    def wait(self, error: SeedError, attempt: int, waited: float) -> float | None:
        """Seconds to wait before retry number `attempt` (from 0), or None to give up."""
        if attempt >= self.max_retries or not self._can_help(error):
            return None
        asked = error.retry_after if isinstance(error, APIStatusError) else None
        # Exponential with full jitter, 0.5 s to 8 s, where the host does not say.
        wait = 0.5 * 2 ** min(attempt, 4) * self.jitter() if asked is None else asked
        return wait if waited + wait <= self.max_wait else None

    def moves_on(self, error: SeedError) -> bool:
        """Whether another provider may answer where this one, after its retries, did not.

        That is what could have been tried again here, and an account that is exhausted. What the
        caller must mend (a wrong key, a bad request) would only be hidden; and what was answered
        in part was billed, and would be paid for twice.
        """
        if error.paid_for or error.partial not in (None, Reply()):
            return False
        exhausted = isinstance(error, (InsufficientCreditError, RateLimitError))
        down = isinstance(error, ServerError) and (error.status_code or 0) >= 500
        return exhausted or down or self._can_help(error)

    def _can_help(self, error: SeedError) -> bool:
        """Whether the same request may succeed and is not known to have been billed."""
        if error.paid_for or (self.safe is not None and not self.safe(error)):
            return False
        if isinstance(error, APITimeoutError) and error.phase == "total":
            return False
        if self.repeatable and isinstance(error, APIConnectionError):
            return True
        if isinstance(error, APITimeoutError) and error.phase in ("read", "first_token"):
            return self.timeouts
        return error.retryable


@overload
def exchange(
    request: Request,
    read: Callable[[Response], T],
    retry: Retry,
    *,
    pause: float = 0.0,
    undo: Pending | None = None,
    into: Sink | None = None,
) -> Flow[T]: ...


@overload
def exchange(
    request: Request,
    read: Callable[[Response], T],
    retry: Retry,
    decoder: DecoderFactory | None,
) -> Flow[T | Opened]: ...


def exchange(
    request: Request,
    read: Callable[[Response], T],
    retry: Retry,
    decoder: DecoderFactory | None = None,
    *,
    pause: float = 0.0,
    undo: Pending | None = None,
    into: Sink | None = None,
) -> Flow[T | Opened]:
    """Send once, and again if that can help.

    Args:
        request: what to send.
        read: makes the result of a whole response, or raises the error that it is.
        retry: how often, and with what waits.
        decoder: for a streamed answer; then the result is `Opened`, unless the host answered
            with a whole response, which `read` gets.
        pause: seconds to wait before the first try.
        undo: the job that this is about; see `Pending`.
        into: where the body of a good response goes.

    Raises:
        SeedError: the last failure, when no further try can help.
    """
    waited = 0.0
    delay = pause
    attempt = 0
    last: SeedError | None = None
    while True:
        try:
            got = yield Send(request, delay, decoder, undo, into)
            return got if isinstance(got, Opened) else read(got)
        except OutOfTimeError as error:
            raise last or error from None
        except SeedError as error:
            last = error
            wait = retry.wait(error, attempt, waited)
            if wait is None:
                raise
            _log.info("%s: trying again in %.1f s (retry %d)", _briefly(error), wait, attempt + 1)
            delay = wait
            waited += wait
            attempt += 1


def cancelling(job: Pending) -> Flow[None]:
    """Cancel a job, once and in two seconds at most, if it is not over."""
    if job.over:
        return
    job.over = True
    try:
        answer = yield Send(job.cancel, within=2.0)
    except GeneratorExit:  # the call was ended meanwhile: the driver cancels the job then
        job.over = False
        raise
    except SeedError as error:
        _log.warning("%s: a job could not be cancelled: %s", job.cancel.provider, error)
        return
    status = answer.status if isinstance(answer, Response) else 200
    if status < 300 or status in (400, 404):  # it had ended, or was gone
        _log.info("%s: the job that was under way is cancelled (%d)", job.cancel.provider, status)
    else:
        _log.warning("%s: a job could not be cancelled (%d)", job.cancel.provider, status)


def failover(
    tries: Sequence[Callable[[tuple[Failed, ...]], Flow[T]]], moves_on: Callable[[SeedError], bool]
) -> Flow[T]:
    """Ask one after the other until one answers.

    Args:
        tries: each makes the flow that asks one provider, given those that failed before.
        moves_on: whether the next may answer where this error came.

    Raises:
        SeedError: the last failure; `.earlier` has those before it, and its words name them.
    """
    errors: list[SeedError] = []
    while True:
        try:
            got = yield from tries[len(errors)](tuple(map(_failed, errors)))
            opened = isinstance(got, Opened) and bool(errors)
            return replace(got, earlier=tuple(errors)) if opened else got  # type: ignore[type-var]  # it is an Opened
        except SeedError as error:
            if len(errors) + 1 == len(tries) or not moves_on(error):
                tell_earlier(error, tuple(errors))
                raise
            _log.warning("%s: asking the next provider", _briefly(error))
            errors.append(error)


def _briefly(error: SeedError) -> str:
    """Who failed and how, for the log: without the host's words, which may repeat the prompt."""
    status = f" {error.status_code}" if isinstance(error, APIStatusError) else ""
    return f"{error.provider} failed with {type(error).__name__}{status}"


def _failed(error: SeedError) -> Failed:
    """A failure as a value, without what an exception holds on to."""
    status = error.status_code if isinstance(error, APIStatusError) else None
    return Failed(error.provider or "", type(error).__name__, str(error), status)


def tell_earlier(error: SeedError, earlier: tuple[SeedError, ...]) -> None:
    """Attach the errors of the providers before it."""
    if earlier:
        error.earlier = earlier
        told = "; ".join(str(before) for before in earlier)
        error.args = (f"{error} (asked before: {told})",)
