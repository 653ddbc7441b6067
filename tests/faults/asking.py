"""Bring about every fault on one way, one after the other, and say where it differs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from seed_core.emulator import Emulator
from seed_core.events import Reply
from seed_core.flow import Retry
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from tests.contract.rows import KEY, Way, asked
from tests.core.calling import Outcome, aask, ask
from tests.faults.cells import At, Case, Cell

LONG = 20.0
"""Seconds that nothing takes unless it hangs, on however busy a machine."""


@dataclass
class Got:
    """What a call came to, and what of it was seen from the other side."""

    case: Case
    cell: Cell
    outcome: Outcome
    tries: int
    connections: list[str] = field(default_factory=list)
    kept: bool | None = None

    def wrong(self) -> list[str]:
        """Where it is not what it must be."""
        error, cell = self.outcome.error, self.cell
        came = None if error is None else error.partial
        found = {
            "error": (type(error) if error else None, cell.error),
            "tries": (self.tries, cell.tries),
            "partial": (came not in (None, Reply()), cell.partial),
            "phase": (getattr(error, "phase", None), cell.phase),
            "paid_for": (bool(error and error.paid_for), cell.paid_for),
            "kept": (self.kept, self.kept if None in (self.kept, cell.kept) else cell.kept),
        }
        said = [
            f"{name} is {is_}, not {must}" for name, (is_, must) in found.items() if is_ != must
        ]
        if error is not None and self.case.says not in str(error):
            said.append(f"it does not say {self.case.says!r}")
        if came is not None and came.finish is not None:
            said.append("a reply that broke off has a finish")
        if error is None and (not self.outcome.reply.text or self.outcome.reply.finish is None):
            said.append("the answer is not whole")
        if KEY in str(error):
            said.append("the key is told")
        if self.outcome.seconds > LONG:
            said.append(f"it took {self.outcome.seconds:.0f} s")
        return [f"{self.case.what}: {words} ({error!r})" for words in said]


def wrong(way: Way, emulator: Emulator, cases: Iterable[Case]) -> list[str]:
    """What is not as it must be, over all cases on one way."""
    return asyncio.run(_wrong(way, emulator, cases))


async def _wrong(way: Way, emulator: Emulator, cases: Iterable[Case]) -> list[str]:
    # All over the same connections: the next call shows what has become of the last one's.
    found: list[Got] = []
    await _ask(way, way.row.at(emulator), Retry(0))  # what comes with the first call takes time
    for case in cases:
        cell = case.expected(way)
        if cell is None:
            continue
        got = await _bring_about(way, emulator, case, cell)
        if case.timeout is not None and got.wrong():
            # The machine may have stood still, for longer than the limit, before it was at it.
            got = await _bring_about(way, emulator, case, cell)
        _compare(found, got.connections)
        found.append(got)
    emulator.clear()
    last = await _ask(way, way.row.at(emulator), Retry(0))
    assert last.error is None, last.error
    _compare(found, [seen.connection for seen in emulator.requests])
    return [words for got in found for words in got.wrong()]


def _compare(found: list[Got], connections: list[str]) -> None:
    """Whether the first of these is the last of those before."""
    if found and found[-1].connections and connections:
        found[-1].kept = found[-1].connections[-1] == connections[0]


async def _bring_about(way: Way, emulator: Emulator, case: Case, cell: Cell) -> Got:
    waits: list[float] = []

    def jitter() -> float:
        waits.append(0.0)
        return 0.0

    retry = Retry(jitter=jitter)
    emulator.clear()
    if not isinstance(case.by, At):
        emulator.script(*[case.by(way)] * 3, host=way.row.emulated)
        outcome = await _ask(way, way.row.at(emulator), retry, case)
        tries = len(asked(emulator))
        return Got(case, cell, outcome, tries, [seen.connection for seen in emulator.requests])
    with case.by.place() as place:
        where = resolve(way.row.bare, base_url=place.url, api_key=KEY)
        outcome = await _ask(way, where, retry, case)
        got = Got(case, cell, outcome, 1 + len(waits))
        if cell.kept is False and place.server is not None:
            got.kept = len(place.server.lines) != got.tries
    return got


async def _ask(way: Way, where: Provider, retry: Retry, case: Case | None = None) -> Outcome:
    limits: dict[str, Any] = (
        {} if case is None or case.timeout is None else {"timeout": case.timeout}
    )
    try:
        if way.colour == "sync":
            return ask("sync", where, stream=way.stream, retry=retry, **limits)
        return await aask(where, stream=way.stream, retry=retry, **limits)
    except Exception as error:
        raise AssertionError(f"{way}, {case}: a bare {error!r}") from error
