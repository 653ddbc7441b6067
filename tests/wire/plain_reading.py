"""A second reading of recorded chat completions, as plain as it can be, to compare with."""

import json
import re
from dataclasses import dataclass
from typing import Any

from seed_core.events import Reply


@dataclass
class Plain:
    """What an answer says. A call without an id has an empty one."""

    text: str
    reasoning: str
    calls: list[tuple[str, str, str]]
    refusal: str
    citations: list[str]
    files: int
    finish: str
    usage: tuple[Any, ...]
    cost: float | None
    model: str | None
    provider: str | None
    id: str | None

    @classmethod
    def of(cls, answer: Reply) -> "Plain":
        """What the decoder made of it."""
        finish = answer.finish
        assert finish is not None
        usage = finish.usage
        return cls(
            text=answer.text,
            reasoning=answer.reasoning,
            calls=[(_given(c.id), c.name, c.arguments) for c in answer.tool_calls],
            refusal=answer.refusal,
            citations=[c.url for c in answer.citations],
            files=len(answer.annotations),
            finish=finish.reason,
            usage=()
            if usage is None
            else (
                usage.input_tokens,
                usage.output_tokens,
                usage.reasoning_tokens,
                usage.cache_read_tokens,
                usage.cache_write_tokens,
                dict(usage.tool_usage),
            ),
            cost=None if finish.cost is None else finish.cost.usd,
            model=finish.model,
            provider=finish.upstream_provider,
            id=finish.response_id,
        )


def read_plainly(data: bytes) -> Plain:
    """What the JSON says, read one field at a time over all chunks."""
    chunks = _chunks(data)
    deltas: list[dict[str, Any]] = []
    reasons: list[str] = []
    top: dict[str, Any] = {}
    for chunk in chunks:
        for choice in chunk.get("choices") or []:
            deltas.append(choice.get("delta") or choice.get("message") or {})
            reasons += [choice["finish_reason"]] if choice.get("finish_reason") else []
        top |= {k: v for k, v in chunk.items() if v is not None}
    calls = _calls(deltas)
    notes = [note for delta in deltas for note in delta.get("annotations") or []]
    usage = top.get("usage")
    return Plain(
        text="".join(delta.get("content") or "" for delta in deltas),
        reasoning="".join(_reasoning(delta) for delta in deltas),
        calls=calls,
        refusal="".join(delta.get("refusal") or "" for delta in deltas),
        citations=[n["url_citation"]["url"] for n in notes if n["type"] == "url_citation"],
        files=sum(n["type"] != "url_citation" for n in notes),
        finish="tool_calls" if calls else reasons[-1] if reasons else "unknown",
        usage=() if usage is None else _usage(usage),
        cost=None if usage is None else usage.get("cost"),
        model=top.get("model") or None,
        provider=top.get("provider") or None,
        id=top.get("id") or None,
    )


def _chunks(data: bytes) -> list[dict[str, Any]]:
    if data.lstrip().startswith(b"{"):
        return [json.loads(data)]
    lines = [line[6:] for line in data.split(b"\n") if line.startswith(b"data: {")]
    return [json.loads(line) for line in lines]


def _reasoning(delta: dict[str, Any]) -> str:
    entries = delta.get("reasoning_details") or []
    texts = [entry.get("text") or entry.get("summary") or "" for entry in entries]
    return "".join(texts) or delta.get("reasoning_content") or delta.get("reasoning") or ""


def _calls(deltas: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """In the recordings every call has its own index, or comes whole."""
    calls: dict[int, list[str]] = {}
    for delta in deltas:
        for place, part in enumerate(delta.get("tool_calls") or []):
            call = calls.setdefault(part.get("index", place), ["", "", ""])
            call[0] = call[0] or part.get("id") or ""
            call[1] = call[1] or part["function"].get("name") or ""
            call[2] += part["function"].get("arguments") or ""
    return [(ident, name, arguments) for ident, name, arguments in calls.values()]


def _usage(usage: dict[str, Any]) -> tuple[Any, ...]:
    prompt = usage.get("prompt_tokens_details") or {}
    completion = usage.get("completion_tokens_details") or {}
    tools = usage.get("server_tool_use_details") or {}
    return (
        usage.get("prompt_tokens"),
        usage.get("completion_tokens"),
        completion.get("reasoning_tokens"),
        prompt.get("cached_tokens"),
        prompt.get("cache_write_tokens"),
        {name: n for name, n in tools.items() if n is not None},
    )


def _given(ident: str) -> str:
    """An id of the host, or nothing for one that was made up."""
    return "" if re.fullmatch("call_[0-9a-f]{24}", ident) else ident
