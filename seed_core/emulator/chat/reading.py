"""An accepted chat request, read: as a conversation for the mind, as tokens for the bill.

Everything here comes after the checks, so fields have their types. How a host asks for effort,
limits and stops is read by the host itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from seed_core.emulator.data_url import decode, parse_data_url
from seed_core.emulator.meter import MEDIA_TOKENS, count
from seed_core.emulator.mind import Conversation, Media, Offer, Turn
from seed_core.emulator.scripts import ToolUse

__all__ = [
    "Effort",
    "cache_key",
    "label",
    "media_tokens",
    "message_tokens",
    "prompt_tokens",
    "read",
    "source",
    "stops",
]

Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high"]
_Kind: TypeAlias = Literal["image", "video", "document", "audio"]
_Role: TypeAlias = Literal["system", "user", "assistant", "tool"]

_KINDS: dict[str, _Kind] = {
    "image_url": "image",
    "video_url": "video",
    "input_video": "video",
    "file": "document",
    "input_audio": "audio",
}
_HOLDERS = {"input_video": "video_url"}
_SOURCES = ("url", "file_data", "file_url", "data", "file_id")
_ROLES: dict[str, _Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}


def read(
    body: Mapping[str, Any],
    *,
    effort: Effort = "medium",
    max_tokens: int | None = None,
    stop: tuple[str, ...] = (),
    thinking_budget: int | None = None,
) -> Conversation:
    """Read a request in the mind's words.

    Example:
        >>> read({"messages": [{"role": "user", "content": "Hello"}]}).prompt
        'Hello'
    """
    wanted = body.get("response_format") or {}
    schema = wanted.get("json_schema", {}).get("schema")
    return Conversation(
        turns=tuple(_turns(body["messages"])),
        offers=tuple(_offers(body.get("tools") or [])),
        choice=_choice(body.get("tool_choice")),
        schema=schema if wanted.get("type") == "json_schema" else None,
        json_object=wanted.get("type") == "json_object",
        effort=effort,
        thinking_budget=thinking_budget,
        max_tokens=max_tokens,
        stop=stop,
    )


def stops(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the stop sequences of a request: one text, or an array of them."""
    stop = body.get("stop") or ()
    return (stop,) if isinstance(stop, str) else tuple(stop)


def _turns(messages: list[Mapping[str, Any]]) -> Iterator[Turn]:
    called: dict[str, str] = {}
    for message in messages:
        calls = message.get("tool_calls") or []
        called |= {call["id"]: call["function"]["name"] for call in calls}
        yield Turn(
            role=_ROLES[message["role"]],
            text=_text(message.get("content")),
            media=tuple(_media(message.get("content"))),
            calls=tuple(
                ToolUse(call["function"]["name"], call["function"]["arguments"], call["id"])
                for call in calls
            ),
            tool=called.get(message.get("tool_call_id", ""), ""),
        )


def _text(content: Any) -> str:
    if not isinstance(content, list):
        return content or ""
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def _media(content: Any) -> Iterator[Media]:
    for part in content if isinstance(content, list) else []:
        kind = _KINDS.get(part["type"])
        if kind is not None:
            yield Media(kind, label(part))


def _media_kinds(content: Any) -> list[_Kind]:
    """Give the kinds of the media parts; unlike `_media` it decodes nothing."""
    parts = content if isinstance(content, list) else []
    return [_KINDS[part["type"]] for part in parts if part["type"] in _KINDS]


def source(part: Mapping[str, Any]) -> str:
    """Give a media part's URL, data URL or base64, or the id of an uploaded file."""
    holder = part[_HOLDERS.get(part["type"], part["type"])]
    if isinstance(holder, str):
        return holder
    return next(str(holder[name]) for name in _SOURCES if holder.get(name))


def label(part: Mapping[str, Any]) -> str:
    """Say what a media part is: its type and size, or where it is."""
    given = source(part)
    holder = part[_HOLDERS.get(part["type"], part["type"])]
    if isinstance(holder, Mapping) and part["type"] == "input_audio" and holder.get("data"):
        return f"audio/{holder.get('format')}, {len(decode(given) or b'')} bytes"
    data = parse_data_url(given)
    said = f"{data.media_type}, {len(data.content)} bytes" if data else given
    name = holder.get("filename") if part["type"] == "file" else None
    return f"{name}, {said}" if name else said


def _offers(tools: list[Mapping[str, Any]]) -> Iterator[Offer]:
    for tool in tools:
        if tool["type"] == "function":
            function = tool["function"]
            yield Offer(
                function["name"], function.get("description", ""), function.get("parameters")
            )


def _choice(choice: Any) -> str:
    if choice is None or isinstance(choice, str):
        return choice or "auto"
    # A forced server tool is the host's to run; the model's own tools stay free.
    return "=" + choice["function"]["name"] if choice["type"] == "function" else "auto"


def message_tokens(message: Mapping[str, Any]) -> int:
    """Count a message: its text and calls by length, its media by kind, and 4 for itself."""
    media = _media_kinds(message.get("content"))
    calls = json.dumps(message.get("tool_calls") or "", ensure_ascii=False)
    thought = message.get("reasoning") or message.get("reasoning_content")
    text = _text(message.get("content")) + _text(thought)
    return 4 + count(text) + count(calls[2:]) + sum(map(MEDIA_TOKENS.__getitem__, media))


def prompt_tokens(body: Mapping[str, Any]) -> int:
    """Count a whole prompt: its messages and its tools."""
    tools = count(json.dumps(body["tools"])) if body.get("tools") else 0
    return sum(map(message_tokens, body["messages"])) + tools


def media_tokens(body: Mapping[str, Any], kind: _Kind) -> int:
    """Count the tokens of one kind of media in a whole request."""
    kinds = [one for message in body["messages"] for one in _media_kinds(message.get("content"))]
    return MEDIA_TOKENS[kind] * kinds.count(kind)


def cache_key(message: Mapping[str, Any]) -> str:
    """Write a message as a key for the prompt cache: cache marks do not make another prompt."""

    def bare(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: bare(item) for key, item in value.items() if key != "cache_control"}
        return [bare(item) for item in value] if isinstance(value, list) else value

    plain = bare(message)
    content = plain.get("content")
    if isinstance(content, str):
        plain = {**plain, "content": [{"type": "text", "text": content}]}
    return json.dumps(plain, sort_keys=True)
