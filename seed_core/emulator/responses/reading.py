"""An accepted request, read: as a conversation for the mind, as tokens for the bill.

Everything here comes after the checks, so fields have their types.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from seed_core.emulator.chat.usage import overlaid, spent
from seed_core.emulator.data_url import parse_data_url
from seed_core.emulator.meter import MEDIA_TOKENS, Memory, count
from seed_core.emulator.mind import Conversation, Media, Offer, Turn
from seed_core.emulator.responses.dialect import Dialect
from seed_core.emulator.scripts import Answer, ToolUse

__all__ = ["Asked", "measure", "read", "usage"]

_KINDS: dict[str, Literal["image", "video", "document", "audio"]] = {
    "input_image": "image",
    "input_video": "video",
    "input_file": "document",
    "input_audio": "audio",
}
_ROLES: dict[str, Literal["system", "user", "assistant"]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_SOURCES = ("image_url", "video_url", "audio_url", "file_data", "file_url", "file_id")
_MARKS = frozenset({"cache_control", "prompt_cache_breakpoint"})
_SAID = frozenset({"input_text", "output_text", "refusal"})

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One accepted request."""

    body: Mapping[str, Any]
    items: Sequence[Item]
    """The whole conversation: what was stored of it before, then this request's input."""
    conversation: Conversation
    searches: bool
    """Whether the web is searched for it."""

    @property
    def streamed(self) -> bool:
        """Whether the answer is to be streamed."""
        return bool(self.body.get("stream"))


def read(body: Mapping[str, Any], items: Sequence[Item], dialect: Dialect) -> Asked:
    """Read a request whose conversation is some items."""
    wanted = (body.get("text") or {}).get("format") or {}
    limit = body.get("max_output_tokens") or dialect.max_output
    conversation = Conversation(
        turns=tuple(_turns(body.get("instructions"), items)) or (Turn("user"),),
        offers=tuple(_offers(body)),
        choice=_choice(body.get("tool_choice")),
        schema=wanted.get("schema"),
        json_object=wanted.get("type") == "json_object",
        effort=dialect.effort(body),
        thinking_budget=(body.get("reasoning") or {}).get("max_tokens"),
        max_tokens=None if limit is None else int(limit),
    )
    return Asked(body, items, conversation, dialect.searches(body))


def _turns(instructions: str | None, items: Sequence[Item]) -> Iterator[Turn]:
    if instructions:
        yield Turn("system", instructions)
    called: dict[str, str] = {}
    for item in items:
        match item.get("type", "message"):
            case "message":
                text, media = _content(item["content"])
                yield Turn(_ROLES[item["role"]], text, media)
            case "function_call":
                called[item["call_id"]] = item["name"]
                call = ToolUse(item["name"], item["arguments"], item["call_id"])
                yield Turn("assistant", calls=(call,))
            case "function_call_output":
                text, media = _content(item["output"])
                yield Turn("tool", text, media, tool=called[item["call_id"]])


def _content(content: Any) -> tuple[str, tuple[Media, ...]]:
    if isinstance(content, str):
        return content, ()
    texts = (part.get("text") or part.get("refusal") or "" for part in content if _says(part))
    media = (
        Media(_KINDS[kind], _label(part)) for part in content if (kind := part["type"]) in _KINDS
    )
    return "\n".join(texts), tuple(media)


def _says(part: Item) -> bool:
    return part["type"] in _SAID


def _label(part: Item) -> str:
    source = next((str(part[name]) for name in _SOURCES if part.get(name)), "sound")
    data = parse_data_url(source)
    label = f"{data.media_type}, {len(data.content)} bytes" if data else source
    return f"{part['filename']}, {label}" if part.get("filename") else label


def _offers(body: Mapping[str, Any]) -> Iterator[Offer]:
    choice = body.get("tool_choice")
    allowed = None
    if isinstance(choice, Mapping) and choice["type"] == "allowed_tools":
        allowed = {tool.get("name") for tool in choice["tools"]}
    for tool in body.get("tools") or []:
        if tool["type"] == "function" and (allowed is None or tool["name"] in allowed):
            yield Offer(tool["name"], tool.get("description") or "", tool.get("parameters"))


def _choice(choice: Any) -> str:
    if choice is None or isinstance(choice, str):
        return choice or "auto"
    match choice["type"]:
        case "function":
            return "=" + str(choice["name"])
        case "allowed_tools":
            return str(choice["mode"])
        case _:  # a forced hosted tool is the host's to run; the model's own tools stay free
            return "auto"


def measure(asked: Asked, memory: Memory) -> tuple[int, int]:
    """Count a prompt, and how much of it was sent before; the prompt is remembered."""
    weights = [_weight(item) for item in asked.items]
    keys = [json.dumps(_bare(item), sort_keys=True) for item in asked.items]
    head = count(asked.body.get("instructions") or "")
    tools = count(json.dumps(asked.body["tools"])) if asked.body.get("tools") else 0
    return head + tools + sum(weights), memory.recall(keys, weights)


def _weight(item: Item) -> int:
    """Count an item: its text and arguments by length, its media by kind, and 4 for itself."""
    content = item.get("content") or ""
    if item.get("type") == "reasoning":
        content = "".join(part["text"] for part in [*(item.get("summary") or []), *content])
    text, media = _content(item.get("output", content))
    said = f"{text}{item.get('arguments', '')}"
    return 4 + count(said) + sum(MEDIA_TOKENS[one.kind] for one in media)


def _bare(value: Any) -> Any:
    """Leave out marks for the cache: they do not make another prompt."""
    if isinstance(value, Mapping):
        return {key: _bare(item) for key, item in value.items() if key not in _MARKS}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def usage(answer: Answer, prompt: int, cached: int = 0, **more: Any) -> dict[str, Any] | None:
    """Write the usage object, with a host's further keys and what the answer lays over it.

    Example:
        >>> usage(Answer(text="Hello"), 10)["output_tokens"]
        2
    """
    tokens = spent(answer)
    told = {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": tokens.completion,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": prompt + tokens.completion,
    }
    return overlaid({**told, **more}, answer)
