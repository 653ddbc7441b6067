"""A short soak: every call ends with its own answer or its own error, and leaves nothing behind.

`make soak` is the long one.
"""

import pytest

from tests.core.calling import COLOURS, Colour
from tests.load.asking import Over, faults_over
from tests.load.server import running
from tests.load.soaking import FILES, abandon, soak

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILES.is_dir(), reason="open files cannot be counted here"),
]
OVERS: tuple[Over, ...] = ("auto", "httpx")


@pytest.mark.parametrize("over", OVERS)
@pytest.mark.parametrize("colour", COLOURS)
def test_every_call_ends_with_what_is_its_own(colour: Colour, over: Over) -> None:
    with running() as server:
        soaked = soak(server, colour, over, calls=600, at_once=50, warm=100, faulty=0.2)
    assert soaked.wrong == []
    assert soaked.came_to.total() == 600
    assert {kind for kind, _ in soaked.came_to} == {"good", *faults_over(over)}
    assert soaked.kept() == {}


@pytest.mark.parametrize("over", OVERS)
@pytest.mark.parametrize("colour", COLOURS)
def test_a_thousand_streams_that_were_left_leave_no_file_open(colour: Colour, over: Over) -> None:
    with running() as server:
        left = abandon(server, colour, over, streams=1000, warm=100)
    assert left.came_to == {("endless", "left"): 1000}
    assert left.kept() == {}
