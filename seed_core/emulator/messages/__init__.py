"""Anthropic's Messages as hosts serve them: what they take, refuse and answer.

Knows the wire; what a host does its own way is in its `Dialect`.
"""

from seed_core.emulator.messages.dialect import (
    PING,
    Bill,
    Denied,
    Dialect,
    Problem,
    header_key,
    serving_models,
    standard_error,
    standard_usage,
)
from seed_core.emulator.messages.face import Messages

__all__ = [
    "PING",
    "Bill",
    "Denied",
    "Dialect",
    "Messages",
    "Problem",
    "header_key",
    "serving_models",
    "standard_error",
    "standard_usage",
]
