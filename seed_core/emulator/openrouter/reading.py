"""An accepted OpenRouter request, read: effort and limits, searches, and what is cited.

Everything here comes after the checks, so fields have their types.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from seed_core.emulator import chat
from seed_core.emulator.chat.reading import Effort, label, source
from seed_core.emulator.data_url import parse_data_url
from seed_core.emulator.mind import Conversation
from seed_core.emulator.openrouter.fields import server_tools

__all__ = [
    "citations",
    "file_annotations",
    "hides_reasoning",
    "max_tokens",
    "read",
    "searches",
]

_EFFORTS: dict[str, Effort] = {
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
    return chat.read(
        body,
        effort=_effort(body),
        max_tokens=max_tokens(body),
        stop=chat.stops(body),
        thinking_budget=(body.get("reasoning") or {}).get("max_tokens"),
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


def _effort(body: Mapping[str, Any]) -> Effort:
    reasoning = body.get("reasoning") or {}
    if reasoning.get("enabled") is False:
        return "none"
    return _EFFORTS[reasoning.get("effort") or body.get("reasoning_effort") or "medium"]


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
    given = source(part)
    data = parse_data_url(given)
    name = part["file"].get("filename") or "document.pdf"
    lines = [f'<file name="{name}">', f"An emulated reading of {label(part)}.", "</file>"]
    return {
        "hash": hashlib.sha256(data.content if data else given.encode()).hexdigest(),
        "name": name,
        "content": [{"type": "text", "text": line} for line in lines],
    }
