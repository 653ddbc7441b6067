"""What one parameter must be, and the walk through a task that checks it.

Knows no parameter by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from seed_core.emulator.checks import Check, integer
from seed_core.emulator.runware.errors import Rejected, invalid, missing

__all__ = ["Rule", "Rules", "check_all", "check_required", "whole"]


@dataclass(frozen=True)
class Rule:
    """What one parameter must be."""

    check: Check
    kind: str = "string"
    """Its type, as an error names it."""
    limits: Mapping[str, int] = field(default_factory=dict)


Rules: TypeAlias = "Mapping[str, Rule | Mapping[str, Rule]]"


def whole(low: int, high: int | None = None) -> Rule:
    """Make the rule of an integer."""
    if high is None:
        return Rule(integer(low), "integer", {"min": low})
    return Rule(integer(low, high), "integer", {"min": low, "max": high})


def check_all(given: Mapping[str, Any], rules: Rules, prefix: str = "") -> None:
    """Refuse a parameter that there is not, and one that is not what it must be."""
    for name, value in given.items():
        rule, path = rules.get(name), prefix + name
        if rule is None:
            message = f"Unknown parameter '{path}'."
            raise Rejected("unknownParameter", message, path)
        if isinstance(rule, Rule):
            if said := rule.check(value):
                raise invalid(path, said, rule.kind, rule.limits)
        elif isinstance(value, Mapping):
            check_all(value, rule, f"{path}.")
        else:
            raise invalid(path, "must be an object", "object")


def check_required(given: Mapping[str, Any], names: Sequence[str]) -> None:
    """Refuse a task without one of some parameters."""
    for name in names:
        if name not in given:
            raise missing(name)
