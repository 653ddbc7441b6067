"""What it costs to import a contender, and to make an object of it."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from statistics import median
from subprocess import run
from time import perf_counter
from typing import ClassVar

from benchmarks.contenders import FLOOR, IMPORTS, Entry
from benchmarks.contenders.base import Ask
from benchmarks.measuring import Stage
from benchmarks.suites.base import Suite
from benchmarks.wire import Scenario

_SCRIPT = """
import sys, time
began = time.process_time()
exec(sys.argv[1])
between, known = time.process_time(), len(sys.modules)
exec(sys.argv[2])
ended = time.process_time()
try:
    resident = int(open("/proc/self/status").read().partition("VmRSS:")[2].split()[0])
except OSError:
    resident = 0
print([ended - began, len(sys.modules), resident, ended - between, len(sys.modules) - known])
"""


class Imports(Suite):
    """An interpreter that imports a contender."""

    name = "import"
    title = "Import"
    about = (
        "Fresh interpreters with compiled files: first what the least integration of the framework "
        "imports (the floor), then the contender. *Beyond* is what the second adds to the first."
    )
    cases: ClassVar = {"": ""}
    columns: ClassVar = {
        "cpu_ms": "CPU ms",
        "modules": "modules",
        "rss_mb": "RSS MB",
        "beyond_ms": "CPU ms beyond the floor",
        "beyond_modules": "modules beyond",
    }
    rounds = (5, 7)

    def takes(self, case: str, name: str, entry: Entry, *, full: bool) -> bool:
        """Who is imported by its user, and the floors."""
        return bool(entry.imports) or (name.endswith(" floor") and name != FLOOR)

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """One interpreter."""
        entry = stage.entry
        command = [sys.executable, "-c", _SCRIPT, IMPORTS[entry.family], entry.imports]
        done = run(command, capture_output=True, check=True, text=True)
        cpu, modules, resident, beyond, more = json.loads(done.stdout)
        return {
            "cpu_ms": cpu * 1000,
            "modules": modules,
            "rss_mb": resident / 1024,
            "beyond_ms": beyond * 1000,
            "beyond_modules": more,
        }


class Construction(Suite):
    """Objects, and their first calls."""

    name = "construction"
    title = "Objects"
    about = (
        "In a process of its own, imports not counted: the first object and its first call, then "
        "20 later objects with one address, each with its first call and a second, warm one."
    )
    cases: ClassVar = {"": "call"}
    columns: ClassVar = {
        "first_ms": "first object ms",
        "first_call_ms": "its first call ms",
        "later_ms": "a later object ms",
        "later_call_ms": "its first call ms",
        "warm_call_ms": "a warm call ms",
    }
    rounds = (2, 5)
    warm = False
    fresh = True

    def takes(self, case: str, name: str, entry: Entry, *, full: bool) -> bool:
        """Who is imported by its user, and the floors."""
        return bool(entry.imports) or name.endswith(" floor")

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """Make, call, make again."""
        exec(stage.entry.imports)  # the adapters of some peers import them late
        stage.entry.load()
        first = _made_and_called(stage)
        later = [_made_and_called(stage) for _ in range(20)]
        return {
            "first_ms": first[0],
            "first_call_ms": first[1],
            "later_ms": median(one[0] for one in later),
            "later_call_ms": median(one[1] for one in later),
            "warm_call_ms": median(one[2] for one in later),
        }


def _made_and_called(stage: Stage) -> tuple[float, float, float]:
    """Milliseconds of a new object, of its first call, and of its second."""
    scenario = Scenario()
    times = [perf_counter()]
    contender = stage.make(scenario)
    times.append(perf_counter())
    contender.call(Ask())
    times.append(perf_counter())
    contender.call(Ask())
    times.append(perf_counter())
    stage.run(contender.aclose())
    made, called, again = ((late - early) * 1000 for early, late in pairwise(times))
    return made, called, again
