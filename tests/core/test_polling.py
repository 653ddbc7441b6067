"""Looking at a job until it is done, driven by hand: no clock, no socket."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    BadRequestError,
    RateLimitError,
    SeedError,
    ServerError,
)
from seed_core.flow import (
    Flow,
    OutOfTimeError,
    Pending,
    Request,
    Response,
    Retry,
    cancelling,
    exchange,
)
from seed_core.polling import Polling, once, poll
from tests.core.playing import play

LOOK = Request("GET", "https://example.com/job")
CANCEL = Request("PUT", "https://example.com/job/cancel")
EVERY = Polling(0.5, 1.0, growth=1.5)
DRAWN = Retry(2, jitter=lambda: 1.0)
WAITING, DONE = Response(202, {}, b"wait"), Response(200, {}, b"done")
LIMITED = RateLimitError("slow down", status_code=429)
AT_ONCE = replace(DRAWN, jitter=lambda: 0.0)


def read(response: Response) -> str:
    if response.status == 429:
        raise LIMITED
    return response.body.decode()


def done(seen: str) -> bool:
    return seen != "wait"


def looking(retry: Retry = DRAWN, over: Callable[[str], bool] = done, **more: Any) -> Flow[str]:
    return poll(LOOK, read, over, retry, EVERY, **more)


def test_looks_come_ever_later_up_to_a_limit() -> None:
    sends, result = play(looking(), *[WAITING] * 4, DONE)
    assert result == "done"
    assert [send.delay for send in sends] == [0.5, 0.75, 1.0, 1.0, 1.0]
    assert all(send.request is LOOK for send in sends)


def test_the_first_look_can_be_taken_at_once() -> None:
    sends, _ = play(looking(at_once=True), WAITING, WAITING, DONE)
    assert [send.delay for send in sends] == [0.0, 0.5, 0.75]


def test_a_look_that_fails_says_nothing_of_the_job() -> None:
    lost = APIConnectionError("the connection broke", retryable=False)
    late = APITimeoutError("too late", phase="read")
    answers = (WAITING, lost, late, WAITING, Response(429, {}, b""), DONE)
    sends, result = play(looking(), *answers)
    assert result == "done"
    # Back-off between the tries of one look, and the usual waits between looks.
    assert [send.delay for send in sends] == [0.5, 0.75, 0.5, 1.0, 1.0, 0.5]


@pytest.mark.parametrize("retries", [0, 2, 30])
def test_each_look_has_many_tries_and_then_the_failure_is_told(retries: int) -> None:
    tries = max(retries, 20) + 1
    broken = [APIConnectionError(f"broken {n}") for n in range(tries)]
    retry = replace(AT_ONCE, max_retries=retries)
    sends, result = play(looking(retry), *broken[1:], WAITING, *broken)
    assert result is broken[-1]
    assert len(sends) == 2 * tries


def test_each_look_may_wait_as_long_as_a_call_may() -> None:
    broken = [LIMITED] * 11
    sends, result = play(looking(), *broken[1:], WAITING, *broken)
    assert result is LIMITED
    waits = [0.5, 1, 2, 4, *[8] * 6]
    assert [send.delay for send in sends] == [0.5, *waits, 0.75, *waits]
    assert sum(waits) <= DRAWN.max_wait < sum(waits) + 8


def test_a_look_that_no_other_try_can_help_is_the_last() -> None:
    for error in (BadRequestError("no", status_code=400), APIStatusError("odd", status_code=418)):
        sends, result = play(looking(), WAITING, error)
        assert (len(sends), result) == (2, error)


def test_every_look_is_told_once_and_outside_of_what_is_tried_again() -> None:
    told: list[str] = []

    def over(seen: str) -> bool:
        told.append(seen)
        return done(seen)

    play(looking(over=over), WAITING, LIMITED, WAITING, DONE)
    assert told == ["wait", "wait", "done"]

    def failing(seen: str) -> bool:
        told.append(seen)
        raise LIMITED

    told.clear()
    sends, result = play(looking(over=failing), WAITING)
    assert (len(sends), result, told) == (1, LIMITED, ["wait"])


def test_what_a_look_shows_can_be_false() -> None:
    sends, result = play(looking(over=lambda seen: True), Response(200, {}, b""))
    assert (len(sends), result) == (1, "")


def test_a_job_travels_with_every_look() -> None:
    job = Pending(CANCEL)
    sends, _ = play(looking(undo=job), WAITING, LIMITED, DONE)
    assert [send.undo for send in sends] == [job] * 3
    assert not job.over, "that is for the flow to say"


def test_a_wait_that_outlasts_the_call_ends_it() -> None:
    error = OutOfTimeError("no time", phase="total")
    _, result = play(looking(), WAITING, error)
    assert result is error
    _, result = play(looking(), WAITING, LIMITED, error)
    assert result is LIMITED, "what went wrong says more than the time that is up"


# --- cancelling -----------------------------------------------------------------------------------


def cancelled(job: Pending, answer: Response | SeedError) -> None:
    flow = cancelling(job)
    send = next(flow)
    assert (send.request, send.within, send.undo) == (CANCEL, 2, None)
    assert job.over, "nobody else shall do it, too"
    with pytest.raises(StopIteration):
        flow.throw(answer) if isinstance(answer, SeedError) else flow.send(answer)


@pytest.mark.parametrize("status", [200, 202, 204, 400, 404])
def test_a_job_that_was_cancelled_or_gone_is_over(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    job = Pending(CANCEL)
    with caplog.at_level(logging.INFO, "seed_core"):
        cancelled(job, Response(status))
    assert job.over
    assert [record.levelno for record in caplog.records] == [logging.INFO]
    assert list(cancelling(job)) == []


@pytest.mark.parametrize(
    "answer",
    [
        *[Response(status) for status in (302, 401, 403, 405, 409, 422, 429, 500, 503)],
        APIConnectionError("no way"),
        APITimeoutError("total is 2 s", phase="total"),
    ],
)
def test_a_job_that_could_not_be_cancelled_is_said_and_left(
    answer: Response | SeedError, caplog: pytest.LogCaptureFixture
) -> None:
    job = Pending(CANCEL)
    cancelled(job, answer)
    assert job.over
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "a job could not be cancelled" in record.message
    assert list(cancelling(job)) == [], "it is tried once"


# --- what must not be made twice ------------------------------------------------------------------


def test_what_must_not_be_made_twice_is_sent_again_only_where_that_is_safe() -> None:
    unsafe = Retry(2, jitter=lambda: 0.0, safe=lambda error: error is LIMITED)
    sends, result = play(exchange(LOOK, lambda got: "made", unsafe), LIMITED, LIMITED, DONE)
    assert (len(sends), result) == (3, "made")
    lost = APIConnectionError("lost")
    sends, result = play(exchange(LOOK, lambda got: "made", unsafe), lost)
    assert (len(sends), result) == (1, lost)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (LIMITED, True),
        (RateLimitError("no quota", status_code=429, retryable=False), False),
        (ServerError("overloaded", status_code=503), True),
        (ServerError("died", status_code=500), False),
        (ServerError("died", status_code=502), False),
        (ServerError("late", status_code=504), False),
        (APIStatusError("late", status_code=408, retryable=True), False),
        (APIConnectionError("could not connect", reached=False), True),
        (APIConnectionError("broke"), False),
        (APITimeoutError("no connection", phase="connect"), True),
        (APITimeoutError("no answer", phase="read"), False),
    ],
)
def test_once_is_again_only_where_nothing_can_have_come_of_it(
    error: SeedError, again: bool
) -> None:
    wait = once(replace(AT_ONCE, timeouts=True)).wait(error, 0, 0.0)
    assert (wait is not None) is again


@pytest.mark.parametrize("repeatable", [False, True])
@pytest.mark.parametrize("error", [ServerError("died", status_code=503), APIConnectionError("x")])
def test_what_may_be_paid_for_is_never_sent_again(error: SeedError, repeatable: bool) -> None:
    retry = replace(AT_ONCE, repeatable=repeatable, timeouts=True)
    assert retry.wait(error, 0, 0.0) == 0
    error.paid_for = True
    try:
        assert retry.wait(error, 0, 0.0) is None
        sends, result = play(exchange(LOOK, read, retry), error)
        assert (len(sends), result) == (1, error)
        assert not retry.moves_on(error)
    finally:
        error.paid_for = False


def test_a_cancelling_that_is_ended_itself_is_left_to_the_driver() -> None:
    job = Pending(CANCEL)
    flow = cancelling(job)
    next(flow)
    assert job.over
    flow.close()
    assert not job.over


def test_a_time_that_is_up_is_not_tried_again() -> None:
    up = APITimeoutError("no time", phase="total")
    assert Retry(repeatable=True).wait(up, 0, 0.0) is None
