"""What the body of a request asks, in words that all wires share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]

_BUDGETS = {1024: "low", 2048: "medium", 6144: "high"}
"""What a level of effort is where thinking has a budget in tokens."""


@dataclass(frozen=True)
class Shown:
    """A picture, video or document: its kind, its address (a data URL or another), its name."""

    kind: str
    address: str
    name: str | None = None


@dataclass(frozen=True)
class Called:
    """A tool call, and its arguments read from whatever they are written as."""

    id: str
    name: str
    arguments: Any


@dataclass(frozen=True)
class Turn:
    """One turn. `thoughts` is reasoning that goes back, `answers` the call of a tool's result."""

    role: str
    text: str = ""
    shown: tuple[Shown, ...] = ()
    calls: tuple[Called, ...] = ()
    thoughts: str = ""
    answers: str | None = None


@dataclass(frozen=True)
class Asked:
    """One request: the conversation, and what is said beside it.

    Attributes:
        turns: the conversation.
        limit: tokens at most.
        effort: how hard to think.
        tools: the schema and the description of each tool, by its name.
        choice: "auto", "required", "none", or "=" and a name.
        schema: what the answer must fit.
    """

    turns: tuple[Turn, ...]
    limit: int | None = None
    effort: str | None = None
    tools: Mapping[str, tuple[Json, str]] = field(default_factory=dict)
    choice: str | None = None
    schema: Json | None = None

    @property
    def roles(self) -> list[str]:
        """Who speaks, in order."""
        return [turn.role for turn in self.turns]

    @property
    def shown(self) -> list[Shown]:
        """All that is shown, in order."""
        return [one for turn in self.turns for one in turn.shown]

    @property
    def text(self) -> str:
        """All that is said."""
        return "\n".join(turn.text for turn in self.turns)


def read(body: Json, api: str) -> Asked:
    """Read the body of a request over a wire."""
    limits = ("max_tokens", "max_completion_tokens", "max_output_tokens")
    budget: int = (body.get("thinking") or {}).get("budget_tokens", 0)
    effort = body.get("reasoning_effort") or (body.get("reasoning") or {}).get("effort")
    read_turns, wanted = {
        "responses": (_items, (body.get("text") or {}).get("format")),
        "messages": (_blocks, (body.get("output_config") or {}).get("format")),
    }.get(api, (_messages, (body.get("response_format") or {}).get("json_schema")))
    return Asked(
        turns=tuple(read_turns(body)),
        limit=next((body[name] for name in limits if name in body), None),
        effort=effort or _BUDGETS.get(budget),
        tools={tool["name"]: _tool(tool) for tool in map(_flat, body.get("tools") or ())},
        choice=_choice(body.get("tool_choice")),
        schema=(wanted or {}).get("schema"),
    )


def _flat(tool: Json) -> Json:
    """A tool without chat's nesting; one that the host runs has its type for a name."""
    return {"name": tool.get("type"), **tool, **tool.get("function", {})}


def _tool(tool: Json) -> tuple[Json, str]:
    """The schema and the description of a tool."""
    return tool.get("parameters") or tool.get("input_schema") or {}, tool.get("description", "")


def _choice(said: Any) -> str | None:
    """Which tool."""
    if not isinstance(said, dict):
        return None if said is None else str(said)
    name = said.get("name") or said.get("function", {}).get("name")
    kind = {"any": "required"}.get(said["type"], said["type"])
    return f"={name}" if name else str(kind)


def _parts(content: Any) -> list[Json]:
    """Content as parts."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or []


def _text(parts: list[Json]) -> str:
    """The words in parts."""
    return "\n".join(p["text"] for p in parts if p["type"].endswith("text") and p["text"])


def _shown(parts: list[Json]) -> tuple[Shown, ...]:
    """What parts of any wire show."""
    return tuple(one for part in parts for one in _media(part))


def _media(part: Json) -> Iterator[Shown]:
    match part:
        case {"type": "image_url", "image_url": {"url": url}}:
            yield Shown("image", url)
        case {"type": "video_url", "video_url": {"url": url}}:
            yield Shown("video", url)
        case {"type": "file", "file": dict() as file}:
            yield Shown("document", file.get("file_data") or file["file_url"], file.get("filename"))
        case {"type": "input_image", "image_url": url}:
            yield Shown("image", url)
        case {"type": "input_video", "video_url": url}:
            yield Shown("video", url)
        case {"type": "input_file", **more}:
            yield Shown("document", more.get("file_data") or more["file_url"], more.get("filename"))
        case {"type": "image" | "document" as kind, "source": source}:
            held = f"data:{source.get('media_type')};base64,{source.get('data')}"
            yield Shown(kind, source.get("url") or held, part.get("title"))


# --- chat -----------------------------------------------------------------------------------------


def _messages(body: Json) -> Iterator[Turn]:
    """The turns of chat completions."""
    for message in body["messages"]:
        parts = _parts(message.get("content"))
        details = message.get("reasoning_details") or ()
        thoughts = message.get("reasoning_content") or "".join(d.get("text", "") for d in details)
        calls = [(call["id"], call["function"]) for call in message.get("tool_calls") or ()]
        yield Turn(
            message["role"],
            _text(parts),
            _shown(parts),
            tuple(Called(i, f["name"], json.loads(f["arguments"])) for i, f in calls),
            thoughts or message.get("reasoning") or "",
            message.get("tool_call_id"),
        )


# --- responses ------------------------------------------------------------------------------------


def _items(body: Json) -> Iterator[Turn]:
    """The turns of responses: an answer's items are one turn."""
    answer = Turn("")
    for item in body["input"]:
        match item.get("type", "message"):
            case "reasoning":
                held = (item.get("content") or []) + (item.get("summary") or [])
                answer = _joined(
                    answer, Turn("assistant", thoughts=held[0]["text"] if held else "")
                )
                continue
            case "function_call":
                called = Called(
                    item["call_id"], item["name"], json.loads(item["arguments"] or "{}")
                )
                answer = _joined(answer, Turn("assistant", calls=(called,)))
                continue
            case "message" if item["role"] == "assistant":
                answer = _joined(answer, Turn("assistant", _text(_parts(item["content"]))))
                continue
        if answer.role:
            yield answer
            answer = Turn("")
        result = item.get("type") == "function_call_output"
        parts = _parts(item["output" if result else "content"])
        role = "tool" if result else item["role"]
        yield Turn(role, _text(parts), _shown(parts), answers=item.get("call_id"))
    if answer.role:
        yield answer


def _joined(one: Turn, more: Turn) -> Turn:
    """One turn of two."""
    return Turn(
        more.role,
        one.text + more.text,
        calls=one.calls + more.calls,
        thoughts=one.thoughts + more.thoughts,
    )


# --- messages -------------------------------------------------------------------------------------


def _blocks(body: Json) -> Iterator[Turn]:
    """The turns of messages: each tool's result is one of its own."""
    if body.get("system"):
        yield Turn("system", _text(_parts(body["system"])))
    for message in body["messages"]:
        blocks = _parts(message["content"])
        for block in blocks:
            if block["type"] == "tool_result":
                parts = _parts(block.get("content"))
                yield Turn("tool", _text(parts), _shown(parts), answers=block["tool_use_id"])
        said = [block for block in blocks if block["type"] != "tool_result"]
        if said:
            uses = [block for block in said if block["type"] == "tool_use"]
            yield Turn(
                message["role"],
                _text(said),
                _shown(said),
                tuple(Called(block["id"], block["name"], block["input"]) for block in uses),
                "".join(block.get("thinking", "") for block in said),
            )
