"""How reasoning is written beside an answer: as one plain field, or mirrored in two.

Knows the fields `reasoning_content`, `encrypted_content`, `reasoning` and `reasoning_details`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from seed_core.emulator.scripts import Answer

__all__ = ["Mirrored", "Plain", "Thoughts", "flat", "pieces"]


class Thoughts(Protocol):
    """A way to write reasoning."""

    def whole(self, answer: Answer, *, shown: bool) -> Mapping[str, Any]:
        """Give the fields of a whole message; `shown` is False where it is billed but hidden."""

    def deltas(self, answer: Answer) -> Iterator[Mapping[str, Any]]:
        """Give the deltas that come before the text."""

    def beside_text(self, answer: Answer) -> Mapping[str, Any]:
        """Give the fields that each delta of text carries as well."""


@dataclass(frozen=True, slots=True)
class Plain:
    """One field, as DeepSeek began it and Ark has it; `content` is there and empty meanwhile."""

    field: str = "reasoning_content"
    sealed: str | None = None
    """The field of the encrypted original, sent whole after the last piece of reasoning."""

    def whole(self, answer: Answer, *, shown: bool) -> dict[str, Any]:
        """Give the fields that hold something: a message without reasoning has none of them."""
        if not shown:
            return {}
        told = {self.field: answer.reasoning} if answer.reasoning else {}
        seal = self._seal(answer)
        return {**told, str(self.sealed): seal} if seal else told

    def deltas(self, answer: Answer) -> Iterator[dict[str, Any]]:
        """Give the pieces of the text, then the seal."""
        for piece in pieces(answer.reasoning, answer.piece):
            yield {"content": "", self.field: piece}
        if seal := self._seal(answer):
            yield {"content": "", self.field: "", str(self.sealed): seal}

    def beside_text(self, answer: Answer) -> dict[str, Any]:
        """Nothing."""
        return {}

    def _seal(self, answer: Answer) -> str:
        """Give what an answer says of `reasoning.encrypted`, if this host has a field for it."""
        entries = flat(answer.reasoning_details or ()) if self.sealed else []
        sealed = [entry for entry in entries if entry.get("type") == "reasoning.encrypted"]
        return "".join(str(entry.get("data") or "") for entry in sealed)


@dataclass(frozen=True, slots=True)
class Mirrored:
    """OpenRouter's two fields: `reasoning` has the text of what `reasoning_details` has entries."""

    def whole(self, answer: Answer, *, shown: bool) -> dict[str, Any]:
        """Give both fields; `reasoning` is null where there is nothing to show."""
        if not shown:
            return {"reasoning": None}
        message: dict[str, Any] = {"reasoning": answer.reasoning or None}
        if answer.reasoning_details is not None:
            message["reasoning_details"] = flat(answer.reasoning_details)
        elif answer.reasoning:
            message["reasoning_details"] = [_detail(answer.reasoning)]
        return message

    def deltas(self, answer: Answer) -> Iterator[dict[str, Any]]:
        """Give the text in pieces, each with its entry; or the given entries, with their text."""
        details = answer.reasoning_details
        mirrored = any(_told(_entries(entry)) for entry in details or [])
        if not mirrored:
            for piece in pieces(answer.reasoning, answer.piece):
                yield _delta(piece, [_detail(piece)] if details is None else [])
        for entry in details or []:
            entries = _entries(entry)
            yield _delta(_told(entries) or None, entries)

    def beside_text(self, answer: Answer) -> dict[str, Any]:
        """Give the empty fields that stand beside the text when there are no details at all."""
        if answer.reasoning_details is None or answer.reasoning_details:
            return {}
        return {"reasoning": None, "reasoning_details": []}


def pieces(text: str, size: int) -> Iterator[str]:
    """Cut a text into pieces of a size."""
    for start in range(0, len(text), max(1, size)):
        yield text[start : start + max(1, size)]


def _delta(text: str | None, details: list[Any]) -> dict[str, Any]:
    return {"content": "", "reasoning": text, "reasoning_details": details}


def _detail(text: str) -> dict[str, Any]:
    return {"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}


def flat(details: Sequence[Any]) -> list[Any]:
    """Give the entries of an answer's `reasoning_details`, however they are grouped into chunks."""
    return [entry for group in details for entry in _entries(group)]


def _entries(entry: Any) -> list[Any]:
    return list(entry) if isinstance(entry, list | tuple) else [entry]


def _told(entries: list[Any]) -> str:
    """Give the text that some entries hold: `reasoning` carries the same."""
    return "".join(entry.get("text") or entry.get("summary") or "" for entry in entries)
