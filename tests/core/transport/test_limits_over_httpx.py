"""The limits on waiting are kept over httpx too, and named alike."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from seed_core.errors import APITimeoutError, Phase
from seed_core.over_httpx import HttpxTransport
from seed_core.timeouts import Deadline, Timeout
from tests.core.calling import Colour
from tests.core.transport.callers import PATIENT, Caller, asking
from tests.core.transport.scripted import Line, Scripted, full_queue, plain

LIMITS: list[tuple[Timeout, Phase, bool]] = [
    (Timeout(read=0.2), "read", False),
    (Timeout(first_token=0.2, idle=0.2), "first_token", True),
    (Timeout(total=0.3), "total", False),
    (Timeout(total=0.3, first_token=10), "total", True),
]


@pytest.fixture
def caller(colour: Colour) -> Iterator[Caller]:
    """Over httpx, in both colours."""
    with Caller(colour, "httpx") as caller:
        yield caller


@pytest.mark.parametrize("opening", [b"", plain(b"x" * 9)[:-5]], ids=["no head", "half a body"])
@pytest.mark.parametrize(("limits", "phase", "streaming"), LIMITS)
def test_silence_ends_by_the_limit_that_is_named(
    caller: Caller, limits: Timeout, phase: Phase, streaming: bool, opening: bytes
) -> None:
    def serve(line: Line) -> None:
        line.request()
        line.send(opening)
        line.gone()

    with Scripted(serve) as server:
        error = caller.ask(asking(server.url), limits, streaming=streaming).error
    assert type(error) is APITimeoutError
    assert (error.phase, error.retryable, error.reached) == (phase, False, True)


@pytest.mark.parametrize("limits", [Timeout(read=0.2), Timeout(read=10, total=0.3)])
def test_the_body_of_an_error_just_ends(caller: Caller, limits: Timeout) -> None:
    def serve(line: Line) -> None:
        line.request()
        line.send(plain(b"a reason", status=500)[:-4])
        line.gone()

    with Scripted(serve) as server:
        got = caller.ask(asking(server.url), limits)
    assert (got.status, got.body, got.error) == (500, b"a re", None)


def test_a_host_that_never_reads_ends_by_the_limit_for_writing(caller: Caller) -> None:
    with Scripted(lambda line: line.server.stopped.wait(20)) as server:
        error = caller.ask(asking(server.url, b"x" * 20_000_000), Timeout(write=0.2)).error
    assert type(error) is APITimeoutError
    assert error.phase == "write"


def test_a_connection_that_does_not_come_about_is_safe_to_try_again(caller: Caller) -> None:
    with full_queue() as url:
        error = caller.ask(asking(url), Timeout(connect=0.2)).error
    assert type(error) is APITimeoutError
    assert (error.phase, error.retryable, error.reached) == ("connect", True, False)


def test_a_client_of_the_user_that_has_no_room_is_the_limit_for_the_pool() -> None:
    def serve(line: Line) -> None:
        line.request()
        line.send(plain(b"x" * 9)[:-5])
        line.gone()

    limits = httpx.Limits(max_connections=1)
    with Scripted(serve) as server, httpx.Client(limits=limits) as client:
        transport = HttpxTransport(client)
        first = transport.open(asking(server.url), Deadline.start(PATIENT), streaming=False)
        deadline = Deadline.start(Timeout(pool=0.05))
        with pytest.raises(APITimeoutError) as caught:
            transport.open(asking(server.url), deadline, streaming=False)
        first.close()
    assert (caught.value.phase, caught.value.reached) == ("pool", False)
