"""What every contender is asked, and how it is looked at."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from benchmarks.wire import MODEL, TOOL_NAME

KEY = "sk-or-v1-of-the-benchmark"
QUESTION = "When is low water?"
SECONDS = 120.0
"""How long any contender may wait for the server."""

Ability = Literal["tools", "images", "video", "events v3"]

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": TOOL_NAME,
        "description": "Write a letter.",
        "parameters": {
            "type": "object",
            "properties": {"letter": {"type": "string"}},
            "required": ["letter"],
        },
    },
}


@dataclass(frozen=True)
class Ask:
    """One question, with what goes beside it."""

    tools: bool = False
    images: tuple[Path, ...] = ()
    video: Path | None = None


@dataclass(frozen=True)
class Piece:
    """What a chunk, or a whole reply, brought."""

    text: str = ""
    reasoning: str = ""
    arguments: str = ""


class Contender:
    """One way to ask a model, at one address.

    It hands out what its library hands out: `read` looks into that, and is never timed.

    Attributes:
        without: of `call`, `stream`, `acall`, `astream` those that it lacks.
        abilities: what else it can be asked for.
    """

    without: ClassVar[frozenset[str]] = frozenset()
    abilities: ClassVar[frozenset[Ability]] = frozenset()

    def __init__(self, address: str) -> None:
        self.address = address

    def call(self, ask: Ask) -> Any:
        """A whole reply."""
        raise NotImplementedError

    def stream(self, ask: Ask) -> Iterator[Any]:
        """The chunks of a stream."""
        raise NotImplementedError

    async def acall(self, ask: Ask) -> Any:
        """A whole reply, in a loop."""
        raise NotImplementedError

    async def astream(self, ask: Ask) -> AsyncIterator[Any]:
        """The chunks of a stream, in a loop."""
        raise NotImplementedError

    def read(self, got: Any) -> Piece:
        """What a chunk or a reply brought."""
        raise NotImplementedError

    def tool_arguments(self, ask: Ask) -> Any:
        """Stream a tool call, and put its arguments together as a user of the library would."""
        raise NotImplementedError

    def events_v3(self) -> Iterator[Any]:
        """LangChain's events of a stream, version 3."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Let go of connections that would complain otherwise."""


def body_of(ask: Ask, *, stream: bool) -> dict[str, Any]:
    """The body of a request, as one writes it by hand."""
    parts: list[dict[str, Any]] = [{"type": "text", "text": QUESTION}]
    parts += [
        {"type": "image_url", "image_url": {"url": data_url(path, "image/png")}}
        for path in ask.images
    ]
    if ask.video:
        parts.append({"type": "video_url", "video_url": {"url": data_url(ask.video, "video/mp4")}})
    content = parts if len(parts) > 1 else QUESTION
    body: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": content}]}
    if ask.tools:
        body["tools"] = [TOOL]
    return {**body, "stream": stream}


def data_url(path: Path, mime: str) -> str:
    """A file as an address that holds it."""
    return f"data:{mime};base64,{b64encode(path.read_bytes()).decode()}"


def read_json(got: dict[str, Any]) -> Piece:
    """What a chunk or a reply brought, in the wire's own words."""
    if not got["choices"]:
        return Piece()
    choice = got["choices"][0]
    said = choice.get("delta") or choice.get("message") or {}
    calls = said.get("tool_calls") or ()
    return Piece(
        said.get("content") or "",
        said.get("reasoning") or "",
        "".join(call["function"].get("arguments") or "" for call in calls),
    )
