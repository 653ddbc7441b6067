"""Messages in the form of OpenAI's chat completions, as the rows of a batch have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from seed_core import media
from seed_core.errors import ConfigurationError
from seed_core.types import (
    Document,
    FileId,
    Image,
    Json,
    Media,
    Message,
    Part,
    Reasoning,
    Refusal,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Video,
)

_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_FIELDS = frozenset({"role", "content", "name"})
_OF_ROLE: Mapping[Role, frozenset[str]] = {
    "system": _FIELDS,
    "user": _FIELDS,
    "assistant": _FIELDS | {"tool_calls", "refusal", "reasoning_content"},
    "tool": _FIELDS | {"tool_call_id"},
}


def read_messages(said: object) -> tuple[Message, ...]:
    """The messages of a row. Addresses are passed on, data URLs decoded; no file is named here.

    Raises:
        ConfigurationError: it is not a list of messages, or one of them cannot be sent as it is.
        MediaError: a picture, video or document cannot be used.

    Example:
        >>> read_messages([{"role": "user", "content": "Hello"}])[0].parts
        (Text(text='Hello', cache_control=None),)
    """
    if not isinstance(said, list) or not said:
        raise ConfigurationError("messages takes a list of messages, at least one")
    return tuple(map(_message, said))


def _message(said: object) -> Message:
    """One message."""
    if not isinstance(said, Mapping):
        raise ConfigurationError(f"a message is an object with role and content, not {said!r:.80}")
    role = _ROLES.get(str(said.get("role")))
    if role is None:
        known = ", ".join(_ROLES)
        raise ConfigurationError(f"a message's role is one of {known}, not {said.get('role')!r}")
    if unknown := sorted(said.keys() - _OF_ROLE[role]):
        known = ", ".join(sorted(_OF_ROLE[role]))
        raise ConfigurationError(
            f"a message of role {role!r} has no {unknown[0]!r}; it has {known}"
        )
    content = tuple(_content(said.get("content")))
    if role == "tool":
        ident = said.get("tool_call_id")
        if not isinstance(ident, str):
            raise ConfigurationError("a message of role 'tool' needs tool_call_id, a text")
        return Message("tool", (ToolResult(ident, content, said.get("name")),))
    parts = (*_before(said), *content, *_after(said)) if role == "assistant" else content
    return Message(role, parts, said.get("name"))


def _before(said: Json) -> Iterator[Part]:
    """What an answer thought first."""
    if said.get("reasoning_content"):
        yield Reasoning(str(said["reasoning_content"]))


def _after(said: Json) -> Iterator[Part]:
    """What an answer asked for, or declined, beside its text."""
    if said.get("refusal"):
        yield Refusal(str(said["refusal"]))
    calls = said.get("tool_calls") or ()
    for call in calls if isinstance(calls, (list, tuple)) else (calls,):
        match call:
            case {"id": str(ident), "function": {"name": str(name), "arguments": str(arguments)}}:
                yield ToolCall(ident, name, arguments)
            case _:
                wanted = "{'id': ..., 'function': {'name': ..., 'arguments': 'JSON text'}}"
                raise ConfigurationError(f"a tool call has the form {wanted}, not {call!r:.80}")


def _content(said: object) -> Iterator[Text | Media]:
    """Text, or parts of text and media."""
    match said:
        case None:
            return
        case str():
            yield Text(said)
        case list():
            yield from map(_part, said)
        case _:
            raise ConfigurationError(f"content takes a text or a list of parts, not {said!r:.80}")


def _part(said: Any) -> Text | Media:
    """One part."""
    match said:
        case {"type": "text", "text": str(text)}:
            return Text(text, said.get("cache_control"))
        case {"type": "image_url", "image_url": {"url": str(url)} as inner}:
            return Image(*media.from_url(url, "image"), inner.get("detail"))
        case {"type": "image_url", "image_url": str(url)}:
            return Image(*media.from_url(url, "image"))
        case {"type": "video_url", "video_url": {"url": str(url)} | str(url)}:
            return Video(*media.from_url(url, "video"))
        case {"type": "file", "file": Mapping() as file}:
            return _document(file)
        case _:
            known = "text, image_url, video_url or file, in OpenAI's form"
            raise ConfigurationError(f"a part of a message is {known}, not {said!r:.80}")


def _document(file: Mapping[str, Any]) -> Document:
    """A document: an address or data URL, bare base64, or the id that the host gave it."""
    name, data, ident = file.get("filename"), file.get("file_data"), file.get("file_id")
    if isinstance(data, str) and ":" in data[:8]:
        return Document(*media.from_url(data, "document"), name)
    if isinstance(data, str):
        return Document(*media.from_base64(data, "document"), name)
    if isinstance(ident, str):
        return Document(FileId(ident), None, name)
    raise ConfigurationError("a file has file_data (a URL or base64) or file_id")
