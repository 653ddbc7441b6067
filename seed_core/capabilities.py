"""What a provider and a model can do, as data, and the check of a prompt against it.

*Yes* is sent. *No* is an `UnsupportedError` before anything is sent, which names those who can.
*Unknown* is sent as the wire says. What a host accepts and ignores is sent, and said once in the
log. A value outside a documented range is a `ConfigurationError` before anything is sent.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

from typing_extensions import assert_never

from seed_core.arguments import check_types
from seed_core.errors import ConfigurationError, MediaError, UnsupportedError
from seed_core.types import (
    Annotation,
    Base64,
    Bytes,
    Document,
    File,
    FileId,
    Image,
    JsonObject,
    JsonSchema,
    Media,
    NamedTool,
    Options,
    Part,
    Prompt,
    Reasoning,
    Refusal,
    Role,
    Source,
    Text,
    Tool,
    ToolCall,
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
    "user",
]

_OF_PROMPTS = (
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

_OPTIONS: tuple[Feature, ...] = tuple(name for name in get_args(Feature) if name not in _OF_PROMPTS)

_BY_CLIENT = ("stop",)
"""What the client does itself where a host cannot."""

_NUMBERS = ("temperature", "top_p", "frequency_penalty", "presence_penalty", "video_fps")
_WHOLE = ("max_tokens", "seed", "thinking_budget")

_IN_TURNS: Mapping[Role, tuple[type[Part], ...]] = {
    "system": (Text, Image, Video, Document),
    "user": (Text, Image, Video, Document),
    "assistant": (Text, Reasoning, ToolCall, Refusal, Annotation),
    "tool": (ToolResult,),
}
"""What a turn may hold, by who speaks."""

_log = logging.getLogger("seed_core")
_said: set[tuple[str, str]] = set()


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

    def without(self, features: frozenset[Feature]) -> Capabilities:
        """The same, less what a wire has no word for."""
        if features <= self.no:
            return self
        return replace(self, yes=self.yes - features, no=self.no | features)

    def has(self, feature: Feature) -> bool | None:
        """Yes, no, or None for unknown."""
        return True if feature in self.yes else False if feature in self.no else None


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


def check(prompt: Prompt, can: Capabilities, provider: str, who_can: WhoCan) -> None:
    """Refuse here what the host would refuse, or would drop without a word.

    Raises:
        UnsupportedError: the provider or model is known not to have a feature.
        ConfigurationError: a value is outside its documented range, or the tools do not add up.
        MediaError: a picture, video or document has a format that the host does not take.
    """
    check_types(prompt=(prompt, Prompt), messages=(prompt.messages, (tuple, list)))
    if not prompt.messages:
        raise ConfigurationError("the prompt has no messages", provider=provider)
    _check_types(prompt.options)
    _check_turns(prompt, provider)
    for feature in dict.fromkeys(features(prompt)):
        if feature in can.no and feature not in _BY_CLIENT:
            raise UnsupportedError(_cannot(feature, provider, who_can), provider=provider)
        if feature in can.ignored and (provider, feature) not in _said:
            _said.add((provider, feature))
            _log.warning("%s accepts %s and ignores it", provider, feature)
    _check_values(prompt, can, provider)
    _check_tools(prompt, provider)
    for media in media_of(prompt):
        _check_format(media, can, provider)
        _check_size(media, can, provider)


def _check_types(options: Options) -> None:
    """Values of the types that the wires can write."""
    numbers = {name: (getattr(options, name), (int, float)) for name in _NUMBERS}
    whole = {name: (getattr(options, name), int) for name in _WHOLE}
    check_types(stop=(options.stop, tuple), extra_body=(options.extra_body, Mapping))
    check_types(**numbers, **whole, image_pixel_limit=(options.image_pixel_limit, Mapping))
    check_types(**{name: (said, Mapping) for name, said in options.host_options.items()})


def _check_turns(prompt: Prompt, provider: str) -> None:
    """Parts where they can stand: no wire has a place for them elsewhere."""
    for message in prompt.messages:
        for part in message.parts:
            if not isinstance(part, _IN_TURNS[message.role]):
                msg = f"a {type(part).__name__} cannot stand in a {message.role} turn"
                raise ConfigurationError(msg, provider=provider)


def features(prompt: Prompt) -> Iterator[Feature]:
    """The features that a prompt asks for."""
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
    for name in _OPTIONS:
        value = getattr(prompt.options, name)
        # Not to search, and not to cache, is what every host does that cannot.
        if value is not None and value != () and (value or name not in ("web_search", "caching")):
            yield name


def media_of(prompt: Prompt) -> Iterator[Media]:
    """Every picture, video and document of a prompt, those in tool results included."""
    for message in prompt.messages:
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


def _cannot(feature: str, provider: str, who_can: WhoCan) -> str:
    """The sentence of an `UnsupportedError`."""
    others = who_can(feature)  # type: ignore[arg-type]  # every caller passes a Feature
    can = f"{', '.join(others)} can" if others else "no built-in provider can"
    otherwise = ", or say it in the host's own words with extra_body="
    if feature in ("json_schema", "json_object"):
        otherwise = ", or ask for a call of a tool instead"
    elif feature in _OF_PROMPTS:
        otherwise = ""
    return (
        f"{provider} does not support {feature} for this model over this wire ({can}); leave it "
        f"out{otherwise}"
    )


def _check_values(prompt: Prompt, can: Capabilities, provider: str) -> None:
    """Numbers in their ranges, words among those that the host knows."""
    options = prompt.options
    for name, (least, most) in can.ranges.items():
        value = getattr(options, name)
        if value is not None and not least <= value <= most:
            msg = f"{name}={value} is outside {least} to {most}, the range of {provider}"
            raise ConfigurationError(msg, provider=provider)
    for name in _OPTIONS:
        number = getattr(options, name)
        if isinstance(number, float) and not math.isfinite(number):
            raise ConfigurationError(f"{name}={number} is no number to send", provider=provider)
    if options.max_tokens is not None:
        most_tokens = can.max_output_tokens or math.inf
        if not 1 <= options.max_tokens <= most_tokens:
            msg = f"max_tokens={options.max_tokens} is outside 1 to {most_tokens} for this model"
            raise ConfigurationError(msg, provider=provider)
    budget = options.thinking_budget
    if budget is not None and not 1 <= budget < (options.max_tokens or math.inf):
        msg = f"thinking_budget={budget} must be at least 1, and below max_tokens, which counts it"
        raise ConfigurationError(msg, provider=provider)
    _check_word("reasoning_effort", options.reasoning_effort, can.efforts, provider)
    _check_word("thinking", options.thinking, can.thinking, provider)
    for name, words in can.words.items():
        _check_word(name, getattr(options, name), words, provider)
    for media in media_of(prompt):
        if isinstance(media, Image):
            _check_word("image_detail", media.detail, can.words.get("image_detail"), provider)
    if can.max_stop is not None and len(options.stop) > can.max_stop:
        msg = f"{provider} takes at most {can.max_stop} stop texts, not {len(options.stop)}"
        raise ConfigurationError(msg, provider=provider)
    if can.not_in_stop and any(can.not_in_stop in text for text in options.stop):
        msg = f"{provider} cannot express a stop text with {can.not_in_stop!r} in it"
        raise UnsupportedError(msg, provider=provider)
    if any(not text for text in options.stop):
        msg = "a stop text is empty"
        raise ConfigurationError(msg, provider=provider)


def _check_word(name: str, value: str | None, known: tuple[str, ...] | None, provider: str) -> None:
    """One of the words that the host knows."""
    if value is not None and known is not None and value not in known:
        msg = f"{provider} cannot express {name}={value!r}; it knows {', '.join(known)}"
        if (name, value) == ("reasoning_effort", "none"):
            msg += " (thinking='disabled' turns it off)"
        raise UnsupportedError(msg, provider=provider)


def _check_tools(prompt: Prompt, provider: str) -> None:
    """Tool names that hosts take, each once, and a choice among them."""
    names = [tool.name for tool in prompt.tools if isinstance(tool, Tool)]
    for name in names:
        # OpenAI's rule, which OpenRouter repeats: at most 64 of letters, digits, _ and -.
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            msg = f"the tool name {name!r} must be 1 to 64 letters, digits, underscores or hyphens"
            raise ConfigurationError(msg, provider=provider)
    if len(set(names)) < len(names):
        msg = f"two tools have the same name: {', '.join(sorted(names))}"
        raise ConfigurationError(msg, provider=provider)
    choice = prompt.tool_choice
    if isinstance(choice, NamedTool) and choice.name not in names:
        offered = ", ".join(names) or "none"
        msg = f"tool_choice names {choice.name!r}, which is not among the tools ({offered})"
        raise ConfigurationError(msg, provider=provider)
    if choice == "required" and not (prompt.tools or prompt.options.web_search):
        msg = "tool_choice requires a tool call, but no tools are given"
        raise ConfigurationError(msg, provider=provider)


def _check_format(media: Media, can: Capabilities, provider: str) -> None:
    """A format that the host takes; an unknown format is sent."""
    kind = kind_of(media)
    known = can.formats.get(kind)
    if known is None or media.mime is None or media.mime in known:
        return
    msg = f"{provider} takes {kind}s as {', '.join(known)}, not {media.mime}; convert it first"
    raise MediaError(msg, provider=provider)


def _check_size(media: Media, can: Capabilities, provider: str) -> None:
    """A size that the host takes; the size of what stands elsewhere is not known here."""
    most = can.max_bytes.get(kind_of(media))
    size = size_of(media.source)
    if most is None or size is None or size <= most:
        return
    msg = (
        f"{provider} takes {kind_of(media)}s of at most {most:,} bytes, and this one has {size:,}; "
        "make it smaller, or give its address instead"
    )
    raise MediaError(msg, provider=provider)


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
