"""What the tests of the markup share: tools, and a reading that must not depend on the cuts."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from seed_core.events import Event, Reply, TextDelta, ToolCallDelta, coalesce, collect
from seed_core.types import Tool
from seed_core.wire.markup import MarkupReader
from tests.wire.chunks import nameless

TOOLS = (
    Tool(
        "get_weather",
        "The weather of a place.",
        {
            "type": "object",
            "properties": {
                "location": {"type": "string"},
                "days": {"type": "integer"},
                "units": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            },
            "required": ["location"],
        },
    ),
    Tool("now", "The time."),
)


def events_of(
    pieces: Iterable[str],
    tools: Sequence[Tool] = TOOLS,
    *,
    think: bool = False,
    cut_off: bool | None = False,
) -> list[Event]:
    """The events of a text that comes in these pieces."""
    reader = MarkupReader(tools, think=think)
    events = [event for piece in pieces for event in reader.take(piece)]
    return events + reader.end(cut_off=cut_off)


def in_pieces(text: str, cuts: Iterable[int]) -> list[str]:
    """A text, cut at these places."""
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    return [text[start:stop] for start, stop in pairwise(edges)]


def shape(events: Sequence[Event]) -> list[str]:
    """Events, however they were cut, without the ids of calls."""
    return nameless(coalesce([event for event in events if event != TextDelta("")]))


def read(
    text: str,
    tools: Sequence[Tool] = TOOLS,
    *,
    think: bool = False,
    cut_off: bool | None = False,
) -> list[Event]:
    """The events of a text, which must not depend on how it is cut."""
    events = events_of([text], tools, think=think, cut_off=cut_off)
    for size in (1, 2, 3, 7):
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        again = events_of(pieces, tools, think=think, cut_off=cut_off)
        assert shape(again) == shape(events)
    return coalesce(events)


def reply(
    text: str,
    tools: Sequence[Tool] = TOOLS,
    *,
    think: bool = False,
    cut_off: bool | None = False,
) -> Reply:
    """The fold of it."""
    return collect(read(text, tools, think=think, cut_off=cut_off))


def calls(
    text: str, tools: Sequence[Tool] = TOOLS, *, cut_off: bool | None = False
) -> list[tuple[str, str]]:
    """The names and arguments of the calls in a text."""
    return [(call.name, call.arguments) for call in reply(text, tools, cut_off=cut_off).tool_calls]


def outline(events: Iterable[Event]) -> list[str]:
    """Texts, and the names of calls in their places."""
    return [
        f"({event.name})" if isinstance(event, ToolCallDelta) else getattr(event, "text", "")
        for event in events
    ]
