"""Looking at a job until it is done, driven by hand: no clock, no socket."""

import pytest

from seed_core.errors import APIConnectionError, APITimeoutError, RateLimitError, SeedError
from seed_core.flow import (
    OutOfTimeError,
    Pending,
    Request,
    Response,
    Retry,
    cancelling,
    exchange,
)
from seed_core.polling import Polling, poll
from tests.core.playing import play

LOOK = Request("GET", "https://example.com/job")
CANCEL = Request("PUT", "https://example.com/job/cancel")
EVERY = Polling(0.5, 1.0, growth=1.5)
DRAWN = Retry(2, jitter=lambda: 1.0)
WAITING, DONE = Response(202, {}, b"wait"), Response(200, {}, b"done")
LIMITED = RateLimitError("slow down", status_code=429)


def read(response: Response) -> str | None:
    if response.status == 429:
        raise LIMITED
    return None if response.body == b"wait" else response.body.decode()


def test_looks_come_ever_later_up_to_a_limit() -> None:
    sends, result = play(poll(LOOK, read, DRAWN, EVERY), *[WAITING] * 4, DONE)
    assert result == "done"
    assert [send.delay for send in sends] == [0.5, 0.75, 1.0, 1.0, 1.0]
    assert all(send.request is LOOK for send in sends)


def test_the_first_look_can_be_taken_at_once() -> None:
    sends, _ = play(poll(LOOK, read, DRAWN, EVERY, at_once=True), WAITING, WAITING, DONE)
    assert [send.delay for send in sends] == [0.0, 0.5, 0.75]


def test_a_look_that_fails_says_nothing_of_the_job() -> None:
    lost = APIConnectionError("the connection broke", retryable=False)
    late = APITimeoutError("too late", phase="read")
    answers = (WAITING, lost, late, WAITING, Response(429, {}, b""), DONE)
    sends, result = play(poll(LOOK, read, DRAWN, EVERY), *answers)
    assert result == "done"
    # Back-off between the tries of one look, and the usual waits between looks.
    assert [send.delay for send in sends] == [0.5, 0.75, 0.5, 1.0, 1.0, 0.5]


def test_each_look_has_its_own_retries_and_then_the_failure_is_told() -> None:
    broken = [APIConnectionError(f"broken {n}") for n in range(3)]
    sends, result = play(poll(LOOK, read, DRAWN, EVERY), WAITING, *broken)
    assert result is broken[2]
    assert len(sends) == 4


def test_a_job_travels_with_every_look() -> None:
    job = Pending(CANCEL)
    sends, _ = play(poll(LOOK, read, DRAWN, EVERY, undo=job), WAITING, LIMITED, DONE)
    assert [send.undo for send in sends] == [job] * 3
    assert not job.over, "that is for the flow to say"


def test_a_wait_that_outlasts_the_call_ends_it() -> None:
    error = OutOfTimeError("no time", phase="total")
    _, result = play(poll(LOOK, read, DRAWN, EVERY), WAITING, error)
    assert result is error


def cancelled(job: Pending, answer: Response | SeedError) -> None:
    flow = cancelling(job)
    assert next(flow).request is CANCEL
    with pytest.raises(StopIteration):
        flow.throw(answer) if isinstance(answer, SeedError) else flow.send(answer)


@pytest.mark.parametrize("status", [202, 400, 404])
def test_a_job_that_was_cancelled_is_over_whatever_the_host_says(status: int) -> None:
    job = Pending(CANCEL)
    cancelled(job, Response(status))
    assert job.over
    assert list(cancelling(job)) == []


def test_a_job_that_could_not_be_cancelled_is_left_to_the_driver() -> None:
    job = Pending(CANCEL)
    cancelled(job, APIConnectionError("no way"))
    assert not job.over


def test_what_must_not_be_made_twice_is_sent_again_only_where_that_is_safe() -> None:
    unsafe = Retry(2, jitter=lambda: 0.0, safe=lambda error: error is LIMITED)
    sends, result = play(exchange(LOOK, lambda got: "made", unsafe), LIMITED, LIMITED, DONE)
    assert (len(sends), result) == (3, "made")
    lost = APIConnectionError("lost")
    sends, result = play(exchange(LOOK, lambda got: "made", unsafe), lost)
    assert (len(sends), result) == (1, lost)
