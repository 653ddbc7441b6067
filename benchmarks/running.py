"""A run: every contender in turn, round after round."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks import server
from benchmarks.contenders import CONTENDERS
from benchmarks.delivery import COUNTS
from benchmarks.processes import Client
from benchmarks.results import Figure, Run
from benchmarks.suites import SUITES
from benchmarks.suites.base import Suite

Show = Callable[[str], None]


@dataclass
class Field:
    """The contenders that have come to the start.

    Attributes:
        open: starts a process for a contender.
        clients: the processes that last for the whole run.
        states: what each contender delivers, by the way it is asked.
    """

    open: Callable[[str], Client]
    clients: dict[str, Client]
    states: dict[str, dict[str, str]]

    def runners(self, suite: Suite, case: str, *, full: bool) -> Iterator[tuple[str, str]]:
        """Who takes part in a case, and what each delivers there."""
        need = suite.cases[case]
        for name in self.clients:
            state = self.states[name].get(need) if need else "complete"
            entry = CONTENDERS[name]
            elsewhere = entry.only not in ("", suite.name)
            if state is not None and not elsewhere and suite.takes(case, name, entry, full=full):
                yield name, state

    def sample(self, suite: Suite, case: str, figure: Figure) -> None:
        """Have one sample taken."""
        if suite.fresh:
            with self.open(figure.contender) as client:
                answer = client.order(suite.name, case)
        else:
            answer = self.clients[figure.contender].order(suite.name, case)
        if "error" in answer:
            figure.state = f"fails: {answer['error']}"
        else:
            figure.add(answer["values"])


def run_suites(
    run: Run,
    suites: Iterable[str],
    contenders: Iterable[str],
    *,
    full: bool,
    log: IO[str],
    show: Show,
) -> None:
    """Fill a run with figures.

    Args:
        run: where the figures go.
        suites: what is measured.
        contenders: who takes part; those that are not installed are told, and left out.
        full: more rounds, and the slow ones, too.
        log: where the contenders' own output goes.
        show: told of each suite when it is done.
    """
    cores = server.core(0), server.core(1)
    apart = cores if cores[1] else ([], [])
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(server.running(apart[0]))

        def open_client(name: str) -> Client:
            return Client(name, address, folder, apart[1], log)

        field = Field(open_client, {}, {})
        for name in contenders:
            client = stack.enter_context(open_client(name))
            answer = client.order("delivery")
            states: dict[str, str] = answer.get("states", {"all": f"fails: {answer.get('error')}"})
            able = any(not state.startswith("fails") for state in states.values())
            show(f"  {name}: {'' if able else 'left out: '}{_summary(states)}")
            if able:
                field.clients[name], field.states[name] = client, states
        for suite in suites:
            _run_suite(run, field, SUITES[suite], full=full)
            show(suite)


def _summary(states: dict[str, str]) -> str:
    """What a contender delivers, in a few words."""
    each = set(states.values())
    return each.pop() if len(each) == 1 else ", ".join(f"{n}: {s}" for n, s in states.items())


def _run_suite(run: Run, field: Field, suite: Suite, *, full: bool) -> None:
    """All cases of a suite: in each round every contender once."""
    for case in suite.cases:
        figures = [
            Figure(suite.name, case, name, state)
            for name, state in field.runners(suite, case, full=full)
        ]
        run.figures += figures
        for number in range(suite.rounds[full] + suite.warm):
            for figure in figures:
                # Who loses text has left the race; who failed once would fail again.
                if figure.state in COUNTS:
                    field.sample(suite, case, figure)
                if suite.warm and number == 0:
                    figure.samples.clear()
