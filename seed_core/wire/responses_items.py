"""Output items of the responses wire while they come in, and what a finished one says."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal, TypeAlias

from seed_core.events import Citation, Event, FileAnnotation
from seed_core.types import Json
from seed_core.wire.reading import place_or_none, text_or_none

Category: TypeAlias = Literal["text", "refusal", "summary", "content"]
"""What a text is in its item: the first two are in messages, the others in reasoning."""


def issuer_of(issuer: str) -> str:
    """The name under which this wire's replay state is kept: other wires cannot read it."""
    return f"{issuer}/responses"


class Part:
    """A text within an item, while its pieces come in.

    Attributes:
        start: its place in the answer, in characters.
        said: whether any of it has come.
        notes: how many of its annotations have come.
    """

    __slots__ = ("notes", "said", "start")

    def __init__(self, start: int) -> None:
        """A text begins."""
        self.start = start
        self.said = False
        self.notes = 0


class Item:
    """What is known of one output item so far.

    Attributes:
        kind: its type.
        index: the host's number of it, if it gave one.
        number: ours, which counts all items from 0.
        begun: whether its beginning has come; of a call, with the id that results refer to.
        argued: whether arguments of a call have come.
        done: whether it has come whole, as `raw`.
        parts: its texts in order.
        places: its texts by the host's number of them.
    """

    __slots__ = ("argued", "begun", "done", "index", "kind", "number", "parts", "places", "raw")

    def __init__(self, kind: str, index: int | None, number: int) -> None:
        """An item begins."""
        self.kind = kind
        self.index = index
        self.number = number
        self.begun = False
        self.argued = False
        self.done = False
        self.raw: Json = {}
        self.parts: defaultdict[Category, list[Part]] = defaultdict(list)
        self.places: dict[tuple[Category, object], Part] = {}

    @property
    def order(self) -> tuple[float, int]:
        """Its place among the others: the host's, else that of its coming."""
        return (float("inf") if self.index is None else self.index, self.number)

    def repeats(self, raw: Json) -> bool:
        """Whether this finished item is told again."""
        return all(raw.get(name) == self.raw.get(name) for name in ("id", "call_id"))

    def part(self, category: Category, place: object, start: int) -> Part:
        """The text at a place that the host numbers, begun here if it is new."""
        part = self.places.get((category, place))
        if part is None:
            part = self.places[category, place] = Part(start)
            self.parts[category].append(part)
        return part

    def nth(self, category: Category, count: int, start: int) -> Part:
        """The text that is the next but `count` of its category, begun here if it is new."""
        parts = self.parts[category]
        if count == len(parts):
            parts.append(Part(start))
        return parts[count]


def annotation(note: object, start: int, issuer: str) -> list[Event]:
    """A citation, flat here or nested as in chat; other notes stay in the host's own hands.

    Args:
        note: what the host sent.
        start: where the text begins that it is about: its places count from there, a citation's
            from the beginning of the answer.
        issuer: the host.
    """
    if not isinstance(note, dict):
        return []
    nested = note.get("url_citation")
    cited = nested if isinstance(nested, dict) else note
    if note.get("type") != "url_citation" or not cited.get("url"):
        return [FileAnnotation(note, issuer_of(issuer))]
    begin, end = (place_or_none(cited.get(name)) for name in ("start_index", "end_index"))
    return [
        Citation(
            url=str(cited["url"]),
            title=text_or_none(cited.get("title")),
            text=text_or_none(cited.get("content")),
            start=None if begin is None else start + begin,
            end=None if end is None else start + end,
        )
    ]
