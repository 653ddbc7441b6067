"""What this project wants of itself, each goal beside what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.contenders import FLOOR
from benchmarks.results import Run
from benchmarks.tables import number, table

OURS = ("ChatSeed", "SeedLLM")
_EVENT_BY_EVENT = ", coalesce=False"


@dataclass(frozen=True)
class Goal:
    """A bound.

    Attributes:
        about: what is bounded.
        limit: the bound.
        measure: finds the value in a run; None if it was not measured.
        at_least: whether the value shall reach the bound; else it shall not pass it.
        unit: said after both numbers.
    """

    about: str
    limit: float
    measure: Callable[[Run], float | None]
    at_least: bool = False
    unit: str = ""

    def met(self, run: Run) -> bool | None:
        """Whether a run meets it; None if it did not measure it."""
        value = self.measure(run)
        if value is None:
            return None
        return value >= self.limit if self.at_least else value <= self.limit


def goals() -> Iterator[Goal]:
    """All goals."""
    for name in OURS:
        yield from _streams(name)
        yield from _calls(name)
        yield from _many(name)
        yield from _memory(name)
        yield from _starts(name)
    yield Goal(
        "ChatSeed, `stream_events` v3 without coalescing, CPU / LangChain's own in memory",
        1.2,
        lambda run: run.ratio(
            "events-v3", "2000", OURS[0] + _EVENT_BY_EVENT, "cpu_us", to="LangChain floor"
        ),
        unit="x",
    )


def _floor(about: str, limit: float, suite: str, case: str, name: str, column: str) -> Goal:
    """A bound on a ratio to the floor."""
    words = f"{name}, {about}, {case} / {FLOOR}"
    return Goal(words, limit, lambda run: run.ratio(suite, case, name, column), unit="x")


def _times_less(about: str, limit: float, key: tuple[str, str, str], name: str, peer: str) -> Goal:
    """How many times more a peer needs."""
    suite, case, column = key
    return Goal(
        f"{peer} / {name}, {about}, {case}",
        limit,
        lambda run: run.ratio(suite, case, peer, column, to=name),
        at_least=True,
        unit="x",
    )


def _value(
    about: str, limit: float, suite: str, case: str, name: str, column: str, unit: str
) -> Goal:
    """A bound on a figure."""
    words = f"{name}, {about}"
    return Goal(words, limit, lambda run: run.value(suite, case, name, column), unit=unit)


def _quotient(
    run: Run, name: str, one: tuple[str, str, str], other: tuple[str, str, str]
) -> float | None:
    """One figure of a contender divided by another of its own."""
    above = run.value(one[0], one[1], name, one[2])
    below = run.value(other[0], other[1], name, other[2])
    return None if above is None or not below else above / below


def _streams(name: str) -> Iterator[Goal]:
    for case, paced in (("sync", 0.9), ("async", 1.0)):
        yield _floor("a stream at once, CPU", 0.35, "burst", case, name, "cpu_us")
        apart = name + _EVENT_BY_EVENT
        yield _floor("a stream at once, CPU", 1.9, "burst", case, apart, "cpu_us")
        yield _floor("events 1 ms apart, CPU", paced, "paced", case, name, "cpu_us")
        key = ("burst", case, "cpu_us")
        for peer, times in (("ChatOpenAI", 40), ("OpenAILike", 40), ("ChatOpenRouter", 150)):
            yield _times_less("a stream at once, CPU", times, key, name, peer)
    yield Goal(
        f"{name}, CPU per event of 32000 / of 2000",
        1.0,
        lambda run: _quotient(
            run, name, ("growth", "32000", "cpu_us"), ("growth", "2000", "cpu_us")
        ),
        unit="x",
    )
    yield _value(
        "a tool call of 2000 fragments", 0.15, "tools", "2000 fragments", name, "wall_s", "s"
    )


def _calls(name: str) -> Iterator[Goal]:
    for case in ("sync", "async"):
        yield _floor("a whole reply, time", 1.15, "call", case, name, "wall_ms")


def _many(name: str) -> Iterator[Goal]:
    yield Goal(
        f"{name}, 200 streams at once, time / aiohttp",
        1.5,
        lambda run: run.ratio("concurrency", "200 streams", name, "wall_s", to="aiohttp"),
        unit="x",
    )
    key = ("concurrency", "200 streams", "cpu_s")
    yield _times_less("CPU", 10, key, name, "ChatOpenAI")
    yield _value("1000 streams at once", 0, "concurrency", "1000 streams", name, "errors", "errors")
    yield Goal(
        f"{name}, CPU per event of 1000 streams at once / of 200",
        1.5,
        lambda run: _quotient(
            run,
            name,
            ("concurrency", "1000 streams", "cpu_us"),
            ("concurrency", "200 streams", "cpu_us"),
        ),
        unit="x",
    )
    for case in ("sync", "async"):
        about = f"40 streams in a row, {case}"
        yield _value(about, 1, "connections", case, name, "connections", "connections")


def _memory(name: str) -> Iterator[Goal]:
    for case in ("6 images of 4 MB", "video of 45 MB"):
        yield _value(f"{case}, extra peak", 8, "media", case, name, "peak_mb", "MB")
        yield _floor("CPU", 0.8, "media", case, name, "cpu_s")


def _starts(name: str) -> Iterator[Goal]:
    yield _value("import beyond the floor, CPU", 60, "import", "", name, "beyond_ms", "ms")
    yield _value("import beyond the floor", 60, "import", "", name, "beyond_modules", "modules")
    yield _value("a later object", 0.5, "construction", "", name, "later_ms", "ms")
    yield Goal(
        f"{name}, a later object's first call / a warm call",
        1.3,
        lambda run: _quotient(
            run, name, ("construction", "", "later_call_ms"), ("construction", "", "warm_call_ms")
        ),
        unit="x",
    )


def goals_table(run: Run) -> str:
    """Every goal with its bound, what was measured, and whether it is met."""
    words = {True: "yes", False: "**no**", None: "not measured"}
    rows = [
        [
            goal.about,
            f"{'>=' if goal.at_least else '<='} {number(goal.limit)} {goal.unit}".strip(),
            number(goal.measure(run)),
            words[goal.met(run)],
        ]
        for goal in goals()
    ]
    return table(["goal", "bound", "measured", "met"], rows)
