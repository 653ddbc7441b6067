"""What hosts differ in when they check a chat request; the defaults are OpenAI's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from seed_core.emulator.chat import parts
from seed_core.emulator.chat.parts import FieldChecks, PartCheck
from seed_core.emulator.checks import Check, mapping, one_of

__all__ = ["MEDIA", "TEXT", "Dialect"]

TEXT = frozenset({"text"})
"""Parts of an instruction."""
MEDIA = frozenset({"text", "image_url", "video_url", "file", "input_audio"})
"""Parts of a message of the user at a host of Seed."""

_DETAIL: FieldChecks = {"detail": (one_of("auto", "low", "high"), "detail")}


def _parts() -> dict[str, PartCheck]:
    return {
        "text": parts.text,
        "image_url": parts.linked("image_url", parts.IMAGES, _DETAIL),
        "video_url": parts.linked("video_url", parts.VIDEOS),
        "file": parts.document(),
        "input_audio": parts.audio,
    }


def _anything(_message: Mapping[str, Any], _where: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one host takes in the body of a chat request.

    Example:
        >>> Dialect(roles={"user": MEDIA, "assistant": TEXT}, fields={"top_p": number(0, 1)})
    """

    roles: Mapping[str, frozenset[str]]
    """The roles, each with the types of content parts that its messages may hold."""
    fields: Mapping[str, Check] = field(default_factory=dict)
    """Checks of top-level fields by name; fields that are not named are ignored. Messages, tools,
    tool choice and response format are checked beside them."""
    silent: frozenset[str] = frozenset()
    """The roles whose messages may have no content at all."""
    parts: Mapping[str, PartCheck] = field(default_factory=_parts)
    """The content parts by type."""
    part: Check = mapping
    """What every part must pass besides (marks for a cache, say)."""
    assistant: Callable[[Mapping[str, Any], str], None] = _anything
    """Checks of further fields of a message of the assistant: reasoning that comes back."""
    formats: tuple[str, ...] = ("text", "json_object", "json_schema")
    """The types of `response_format`."""
    server_tools: frozenset[str] = frozenset()
    """Types of tools that the host runs itself."""
