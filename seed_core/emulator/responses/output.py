"""An answer written as output items: reasoning, a search, a message, function calls.

Knows the finished items only; how they come about in a stream is told by `events`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from seed_core.emulator.responses.dialect import Dialect
from seed_core.emulator.responses.reading import Asked
from seed_core.emulator.responses.seal import seal
from seed_core.emulator.scripts import Answer

__all__ = ["Namer", "citations", "flat", "output"]


@dataclass(frozen=True, slots=True)
class Namer:
    """Makes the ids of one response's items."""

    response: str
    dialect: Dialect = field(repr=False)

    def item(self, prefix: str, number: int) -> str:
        """Make the id of an item from its kind and its number."""
        return self.dialect.item_id(prefix, self._unique(f"{prefix}{number}"))

    def call(self, number: int) -> str:
        """Make the id by which a function's result refers to its call."""
        return f"call_{self._unique(str(number))[:24]}"

    def _unique(self, name: str) -> str:
        return hashlib.sha256(f"{self.response}/{name}".encode()).hexdigest()


def output(answer: Answer, asked: Asked, dialect: Dialect, namer: Namer) -> list[dict[str, Any]]:
    """Write an answer's items, in the order in which they come about."""
    thoughts = list(_thoughts(answer, asked, dialect, namer))
    searched = asked.searches and not answer.tool_calls
    items = thoughts
    if searched and dialect.shows_search:
        action = {"type": "search", "query": asked.conversation.prompt}
        items.append(_item("web_search_call", namer.item("ws", 0), action=action))
    if answer.text or answer.refusal or not (thoughts or answer.tool_calls):
        content = list(_content(answer, searched=searched))
        items.append(_item("message", namer.item("msg", 0), role="assistant", content=content))
    for number, call in enumerate(answer.tool_calls):
        told = {"call_id": call.id, "name": call.name, "arguments": call.arguments}
        items.append(_item("function_call", namer.item("fc", number), **told))
    return items


def _item(kind: str, ident: str, **fields: Any) -> dict[str, Any]:
    return {"id": ident, "type": kind, "status": "completed", **fields}


def _content(answer: Answer, *, searched: bool) -> Iterator[dict[str, Any]]:
    if answer.text or not answer.refusal:
        cited = [flat(annotation) for annotation in answer.annotations]
        if searched and not cited:
            cited = citations()
        yield {"type": "output_text", "text": answer.text, "annotations": cited, "logprobs": []}
    if answer.refusal:
        yield {"type": "refusal", "refusal": answer.refusal}


def flat(annotation: Mapping[str, Any]) -> dict[str, Any]:
    """Write an annotation of chat's nested form in this wire's flat one."""
    held = annotation.get(str(annotation.get("type")))
    return {"type": annotation["type"], **held} if isinstance(held, Mapping) else dict(annotation)


def citations() -> list[dict[str, Any]]:
    """Make one citation."""
    citation = {"url": "https://example.com/emulated", "title": "An emulated search result"}
    return [{"type": "url_citation", **citation, "start_index": 0, "end_index": 0}]


def _thoughts(
    answer: Answer, asked: Asked, dialect: Dialect, namer: Namer
) -> Iterator[dict[str, Any]]:
    if answer.reasoning_details is not None:
        yield from _scripted(answer, dialect, namer)
    elif answer.reasoning:
        shown = _shown(answer.reasoning, asked.body, dialect)
        sealed = seal(answer.reasoning) + dialect.seal_tail if dialect.seals(asked.body) else None
        yield _thought(namer.item("rs", 0), dialect, encrypted_content=sealed, **shown)


def _shown(thought: str, body: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    if dialect.reasoning == "text":
        return {"content": [_text("reasoning_text", thought)]}
    if dialect.reasoning == "asked" and not (body.get("reasoning") or {}).get("summary"):
        return {}
    return {"summary": [_text("summary_text", thought)]}


def _thought(ident: str, dialect: Dialect, **told: Any) -> dict[str, Any]:
    known = {key: value for key, value in told.items() if value}
    return _item("reasoning", ident, **{"summary": [], **dialect.marks, **known})


def _text(kind: str, text: str) -> dict[str, str]:
    return {"type": kind, "text": text}


def _scripted(answer: Answer, dialect: Dialect, namer: Namer) -> Iterator[dict[str, Any]]:
    """Write chat's reasoning details as items: one for each id, entries without one together."""
    items: dict[str, dict[str, Any]] = {}
    for chunk in answer.reasoning_details or ():
        for entry in chunk if isinstance(chunk, list | tuple) else [chunk]:
            ident = entry.get("id") or ""
            _merge(items.setdefault(ident, {"summary": [], "content": []}), entry)
    for number, (ident, told) in enumerate(items.items()):
        yield _thought(ident or namer.item("rs", number), dialect, **told)


def _merge(told: dict[str, Any], entry: Mapping[str, Any]) -> None:
    match entry["type"]:
        case "reasoning.summary":
            told["summary"].append(_text("summary_text", entry["summary"]))
        case "reasoning.encrypted":
            told["encrypted_content"] = entry["data"]
        case "reasoning.text":
            if entry.get("text"):
                told["content"].append(_text("reasoning_text", entry["text"]))
            if entry.get("signature"):
                told["signature"] = entry["signature"]
    if entry.get("format"):
        told["format"] = entry["format"]
