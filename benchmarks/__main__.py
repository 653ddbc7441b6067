"""`python -m benchmarks`: measure, show, record."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.contenders import CONTENDERS, FLOOR
from benchmarks.goals import goals_table
from benchmarks.machine import machine, versions
from benchmarks.results import Run
from benchmarks.running import run_suites
from benchmarks.suites import SUITES
from benchmarks.tables import floor_first, suite_table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="more rounds, and the slow contenders")
    parser.add_argument("--suite", nargs="+", choices=SUITES, default=list(SUITES))
    parser.add_argument("--contender", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"))
    return parser.parse_args()


def main() -> None:
    said = _arguments()
    run = Run(" ".join(["python -m benchmarks", *sys.argv[1:]]), machine(), versions())

    def show(what: str) -> None:
        if what in SUITES:
            suite = SUITES[what]
            print(f"\n{suite.title}. {suite.about}\n\n{suite_table(run, suite)}", flush=True)
            run.write(said.json)
        else:
            print(what, flush=True)

    print("What the contenders deliver:")
    said.json.parent.mkdir(parents=True, exist_ok=True)
    with said.json.with_suffix(".log").open("w", encoding="utf-8") as log:
        names = floor_first(said.contender)
        run_suites(run, said.suite, names, full=said.full, log=log, show=show)
    print(
        f"\nGoals\n\n{goals_table(run)}\nRatios are to {FLOOR} of this run. {said.json} has it all."
    )


if __name__ == "__main__":
    main()
