"""fal's queue over a socket: jobs are done, told of, and never left behind."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from seed_core.client import AsyncClient
from seed_core.emulator import Answer, Emulator, Fault, Job, Raw
from seed_core.errors import (
    APIConnectionError,
    BadRequestError,
    ContentFilterError,
    InsufficientCreditError,
    RateLimitError,
    ServerError,
)
from seed_core.flow import Retry
from seed_core.polling import Progress
from seed_core.types import Options, Prompt
from tests.core.calling import AT_ONCE, COLOURS, HELLO, Colour, ask, eventually
from tests.providers.fal.asking import turn
from tests.providers.fal.jobs import ENDLESS, QUEUED, RUNNING, cancels, methods, queue


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


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    "submitted", [Fault.status(500), Fault.html(502), Raw(body=b'{"request_id": "', cut=True)]
)
def test_a_submit_that_may_have_been_accepted_goes_to_nobody_else(
    emulator: Emulator, colour: Colour, submitted: Fault | Raw
) -> None:
    emulator.script(submitted, host="fal")
    both = (queue(emulator), emulator.provider("openrouter"))
    error = ask(colour, both, stream=False).error
    assert isinstance(error, (ServerError, APIConnectionError))
    assert error.paid_for
    assert not error.retryable
    assert methods(emulator) == ["POST"]


@pytest.mark.parametrize("colour", COLOURS)
def test_a_result_that_cannot_be_fetched_is_not_paid_for_again(
    emulator: Emulator, colour: Colour
) -> None:
    emulator.script(Job(result=[Fault.html(502)] * 21), host="fal")
    both = (queue(emulator), emulator.provider("openrouter"))
    outcome = ask(colour, both, stream=False)
    assert outcome.failure(ServerError).paid_for
    assert methods(emulator).count("POST") == 1
    assert not cancels(emulator)


@pytest.mark.parametrize("colour", COLOURS)
def test_what_the_model_answered_with_an_error_may_be_asked_elsewhere(
    emulator: Emulator, colour: Colour
) -> None:
    emulator.script(Job(result=Fault.status(500)), host="fal")
    emulator.script(Answer(text="Here"), host="openrouter")
    both = (queue(emulator), emulator.provider("openrouter"))
    assert ask(colour, both, stream=False).reply.text == "Here"


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
    "submitted",
    [
        {"status_url": ...},
        {"response_url": ..., "cancel_url": ...},
        {"status_url": "https://[", "response_url": "http://127.0.0.1:9/elsewhere"},
    ],
)
def test_addresses_that_the_host_does_not_tell_well_are_made(
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
