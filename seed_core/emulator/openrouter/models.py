"""The models that OpenRouter lists here, as data: ids, limits, prices, parameters.

The record of Seed 2.0 Mini is complete; its siblings are served alike and share its figures, which
are not theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seed_core.emulator.openrouter.errors import Refused, bad

__all__ = ["CONTEXT", "Catalogue", "price"]

CONTEXT = 262_144
_LONG = 128_000
_MINI = "bytedance-seed/seed-2.0-mini"
_SLUGS = {
    _MINI: "bytedance-seed/seed-2.0-mini-20260224",
    "bytedance-seed/seed-2.0-lite": "bytedance-seed/seed-2.0-lite-20260224",
    "bytedance-seed/seed-2.0-pro": "bytedance-seed/seed-2.0-pro-20260224",
    "bytedance-seed/seed-2.0-code": "bytedance-seed/seed-2.0-code-20260224",
    "bytedance-seed/seed-1.6": "bytedance-seed/seed-1.6-20250625",
    "bytedance-seed/seed-1.6-flash": "bytedance-seed/seed-1.6-flash-20250625",
}
_SUFFIXES = frozenset({"nitro", "floor", "exacto", "extended", "online", "thinking", "free"})
_SUPPORTED = (
    "frequency_penalty",
    "include_reasoning",
    "max_tokens",
    "reasoning",
    "reasoning_effort",
    "response_format",
    "stop",
    "structured_outputs",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
)
# What a model may support or not; other fields of a request are OpenRouter's own.
_PARAMETERS = """
frequency_penalty include_reasoning logit_bias logprobs max_completion_tokens max_tokens min_p
parallel_tool_calls prediction presence_penalty reasoning reasoning_effort repetition_penalty
response_format seed stop structured_outputs temperature tool_choice tools top_a top_k top_logprobs
top_p verbosity web_search_options
"""
_ARCHITECTURE = {
    "modality": "text+image+video->text",
    "input_modalities": ["text", "image", "video"],
    "output_modalities": ["text"],
    "tokenizer": "Other",
    "instruct_type": None,
}
_CHOICES = ("none", "auto", "required", "function")
_PRICING = {
    "prompt": "0.0000001",
    "completion": "0.0000004",
    "overrides": [
        {"min_prompt_tokens": _LONG, "prompt": "0.0000002", "completion": "0.0000008"},
    ],
}


def price(prompt: int, completion: int) -> tuple[float, float]:
    """Give the USD of a prompt and of a completion; both double above 128,000 prompt tokens."""
    scale = 2 if prompt > _LONG else 1
    return round(prompt * scale * 1e-7, 12), round(completion * scale * 4e-7, 12)


class Catalogue:
    """The models on offer: the Seed family and what the emulator was told to add."""

    def __init__(self, extra: Sequence[str] = ()) -> None:
        """Add some ids to the Seed family."""
        self._slugs = {**_SLUGS, **{model: model for model in extra}}

    def choose(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """Give the id and the suffix of the first known model that a request names.

        `models` is a list of fallbacks, tried in order after `model`.
        """
        wanted = [*([body["model"]] if body.get("model") else []), *(body.get("models") or [])]
        if not wanted:
            message = "No models provided"
            raise bad(message)
        for name in wanted:
            model, _, suffix = name.partition(":")
            if name in self._slugs or (model in self._slugs and suffix in _SUFFIXES):
                return (name, "") if name in self._slugs else (model, suffix)
        message = f"{wanted[0]} is not a valid model ID"
        raise bad(message)

    def records(self, query: Mapping[str, str]) -> dict[str, Any]:
        """List the models as `GET /models` does, with its filters."""
        found = [self.record(model) for model in self._slugs]
        for name in ("supported_parameters", "input_modalities"):
            wanted = {value for value in query.get(name, "").split(",") if value}
            found = [record for record in found if wanted <= _listed(record, name)]
        sought = query.get("q", "").lower()
        found = [record for record in found if sought in f"{record['id']} {record['name']}".lower()]
        return {"data": found, "links": {"next": None}, "total_count": len(found)}

    def record(self, model: str) -> dict[str, Any]:
        """Describe one model."""
        if model not in self._slugs:
            raise Refused(404, {"message": "Model not found", "code": 404})
        name = model.partition("/")[2].replace("-", " ").title().replace(" ", "-")
        return {
            "id": model,
            "canonical_slug": self._slugs[model],
            "hugging_face_id": "",
            "name": f"ByteDance Seed: {name}",
            "created": 1772131107,
            "description": "An emulated model: its answers are canned.",
            "context_length": CONTEXT,
            "architecture": _ARCHITECTURE,
            "pricing": _PRICING,
            "top_provider": {
                "context_length": CONTEXT,
                "max_completion_tokens": 131_072,
                "is_moderated": False,
            },
            "per_request_limits": None,
            "supported_parameters": list(_SUPPORTED),
            "supported_voices": None,
            "default_parameters": None,
            "knowledge_cutoff": None,
            "expiration_date": None,
            "links": {"details": f"/api/v1/models/{model}/endpoints"},
            "reasoning": {
                "mandatory": False,
                "supported_efforts": ["high", "medium", "low", "minimal"],
                "default_effort": "medium",
            },
        }

    def endpoints(self, model: str) -> dict[str, Any]:
        """Describe one model and who serves it, as `GET /models/{author}/{slug}/endpoints` does."""
        record = self.record(model)
        shown = ("id", "name", "created", "description", "architecture")
        endpoint = {
            "name": f"Seed | {record['canonical_slug']}",
            "model_id": model,
            "model_name": record["name"],
            "context_length": CONTEXT,
            "pricing": _PRICING,
            "provider_name": "Seed",
            "tag": "seed",
            "quantization": "unknown",
            "max_completion_tokens": 131_072,
            "max_prompt_tokens": None,
            "supported_parameters": list(_SUPPORTED),
            "status": 0,
            **dict.fromkeys(("uptime_last_5m", "uptime_last_30m", "uptime_last_1d"), 100),
            **dict.fromkeys(("latency_last_30m", "throughput_last_30m")),
            "supports_implicit_caching": False,
            # The SDK of November 2026 asks for the rest; the documentation of August lacks it.
            "supports_diarization": False,
            "supports_tool_choice": dict.fromkeys(_CHOICES, True),
            "native_tools": {},
            "service_tier": None,
        }
        return {**{key: record[key] for key in shown}, "endpoints": [endpoint]}


def _listed(record: Mapping[str, Any], name: str) -> set[str]:
    return set(record.get(name) or record["architecture"][name])


def unsupported(body: Mapping[str, Any]) -> list[str]:
    """Give the parameters of a request that the model does not list (the host ignores them)."""
    given = (
        name for name, value in body.items() if value is not None and name in _PARAMETERS.split()
    )
    aliases = {"max_completion_tokens": "max_tokens"}
    return sorted(name for name in given if aliases.get(name, name) not in _SUPPORTED)
