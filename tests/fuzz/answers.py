"""Good answers of every wire: what is damaged, and where the coverage-guided search begins."""

from collections.abc import Sequence
from typing import Any

from seed_core.types import Message, Options, Prompt, Text, Tool
from tests.providers.fal import by_hand as queue
from tests.wire import chunks as chat
from tests.wire.messages import streams as messages
from tests.wire.responses import stream as responses

Json = dict[str, Any]
DONE = "[DONE]"

MARKUP = (
    "Let me see.\n<seed:tool_call>\n<function=look>\n<parameter=days>3</parameter>\n"
    "</function>\n</seed:tool_call>"
)
TOOL = Tool("look", "Looks.", {"type": "object", "properties": {"days": {"type": "integer"}}})
HELLO = Prompt((Message("user", (Text("Hello"),)),))
WITH_TOOLS = Prompt(HELLO.messages, tools=(TOOL,), options=Options(stop=("END",), read_markup=True))
"""Where the host has no tools, or none of these options, they are asked for in words."""

_CALL = {"index": 0, "id": "call_1", "function": {"name": "look", "arguments": ""}}
_MORE = {"index": 0, "function": {"arguments": '{"days": 3}'}}
_WHOLE_CALL = {"id": "call_1", "function": {"name": "look", "arguments": '{"days": 3}'}}
_ENTRY = {"type": "reasoning.text", "text": "Hm", "index": 0, "format": "unknown"}
_NOTE = {"type": "url_citation", "url_citation": {"url": "https://a.example", "start_index": 0}}
_USAGE = {
    "prompt_tokens": 5,
    "completion_tokens": 9,
    "completion_tokens_details": {"reasoning_tokens": 3},
    "prompt_tokens_details": {"cached_tokens": 0},
    "cost": 0.001,
    "cost_details": {"upstream_inference_cost": 0.0005},
    "server_tool_use_details": {"web_search_requests": 1},
}
_ERROR = {
    "error": {
        "code": 429,
        "message": "Slow down",
        "type": "rate_limit_error",
        "metadata": {"raw": "upstream", "error_type": "rate_limit_exceeded", "reasons": ["x"]},
        "availability": {"retryable": True, "retry_after": 2, "code": "busy"},
    },
    "request_id": "req_1",
}

STREAMS: dict[str, list[list[Json | str]]] = {
    "chat": [
        [
            chat.chunk({"role": "assistant", "reasoning": "Hm", "reasoning_details": [_ENTRY]}),
            chat.chunk({"reasoning": ".", "reasoning_details": [{**_ENTRY, "text": "."}]}),
            chat.chunk({"content": "Let me"}),
            chat.chunk({"content": " see"}),
            chat.chunk({"content": " this"}),
            chat.chunk({"annotations": [_NOTE, {"type": "file", "file": {"hash": "x"}}]}),
            chat.chunk({"tool_calls": [_CALL]}),
            chat.chunk({"tool_calls": [_MORE]}),
            chat.chunk({}, "tool_calls", usage=_USAGE, model="m", provider="p"),
            DONE,
        ],
        [
            chat.chunk({"reasoning_content": "Hm", "encrypted_content": "c2VhbA=="}),
            chat.chunk({"content": MARKUP}),
            chat.chunk({"refusal": "No"}, "stop"),
            {"id": "gen-1", "choices": [], "usage": _USAGE},
            DONE,
        ],
        [chat.chunk({"content": "a"}), _ERROR],
    ],
    "messages": [
        [
            messages.begin(),
            *messages.thought_block("Hm", "."),
            messages.PING,
            *messages.text_block("Let me", " see", index=1),
            messages.piece("citations", 1, citation={"url": "https://a.example", "title": "t"}),
            *messages.call_block('{"days"', ": 3}", index=2),
            messages.ending("tool_use"),
            messages.STOP,
        ],
        [
            messages.begin(usage={"cache_read_input_tokens": 4, "cost": 0.001}),
            messages.start({"type": "redacted_thinking", "data": "x"}, 0),
            messages.stop(0),
            *messages.text_block(MARKUP, index=1),
            messages.ending("refusal", stop_details={"explanation": "No"}),
            messages.STOP,
        ],
        [messages.begin(), {"type": "error", **_ERROR}],
    ],
    "responses": [
        [
            responses.CREATED,
            *responses.events_of(
                responses.thought("Hm", "."), responses.said("Let me", "see"), responses.call()
            ),
            responses.completed(
                responses.thought("Hm", "."),
                responses.said("Let me", "see"),
                responses.call(),
                usage=responses.USAGE,
            ),
        ],
        [
            responses.CREATED,
            *responses.events_of(responses.raw_thought("Hm"), responses.said(MARKUP)),
            responses.event("output_text.annotation.added", output_index=1, annotation=_NOTE),
            responses.event(
                "incomplete",
                response=responses.response(
                    responses.raw_thought("Hm"),
                    responses.said(MARKUP),
                    status="incomplete",
                    incomplete_details={"reason": "max_output_tokens"},
                ),
            ),
        ],
        [
            responses.CREATED,
            responses.event(
                "failed", response={**responses.response(), "status": "failed", **_ERROR}
            ),
        ],
    ],
}
"""Streams by the wire's name, as their events."""

_REPLY = {"role": "assistant", "content": MARKUP, "reasoning": "Hm", "annotations": [_NOTE]}

BODIES: dict[str, list[Json]] = {
    "chat": [
        {**chat.message(**_REPLY, tool_calls=[_WHOLE_CALL]), "usage": _USAGE, "model": "m"},
        chat.message(content=[{"type": "text", "text": "a"}], reasoning_details=[_ENTRY]),
        _ERROR,
    ],
    "messages": [
        messages.message(
            {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
            {"type": "text", "text": "a", "citations": [{"url": "https://a.example"}]},
            {"type": "tool_use", "id": "t", "name": "look", "input": {"days": 3}},
        ),
        {"type": "error", **_ERROR},
    ],
    "responses": [
        responses.response(
            responses.thought("Hm"), responses.said(MARKUP), responses.call(), usage=responses.USAGE
        ),
        _ERROR,
    ],
    "fal": [
        queue.RESULT,
        {"output": MARKUP, "reasoning_content": "Hm", "messages": []},
        {"detail": [{"loc": ["body", "prompt"], "msg": "too long", "type": "sequence_too_long"}]},
        {"detail": "Exhausted balance. Top up."},
    ],
}
"""Whole replies by the wire's name."""

QUEUE: list[Json] = [queue.ACCEPTED, queue.QUEUED, queue.RUNNING, queue.COMPLETED, queue.RESULT]
"""What fal's queue answers, one after the other."""


def sse(events: Sequence[Any]) -> bytes:
    """A stream of events, each named as the messages and responses wires do."""
    from tests.fuzz.hostile import written

    lines: list[bytes] = []
    for event in events:
        data = b"[DONE]" if event == DONE else written(event)
        kind = event.get("type") if isinstance(event, dict) else None
        name = f"event: {kind}\n".encode() if isinstance(kind, str) and kind.isascii() else b""
        lines.append(b"%bdata: %b\n\n" % (name.replace(b"\r", b""), data))
    return b"".join(lines)
