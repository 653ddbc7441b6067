"""What calls come to, added up while they are made; and a limit that no further call goes beyond.

`counting` tells it of the calls, in threads and on event loops alike, for both frameworks. A call
is of unknown cost from its first event on until its end tells; one that is left before, or breaks
off without a word of it, stays so. Unknown is not zero.

    with Spending(max_usd=1.0) as spent:
        client.call(prompt)
    print(spent)
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, fields
from threading import Lock
from types import MappingProxyType
from typing import Any, TypeAlias

from typing_extensions import Self

from seed_core.errors import BudgetExceededError, ConfigurationError, SeedError
from seed_core.events import Finish, Usage

_log = logging.getLogger("seed_core")
Key: TypeAlias = tuple[str, str]
"""A provider's name and a model's id."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What some calls came to.

    Attributes:
        calls: answers that were asked for and begun; a call that was tried again is one.
        input_tokens: tokens of the prompts, those out of a cache among them.
        output_tokens: tokens of reasoning and answers.
        reasoning_tokens: those of the output that were reasoning.
        cache_read_tokens: those of the input that came out of the host's cache.
        cache_write_tokens: those of the input that went into it.
        reported_usd: what hosts said that it cost.
        estimated_usd: what the price tables make of the rest, where they can.
        unknown_cost: calls of which nobody knows what they cost; they are in neither sum.
        unknown_tokens: calls whose input or output tokens were not told; they are in no sum.
        tool_usage: how often the host ran which of its own tools.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reported_usd: float = 0.0
    estimated_usd: float = 0.0
    unknown_cost: int = 0
    unknown_tokens: int = 0
    tool_usage: Mapping[str, int] = field(default_factory=dict)

    @property
    def total_usd(self) -> float:
        """What is known of the cost, reported and estimated together."""
        return self.reported_usd + self.estimated_usd

    @property
    def total_tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Spent) -> Spent:
        """Both together."""
        numbers = {name: getattr(self, name) + getattr(other, name) for name in _NUMBERS}
        names = {**self.tool_usage, **other.tool_usage}
        tools = {
            name: self.tool_usage.get(name, 0) + other.tool_usage.get(name, 0) for name in names
        }
        return Spent(**numbers, tool_usage=tools)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "total_usd": self.total_usd, "total_tokens": self.total_tokens}


_NUMBERS = tuple(one.name for one in fields(Spent) if one.name != "tool_usage")
OPEN = Spent(calls=1, unknown_cost=1, unknown_tokens=1)
"""A call that has begun."""
_CLOSED = Spent(calls=-1, unknown_cost=-1, unknown_tokens=-1)


def spent_by(finish: Finish | None) -> Spent:
    """What one answer came to, by what its end told; None for an end that nobody saw.

    Example:
        >>> spent_by(Finish("stop", usage=Usage(3, 5))).unknown_cost
        1
    """
    if finish is None:
        return OPEN
    usage, cost = finish.usage or Usage(), finish.cost
    reported = cost is not None and cost.source == "reported"
    usd = 0.0 if cost is None else cost.usd
    return Spent(
        calls=1,
        input_tokens=usage.input_tokens or 0,
        output_tokens=usage.output_tokens or 0,
        reasoning_tokens=usage.reasoning_tokens or 0,
        cache_read_tokens=usage.cache_read_tokens or 0,
        cache_write_tokens=usage.cache_write_tokens or 0,
        reported_usd=usd if reported else 0.0,
        estimated_usd=0.0 if reported else usd,
        unknown_cost=int(cost is None),
        unknown_tokens=int(usage.input_tokens is None or usage.output_tokens is None),
        tool_usage=dict(usage.tool_usage),
    )


class Spending:
    """Adds up what calls come to, by provider and model.

    Inside `with` it counts every call that is made there, in the threads and tasks that Python
    gives the context too (`asyncio` tasks, `asyncio.to_thread`, LangChain's batches), and in no
    other: two blocks in two threads do not see each other's calls. Of nested ones each counts. A
    client that is given it (`Client(spending=[...])`) counts everywhere; nothing is counted twice.

    Args:
        max_usd: no further call is sent once this much is spent, in USD; calls that are under way
            go on, and are counted.
        unknown_usd: what a call of unknown cost counts for in that. Left out it counts for
            nothing, and the log says so once for each provider.

    Raises:
        ConfigurationError: one of them is no amount of money.

    Example:
        >>> with Spending(max_usd=1.0) as spent:
        ...     spent.total_usd
        0.0
    """

    def __init__(self, *, max_usd: float | None = None, unknown_usd: float | None = None) -> None:
        """Nothing is spent yet."""
        self.max_usd = _amount("max_usd", max_usd)
        self.unknown_usd = _amount("unknown_usd", unknown_usd)
        self._rows: dict[Key, Spent] = {}
        self._failed: dict[Key, int] = {}
        self._warned: set[str] = set()
        self._lock = Lock()

    # --- what is known ----------------------------------------------------------------------------

    @property
    def by_model(self) -> dict[Key, Spent]:
        """What was spent, by the provider that answered and its model's id."""
        with self._lock:
            return dict(self._rows)

    @property
    def by_provider(self) -> dict[str, Spent]:
        """What was spent, by the provider that answered."""
        found: dict[str, Spent] = {}
        for (provider, _), spent in self.by_model.items():
            found[provider] = found.get(provider, Spent()) + spent
        return found

    @property
    def total(self) -> Spent:
        """What was spent in all."""
        return sum(self.by_model.values(), Spent())

    @property
    def total_usd(self) -> float:
        """What is known of the cost in all, reported and estimated together, in USD."""
        return self.total.total_usd

    @property
    def failed(self) -> dict[Key, int]:
        """How often which provider failed, by its name and the class of the error.

        A call that the next provider answered has failed at the first; one that was tried again
        and then answered has not failed.
        """
        with self._lock:
            return dict(self._failed)

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, for JSON."""
        return {
            "total": self.total.as_dict(),
            "by_model": [
                {"provider": provider, "model": model, **spent.as_dict()}
                for (provider, model), spent in self.by_model.items()
            ],
            "failed": [
                {"provider": provider, "error": error, "count": count}
                for (provider, error), count in self.failed.items()
            ],
            "max_usd": self.max_usd,
        }

    def __repr__(self) -> str:
        """A small table."""
        return _table(self)

    # --- counting ---------------------------------------------------------------------------------

    def admit(self) -> None:
        """Let one more call pass.

        Raises:
            BudgetExceededError: the limit is reached.
        """
        if self.max_usd is None:
            return
        total = self.total
        spent = total.total_usd + total.unknown_cost * (self.unknown_usd or 0.0)
        if spent >= self.max_usd:
            raise BudgetExceededError(
                _refusal(total, spent, self.max_usd), spent_usd=spent, max_usd=self.max_usd
            )

    def add(self, provider: str, model: str, spent: Spent) -> None:
        """Add what a call came to, or that one has begun (`OPEN`)."""
        with self._lock:
            self._rows[provider, model] = self._rows.get((provider, model), Spent()) + spent

    def settle(self, provider: str, asked: str, answered: str, spent: Spent) -> None:
        """Put what a call came to in the place of the call that had begun.

        Args:
            provider: who was asked.
            asked: the id of the model that was asked.
            answered: that of the model that answered, which may be another.
            spent: what it came to.
        """
        with self._lock:
            self._rows[provider, asked] = self._rows.get((provider, asked), Spent()) + _CLOSED
            self._rows[provider, answered] = self._rows.get((provider, answered), Spent()) + spent
            if not self._rows[provider, asked].calls:
                del self._rows[provider, asked]

    def add_failure(self, provider: str, error: SeedError) -> None:
        """Add that a provider failed."""
        key = (provider, type(error).__name__)
        with self._lock:
            self._failed[key] = self._failed.get(key, 0) + 1

    def warn_of(self, provider: str, model: str) -> None:
        """Say, once for each provider, that the limit does not see what its calls cost."""
        if self.max_usd is None or self.unknown_usd is not None or provider in self._warned:
            return
        self._warned.add(provider)
        _log.warning(
            "%s: nobody told what a call of %s cost, and no price is known, so it does not count "
            "towards max_usd; say prices= on the model, or unknown_usd= beside max_usd=",
            provider,
            model,
        )

    # --- where it counts --------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Count the calls of this context from now on."""
        _watchers.set((*_watchers.get(), self))
        return self

    def __exit__(self, *error: object) -> None:
        """Count them no more."""
        there = list(_watchers.get())
        for place in range(len(there) - 1, -1, -1):
            if there[place] is self:
                del there[place]
                break
        _watchers.set(tuple(there))

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """The same one: a copy of a model counts where the model does."""
        return self

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: all but the lock."""
        with self._lock:
            state = {**self.__dict__, "_rows": dict(self._rows), "_failed": dict(self._failed)}
        return {name: value for name, value in state.items() if name != "_lock"}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """The same in another process, which counts for itself."""
        self.__dict__.update(state, _lock=Lock())


_watchers: ContextVar[tuple[Spending, ...]] = ContextVar("seed_spending", default=())


def _amount(name: str, usd: float | None) -> float | None:
    """An amount of money, or None."""
    number = isinstance(usd, (int, float)) and not isinstance(usd, bool)
    if usd is None or (number and usd >= 0):
        return usd
    raise ConfigurationError(f"{name}= is an amount in USD, 0 or more, not {usd!r}")


def _refusal(total: Spent, spent: float, limit: float) -> str:
    """Why no more is sent."""
    of_which = f", {total.estimated_usd:.6f} of it estimated" if total.estimated_usd else ""
    unknown = f" and {total.unknown_cost} of unknown cost" if total.unknown_cost else ""
    return (
        f"the budget is spent: {spent:.6f} USD{of_which}, in {_calls(total.calls)}{unknown}; "
        f"max_usd is {limit:g}, so nothing was sent; raise it, or begin a new count"
    )


def _calls(count: int) -> str:
    """So many calls, in words."""
    return "1 call" if count == 1 else f"{count} calls"


def among(handlers: Iterable[object]) -> tuple[Spending, ...]:
    """Those of a framework's handlers that count here."""
    return tuple(one for one in handlers if isinstance(one, Spending))


def watching(own: Iterable[Spending]) -> tuple[Spending, ...]:
    """Who counts a call that is made here and now: its own and the context's, each once."""
    here = _watchers.get()
    return tuple({id(one): one for one in (*own, *here)}.values()) if own or here else ()


# --- shown ----------------------------------------------------------------------------------------

_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "calls": "calls",
        "input_tokens": "input",
        "output_tokens": "output",
        "reasoning_tokens": "reasoning",
        "cache_read_tokens": "cached",
    }
)


def _table(spending: Spending) -> str:
    """What was spent, by provider and model, and what nobody knows."""
    rows, total = spending.by_model, spending.total
    limit = "" if spending.max_usd is None else f" of {spending.max_usd:g}"
    head = f"{type(spending).__name__}: {_calls(total.calls)}, {total.total_usd:.6f}{limit} USD"
    lines = [["provider", "model", *_COLUMNS.values(), "reported", "estimated", "unknown"]]
    lines += [[*key, *_cells(spent)] for key, spent in rows.items()]
    if len(rows) > 1:
        lines.append(["all", "", *_cells(total)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    told = [head]
    if rows:
        told += ["  ".join(_aligned(line, widths)).rstrip() for line in lines]
    tools = [f"{name} {count}" for name, count in total.tool_usage.items()]
    failed = [f"{who} {error} {count}" for (who, error), count in spending.failed.items()]
    told += [
        f"{what}: {', '.join(items)}"
        for what, items in (("tools", tools), ("failed", failed))
        if items
    ]
    return "\n".join(told)


def _cells(spent: Spent) -> list[str]:
    """The numbers of one line."""
    counts = [f"{getattr(spent, name):,}" for name in _COLUMNS]
    return [
        *counts,
        f"{spent.reported_usd:.6f}",
        f"{spent.estimated_usd:.6f}",
        str(spent.unknown_cost),
    ]


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Words to the left, numbers to the right."""
    return [
        text.ljust(width) if place < 2 else text.rjust(width)
        for place, (text, width) in enumerate(zip(line, widths, strict=True))
    ]
