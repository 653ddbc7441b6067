"""Answers in Seed's own markup: their text read into tool calls and reasoning.

For hosts that know no tools, and for servers that leave the model's tags in the text. What a host
tells in fields of its own comes first: its tags are then left alone.

A stop text that the client looks for (`stops.cutting`) goes around this, not inside: it then ends
the answer's text, and never cuts a call that would be taken for a whole one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from seed_core.events import (
    Event,
    Finish,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
)
from seed_core.flow import Decoder, DecoderFactory, Headers
from seed_core.types import ReplayState, Tool
from seed_core.wire.markup_reader import MarkupReader
from seed_core.wire.wrapping import WrappingDecoder

__all__ = ["MarkupReader", "read_markup", "reading_markup"]


def read_markup(
    events: Sequence[Event],
    tools: Sequence[Tool],
    *,
    think: bool = False,
    unopened: bool = True,
    hide: bool = False,
) -> list[Event]:
    """A whole answer's events, with the calls and the reasoning in their text.

    Args:
        events: the answer.
        tools: those that are offered; without any, no calls are read.
        think: whether reasoning is read.
        unopened: whether it may begin without its tag.
        hide: whether only the fact that there was some is told.

    Example:
        >>> read_markup([TextDelta("<seed:think>Hm.</seed:think>Hi")], (), think=True)
        [ReasoningDelta(text='Hm.'), TextDelta(text='Hi')]
    """
    if any(isinstance(event, ToolCallDelta) for event in events):
        tools = ()
    think = think and not any(isinstance(event, ReasoningDelta) for event in events)
    if not tools and not think:
        return list(events)
    reading = _Reading(MarkupReader(tools, think=think, unopened=unopened, hide=hide))
    return [*reading.filter(events), *reading.rest()]


def reading_markup(
    fresh: DecoderFactory,
    tools: Sequence[Tool],
    *,
    think: bool = False,
    unopened: bool = True,
    hide: bool = False,
) -> DecoderFactory:
    """Decoders that read the calls and the reasoning in an answer's text.

    Fields of the host come first from where they appear: a call in them ends the reading of calls,
    reasoning in them the reading of reasoning.
    """
    if not tools and not think:
        return fresh

    def made(headers: Headers) -> Decoder:
        reader = MarkupReader(tools, think=think, unopened=unopened, hide=hide)
        return _MarkupDecoder(fresh(headers), _Reading(reader))

    return made


class _Reading:
    """Passes the text of an answer through a reader, and everything else in its place."""

    __slots__ = ("_reader", "_stated")

    def __init__(self, reader: MarkupReader) -> None:
        self._reader = reader
        self._stated = False

    def filter(self, events: Sequence[Event], *, cut: bool = False) -> Iterator[Event]:
        """The events of an answer.

        Args:
            events: the next ones.
            cut: whether they are the last, because the answer was ended on this side.
        """
        reader = self._reader
        for event in events:
            match event:
                case TextDelta():
                    yield from reader.take(event.text)
                case ToolCallDelta():
                    yield from reader.release()
                    yield replace(event, index=event.index + reader.calls)
                case ReasoningDelta():
                    yield from reader.leave_reasoning()
                    yield event
                case ReplayState():
                    self._stated = True
                    yield event
                case Finish():
                    yield from reader.end(cut_off=True if cut else _cut_off(event))
                    called = reader.calls and event.reason in ("stop", "unknown")
                    # A host that does not tell why it stopped has most likely run out of tokens.
                    reason: FinishReason = "length" if reader.broken_off else "tool_calls"
                    if reader.reasoned and not self._stated:
                        # As where a host tells reasoning apart: it goes to no other.
                        yield ReplayState(event.provider or "")
                    yield replace(event, reason=reason) if called else event
                case _:
                    yield event

    def rest(self) -> list[Event]:
        """What was held back, as text."""
        return self._reader.release()


def _cut_off(finish: Finish) -> bool | None:
    """Whether the host stopped the model before it was done, if it says so.

    At a stop text, which may stand in a call, nobody knows.
    """
    if finish.reason == "length":
        return True
    natural = finish.reason in ("stop", "tool_calls") and finish.native_reason != "stop_sequence"
    return False if natural else None


class _MarkupDecoder(WrappingDecoder):
    """A decoder that reads markup."""

    def __init__(self, inner: Decoder, reading: _Reading) -> None:
        super().__init__(inner)
        self._reading = reading

    def cut(self) -> list[Event]:
        """End the answer here."""
        return list(self._reading.filter(self._inner.cut(), cut=True))

    def _passed(self, events: list[Event]) -> list[Event]:
        """The events; where the stream went wrong, what was held back as well, as text."""
        passed = list(self._reading.filter(events))
        return passed if self.failure is None else passed + self._reading.rest()
