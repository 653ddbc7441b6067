"""The check of a prompt against what a provider can do, before anything is sent.

*Yes* is sent. *No* is an `UnsupportedError` which names those who can. *Unknown* is sent as the
wire says. What a host accepts and ignores is sent, and said once in the log. A value outside a
documented range is a `ConfigurationError`.
"""

from __future__ import annotations

import logging
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, get_args

from seed_core.arguments import check_types
from seed_core.capabilities import (
    OF_PROMPTS,
    PROMPTED,
    Capabilities,
    Feature,
    WhoCan,
    by_prompt,
    features,
    given,
    kind_of,
    media_in,
    media_of,
    size_of,
)
from seed_core.errors import ConfigurationError, MediaError, UnsupportedError
from seed_core.types import (
    Annotation,
    Document,
    Image,
    Media,
    NamedTool,
    Options,
    Part,
    Prompt,
    Reasoning,
    Refusal,
    Role,
    ServerTool,
    Text,
    Tool,
    ToolCall,
    ToolCalling,
    ToolResult,
    Upload,
    Video,
)

_BY_CLIENT = ("stop",)
"""What the client does itself where a host cannot."""

_KINDS: Mapping[str, Any] = {
    "temperature": (int, float),
    "top_p": (int, float),
    "frequency_penalty": (int, float),
    "presence_penalty": (int, float),
    "video_fps": (int, float),
    "seed": int,
    "thinking_budget": int,
    "image_pixel_limit": Mapping,
}
"""The types of options that are features, beside words and flags."""

_IN_TURNS: Mapping[Role, tuple[type[Part], ...]] = {
    "system": (Text, Image, Video, Document),
    "user": (Text, Image, Video, Document),
    "assistant": (Text, Reasoning, ToolCall, Refusal, Annotation),
    "tool": (ToolResult,),
}
"""What a turn may hold, by who speaks."""

_log = logging.getLogger("seed_core")
_said: set[tuple[str, str]] = set()


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
    options = given(prompt.options)
    _check_types(prompt.options, options)
    _check_turns(prompt, provider)
    otherwise = by_prompt(prompt, can).union(_BY_CLIENT)
    for feature in dict.fromkeys(features(prompt, options)):
        if feature in can.no and feature not in otherwise:
            msg = _cannot(
                feature, provider, who_can, asked_off=prompt.options.tool_calling == "off"
            )
            raise UnsupportedError(msg, provider=provider)
        if feature in can.ignored and (provider, feature) not in _said:
            _said.add((provider, feature))
            _log.warning("%s accepts %s and ignores it", provider, feature)
    _check_values(options, can, provider)
    _check_limits(prompt.options, can, provider)
    _check_tools(prompt, can, provider)
    _check_media(prompt, can, provider)


def _check_types(options: Options, said: Mapping[Feature, Any]) -> None:
    """Values of the types that the wires can write."""
    for name in ("stop", "host_options", "extra_body"):
        if getattr(options, name) is None:
            raise ConfigurationError(f"{name}= is never None; leave it out to say nothing")
    check_types(
        max_tokens=(options.max_tokens, int),
        stop=(options.stop, tuple),
        extra_body=(options.extra_body, Mapping),
        **{name: (said[name], _KINDS[name]) for name in said.keys() & _KINDS.keys()},
        **{name: (fields, Mapping) for name, fields in options.host_options.items()},
    )


def _check_turns(prompt: Prompt, provider: str) -> None:
    """Parts where they can stand: no wire has a place for them elsewhere."""
    for message in prompt.messages:
        for part in message.parts:
            if not isinstance(part, _IN_TURNS[message.role]):
                msg = f"a {type(part).__name__} cannot stand in a {message.role} turn"
                raise ConfigurationError(msg, provider=provider)


def _cannot(feature: Feature, provider: str, who_can: WhoCan, *, asked_off: bool) -> str:
    """The sentence of an `UnsupportedError`."""
    others = who_can(feature)
    can = f"{', '.join(others)} can" if others else "no built-in provider can"
    otherwise = (
        "" if feature in OF_PROMPTS else ", or say it in the host's own words in extra_body="
    )
    if asked_off and feature in PROMPTED:
        otherwise = ", or leave out tool_calling='off': then it is asked for in words"
    return (
        f"{provider} does not support {feature} for this model over this wire ({can}); leave it "
        f"out{otherwise}"
    )


def _check_values(options: Mapping[Feature, Any], can: Capabilities, provider: str) -> None:
    """Numbers in their ranges, words among those that the host knows."""
    if not options:
        return
    known: Mapping[str, tuple[str, ...] | None] = {
        "reasoning_effort": can.efforts,
        "thinking": can.thinking,
        "upload": get_args(Upload),
        **can.words,
    }
    for name, value in options.items():
        if name in can.ranges:
            least, most = can.ranges[name]
            if not least <= value <= most:
                msg = f"{name}={value} is outside {least} to {most}, the range of {provider}"
                raise ConfigurationError(msg, provider=provider)
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigurationError(f"{name}={value} is no number to send", provider=provider)
        if name in known:
            _check_word(name, value, known[name], provider)


def _check_limits(options: Options, can: Capabilities, provider: str) -> None:
    """What depends on the model or on more than one option."""
    if options.max_tokens is not None:
        most_tokens = can.max_output_tokens or math.inf
        if not 1 <= options.max_tokens <= most_tokens:
            msg = f"max_tokens={options.max_tokens} is outside 1 to {most_tokens} for this model"
            raise ConfigurationError(msg, provider=provider)
    budget = options.thinking_budget
    if budget is not None and not 1 <= budget < (options.max_tokens or math.inf):
        msg = f"thinking_budget={budget} must be at least 1, and below max_tokens, which counts it"
        raise ConfigurationError(msg, provider=provider)
    _check_word("tool_calling", options.tool_calling, get_args(ToolCalling), provider)
    if not options.stop:
        return
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


def _check_tools(prompt: Prompt, can: Capabilities, provider: str) -> None:
    """Tool names that hosts take, each once, and a choice among them."""
    choice = prompt.tool_choice
    if choice == "required" and not (prompt.tools or prompt.options.web_search):
        msg = "tool_choice requires a tool call, but no tools are given"
        raise ConfigurationError(msg, provider=provider)
    if not prompt.tools and choice is None:
        return
    hosted = [one for one in (*prompt.tools, choice) if isinstance(one, ServerTool)]
    if hosted and "tools" in can.no:
        kind = hosted[0].raw.get("type")
        msg = f"{provider} runs no tools itself over this wire, so {kind!r} cannot be had here"
        raise UnsupportedError(msg, provider=provider)
    names = [tool.name for tool in prompt.tools if isinstance(tool, Tool)]
    for name in names:
        # OpenAI's rule, which OpenRouter repeats: at most 64 of letters, digits, _ and -.
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            msg = f"the tool name {name!r} must be 1 to 64 letters, digits, underscores or hyphens"
            raise ConfigurationError(msg, provider=provider)
    if len(set(names)) < len(names):
        msg = f"two tools have the same name: {', '.join(sorted(names))}"
        raise ConfigurationError(msg, provider=provider)
    if isinstance(choice, NamedTool) and choice.name not in names:
        offered = ", ".join(names) or "none"
        msg = f"tool_choice names {choice.name!r}, which is not among the tools ({offered})"
        raise ConfigurationError(msg, provider=provider)


def _check_media(prompt: Prompt, can: Capabilities, provider: str) -> None:
    """Pictures, videos and documents that the host takes, and as many of them."""
    found = False
    for media in media_of(prompt):
        found = True
        _check_format(media, can, provider)
        _check_size(media, can, provider)
        if isinstance(media, Image):
            _check_word("image_detail", media.detail, can.words.get("image_detail"), provider)
    if found:
        _check_counts(prompt, can, provider)


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


def _check_counts(prompt: Prompt, can: Capabilities, provider: str) -> None:
    """As many of each kind as a turn may hold; the results of several tools are one turn."""
    counts: Counter[str] = Counter()
    for before, message in zip((None, *prompt.messages), prompt.messages, strict=False):
        if before is None or (before.role, message.role) != ("tool", "tool"):
            counts.clear()
        counts.update(kind_of(media) for media in media_in(message))
        for kind, most in can.max_in_turn.items():
            if counts[kind] > most:
                msg = (
                    f"{provider} takes at most {most} {kind}s in a turn, and this one has "
                    f"{counts[kind]}; it would ignore the rest without a word"
                )
                raise MediaError(msg, provider=provider)
