"""A finished response told as the events of a stream.

Each item is added empty, its parts grow by deltas, and everything is said once more when it is
done. Only the first and the last events carry the response; usage is on the last alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Pace", "events", "numbered"]

Event = dict[str, Any]
Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pace:
    """In which pieces, and under which names, items come."""

    piece: int = 16
    """Characters per delta."""
    closes_late: bool = False
    """Raw thoughts are done only after all other items."""
    rotates: bool = False
    """Items have another id in each event; only their index says which they are."""


@dataclass(slots=True)
class _Place:
    """Where an item stands, and the id that it goes by in the next event."""

    index: int
    ident: str
    rotates: bool
    told: int = 0

    def name(self) -> str:
        self.told += 1
        return f"{self.ident}{self.told:02d}" if self.rotates else self.ident

    def event(self, kind: str, **fields: Any) -> Event:
        place = {"item_id": self.name(), "output_index": self.index}
        return {"type": f"response.{kind}", **place, **fields}

    def whole(self, kind: str, item: Item) -> Event:
        named = {**item, "id": self.name()}
        return {"type": f"response.{kind}", "output_index": self.index, "item": named}


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an item: how it grows, and how it is said to be done."""

    grows: Sequence[Event]
    done: Sequence[Event]


def numbered(told: Sequence[Event]) -> list[Event]:
    """Number events from 0."""
    return [{**event, "sequence_number": number} for number, event in enumerate(told)]


def events(
    start: Mapping[str, Any], output: Sequence[Item], end: Mapping[str, Any] | None, pace: Pace
) -> Iterator[Event]:
    """Tell a response: how it starts, its items, and how it ends (None: it does not).

    Example:
        >>> start, end = {"status": "in_progress"}, {"status": "completed"}
        >>> [event["type"] for event in events(start, [], end, Pace())]
        ['response.created', 'response.in_progress', 'response.completed']
    """
    yield {"type": "response.created", "response": dict(start)}
    yield {"type": "response.in_progress", "response": dict(start)}
    late: list[Event] = []
    for index, item in enumerate(output):
        place = _Place(index, str(item["id"]), pace.rotates)
        yield place.whole("output_item.added", _empty(item))
        raw = item["type"] == "reasoning" and item.get("content")
        held = late if pace.closes_late and raw else None
        for part in _PARTS[item["type"]](item, place, pace.piece):
            yield from part.grows
            if held is None:
                yield from part.done
            else:
                held.extend(part.done)
        done = place.whole("output_item.done", item)
        if held is None:
            yield done
        else:
            held.append(done)
    yield from late
    if end is not None:
        yield {"type": f"response.{end['status']}", "response": dict(end)}


def _empty(item: Item) -> dict[str, Any]:
    """Write an item as it is added: without what it will come to hold."""
    shell = {"id": item["id"], "type": item["type"], "status": "in_progress"}
    match item["type"]:
        case "reasoning":
            return {**shell, "summary": []}
        case "message":
            return {**shell, "role": item["role"], "content": []}
        case "function_call":
            return {**shell, "call_id": item["call_id"], "name": item["name"], "arguments": ""}
        case _:
            return {**shell, "action": item["action"]}


def _reasoning(item: Item, place: _Place, size: int) -> Iterator[_Part]:
    for number, part in enumerate(item.get("summary") or []):
        yield _summary(part, number, place, size)
    for number, part in enumerate(item.get("content") or []):
        yield _content_part(part, number, place, size)


def _message(item: Item, place: _Place, size: int) -> Iterator[_Part]:
    for number, part in enumerate(item["content"]):
        yield _content_part(part, number, place, size)


def _content_part(part: Mapping[str, Any], number: int, place: _Place, size: int) -> _Part:
    """Tell a text, a refusal or a raw thought; each kind has its own events inside the same two."""
    at = {"content_index": number}
    kind = str(part["type"])
    field = "refusal" if kind == "refusal" else "text"
    odds: Event = {"logprobs": []} if kind == "output_text" else {}
    empty = {**part, field: "", **({"annotations": []} if odds else {})}
    grows = [place.event("content_part.added", **at, part=empty)]
    grows += (
        place.event(f"{kind}.delta", **at, delta=piece, **odds)
        for piece in _pieces(part[field], size)
    )
    grows += (
        place.event("output_text.annotation.added", **at, annotation_index=index, annotation=cited)
        for index, cited in enumerate(part.get("annotations") or [])
    )
    done = [
        place.event(f"{kind}.done", **at, **{field: part[field]}, **odds),
        place.event("content_part.done", **at, part=dict(part)),
    ]
    return _Part(grows, done)


def _summary(part: Mapping[str, Any], number: int, place: _Place, size: int) -> _Part:
    at = {"summary_index": number}
    grows = [place.event("reasoning_summary_part.added", **at, part={**part, "text": ""})]
    grows += (
        place.event("reasoning_summary_text.delta", **at, delta=piece)
        for piece in _pieces(part["text"], size)
    )
    done = [
        place.event("reasoning_summary_text.done", **at, text=part["text"]),
        place.event("reasoning_summary_part.done", **at, part=dict(part)),
    ]
    return _Part(grows, done)


def _call(item: Item, place: _Place, size: int) -> Iterator[_Part]:
    given = item["arguments"]
    grows = [
        place.event("function_call_arguments.delta", delta=piece) for piece in _pieces(given, size)
    ]
    # OpenRouter and the SDK's types have the name here; OpenAI itself was not seen to send it.
    told = {"name": item["name"], "arguments": given}
    yield _Part(grows, [place.event("function_call_arguments.done", **told)])


def _search(_item: Item, place: _Place, _size: int) -> Iterator[_Part]:
    steps = ("in_progress", "searching", "completed")
    yield _Part([place.event(f"web_search_call.{step}") for step in steps], ())


def _pieces(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), max(1, size)):
        yield text[start : start + max(1, size)]


_PARTS: dict[str, Callable[[Item, _Place, int], Iterator[_Part]]] = {
    "reasoning": _reasoning,
    "message": _message,
    "function_call": _call,
    "web_search_call": _search,
}
