"""An accepted Messages request, read: as a conversation for the mind, as tokens for the bill.

Everything here comes after the checks, so fields have their types.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from seed_core.emulator.data_url import decode
from seed_core.emulator.messages.dialect import Body, Dialect
from seed_core.emulator.messages.turns import Merged, merged
from seed_core.emulator.meter import MEDIA_TOKENS, count
from seed_core.emulator.mind import Conversation, Media, Offer, Turn
from seed_core.emulator.scripts import ToolUse

__all__ = ["keys_and_weights", "marked", "one_call_at_most", "read"]

_MEDIA: dict[str, Literal["image", "document"]] = {"image": "image", "document": "document"}
_EFFORTS: dict[str, Literal["low", "medium", "high"]] = {
    "low": "low",
    "medium": "medium",
    "high": "high",
    # A model that lacks the requested effort gets the nearest one.
    "xhigh": "high",
    "max": "high",
}


def read(body: Body, dialect: Dialect) -> Conversation:
    """Read a request in the mind's words."""
    thinking = dialect.thinking(body) or {}
    output = body.get("output_config") or {}
    return Conversation(
        turns=tuple(_turns(body)),
        offers=tuple(_offers(body.get("tools") or [])),
        choice=_choice(body.get("tool_choice") or {"type": "auto"}),
        schema=(output.get("format") or {}).get("schema"),
        effort="none"
        if thinking.get("type") == "disabled"
        else _EFFORTS[output.get("effort") or "medium"],
        thinking_budget=thinking.get("budget_tokens"),
        max_tokens=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
    )


def one_call_at_most(body: Body) -> bool:
    """Whether the model may call one tool only."""
    return bool((body.get("tool_choice") or {}).get("disable_parallel_tool_use"))


def _turns(body: Body) -> Iterator[Turn]:
    system = _text(body.get("system") or "")
    if system:
        yield Turn("system", system)
    called: dict[str, str] = {}
    for turn in merged(body["messages"]):
        called |= {block["id"]: block["name"] for block in turn.of("tool_use")}
        match turn.role:
            case "user":
                yield from _user_turns(turn, called)
            case "assistant":
                yield _assistant_turn(turn)
            case _:
                yield Turn("system", _text(list(turn.blocks)))


def _user_turns(turn: Merged, called: Mapping[str, str]) -> Iterator[Turn]:
    """Give one turn for each tool's result, then what the user says."""
    for result in turn.of("tool_result"):
        content = result.get("content") or ""
        yield Turn(
            "tool",
            _text(content),
            media=tuple(_media(content)),
            tool=called.get(result["tool_use_id"], ""),
        )
    said = [block for block in turn.blocks if block["type"] != "tool_result"]
    if said:
        yield Turn("user", _text(said), media=tuple(_media(said)))


def _assistant_turn(turn: Merged) -> Turn:
    calls = [
        ToolUse(block["name"], json.dumps(block["input"]), block["id"])
        for block in turn.of("tool_use")
    ]
    return Turn("assistant", _text(list(turn.blocks)), calls=tuple(calls))


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(said for block in content if (said := _said(block)))


def _said(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "text":
            return str(block["text"])
        case "search_result":
            return f"{block['title']} ({block['source']}): {_text(block['content'])}"
        case _:
            return ""


def _media(content: Any) -> Iterator[Media]:
    for block in content if isinstance(content, list) else []:
        kind = _MEDIA.get(block["type"])
        if kind is not None:
            yield Media(kind, _label(block))


def _label(block: Mapping[str, Any]) -> str:
    source = block["source"]
    match source["type"]:
        case "base64":
            label = f"{source['media_type']}, {len(decode(source['data']) or b'')} bytes"
        case "text":
            label = f"text/plain, {len(source['data'].encode())} bytes"
        case "content":
            label = f"text, {len(_text(source['content']).encode())} bytes"
        case _:
            label = source["url"]
    return f"{block['title']}, {label}" if block.get("title") else label


def _offers(tools: list[Mapping[str, Any]]) -> Iterator[Offer]:
    for tool in tools:
        if "input_schema" in tool:  # the host runs the others itself
            yield Offer(tool["name"], tool.get("description", ""), tool["input_schema"])


def _choice(choice: Mapping[str, Any]) -> str:
    named = f"={choice.get('name')}"
    return {"auto": "auto", "any": "required", "none": "none", "tool": named}[choice["type"]]


def keys_and_weights(body: Body) -> tuple[list[str], list[int]]:
    """Give each part of the prompt, in order, as a key for the prompt cache and as tokens.

    Cache marks do not make another prompt.
    """
    parts: list[Any] = [{"tools": body.get("tools")}] if body.get("tools") else []
    parts += [{"role": "system", "content": body["system"]}] if body.get("system") else []
    parts += body["messages"]
    keys = [json.dumps(_bare(part), sort_keys=True) for part in parts]
    return keys, [_tokens(part) for part in parts]


def marked(body: Body) -> bool:
    """Whether a part of the prompt is marked for the cache."""
    return _has_mark(body)


def _has_mark(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value.get("cache_control")) or any(map(_has_mark, value.values()))
    return isinstance(value, list) and any(map(_has_mark, value))


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        plain = {key: _bare(item) for key, item in value.items() if key != "cache_control"}
        if isinstance(plain.get("content"), str):
            plain["content"] = [{"type": "text", "text": plain["content"]}]
        return plain
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _tokens(part: Mapping[str, Any]) -> int:
    """Count a message: its text and calls by length, its media by kind, and 4 for itself."""
    if "tools" in part:
        return count(json.dumps(part["tools"]))
    return 4 + _weight(part["content"])


def _weight(content: Any) -> int:
    if isinstance(content, str):
        return count(content)
    total = 0
    for block in content:
        match block["type"]:
            case "image" | "document" as kind:
                total += MEDIA_TOKENS[kind]
            case "tool_use" | "server_tool_use":
                total += count(block["name"]) + count(json.dumps(block["input"]))
            case "tool_result":
                total += _weight(block.get("content") or "")
            case "thinking":
                total += count(block["thinking"])
            case _:
                total += count(_said(block))
    return total
