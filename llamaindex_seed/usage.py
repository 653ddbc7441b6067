"""What calls of `SeedLLM` come to, as a handler of LlamaIndex's."""

from __future__ import annotations

from typing import Any

from llama_index.core.callbacks.base_handler import BaseCallbackHandler

from seed_core.spending import Spending


class SeedUsageHandler(Spending, BaseCallbackHandler):
    """Adds up tokens and USD of the calls of `SeedLLM`, and stops them at a limit.

    It counts inside `with`, and wherever it stands in the `CallbackManager` of a model, as
    `TokenCountingHandler` does; a call that it is told of twice is counted once. See
    `seed_core.Spending` for what it knows.

    LlamaIndex's dispatcher swallows what its event handlers raise, and tells them of every call of
    the process; so the model finds this one among its handlers and counts at its own door, where a
    call can still be stopped.

    Args:
        max_usd: no further call is sent once this much is spent, in USD; calls that are under way
            go on, and are counted. The next one raises a `BudgetExceededError`.
        unknown_usd: what a call of unknown cost counts for in that. Left out it counts for
            nothing, and the log says so once for each provider.

    Raises:
        ConfigurationError: one of them is no amount of money.

    Example:
        >>> with SeedUsageHandler(max_usd=0.50) as usage:
        ...     engine.chat("How many apples are left?")  # doctest: +SKIP
        >>> usage.total_usd  # doctest: +SKIP
        0.0021
    """

    def __init__(self, *, max_usd: float | None = None, unknown_usd: float | None = None) -> None:
        """Nothing is spent yet."""
        Spending.__init__(self, max_usd=max_usd, unknown_usd=unknown_usd)
        BaseCallbackHandler.__init__(self, event_starts_to_ignore=[], event_ends_to_ignore=[])

    def on_event_start(
        self, event_type: Any, payload: Any = None, event_id: str = "", *_args: Any, **_kwargs: Any
    ) -> str:
        """Nothing: the model counts."""
        return event_id

    def on_event_end(
        self, event_type: Any, payload: Any = None, event_id: str = "", **_kwargs: Any
    ) -> None:
        """Nothing, likewise."""

    def start_trace(self, trace_id: str | None = None) -> None:
        """Nothing, likewise."""

    def end_trace(self, trace_id: str | None = None, trace_map: Any = None) -> None:
        """Nothing, likewise."""
