"""A submit step by step: what is sent, what is never sent twice, and what is looked for instead."""

import logging
from typing import Any

import pytest

from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ContentFilterError,
    InsufficientCreditError,
    InvalidReplyError,
    MediaError,
    RateLimitError,
    SeedError,
    ServerError,
    VideoJobError,
    VideoJobTimeoutError,
)
from seed_core.flow import Flow, OutOfTimeError, Retry
from seed_core.polling import Progress
from seed_core.videos.status import VideoStatus
from seed_core.videos.submit import generate, submit
from tests.core.playing import play
from tests.video.asking import (
    ACCEPTED,
    AT_ONCE,
    HOST,
    KEY,
    OTHER,
    PROCESSING,
    TASK,
    UNKNOWN,
    data,
    error,
    errors,
    failed,
    item,
    made,
    says,
    sent,
    task,
)

LOST = APIConnectionError("the connection broke")
CONFLICT = errors(error("conflictTaskUUID"))


def submitting(retry: Retry = AT_ONCE, **fields: Any) -> Flow[VideoStatus]:
    return submit(HOST, task(**fields), TASK, retry)


def kinds(sends: list[Any]) -> list[str]:
    return [sent(send)["taskType"] for send in sends]


# --- accepted -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        ACCEPTED,
        UNKNOWN,
        PROCESSING,
        {"data": item()},
        data(item(status="pending")),
        data(item(), item()),
        {"data": [], "errors": []},
        data({**item(), "taskUUID": TASK.upper()}),
        # Of another task, and so of none that is asked about.
        data({**made(), "taskUUID": OTHER}),
        errors(error("invalidValue", task_uuid=OTHER)),
    ],
)
def test_an_acknowledgement(body: Any) -> None:
    sends, status = play(submitting(), says(body))
    (send,) = sends
    assert sent(send) == task().body(TASK)
    assert (send.request.method, send.request.url) == ("POST", "https://api.runware.ai/v1")
    assert send.request.headers["authorization"] == f"Bearer {KEY}"
    assert send.undo is None, "nothing cancels a task"
    assert (status.task_uuid, status.state, status.results) == (TASK, "processing", ())
    assert not status.over


def test_results_in_the_acknowledgement_are_taken() -> None:
    _, status = play(submitting(), says(data(made())))
    assert (status.state, status.over, len(status.results)) == ("success", True, 1)
    _, status = play(submitting(results=2), says(data(made())))
    assert (status.state, len(status.results)) == ("processing", 1)


@pytest.mark.parametrize("status", [200, 400, 409])
def test_a_task_that_is_known_already_was_accepted(status: int) -> None:
    sends, seen = play(submitting(), says(CONFLICT, status))
    assert len(sends) == 1
    assert seen.state == "processing"


def test_an_earlier_try_that_arrived_is_not_made_again() -> None:
    sends, seen = play(submitting(), says(b"busy", 503), says(CONFLICT, 400))
    assert kinds(sends) == ["videoInference"] * 2
    assert sent(sends[0]) == sent(sends[1])
    assert seen.state == "processing"


# --- refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (errors(error("missingDimensionParameters")), 400, BadRequestError),
        (errors(error("videoInferenceInsufficientCredits")), 400, InsufficientCreditError),
        (errors(error("invalidApiKey")), 401, AuthenticationError),
        (errors(error("invalidProviderContent")), 400, ContentFilterError),
        (errors(error("invalidValue")), 200, BadRequestError),
        (errors(error("invalidValue", task_uuid=None)), 200, BadRequestError),
        ({"error": error("invalidValue")}, 200, BadRequestError),
        (b"", 402, InsufficientCreditError),
    ],
)
def test_a_refusal_is_the_error_that_it_is(body: Any, status: int, kind: type[SeedError]) -> None:
    sends, raised = play(submitting(), says(body, status))
    assert len(sends) == 1
    assert type(raised) is kind
    assert not raised.retryable


def test_a_task_that_failed_at_once() -> None:
    _, raised = play(submitting(), says(data(failed("promptBlocked"))))
    assert isinstance(raised, VideoJobError)
    assert raised.task_uuid == TASK
    assert isinstance(raised.reason, ContentFilterError)


def test_of_an_acknowledgement_with_both_what_was_made_is_kept() -> None:
    both = {**data(made()), "errors": [error("timeoutProvider")]}
    _, status = play(submitting(results=2), says(both))
    assert (status.state, len(status.results), len(status.failures)) == ("success", 1, 1)


@pytest.mark.parametrize(
    "uuid", ["", "x", None, 7, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "{" + TASK + "}"]
)
def test_a_task_has_a_uuid_of_version_4(uuid: Any) -> None:
    with pytest.raises(ConfigurationError, match="version 4"):
        next(submit(HOST, task(), uuid, AT_ONCE))


# --- sent again, where no task can have come of it ------------------------------------------------


@pytest.mark.parametrize(
    "away",
    [
        says(errors(error("rateLimit")), 429),
        says(b"<html>busy</html>", 503),
        says(errors(error("rateLimitExceeded")), 200),
        APIConnectionError("could not connect", reached=False),
        APITimeoutError("no connection", phase="connect"),
        APITimeoutError("no connection is free", phase="pool"),
    ],
)
def test_a_submit_that_made_nothing_is_sent_again(away: Any) -> None:
    sends, status = play(submitting(), away, away, says(ACCEPTED))
    assert kinds(sends) == ["videoInference"] * 3
    assert len({str(sent(send)) for send in sends}) == 1
    assert status.state == "processing"
    sends, raised = play(submitting(Retry(0)), away)
    assert len(sends) == 1
    assert isinstance(raised, SeedError)
    assert raised.retryable


def test_the_host_says_how_long_to_wait() -> None:
    busy = says(errors(error("rateLimit")), 429, retry_after="3")
    sends, _ = play(submitting(), busy, says(ACCEPTED))
    assert [send.delay for send in sends] == [0, 3]


def test_a_wait_that_would_outlast_the_call_ends_with_why_it_was() -> None:
    busy = says(errors(error("rateLimit")), 429)
    _, raised = play(submitting(), busy, OutOfTimeError("no time", phase="total"))
    assert isinstance(raised, RateLimitError), "it was refused, so no task can exist"


# --- looked for, where one may have come of it ----------------------------------------------------


@pytest.mark.parametrize(
    "lost",
    [
        LOST,
        APIConnectionError("in the middle of the reply", retryable=False),
        APITimeoutError("no answer", phase="read"),
        APITimeoutError("not taken", phase="write"),
    ],
)
@pytest.mark.parametrize("timeouts", [False, True])
def test_a_submit_whose_answer_was_lost_is_looked_for(
    lost: SeedError, timeouts: bool, caplog: pytest.LogCaptureFixture
) -> None:
    retry = Retry(2, timeouts=timeouts, jitter=lambda: 0.0)
    with caplog.at_level(logging.INFO, "seed_core"):
        sends, status = play(submitting(retry), lost, says(PROCESSING))
    assert kinds(sends) == ["videoInference", "getResponse"]
    assert sent(sends[1]) == {"taskType": "getResponse", "taskUUID": TASK}
    assert sends[1].delay == HOST.polling.first
    assert (status.state, status.progress) == ("processing", 40)
    assert f"runware: looking for task {TASK}, which may have been accepted" in caplog.messages


def test_a_lost_task_that_is_not_known_may_come_yet() -> None:
    _, status = play(submitting(), LOST, says(UNKNOWN))
    assert status.state == "unknown"


def test_a_lost_task_that_is_over_already() -> None:
    _, status = play(submitting(), LOST, says(data(made())))
    assert status.over
    _, raised = play(submitting(), LOST, says(data(failed("inferenceError"))))
    assert isinstance(raised, VideoJobError)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (says(errors(error("internalServerError")), 500), ServerError),
        (says(b"<html>", 502, content_type="text/html"), ServerError),
        (says(b"", 504), ServerError),
        (says(b"", 408), APIStatusError),
        (says(b"<html>", 200), InvalidReplyError),
        (InvalidReplyError("does not decompress"), InvalidReplyError),
    ],
)
def test_an_error_that_says_nothing_for_certain(answer: Any, kind: type[SeedError]) -> None:
    sends, status = play(submitting(), answer, says(PROCESSING))
    assert kinds(sends) == ["videoInference", "getResponse"]
    assert status.state == "processing", "the task exists"
    sends, raised = play(submitting(), answer, says(UNKNOWN))
    assert type(raised) is kind, "it does not, as far as the host knows"
    assert f"(task {TASK} may have been accepted: look for it first)" in str(raised)
    assert not raised.retryable, "nobody else shall send it again either"


def test_a_look_that_fails_leaves_the_failure_of_the_submit() -> None:
    lost = APIConnectionError("the connection broke")
    busy = says(b"", 502)
    sends, raised = play(submitting(), lost, busy, busy, busy)
    assert kinds(sends) == ["videoInference", *["getResponse"] * 3]
    assert raised is lost
    assert not raised.retryable
    assert TASK in str(raised)


def test_when_the_time_is_up_the_task_is_named() -> None:
    up = APITimeoutError("total is 5 s", phase="total")
    for answers in ((up,), (LOST, OutOfTimeError("no time", phase="total"))):
        _, raised = play(submitting(), *answers)
        assert isinstance(raised, VideoJobTimeoutError)
        assert raised.task_uuid == TASK
        assert "may have been accepted" in str(raised)


def test_what_was_not_sent_is_no_task() -> None:
    gone = MediaError("'cat.png' changed")
    sends, raised = play(submitting(), gone)
    assert len(sends) == 1
    assert raised is gone


# --- submit and wait ------------------------------------------------------------------------------


def test_a_video_from_beginning_to_end() -> None:
    told: list[Progress] = []
    flow = generate(HOST, task(), TASK, AT_ONCE, told.append)
    sends, status = play(flow, says(ACCEPTED), says(PROCESSING), says(data(made())))
    assert kinds(sends) == ["videoInference", "getResponse", "getResponse"]
    assert [send.delay for send in sends] == [0, 2, 3]
    assert status.state == "success"
    assert [one.status for one in told] == ["running", "completed"]


def test_a_video_that_is_there_at_once_is_not_waited_for() -> None:
    sends, status = play(generate(HOST, task(), TASK, AT_ONCE), says(data(made())))
    assert len(sends) == 1
    assert status.over


def test_results_that_came_with_the_submit_stay() -> None:
    flow = generate(HOST, task(results=2), TASK, AT_ONCE)
    _, status = play(flow, says(data(made(1))), says(UNKNOWN), says(data(made(2))))
    assert [result.uuid for result in status.results] == ["video-1", "video-2"]


def test_a_lost_submit_is_waited_for_under_the_same_name() -> None:
    flow = generate(HOST, task(), TASK, AT_ONCE)
    answers = (LOST, says(UNKNOWN), says(UNKNOWN), says(data(made())))
    sends, status = play(flow, *answers)
    assert kinds(sends) == ["videoInference", *["getResponse"] * 3]
    assert {sent(send)["taskUUID"] for send in sends} == {TASK}
    assert status.state == "success"
