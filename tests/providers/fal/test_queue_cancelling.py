"""No job is left behind at fal's queue, however a call ends."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
import pytest

from seed_core.client import AsyncClient, Client
from seed_core.emulator import Answer, Emulator, Fault, Job, Raw
from seed_core.errors import APITimeoutError
from seed_core.polling import Progress
from tests.core.calling import COLOURS, HELLO, Colour, ask, eventually
from tests.providers.fal.jobs import ENDLESS, RUNNING, cancelled_once, cancels, methods, queue


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("stream", [False, True])
def test_when_the_time_is_up_the_job_is_cancelled(
    emulator: Emulator, colour: Colour, *, stream: bool
) -> None:
    emulator.script(ENDLESS, host="fal")
    outcome = ask(colour, queue(emulator), stream=stream, timeout=1.5)
    assert isinstance(outcome.error, APITimeoutError)
    assert outcome.error.phase == "total"
    assert "fal did not answer in time: total is 1.5 s" in str(outcome.error)
    assert "running; it is cancelled)" in str(outcome.error)
    assert outcome.seconds < 10
    assert cancelled_once(emulator)


async def test_a_task_that_is_cancelled_cancels_its_job(emulator: Emulator) -> None:
    emulator.script(ENDLESS, host="fal")
    async with AsyncClient(queue(emulator)) as client:
        task = asyncio.create_task(client.call(HELLO))
        assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) > 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert cancelled_once(emulator)


@pytest.mark.parametrize("gap", [0, 0.05])
@pytest.mark.parametrize("times", [2, 4])
async def test_a_task_that_is_cancelled_again_still_cancels_its_job(
    emulator: Emulator, gap: float, times: int
) -> None:
    slow = Fault.stall(after=-1, seconds=0.4)
    emulator.script(Job(statuses=[RUNNING] * 5000, cancelled=slow), host="fal")
    async with AsyncClient(queue(emulator)) as client:
        task = asyncio.create_task(client.call(HELLO))
        assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) > 2)
        for _ in range(times):
            assert not task.done()
            task.cancel()
            await asyncio.sleep(gap)
        with pytest.raises(asyncio.CancelledError):
            await task
    # The one that was broken off may have arrived, or not: it is sent again.
    assert cancels(emulator)
    assert emulator.requests[-1] in cancels(emulator)
    assert methods(emulator).count("POST") == 1


async def test_a_task_that_goes_on_being_cancelled_ends(emulator: Emulator) -> None:
    silent = Fault.stall(after=-1, seconds=30)
    emulator.script(Job(statuses=[RUNNING] * 5000, cancelled=silent), host="fal")
    async with AsyncClient(queue(emulator)) as client:
        task = asyncio.create_task(client.call(HELLO))
        assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) > 2)
        start = time.perf_counter()
        while not task.done() and time.perf_counter() < start + 6:
            task.cancel()
            await asyncio.wait((task,), timeout=0.2)
        assert task.cancelled()
        assert time.perf_counter() - start < 5.5
    assert cancels(emulator)


async def test_a_stream_whose_task_is_cancelled_cancels_its_job(emulator: Emulator) -> None:
    emulator.script(ENDLESS, host="fal")
    async with AsyncClient(queue(emulator)) as client:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(client.stream(HELLO)), 1.5)
    assert cancelled_once(emulator)


async def test_a_scope_that_goes_on_cancelling_does_not_keep_the_job_alive(
    emulator: Emulator,
) -> None:
    emulator.script(ENDLESS, host="fal")
    async with AsyncClient(queue(emulator)) as client:
        with anyio.move_on_after(1.5) as scope:
            await client.call(HELLO)
    assert scope.cancelled_caught
    assert cancelled_once(emulator)


@contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Ctrl-C after some time."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_an_interrupt_cancels_the_job(emulator: Emulator) -> None:
    emulator.script(ENDLESS, host="fal")
    with interrupted_after(0.3), pytest.raises(KeyboardInterrupt):
        Client(queue(emulator)).call(HELLO)
    assert cancelled_once(emulator)


def test_an_interrupt_in_a_stream_cancels_the_job(emulator: Emulator) -> None:
    emulator.script(ENDLESS, host="fal")
    with interrupted_after(0.3), pytest.raises(KeyboardInterrupt):
        next(Client(queue(emulator)).stream(HELLO))
    assert cancelled_once(emulator)


# --- the caller's own code fails ------------------------------------------------------------------


def failing(at: str) -> Callable[[Progress], None]:
    """A callback that fails at one status."""

    def fail(progress: Progress) -> None:
        if progress.status == at:
            raise LookupError("mine")

    return fail


@pytest.mark.parametrize("at", ["queued", "running"])
def test_a_callback_that_fails_cancels_the_job(emulator: Emulator, at: str) -> None:
    emulator.script(ENDLESS, host="fal")
    with pytest.raises(LookupError, match="mine"):
        Client(queue(emulator), on_progress=failing(at)).call(HELLO)
    assert cancelled_once(emulator)


@pytest.mark.parametrize("at", ["queued", "running"])
async def test_a_callback_that_fails_cancels_the_job_in_a_loop(emulator: Emulator, at: str) -> None:
    emulator.script(ENDLESS, host="fal")
    async with AsyncClient(queue(emulator), on_progress=failing(at)) as client:
        with pytest.raises(LookupError, match="mine"):
            await client.call(HELLO)
    assert cancelled_once(emulator)


def test_a_callback_that_fails_at_the_end_cancels_nothing(emulator: Emulator) -> None:
    emulator.script(Job(statuses=[RUNNING]), host="fal")
    with pytest.raises(LookupError, match="mine"):
        Client(queue(emulator), on_progress=failing("completed")).call(HELLO)
    assert not cancels(emulator)


async def test_a_callback_that_fails_at_the_end_cancels_nothing_in_a_loop(
    emulator: Emulator,
) -> None:
    emulator.script(Job(statuses=[RUNNING]), host="fal")
    async with AsyncClient(queue(emulator), on_progress=failing("completed")) as client:
        with pytest.raises(LookupError, match="mine"):
            await client.call(HELLO)
    assert not cancels(emulator)


async def test_a_task_that_is_cancelled_while_its_job_is_is_cancelled_too(
    emulator: Emulator,
) -> None:
    slow = Fault.stall(after=-1, seconds=0.4)
    emulator.script(Job(statuses=[RUNNING] * 5000, cancelled=slow), host="fal")
    async with AsyncClient(queue(emulator), on_progress=failing("running")) as client:
        task = asyncio.create_task(client.call(HELLO))
        assert await asyncio.to_thread(eventually, lambda: bool(cancels(emulator)))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert emulator.requests[-1] in cancels(emulator)


# --- the host is of no help -----------------------------------------------------------------------


@pytest.mark.parametrize("colour", COLOURS)
def test_a_job_that_cannot_be_looked_at_is_cancelled_before_another_host_is_asked(
    emulator: Emulator, colour: Colour
) -> None:
    busy = [Fault.status(503)] * 21
    emulator.script(Job(statuses=[RUNNING, *busy, *[RUNNING] * 100]), host="fal")
    emulator.script(Answer(text="Here"), host="openrouter")
    both = (queue(emulator), emulator.provider("openrouter"))
    reply = ask(colour, both, stream=False).reply
    assert reply.text == "Here"
    assert reply.finish is not None
    assert [failed.provider for failed in reply.finish.failed] == ["fal"]
    assert methods(emulator)[-2:] == ["PUT", "POST"]


@pytest.mark.parametrize("answer", [Raw(400), Raw(404), Raw(500), Raw(202)])
@pytest.mark.parametrize("colour", COLOURS)
def test_what_the_host_says_of_the_cancelling_changes_nothing(
    emulator: Emulator, colour: Colour, answer: Raw
) -> None:
    emulator.script(Job(statuses=[RUNNING] * 5000, cancelled=answer), host="fal")
    error = ask(colour, queue(emulator), stream=False, timeout=1.5).error
    assert isinstance(error, APITimeoutError)
    assert cancelled_once(emulator)


@pytest.mark.slow
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    "slow", [Fault.stall(after=-1, seconds=30), Raw(202, body=[b" "] * 100, delay=0.3)]
)
def test_a_host_that_does_not_answer_the_cancelling_holds_nobody_up(
    emulator: Emulator, colour: Colour, slow: Fault | Raw, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.script(Job(statuses=[RUNNING] * 5000, cancelled=slow), host="fal")
    with caplog.at_level(logging.WARNING, "seed_core"):
        outcome = ask(colour, queue(emulator), stream=False, timeout=1.5)
    assert isinstance(outcome.error, APITimeoutError)
    assert outcome.seconds < 20
    assert "a job could not be cancelled" in caplog.text
    assert cancelled_once(emulator)


@pytest.mark.parametrize("colour", COLOURS)
def test_cancelling_has_time_of_its_own_when_that_of_the_call_is_up(
    emulator: Emulator, colour: Colour, caplog: pytest.LogCaptureFixture
) -> None:
    slow = Fault.stall(after=-1, seconds=0.5)
    emulator.script(Job(statuses=[RUNNING] * 5000, cancelled=slow), host="fal")
    with caplog.at_level(logging.WARNING, "seed_core"):
        outcome = ask(colour, queue(emulator), stream=False, timeout=1.5)
    assert isinstance(outcome.error, APITimeoutError)
    assert outcome.seconds > 1.9
    assert caplog.messages == []
    assert cancelled_once(emulator)
