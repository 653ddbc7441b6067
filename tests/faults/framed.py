"""The same faults through a framework's class: which of them, and what must still be true."""

from collections.abc import Iterator, Sequence

from seed_core.emulator import Emulator
from seed_core.errors import SeedError
from seed_core.events import Reply
from seed_core.timeouts import Timeout
from tests.contract.rows import KEY, Way, all_rows, asked, ways
from tests.faults.asking import SHORTS
from tests.faults.cells import At, Case, of_wires
from tests.faults.emulated import FORMS, INSIDE, STATUSES, STREAMS, TIMES

BROKEN = [*STREAMS, *(case for case in TIMES if case.stream and case.stream.partial)]
ALL = [*STATUSES, *INSIDE, *BROKEN, *FORMS]


def framed(way: Way) -> Sequence[Case]:
    """All of them over the first wire, and over each other wire what breaks in the middle."""
    return ALL if way.row == all_rows()[0] else BROKEN


WAYS = [way for way in ways() if way.row in of_wires(all_rows()) and not way.row.queued]


def limits(case: Case) -> Timeout | None:
    """The limits of a call; where the machine stands still, the error is the same."""
    return None if case.timeout is None else case.timeout(SHORTS[0])


def brought_about(emulator: Emulator, way: Way) -> Iterator[tuple[Case, type[SeedError]]]:
    """Each fault that is an error, once the emulated host is told of it."""
    for case in framed(way):
        cell = case.expected(way)
        if cell is None or cell.error is None or isinstance(case.by, At):
            continue
        emulator.clear()
        emulator.script(case.by(way), host=way.row.emulated)
        yield case, cell.error


def check(emulator: Emulator, way: Way, case: Case, error: SeedError, came: str) -> None:
    """Whether an error is the core's in all that counts; `came` is the text that was handed on."""
    cell = case.expected(way)
    where = f"{way}: {case}: {error!r}"
    assert cell is not None
    assert cell.error is not None
    assert isinstance(error, cell.error), where
    assert type(error).__name__ == cell.error.__name__, where
    assert case.says in str(error), where
    assert (error.partial not in (None, Reply())) == cell.partial, where
    assert getattr(error, "phase", None) == cell.phase, where
    if way.stream:
        assert came == (error.partial or Reply()).text, where
    assert len(asked(emulator)) == 1, where
    assert KEY not in str(error), where
