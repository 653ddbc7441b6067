"""Streams: all at once, event by event, long ones, and as LangChain's events."""

from __future__ import annotations

import warnings
from typing import ClassVar

from benchmarks.contenders import Entry
from benchmarks.contenders.base import Ask, Contender
from benchmarks.measuring import Stage, repeated
from benchmarks.suites.base import Suite
from benchmarks.wire import Scenario


def drain(contender: Contender) -> None:
    """Read a stream to its end, and do nothing with it."""
    for _ in contender.stream(Ask()):
        pass


async def adrain(contender: Contender) -> None:
    """Likewise, in a loop."""
    async for _ in await contender.astream(Ask()):
        pass


def per_event(stage: Stage, mode: str, scenario: Scenario, seconds: float) -> dict[str, float]:
    """Microseconds of one event."""
    contender = stage.contender(scenario)
    if mode == "astream":
        spent, times = repeated(lambda: stage.run(adrain(contender)), seconds)
    else:
        spent, times = repeated(lambda: drain(contender), seconds)
    events = times * scenario.deltas / 10**6
    return {"cpu_us": spent.cpu / events, "wall_us": spent.wall / events}


class Burst(Suite):
    """A stream that arrives as fast as it is read."""

    name = "burst"
    title = "A stream all at once"
    about = "2000 events written at once; microseconds per event."
    cases: ClassVar = {"sync": "stream", "async": "astream"}
    columns: ClassVar = {"cpu_us": "CPU us", "wall_us": "wall us"}
    compared = "cpu_us"
    rounds = (5, 9)

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """Streams for a fifth of a second."""
        return per_event(stage, self.cases[case], Scenario(events=2000), 0.2)


class Paced(Suite):
    """A stream whose events come one by one."""

    name = "paced"
    title = "A stream, event by event"
    about = "300 events, one millisecond or a little more apart; microseconds of CPU per event."
    cases: ClassVar = {"sync": "stream", "async": "astream"}
    columns: ClassVar = {"cpu_us": "CPU us"}
    compared = "cpu_us"
    rounds = (5, 9)

    def takes(self, case: str, name: str, entry: Entry, *, full: bool) -> bool:
        """What answers from memory has no pace."""
        return not name.endswith(" floor") or entry.family == "raw"

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """One stream."""
        return per_event(stage, self.cases[case], Scenario(events=300, pace=1), 0)


class Growth(Suite):
    """Longer and longer streams."""

    name = "growth"
    title = "Longer and longer streams"
    about = "Events written at once, sync; microseconds of CPU per event, which should not grow."
    cases: ClassVar = {"2000": "stream", "8000": "stream", "32000": "stream"}
    columns: ClassVar = {"cpu_us": "CPU us"}
    compared = "cpu_us"
    rounds = (3, 5)
    warm = False

    def takes(self, case: str, name: str, entry: Entry, *, full: bool) -> bool:
        """The slowest take minutes; of the longest stream, many of them."""
        return not entry.slow or (full and case != "32000")

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """Streams for a fifth of a second, one at least."""
        return per_event(stage, self.cases[case], Scenario(events=int(case)), 0.2)


class EventsV3(Suite):
    """`stream_events(version="v3")`."""

    name = "events-v3"
    title = "LangChain's `stream_events`, version 3"
    about = "2000 events written at once, read to the end; microseconds of CPU per event."
    cases: ClassVar = {"2000": "events v3"}
    columns: ClassVar = {"cpu_us": "CPU us"}

    def takes(self, case: str, name: str, entry: Entry, *, full: bool) -> bool:
        """All of LangChain; the slow ones in the full run."""
        return full or not entry.slow

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """Streams for a fifth of a second, one at least."""
        scenario = Scenario(events=int(case))
        contender = stage.contender(scenario)

        def drain_events() -> None:
            for _ in contender.events_v3():
                pass

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is beta, and says so each time
            spent, times = repeated(drain_events, 0.2)
        return {"cpu_us": spent.cpu / times / scenario.deltas * 10**6}
