"""What goes into a call: a Prompt, in the project's own words. `events` has what comes out.

Every value here is frozen and holds no behaviour. Nothing here knows a host, a wire or a
framework.

Example:
    >>> Prompt((Message("user", (Text("Hello"),)),)).options.temperature is None
    True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Json: TypeAlias = Mapping[str, Any]
"""A JSON object as parsed: read, never changed."""

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


# --- media: where the bytes are, not the bytes themselves -----------------------------------------


@dataclass(frozen=True, slots=True)
class Url:
    """Media at an http(s) address: passed through to the host, never downloaded here."""

    url: str


@dataclass(frozen=True, slots=True)
class Base64:
    """Media that the caller already holds as base64 text (standard alphabet, padded)."""

    data: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bytes:
    """Media in memory."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class File:
    """Media in a local file: read in pieces while it is sent, and not before.

    Attributes:
        path: where the file is.
        size: its length in bytes when it was named.
        modified: its modification time in nanoseconds when it was named. A file that differs
            when it is sent is a `MediaError`.
    """

    path: str
    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class FileId:
    """Media that was uploaded to the host before, by the id that the host gave."""

    file_id: str


Source: TypeAlias = Url | Base64 | Bytes | File | FileId


# --- parts of a message ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text. `cache_control` is passed on to hosts that know it."""

    text: str
    cache_control: Json | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture. `detail` is the host's own word (`low`, `high`, ...), if any."""

    source: Source
    mime: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """A clip."""

    source: Source
    mime: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document, in practice a PDF."""

    source: Source
    mime: str | None = None
    filename: str | None = None


Media: TypeAlias = Image | Video | Document


@dataclass(frozen=True, slots=True)
class ReplayState:
    """What a host must get back unchanged to go on reasoning where it stopped.

    Attributes:
        issuer: the provider that issued it; it is sent back to that one and to no other.
        details: the host's own entries, in order (OpenRouter's `reasoning_details`); None when
            the host only knows the reasoning text, an empty tuple when it sent an empty list.
    """

    issuer: str
    details: tuple[Json, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Reasoning of an earlier turn: its text and, beside it, the state of its issuer."""

    text: str = ""
    state: ReplayState | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model asked for. `arguments` is its JSON text, as it came."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave back: text and media, for the call of that id."""

    call_id: str
    parts: tuple[Text | Media, ...]
    name: str | None = None
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The model's words when it declined."""

    text: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """A host's note on an earlier answer (a parsed PDF), sent back as it came to its issuer.

    Without an issuer it goes to whoever is asked.
    """

    raw: Json
    issuer: str | None = None


Part: TypeAlias = (
    Text | Image | Video | Document | Reasoning | ToolCall | ToolResult | Refusal | Annotation
)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. A tool turn holds `ToolResult` parts only."""

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None


# --- tools, formats, options ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call. `parameters` is a JSON schema.

    `cache_control` is passed on to hosts that know it.
    """

    name: str
    description: str = ""
    parameters: Json = field(default_factory=dict)
    strict: bool | None = None
    cache_control: Json | None = None


@dataclass(frozen=True, slots=True)
class ServerTool:
    """A tool that the host runs itself, in the host's own words."""

    raw: Json


@dataclass(frozen=True, slots=True)
class NamedTool:
    """The choice of one tool by name."""

    name: str


ToolChoice: TypeAlias = Literal["auto", "none", "required"] | NamedTool | ServerTool


@dataclass(frozen=True, slots=True)
class JsonObject:
    """The answer shall be some JSON object."""


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """The answer shall be JSON of this schema."""

    name: str
    schema: Json
    strict: bool | None = None
    description: str | None = None


ResponseFormat: TypeAlias = JsonObject | JsonSchema

Thinking: TypeAlias = Literal["enabled", "disabled", "auto"]
Upload: TypeAlias = Literal["auto", "always", "never"]
ToolCalling: TypeAlias = Literal["prompted", "off"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to answer. None means "not said" and is not sent.

    Attributes:
        max_tokens: reasoning and answer together, in tokens.
        stop: texts at which the answer ends.
        thinking: whether the model reasons first.
        reasoning_effort: `minimal`, `low`, `medium` or `high`.
        thinking_budget: reasoning tokens at most.
        hide_reasoning: reason, but do not show it (it is billed all the same).
        image_detail: for every picture that does not say its own.
        image_pixel_limit: `{"min_pixels", "max_pixels"}` of every picture and frame.
        video_fps: frames a second that the host looks at.
        service_tier: the host's own word for how soon and at what price.
        upload: whether local media goes to the host's file storage first, where it has one: large
            files ("auto", what None means), all ("always") or none ("never").
        tool_calling: "prompted" describes tools in the prompt and reads calls out of the answer
            also where the host may have tools; "off" never does, nor for JSON. None does where the
            host has none.
        read_markup: read Seed's own tags out of the answer's text, for servers that leave
            reasoning and tool calls there.
        host_options: fields of the body for one host only, by the provider's name.
        extra_body: fields of the body, last word, untouched.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    thinking: Thinking | None = None
    reasoning_effort: str | None = None
    thinking_budget: int | None = None
    hide_reasoning: bool | None = None
    image_detail: str | None = None
    image_pixel_limit: Json | None = None
    video_fps: float | None = None
    parallel_tool_calls: bool | None = None
    web_search: bool | None = None
    caching: bool | None = None
    service_tier: str | None = None
    upload: Upload | None = None
    tool_calling: ToolCalling | None = None
    read_markup: bool | None = None
    user: str | None = None
    host_options: Mapping[str, Json] = field(default_factory=dict)
    extra_body: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything that is asked in one call. `model` overrides the provider's own."""

    messages: tuple[Message, ...]
    tools: tuple[Tool | ServerTool, ...] = ()
    tool_choice: ToolChoice | None = None
    response_format: ResponseFormat | None = None
    options: Options = field(default_factory=Options)
    model: str | None = None
