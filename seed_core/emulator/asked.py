"""A request for an answer or a video, read alike whatever host and wire it was sent over.

For a test's eyes: it looks for what is there, and refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from seed_core.emulator import markup
from seed_core.emulator.material import shorten
from seed_core.emulator.mind import Conversation, Turn
from seed_core.emulator.seen import Seen

__all__ = ["Asked", "Said", "read_asked"]

_SYSTEM = ("system", "system_prompt", "instructions")
_LAST = ("prompt", "positivePrompt")
_TEXTS = ("text", "content", "output", "refusal")
"""Where the parts of a message have their words, on one wire or another."""
_SHOWN = 100
_LAST_TURNS = 4
"""How much of a message, and of a long conversation, tells a call from others."""


class Said(NamedTuple):
    """One message: who says it, and its words."""

    role: str
    """ "system", "user", "assistant" or "tool"."""
    text: str


@dataclass(frozen=True)
class Asked:
    """One request for an answer or a video.

    Example:
        >>> asked = Asked("fal", "/run", "mini", (Said("user", "Hello"),), ("get_weather",))
        >>> print(asked)
        fal, mini, tools get_weather; user: 'Hello'
    """

    host: str
    """The host that was asked, as in `provider=`."""
    path: str
    """The path with its query, below the host's prefix."""
    model: str | None
    messages: tuple[Said, ...]
    """The conversation, instructions first; of pictures, calls and the like see `body`."""
    tools: tuple[str, ...] = ()
    """The names of the tools on offer, those that are described in words included."""
    stream: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case."""
    body: Any = field(default=None, repr=False)
    """The parsed JSON, as it was sent."""

    @property
    def text(self) -> str:
        """The words of all messages, one below the other."""
        return "\n".join(said.text for said in self.messages)

    def __str__(self) -> str:
        """One line that tells it from others."""
        tools = f", tools {', '.join(self.tools)}" if self.tools else ""
        told = [f"{said.role}: {shorten(said.text, _SHOWN)!r}" for said in self.messages]
        before = len(told) - _LAST_TURNS
        last = [f"{before} messages", *told[before:]] if before > 0 else told
        return f"{self.host}, {self.model or 'no model'}{tools}; {'; '.join(last)}"


def read_asked(seen: Seen) -> Asked | None:
    """Read a request; None if it asks for neither an answer nor a video."""
    body = seen.body
    if isinstance(body, list):
        # Runware takes its tasks in a list, and a video's is the one with words.
        body = next((one for one in body if isinstance(one, Mapping) and _LAST[1] in one), None)
    if seen.method != "POST" or not isinstance(body, Mapping):
        return None
    messages = tuple(_messages(body))
    counts = seen.path.partition("?")[0].endswith("/count_tokens")
    if counts or not ({"messages", "input", *_LAST} & body.keys()):
        return None
    model = body.get("model") or body.get("model_id") or _in_path(seen)
    return Asked(
        host=seen.host,
        path=seen.path,
        model=model if isinstance(model, str) else None,
        messages=messages,
        tools=tuple(_tools(body, messages)),
        stream=body.get("stream") is True,
        headers=seen.headers,
        body=seen.body,
    )


def _in_path(seen: Seen) -> str | None:
    """The model of a host that has it in the path: what follows the name of its service."""
    return seen.path.partition("?")[0].lstrip("/").partition("/")[2] or None


def _messages(body: Mapping[str, Any]) -> Iterator[Said]:
    for name in _SYSTEM:
        if body.get(name):
            yield Said("system", _text(body[name]))
    turns = body.get("messages") or body.get("input") or ()
    for turn in [{"role": "user", "content": turns}] if isinstance(turns, str) else turns:
        if isinstance(turn, Mapping):
            yield Said(_role(turn), _text(turn))
    for name in _LAST:
        if body.get(name):
            yield Said("user", _text(body[name]))


def _role(turn: Mapping[str, Any]) -> str:
    """Who says it: items of responses tell it by their type, results of messages by their parts."""
    kind, content = str(turn.get("type") or ""), turn.get("content")
    parts = content if isinstance(content, list) else ()
    results = [part for part in parts if isinstance(part, Mapping) and _is_result(part)]
    if kind.endswith("_output") or results:
        return "tool"
    role = str(turn.get("role") or "assistant")
    return "system" if role == "developer" else role


def _is_result(part: Mapping[str, Any]) -> bool:
    return part.get("type") == "tool_result"


def _text(value: Any) -> str:
    """The words of a text, a part, or parts."""
    match value:
        case str():
            return value
        case list():
            return "\n".join(filter(None, map(_text, value)))
        case Mapping():
            found = (_text(value[name]) for name in _TEXTS if name in value)
            return "\n".join(filter(None, found))
        case _:
            return ""


def _tools(body: Mapping[str, Any], messages: tuple[Said, ...]) -> Iterator[str]:
    for tool in body.get("tools") or ():
        if isinstance(tool, Mapping):
            function = tool.get("function")
            named = function if isinstance(function, Mapping) else tool
            yield str(named.get("name") or tool.get("type"))
    told = tuple(Turn("system", said.text) for said in messages if said.role == "system")
    for offer in markup.read(Conversation(told)).offers:
        yield offer.name
