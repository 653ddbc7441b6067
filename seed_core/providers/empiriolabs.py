"""EmpirioLabs: https://docs.empiriolabs.ai and its page of `seed-2-0-mini`, as of autumn 2026.

No traffic of this host is public. What its pages leave open is marked [assumed], and can be said
otherwise with `extra_body=`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seed_core.capabilities import Capabilities, Feature, media_of
from seed_core.errors import (
    AuthenticationError,
    ConfigurationError,
    InsufficientCreditError,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from seed_core.pricing import Price
from seed_core.providers.base import ModelFacts, Provider
from seed_core.types import Image, Json, Media, Options, Prompt
from seed_core.wire.chat import ChatWire
from seed_core.wire.messages import MessagesWire
from seed_core.wire.responses import ResponsesWire
from seed_core.wire.writing import said


def thinking(options: Options) -> Json:
    """A switch, and an effort of three levels; the fourth, `minimal`, is the switch turned off."""
    if options.thinking == "enabled" and options.reasoning_effort == "minimal":
        msg = (
            "reasoning_effort='minimal' turns thinking off at empiriolabs; leave out one of the two"
        )
        raise ConfigurationError(msg, provider="empiriolabs")
    if options.thinking == "disabled" or options.reasoning_effort == "minimal":
        return {"enable_thinking": False}
    switch = True if options.thinking == "enabled" else None
    return said(
        {
            "enable_thinking": switch,
            "reasoning_effort": options.reasoning_effort,
            "thinking_budget": options.thinking_budget,
        }
    )


def thinking_of_messages(options: Options, _max_tokens: int) -> Json:
    """The same on the messages wire: `thinking` is for models with a budget, and Seed has none."""
    return thinking(options)


def own_fields(prompt: Prompt) -> Json:
    """The fields that only this host has; details of pictures and clips stand at the top.

    `disable_formatting` because the host otherwise writes reasoning and sources into the answer as
    Markdown.
    """
    options = prompt.options
    return said(
        {
            "disable_formatting": True,
            "enable_web_search": options.web_search,
            "enable_caching": options.caching,
            "image_detail": _detail(prompt),
            "video_fps": options.video_fps,
        }
    )


DETAIL = "high"
"""The host's default of `image_detail`."""


def _detail(prompt: Prompt) -> str | None:
    """The one detail of all pictures: this host takes no other for each."""
    pictures = [media for media in media_of(prompt) if isinstance(media, Image)]
    details = {picture.detail or prompt.options.image_detail for picture in pictures}
    if len(details) > 1:  # what says nothing has the default
        details = {detail or DETAIL for detail in details}
    if len(details) > 1:
        words = ", ".join(sorted(str(detail) for detail in details))
        msg = f"empiriolabs takes one image_detail for all pictures of a call, not {words}"
        raise ConfigurationError(msg, provider="empiriolabs")
    return next(iter(details), None) or prompt.options.image_detail


def nothing_beside(_part: Media, _options: Options) -> dict[str, Any]:
    """Beside the address of a picture or clip stands nothing."""
    return {}


SEED_2_MINI = Capabilities(
    # Tools and JSON are said of the host's models in general and not of this one: unknown.
    yes=frozenset(
        {
            "image",
            "video",
            "document",
            "stop",
            "frequency_penalty",
            "presence_penalty",
            "thinking",
            "reasoning_effort",
            "image_detail",
            "video_fps",
            "web_search",
            "caching",
        }
    ),
    # The page: the server fixes them at 1 and 0.95 whatever the client says.
    ignored=frozenset({"temperature", "top_p"}),
    # In the general reference, and not in this model's table.
    no=frozenset({"thinking_budget", "file_id"}),
    ranges={
        "temperature": (0, 2),
        "top_p": (0, 1),
        "frequency_penalty": (-2, 2),
        "presence_penalty": (-2, 2),
        "video_fps": (0.2, 5),
    },
    efforts=("minimal", "low", "medium", "high"),
    default_effort="medium",
    thinking=("enabled", "disabled"),
    words={"image_detail": ("low", "high", "xhigh")},
    # "256K", of which the lower reading; the table says 128,000 out, the parameter 65,536.
    context_window=256_000,
    max_output_tokens=65_536,
    # Stop texts are one string with commas between them.
    not_in_stop=",",
)

# Stop texts are a list there, or cut here; and the messages wire has its own range.
ON_RESPONSES = replace(SEED_2_MINI, not_in_stop=None)
ON_MESSAGES = replace(ON_RESPONSES, ranges={**SEED_2_MINI.ranges, "temperature": (0, 1)})

OTHERS = Capabilities(thinking=("enabled", "disabled"), not_in_stop=",")
"""What the host's request can say at all; the rest is the model's matter."""

_MINI = r"seed-2-0-mini(-\d+)?"
_UNSAID: frozenset[Feature] = frozenset(
    {
        "seed",
        "frequency_penalty",
        "presence_penalty",
        "video",
        "video_fps",
        "image_pixel_limit",
    }
)
"""What neither the responses nor the messages wire has a field or block for."""

EMPIRIOLABS = Provider(
    name="empiriolabs",
    base_url="https://api.empiriolabs.ai/v1",
    root_path="/v1",
    model="seed-2-0-mini",
    key_names=("EMPIRIOLABS_API_KEY",),
    key_prefix="sk-empiriolabs-",
    wires={
        "chat": ChatWire(
            stop_texts=",".join,
            thinking_fields=thinking,
            part_fields=nothing_beside,
            own_fields=own_fields,
            cannot=frozenset({"image_pixel_limit"}),
        ),
        # Documented are `model`, `input` and the switch; the rest is OpenAI's form [assumed].
        "responses": ResponsesWire(
            store=None,
            include=(),
            thinking_fields=thinking,
            part_fields=nothing_beside,
            own_fields=own_fields,
            cannot=_UNSAID | {"stop"},
        ),
        "messages": MessagesWire(
            key_headers=("authorization",),
            thinking_fields=thinking_of_messages,
            own_fields=own_fields,
            cannot=_UNSAID | {"json_object"},
        ),
    },
    models_path="/models",
    model_path="/models/{id}",
    facts=(
        ModelFacts(_MINI, SEED_2_MINI, api="chat"),
        ModelFacts(_MINI, ON_RESPONSES, api="responses"),
        ModelFacts(_MINI, ON_MESSAGES, api="messages"),
        ModelFacts(r".*", OTHERS, api="chat"),
        ModelFacts(r".*", replace(OTHERS, not_in_stop=None)),
    ),
    prices=(
        Price(
            _MINI,
            input=0.12,
            output=0.50,
            long_input=0.24,
            long_output=1.00,
            source="https://empiriolabs.ai/models/seed-2-0-mini",
            date="2026-09-28",
        ),
    ),
    # https://docs.empiriolabs.ai, "rate limits and API keys", "authentication".
    error_kinds={
        "missing_api_key": AuthenticationError,
        "invalid_api_key": AuthenticationError,
        "insufficient_credits": InsufficientCreditError,
        "model_not_found": NotFoundError,
        "rate_limit_exceeded": RateLimitError,
        "model_unavailable": ServerError,
        "upstream_error": ServerError,
    },
)
