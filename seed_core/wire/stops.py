"""Stop texts where a host has none: the client ends the answer where one appears.

What comes after the stop text is not part of the answer. A stream is left at that place, so what
it would have told at its end (usage, cost) stays unknown; a whole reply has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from seed_core.events import (
    Event,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
)
from seed_core.flow import Decoder, DecoderFactory
from seed_core.types import ReplayState
from seed_core.wire.wrapping import WrappingDecoder


class _Cutter:
    """Finds the first stop text in pieces of text, whatever the cuts between them."""

    __slots__ = ("_held", "_longest", "_stops", "found")

    def __init__(self, stops: Sequence[str]) -> None:
        self.found = False
        self._stops = stops
        self._longest = max(map(len, stops))
        self._held = ""

    def take(self, text: str) -> str:
        """The text that is certainly before any stop; the end of it may be held back."""
        text = self._held + text
        places = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if places:
            self.found = True
            self._held = ""
            return text[: min(places)]
        keep = self._unsure(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def rest(self) -> str:
        """What was held back and turned out to be no stop."""
        held, self._held = self._held, ""
        return held

    def _unsure(self, text: str) -> int:
        """How many characters at the end could begin a stop text."""
        for size in range(min(self._longest - 1, len(text)), 0, -1):
            if any(stop.startswith(text[-size:]) for stop in self._stops):
                return size
        return 0

    def filter(self, events: Sequence[Event]) -> Iterator[Event]:
        """The events up to the stop, and of those after it what is not part of the answer."""
        for event in events:
            if isinstance(event, TextDelta):
                said = "" if self.found else self.take(event.text)
                if said:
                    yield TextDelta(said)
                continue
            # A citation may stand between two pieces of a stop text; these may not.
            if isinstance(event, (ToolCallDelta, RefusalDelta, ReplayState, Finish)) and (
                held := self.rest()
            ):
                yield TextDelta(held)
            if isinstance(event, Finish) and self.found:
                yield replace(event, reason="stop")
            elif not self.found or isinstance(event, (ReasoningDelta, ReplayState)):
                yield event


def cut(events: list[Event], stops: Sequence[str]) -> list[Event]:
    """A whole answer's events up to the first stop text; all of them if there are no stops.

    Example:
        >>> cut([TextDelta("one END two"), Finish("length")], ["END"])[0]
        TextDelta(text='one ')
    """
    return list(_Cutter(stops).filter(events)) if stops else events


def cutting(fresh: DecoderFactory, stops: Sequence[str]) -> DecoderFactory:
    """Decoders whose answer ends at the first stop text."""
    return lambda headers: _CuttingDecoder(fresh(headers), stops)


class _CuttingDecoder(WrappingDecoder):
    """A decoder whose answer ends at the first stop text."""

    def __init__(self, inner: Decoder, stops: Sequence[str]) -> None:
        super().__init__(inner)
        self._cutter = _Cutter(stops)

    def cut(self) -> list[Event]:
        """End the answer here."""
        return self._passed(self._inner.cut())

    def _passed(self, events: list[Event]) -> list[Event]:
        """The events up to the stop, where the answer is finished."""
        passed = list(self._cutter.filter(events))
        if self._cutter.found and not self.done:
            # Whatever went wrong after the stop is not part of the answer.
            passed += self._cutter.filter(self._inner.cut())
        elif self.failure is not None and (held := self._cutter.rest()):
            passed.append(TextDelta(held))
        return passed
