"""An answer written as a chat completion, whole or in chunks, in a host's form.

Knows JSON objects only; bytes, pauses and faults are put on elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seed_core.emulator.chat.thoughts import Plain, Thoughts, pieces
from seed_core.emulator.scripts import Answer, ToolUse

__all__ = ["Envelope", "Form", "chunk", "chunks", "finish_reason", "whole"]


@dataclass(frozen=True, slots=True)
class Form:
    """How a host writes its replies; the defaults are OpenAI's own.

    Example:
        >>> Form(thoughts=Plain("reasoning_content"), every_role=True)
    """

    thoughts: Thoughts = field(default_factory=Plain)
    """How reasoning is written."""
    every_role: bool = False
    """Every delta has the role, not only the first one (which is then empty but for it)."""
    silent: str | None = None
    """The content of a message that says nothing, only calls tools."""
    beside_calls: Mapping[str, Any] = field(default_factory=dict)
    """What a delta with a piece of a tool call carries as well."""
    lead: tuple[str, ...] = ("",)
    """Empty pieces of arguments before the real ones; the first piece has the call's name."""
    finish_with_call: bool = False
    """The finish reason rides on the last piece of the last call, not on a chunk of its own."""
    finish_always: bool = True
    """A chunk without a finish reason says `null`; else it has no such field."""
    native_finish: bool = False
    """A second field with the upstream's own finish reason."""
    indexed_calls: bool = False
    """The calls of a whole reply have an index, as in a stream."""
    refusals: bool = True
    """A whole message has a field `refusal`, null or not."""
    usage_by_shape: bool = False
    """`Answer.usage_shape` says where a stream tells its usage; else on a chunk without choices."""
    usage_always: bool = False
    """A chunk without usage says `null`; else it has no such field."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands around an answer. A `created`, `model` or `usage` of None is left out."""

    id: str
    created: int | None
    model: str | None
    usage: Mapping[str, Any] | None
    frame: Mapping[str, Any] = field(default_factory=dict)
    """More keys of every object."""
    frame_of_whole: Mapping[str, Any] = field(default_factory=dict)
    """More keys of a whole reply alone."""
    show_reasoning: bool = True
    annotations: Sequence[Mapping[str, Any]] = ()


def finish_reason(answer: Answer) -> str | None:
    """Give the finish reason of an answer."""
    if answer.finish != "auto":
        return answer.finish
    return "tool_calls" if answer.tool_calls else "stop"


def whole(answer: Answer, envelope: Envelope, form: Form) -> dict[str, Any]:
    """Write an answer as one chat completion."""
    choice = {
        "index": 0,
        "logprobs": None,
        **_finish(form, finish_reason(answer)),
        "message": _message(answer, envelope, form),
    }
    body = _object("chat.completion", [choice], envelope) | dict(envelope.frame_of_whole)
    if envelope.usage is not None:
        body["usage"] = dict(envelope.usage)
    return body


def _message(answer: Answer, envelope: Envelope, form: Form) -> dict[str, Any]:
    silent = not answer.text and (answer.tool_calls or answer.refusal)
    message: dict[str, Any] = {
        "role": "assistant",
        "content": form.silent if silent else answer.text,
        **form.thoughts.whole(answer, shown=envelope.show_reasoning),
    }
    if form.refusals or answer.refusal:
        message["refusal"] = answer.refusal or None
    if answer.tool_calls:
        message["tool_calls"] = [
            {
                "type": "function",
                **({"index": index} if form.indexed_calls else {}),
                "id": call.id,
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for index, call in enumerate(answer.tool_calls)
        ]
    annotations = [*answer.annotations, *envelope.annotations]
    if annotations:
        message["annotations"] = annotations
    return message


def chunks(answer: Answer, envelope: Envelope, form: Form) -> Iterator[dict[str, Any]]:
    """Write an answer as the chunks of a stream."""
    reason = finish_reason(answer)
    deltas = list(_deltas(answer, envelope, form))
    rides = form.finish_with_call and bool(answer.tool_calls)
    for number, delta in enumerate(deltas):
        last = rides and number == len(deltas) - 1
        yield chunk(envelope, form, delta, reason if last else None)
    if not rides:
        yield chunk(envelope, form, _closing(form), reason)
    if answer.repeat_finish:
        yield chunk(envelope, form, _closing(form), reason)
    if envelope.usage is not None and answer.usage_shape:
        yield _usage_chunk(answer, envelope, form, reason)


def chunk(
    envelope: Envelope, form: Form, delta: Mapping[str, Any], reason: str | None = None
) -> dict[str, Any]:
    """Write one chunk around a delta."""
    choice = {"index": 0, "delta": dict(delta)}
    if reason is not None or form.finish_always:
        choice |= _finish(form, reason)
    written = _object("chat.completion.chunk", [choice], envelope)
    return {**written, "usage": None} if form.usage_always else written


def _object(kind: str, choices: list[Any], envelope: Envelope) -> dict[str, Any]:
    stamps = {"created": envelope.created, "model": envelope.model}
    told = {name: value for name, value in stamps.items() if value is not None}
    return {"id": envelope.id, "object": kind, **told, **envelope.frame, "choices": choices}


def _finish(form: Form, reason: str | None) -> dict[str, Any]:
    native = {"native_finish_reason": reason} if form.native_finish else {}
    return {"finish_reason": reason, **native}


def _closing(form: Form) -> dict[str, Any]:
    return {"content": "", "role": "assistant"} if form.every_role else {}


def _usage_chunk(
    answer: Answer, envelope: Envelope, form: Form, reason: str | None
) -> dict[str, Any]:
    shape = answer.usage_shape if form.usage_by_shape else 3
    usage = chunk(envelope, form, _closing(form), reason if shape == 2 else None)
    if shape == 3:
        usage["choices"] = []
    usage["usage"] = dict(envelope.usage or {})
    return usage


def _deltas(answer: Answer, envelope: Envelope, form: Form) -> Iterator[dict[str, Any]]:
    role = {"role": "assistant"}
    if not form.every_role:
        yield {**role, "content": ""}
    for delta in _told(answer, envelope, form):
        yield {**role, **delta} if form.every_role else dict(delta)


def _told(answer: Answer, envelope: Envelope, form: Form) -> Iterator[Mapping[str, Any]]:
    """Give what an answer says, in order: reasoning, text, refusal, calls, annotations."""
    if envelope.show_reasoning:
        yield from form.thoughts.deltas(answer)
    beside = form.thoughts.beside_text(answer)
    texts: list[dict[str, Any]] = [
        {"content": piece, **beside} for piece in pieces(answer.text, answer.piece)
    ]
    calls = list(_call_deltas(answer, form))
    if answer.mixed and calls:
        last = texts.pop() if texts else {"content": ""}
        calls[0] = {**calls[0], **last}
    yield from texts
    for piece in pieces(answer.refusal, answer.piece):
        yield {"content": None, "refusal": piece}
    yield from calls
    for annotation in [*answer.annotations, *envelope.annotations]:
        yield {"content": "", "annotations": [annotation]}


def _call_deltas(answer: Answer, form: Form) -> Iterator[dict[str, Any]]:
    for index, call in enumerate(answer.tool_calls):
        first, *rest = [*form.lead, *pieces(call.arguments, answer.piece)] or [""]
        yield {**form.beside_calls, "tool_calls": [_opening(index, call, first)]}
        for piece in rest:
            fragment = {"index": index, "function": {"arguments": piece}}
            yield {**form.beside_calls, "tool_calls": [fragment]}


def _opening(index: int, call: ToolUse, arguments: str) -> dict[str, Any]:
    return {
        "index": index,
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }
