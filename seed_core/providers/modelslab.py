"""ModelsLab: https://docs.modelslab.com and its page of Seed 2.0 Mini, as of autumn 2026.

It resells OpenRouter's route. What its pages leave open (reasoning, pictures) is assumed to pass
through, and marked [assumed]. It returns no cost, and its page gives three prices that contradict
each other, so none is estimated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seed_core.capabilities import Capabilities
from seed_core.errors import ServerError
from seed_core.providers.base import ModelFacts, Provider
from seed_core.providers.explain import Kind
from seed_core.types import Json, Options
from seed_core.wire.chat import ChatWire
from seed_core.wire.messages import FORMATS, MessagesWire

MAX_TOKENS = 8192
"""Sent when the user says nothing: the host's own default of 1000 counts reasoning, and leaves
answers empty."""

STATUSES = {"Invalid API key": 401, "Insufficient credits": 402, "Rate limit exceeded": 429}
"""The documented beginnings of messages of the house's envelope, which has no code: inside a 200
nothing else says what they are."""


def reasoning(options: Options) -> Json:
    """OpenRouter's `reasoning` object [assumed: undocumented here, passed through]."""
    if options.thinking == "disabled":
        return {"reasoning": {"effort": "none"}}
    said: dict[str, Any] = {}
    if options.thinking == "enabled":
        said["enabled"] = True
    if options.reasoning_effort is not None:
        said["effort"] = options.reasoning_effort
    return {"reasoning": said} if said else {}


def error_of(payload: Json) -> Any:
    """OpenAI's envelope, or the house's own, which also comes with status 200.

    The house's is `{"status": "error", "message": ..., "retry_after"?: seconds}`; some endpoints
    spell it `messege`. `processing` and `success` belong to other endpoints.
    """
    status = payload.get("status")
    if payload.get("error") or payload.get("choices") or payload.get("content"):
        return payload.get("error")
    said = payload.get("message") or payload.get("messege")
    words = said if isinstance(said, str) else ""
    if status == "processing":
        job = f"id {payload.get('id')}, {payload.get('eta')} s to go"
        told = f"the call was queued ({job}) and there is no address to fetch it from: {words}"
        return {"code": "processing", "message": told}
    if status == "success":
        told = "an answer of the older chat endpoint came; check base_url="
        return {"code": "other_endpoint", "message": told}
    if status != "error":
        return None
    code = next((n for start, n in STATUSES.items() if words.startswith(start)), None)
    return {"message": words, "code": code, "retry_after": payload.get("retry_after")}


CHAT = ChatWire(
    max_tokens_default=MAX_TOKENS,
    thinking_fields=reasoning,
    reasoning_field="reasoning",
    echo_reasoning="always",
    # The documented chunks stand on single lines, without the blank line between events.
    each_line=True,
    cannot=frozenset(
        {"thinking_budget", "video_fps", "image_pixel_limit", "web_search", "caching"}
    ),
)

_BOTH = Capabilities(
    yes=frozenset({"tools", "tool_choice", "temperature", "top_p", "stop"}),
    no=frozenset({"web_search", "caching", "file_id"}),
    thinking=("enabled", "disabled"),
    efforts=("minimal", "low", "medium", "high"),
    context_window=256_000,
    max_stop=4,
)

ON_CHAT = replace(
    _BOTH,
    yes=_BOTH.yes
    | {"json_object", "seed", "frequency_penalty", "presence_penalty", "parallel_tool_calls"},
    ranges={"temperature": (0, 2), "top_p": (0, 1)},
)
ON_MESSAGES = replace(
    _BOTH,
    ranges={"temperature": (0, 1), "top_p": (0, 1)},
    formats=FORMATS,
    max_stop=None,
)

OTHERS = Capabilities(no=_BOTH.no, thinking=("enabled", "disabled"))
"""What the host's request can say at all; the rest is the model's matter."""

MODELSLAB = Provider(
    name="modelslab",
    base_url="https://modelslab.com/api/v7/llm",
    root_path="/api/v7/llm",
    model="bytedance-seed-seed-2.0-mini",
    key_names=("MODELSLAB_API_KEY",),
    wires={
        "chat": CHAT,
        "messages": MessagesWire(
            path="/v1/messages",
            key_headers=("x-api-key",),
            max_tokens_default=MAX_TOKENS,
            each_line=True,  # as on the chat wire [assumed]; right for either framing
        ),
    },
    # The request of the model's page: the key as a field, and another name for the model.
    body_key_wires={"chat": replace(CHAT, model_field="model_id")},
    max_concurrency=5,  # "pay as you go"; 10 and 15 on the plans
    models_path="/v1/models",
    count_path="/v1/messages/count_tokens",
    facts=(
        ModelFacts(r"bytedance-seed-seed-2\.0-mini", ON_CHAT, api="chat"),
        ModelFacts(r"bytedance-seed-seed-2\.0-mini", ON_MESSAGES, api="messages"),
        ModelFacts(r".*", OTHERS),
    ),
    error_of=error_of,
    error_kinds={
        # Sending it again would be another job, and may be billed twice.
        "processing": Kind(ServerError, retryable=False),
        "other_endpoint": Kind(ServerError, retryable=False),
    },
)
