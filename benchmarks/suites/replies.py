"""Whole replies, and tool calls."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.contenders import Entry
from benchmarks.contenders.base import Ask
from benchmarks.measuring import Stage, repeated
from benchmarks.suites.base import Suite
from benchmarks.wire import Scenario


class Calls(Suite):
    """`invoke`, `chat`, one post."""

    name = "call"
    title = "A whole reply"
    about = "`invoke` or `chat`, one after the other, of a short answer; milliseconds per call."
    cases: ClassVar = {"sync": "call", "async": "acall"}
    columns: ClassVar = {"wall_ms": "wall ms", "cpu_ms": "CPU ms"}
    compared = "wall_ms"
    rounds = (5, 9)

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """Calls for a fifth of a second. In a loop all of them are awaited by one task."""
        contender = stage.contender(Scenario(events=20))
        if case == "sync":
            spent, times = repeated(lambda: contender.call(Ask()), 0.2)
            return {"wall_ms": spent.wall / times * 1000, "cpu_ms": spent.cpu / times * 1000}
        at_a_time = 20

        async def some() -> None:
            for _ in range(at_a_time):
                await contender.acall(Ask())

        spent, times = repeated(lambda: stage.run(some()), 0.2)
        calls = times * at_a_time
        return {"wall_ms": spent.wall / calls * 1000, "cpu_ms": spent.cpu / calls * 1000}


class ToolCalls(Suite):
    """One tool call in many fragments."""

    name = "tools"
    title = "A tool call of 2000 fragments"
    about = (
        "Streamed and put together: by `full += chunk` in LangChain, from the last response in "
        "LlamaIndex; seconds."
    )
    cases: ClassVar = {"2000 fragments": "tools"}
    columns: ClassVar = {"wall_s": "wall s", "cpu_s": "CPU s"}
    warm = False

    def takes(self, case: str, name: str, entry: Entry, *, full: bool) -> bool:
        """The slow ones in the full run."""
        return full or not entry.slow

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """One call."""
        contender = stage.contender(Scenario(events=0, fragments=2000))
        spent, _ = repeated(lambda: contender.tool_arguments(Ask(tools=True)), 0)
        return {"wall_s": spent.wall, "cpu_s": spent.cpu}
