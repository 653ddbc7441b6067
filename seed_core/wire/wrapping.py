"""A decoder around another: what both of those that read an answer's text once more share."""

from __future__ import annotations

from abc import ABC, abstractmethod

from seed_core.errors import SeedError
from seed_core.events import Event
from seed_core.flow import Decoder


class WrappingDecoder(ABC):
    """Passes a decoder's events through `_passed`. See `seed_core.flow.Decoder`."""

    def __init__(self, inner: Decoder) -> None:
        """Wrap a fresh decoder."""
        self._inner = inner

    @property
    def failure(self) -> SeedError | None:
        """Whether and how the stream went wrong."""
        return self._inner.failure

    @failure.setter
    def failure(self, error: SeedError | None) -> None:
        self._inner.failure = error

    @property
    def done(self) -> bool:
        """Whether the answer is over."""
        return self._inner.done

    @done.setter
    def done(self, over: bool) -> None:
        self._inner.done = over

    def feed(self, block: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        return self._passed(self._inner.feed(block))

    def end(self) -> list[Event]:
        """The bytes are over."""
        return self._passed(self._inner.end())

    @abstractmethod
    def _passed(self, events: list[Event]) -> list[Event]:
        """What becomes of some events."""
