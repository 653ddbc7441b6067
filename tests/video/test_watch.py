"""Looking at a task and waiting for it, step by step."""

import logging
from typing import Any

import pytest

from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    ConfigurationError,
    ContentFilterError,
    InvalidReplyError,
    RateLimitError,
    SeedError,
    ServerError,
    VideoJobError,
    VideoJobTimeoutError,
)
from seed_core.flow import Flow, OutOfTimeError, Response, Retry
from seed_core.polling import Progress
from seed_core.videos.status import VideoStatus
from seed_core.videos.watch import look, wait
from tests.core.playing import play
from tests.video.asking import (
    AT_ONCE,
    HOST,
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
)


def looking(**settings: Any) -> Flow[VideoStatus]:
    return look(HOST, TASK, AT_ONCE, **settings)


def waiting(results: int = 1, retry: Retry = AT_ONCE, **settings: Any) -> Flow[VideoStatus]:
    return wait(HOST, TASK, results, retry, **settings)


# --- one look -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (UNKNOWN, "unknown"),
        ({"data": None}, "unknown"),
        (data({**made(), "taskUUID": OTHER}), "unknown"),
        (errors(error("timeoutProvider", task_uuid=OTHER)), "unknown"),
        (PROCESSING, "processing"),
        (data(item(status="pending")), "processing"),
        (data(item(status="something new")), "processing"),
        (data(item(videoUUID="v")), "processing"),
        (data(item(videoUUID="v", videoURL=None, status=None)), "processing"),
        (data(made(1), item(status="processing")), "processing"),
        (data(made()), "success"),
        ({"data": made()}, "success"),
        (data(item(status="SUCCESS", videoUUID="v")), "success"),
        (data(item(videoURL="https://vm.runware.ai/a.mp4")), "success"),
        (data(item(videoBase64Data="QUJD")), "success"),
        (data(item(videoDataURI="data:video/mp4;base64,QUJD")), "success"),
        (data(made(1), failed("inferenceError")), "success"),
        (errors(error("timeoutProvider")), "error"),
        ({"errors": [error("timeoutProvider")]}, "error"),
        ({"error": error("timeoutProvider")}, "error"),
        ({"error": "it broke", "taskUUID": TASK}, "error"),
        (data(failed("inferenceError")), "error"),
        (data(item(error={"code": "inferenceError"})), "error"),
        (data(item(status="error", message="no object")), "error"),
        (data(item(code="inferenceError", message="flat")), "error"),
    ],
)
def test_how_a_task_stands(body: Any, state: str) -> None:
    sends, status = play(looking(), says(body))
    (send,) = sends
    assert sent(send) == {"taskType": "getResponse", "taskUUID": TASK}
    assert send.delay == 0
    assert send.undo is None
    assert (status.task_uuid, status.state) == (TASK, state)
    assert bool(status.failures) == (state == "error") or status.results


def test_a_look_that_knows_how_much_was_asked_for() -> None:
    _, status = play(looking(results=2), says(data(made(1))))
    assert status.state == "processing"
    _, status = play(looking(results=2), says(data(made(1), made(2))))
    assert status.state == "success"


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (says(errors(error("rateLimit")), 429), RateLimitError),
        (says(b"", 502), ServerError),
        (APIConnectionError("broke", retryable=False), APIConnectionError),
        (APITimeoutError("late", phase="read"), APITimeoutError),
        # Inside a 200, but of the question.
        (says(errors(error("internalServerError", task_uuid=None))), ServerError),
        (says(errors(error("rateLimitExceeded"))), RateLimitError),
        # Not the API: a page of a proxy, say.
        (says(b"<html>"), InvalidReplyError),
        (says([made()]), InvalidReplyError),
        (says({"status": "success"}), InvalidReplyError),
    ],
)
def test_a_look_that_fails_is_repeated_and_then_is_a_failed_look(
    bad: Any, kind: type[Exception]
) -> None:
    sends, status = play(looking(), bad, bad, says(PROCESSING))
    assert len(sends) == 3
    assert status.state == "processing"
    _, raised = play(looking(), bad, bad, bad)
    assert type(raised) is kind
    assert f"(asking about task {TASK}, which goes on whatever this says)" in str(raised)


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (says(errors(error("invalidApiKey")), 401), AuthenticationError),
        (says(errors(error("invalidApiKey"))), AuthenticationError),
        (says(errors(error("timeoutProvider")), 400), APIStatusError),
    ],
)
def test_a_look_that_no_other_try_helps(bad: Any, kind: type[Exception]) -> None:
    sends, raised = play(looking(), bad)
    assert len(sends) == 1
    assert isinstance(raised, kind)
    assert not isinstance(raised, VideoJobError), "nothing is known of the task"
    assert TASK in str(raised)


def test_a_task_that_the_host_never_knew_is_not_said_to_go_on() -> None:
    empty = says({"data": []})
    _, raised = play(waiting(), empty, NO_TIME)
    assert "the host knew task" in str(raised)
    assert "paid for" not in str(raised)
    _, raised = play(waiting(known=True), empty, NO_TIME)
    assert "it goes on and is paid for" in str(raised)


def test_what_is_told_of_the_task_goes_before_what_is_told_of_the_question() -> None:
    both = {**data(made()), "errors": [error("rateLimit", task_uuid=None)]}
    _, status = play(looking(), says(both))
    assert (status.state, status.failures) == ("success", ())


# --- until it is over -----------------------------------------------------------------------------


def test_looks_come_ever_later_up_to_ten_seconds() -> None:
    answers = [says(UNKNOWN), *[says(PROCESSING)] * 5, says(data(made()))]
    sends, status = play(waiting(), *answers)
    assert [send.delay for send in sends] == [2, 3, 4.5, 6.75, 10, 10, 10]
    assert status.results[0].url == "https://vm.runware.ai/video/1.mp4"


def test_a_task_of_a_while_ago_is_asked_for_at_once() -> None:
    sends, _ = play(waiting(at_once=True), says(PROCESSING), says(data(made())))
    assert [send.delay for send in sends] == [0, 2]


def test_several_results_are_waited_for_and_each_is_told_once() -> None:
    looks = (
        data(made(1), item(status="processing", videoUUID="video-2")),
        data(made(1), made(1)),
        data(made(2)),
        data(made(3), made(2), made(1)),
    )
    sends, status = play(waiting(3), *map(says, looks))
    assert len(sends) == 4
    assert sorted(result.uuid for result in status.results) == ["video-1", "video-2", "video-3"]


def test_a_result_that_nothing_names_does_not_count_anew_each_time() -> None:
    nameless = item(status="success")
    looks = (data(nameless), data(nameless), data(nameless, made(1)))
    sends, status = play(waiting(2), *map(says, looks))
    assert len(sends) == 3
    assert len(status.results) == 2


def test_results_with_numbers_are_in_their_order() -> None:
    looks = data(made(2, resultIndex=1), made(9, resultIndex=0), made(1, resultIndex=0))
    _, status = play(waiting(2), says(looks))
    assert [(one.index, one.uuid) for one in status.results] == [(0, "video-1"), (1, "video-2")]


def test_what_succeeded_is_returned_with_what_failed_beside_it() -> None:
    partly = data(made(1), failed("inferenceError", "one of two", videoUUID="video-2"))
    _, status = play(waiting(2), says(partly))
    assert (status.state, len(status.results), len(status.failures)) == ("success", 1, 1)
    (failure,) = status.failures
    assert failure.task_uuid == TASK
    assert isinstance(failure.reason, ServerError)
    assert "inferenceError: one of two" in str(failure)


def test_a_failure_that_is_told_in_both_places_is_one() -> None:
    twice = {**data(failed("inferenceError")), "errors": [error("inferenceError")]}
    sends, _ = play(waiting(2), says(twice), says(data(made(1), failed("inferenceError"))))
    assert len(sends) == 2
    _, status = play(looking(), says(twice))
    assert len(status.failures) == 1


def test_an_error_of_the_whole_task_ends_it() -> None:
    sends, raised = play(waiting(4), says(errors(error("timeoutProvider"))))
    assert len(sends) == 1
    assert isinstance(raised, VideoJobError)
    under_way = {**PROCESSING, "errors": [error("inferenceError")]}
    sends, status = play(waiting(2), says(under_way), says(data(made(1), made(2))))
    assert len(sends) == 2
    assert len(status.results) == 2


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("timeoutProvider", "Provider timeout", ServerError),
        ("providerError", "HTTP DataInspectionFailed.", ContentFilterError),
        ("providerRateLimitExceeded", "slow down", RateLimitError),
    ],
)
def test_a_task_that_failed(code: str, message: str, kind: type[Exception]) -> None:
    _, raised = play(waiting(), says(errors(error(code, message))))
    assert type(raised) is VideoJobError
    assert raised.task_uuid == TASK
    assert isinstance(raised.reason, kind)
    assert raised.__cause__ is raised.reason
    assert not raised.retryable, "another try is another charge"
    assert f"runware failed: {code}: {message.rstrip('.')}" in str(raised)
    assert f"(task {TASK})" in str(raised)


def test_when_all_failed_each_reason_is_said_once() -> None:
    all_three = data(
        failed("inferenceError", "one", videoUUID="1"),
        failed("promptBlocked", "two", videoUUID="2"),
        failed("inferenceError", "one", videoUUID="3"),
    )
    _, raised = play(waiting(3), says(all_three))
    assert isinstance(raised, VideoJobError)
    assert str(raised).startswith("all 3 results failed: ")
    assert str(raised).count("inferenceError: one") == 1
    assert "promptBlocked: two" in str(raised)
    assert isinstance(raised.reason, ServerError)
    assert raised.task_uuid == TASK
    same = data(*[failed("inferenceError", videoUUID=str(n)) for n in range(2)])
    _, raised = play(waiting(2), says(same))
    assert "all 2" not in str(raised)


def test_a_question_that_fails_for_a_while_is_none_of_the_task() -> None:
    lost = APIConnectionError("broke", retryable=False)
    bad: list[Response | SeedError] = [says(b"", 502), lost]
    flow = waiting(retry=Retry(0, jitter=lambda: 0.0))
    sends, status = play(flow, *bad * 10, says(PROCESSING), lost, says(data(made())))
    assert len(sends) == 23
    assert status.state == "success"


def test_a_question_is_not_asked_for_longer_than_a_call_may_wait() -> None:
    busy = says(errors(error("rateLimit")), 429, retry_after="20")
    flow = waiting(retry=Retry(0, max_wait=60))
    sends, raised = play(flow, says(PROCESSING), *[busy] * 4)
    assert [send.delay for send in sends] == [2, 3, 20, 20, 20]
    assert isinstance(raised, RateLimitError)


def test_a_question_that_goes_on_failing_ends_the_wait_and_not_the_task() -> None:
    busy = says(b"", 502)
    sends, raised = play(waiting(), says(PROCESSING), *[busy] * 21)
    assert len(sends) == 22
    assert isinstance(raised, ServerError)
    assert f"(asking about task {TASK}, which goes on whatever this says)" in str(raised)


NO_TIME = OutOfTimeError("no time", phase="total")
LATE = APITimeoutError("total is 9 s", phase="total")


# A question that was cut off is asked again, as far as the driver is concerned: it has no time.
@pytest.mark.parametrize("ends", [(NO_TIME,), (LATE,)])
def test_when_the_time_is_up_the_task_goes_on(ends: tuple[APITimeoutError, ...]) -> None:
    flow = waiting(2, Retry(0))
    _, raised = play(flow, says(data(made(1), item(status="processing", progress=40))), *ends)
    assert type(raised) is VideoJobTimeoutError
    assert raised.task_uuid == TASK
    assert raised.__cause__ is ends[0]
    assert "(running at 40 %, 1 of 2 done): it goes on and is paid for" in str(raised)


def test_a_time_that_is_up_before_the_first_look() -> None:
    _, raised = play(waiting(), OutOfTimeError("no time", phase="total"))
    assert isinstance(raised, VideoJobTimeoutError)
    assert "(submitted)" in str(raised)


@pytest.mark.parametrize("results", [0, -1, 1.5, True])
def test_something_is_waited_for(results: Any) -> None:
    with pytest.raises(ConfigurationError, match="results="):
        next(waiting(results))


# --- what is told meanwhile -----------------------------------------------------------------------


def test_progress_is_told_once_each(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Progress] = []
    looks = (
        UNKNOWN,
        UNKNOWN,
        data(item(status="processing")),
        PROCESSING,
        PROCESSING,
        UNKNOWN,
        data(made(1), item(status="processing", progress="60.5")),
        data(made(1), made(2)),
    )
    with caplog.at_level(logging.INFO, "seed_core"):
        play(waiting(2, on_progress=told.append), *map(says, looks))
    assert [(one.status, one.percent) for one in told] == [
        ("queued", None),
        ("running", None),
        ("running", 40),
        ("running", 60.5),
        ("completed", None),
    ]
    assert {(one.provider, one.job) for one in told} == {("runware", TASK)}
    assert caplog.messages == [
        f"runware: task {TASK} is queued, 0 of 2 done",
        f"runware: task {TASK} is running, 0 of 2 done",
        f"runware: task {TASK} is running at 40 %, 0 of 2 done",
        f"runware: task {TASK} is running at 60.5 %, 1 of 2 done",
        f"runware: task {TASK} is completed, 2 of 2 done",
    ]


def test_the_slowest_says_how_far_it_is() -> None:
    both = data(
        item(status="processing", progress=70, videoUUID="1"),
        item(status="processing", progress=20, videoUUID="2"),
        item(status="processing", progress=True, videoUUID="3"),
        item(status="processing", progress="soon", videoUUID="4"),
    )
    _, status = play(looking(), says(both))
    assert status.progress == 20


@pytest.mark.parametrize(
    "mine", [KeyError("mine"), APIConnectionError("mine"), RateLimitError("mine", status_code=429)]
)
@pytest.mark.parametrize("seen", [PROCESSING, data(made())])
def test_a_callback_that_fails_ends_the_wait_and_is_no_failed_question(
    mine: Exception, seen: Any
) -> None:
    told: list[Progress] = []

    def fail(progress: Progress) -> None:
        told.append(progress)
        raise mine

    sends, raised = play(waiting(on_progress=fail), says(seen))
    assert raised is mine
    assert (len(sends), len(told)) == (1, 1)
