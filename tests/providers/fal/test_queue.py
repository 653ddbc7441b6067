"""fal's queue over a socket: jobs are done, told of, and never left behind."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from seed_core.client import AsyncClient, Client
from seed_core.emulator import Answer, Emulator, Fault, Job, Raw, Seen
from seed_core.errors import (
    APITimeoutError,
    BadRequestError,
    ContentFilterError,
    InsufficientCreditError,
    RateLimitError,
    ServerError,
)
from seed_core.flow import Retry
from seed_core.polling import Progress
from seed_core.providers.base import Provider
from seed_core.types import Options, Prompt
from tests.core.calling import AT_ONCE, COLOURS, HELLO, Colour, ask, eventually
from tests.providers.fal.asking import turn

QUEUED = {"status": "IN_QUEUE", "queue_position": 3}
RUNNING = {"status": "IN_PROGRESS", "logs": []}
ENDLESS = Job(statuses=[QUEUED, *[RUNNING] * 5000])


def queue(emulator: Emulator, **settings: Any) -> Provider:
    return emulator.provider("fal", api="queue", **settings)


def methods(emulator: Emulator) -> list[str]:
    return [seen.method for seen in emulator.requests]


def cancels(emulator: Emulator) -> list[Seen]:
    return [seen for seen in emulator.requests if seen.method == "PUT"]


def cancelled_once(emulator: Emulator) -> bool:
    """Whether the one job was cancelled, once, and was not asked about after that."""
    (put,) = cancels(emulator)
    assert methods(emulator).count("POST") == 1
    assert put.path.endswith("/cancel")
    assert "seed/v2/mini" not in put.path
    assert put.headers["authorization"] == "Key test"
    return emulator.requests[-1] is put


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_call_goes_through_the_queue(emulator: Emulator, colour: Colour, *, stream: bool) -> None:
    emulator.script(Answer(text="Done", reasoning="Hm"), host="fal")
    reply = ask(colour, queue(emulator), stream=stream).reply
    assert (reply.text, reply.reasoning) == ("Done", "Hm")
    assert methods(emulator) == ["POST", "GET", "GET", "GET", "GET"]
    assert reply.finish is not None
    assert str(reply.finish.response_id) in emulator.requests[-1].path
    assert not cancels(emulator)


@pytest.mark.parametrize("colour", COLOURS)
def test_progress_is_told_while_it_lasts(emulator: Emulator, colour: Colour) -> None:
    told: list[Progress] = []
    logged = {"status": "IN_PROGRESS", "logs": [{"message": "warming up"}]}
    emulator.script(Job(Answer(text="Done"), statuses=[QUEUED, RUNNING, logged]), host="fal")
    outcome = ask(colour, queue(emulator), stream=False, on_progress=told.append)
    assert outcome.reply.text == "Done"
    assert [(one.status, one.position, one.logs) for one in told] == [
        ("queued", 3, ()),
        ("running", None, ()),
        ("running", None, ("warming up",)),
        ("completed", None, ("Done.",)),
    ]


# --- no job is left behind ------------------------------------------------------------------------


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("stream", [False, True])
def test_when_the_time_is_up_the_job_is_cancelled(
    emulator: Emulator, colour: Colour, *, stream: bool
) -> None:
    emulator.script(ENDLESS, host="fal")
    outcome = ask(colour, queue(emulator), stream=stream, timeout=0.4)
    assert isinstance(outcome.error, APITimeoutError)
    assert outcome.error.phase == "total"
    assert "running)" in str(outcome.error)
    assert outcome.seconds < 1.5
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


async def test_a_stream_whose_task_is_cancelled_cancels_its_job(emulator: Emulator) -> None:
    emulator.script(ENDLESS, host="fal")
    async with AsyncClient(queue(emulator)) as client:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(client.stream(HELLO)), 0.3)
    assert cancelled_once(emulator)


async def test_a_scope_that_goes_on_cancelling_does_not_keep_the_job_alive(
    emulator: Emulator,
) -> None:
    emulator.script(ENDLESS, host="fal")
    async with AsyncClient(queue(emulator)) as client:
        with anyio.move_on_after(0.3) as scope:
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


def fail(_: Progress) -> None:
    raise LookupError("mine")


def test_a_callback_that_fails_cancels_the_job(emulator: Emulator) -> None:
    emulator.script(ENDLESS, host="fal")
    with pytest.raises(LookupError, match="mine"):
        Client(queue(emulator), on_progress=fail).call(HELLO)
    assert cancelled_once(emulator)


async def test_a_callback_that_fails_cancels_the_job_in_a_loop(emulator: Emulator) -> None:
    emulator.script(ENDLESS, host="fal")
    async with AsyncClient(queue(emulator), on_progress=fail) as client:
        with pytest.raises(LookupError, match="mine"):
            await client.call(HELLO)
    assert cancelled_once(emulator)


@pytest.mark.parametrize("colour", COLOURS)
def test_a_job_that_cannot_be_looked_at_is_cancelled_before_another_host_is_asked(
    emulator: Emulator, colour: Colour
) -> None:
    busy = [Fault.status(503)] * 3
    emulator.script(Job(statuses=[RUNNING, *busy, *[RUNNING] * 100]), host="fal")
    emulator.script(Answer(text="Here"))
    both = (queue(emulator), emulator.provider("openrouter"))
    reply = ask(colour, both, stream=False).reply  # type: ignore[arg-type]  # several providers
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
    error = ask(colour, queue(emulator), stream=False, timeout=0.3).error
    assert isinstance(error, APITimeoutError)
    assert cancelled_once(emulator)


@pytest.mark.slow
@pytest.mark.parametrize("colour", COLOURS)
def test_a_host_that_does_not_answer_the_cancelling_holds_nobody_up(
    emulator: Emulator, colour: Colour, caplog: pytest.LogCaptureFixture
) -> None:
    silent = Fault.stall(after=-1, seconds=30)
    emulator.script(Job(statuses=[RUNNING] * 5000, cancelled=silent), host="fal")
    with caplog.at_level(logging.WARNING, "seed_core"):
        outcome = ask(colour, queue(emulator), stream=False, timeout=0.3)
    assert isinstance(outcome.error, APITimeoutError)
    assert outcome.seconds < 3.5
    assert "a job could not be cancelled" in caplog.text


# --- completed is not success ---------------------------------------------------------------------

FAILED: list[tuple[Job, type[Exception]]] = [
    (
        Job(statuses=[{"status": "COMPLETED", "error": "x", "error_type": "startup_timeout"}]),
        ServerError,
    ),
    (Job(result=Fault.status(422, code="content_policy_violation")), ContentFilterError),
    (Job(result=Fault.status(422, code="image_load_error")), BadRequestError),
    (Job(result=Fault.status(403, code="exhausted_balance")), InsufficientCreditError),
]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(("job", "kind"), FAILED)
def test_a_job_that_failed_is_its_error(
    emulator: Emulator, colour: Colour, job: Job, kind: type[Any]
) -> None:
    emulator.script(job, host="fal")
    ask(colour, queue(emulator), stream=False, retry=Retry(0)).failure(kind)
    assert not cancels(emulator), "it is over"
    assert methods(emulator).count("POST") == 1


def test_what_the_host_itself_refuses_is_told_without_the_prompt(emulator: Emulator) -> None:
    secret = "a prompt that nobody else may read"
    prompt = Prompt((turn("user", secret),), options=Options(extra_body={"top_p": 7}))
    error = ask("sync", queue(emulator), stream=False, prompt=prompt).failure(BadRequestError)
    assert "top_p" in str(error)
    assert secret not in f"{error} {error.body}"


@pytest.mark.parametrize("colour", COLOURS)
def test_looks_that_fail_say_nothing_of_the_job(emulator: Emulator, colour: Colour) -> None:
    looks: list[Any] = [
        Fault.status(429, retry_after=0),
        RUNNING,
        Fault.refuse(),
        Fault.html(502),
        RUNNING,
    ]
    emulator.script(Job(Answer(text="Done"), statuses=looks, result=Fault.refuse()), host="fal")
    assert ask(colour, queue(emulator), stream=False).reply.text == "Done"
    assert methods(emulator).count("POST") == 1


@pytest.mark.parametrize(
    "submitted", [{"status_url": ...}, {"response_url": ..., "cancel_url": ...}]
)
def test_addresses_that_the_host_does_not_tell_are_made(
    emulator: Emulator, submitted: dict[str, Any]
) -> None:
    emulator.script(Job(Answer(text="Done"), submitted=submitted), host="fal")
    assert ask("sync", queue(emulator), stream=False).reply.text == "Done"


def test_an_account_s_limit_is_waited_for(emulator: Emulator) -> None:
    emulator.script(Fault.status(429, retry_after=0), Answer(text="Now"), host="fal")
    assert ask("sync", queue(emulator), stream=False).reply.text == "Now"
    emulator.clear()
    emulator.script(*[Fault.status(429)] * 3, host="fal")
    ask("sync", queue(emulator), stream=False, retry=AT_ONCE).failure(RateLimitError)
    assert methods(emulator) == ["POST"] * 3


# --- event loops ----------------------------------------------------------------------------------


async def test_waiting_holds_up_no_event_loop(emulator: Emulator) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    emulator.script(*[Job(statuses=[RUNNING] * 10)] * 5, host="fal")
    ticking = asyncio.create_task(tick())
    start = time.perf_counter()
    async with AsyncClient(queue(emulator)) as client:
        replies = await asyncio.gather(*[client.call(HELLO) for _ in range(5)])
    seconds = time.perf_counter() - start
    ticking.cancel()
    assert all(reply.text for reply in replies)
    assert ticks > seconds / 0.005 / 10


async def test_cancelling_many_calls_leaves_no_job_and_no_connection(emulator: Emulator) -> None:
    emulator.script(*[ENDLESS] * 8, host="fal")
    before = emulator.open_connections
    async with AsyncClient(queue(emulator)) as client:
        tasks = [asyncio.create_task(client.call(HELLO)) for _ in range(8)]
        assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) > 30)
        for task in tasks:
            task.cancel()
        assert all(
            isinstance(done, asyncio.CancelledError)
            for done in await asyncio.gather(*tasks, return_exceptions=True)
        )
    assert len({seen.path for seen in cancels(emulator)}) == 8
    gone: Callable[[], bool] = lambda: emulator.open_connections <= before  # noqa: E731 - a condition
    assert eventually(gone)
