"""An accepted OpenRouter request, read: as a conversation for the mind, as tokens for the bill.

Everything here comes after the checks, so fields have their types.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from seed_core.emulator.data_url import parse_data_url
from seed_core.emulator.meter import MEDIA_TOKENS, count
from seed_core.emulator.mind import Conversation, Media, Offer, Turn
from seed_core.emulator.openrouter.fields import server_tools
from seed_core.emulator.scripts import ToolUse

__all__ = [
    "citations",
    "file_annotations",
    "hides_reasoning",
    "max_tokens",
    "media_tokens",
    "message_tokens",
    "read",
    "searches",
    "without_caching",
]

_KINDS: dict[str, Literal["image", "video", "document"]] = {
    "image_url": "image",
    "video_url": "video",
    "input_video": "video",
    "file": "document",
}
_ROLES: dict[str, Literal["system", "user", "assistant", "tool"]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_EFFORTS: dict[str, Literal["none", "minimal", "low", "medium", "high"]] = {
    "none": "none",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    # A model that lacks the requested effort gets the nearest one.
    "xhigh": "high",
    "max": "high",
}


def read(body: Mapping[str, Any]) -> Conversation:
    """Read a request in the mind's words."""
    wanted = body.get("response_format") or {}
    schema = wanted.get("json_schema", {}).get("schema") if wanted else None
    stop = body.get("stop") or ()
    return Conversation(
        turns=tuple(_turns(body["messages"])),
        offers=tuple(_offers(body.get("tools") or [])),
        choice=_choice(body.get("tool_choice")),
        schema=schema if wanted.get("type") == "json_schema" else None,
        json_object=wanted.get("type") == "json_object",
        effort=_effort(body),
        thinking_budget=(body.get("reasoning") or {}).get("max_tokens"),
        max_tokens=max_tokens(body),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
    )


def max_tokens(body: Mapping[str, Any]) -> int | None:
    """Give the limit of reasoning and answer together, under either of its names."""
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    return None if limit is None else int(limit)


def hides_reasoning(body: Mapping[str, Any]) -> bool:
    """Whether reasoning is billed but not shown (`include_reasoning: false` is the old way)."""
    return bool((body.get("reasoning") or {}).get("exclude")) or (
        body.get("include_reasoning") is False and not body.get("reasoning")
    )


def _effort(body: Mapping[str, Any]) -> Literal["none", "minimal", "low", "medium", "high"]:
    reasoning = body.get("reasoning") or {}
    if reasoning.get("enabled") is False:
        return "none"
    return _EFFORTS[reasoning.get("effort") or body.get("reasoning_effort") or "medium"]


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
            yield Media(kind, _label(part))


def _media_kinds(content: Any) -> list[str]:
    """Give the kinds of the media parts; unlike `_media` it decodes nothing."""
    parts = content if isinstance(content, list) else []
    return [_KINDS[part["type"]] for part in parts if part["type"] in _KINDS]


def _source(part: Mapping[str, Any]) -> str:
    """Give a media part's URL or data URL (or the id of an uploaded file)."""
    if part["type"] == "file":
        return str(part["file"].get("file_data") or part["file"].get("file_id"))
    holder = part["image_url"] if part["type"] == "image_url" else part["video_url"]
    return str(holder["url"])


def _label(part: Mapping[str, Any]) -> str:
    data = parse_data_url(_source(part))
    label = f"{data.media_type}, {len(data.content)} bytes" if data else _source(part)
    name = part["file"].get("filename") if part["type"] == "file" else None
    return f"{name}, {label}" if name else label


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
    # A forced server tool is OpenRouter's to run; the model's own tools stay free.
    return "=" + choice["function"]["name"] if choice["type"] == "function" else "auto"


def message_tokens(message: Mapping[str, Any]) -> int:
    """Count a message: its text and calls by length, its media by kind, and 4 for itself."""
    media = _media_kinds(message.get("content"))
    calls = json.dumps(message.get("tool_calls") or "", ensure_ascii=False)
    text = _text(message.get("content")) + (message.get("reasoning") or "")
    return 4 + count(text) + count(calls[2:]) + sum(map(MEDIA_TOKENS.__getitem__, media))


def media_tokens(body: Mapping[str, Any], kind: str) -> int:
    """Count the tokens of one kind of media in a whole request."""
    kinds = [one for message in body["messages"] for one in _media_kinds(message.get("content"))]
    return MEDIA_TOKENS[kind] * kinds.count(kind)


def without_caching(message: Mapping[str, Any]) -> str:
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


def searches(body: Mapping[str, Any], suffix: str) -> bool:
    """Whether the web is searched: by suffix, by plugin, or by a server tool."""
    plugins = [p for p in body.get("plugins") or [] if p.get("enabled") is not False]
    return (
        suffix == "online"
        or any(plugin["id"] == "web" for plugin in plugins)
        or any("web_search" in tool for tool in server_tools(body))
    )


def citations(prompt: str) -> list[dict[str, Any]]:
    """Make one citation, with the empty span that the host was seen to send."""
    citation = {
        "url": "https://example.com/emulated",
        "title": "An emulated search result",
        "start_index": 0,
        "end_index": 0,
        "content": f"Nothing was searched for: {prompt[:80]}",
    }
    return [{"type": "url_citation", "url_citation": citation}]


def file_annotations(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make the parsed form of each document, unless the conversation brings it along."""
    known = {
        annotation["file"].get("hash")
        for message in body["messages"]
        for annotation in message.get("annotations") or []
        if isinstance(annotation, Mapping) and isinstance(annotation.get("file"), Mapping)
    }
    files: dict[str, dict[str, Any]] = {}
    for message in body["messages"]:
        content = message.get("content")
        for part in content if isinstance(content, list) else []:
            if part["type"] == "file" and part["file"].get("file_data"):
                parsed = _parsed(part)
                files[parsed["hash"]] = parsed
    return [{"type": "file", "file": file} for key, file in files.items() if key not in known]


def _parsed(part: Mapping[str, Any]) -> dict[str, Any]:
    source = _source(part)
    data = parse_data_url(source)
    name = part["file"].get("filename") or "document.pdf"
    lines = [f'<file name="{name}">', f"An emulated reading of {_label(part)}.", "</file>"]
    return {
        "hash": hashlib.sha256(data.content if data else source.encode()).hexdigest(),
        "name": name,
        "content": [{"type": "text", "text": line} for line in lines],
    }
