"""A second reading of recorded messages, as plain as it can be, to compare with."""

import json
from dataclasses import dataclass
from typing import Any

from seed_core.events import Reply

REASONS = {
    "end_turn": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "refusal": "content_filter",
}


@dataclass
class Plain:
    """What an answer says."""

    text: str
    reasoning: str
    calls: list[tuple[str, str, Any]]
    refusal: str
    sealed: list[str]
    signatures: list[str]
    finish: str
    usage: tuple[Any, ...]
    model: str | None
    id: str | None

    @classmethod
    def of(cls, answer: Reply) -> "Plain":
        """What the decoder made of it."""
        finish = answer.finish
        assert finish is not None
        usage = finish.usage
        assert usage is not None
        blocks = [] if answer.state is None else list(answer.state.details or ())
        return cls(
            text=answer.text,
            reasoning=answer.reasoning,
            calls=[(c.id, c.name, json.loads(c.arguments)) for c in answer.tool_calls],
            refusal=answer.refusal,
            sealed=[b["data"] for b in blocks if b["type"] == "redacted_thinking"],
            signatures=[b["signature"] for b in blocks if b["type"] == "thinking"],
            finish=finish.reason,
            usage=(
                usage.input_tokens,
                usage.output_tokens,
                usage.cache_read_tokens,
                usage.cache_write_tokens,
            ),
            model=finish.model,
            id=finish.response_id,
        )


def read_plainly(data: bytes) -> Plain:
    """What the JSON says: of a stream, the blocks put together by their indexes."""
    if not data.lstrip().startswith(b"{"):
        events = [json.loads(line[6:]) for line in data.split(b"\n") if line.startswith(b"data: {")]
        top, blocks = _put_together(events)
    else:
        top = json.loads(data)
        blocks = top["content"]
    usage = top["usage"]
    cached = [usage.get(f"cache_{word}_input_tokens") for word in ("read", "creation")]
    return Plain(
        text="".join(b["text"] for b in blocks if b["type"] == "text"),
        reasoning="".join(b["thinking"] for b in blocks if b["type"] == "thinking"),
        calls=[(b["id"], b["name"], b["input"]) for b in blocks if b["type"] == "tool_use"],
        refusal=(top.get("stop_details") or {}).get("explanation", ""),
        sealed=[b["data"] for b in blocks if b["type"] == "redacted_thinking"],
        signatures=[b["signature"] for b in blocks if b["type"] == "thinking"],
        finish=REASONS[top["stop_reason"]],
        usage=(
            usage["input_tokens"] + sum(n or 0 for n in cached),
            usage["output_tokens"],
            *cached,
        ),
        model=top["model"],
        id=top["id"],
    )


def _put_together(events: list[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The message and its blocks."""
    top = next(event["message"] for event in events if event["type"] == "message_start")
    blocks: dict[int, dict[str, Any]] = {}
    inputs: dict[int, str] = {}
    for event in events:
        match event["type"]:
            case "content_block_start":
                blocks[event["index"]] = event["content_block"]
            case "content_block_delta":
                index, delta = event["index"], event["delta"]
                if delta["type"] == "input_json_delta":
                    inputs[index] = inputs.get(index, "") + delta["partial_json"]
                else:
                    field = delta["type"].removesuffix("_delta")
                    blocks[index][field] += delta[field]
            case "message_delta":
                top = {**top, **event["delta"], "usage": {**top["usage"], **event["usage"]}}
    for index, text in inputs.items():
        blocks[index]["input"] = json.loads(text or "{}")
    return top, list(blocks.values())
