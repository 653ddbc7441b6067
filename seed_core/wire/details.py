"""`reasoning_details`: entries that a host must get back as it sent them.

A whole reply's entries are kept as they are. A stream sends each entry in pieces, which belong
together by type, index and id: text, summary and data are appended, everything else is set once.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from seed_core.errors import ConfigurationError
from seed_core.types import Json

SEALED = "encrypted_content"
"""The field, and the kind of entry, of Ark's sealed original of summarised reasoning."""

_TEXT_FIELD = {
    "reasoning.text": "text",
    "reasoning.summary": "summary",
    "reasoning.encrypted": "data",
}
_WITHOUT_SIGNATURE = ("anthropic-claude-v1", "google-gemini-v1")


class DetailsMerger:
    """Puts the pieces of streamed `reasoning_details` together, in time linear in their number."""

    __slots__ = ("_entries", "_last", "_pieces", "_places", "seen")

    def __init__(self) -> None:
        """Start with nothing; `seen` turns true with the first list, even an empty one."""
        self.seen = False
        self._entries: list[dict[str, Any]] = []
        self._pieces: list[list[str]] = []
        self._places: dict[tuple[object, object, object], int] = {}
        self._last: tuple[str, Json, list[str]] | None = None

    def add(self, details: list[Json]) -> str:
        """Take the entries of one delta; return the reasoning text that they show."""
        self.seen = True
        shown: list[str] = []
        for detail in details:
            if (piece := self._running(detail)) is not None:
                shown.append(piece)
                continue
            kind = detail.get("type")
            field = _TEXT_FIELD.get(kind) if isinstance(kind, str) else None
            text = detail.get(field) if field else None
            if isinstance(text, str) and field != "data":
                shown.append(text)
            self._merge(detail, field, text if isinstance(text, str) else None)
        return "".join(shown)

    def add_whole(self, details: list[Json]) -> str:
        """Take the entries of a whole reply, each complete; return the text that they show."""
        self.seen = True
        self._entries += [dict(detail) for detail in details]
        self._pieces += [[] for _ in details]
        return "".join(
            detail[field]
            for detail in details
            if (field := _TEXT_FIELD.get(str(detail.get("type")))) in ("text", "summary")
            and isinstance(detail.get(field), str)
        )

    def merged(self) -> tuple[Json, ...]:
        """The entries as one whole reply would have held them, in order of appearance."""
        for entry, pieces in zip(self._entries, self._pieces, strict=True):
            if pieces:
                entry[_TEXT_FIELD[entry["type"]]] = "".join(pieces)
        return tuple(self._entries)

    @property
    def field(self) -> str | None:
        """The field with the text of the entry that the last piece was of, if that goes on."""
        return None if self._last is None else self._last[0]

    def go_on(self, text: str) -> None:
        """Take a piece that differs from the last one in its text alone."""
        if self._last is not None:
            self._last[2].append(text)

    def _running(self, detail: Json) -> str | None:
        """The text of a piece that differs from the last in its text alone, as nearly all do."""
        if self._last is None:
            return None
        field, shape, pieces = self._last
        text = detail.get(field)
        if type(text) is not str or {**detail, field: None} != shape:
            return None
        pieces.append(text)
        return text

    def _merge(self, detail: Json, field: str | None, text: str | None) -> None:
        """Append to the entry that this one continues, or begin a new one."""
        place = self._place(detail)
        self._last = None
        if place is None:
            kind, index, _ = key = _key(detail)
            self._places[key] = len(self._entries)
            # Later pieces often drop the id: without one, they belong to the newest of their index.
            self._places[kind, index, None] = len(self._entries)
            self._entries.append(dict(detail))
            self._pieces.append([] if text is None else [text])
            return
        entry = self._entries[place]
        if text is not None:
            self._pieces[place].append(text)
            if field in ("text", "summary"):
                self._last = (field, {**detail, field: None}, self._pieces[place])
            # The field keeps its place in the entry; merged() fills it in.
            entry.setdefault(field or "", "")
        for name, value in detail.items():
            if name != field and (value is not None or name not in entry):
                entry[name] = value

    def _place(self, detail: Json) -> int | None:
        """Which entry a piece continues: the same type and index, and no other id."""
        index, ident = detail.get("index"), detail.get("id")
        if index is None and ident is None:
            # Without either, only running text can be a continuation, and only of the last entry.
            last = len(self._entries) - 1
            running = detail.get("type") in ("reasoning.text", "reasoning.summary")
            same = last >= 0 and self._entries[last].get("type") == detail.get("type")
            return last if running and same else None
        place = self._places.get(_key(detail))
        if place is not None or index is None:
            return place
        newest = self._places.get((detail.get("type"), index, None))
        known = None if newest is None else self._entries[newest].get("id")
        return newest if known in (None, "", ident) else None


def _key(detail: Json) -> tuple[object, object, object]:
    """What tells one entry from another."""
    return detail.get("type"), detail.get("index"), detail.get("id")


def echo(details: tuple[Json, ...]) -> list[Json]:
    """The entries to send back: as they came, without those that upstreams refuse.

    An entry twice is refused ("Duplicate item found with id"), and so is Claude's or Gemini's
    text without its signature (both seen in OpenRouter's own client).

    Raises:
        ConfigurationError: an entry has no JSON form, so no host sent it.
    """
    kept: dict[bytes, Json] = {}
    for detail in details:
        unsigned = (
            detail.get("type") == "reasoning.text"
            and detail.get("format") in _WITHOUT_SIGNATURE
            and not detail.get("signature")
        )
        if not unsigned:
            kept.setdefault(_written(detail), detail)
    return list(kept.values())


def _written(detail: Json) -> bytes:
    """An entry as JSON text."""
    try:
        return to_json(detail)
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        msg = f"reasoning_details cannot be written as JSON: {error}"
        raise ConfigurationError(msg) from error
