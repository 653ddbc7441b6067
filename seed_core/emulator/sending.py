"""An answer or a fault, put on its way: events, keep-alives, pauses, and how it breaks.

Knows server-sent events and JSON bodies. What the objects in them look like is told by the host's
module through a `Script`.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from seed_core.emulator.delivery import Delivery, Pause, Piece
from seed_core.emulator.scripts import Answer, Fault, Raw

__all__ = ["Sheet", "as_json", "send_answer", "send_raw"]

DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": KEEP-ALIVE\n\n"


@dataclass(frozen=True)
class Sheet:
    """One answer as a host writes it, ready to be sent or broken."""

    answer: Answer
    streamed: bool
    whole: Mapping[str, Any]
    """The body of a whole reply."""
    chunks: Sequence[Mapping[str, Any]]
    """The events of a stream."""
    broken: Callable[[Fault], Mapping[str, Any]]
    """Writes the event that breaks a stream."""
    refusal: Callable[[Fault], Mapping[str, Any]]
    """Writes the body of an HTTP error."""
    keep_alive: bytes = KEEP_ALIVE
    """What keeps a stream's connection alive before its first event; empty where nothing does."""
    padding: bytes = b"\n"
    """What keeps a whole reply's connection alive: blanks in front of the JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)
    named: bool = False
    """Each event of a stream has an `event:` line with its `type`."""
    end_mark: bytes = DONE
    """What ends a stream; empty where its last event does."""
    separator: bytes = b"\n\n"
    """What follows each event's JSON: an empty line, with whatever the host puts before it."""

    @property
    def head(self) -> dict[str, str]:
        """The response's headers."""
        if self.streamed:
            kind = {"content-type": "text/event-stream", "cache-control": "no-cache"}
        else:
            kind = {"content-type": "application/json"}
        return {**kind, **self.headers}


def as_json(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Delivery:
    """Send a JSON body."""
    head = {"content-type": "application/json", **(headers or {})}
    return Delivery([_json(body)], status, head)


def send_raw(raw: Raw, *, streamed: bool) -> Delivery:
    """Send exact bytes."""
    given = {name.lower(): value for name, value in raw.headers.items()}
    kind = "text/event-stream" if streamed else "application/json"
    blocks = [raw.body] if isinstance(raw.body, bytes) else list(raw.body)
    pieces = _spaced(blocks, raw.delay)
    ending: Literal["close", "end"] = "close" if raw.cut else "end"
    return Delivery(pieces, raw.status, {"content-type": kind, **given}, ending)


def send_answer(sheet: Sheet, fault: Fault | None) -> Delivery:
    """Send an answer, whole or streamed, with what goes wrong meanwhile."""
    if fault is not None and fault.kind in _BEFORE:
        return _BEFORE[fault.kind](sheet, fault)
    if fault is None:
        return Delivery(_pieces(sheet, _parts(sheet)), headers=sheet.head)
    return _DURING[fault.kind](sheet, fault)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def _event(sheet: Sheet, value: Mapping[str, Any]) -> bytes:
    named = sheet.named and "type" in value  # an error in a host's own words may have none
    name = b"event: " + str(value["type"]).encode() + b"\n" if named else b""
    return name + b"data: " + _json(value) + sheet.separator


def _parts(sheet: Sheet) -> list[bytes]:
    """Give the events of a stream, or the halves of a whole reply."""
    if not sheet.streamed:
        body = _json(sheet.whole)
        middle = len(body) // 2
        return [body[:middle], body[middle:]]
    events = [_event(sheet, chunk) for chunk in sheet.chunks]
    return [*events, sheet.end_mark] if sheet.answer.done and sheet.end_mark else events


def _pieces(sheet: Sheet, parts: Sequence[Piece]) -> Iterator[Piece]:
    answer = sheet.answer
    for _ in range(answer.comments):
        yield sheet.keep_alive if sheet.streamed else sheet.padding
    if sheet.streamed:
        yield from _spaced(parts, answer.delay)
    else:
        yield from [Pause(answer.delay), *parts] if answer.delay else parts


def _spaced(pieces: Sequence[Piece], seconds: float) -> Iterator[Piece]:
    for number, piece in enumerate(pieces):
        if number and seconds:
            yield Pause(seconds)
        yield piece


def _position(sheet: Sheet, after: int) -> int:
    """Give how many parts go out before something happens."""
    return after if sheet.streamed else min(after, 1)


# What happens before or instead of an answer.


def _status(sheet: Sheet, fault: Fault) -> Delivery:
    headers = {**sheet.headers, **fault.headers}
    return as_json(sheet.refusal(fault), fault.status_code, headers)


def _error_in_body(sheet: Sheet, fault: Fault) -> Delivery:
    body = sheet.refusal(fault)
    return Delivery([_event(sheet, body) if sheet.streamed else _json(body)], headers=sheet.head)


def _refuse(_sheet: Sheet, _fault: Fault) -> Delivery:
    return Delivery([], silent=True, ending="close")


def _html(_sheet: Sheet, fault: Fault) -> Delivery:
    page = f"<html><body>{fault.text}</body></html>".encode()
    return Delivery([page], fault.status_code, {"content-type": "text/html"})


def _empty(sheet: Sheet, fault: Fault) -> Delivery:
    return Delivery([], fault.status_code, {**sheet.head, "content-length": "0"})


def _comments(sheet: Sheet, fault: Fault) -> Delivery:
    # A host without keep-alives of its own sends some for the fault.
    alive = (sheet.keep_alive or KEEP_ALIVE) if sheet.streamed else (sheet.padding or b"\n")

    def forever() -> Iterator[Piece]:
        yield from _pieces(sheet, _parts(sheet)[: _position(sheet, fault.after)])
        while True:
            yield alive
            yield Pause(max(fault.seconds, 0.001))

    return Delivery(forever(), headers=sheet.head)


# What happens while an answer is on its way.


def _error_in_choice(sheet: Sheet, fault: Fault) -> Delivery:
    """The host's module has written the error into the choice."""
    del fault
    return Delivery(_pieces(sheet, _parts(sheet)), headers=sheet.head)


def _error_mid_stream(sheet: Sheet, fault: Fault) -> Delivery:
    if not sheet.streamed:
        return _error_in_body(sheet, fault)
    events = [_event(sheet, chunk) for chunk in sheet.chunks][: fault.after]
    events.append(_event(sheet, sheet.broken(fault)))
    if not fault.text and sheet.end_mark:  # the form of 2025 still said [DONE]
        events.append(sheet.end_mark)
    return Delivery(_pieces(sheet, events), headers=sheet.head)


def _cut(sheet: Sheet, fault: Fault) -> Delivery:
    parts = _parts(sheet)[: _position(sheet, fault.after)]
    endings: dict[str, Literal["end", "close", "reset"]] = {"end": "end", "reset": "reset"}
    ending = endings.get(fault.text, "close")
    return Delivery(_pieces(sheet, parts), headers=sheet.head, ending=ending)


def _stall(sheet: Sheet, fault: Fault) -> Delivery:
    if fault.after < 0:
        parts = _pieces(sheet, _parts(sheet))
        return Delivery(parts, headers=sheet.head, hold=fault.seconds)
    parts_before = _parts(sheet)
    place = _position(sheet, fault.after)
    parts_now: list[Piece] = [
        *parts_before[:place],
        Pause(fault.seconds),
        *parts_before[place:],
    ]
    return Delivery(_pieces(sheet, parts_now), headers=sheet.head)


def _garbage(sheet: Sheet, fault: Fault) -> Delivery:
    text = fault.text.encode()
    if not sheet.streamed:
        return Delivery([text], headers=sheet.head)
    events = _parts(sheet)
    events.insert(fault.after, b"data: " + text + sheet.separator)
    return Delivery(_pieces(sheet, events), headers=sheet.head)


def _drip(sheet: Sheet, fault: Fault) -> Delivery:
    sent = [piece for piece in _pieces(sheet, _parts(sheet)) if isinstance(piece, bytes)]
    body, size = b"".join(sent), max(1, fault.after)
    drops = [body[start : start + size] for start in range(0, len(body), size)]
    return Delivery(_spaced(drops, fault.seconds), headers=sheet.head)


def _content_type(sheet: Sheet, fault: Fault) -> Delivery:
    head = {**sheet.head, "content-type": fault.text}
    return Delivery(_pieces(sheet, _parts(sheet)), headers=head)


def _compressed(sheet: Sheet, fault: Fault) -> Delivery:
    body = b"".join(piece for piece in _pieces(sheet, _parts(sheet)) if isinstance(piece, bytes))
    squeezed = gzip.compress(body) if fault.text == "gzip" else zlib.compress(body)
    return Delivery([squeezed], headers={**sheet.head, "content-encoding": fault.text})


_Breaks = Callable[[Sheet, Fault], Delivery]
_BEFORE: dict[str, _Breaks] = {
    "status": _status,
    "error_in_body": _error_in_body,
    "refuse": _refuse,
    "html": _html,
    "empty": _empty,
    "comments": _comments,
}
_DURING: dict[str, _Breaks] = {
    "error_in_choice": _error_in_choice,
    "error_mid_stream": _error_mid_stream,
    "cut": _cut,
    "stall": _stall,
    "garbage": _garbage,
    "drip": _drip,
    "content_type": _content_type,
    "compressed": _compressed,
}
