"""OpenRouter: https://openrouter.ai/docs (wire, model record and error types as of autumn 2026)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from seed_core.capabilities import Capabilities, media_of
from seed_core.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ContentFilterError,
    ContextOverflowError,
    InsufficientCreditError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from seed_core.pricing import Price
from seed_core.providers.base import ModelFacts, Provider
from seed_core.types import Document, Json, Options, Prompt
from seed_core.wire.chat import ChatWire
from seed_core.wire.messages import MessagesWire
from seed_core.wire.responses import ResponsesWire

FREE_PDF_ENGINE = "cloudflare-ai"
"""Seed has no file input of its own, so OpenRouter parses PDFs for it; without an engine it would
take `mistral-ocr`, which costs USD 2 per 1000 pages."""


_MINI = r"bytedance-seed/seed-2\.0-mini(-\d+)?(:\w+)?"


def reasoning(options: Options) -> Json:
    """OpenRouter's `reasoning` object, which takes an effort or a number of tokens."""
    if options.thinking_budget is not None and options.reasoning_effort is not None:
        msg = "give reasoning_effort or thinking_budget, not both: openrouter takes one"
        raise ConfigurationError(msg, provider="openrouter")
    said: dict[str, Any] = {}
    if options.thinking == "disabled":
        said["effort"] = "none"
    else:
        if options.thinking == "enabled":
            said["enabled"] = True
        if options.reasoning_effort is not None:
            said["effort"] = options.reasoning_effort
        if options.thinking_budget is not None:
            said["max_tokens"] = options.thinking_budget
    if options.hide_reasoning:
        said["exclude"] = True
    return {"reasoning": said} if said else {}


def reasoning_of_responses(options: Options) -> Json:
    """The same on the responses wire, which asks for a summary and cannot hide."""
    said = {**reasoning(options).get("reasoning", {})}
    said.pop("exclude", None)
    if said and not options.hide_reasoning:
        said["summary"] = "auto"
    return {"reasoning": said} if said else {}


def own_fields(prompt: Prompt) -> Json:
    """Caching is a mark on the whole request here."""
    return {"cache_control": {"type": "ephemeral"}} if prompt.options.caching else {}


def settle(body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
    """Web search as a server tool, and the free PDF engine unless another was named."""
    if prompt.options.web_search:
        body = body | {"tools": [*body.get("tools", ()), {"type": "openrouter:web_search"}]}
    if any(isinstance(media, Document) for media in media_of(prompt)):
        body = body | {"plugins": _with_free_pdf_engine(body.get("plugins") or ())}
    return body


def _with_free_pdf_engine(plugins: Iterable[Json]) -> list[Json]:
    """The plugins, with a `file-parser` that names its engine."""
    rest = [plugin for plugin in plugins if plugin.get("id") != "file-parser"]
    parsers = [plugin for plugin in plugins if plugin.get("id") == "file-parser"]
    parser: Json = parsers[0] if parsers else {"id": "file-parser"}
    pdf = {"engine": FREE_PDF_ENGINE, **(parser.get("pdf") or {})}
    return [*rest, {**parser, "pdf": pdf}]


def attribution(url: str | None, title: str | None) -> Mapping[str, str]:
    """The app that calls, for OpenRouter's rankings. `X-Title` is the older name of the title."""
    headers = {"HTTP-Referer": url, "X-OpenRouter-Title": title, "X-Title": title}
    return {name: value for name, value in headers.items() if value}


SEED_2_MINI = Capabilities(
    yes=frozenset(
        {
            "tools",
            "tool_choice",
            "json_schema",
            "json_object",
            "image",
            "video",
            "document",
            "temperature",
            "top_p",
            "stop",
            "frequency_penalty",
            "thinking",
            "reasoning_effort",
            "thinking_budget",
            "hide_reasoning",
            "web_search",
            "user",
        }
    ),
    # Not among the model's supported parameters: dropped without a word (docs, "parameters").
    ignored=frozenset({"presence_penalty", "seed", "parallel_tool_calls"}),
    # No such fields in OpenRouter's request.
    no=frozenset({"video_fps", "image_pixel_limit", "file_id"}),
    words={"image_detail": ("auto", "low", "high", "original")},
    ranges={
        "temperature": (0, 2),
        "top_p": (0, 1),
        "frequency_penalty": (-2, 2),
        "presence_penalty": (-2, 2),
    },
    efforts=("minimal", "low", "medium", "high"),
    default_effort="medium",
    thinking=("enabled", "disabled"),
    formats={
        "image": ("image/png", "image/jpeg", "image/webp", "image/gif"),
        "video": ("video/mp4", "video/mpeg", "video/quicktime", "video/webm"),
        "document": ("application/pdf",),
    },
    context_window=262_144,
    max_output_tokens=131_072,
    max_stop=4,
)

WITHOUT_HIDING = replace(SEED_2_MINI, yes=SEED_2_MINI.yes - {"hide_reasoning"})
"""On the responses and messages wires reasoning is dropped on arrival."""

ON_MESSAGES = replace(WITHOUT_HIDING, ranges={**SEED_2_MINI.ranges, "temperature": (0, 1)})
"""The messages wire's own range."""

OTHER_MODELS = Capabilities(
    no=frozenset({"video_fps", "image_pixel_limit", "file_id"}), thinking=("enabled", "disabled")
)
"""What OpenRouter's request can say at all; the rest is the model's matter."""

REQUEST_WORDS = (
    "invalid_request",
    "invalid_prompt",
    "string_too_long",
    "precondition_failed",
    "payload_too_large",
    "unprocessable",
    "invalid_image",
    "image_too_large",
    "image_too_small",
    "unsupported_image_format",
    "image_not_found",
    "image_download_failed",
)
"""Error words for which the request is to blame; inside a stream they may come without a status."""

OPENROUTER = Provider(
    name="openrouter",
    base_url="https://openrouter.ai/api/v1",
    root_path="/api/v1",
    model="bytedance-seed/seed-2.0-mini",
    key_names=("OPENROUTER_API_KEY",),
    key_prefix="sk-or-",
    wires={
        "chat": ChatWire(
            thinking_fields=reasoning,
            own_fields=own_fields,
            settle=settle,
            reasoning_field="reasoning",
            echo_reasoning="always",
            needs_reason=True,
        ),
        # Stateless: `store` must be false.
        "responses": ResponsesWire(
            thinking_fields=reasoning_of_responses,
            own_fields=own_fields,
            settle=settle,
            cannot=frozenset({"stop", "seed", "image_pixel_limit"}),
        ),
        "messages": MessagesWire(
            key_headers=("authorization",), own_fields=own_fields, settle=settle
        ),
    },
    models_path="/models",
    model_path="/models/{id}/endpoints",
    facts=(
        ModelFacts(_MINI, SEED_2_MINI, api="chat"),
        ModelFacts(_MINI, ON_MESSAGES, api="messages"),
        ModelFacts(_MINI, WITHOUT_HIDING),
        ModelFacts(r".*", OTHER_MODELS),
    ),
    prices=(
        Price(
            _MINI,
            input=0.10,
            output=0.40,
            long_input=0.20,
            long_output=0.80,
            source="https://openrouter.ai/bytedance-seed/seed-2.0-mini",
            date="2026-09-28",
        ),
    ),
    # `error.metadata.error_type` and `error.availability.code`, from the error documentation.
    error_kinds={
        "context_length_exceeded": ContextOverflowError,
        "max_tokens_exceeded": BadRequestError,
        "token_limit_exceeded": ContextOverflowError,
        "content_policy_violation": ContentFilterError,
        "refusal": ContentFilterError,
        "authentication": AuthenticationError,
        "permission_denied": PermissionDeniedError,
        "payment_required": InsufficientCreditError,
        "rate_limit_exceeded": RateLimitError,
        "provider_overloaded": ServerError,
        "provider_unavailable": ServerError,
        "server": ServerError,
        "model_not_found": NotFoundError,
        "not_found": NotFoundError,
        **dict.fromkeys(REQUEST_WORDS, BadRequestError),
    },
    attribution=attribution,
)
