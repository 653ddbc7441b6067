"""How long to wait, as a value, and the clock that holds a call to it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Literal

from seed_core.errors import APITimeoutError, ConfigurationError, Phase
from seed_core.limits import ERROR_SECONDS, LIFE_SECONDS

_MOST = 1e9
"""Seconds, which are 31 years: a socket can be told no more than a few hundred."""


@dataclass(frozen=True, slots=True)
class Timeout:
    """How long to wait, in seconds; None is for ever.

    Attributes:
        connect: for a connection.
        read: for the next bytes of a whole reply. Blanks count as life.
        write: for the host to take the next bytes of the request.
        pool: for a free connection.
        first_token: from sending to the first event of a stream. Comments do not count.
        idle: for the next bytes of a stream. Comments count as life.
        total: for everything, retries included.
    """

    connect: float | None = 10.0
    read: float | None = 600.0
    write: float | None = 60.0
    pool: float | None = 600.0
    first_token: float | None = 600.0
    idle: float | None = 300.0
    total: float | None = None

    def __post_init__(self) -> None:
        """A wait is a positive number of seconds."""
        for name in self.__slots__:
            value = getattr(self, name)
            if value is not None and not (isinstance(value, (int, float)) and 0 < value <= _MOST):
                msg = f"timeout {name}={value!r:.100} must be more than 0 seconds, and at most 1e9"
                raise ConfigurationError(f"{msg}; None is no limit")


@dataclass(slots=True)
class Deadline:
    """The moments at which waiting ends, as `time.monotonic()` tells time.

    `first_token` is set while a stream has not shown its first event. `barren_since` is when only
    signs of life began to come.
    """

    timeout: Timeout
    total: float | None = None
    first_token: float | None = None
    barren_since: float | None = None

    @classmethod
    def start(cls, timeout: Timeout) -> Deadline:
        """Begin to count."""
        total = timeout.total
        return cls(timeout, None if total is None else time.monotonic() + total)

    def begin(self, *, streaming: bool) -> None:
        """A request is about to be sent; a stream must show its first event in time."""
        limit = self.timeout.first_token if streaming else None
        self.first_token = None if limit is None else time.monotonic() + limit
        self.barren_since = None

    def for_error(self) -> Deadline:
        """The same while the body of an error is read: its status is known without it."""
        read = _least(self.timeout.read, ERROR_SECONDS)
        return replace(self, timeout=replace(self.timeout, read=read))

    def pause(self, seconds: float) -> float:
        """How much of a wait before a retry the total deadline leaves."""
        if self.total is None:
            return seconds
        return min(seconds, max(self.total - time.monotonic(), 0.0))

    def check(self, provider: str | None) -> None:
        """Raise `APITimeoutError` if a deadline has passed."""
        if self.total is None and self.first_token is None:
            return
        now = time.monotonic()
        if self.total is not None and now >= self.total:
            raise self.error("total", provider)
        if self.first_token is not None and now >= self.first_token:
            raise self.error("first_token", provider)

    def barren(self, provider: str | None, *, streaming: bool) -> None:
        """What came was only a sign of life: raise if nothing else has for too long."""
        phase: Phase = "idle" if streaming else "read"
        patience: float | None = getattr(self.timeout, phase)
        now = time.monotonic()
        self.barren_since = self.barren_since or now
        if patience is not None and now - self.barren_since >= max(patience, LIFE_SECONDS):
            seconds = max(patience, LIFE_SECONDS)
            msg = f"{provider or 'the host'} sent only signs of life for {seconds:g} s"
            raise APITimeoutError(f"{msg}; {phase} may be longer", phase=phase, provider=provider)

    def over(self) -> bool:
        """Whether the whole call has taken too long."""
        return self.total is not None and time.monotonic() >= self.total

    def nearest(self) -> tuple[float | None, Phase]:
        """Seconds until the first deadline, or None, and which one it is."""
        if self.total is None and self.first_token is None:
            return None, "total"
        now = time.monotonic()
        total = None if self.total is None else max(self.total - now, 0.001)
        if self.first_token is None:
            return total, "total"
        first = max(self.first_token - now, 0.001)
        return (first, "first_token") if total is None or first < total else (total, "total")

    def silence(self, *, streaming: bool) -> tuple[float | None, Phase]:
        """Seconds that the next read may take, or None, and which limit that is.

        Before the first event of a stream, `first_token` alone bounds the silence.
        """
        limits = self.timeout
        own: tuple[float | None, Phase] = (
            (limits.idle, "idle") if streaming else (limits.read, "read")
        )
        if self.total is None and self.first_token is None:
            return own
        seconds, phase = self.nearest()
        if streaming and self.first_token is not None:
            return seconds, phase
        if own[0] is None or (seconds is not None and seconds < own[0]):
            return seconds, phase
        return own

    def within(self, phase: Literal["connect", "write", "pool"]) -> tuple[float | None, Phase]:
        """Seconds that one step of sending may take, or None, and which limit that is."""
        seconds, nearest = self.nearest()
        bound: float | None = getattr(self.timeout, phase)
        if bound is None or (seconds is not None and seconds < bound):
            return seconds, nearest
        return bound, phase

    def for_httpx(self, *, streaming: bool) -> dict[str, float | None]:
        """The limits that httpx keeps by itself, for one request."""
        limits = self.timeout
        waits = (limits.first_token, limits.idle) if streaming else (limits.read,)
        silence = None if None in waits else max(wait for wait in waits if wait is not None)
        left = None if self.total is None else max(self.total - time.monotonic(), 0.001)
        return {
            "connect": _least(limits.connect, left),
            "read": _least(silence, left),
            "write": _least(limits.write, left),
            "pool": _least(limits.pool, left),
        }

    def error(self, phase: Phase, provider: str | None) -> APITimeoutError:
        """The error of a wait that ran out."""
        limit = getattr(self.timeout, phase)
        which = phase if limit is None else f"{phase} is {limit:g} s"
        msg = f"{provider or 'the host'} did not answer in time: {which}"
        return APITimeoutError(msg, phase=phase, provider=provider)


def _least(limit: float | None, left: float | None) -> float | None:
    """The smaller of two limits, where None is none."""
    return left if limit is None else limit if left is None else min(limit, left)
