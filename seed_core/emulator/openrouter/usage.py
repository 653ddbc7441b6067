"""What it costs: OpenRouter's usage object, the record of a generation and that of a key.

Knows the shapes; token counts come from the chat face, prices from `models`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seed_core.emulator import chat
from seed_core.emulator.openrouter.errors import USER
from seed_core.emulator.openrouter.models import price
from seed_core.emulator.scripts import Answer

__all__ = ["Bill", "generation", "key_record", "usage"]


@dataclass(frozen=True)
class Bill:
    """The tokens of a request, before anything was answered."""

    prompt: int
    cached: int
    written: int
    video: int
    searched: bool


def usage(answer: Answer, bill: Bill) -> dict[str, Any] | None:
    """Write the usage of an answer; None if the answer says that there is none."""
    plain = chat.usage(answer, bill.prompt, bill.cached)
    paid = price(bill.prompt, plain["completion_tokens"])
    told: dict[str, Any] = {
        **plain,
        "cost": round(sum(paid), 12) if answer.cost is None else answer.cost,
        "is_byok": False,
        "prompt_tokens_details": {
            **plain["prompt_tokens_details"],
            "cache_write_tokens": bill.written,
            "audio_tokens": 0,
            "video_tokens": bill.video,
        },
        "cost_details": {
            "upstream_inference_cost": round(sum(paid), 12),
            "upstream_inference_prompt_cost": paid[0],
            "upstream_inference_completions_cost": paid[1],
        },
        "completion_tokens_details": {
            **plain["completion_tokens_details"],
            "image_tokens": 0,
            "audio_tokens": 0,
        },
    }
    if bill.searched:
        told["server_tool_use_details"] = {
            "web_search_requests": 1,
            "tool_calls_requested": 1,
            "tool_calls_executed": 1,
        }
    return chat.overlaid(told, answer)


def generation(
    reply: Mapping[str, Any], told: Mapping[str, Any], headers: Mapping[str, str], *, streamed: bool
) -> dict[str, Any]:
    """Write the record of a generation, as `GET /generation` tells it afterwards."""
    choice = reply["choices"][0]
    details = told.get("completion_tokens_details") or {}
    prompt, completion = told.get("prompt_tokens", 0), told.get("completion_tokens", 0)
    return {
        "id": reply["id"],
        "model": reply["model"],
        "provider_name": reply["provider"],
        "api_type": "completions",
        "created_at": "2026-02-26T00:00:00.000Z",
        "streamed": streamed,
        "cancelled": False,
        "finish_reason": choice["finish_reason"],
        "native_finish_reason": choice["native_finish_reason"],
        "tokens_prompt": prompt,
        "tokens_completion": completion,
        "native_tokens_prompt": prompt,
        "native_tokens_completion": completion,
        "native_tokens_reasoning": details.get("reasoning_tokens"),
        "native_tokens_cached": (told.get("prompt_tokens_details") or {}).get("cached_tokens"),
        "total_cost": told.get("cost") or 0,
        "usage": told.get("cost") or 0,
        "http_referer": headers.get("http-referer"),
        "user_agent": headers.get("user-agent"),
        "origin": headers.get("http-referer") or "",
        "is_byok": False,
        "data_region": "global",
        **dict.fromkeys(_UNTOLD),
    }


def key_record(spent: float, *, manages: bool) -> dict[str, Any]:
    """Describe the caller's key, as `GET /key` does."""
    used = dict.fromkeys(("usage", "usage_daily", "usage_weekly", "usage_monthly"), spent)
    requests_left = {"limit": 1000, "remaining": 1000, "used": 0}
    return {
        "label": "sk-or-v1-emu...lated",
        **used,
        **{f"byok_{name}": 0 for name in used},
        "limit": None,
        "limit_remaining": None,
        "limit_reset": None,
        "include_byok_in_limit": False,
        "is_free_tier": False,
        "is_management_key": manages,
        "is_provisioning_key": manages,
        "creator_user_id": USER,
        "expires_at": None,
        "rate_limit": {"requests": -1, "interval": "10s", "note": "deprecated"},
        # The SDK of November 2026 asks for the rest; the documentation of August lacks it.
        "allowed_data_regions": [],
        "budgets": [],
        "effective_budget": None,
        "free_model_daily_requests": requests_left,
        "organization_id": None,
        "workspace_id": None,
    }


_UNTOLD = (
    "app_id",
    "cache_discount",
    "external_user",
    "generation_time",
    "latency",
    "moderation_latency",
    "native_tokens_completion_images",
    "num_fetches",
    "num_input_audio_prompt",
    "num_media_completion",
    "num_media_prompt",
    "num_search_results",
    "preset_id",
    "provider_responses",
    "router",
    "service_tier",
    "upstream_id",
    "upstream_inference_cost",
    "web_search_engine",
    "workspace_id",
)
