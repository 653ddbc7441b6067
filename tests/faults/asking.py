"""Bring about every fault on one way, one after the other, and say where it differs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from seed_core.connecting import TransportName
from seed_core.emulator import Emulator
from seed_core.events import Reply
from seed_core.flow import Retry
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from tests.contract.rows import KEY, Way, asked
from tests.core.calling import Outcome, aask, ask
from tests.faults.cells import At, Case, Cell

SHORTS = (0.05, 0.5, 3.0)
"""Seconds after which what does not come is given up. Where the machine stands still meanwhile, it
is tried again with more of them."""

LONG = 60.0
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


def wrong(
    way: Way, emulator: Emulator, cases: Iterable[Case], transport: TransportName = "auto"
) -> list[str]:
    """What is not as it must be, over all cases on one way."""
    return asyncio.run(_Asking(way, emulator, transport).wrong(cases))


@dataclass
class _Asking:
    """One way to ask, and what is asked."""

    way: Way
    emulator: Emulator
    transport: TransportName

    async def wrong(self, cases: Iterable[Case]) -> list[str]:
        # All over the same connections: the next call shows what has become of the last one's.
        found: list[Got] = []
        await self._plainly()  # what comes with the first call takes time
        for case in cases:
            cell = case.expected(self.way)
            if cell is None:
                continue
            for short in SHORTS if case.timeout is not None else (0.0,):
                got = await self._bring_about(case, cell, short)
                if not got.wrong():
                    break
                await asyncio.sleep(short)  # what was sent too late arrives, and is not counted
            _compare(found, got.connections)
            found.append(got)
        _compare(found, await self._plainly())
        return [words for got in found for words in got.wrong()]

    async def _plainly(self) -> list[str]:
        """Ask for an answer that comes; give the connections that were used."""
        self.emulator.clear()
        outcome = await self._ask(self.way.row.at(self.emulator), retry=Retry(0))
        assert outcome.reply.text
        return [seen.connection for seen in self.emulator.requests]

    async def _bring_about(self, case: Case, cell: Cell, short: float) -> Got:
        waits: list[float] = []

        def jitter() -> float:
            waits.append(0.0)
            return 0.0

        settings: dict[str, Any] = {"retry": Retry(jitter=jitter)}
        if case.timeout is not None:
            settings["timeout"] = case.timeout(short)
        self.emulator.clear()
        if not isinstance(case.by, At):
            self.emulator.script(*[case.by(self.way)] * 3, host=self.way.row.emulated)
            outcome = await self._ask(self.way.row.at(self.emulator), case, **settings)
            connections = [seen.connection for seen in self.emulator.requests]
            return Got(case, cell, outcome, len(asked(self.emulator)), connections)
        with case.by.place() as place:
            where = resolve(self.way.row.bare, base_url=place.url, api_key=KEY)
            outcome = await self._ask(where, case, **settings)
            got = Got(case, cell, outcome, 1 + len(waits))
            if cell.kept is False and place.server is not None:
                got.kept = len(place.server.lines) != got.tries
        return got

    async def _ask(self, where: Provider, case: Case | None = None, **settings: Any) -> Outcome:
        settings |= {"stream": self.way.stream, "transport": self.transport}
        try:
            if self.way.colour == "sync":
                return ask("sync", where, **settings)
            return await aask(where, **settings)
        except Exception as error:
            raise AssertionError(f"{self.way}, {case}: a bare {error!r}") from error


def _compare(found: list[Got], connections: list[str]) -> None:
    """Whether the first of these is the last of those before."""
    if found and found[-1].connections and connections:
        found[-1].kept = found[-1].connections[-1] == connections[0]
