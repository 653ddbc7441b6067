"""Checks of JSON values: each gives what a value must be, or None when it is.

Knows JSON's types; no host and no field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

__all__ = [
    "Check",
    "boolean",
    "each",
    "either",
    "integer",
    "mapping",
    "nullable",
    "number",
    "one_of",
    "optional_fields",
    "string",
]

Check: TypeAlias = Callable[[Any], "str | None"]


def number(low: float = -math.inf, high: float = math.inf, *, above: bool = False) -> Check:
    """A number within a range; `above` leaves the lower end out."""
    span = "" if math.isinf(low) and math.isinf(high) else f" from {low:g} to {high:g}"

    def check(value: Any) -> str | None:
        fits = _is_number(value) and low <= value <= high and not (above and value == low)
        return None if fits else f"must be a number{span}"

    return check


def integer(low: float = -math.inf, high: float = math.inf) -> Check:
    """A whole number within a range; JSON's 3.0 is one."""
    at_least = "" if math.isinf(low) else f" of at least {low:g}"
    at_most = "" if math.isinf(high) else f" of at most {high:g}"

    def check(value: Any) -> str | None:
        fits = _is_number(value) and float(value).is_integer() and low <= value <= high
        return None if fits else f"must be an integer{at_least}{at_most}"

    return check


def string(longest: int | None = None, *, shortest: int = 0) -> Check:
    """A text within a length."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be a string"
        if len(value) < shortest:
            return "must not be empty"
        if longest is not None and len(value) > longest:
            return f"must have at most {longest} characters"
        return None

    return check


def boolean(value: Any) -> str | None:
    """Check that a value is true or false."""
    return None if isinstance(value, bool) else "must be a boolean"


def mapping(value: Any) -> str | None:
    """Check that a value is an object."""
    return None if isinstance(value, Mapping) else "must be an object"


def one_of(*values: str) -> Check:
    """One of some texts."""

    def check(value: Any) -> str | None:
        fits = isinstance(value, str) and value in values
        return None if fits else f"must be one of {', '.join(values)}"

    return check


def nullable(check: Check) -> Check:
    """Whatever another check takes, or null."""
    return lambda value: None if value is None else check(value)


def each(check: Check, *, least: int = 0, most: int | None = None) -> Check:
    """An array whose items pass another check."""

    def check_all(value: Any) -> str | None:
        if not isinstance(value, list):
            return "must be an array"
        if len(value) < least:
            return f"must contain at least {least} element(s)"
        if most is not None and len(value) > most:
            return f"must contain at most {most} element(s)"
        wrong = next((said for said in map(check, value) if said), None)
        return f"has an item that {wrong}" if wrong else None

    return check_all


def either(*checks: Check) -> Check:
    """What any of some checks takes."""

    def check_any(value: Any) -> str | None:
        said = [check(value) for check in checks]
        return None if None in said else " or ".join(text for text in said if text)

    return check_any


def optional_fields(**fields: Check) -> Check:
    """An object some of whose fields, where present, pass checks; other fields are ignored."""

    def check(value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return "must be an object"
        for name, of_field in fields.items():
            if name in value and (said := of_field(value[name])):
                return f"has a field {name} that {said}"
        return None

    return check


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
