"""An answer written as a message, whole or as the events of a stream.

Knows JSON objects only; bytes, pauses and faults are put on by the face.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seed_core.emulator.messages.signing import sign
from seed_core.emulator.scripts import Answer, ToolUse

__all__ = ["Envelope", "events", "whole"]

_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}
_AT_START = {"output_tokens": 1}
_CHANGING = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "server_tool_use",
)
"""What a stream's last usage tells again."""
_AT_END = ("output_tokens", "output_tokens_details", "cost", "cost_details", "is_byok")
"""What only its last usage tells."""
_PING = {"type": "ping"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands around an answer."""

    id: str
    model: str
    usage: Mapping[str, Any] | None
    stop_sequence: str | None = None
    """The sequence at which the answer was stopped."""
    signed: bool = True
    shown: bool = True
    """Whether thinking is shown, or left out with its signature in its place."""
    further: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Block:
    """A content block: whole, as a stream opens it, and what follows."""

    whole: Mapping[str, Any]
    opening: Mapping[str, Any]
    deltas: Sequence[Mapping[str, Any]] = ()


def _stop_reason(answer: Answer, envelope: Envelope) -> str | None:
    """Give the wire's stop reason: a chat's finish reason translated, any other as it is."""
    if answer.finish != "auto":
        return _REASONS.get(answer.finish or "", answer.finish)
    if envelope.stop_sequence is not None:
        return "stop_sequence"
    if answer.tool_calls:
        return "tool_use"
    return "refusal" if answer.refusal else "end_turn"


def whole(answer: Answer, envelope: Envelope) -> dict[str, Any]:
    """Write an answer as one message."""
    body = _message(envelope)
    body["content"] = [block.whole for block in _blocks(answer, envelope)]
    body |= _ending(answer, envelope)
    if envelope.usage is not None:
        body["usage"] = dict(envelope.usage)
    return {**body, **envelope.further}


def events(answer: Answer, envelope: Envelope) -> Iterator[dict[str, Any]]:
    """Write an answer as the events of a stream."""
    message = _message(envelope)
    if envelope.usage is not None:
        known = {name: told for name, told in envelope.usage.items() if name not in _AT_END}
        message["usage"] = {**known, **_AT_START}
    yield {"type": "message_start", "message": {**message, **envelope.further}}
    for index, block in enumerate(_blocks(answer, envelope)):
        yield {"type": "content_block_start", "index": index, "content_block": block.opening}
        if not index:
            yield _PING
        for delta in block.deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    last: dict[str, Any] = {"type": "message_delta", "delta": _ending(answer, envelope)}
    if envelope.usage is not None:
        told = envelope.usage
        last["usage"] = {name: told[name] for name in (*_CHANGING, *_AT_END) if name in told}
    yield last
    if answer.repeat_finish:
        yield last
    if answer.done:
        yield {"type": "message_stop"}


def _message(envelope: Envelope) -> dict[str, Any]:
    return {
        "id": envelope.id,
        "type": "message",
        "role": "assistant",
        "model": envelope.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _ending(answer: Answer, envelope: Envelope) -> dict[str, Any]:
    reason = _stop_reason(answer, envelope)
    ending: dict[str, Any] = {
        "stop_reason": reason,
        "stop_sequence": envelope.stop_sequence if reason == "stop_sequence" else None,
    }
    if answer.refusal:
        ending["stop_details"] = {
            "type": "refusal",
            "category": "general_harms",
            "explanation": answer.refusal,
        }
    return ending


def _blocks(answer: Answer, envelope: Envelope) -> Iterator[_Block]:
    """Give the content: thinking, text, calls."""
    yield from _thoughts(answer, envelope)
    if answer.text:
        yield _text(answer)
    for call in answer.tool_calls:
        yield _call(call, answer.piece)


def _thoughts(answer: Answer, envelope: Envelope) -> Iterator[_Block]:
    if answer.reasoning_details is None:
        if answer.reasoning:
            yield _thought(answer.reasoning, None, answer, envelope)
        return
    for scripted in answer.reasoning_details:
        for entry in scripted if isinstance(scripted, list | tuple) else [scripted]:
            match entry.get("type"):
                case "reasoning.text" | "reasoning.summary" | "thinking":
                    text = entry.get("text") or entry.get("summary") or entry.get("thinking") or ""
                    yield _thought(text, entry.get("signature"), answer, envelope)
                case "reasoning.encrypted":
                    block = {"type": "redacted_thinking", "data": entry["data"]}
                    yield _Block(block, block)
                case _:
                    yield _Block(entry, entry)


def _thought(text: str, signature: str | None, answer: Answer, envelope: Envelope) -> _Block:
    told = text if envelope.shown else ""
    if signature is None:
        signature = sign(told) if envelope.signed else ""
    deltas = [{"type": "thinking_delta", "thinking": p} for p in _pieces(told, answer.piece)]
    if signature:
        deltas.append({"type": "signature_delta", "signature": signature})
    block = {"type": "thinking", "thinking": told, "signature": signature}
    return _Block(block, {**block, "thinking": "", "signature": ""}, deltas)


def _text(answer: Answer) -> _Block:
    citations = [cited for entry in answer.annotations if (cited := _citation(entry))]
    deltas: list[dict[str, Any]] = [
        {"type": "text_delta", "text": piece} for piece in _pieces(answer.text, answer.piece)
    ]
    deltas += [{"type": "citations_delta", "citation": citation} for citation in citations]
    opening: dict[str, Any] = {"type": "text", "text": ""}
    block: dict[str, Any] = {"type": "text", "text": answer.text}
    if citations:
        opening["citations"], block["citations"] = [], citations
    return _Block(block, opening, deltas)


def _citation(annotation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give an annotation as the wire has it: a chat's citation of a URL is a search result's."""
    if annotation.get("type") != "url_citation":
        return annotation if str(annotation.get("type")).endswith("_location") else None
    cited = annotation["url_citation"]
    return {
        "type": "web_search_result_location",
        "url": cited["url"],
        "title": cited.get("title"),
        "cited_text": cited.get("content", ""),
        "encrypted_index": "",
    }


def _call(call: ToolUse, size: int) -> _Block:
    opening: dict[str, Any] = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
    # A call without arguments streams an empty fragment only; the others begin with one.
    told = "" if call.arguments.strip() == "{}" else call.arguments
    deltas = [
        {"type": "input_json_delta", "partial_json": piece} for piece in ["", *_pieces(told, size)]
    ]
    return _Block({**opening, "input": _input(call.arguments)}, opening, deltas)


def _input(arguments: str) -> Any:
    """Parse a call's arguments; one that was cut off is lost from a whole message."""
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return {}


def _pieces(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), max(1, size)):
        yield text[start : start + max(1, size)]
