"""An answer written as a chat completion, whole or in chunks, in OpenRouter's shapes.

Knows JSON objects only; bytes, pauses and faults are put on by the host's module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seed_core.emulator.scripts import Answer, ToolUse

__all__ = ["Envelope", "chunk", "chunks", "finish_reason", "whole"]


@dataclass(frozen=True)
class Envelope:
    """What stands around an answer."""

    id: str
    created: int
    model: str
    usage: Mapping[str, Any] | None
    show_reasoning: bool = True
    annotations: Sequence[Mapping[str, Any]] = ()


def finish_reason(answer: Answer) -> str | None:
    """Give the finish reason of an answer."""
    if answer.finish != "auto":
        return answer.finish
    return "tool_calls" if answer.tool_calls else "stop"


def whole(answer: Answer, envelope: Envelope) -> dict[str, Any]:
    """Write an answer as one chat completion."""
    reason = finish_reason(answer)
    choice = {
        "index": 0,
        "logprobs": None,
        "finish_reason": reason,
        "native_finish_reason": reason,
        "message": _message(answer, envelope),
    }
    body: dict[str, Any] = {
        "id": envelope.id,
        "object": "chat.completion",
        "created": envelope.created,
        "model": envelope.model,
        "provider": answer.provider,
        "system_fingerprint": None,
        "service_tier": None,
        "choices": [choice],
    }
    if envelope.usage is not None:
        body["usage"] = dict(envelope.usage)
    return body


def _message(answer: Answer, envelope: Envelope) -> dict[str, Any]:
    silent = not answer.text and (answer.tool_calls or answer.refusal)
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if silent else answer.text,
        "refusal": answer.refusal or None,
        "reasoning": None,
    }
    if envelope.show_reasoning:
        message["reasoning"] = answer.reasoning or None
        details = _whole_details(answer)
        if details is not None:
            message["reasoning_details"] = details
    if answer.tool_calls:
        # The index does not belong into a whole reply, and is there in every recorded one.
        message["tool_calls"] = [
            {"type": "function", "index": index, "id": call.id, "function": _function(call)}
            for index, call in enumerate(answer.tool_calls)
        ]
    annotations = [*answer.annotations, *envelope.annotations]
    if annotations:
        message["annotations"] = annotations
    return message


def _function(call: ToolUse) -> dict[str, str]:
    return {"name": call.name, "arguments": call.arguments}


def _whole_details(answer: Answer) -> list[Any] | None:
    if answer.reasoning_details is None:
        return [_detail(answer.reasoning)] if answer.reasoning else None
    whole: list[Any] = []
    for entry in answer.reasoning_details:
        whole.extend(entry if isinstance(entry, list | tuple) else [entry])
    return whole


def _detail(text: str) -> dict[str, Any]:
    return {"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}


def chunks(answer: Answer, envelope: Envelope) -> Iterator[dict[str, Any]]:
    """Write an answer as the chunks of a stream."""
    for delta in _deltas(answer, envelope):
        yield chunk(answer, envelope, delta)
    reason = finish_reason(answer)
    finish = chunk(answer, envelope, {"content": "", "role": "assistant"}, reason)
    yield finish
    if answer.repeat_finish:
        yield finish
    if envelope.usage is not None and answer.usage_shape:
        yield _usage_chunk(answer, envelope, reason)


def chunk(
    answer: Answer, envelope: Envelope, delta: Mapping[str, Any], reason: str | None = None
) -> dict[str, Any]:
    """Write one chunk around a delta."""
    choice = {
        "index": 0,
        "delta": dict(delta),
        "finish_reason": reason,
        "native_finish_reason": reason,
    }
    return {
        "id": envelope.id,
        "object": "chat.completion.chunk",
        "created": envelope.created,
        "model": envelope.model,
        "provider": answer.provider,
        "choices": [choice],
    }


def _usage_chunk(answer: Answer, envelope: Envelope, reason: str | None) -> dict[str, Any]:
    second = reason if answer.usage_shape == 2 else None
    usage = chunk(answer, envelope, {"content": "", "role": "assistant"}, second)
    if answer.usage_shape == 3:
        usage["choices"] = []
    usage["usage"] = dict(envelope.usage or {})
    return usage


def _deltas(answer: Answer, envelope: Envelope) -> Iterator[dict[str, Any]]:
    """Write the deltas in the host's order: reasoning, text, refusal, calls, annotations."""
    if envelope.show_reasoning:
        yield from _reasoning_deltas(answer)
    texts: list[dict[str, Any]] = [
        {"content": piece} for piece in _pieces(answer.text, answer.piece)
    ]
    if answer.reasoning_details is not None and not answer.reasoning_details:
        texts = [{**delta, "reasoning": None, "reasoning_details": []} for delta in texts]
    calls = list(_call_deltas(answer))
    if answer.mixed and calls:
        last = texts.pop() if texts else {"content": ""}
        calls[0] = {**calls[0], **last}
    said: list[dict[str, Any]] = [
        {"content": None, "refusal": piece} for piece in _pieces(answer.refusal, answer.piece)
    ]
    cited: list[dict[str, Any]] = [
        {"content": "", "annotations": [annotation]}
        for annotation in [*answer.annotations, *envelope.annotations]
    ]
    for delta in [*texts, *said, *calls, *cited]:
        # The role is on every delta, not only on the first.
        yield {"role": "assistant", **delta}


def _reasoning_deltas(answer: Answer) -> Iterator[dict[str, Any]]:
    details = answer.reasoning_details
    mirrored = any(_told(_entries(entry)) for entry in details or [])
    if not mirrored:
        for piece in _pieces(answer.reasoning, answer.piece):
            shown = [_detail(piece)] if details is None else []
            yield _reasoning_delta(piece, shown)
    for entry in details or []:
        entries = _entries(entry)
        yield _reasoning_delta(_told(entries) or None, entries)


def _reasoning_delta(text: str | None, details: list[Any]) -> dict[str, Any]:
    return {"content": "", "role": "assistant", "reasoning": text, "reasoning_details": details}


def _entries(entry: Any) -> list[Any]:
    return list(entry) if isinstance(entry, list | tuple) else [entry]


def _told(entries: list[Any]) -> str:
    """Give the text that some entries hold: `reasoning` carries the same."""
    told = [entry.get("text") or entry.get("summary") or "" for entry in entries]
    return "".join(told)


def _call_deltas(answer: Answer) -> Iterator[dict[str, Any]]:
    for index, call in enumerate(answer.tool_calls):
        opening = {
            "index": index,
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": ""},
        }
        yield {"content": None, "tool_calls": [opening]}
        # An empty fragment always follows the opening one in the recordings.
        for piece in ["", *_pieces(call.arguments, answer.piece)]:
            fragment = {"index": index, "function": {"arguments": piece}}
            yield {"content": None, "tool_calls": [fragment]}


def _pieces(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), max(1, size)):
        yield text[start : start + max(1, size)]
