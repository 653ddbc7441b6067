"""The result of a job of fal's queue: fetched however long it takes, or an error for good."""

from copy import copy
from typing import Any

import pytest

from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    SeedError,
    ServerError,
)
from seed_core.events import collect
from seed_core.flow import OutOfTimeError, Response, Retry
from tests.core.playing import play
from tests.providers.fal.by_hand import (
    ACCEPTED,
    AT,
    COMPLETED,
    NOT_READY,
    RESULT,
    calling,
    says,
)

DONE = (says(ACCEPTED), says(COMPLETED))
PASSING: list[Response | SeedError] = [
    *[says({"detail": "Later"}, status) for status in (408, 409, 425, 429)],
    *[says(b"<html>", status) for status in (500, 502, 503, 504)],
    says(b"", 502),
    says([], 502),
    APIConnectionError("broke in the middle of the reply", retryable=False),
    APITimeoutError("no answer", phase="read"),
]
"""What the host in front of the model says, or nobody: nothing of the job."""


@pytest.mark.parametrize("retries", [0, 2])
def test_a_fetch_that_fails_is_repeated(retries: int) -> None:
    flow = calling(Retry(retries, jitter=lambda: 0.0))
    sends, opened = play(flow, *DONE, *PASSING, says(RESULT))
    assert collect(opened.events).text == "Hi"
    assert [send.request.method for send in sends] == ["POST", *["GET"] * (len(PASSING) + 2)]
    assert {send.request.url for send in sends[2:]} == {AT}


@pytest.mark.parametrize("bad", PASSING)
def test_a_fetch_that_goes_on_failing_is_of_a_job_that_is_done_and_paid_for(bad: Any) -> None:
    # A copy: what becomes of an error would be seen by the other tests.
    sends, error = play(calling(), *DONE, *[copy(bad)] * 21)
    assert isinstance(error, SeedError)
    assert error.paid_for
    assert not Retry().moves_on(error), "it is not made once more elsewhere"
    assert str(error).endswith("(job job-1, completed)")
    assert {send.request.method for send in sends[1:]} == {"GET"}, "nothing is left to cancel"


def test_a_time_that_is_up_before_the_result_is_there() -> None:
    up = OutOfTimeError("no time", phase="total")
    up.reached = False
    _, error = play(calling(), *DONE, up)
    assert error is up
    assert error.paid_for
    assert "(job job-1, completed)" in str(error)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_of_the_model_s_own_is_the_result(status: int) -> None:
    failed = says({"detail": "CUDA out of memory"}, status, x_fal_retryable="true")
    sends, error = play(calling(), *DONE, failed)
    assert isinstance(error, ServerError)
    assert error.status_code == status
    assert "CUDA out of memory" in str(error)
    assert "(job job-1, completed)" in str(error)
    assert len(sends) == 3, "asked again it would say the same"


@pytest.mark.parametrize("status", [400, 404, 425, 500, 503])
def test_a_result_that_is_not_ready_is_looked_for_again(status: int) -> None:
    unready = says(NOT_READY, status)
    sends, opened = play(calling(Retry(0)), *DONE, unready, unready, says(RESULT))
    assert collect(opened.events).text == "Hi"
    assert [send.delay for send in sends[2:]] == [0, 0.5, 0.625]


def test_a_result_that_is_never_ready_is_not_looked_for_for_ever() -> None:
    unready = says(NOT_READY, 400)
    sends, opened = play(calling(), *DONE, *[unready] * 59, says(RESULT))
    assert len(sends) == 62
    assert collect(opened.events).text == "Hi"
    sends, error = play(calling(), *DONE, *[unready] * 60)
    assert len(sends) == 62
    assert isinstance(error, APIStatusError)
    assert "Request is still in progress" in str(error)
