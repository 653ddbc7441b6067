"""A second reading of recorded responses, as plain as it can be, to compare with."""

import json
from dataclasses import dataclass
from typing import Any

from seed_core.events import Reply

AT_OPENROUTER = ("openrouter-llm-openrouter/*", "openrouter-pydantic-ai/*responses*")
"""Responses among the recordings of OpenRouter, whose other files are chat completions."""


@dataclass
class Plain:
    """What an answer says."""

    text: str
    reasoning: str
    calls: list[tuple[str, str, str]]
    finish: str
    usage: tuple[Any, ...]
    cost: float | None
    model: str
    id: str
    items: list[Any]

    @classmethod
    def of(cls, answer: Reply) -> "Plain":
        """What the decoder made of it."""
        finish = answer.finish
        assert finish is not None
        assert finish.model is not None
        assert finish.response_id is not None
        assert answer.state is not None
        usage = finish.usage
        return cls(
            text=answer.text,
            reasoning=answer.reasoning,
            calls=[(call.id, call.name, call.arguments) for call in answer.tool_calls],
            finish=finish.reason,
            usage=()
            if usage is None
            else (
                usage.input_tokens,
                usage.output_tokens,
                usage.reasoning_tokens,
                usage.cache_read_tokens,
                usage.cache_write_tokens,
            ),
            cost=None if finish.cost is None else finish.cost.usd,
            model=finish.model,
            id=finish.response_id,
            items=list(answer.state.details or ()),
        )


def events_in(stream: bytes) -> list[dict[str, Any]]:
    """The JSON of each event."""
    lines = [line[6:] for line in stream.split(b"\n") if line.startswith(b"data: {")]
    return [json.loads(line) for line in lines]


def deltas_in(stream: bytes) -> tuple[str, str, list[str]]:
    """The text, the reasoning and the arguments of each call, out of the deltas alone."""
    texts: dict[str, dict[tuple[Any, ...], str]] = {}
    for event in events_in(stream):
        if event["type"].endswith(".delta"):
            kind = event["type"].removeprefix("response.").removesuffix(".delta")
            kind = "reasoning" if kind.startswith("reasoning") else kind
            key = (event["output_index"], event.get("summary_index"), event.get("content_index"))
            kinds = texts.setdefault(kind, {})
            kinds[key] = kinds.get(key, "") + event["delta"]
    return (
        "".join(texts.get("output_text", {}).values()),
        "\n\n".join(texts.get("reasoning", {}).values()),
        list(texts.get("function_call_arguments", {}).values()),
    )


def read_plainly(data: bytes) -> Plain:
    """What the whole response says, which stands alone or in the last event of a stream."""
    body = json.loads(data) if data.lstrip().startswith(b"{") else events_in(data)[-1]["response"]
    items = body["output"]
    contents = [p for item in items if item["type"] == "message" for p in item["content"]]
    thoughts = [
        part["text"]
        for item in items
        if item["type"] == "reasoning"
        for part in [*(item.get("summary") or []), *(item.get("content") or [])]
    ]
    calls = [item for item in items if item["type"] == "function_call"]
    usage = body.get("usage")
    return Plain(
        text="".join(part["text"] for part in contents),
        reasoning="\n\n".join(thoughts),
        calls=[(call["call_id"], call["name"], call["arguments"]) for call in calls],
        finish="tool_calls" if calls else "stop",
        usage=() if usage is None else _usage(usage),
        cost=None if usage is None else usage.get("cost"),
        model=body["model"],
        id=body["id"],
        items=items,
    )


def _usage(usage: dict[str, Any]) -> tuple[Any, ...]:
    return (
        usage["input_tokens"],
        usage["output_tokens"],
        usage["output_tokens_details"]["reasoning_tokens"],
        usage["input_tokens_details"]["cached_tokens"],
        usage["input_tokens_details"].get("cache_write_tokens"),
    )
