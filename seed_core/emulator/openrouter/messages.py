"""What OpenRouter takes in `messages` beyond the wire's own: cache marks, reasoning sent back.

From the host's OpenAPI types and its guides on images, videos, PDFs and reasoning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seed_core.emulator.chat import TEXT, Flaw, parts
from seed_core.emulator.chat.parts import FieldChecks, PartCheck
from seed_core.emulator.checks import Check, integer, nullable, one_of, optional_fields, string

__all__ = ["MARKS", "PARTS", "ROLES", "check_assistant", "check_duplicates", "holds_sound"]

_DETAIL: FieldChecks = {"detail": (one_of("auto", "low", "high", "original"), "detail")}
MARKS = optional_fields(
    cache_control=optional_fields(type=one_of("ephemeral"), ttl=one_of("5m", "1h"))
)
PARTS: dict[str, PartCheck] = {
    "text": parts.text,
    "image_url": parts.linked("image_url", parts.IMAGES, _DETAIL),
    "video_url": parts.linked("video_url", parts.VIDEOS),
    "input_video": parts.linked("video_url", parts.VIDEOS),
    "file": parts.document(),
    "input_audio": parts.audio,
}
_ANY = frozenset(PARTS)
ROLES = {"system": TEXT, "developer": TEXT, "user": _ANY, "assistant": _ANY, "tool": _ANY}
_FORMATS = (
    "unknown",
    "openai-responses-v1",
    "azure-openai-responses-v1",
    "bedrock-openai-responses-v1",
    "bedrock-xai-responses-v1",
    "xai-responses-v1",
    "meta-responses-v1",
    "anthropic-claude-v1",
    "google-gemini-v1",
)
_ENTRY = optional_fields(
    id=nullable(string()),
    format=nullable(one_of(*_FORMATS)),
    index=integer(0),
)
_ENTRIES: dict[str, tuple[tuple[str, ...], Check]] = {
    "reasoning.text": ((), optional_fields(text=nullable(string()), signature=nullable(string()))),
    "reasoning.summary": (("summary",), optional_fields(summary=string())),
    "reasoning.encrypted": (("data",), optional_fields(data=string())),
    "reasoning.server_tool_call": (
        ("tool_name", "arguments", "result"),
        optional_fields(
            tool_name=string(),
            arguments=string(),
            result=string(),
            tool_call_id=nullable(string()),
        ),
    ),
}


def check_assistant(message: Mapping[str, Any], where: str) -> None:
    """Refuse reasoning that comes back in another form than it was given."""
    for field in ("reasoning", "reasoning_content"):
        if said := nullable(string())(message.get(field)):
            raise Flaw(f"{where}.{field}", said)
    if message.get("reasoning_details") is not None:
        _check_details(message["reasoning_details"], f"{where}.reasoning_details")


def check_duplicates(messages: list[Mapping[str, Any]]) -> None:
    """Refuse reasoning that comes back twice."""
    ids: set[tuple[str, str]] = set()
    for message in messages:
        for detail in message.get("reasoning_details") or []:
            key = (detail["type"], detail.get("id") or "")
            if key[1] and key in ids:
                raise Flaw("", f"Duplicate item found with id {key[1]}", "model")
            ids.add(key)


def holds_sound(messages: list[Mapping[str, Any]]) -> bool:
    """Whether a conversation holds sound: well-formed, and no provider of Seed takes it."""
    return any(
        part["type"] == "input_audio"
        for message in messages
        if isinstance(message.get("content"), list)
        for part in message["content"]
    )


def _check_details(details: Any, where: str) -> None:
    if not isinstance(details, list):
        raise Flaw(where, "must be an array")
    for number, detail in enumerate(details):
        place = f"{where}.{number}"
        kind = detail.get("type") if isinstance(detail, Mapping) else None
        if not isinstance(kind, str) or kind not in _ENTRIES:
            raise Flaw(f"{place}.type", f"must be one of {', '.join(_ENTRIES)}, not {kind!r}")
        required, check = _ENTRIES[kind]
        missing = [field for field in required if field not in detail]
        if missing:
            raise Flaw(f"{place}.{missing[0]}", "is required", "missing")
        if said := _ENTRY(detail) or check(detail):
            raise Flaw(place, said)
