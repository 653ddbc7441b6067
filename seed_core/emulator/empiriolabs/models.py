"""The model record of EmpirioLabs: what `GET /models/seed-2-0-mini` tells, as its page has it.

The keys are documented, their nesting is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["CONTEXT", "MODEL", "Catalogue", "price"]

MODEL = "seed-2-0-mini"
CONTEXT = 262_144  # "256K" on the page
_LONG = 128_000
_ENDPOINTS = ("/v1/chat/completions", "/v1/responses", "/v1/messages")


def _parameter(name: str, kind: str, default: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "required": False, "default": default, **more}


def _range(low: float, high: float) -> dict[str, Any]:
    return {"range": {"min": low, "max": high}}


_PARAMETERS = (
    _parameter("temperature", "number", 0.7, **_range(0, 2)),
    _parameter("top_p", "number", 1.0, **_range(0, 1)),
    _parameter("max_tokens", "number", 4096, **_range(1, 65_536)),
    _parameter("frequency_penalty", "number", 0, **_range(-2, 2)),
    _parameter("presence_penalty", "number", 0, **_range(-2, 2)),
    _parameter("stop", "string"),
    _parameter("enable_thinking", "boolean", default=True),
    _parameter("reasoning_effort", "enum", "medium", allowed=["low", "medium", "high"]),
    _parameter("enable_web_search", "boolean", default=False),
    _parameter("enable_caching", "boolean", default=False),
    _parameter("image_detail", "enum", "high", allowed=["low", "high", "xhigh"]),
    _parameter("video_fps", "number", **_range(0.2, 5)),
)
_RECORD: dict[str, Any] = {
    "object": "model",
    "name": "Seed 2.0 Mini",
    "owned_by": "ByteDance",
    "status": "active",
    "region": "Malaysia",
    "context_window": CONTEXT,
    "max_output_tokens": 128_000,
    "input_modalities": ["text", "image", "video", "document"],
    "output_modalities": ["text"],
    "features": ["vision", "reasoning"],
    "is_featured": False,
    "supported_endpoints": [f"POST {path}" for path in _ENDPOINTS],
    "supported_parameters": list(_PARAMETERS),
    "capabilities": {
        "streaming": True,
        "system_prompt": True,
        "tool_calling": True,
        "vision": True,
        "audio_input": False,
        "video_input": True,
        "web_search": True,
        "thinking": True,
        "citations": True,
    },
    "pricing_rows": [
        {"charge": "Input", "spec": "per 1M prompt tokens, <=128K", "rate": 0.12},
        {"charge": "Input", "spec": "per 1M prompt tokens, 128K-256K", "rate": 0.24},
        {"charge": "Output", "spec": "per 1M generated tokens, <=128K", "rate": 0.50},
        {"charge": "Output", "spec": "per 1M generated tokens, 128K-256K", "rate": 1.00},
    ],
}


class Catalogue:
    """The models on offer: Seed 2.0 Mini and what the emulator was told to add."""

    def __init__(self, extra: Sequence[str] = ()) -> None:
        """Add some ids, which share the figures of Mini."""
        self.ids = (MODEL, *extra)

    def listed(self) -> dict[str, Any]:
        """List the models."""
        return {"object": "list", "data": [self.record(model) for model in self.ids]}

    def record(self, model: str) -> dict[str, Any]:
        """Describe one model that is on offer."""
        return {"id": model, **_RECORD}


def price(prompt: int, completion: int) -> float:
    """Give the USD of a call: "2x when input tokens >=128K", as the page's note has it."""
    scale = 2 if prompt >= _LONG else 1
    return round(scale * (prompt * 0.12e-6 + completion * 0.5e-6), 12)
