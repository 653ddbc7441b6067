"""The same faults through a framework's class: which of them, and what must still be true."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from seed_core.emulator import Emulator
from seed_core.errors import SeedError
from seed_core.events import Reply
from seed_core.timeouts import Timeout
from tests.contract.rows import KEY, Way, all_rows, asked, ways
from tests.faults.asking import SHORTS
from tests.faults.cells import At, Case, Cell, of_wires
from tests.faults.emulated import FORMS, INSIDE, STATUSES, STREAMS, TIMES

BROKEN = [*STREAMS, *(case for case in TIMES if case.stream and case.stream.partial)]
ALL = [*STATUSES, *INSIDE, *BROKEN, *FORMS]


def framed(way: Way) -> Sequence[Case]:
    """All of them over the first wire, and over each other wire what breaks in the middle."""
    return ALL if way.row == all_rows()[0] else BROKEN


WAYS = [way for way in ways() if way.row in of_wires(all_rows()) and not way.row.queued]


Asked: TypeAlias = Callable[[Timeout | None, type[SeedError]], Awaitable[tuple[SeedError, str]]]
"""Asks through a framework's class, which must raise such an error; the text that came before."""


async def hold(emulator: Emulator, way: Way, ask: Asked) -> None:
    """Bring about each fault that is an error, and hold what the class makes of it to the table."""
    held = 0
    for case in framed(way):
        cell = case.expected(way)
        if cell is None or cell.error is None or isinstance(case.by, At):
            continue
        said: list[str] = []
        for short in SHORTS if case.timeout is not None else (0.0,):
            emulator.clear()
            emulator.script(case.by(way), host=way.row.emulated)
            timeout = None if case.timeout is None else case.timeout(short)
            error, came = await ask(timeout, cell.error)
            said = wrong(emulator, way, case, cell, error, came)
            if not said:
                break
        assert said == []
        held += 1
    assert held


def wrong(
    emulator: Emulator, way: Way, case: Case, cell: Cell, error: SeedError, came: str
) -> list[str]:
    """Where an error is not the core's in all that counts; `came` is what text was handed on."""
    found = {
        "the class": (type(error).__name__, cell.error.__name__ if cell.error else ""),
        "partial": (error.partial not in (None, Reply()), cell.partial),
        "phase": (getattr(error, "phase", None), cell.phase),
        "the text": (came, (error.partial or Reply()).text if way.stream else ""),
        "requests": (len(asked(emulator)), 1),
        "what it says": (case.says in str(error), True),
        "the key in it": (KEY in str(error), False),
    }
    return [
        f"{way}: {case}: {name} is {is_!r}, not {must!r} ({error!r})"
        for name, (is_, must) in found.items()
        if is_ != must
    ]
