"""Price tables as data, and the estimate that they allow when a host reports no cost.

Prices are USD per million tokens. Unknown is unknown: no row, no estimate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from seed_core.events import Cost, Usage

LONG_CONTEXT = 128_000
"""Input tokens above which the higher tier applies. The hosts say "128K" and do not say whether
they mean 128,000 or 131,072; OpenRouter's model record has `min_prompt_tokens: 128000`."""


@dataclass(frozen=True, slots=True)
class Price:
    """One row: what a model costs at a provider.

    Attributes:
        model: a regular expression for the model ids that the row is about.
        input: USD per million input tokens.
        output: USD per million output tokens, reasoning included.
        long_input: the same above `LONG_CONTEXT` input tokens.
        long_output: the same above `LONG_CONTEXT` input tokens.
        source: where the numbers stand.
        date: when they were read there.
    """

    model: str
    input: float
    output: float
    long_input: float
    long_output: float
    source: str
    date: str


def estimate(usage: Usage | None, model: str | None, prices: tuple[Price, ...]) -> Cost | None:
    """What a reply cost by the table, or None when the table or the usage does not say.

    Unknown is unknown: no row has a price for tools of the host or for input out of its cache.

    Example:
        >>> row = Price("mini", 0.1, 0.4, 0.2, 0.8, "the host's model page", "2026-09-28")
        >>> estimate(Usage(1_000_000, 0), "mini", (row,)).usd
        0.2
    """
    if usage is None or usage.input_tokens is None or usage.output_tokens is None:
        return None
    if usage.tool_usage or usage.cache_read_tokens:
        return None
    for price in prices:
        if re.fullmatch(price.model, model or ""):
            long = usage.input_tokens > LONG_CONTEXT
            per_input = price.long_input if long else price.input
            per_output = price.long_output if long else price.output
            usd = (usage.input_tokens * per_input + usage.output_tokens * per_output) / 1_000_000
            return Cost(usd, "estimated")
    return None
