"""Token counts and costs as chat completions, and responses in other words, report them."""

from __future__ import annotations

from seed_core.events import Cost, Usage
from seed_core.types import Json


def read_usage(
    usage: object, *, asked: str = "prompt", answered: str = "completion"
) -> Usage | None:
    """The counters of a `usage` object; what is missing stays None, which is not zero.

    Args:
        usage: the object.
        asked: what the wire calls the side that was sent.
        answered: what it calls the side that came back.
    """
    if not isinstance(usage, dict):
        return None
    prompt = object_or_empty(usage.get(f"{asked}_tokens_details"))
    completion = object_or_empty(usage.get(f"{answered}_tokens_details"))
    # The guide says `server_tool_use`, the recorded wire `server_tool_use_details`.
    tools = object_or_empty(usage.get("server_tool_use_details") or usage.get("tool_usage"))
    return Usage(
        input_tokens=count_or_none(usage.get(f"{asked}_tokens")),
        output_tokens=count_or_none(usage.get(f"{answered}_tokens")),
        reasoning_tokens=count_or_none(completion.get("reasoning_tokens")),
        cache_read_tokens=count_or_none(prompt.get("cached_tokens")),
        cache_write_tokens=count_or_none(prompt.get("cache_write_tokens")),
        tool_usage={name: n for name, n in tools.items() if count_or_none(n) is not None},
    )


def read_cost(usage: object) -> Cost | None:
    """What the host says that the reply cost, in USD; zero is a price, None is unknown."""
    if not isinstance(usage, dict):
        return None
    usd = _amount(usage.get("cost"))
    if usd is None:
        usd = _amount(usage.get("cost_usd"))
    if usd is None or usd < 0:  # a budget would grow by it; a part may be a discount
        return None
    said = object_or_empty(usage.get("cost_details")).items()
    amounts = {name: n for name, value in said if (n := _amount(value)) is not None}
    return Cost(usd, "reported", amounts)


def object_or_empty(value: object) -> Json:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def count_or_none(value: object) -> int | None:
    """A whole number, or None; what no counter shows is none, and could not be priced."""
    return value if type(value) is int and 0 <= value < 2**63 else None


def _amount(value: object) -> float | None:
    """A number that may be an amount of money, or None."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12:
        return float(value)
    return None
