"""What a fault is, and what must come of it: the words in which the table of faults is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeAlias

from seed_core.emulator.scripts import Item
from seed_core.errors import Phase, SeedError
from seed_core.timeouts import Timeout
from tests.contract.rows import Row, Way
from tests.core.transport.scripted import Scripted


@dataclass(frozen=True)
class Cell:
    """What a call comes to.

    Attributes:
        error: its class; None where the answer comes all the same.
        tries: how often the host was asked.
        kept: whether the connection serves the next request; None where that depends on what had
            arrived, or where there was none.
        partial: whether the error has what came in `.partial`.
        phase: which wait ran out.
        paid_for: whether the error says that it may cost something.
    """

    error: type[SeedError] | None = None
    tries: int = 1
    kept: bool | None = True
    partial: bool = False
    phase: Phase | None = None
    paid_for: bool = False


Items: TypeAlias = Callable[[Way], Item]
"""What the emulated host is told to answer."""


@dataclass(frozen=True)
class Place:
    """Where a host is that is none.

    Attributes:
        url: its address.
        server: what listens there, if anything does.
    """

    url: str
    server: Scripted | None = None


@dataclass(frozen=True)
class At:
    """Somewhere that is no emulated host; it is there for as long as the context lasts."""

    place: Callable[[], AbstractContextManager[Place]]


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong.

    Attributes:
        what: it, in the words of the page.
        by: what the emulated host is told, each time that it is asked; or where it happens.
        whole: what becomes of a call; None where only a stream can have it.
        stream: what becomes of a stream; None where that is the same.
        queue: what becomes of a call at fal's queue; None where that is the same.
        at: what becomes of a call at a host that differs, by row and way.
        timeout: the limits of the call, given how long what does not come is waited for.
        says: what stands in the error.
    """

    what: str
    by: Items | At
    whole: Cell | None
    stream: Cell | None = None
    queue: Cell | None = None
    at: Mapping[str, Cell] = field(default_factory=dict)
    timeout: Callable[[float], Timeout] | None = None
    says: str = ""

    def __str__(self) -> str:
        """The name of its tests."""
        return self.what

    def expected(self, way: Way) -> Cell | None:
        """What must come of it on one way; None where it cannot be."""
        if way.row.queued:
            return self.queue or self.whole
        usual = self.stream if way.stream and self.stream is not None else self.whole
        how = "stream" if way.stream else "whole"
        return self.at.get(f"{way.row.provider}-{way.row.api}-{how}", usual)


def of_wires(rows: list[Row]) -> list[Row]:
    """The first row of each wire, for what no host has a part in."""
    return list({row.api: row for row in reversed(rows)}.values())
