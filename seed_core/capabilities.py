"""What a provider and a model can do, as data, and what of it a prompt asks for.

`checking` holds the one against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Literal, TypeAlias, get_args

from typing_extensions import assert_never

from seed_core.types import (
    Base64,
    Bytes,
    Document,
    File,
    FileId,
    Image,
    JsonObject,
    JsonSchema,
    Media,
    Message,
    NamedTool,
    Options,
    Prompt,
    Source,
    Tool,
    ToolResult,
    Url,
    Video,
)

Feature: TypeAlias = Literal[
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "json_schema",
    "json_object",
    "image",
    "video",
    "document",
    "file_id",
    "temperature",
    "top_p",
    "stop",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "thinking",
    "reasoning_effort",
    "thinking_budget",
    "hide_reasoning",
    "image_detail",
    "image_pixel_limit",
    "video_fps",
    "web_search",
    "caching",
    "service_tier",
    "upload",
    "user",
]

OF_PROMPTS = (
    "tools",
    "tool_choice",
    "json_schema",
    "json_object",
    "image",
    "video",
    "document",
    "file_id",
)
"""The features that a prompt asks for by what it holds; all others are options by their names."""

OPTIONS: tuple[Feature, ...] = tuple(name for name in get_args(Feature) if name not in OF_PROMPTS)
_values = attrgetter(*OPTIONS)

_TOOLS: frozenset[Feature] = frozenset({"tools", "tool_choice"})
FORMATS: frozenset[Feature] = frozenset({"json_schema", "json_object"})
PROMPTED: frozenset[Feature] = _TOOLS | FORMATS | {"parallel_tool_calls"}
"""What the client asks for in words, and checks, where a host cannot. See `by_prompt`."""

_NEVERS: Mapping[str, tuple[object, ...]] = {
    "web_search": (False,),
    "caching": (False,),
    "upload": ("auto", "never"),
}
"""Values for which a host needs nothing: not to do what it cannot."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one provider says of one family of models.

    Attributes:
        yes: features that work.
        no: features that the provider or the model does not have.
        ignored: features that the host accepts and does not heed.
        ranges: the documented least and greatest value of an option.
        efforts: the levels of `reasoning_effort`, if they are known.
        default_effort: the level that applies when none is said.
        thinking: the values of `thinking` that the host can express, if they are known.
        formats: the MIME types that a kind of media may have, if they are known.
        context_window: input and output together, in tokens.
        max_output_tokens: the greatest `max_tokens`, reasoning included.
        max_stop: how many stop texts may be given.
        not_in_stop: what a stop text may not contain, because the host's form has no way to say it.
        words: the values that an option may have, if they are known.
        max_bytes: how large a file of a kind of media may be, in bytes, if that is known.
        max_in_turn: how many of a kind of media one turn may hold, if that is known.
        in_words: whether the client may ask in words for what the host has no field for.
    """

    yes: frozenset[Feature] = frozenset()
    no: frozenset[Feature] = frozenset()
    ignored: frozenset[Feature] = frozenset()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    efforts: tuple[str, ...] | None = None
    default_effort: str | None = None
    thinking: tuple[str, ...] | None = None
    formats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    context_window: int | None = None
    max_output_tokens: int | None = None
    max_stop: int | None = None
    not_in_stop: str | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    max_bytes: Mapping[str, int] = field(default_factory=dict)
    max_in_turn: Mapping[str, int] = field(default_factory=dict)
    in_words: bool = True

    def without(self, features: frozenset[Feature]) -> Capabilities:
        """The same, less what a wire has no word for."""
        if features <= self.no:
            return self
        return replace(self, yes=self.yes - features, no=self.no | features)

    def has(self, feature: Feature) -> bool | None:
        """Yes, no, or None for unknown."""
        return True if feature in self.yes else False if feature in self.no else None

    def serves(self, feature: Feature) -> bool | None:
        """The same of what the user gets: what the host cannot may be asked for in words."""
        alone = feature == "parallel_tool_calls" and not self.no & _TOOLS
        can_be_told = self.in_words and feature in self.no & PROMPTED and not alone
        return True if can_be_told else self.has(feature)


def shared(all_of: Sequence[Capabilities]) -> Capabilities:
    """What several providers can do alike: yes where all say so, no where one does.

    What a value may be is checked at each of them; here stand only the least limits.
    """
    first, *others = all_of
    if not others:
        return first
    windows = [can.context_window for can in all_of if can.context_window]
    outputs = [can.max_output_tokens for can in all_of if can.max_output_tokens]
    efforts = [can.efforts for can in all_of if can.efforts is not None]
    alike = [word for word in efforts[0] if all(word in e for e in efforts)] if efforts else None
    return Capabilities(
        yes=frozenset.intersection(*(can.yes for can in all_of)),
        no=frozenset.union(*(can.no for can in all_of)),
        ignored=frozenset.union(*(can.ignored for can in all_of)),
        efforts=None if alike is None else tuple(alike),
        default_effort=first.default_effort,
        context_window=min(windows, default=None),
        max_output_tokens=min(outputs, default=None),
    )


WhoCan: TypeAlias = Callable[[Feature], tuple[str, ...]]


def by_prompt(prompt: Prompt, can: Capabilities) -> frozenset[Feature]:
    """The features of a prompt that are asked for in words, not in fields.

    Tools, where the host has none (or no choice among them) or the user wants it so; a form of the
    answer, where the host has no mode for it, or where tools are in words: a mode for the form
    would keep the model from calling them.
    """
    how = prompt.options.tool_calling
    if how == "off" or (how is None and PROMPTED.isdisjoint(can.no)):
        return frozenset()
    asked = frozenset(features(prompt, given(prompt.options)))
    found = asked & FORMATS & can.no
    if how == "prompted" or asked & _TOOLS & can.no:
        found |= asked & (PROMPTED - FORMATS)
    return found | (asked & FORMATS) if "tools" in found else found


def features(prompt: Prompt, said: Mapping[Feature, Any]) -> Iterator[Feature]:
    """The features that a prompt asks for. `said` is what is `given` by its options."""
    if any(isinstance(tool, Tool) for tool in prompt.tools):
        yield "tools"
    if prompt.tool_choice == "required" or isinstance(prompt.tool_choice, NamedTool):
        yield "tool_choice"
    if isinstance(prompt.response_format, JsonSchema):
        yield "json_schema"
    elif isinstance(prompt.response_format, JsonObject):
        yield "json_object"
    for media in media_of(prompt):
        yield kind_of(media)
        if isinstance(media, Image) and media.detail is not None:
            yield "image_detail"
        if isinstance(media.source, FileId) and not isinstance(media, Document):
            yield "file_id"
    for name, value in said.items():
        if value in _NEVERS.get(name, ()):
            continue
        if name != "parallel_tool_calls" or prompt.tools:
            yield name


def given(options: Options) -> dict[Feature, Any]:
    """The options that are features and say something."""
    values = zip(OPTIONS, _values(options), strict=True)
    return {name: value for name, value in values if value is not None and value != ()}


def media_of(prompt: Prompt) -> Iterator[Media]:
    """Every picture, video and document of a prompt, those in tool results included."""
    for message in prompt.messages:
        yield from media_in(message)


def media_in(message: Message) -> Iterator[Media]:
    """Those of one turn."""
    for part in message.parts:
        for inner in part.parts if isinstance(part, ToolResult) else (part,):
            if isinstance(inner, (Image, Video, Document)):
                yield inner


def kind_of(media: Media) -> Literal["image", "video", "document"]:
    """The feature that a part needs."""
    match media:
        case Image():
            return "image"
        case Video():
            return "video"
        case Document():
            return "document"


def size_of(source: Source) -> int | None:
    """How many bytes a picture, video or document has, or None where that is not known here."""
    match source:
        case File():
            return source.size
        case Bytes():
            return len(source.data)
        case Base64():
            return len(source.data) * 3 // 4 - source.data[-2:].count("=")
        case Url() | FileId():
            return None
        case _:
            assert_never(source)
