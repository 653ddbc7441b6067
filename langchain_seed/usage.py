"""What calls of `ChatSeed` come to, as a callback of LangChain's.

LangChain's events say too little to count by: nothing of what a broken stream had told, or of an
answer that was asked for twice; and an error that is raised in them leaves traces without an end.
So the model itself counts, at its own door, for those callbacks that are of this kind. LangChain
tells it which there are when it asks for a whole answer, and not when it asks for a stream; there
the callback, which is told of every run before the model is asked, leaves word of itself.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import BaseCallbackHandler

from seed_core.spending import Spending, among

if TYPE_CHECKING:
    from uuid import UUID

    from langchain_core.callbacks import BaseRunManager


class SeedUsageCallback(Spending, BaseCallbackHandler):
    """Adds up tokens and USD of the calls of `ChatSeed`, and stops them at a limit.

    It counts inside `with`, and wherever it is among the callbacks: of a call, a chain, an agent
    (`config={"callbacks": [usage]}`) or a model (`ChatSeed(callbacks=[usage])`). A call that it
    hears of twice is counted once, and an answer out of LangChain's cache is no call. See
    `seed_core.Spending` for what it knows.

    Args:
        max_usd: no further call is sent once this much is spent, in USD; calls that are under way
            go on, and are counted. The next one raises a `BudgetExceededError`.
        unknown_usd: what a call of unknown cost counts for in that. Left out it counts for
            nothing, and the log says so once for each provider.

    Raises:
        ConfigurationError: one of them is no amount of money.

    Example:
        >>> with SeedUsageCallback(max_usd=0.50) as usage:
        ...     llm.batch(questions)  # doctest: +SKIP
        >>> usage.total_usd  # doctest: +SKIP
        0.0021
    """

    run_inline = True  # in the context of the call; elsewhere LangChain takes a thread for it
    ignore_chain = True
    ignore_agent = True
    ignore_retriever = True
    ignore_retry = True
    ignore_custom_event = True

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Leave word for the model, which is asked next."""
        waiting = [word for word in _left.get() if word.waiting]
        _left.set((*waiting, _Word(run_id, self)))

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Take back what no model of ours has asked for: a cache or another maker's answered."""
        _taken(run_id)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """The same, where nothing was answered."""
        _taken(run_id)


class _Word:
    """A run that is announced, until its model is asked or it is over."""

    __slots__ = ("run_id", "usage", "waiting")

    def __init__(self, run_id: UUID, usage: SeedUsageCallback) -> None:
        self.run_id = run_id
        self.usage = usage
        self.waiting = True


_left: ContextVar[tuple[_Word, ...]] = ContextVar("seed_usage_runs", default=())


def counting(run_manager: BaseRunManager | None) -> tuple[Spending, ...]:
    """Who counts the call that the model is asked for now, by its callbacks."""
    if run_manager is not None:
        _taken(run_manager.run_id)
        return among(run_manager.handlers)
    waiting = [word for word in _left.get() if word.waiting]
    return among(_taken(waiting[-1].run_id)) if waiting else ()


def _taken(run_id: UUID) -> list[SeedUsageCallback]:
    """Those who left word of a run, once. Its tasks share the words, whatever their context."""
    found = [word for word in _left.get() if word.waiting and word.run_id == run_id]
    for word in found:
        word.waiting = False
    return [word.usage for word in found]
