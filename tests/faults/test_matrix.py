"""Every fault, at every host over every wire, whole and streamed, in both colours.

What must come of each is in the tables beside this file, from which the page is made, too.
"""

import pytest

from seed_core.emulator import Emulator
from tests.contract.rows import Way, all_rows, ways
from tests.faults.asking import wrong
from tests.faults.cells import Case, of_wires
from tests.faults.emulated import FORMS, INSIDE, STATUSES, STREAMS, TIMES, WAITS
from tests.faults.served import FLOODS, NETWORK

FEW = [way for way in ways() if way.row in of_wires(all_rows())]


@pytest.mark.parametrize("way", ways(), ids=str)
@pytest.mark.parametrize(
    "cases",
    [STATUSES, WAITS, INSIDE, STREAMS, FORMS, TIMES, NETWORK],
    ids=["statuses", "waits", "inside", "streams", "forms", "times", "network"],
)
def test_every_fault_comes_to_what_the_table_says(
    emulator: Emulator, way: Way, cases: list[Case]
) -> None:
    assert wrong(way, emulator, cases) == []


@pytest.mark.slow  # hundreds of megabytes
@pytest.mark.parametrize("way", FEW, ids=str)
def test_what_never_stops_is_stopped(emulator: Emulator, way: Way) -> None:
    assert wrong(way, emulator, FLOODS) == []
