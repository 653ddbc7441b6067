"""Many at once, and many in a row."""

from __future__ import annotations

import asyncio
import time
from statistics import median, quantiles
from typing import ClassVar

from benchmarks.contenders import FLOOR, Entry
from benchmarks.contenders.base import Ask, Contender
from benchmarks.measuring import Stage, spending
from benchmarks.server import counts
from benchmarks.suites.base import Suite
from benchmarks.suites.streams import adrain, drain
from benchmarks.wire import Scenario

_SCENARIO = Scenario(events=100, delay=200)
_IN_A_ROW = 40


class Concurrency(Suite):
    """Many tasks of one loop, all started together."""

    name = "concurrency"
    title = "Many at once"
    about = (
        "All started together in one loop; the server answers after 200 ms, a stream with 50 "
        "events of reasoning and 50 of text. A first wave is not counted. "
        "Connections are those that the server saw carry a call."
    )
    cases: ClassVar = {
        "200 calls": "acall",
        "200 streams": "astream",
        "1000 calls": "acall",
        "1000 streams": "astream",
    }
    columns: ClassVar = {
        "wall_s": "wall s",
        "cpu_s": "CPU s",
        "cpu_us": "CPU us per event",
        "first_p50_s": "first chunk p50 s",
        "first_p95_s": "p95 s",
        "errors": "errors",
        "connections": "connections",
    }
    compared = "wall_s"
    rounds = (2, 3)

    def takes(self, case: str, name: str, entry: Entry, *, full: bool) -> bool:
        """The wave of a thousand is no slow one's, and in the short run ours and aiohttp's."""
        if name.endswith(" floor") and name != FLOOR:
            return False
        few = case.startswith("1000") and not (entry.ours or name == "aiohttp")
        return not (entry.slow and case.startswith("1000")) and (full or not (entry.slow or few))

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """One wave."""
        number, what = case.split()
        contender = stage.contender(_SCENARIO)
        counts(stage.server, forget=True)
        one = _first_chunk if what == "streams" else _whole_reply

        async def wave() -> list[float | BaseException]:
            tasks = (one(contender) for _ in range(int(number)))
            return await asyncio.gather(*tasks, return_exceptions=True)

        with spending() as spent:
            came = stage.run(wave())
        first = [seconds for seconds in came if isinstance(seconds, float)]
        found = {
            "wall_s": spent.wall,
            "cpu_s": spent.cpu,
            "errors": float(len(came) - len(first)),
            "connections": float(counts(stage.server)["connections"]),
        }
        if what == "streams" and len(first) > 1:
            found["cpu_us"] = spent.cpu / int(number) / _SCENARIO.deltas * 10**6
            found["first_p50_s"] = median(first)
            found["first_p95_s"] = quantiles(first, n=20)[-1]
        return found


async def _whole_reply(contender: Contender) -> float:
    began = time.perf_counter()
    await contender.acall(Ask())
    return time.perf_counter() - began


async def _first_chunk(contender: Contender) -> float:
    """Read a whole stream. Returns the seconds to its first chunk."""
    began, first = time.perf_counter(), 0.0
    async for _ in await contender.astream(Ask()):
        first = first or time.perf_counter() - began
    return first


class Connections(Suite):
    """Streams in a row, each read to its end."""

    name = "connections"
    title = "Streams in a row"
    about = f"{_IN_A_ROW} streams, one after the other: connections that the server saw carry them."
    cases: ClassVar = {"sync": "stream", "async": "astream"}
    columns: ClassVar = {"connections": "connections"}
    rounds = (1, 1)
    warm = False

    def takes(self, case: str, name: str, entry: Entry, *, full: bool) -> bool:
        """Who has connections. The floor reads to the end, and so keeps its own."""
        return name == FLOOR or not name.endswith(" floor")

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """The connections."""
        contender = stage.make(Scenario(events=30))
        counts(stage.server, forget=True)
        for _ in range(_IN_A_ROW):
            if case == "async":
                stage.run(adrain(contender))
            else:
                drain(contender)
        found = counts(stage.server)
        stage.run(contender.aclose())
        assert found["calls"] == _IN_A_ROW
        return {"connections": float(found["connections"])}
