"""fal.ai: https://fal.ai/models/fal-ai/bytedance/seed/v2/mini and https://fal.ai/docs, autumn 2026.

Its own endpoint takes one prompt with the turns before it (`fal_wire`), in one call or through a
queue (`fal_queue`), and local media can be uploaded first (`fal_storage`). It has no tools, no JSON
mode, no stop texts and no token counts. Its route in OpenAI's form has them; that it reaches Seed
under OpenRouter's id is [assumed].
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from seed_core.capabilities import Capabilities
from seed_core.errors import (
    BadRequestError,
    ConfigurationError,
    ContentFilterError,
    ContextOverflowError,
    InsufficientCreditError,
    ServerError,
)
from seed_core.flow import Headers
from seed_core.pricing import Price
from seed_core.providers.base import ModelFacts, Provider
from seed_core.providers.explain import Kind
from seed_core.providers.fal_queue import ask_queue
from seed_core.providers.fal_storage import upload
from seed_core.providers.fal_wire import FalWire
from seed_core.providers.modelslab import reasoning
from seed_core.providers.standards import words_of_rows
from seed_core.types import Json, Prompt
from seed_core.wire.chat import ChatWire

MINI = "fal-ai/bytedance/seed/v2/mini"
MINI_AT_OPENROUTER = "bytedance-seed/seed-2.0-mini"

USD_PER_UNIT = 0.0001 / 1000
"""The unit price on the model's page (2026-09-28), of what `x-fal-billable-units` counts."""

# --- headers --------------------------------------------------------------------------------------


def _seconds(value: Any) -> str | None:
    """Seconds of more than one, as fal's own clients demand."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"{Decimal(str(value)):f}" if number and 1 < value < math.inf else None


def _switch(on: str, off: str | None) -> Callable[[Any], str | None]:
    """True or False as a header's word; "" where the header is left out."""
    return lambda value: {True: on, False: off or ""}.get(value) if value in (True, False) else None


def _one_of(*words: str) -> Callable[[Any], str | None]:
    """One of the words that the header takes."""
    return lambda value: value if value in words else None


def _text(value: Any) -> str | None:
    """Any text."""
    return value if isinstance(value, str) and value else None


HEADERS: Mapping[str, tuple[str, Callable[[Any], str | None], str]] = {
    "request_timeout": ("x-fal-request-timeout", _seconds, "seconds, more than 1"),
    "priority": ("x-fal-queue-priority", _one_of("normal", "low"), "'normal' or 'low'"),
    "no_retry": ("x-fal-no-retry", _switch("1", None), "True or False"),
    "runner_hint": ("x-fal-runner-hint", _text, "a text"),
    # That 0 is the value is [assumed].
    "store_io": ("x-fal-store-io", _switch("", "0"), "True or False"),
}
"""What `fal={...}` says in headers: the header, how a value is written, and what it may be. All
else in it are fields of the body."""


def in_headers(prompt: Prompt, api: str) -> tuple[Prompt, dict[str, str]]:
    """The prompt without what is said for fal in headers, and those headers."""
    said = prompt.options.host_options.get("fal", {})
    if not said.keys() & HEADERS.keys():
        return prompt, {}
    headers: dict[str, str] = {}
    for name, (header, written, takes) in HEADERS.items():
        if said.get(name) is None:
            continue
        value = written(said[name])
        if value is None:
            msg = f"fal={{{name!r}: ...}} takes {takes}, not {said[name]!r}"
            raise ConfigurationError(msg, provider="fal")
        if name == "priority" and api != "queue":
            msg = "fal={'priority': ...} is for the queue: say api='queue'"
            raise ConfigurationError(msg, provider="fal")
        if value:
            headers[header] = value
    fields = {name: field for name, field in said.items() if name not in HEADERS}
    hosts = {**prompt.options.host_options, "fal": fields}
    return replace(prompt, options=replace(prompt.options, host_options=hosts)), headers


# --- errors ---------------------------------------------------------------------------------------

STATUSES: Mapping[str, int] = {
    "internal_error": 500,
    "internal_server_error": 500,
    "runner_server_error": 500,
    "runner_incomplete_response": 502,
    "runner_scheduling_failure": 503,
    "runner_connection_timeout": 503,
    "runner_disconnected": 503,
    "runner_connection_refused": 503,
    "runner_connection_error": 503,
    "request_timeout": 504,
    "startup_timeout": 504,
}
"""The statuses of infrastructure errors, for those that a finished job tells without one."""

TRANSIENT = (
    "internal_server_error",
    "generation_timeout",
    "downstream_service_error",
    "downstream_service_unavailable",
)
"""Types of model errors which may pass, although their status (422) says otherwise."""

PERMANENT = (
    "no_media_generated",
    "image_too_small",
    "image_too_large",
    "image_load_error",
    "file_download_error",
    "face_detection_error",
    "file_too_large",
    "greater_than",
    "greater_than_equal",
    "less_than",
    "less_than_equal",
    "multiple_of",
    "sequence_too_short",
    "one_of",
    "feature_not_supported",
    "invalid_archive",
    "audio_duration_too_long",
    "audio_duration_too_short",
    "video_duration_too_long",
    "video_duration_too_short",
    "unsupported_image_format",
    "unsupported_audio_format",
    "unsupported_video_format",
    "invalid_request",
    "missing",
    "value_error",
    "string_type",
)
"""Types of model errors for which the request is to blame."""

EXHAUSTED = "Exhausted balance"
"""fal has no code for an empty account: a 403 whose text says this (recorded)."""


def error_of(payload: Json) -> Any:
    """The error in one of fal's forms, or OpenAI's on its route in that form.

    A model error is a list of `{loc, msg, type, input}`; an infrastructure error is
    `{detail, error_type}`, or `{error, error_type}` in the status of a job; others are
    `{detail}` alone. The router endpoints answer 200 with `{error}`.
    """
    error, detail, kind = (payload.get(name) for name in ("error", "detail", "error_type"))
    if isinstance(error, dict):
        return error
    if isinstance(detail, list):
        rows = [row for row in detail if isinstance(row, dict)]
        types = [row["type"] for row in rows if isinstance(row.get("type"), str)]
        message = words_of_rows(detail) or str(detail)
        return {"message": message, "error_type": next(iter(types), kind)}
    words = next((said for said in (detail, error) if isinstance(said, str) and said), None)
    if words is None:
        return None if detail is None else {"message": detail, "error_type": kind}
    if kind is None and EXHAUSTED in words:
        kind = "exhausted_balance"
    status = STATUSES.get(kind) if isinstance(kind, str) else None
    return {"message": words, "error_type": kind, "status": status}


def without_echo(payload: Json) -> Json:
    """An error without `input`, which repeats what was submitted, often the whole prompt."""
    without: Json = _without_input(payload)
    return without


def _without_input(said: Any) -> Any:
    """The same without any `input`, however deep."""
    match said:
        case dict():
            return {name: _without_input(one) for name, one in said.items() if name != "input"}
        case list():
            return [_without_input(one) for one in said]
        case _:
            return said


def says_retry(headers: Headers) -> bool | None:
    """Fal's own word on trying again. A limit of the user's own that passed will pass again."""
    if headers.get("x-fal-request-timeout-type") == "user":
        return False
    return {"true": True, "false": False}.get(headers.get("x-fal-retryable", "").lower())


# --- the row --------------------------------------------------------------------------------------

SEED_2_MINI = Capabilities(
    yes=frozenset(
        {"image", "video", "temperature", "top_p", "thinking", "reasoning_effort", "upload"}
    ),
    ranges={"temperature": (0, 2), "top_p": (0, 1)},
    efforts=("minimal", "low", "medium", "high"),
    thinking=("enabled", "disabled", "auto"),
    formats={
        "image": ("image/jpeg", "image/png", "image/webp"),
        "video": ("video/mp4", "video/quicktime"),
    },
    # The page says 256K, of which this is the lower reading.
    context_window=256_000,
    max_output_tokens=65_536,
    max_in_turn={"image": 6, "video": 3},
)

ON_CHAT = Capabilities(
    # "The only fal route to Seed with tools, usage and streaming"; all else passes through to
    # OpenRouter [assumed].
    yes=frozenset({"tools", "temperature", "top_p"}),
    no=frozenset({"file_id", "upload"}),
    ranges={"temperature": (0, 2), "top_p": (0, 1)},
    efforts=("minimal", "low", "medium", "high"),
    thinking=("enabled", "disabled"),
    context_window=256_000,
)

MAX_TOKENS = 8192
"""Sent when the user says nothing: the host's own default of 4096 counts reasoning, and it does not
tell that an answer was cut off there."""

_OWN = FalWire(unit_prices={MINI: USD_PER_UNIT}, max_tokens_default=MAX_TOKENS)
_IDS = (
    r"[\w-][\w.-]*(/[\w-][\w.-]*)+",
    f"the path of an endpoint, such as {MINI!r},",
)

FAL = Provider(
    name="fal",
    base_url="https://fal.run",
    root_path="",
    model=MINI,
    key_names=("FAL_KEY",),
    key_pair=("FAL_KEY_ID", "FAL_KEY_SECRET"),
    key_scheme="Key",
    wires={
        "sync": _OWN,
        "queue": _OWN,
        # OpenRouter's own form passes through [assumed], as it does at ModelsLab.
        "chat": ChatWire(
            thinking_fields=reasoning,
            reasoning_field="reasoning",
            echo_reasoning="always",
            cannot=frozenset(
                {"thinking_budget", "video_fps", "image_pixel_limit", "web_search", "caching"}
            ),
        ),
    },
    addresses={
        "sync": "https://fal.run",
        "queue": "https://queue.fal.run",
        "chat": "https://fal.run/openrouter/router/openai/v1",
        "storage": "https://rest.fal.ai",
    },
    root_paths={"sync": "", "queue": "", "chat": "/openrouter/router/openai/v1"},
    api_models={"sync": MINI, "queue": MINI, "chat": MINI_AT_OPENROUTER},
    model_forms={"sync": _IDS, "queue": _IDS},
    asks={"queue": ask_queue},
    upload=upload,
    max_concurrency=2,  # of new accounts; up to 40
    facts=(
        ModelFacts(r".*", ON_CHAT, api="chat"),
        ModelFacts(MINI, SEED_2_MINI),
        ModelFacts(r".*", Capabilities(thinking=("enabled", "disabled", "auto"))),
    ),
    prices=(
        Price(
            MINI,
            input=0.10,
            output=0.40,
            long_input=0.20,
            long_output=0.80,
            source="https://fal.ai/models/fal-ai/bytedance/seed/v2/mini",
            date="2026-09-28",
            output_by="output",
        ),
    ),
    error_of=error_of,
    error_kinds={
        **dict.fromkeys(STATUSES, ServerError),
        **dict.fromkeys(PERMANENT, BadRequestError),
        **dict.fromkeys(TRANSIENT, Kind(ServerError, retryable=True)),
        # Of this endpoint's fields only the words can be too long; more media is ignored.
        "sequence_too_long": ContextOverflowError,
        "content_policy_violation": ContentFilterError,
        "exhausted_balance": InsufficientCreditError,
    },
    code_header="x-fal-error-type",
    without_echo=without_echo,
    says_retry=says_retry,
    apart=in_headers,
)
