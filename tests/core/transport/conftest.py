"""What these tests share: a caller for each transport and colour that a test is about."""

from collections.abc import Iterator

import pytest

from tests.core.calling import COLOURS, Colour
from tests.core.transport.callers import OVERS, Caller, Over


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    """Threads, then event loops."""
    colour: Colour = request.param
    return colour


@pytest.fixture(params=OVERS)
def over(request: pytest.FixtureRequest) -> Over:
    """Our own transport, then httpx."""
    over: Over = request.param
    return over


@pytest.fixture
def own(colour: Colour) -> Iterator[Caller]:
    """Our own transport, in both colours."""
    with Caller(colour) as caller:
        yield caller


@pytest.fixture
def either(colour: Colour, over: Over) -> Iterator[Caller]:
    """Both transports, in both colours."""
    with Caller(colour, over) as caller:
        yield caller
