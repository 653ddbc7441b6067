"""What a contender's process needs to measure it: clocks, its objects, its loop."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.contenders import Entry
from benchmarks.contenders.base import Contender
from benchmarks.wire import Scenario

T = TypeVar("T")


class Spent:
    """Time that a block took.

    Attributes:
        cpu: seconds of the processor, user and system, all threads of this process.
        wall: seconds.
    """

    cpu = 0.0
    wall = 0.0


@contextmanager
def spending() -> Iterator[Spent]:
    """Measure a block. What was left to collect before it is not its burden; gc stays on."""
    gc.collect()
    spent = Spent()
    wall, cpu = time.perf_counter(), time.process_time()
    yield spent
    spent.cpu, spent.wall = time.process_time() - cpu, time.perf_counter() - wall


def repeated(act: Callable[[], object], seconds: float) -> tuple[Spent, int]:
    """Act until so much time has passed, once at least. Returns what it took, and how often."""
    times = 0
    with spending() as spent:
        end = time.perf_counter() + seconds
        while not times or time.perf_counter() < end:
            act()
            times += 1
    return spent, times


class Stage:
    """Where one contender performs: one process, one loop, the objects that it has made.

    Attributes:
        entry: who performs.
        server: address of the server, without a path.
        folder: where the files of the suite of large media are.
    """

    def __init__(self, entry: Entry, server: str, folder: Path) -> None:
        self.entry = entry
        self.server = server
        self.folder = folder
        self._loop = asyncio.new_event_loop()
        self._made: dict[Scenario, Contender] = {}

    def make(self, scenario: Scenario) -> Contender:
        """A new object, for the address of a scenario."""
        return self.entry.load()(self.server + scenario.path)

    def contender(self, scenario: Scenario) -> Contender:
        """The object for a scenario: always the same one."""
        if scenario not in self._made:
            self._made[scenario] = self.make(scenario)
        return self._made[scenario]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the one loop, so that its connections are kept."""
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        """Let go of all connections."""
        for made in self._made.values():
            self.run(made.aclose())
        self.run(self._loop.shutdown_asyncgens())
        self._loop.close()
