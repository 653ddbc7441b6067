"""What an answer took: token counts, and OpenAI's usage object around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seed_core.emulator.meter import count
from seed_core.emulator.scripts import Answer

__all__ = ["Spent", "overlaid", "spent", "usage"]


@dataclass(frozen=True, slots=True)
class Spent:
    """The tokens of an answer."""

    completion: int
    """Reasoning included."""
    reasoning: int


def spent(answer: Answer) -> Spent:
    """Count an answer: reasoning, text, refusal and calls."""
    reasoning = count(answer.reasoning)
    calls = sum(count(call.name) + count(call.arguments) for call in answer.tool_calls)
    return Spent(reasoning + count(answer.text) + count(answer.refusal) + calls, reasoning)


def usage(answer: Answer, prompt: int, cached: int = 0) -> dict[str, Any]:
    """Write OpenAI's usage object, before anything is laid over it.

    Example:
        >>> usage(Answer(text="Hello"), 10)["total_tokens"]
        12
    """
    tokens = spent(answer)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": prompt + tokens.completion,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
    }


def overlaid(told: Mapping[str, Any], answer: Answer) -> dict[str, Any] | None:
    """Lay an answer's own usage over the computed one; None if it says that there is none."""
    if answer.usage_shape == 0:
        return None
    merged = {**told, **(answer.usage or {})}
    return {key: value for key, value in merged.items() if value is not ...}
