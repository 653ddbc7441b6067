"""ModelArk, the home of Seed: BytePlus (international) and Volcengine (China), autumn 2026.

https://docs.byteplus.com/en/docs/ModelArk and https://www.volcengine.com/docs/82379. One protocol,
two clouds: keys belong to one of them, and to one region. Builds are dated, and differ.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from seed_core.capabilities import Capabilities, Feature
from seed_core.errors import (
    APIStatusError,
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
    UnsupportedError,
)
from seed_core.pricing import Price
from seed_core.providers.base import ModelFacts, Provider
from seed_core.providers.explain import Kind
from seed_core.providers.wires import Wire
from seed_core.types import Document, Image, Json, Media, Options, Prompt, Video
from seed_core.wire.chat import ChatWire
from seed_core.wire.responses import ResponsesWire
from seed_core.wire.writing import said

SEALED = r".*seed-2[-.](1-|0-(mini|lite)-260428|0-pro-260328).*"
"""Builds that show a summary of their reasoning and seal the original."""


def thinking(options: Options) -> Json:
    """A switch and an effort; off with an effort beside it would be refused."""
    off = options.thinking == "disabled"
    return said(
        {
            "thinking": None if options.thinking is None else {"type": options.thinking},
            "reasoning_effort": None if off else options.reasoning_effort,
        }
    )


def thinking_of_responses(options: Options) -> Json:
    """The same in the responses wire's words."""
    fields = dict(thinking(options))
    effort = fields.pop("reasoning_effort", None)
    return {**fields, "reasoning": {"effort": effort}} if effort else fields


def part_fields(part: Media, options: Options) -> Json:
    """What stands beside the address of a picture or clip."""
    if isinstance(part, Document):
        return {}
    limit = _pixel_limit(options)
    if isinstance(part, Image):
        return said({"detail": part.detail or options.image_detail, "image_pixel_limit": limit})
    frames = {"fps": options.video_fps, "detail": options.image_detail}
    return said({**frames, "image_pixel_limit": limit})


def part_fields_of_responses(part: Media, options: Options) -> Json:
    """The same on the responses wire, where a clip has only its frames a second."""
    if not isinstance(part, Video):
        return part_fields(part, options)
    if options.image_pixel_limit is not None:
        msg = "the responses wire limits the pixels of pictures only; ask of clips with api='chat'"
        raise UnsupportedError(msg)
    return said({"fps": options.video_fps})


def _pixel_limit(options: Options) -> Json | None:
    """The least and greatest number of pixels, checked."""
    limit = options.image_pixel_limit
    if limit is None:
        return None
    wrong = limit.keys() - {"min_pixels", "max_pixels"}
    if wrong or not limit or not all(isinstance(n, int) and n > 0 for n in limit.values()):
        msg = "image_pixel_limit takes min_pixels and max_pixels, whole numbers above 0"
        raise ConfigurationError(msg)
    return limit


def settle_responses(body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
    """Hosted web search; and no question for sealed reasoning where a build has none."""
    if prompt.options.web_search:
        body = {**body, "tools": [*body.get("tools", ()), {"type": "web_search"}]}
    if not re.fullmatch(SEALED, str(body["model"])):
        body = {name: value for name, value in body.items() if name != "include"}
    return body


CHAT = ChatWire(
    # Reasoning and answer together; `max_tokens` would count the answer alone.
    max_tokens_field="max_completion_tokens",
    thinking_fields=thinking,
    part_fields=part_fields,
    document_url="file_url",
    needs_reason=True,
    # Hosted tools are responses-only, and caching goes on by itself here.
    cannot=frozenset({"web_search", "caching"}),
)
WIRES: dict[str, Wire] = {
    "chat": CHAT,
    "responses": ResponsesWire(
        thinking_fields=thinking_of_responses,
        part_fields=part_fields_of_responses,
        settle=settle_responses,
        # Builds that seal nothing go on from what they showed [docs, deep thinking: tool loops].
        echo_bare=True,
        # The kinds that its input is documented to take.
        echoed=frozenset({"message", "reasoning", "function_call"}),
        # Its session cache needs answers that are kept, by their id; nothing is kept here.
        cannot=frozenset(
            {"stop", "seed", "frequency_penalty", "presence_penalty", "user", "caching"}
        ),
    ),
    # For batch endpoints (`model="ep-..."`): the same body, held until there is room for it.
    "batch": replace(CHAT, path="/batch/chat/completions", streams=False),
}

SEED_2 = Capabilities(
    yes=frozenset(
        {
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "json_schema",
            "json_object",
            "image",
            "video",
            "document",
            "file_id",
            "thinking",
            "reasoning_effort",
            "image_detail",
            "image_pixel_limit",
            "video_fps",
            "service_tier",
            "user",
        }
    ),
    # Documented of Pro and Lite, and of Mini by EmpirioLabs, which serves it from here.
    ignored=frozenset({"temperature", "top_p"}),
    # Not supported from Seed 1.8 on, or by thinking models; no such field; responses only; always
    # on by itself.
    no=frozenset(
        {
            "frequency_penalty",
            "presence_penalty",
            "stop",
            "thinking_budget",
            "web_search",
            "caching",
        }
    ),
    ranges={"temperature": (0, 2), "top_p": (0, 1), "video_fps": (0.2, 5)},
    efforts=("minimal", "low", "medium", "high"),
    default_effort="medium",
    thinking=("enabled", "disabled"),
    words={
        "image_detail": ("auto", "low", "high", "xhigh"),
        "service_tier": ("auto", "default", "fast"),
    },
    max_bytes={"image": 10 * 1024 * 1024, "video": 50 * 1024 * 1024},
    context_window=262_144,
    max_output_tokens=65_536,
)

_JSON: frozenset[Feature] = frozenset({"json_schema", "json_object"})
WITHOUT_JSON = replace(SEED_2, yes=SEED_2.yes - _JSON, no=SEED_2.no | _JSON)
"""Builds that refuse `response_format`: the newer Mini and Lite, and Code."""

OTHERS = Capabilities(no=frozenset({"thinking_budget", "stop"}))
"""Other models, and endpoints (`ep-...`), which do not say what model they are."""

# Plans say `2.0` where dated ids say `2-0`.
_NO_JSON = r".*seed-2[-.]0-((mini|lite)-260428|code-.*)"
_SEED_2 = r".*seed-2[-.]0-.*"


def _facts(*, search: bool) -> tuple[ModelFacts, ...]:
    """The rows of one cloud: in China the host searches the web, on the responses wire."""
    gained: frozenset[Feature] = frozenset({"web_search"} if search else ())
    rows: list[ModelFacts] = []
    for pattern, can in ((_NO_JSON, WITHOUT_JSON), (_SEED_2, SEED_2)):
        wide = replace(can, yes=can.yes | gained, no=can.no - gained)
        rows += [ModelFacts(pattern, wide, api="responses"), ModelFacts(pattern, can)]
    return (*rows, ModelFacts(r".*", OTHERS))


def _sensitive() -> dict[str, type[APIStatusError]]:
    """The words for refused content: what of it, on which side."""
    kinds = [f"{side}{what}" for side in ("Input", "Output") for what in _CONTENT]
    words = [f"{kind}{end}" for kind in kinds for end in ("SensitiveContentDetected", _RISK)]
    return dict.fromkeys(("SensitiveContentDetected", *words), ContentFilterError)


_CONTENT = ("Text", "Image", "Video", "Audio")
_RISK = "RiskDetection"

# docs/82379/1299023; a dotted word is known by its beginning.
ERROR_KINDS: dict[str, type[APIStatusError] | Kind] = {
    **_sensitive(),
    "OutofContextError": ContextOverflowError,
    "ContentSecurityDetectionError": Kind(ServerError, retryable=True),  # the check itself failed
    "InvalidSubscription": PermissionDeniedError,
    "AccountOverdueError": InsufficientCreditError,
    "OperationDenied.ServiceOverdue": InsufficientCreditError,
    "AuthenticationError": AuthenticationError,
    "InvalidAccountStatus": AuthenticationError,
    "AccessDenied": PermissionDeniedError,
    "OperationDenied": PermissionDeniedError,
    "QuotaExceeded": Kind(RateLimitError, retryable=False),
    "SetLimitExceeded": Kind(RateLimitError, retryable=False),
    "InflightBatchsizeExceeded": Kind(RateLimitError, retryable=False),
    # In a stream these come without a status.
    **dict.fromkeys(
        (
            "MissingParameter",
            "InvalidParameter",
            "InvalidArgumentError",
            "InvalidImageURL",
            "InvalidEndpoint",
        ),
        BadRequestError,
    ),
    **dict.fromkeys(
        ("InvalidEndpointOrModel", "ModelNotOpen", "NotFound", "UnsupportedModel"), NotFoundError
    ),
    **dict.fromkeys(
        (
            "RateLimitExceeded",
            "ModelAccountRpmRateLimitExceeded",
            "ModelAccountTpmRateLimitExceeded",
            "ModelAccountIpmRateLimitExceeded",
            "APIAccountRpmRateLimitExceeded",
            "AccountRateLimitExceeded",
            "RequestBurstTooFast",
            "ServerOverloaded",
        ),
        RateLimitError,
    ),
}

# Of Seed 2.0 Mini no page that was read has a price in USD; Volcengine's are in yuan.
PRICES = (
    Price(
        r"seed-1-8-\d+",
        input=0.25,
        output=2.0,
        long_input=0.5,
        long_output=4.0,
        cache_read=0.05,
        source="https://docs.byteplus.com/en/docs/Byteplus_LAS/Large_model_billing",
        date="2026-11-27",
    ),
    Price(
        r"seed-1-6-\d+",
        input=0.25,
        output=2.0,
        long_input=0.5,
        long_output=4.0,
        cache_read=0.05,
        source="https://docs.byteplus.com/docs/ModelArk/1099320",
        date="2026-11-27",
    ),
    Price(
        r"seed-2-0-lite-\d+",
        input=0.25,
        output=2.0,
        long_input=0.5,
        long_output=4.0,
        # A reseller's page that quotes BytePlus's list.
        source="https://help.apiyi.com/en/seed-2-0-lite-260228-byteplus-api-pricing-guide-en.html",
        date="2026-11-27",
    ),
)

BYTEPLUS = Provider(
    name="byteplus",
    base_url="https://ark.ap-southeast.bytepluses.com/api/v3",
    root_path="/api/v3",
    model="seed-2-0-mini-260215",
    key_names=("ARK_API_KEY",),
    wires=WIRES,
    regions={
        "ap-southeast-1": "https://ark.ap-southeast.bytepluses.com/api/v3",
        "eu-west-1": "https://ark.eu-west.bytepluses.com/api/v3",
    },
    # Batches are for endpoints that were made for them.
    model_forms={"batch": ("ep-.+", "the id of an endpoint, ep-...,")},
    facts=_facts(search=False),
    prices=PRICES,
    # As Ark's own SDK announces its hosted tools.
    tool_headers={
        "web_search": "ark-beta-web-search",
        "mcp": "ark-beta-mcp",
        "knowledge_search": "ark-beta-knowledge-search",
        "image_process": "ark-beta-image-process",
    },
    error_kinds=ERROR_KINDS,
)

VOLCENGINE = replace(
    BYTEPLUS,
    name="volcengine",
    base_url="https://ark.cn-beijing.volces.com/api/v3",
    model="doubao-seed-2-0-mini-260215",
    regions={"cn-beijing": "https://ark.cn-beijing.volces.com/api/v3"},
    facts=_facts(search=True),
    prices=(),
)
