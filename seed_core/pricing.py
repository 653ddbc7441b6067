"""Price tables as data, and the estimate that they allow when a host reports no cost.

Prices are USD per million tokens. Unknown is unknown: no row, no estimate; and no estimate either
where a row has no price for something that was used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias

from seed_core.arguments import unknown_name
from seed_core.errors import ConfigurationError
from seed_core.events import Cost, Usage

LONG_CONTEXT = 128_000
"""Input tokens above which the higher tier applies. The hosts say "128K" and do not say whether
they mean 128,000 or 131,072; OpenRouter's model record has `min_prompt_tokens: 128000`."""


@dataclass(frozen=True, slots=True)
class Price:
    """One row: what a model costs at a provider. A price that is None is not known.

    Attributes:
        model: a regular expression for the model ids that the row is about.
        input: USD per million input tokens.
        output: USD per million output tokens, reasoning included.
        long_input: the same above `LONG_CONTEXT` tokens; None where there is no such tier.
        long_output: likewise.
        source: where the numbers stand.
        date: when they were read there.
        cache_read: USD per million input tokens that came out of the host's cache.
        long_cache_read: the same above `LONG_CONTEXT`; None where it is no other.
        cache_write: USD per million input tokens that went into it.
        tools: USD for one use of a tool of the host's own, by its name in the usage.
        output_by: which tokens decide on the tier of the output: those of the input, or its own.
    """

    model: str
    input: float
    output: float
    long_input: float | None = None
    long_output: float | None = None
    source: str = "said by the caller"
    date: str = ""
    cache_read: float | None = None
    long_cache_read: float | None = None
    cache_write: float | None = None
    tools: Mapping[str, float] = field(default_factory=dict)
    output_by: Literal["input", "output"] = "input"

    def usd(self, usage: Usage) -> float | None:
        """What a reply cost by this row, or None where the row or the usage does not say.

        Example:
            >>> Price("mini", 0.1, 0.4, cache_read=0.02).usd(Usage(1_000_000, 0, None, 500_000))
            0.06
        """
        given, made = usage.input_tokens, usage.output_tokens
        if given is None or made is None:
            return None
        read, written = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
        long = given > LONG_CONTEXT
        long_output = long if self.output_by == "input" else made > LONG_CONTEXT
        parts = [
            (max(given - read - written, 0), _tier(self.input, self.long_input, long=long)),
            (read, _tier(self.cache_read, self.long_cache_read, long=long)),
            (written, self.cache_write),
            (made, _tier(self.output, self.long_output, long=long_output)),
        ]
        parts += [
            (count * 1_000_000, self.tools.get(name)) for name, count in usage.tool_usage.items()
        ]
        used = [(count, price) for count, price in parts if count]
        if any(price is None for _, price in used):
            return None
        return sum(count * (price or 0.0) for count, price in used) / 1_000_000


PricesLike: TypeAlias = "Price | Mapping[str, Any] | Sequence[Price | Mapping[str, Any]]"
"""A row, the fields of one, or several: `{"input": 0.1, "output": 0.4}`."""


def _tier(short: float | None, long_price: float | None, *, long: bool) -> float | None:
    """The price of a tier."""
    return long_price if long and long_price is not None else short


def estimate(usage: Usage | None, model: str | None, prices: tuple[Price, ...]) -> Cost | None:
    """What a reply cost by the first row for its model; None when row or usage does not say.

    Example:
        >>> row = Price("mini", 0.1, 0.4, 0.2, 0.8, "the host's model page", "2026-09-28")
        >>> estimate(Usage(1_000_000, 0), "mini", (row,)).usd
        0.2
    """
    for price in prices if usage is not None else ():
        if usage is not None and re.fullmatch(price.model, model or ""):
            usd = price.usd(usage)
            return None if usd is None else Cost(usd, "estimated")
    return None


def read_prices(said: PricesLike | None) -> tuple[Price, ...]:
    """Rows as a user says them. Without `model` a row is about every model.

    Raises:
        ConfigurationError: something else, an unknown field, or no amount of money.

    Example:
        >>> read_prices({"input": 0.1, "output": 0.4})[0].model
        '.*'
    """
    if said is None:
        return ()
    if isinstance(said, (Price, Mapping)):
        return (_row(said),)
    if isinstance(said, (list, tuple)):
        return tuple(map(_row, said))
    raise ConfigurationError(f"{_TAKES}, not a {type(said).__name__}")


_TAKES = 'prices= takes rows like {"input": 0.1, "output": 0.4}, in USD per million tokens'
_NAMES = tuple(one.name for one in fields(Price))
_AMOUNTS = (
    *("input", "output", "long_input", "long_output"),
    *("cache_read", "long_cache_read", "cache_write"),
)


def _row(said: object) -> Price:
    """One row."""
    if isinstance(said, Price):
        row = said
    elif isinstance(said, Mapping):
        for name in said:
            if name not in _NAMES:
                raise unknown_name(str(name), _NAMES, "prices=", elsewhere=False)
        if not {"input", "output"} <= said.keys():
            raise ConfigurationError(
                f"{_TAKES}; it has no {'in' if 'output' in said else 'out'}put"
            )
        row = Price(**{"model": ".*", **said})
    else:
        raise ConfigurationError(f"{_TAKES}, not a {type(said).__name__}")
    tools: object = row.tools
    if not isinstance(tools, Mapping) or row.output_by not in ("input", "output"):
        raise ConfigurationError(
            'prices=: tools is an object of names and USD, and output_by "input" or "output"'
        )
    amounts = [getattr(row, name) for name in _AMOUNTS]
    for amount in (*amounts, *row.tools.values()):
        if amount is not None and not (_is_number(amount) and amount >= 0):
            raise ConfigurationError(f"{_TAKES}; {amount!r} is no amount of money")
    try:
        re.compile(row.model)
    except (re.error, TypeError) as error:
        msg = f"prices=: model is a regular expression, and {row.model!r} is none ({error})"
        raise ConfigurationError(msg) from error
    return row


def _is_number(value: object) -> bool:
    """Whether something is a number; True is none here."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
