"""Every fault, at every host over every wire, whole and streamed, in both colours.

What must come of each is in the tables beside this file, from which the page is made, too.
"""

import pytest

from seed_core.connecting import TransportName
from seed_core.emulator import Emulator
from tests.contract.rows import Way, all_rows, ways
from tests.faults.asking import wrong
from tests.faults.cells import Case, of_wires
from tests.faults.emulated import FORMS, INSIDE, STATUSES, STREAMS, TIMES, WAITS
from tests.faults.served import FLOODS, NETWORK

FEW = [way for way in ways() if way.row in of_wires(all_rows())]
WAYS = [way if way in FEW else pytest.param(way, marks=pytest.mark.slow) for way in ways()]
"""The first row of each wire among the fast tests; all of them would take most of a minute."""

every_part = pytest.mark.parametrize(
    "cases",
    [STATUSES, WAITS, INSIDE, STREAMS, FORMS, TIMES, NETWORK],
    ids=["statuses", "waits", "inside", "streams", "forms", "times", "network"],
)


@pytest.mark.parametrize("way", WAYS, ids=str)
@every_part
def test_every_fault_comes_to_what_the_table_says(
    emulator: Emulator, way: Way, cases: list[Case]
) -> None:
    assert wrong(way, emulator, cases) == []


@pytest.mark.slow  # with all ways it would take a minute
@pytest.mark.parametrize("way", FEW, ids=str)
@every_part
def test_every_fault_comes_to_the_same_over_httpx(
    emulator: Emulator, way: Way, cases: list[Case]
) -> None:
    assert wrong(way, emulator, cases, "httpx") == []


@pytest.mark.slow  # hundreds of megabytes
@pytest.mark.parametrize("way", FEW, ids=str)
@pytest.mark.parametrize("transport", ["auto", "httpx"])
def test_what_never_stops_is_stopped(
    emulator: Emulator, way: Way, transport: TransportName
) -> None:
    assert wrong(way, emulator, FLOODS, transport) == []
