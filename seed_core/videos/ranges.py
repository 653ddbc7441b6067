"""Checks of single values."""

from __future__ import annotations

from collections.abc import Sequence

from seed_core.errors import ConfigurationError


def whole(name: str, value: object, least: int, most: int | None) -> None:
    """Refuse what is not a whole number of a range.

    Raises:
        ConfigurationError: with the range.
    """
    span = f"from {least} to {most}" if most is not None else f"of {least} or more"
    right = isinstance(value, int) and not isinstance(value, bool) and value >= least
    if not right or (most is not None and isinstance(value, int) and value > most):
        raise ConfigurationError(f"{name}= takes a whole number {span}, not {value!r}")


def of_type(name: str, value: object, kind: type) -> None:
    """Refuse a value of another type, None too.

    Raises:
        ConfigurationError: with the type. The value is not shown: it may be a secret.
    """
    if not isinstance(value, kind):
        raise ConfigurationError(f"{name}= takes a {kind.__name__}, not a {type(value).__name__}")


def one_of(name: str, value: object, known: Sequence[str]) -> None:
    """Refuse a word that is not known; None is "not said".

    Raises:
        ConfigurationError: with the words that are.
    """
    if value is not None and value not in known:
        raise ConfigurationError(f"{name}= takes {', '.join(known)}, not {value!r}")
