"""fal's queue step by step, driven by hand: what is sent when, and what is never sent twice."""

import json
from pathlib import Path
from typing import Any

import pytest

from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    BadRequestError,
    ContentFilterError,
    InvalidReplyError,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from seed_core.events import collect
from seed_core.flow import OutOfTimeError, Response, Retry
from seed_core.polling import Progress
from seed_core.providers import resolve
from tests.core.playing import play
from tests.providers.fal.asking import KEY
from tests.providers.fal.by_hand import (
    ACCEPTED,
    AT,
    COMPLETED,
    QUEUED,
    RESULT,
    RUNNING,
    calling,
    says,
)


def test_a_call_is_a_submit_some_looks_and_a_fetch() -> None:
    answers = (says(ACCEPTED), says(QUEUED, 202), says(RUNNING, 202), says(COMPLETED))
    sends, opened = play(calling(), *answers, says(RESULT, x_fal_billable_units="70"))
    assert [(send.request.method, send.request.url) for send in sends] == [
        ("POST", "https://queue.fal.run/fal-ai/bytedance/seed/v2/mini"),
        *[("GET", f"{AT}/status?logs=1")] * 3,
        ("GET", AT),
    ]
    assert {send.request.headers["authorization"] for send in sends} == {f"Key {KEY}"}
    assert all(not send.request.body.length for send in sends[1:])
    assert [send.delay for send in sends] == [0, 0.5, 0.625, 0.78125, 0]
    reply = collect(opened.events)
    assert (reply.text, reply.reasoning) == ("Hi", "Hm")
    assert reply.finish is not None
    assert reply.finish.response_id == "job-1"
    assert reply.finish.cost is not None
    assert reply.finish.cost.usd == pytest.approx(70e-7)
    assert reply.finish.raw["messages"] == [{"role": "assistant"}]


def test_the_job_is_pending_until_it_is_completed() -> None:
    flow = calling()
    assert next(flow).undo is None
    job = flow.send(says(ACCEPTED)).undo
    assert job is not None
    assert (job.cancel.method, job.cancel.url) == ("PUT", f"{AT}/cancel")
    assert flow.send(says(QUEUED)).undo is job
    assert not job.over
    assert flow.send(says(COMPLETED)).undo is None
    assert job.over


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        {"request_id": "job-1", "gateway_request_id": "job-1"},
        {**ACCEPTED, "status_url": "https://elsewhere.example/status", "response_url": None},
        {**ACCEPTED, "status_url": "http://queue.fal.run/x", "response_url": "//queue.fal.run/y"},
        {
            **ACCEPTED,
            "status_url": f"https://queue.fal.run@elsewhere.example{AT}",
            "response_url": 7,
        },
        # None at all.
        {**ACCEPTED, "status_url": "https://[queue.fal.run/x", "response_url": "https://[::1"},
        {**ACCEPTED, "status_url": f"{AT}/a b", "response_url": f"{AT}/\u00fc"},
        {**ACCEPTED, "status_url": f"{AT}/\nstatus", "response_url": f"{AT}\x00"},
        {**ACCEPTED, "status_url": f" {AT}", "response_url": ""},
    ],
)
def test_addresses_that_are_missing_elsewhere_or_malformed_are_made(said: dict[str, Any]) -> None:
    sends, _ = play(calling(), says(said), says(COMPLETED), says(RESULT))
    assert [send.request.url for send in sends[1:]] == [f"{AT}/status?logs=1", AT]


@pytest.mark.parametrize("said", ["https://elsewhere.example/x", "https://[", f"{AT}/\r\n", 7])
def test_a_job_is_cancelled_on_its_own_host_alone(said: Any) -> None:
    flow = calling()
    next(flow)
    job = flow.send(says({**ACCEPTED, "cancel_url": said})).undo
    assert job is not None
    assert job.cancel.url == f"{AT}/cancel"


def test_an_address_on_the_host_is_followed_as_it_is() -> None:
    own = {**ACCEPTED, "status_url": "https://queue.fal.run/odd?a=1"}
    sends, _ = play(calling(), says(own), says(COMPLETED), says(RESULT))
    assert sends[1].request.url == "https://queue.fal.run/odd?a=1&logs=1"


@pytest.mark.parametrize(
    ("model", "owner"),
    [
        ("fal-ai/other", "fal-ai/other"),
        ("fal-ai/other/sub/path", "fal-ai/other"),
        ("workflows/me/mine/v1", "workflows/me/mine"),
        ("comfy/me/mine/v1", "comfy/me/mine"),
    ],
)
def test_only_the_owner_and_the_name_of_an_endpoint_stay(model: str, owner: str) -> None:
    other = resolve("fal", api="queue", model=model, api_key=KEY)
    sends, _ = play(
        calling(provider=other), says({"request_id": "a/b"}), says(COMPLETED), says(RESULT)
    )
    assert sends[0].request.url == f"https://queue.fal.run/{model}"
    assert sends[2].request.url == f"https://queue.fal.run/{owner}/requests/a%2Fb"


@pytest.mark.parametrize("base", ["https://proxy.example/fal", "https://proxy.example/fal/"])
def test_behind_another_address_all_goes_there(base: str) -> None:
    proxy = resolve("fal", api="queue", base_url=base, api_key=KEY)
    sends, _ = play(calling(provider=proxy), says(ACCEPTED), says(COMPLETED), says(RESULT))
    assert {send.request.url.split("/fal-ai/")[0] for send in sends} == {
        "https://proxy.example/fal"
    }


# --- a submit is made once ------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
def test_a_submit_that_was_turned_away_is_tried_again(status: int) -> None:
    away = says({"detail": "Busy"}, status)
    sends, _ = play(calling(), away, away, says(ACCEPTED), says(COMPLETED), says(RESULT))
    assert [send.request.method for send in sends] == ["POST", "POST", "POST", "GET", "GET"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_submit_that_was_refused_is_not(status: int) -> None:
    sends, error = play(calling(), says({"detail": "No"}, status, x_fal_retryable="true"))
    assert len(sends) == 1
    assert isinstance(error, APIStatusError)
    assert error.status_code == status
    assert not error.paid_for
    assert "may have been accepted" not in str(error)


@pytest.mark.parametrize("status", [408, 500, 502, 504, 524, 529])
@pytest.mark.parametrize("body", [{"detail": "No"}, b"<html>"])
def test_a_submit_that_may_have_been_taken_is_not_sent_again_by_anyone(
    status: int, body: Any
) -> None:
    sends, error = play(calling(), says(body, status, x_fal_retryable="true"))
    assert len(sends) == 1
    assert isinstance(error, APIStatusError)
    assert (error.status_code, error.retryable, error.paid_for) == (status, False, True)
    assert not Retry().moves_on(error)
    assert "the job may have been accepted, so it is not sent again" in str(error)


def test_a_submit_that_is_turned_away_for_good_can_be_made_elsewhere() -> None:
    away = says({"detail": "Busy"}, 503)
    sends, error = play(calling(), away, away, away)
    assert len(sends) == 3
    assert (error.retryable, error.paid_for) == (True, False)
    assert Retry().moves_on(error)


def test_a_submit_that_never_reached_the_host_is_tried_again() -> None:
    unmade = APIConnectionError("could not connect", reached=False)
    late = APITimeoutError("no connection", phase="connect")
    sends, _ = play(calling(), unmade, late, says(ACCEPTED), says(COMPLETED), says(RESULT))
    assert len(sends) == 5


@pytest.mark.parametrize(
    "lost",
    [APIConnectionError("the connection broke"), APITimeoutError("no answer", phase="read")],
)
def test_a_submit_whose_answer_was_lost_is_not_sent_again(lost: APIConnectionError) -> None:
    retry = Retry(2, timeouts=True, jitter=lambda: 0.0)
    sends, error = play(calling(retry), lost)
    assert len(sends) == 1
    assert error is lost
    assert (error.retryable, error.paid_for) == (False, True)
    assert not retry.moves_on(error), "nobody else shall send it again either"
    assert "may have been accepted" in str(error)


@pytest.mark.parametrize("phase", ["connect", "total"])
def test_a_submit_that_was_never_sent_is_no_job(phase: Any) -> None:
    unsent = OutOfTimeError("no time", phase=phase)
    unsent.reached = False
    sends, error = play(calling(), unsent)
    assert len(sends) == 1
    assert error is unsent
    assert not error.paid_for
    assert str(error) == "no time"


def test_what_is_no_job_is_said() -> None:
    bodies: list[Any] = [RESULT, [], b"<html>", {"request_id": ""}, {"request_id": 7}]
    for body in bodies:
        _, error = play(calling(), says(body))
        assert isinstance(error, InvalidReplyError)
        assert "check base_url=" in str(error)


# --- looks ---------------------------------------------------------------------------------------


def test_a_look_that_fails_is_repeated() -> None:
    lost = APIConnectionError("broke in the middle of the reply", retryable=False)
    late = APITimeoutError("no answer", phase="read")
    failing = (says({"detail": "Busy"}, 429), says(b"<html>", 502), lost, late)
    answers = (says(ACCEPTED), *failing * 4, says(COMPLETED), says(RESULT))
    sends, opened = play(calling(), *answers)
    assert collect(opened.events).text == "Hi"
    assert [send.request.method for send in sends] == ["POST", *["GET"] * 18]


@pytest.mark.parametrize(
    "bad", [says({"detail": "Busy"}, 429), says(b"<html>", 502), APIConnectionError("broke")]
)
def test_a_look_that_goes_on_failing_ends_the_call_and_cancels_the_job(bad: Any) -> None:
    sends, error = play(calling(), says(ACCEPTED), *[bad] * 21, says({}, 202))
    assert isinstance(error, (RateLimitError, ServerError, APIConnectionError))
    assert "(job job-1, submitted; it is cancelled)" in str(error)
    assert not error.paid_for, "it is cancelled, so it may be asked for elsewhere"
    assert [send.request.method for send in sends] == ["POST", *["GET"] * 21, "PUT"]
    assert (sends[-1].request.url, sends[-1].within) == (f"{AT}/cancel", 2)


def test_looks_go_on_no_longer_than_a_call_may_wait() -> None:
    busy = says({"detail": "Busy"}, 429, retry_after="6")
    looks = [busy, busy, says(RUNNING), busy, busy, busy]
    sends, error = play(calling(Retry(0, max_wait=12)), says(ACCEPTED), *looks, says({}, 202))
    assert isinstance(error, RateLimitError)
    assert [send.delay for send in sends] == [0, 0.5, 6, 6, 0.625, 6, 6, 0]


def test_a_job_that_is_gone_is_said() -> None:
    gone = says({"detail": "Request not found"}, 404)
    _, error = play(calling(), says(ACCEPTED), gone, says({"status": "NOT_FOUND"}, 404))
    assert isinstance(error, NotFoundError)


@pytest.mark.parametrize("word", ["FAILED", "CANCELLED", "ERROR", None, 7, "completed"])
def test_a_status_that_fal_does_not_have_is_an_error(word: Any) -> None:
    odd = says({"status": word})
    sends, error = play(calling(), says(ACCEPTED), odd, says({}, 202))
    assert isinstance(error, InvalidReplyError)
    assert "unknown status" in str(error)
    assert sends[-1].request.method == "PUT"


# --- completed is not success ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("status_completed_request_timeout.json", "request_timeout", 504),
        ("status_completed_runner_disconnected.json", "runner_disconnected", 503),
    ],
)
def test_a_recorded_failure_of_a_completed_job(
    recordings: Path, name: str, kind: str, status: int
) -> None:
    body = (recordings / "fal" / name).read_bytes()
    sends, error = play(calling(), says(ACCEPTED), says(body))
    assert isinstance(error, ServerError)
    assert (error.code, error.status_code, error.retryable) == (kind, status, True)
    assert json.loads(body)["error"] in str(error)
    assert len(sends) == 2, "it is over: nothing is asked again, and nothing cancelled"


def test_a_recorded_place_in_the_queue(recordings: Path) -> None:
    body = (recordings / "fal" / "status_in_queue.json").read_bytes()
    told: list[Progress] = []
    flow = calling(on_progress=told.append)
    play(flow, says(ACCEPTED), says(body), says(COMPLETED), says(RESULT))
    assert [(one.status, one.position) for one in told] == [("queued", 123), ("completed", None)]


def test_a_recorded_failure_that_only_the_result_tells(recordings: Path) -> None:
    body = (recordings / "fal" / "422_content_policy_on_result.json").read_bytes()
    sends, error = play(
        calling(), says(ACCEPTED), says(COMPLETED), says(body, 422, x_fal_billable_units="0")
    )
    assert isinstance(error, ContentFilterError)
    assert "echoed" not in f"{error} {error.body}"
    assert len(sends) == 3


def test_an_error_type_alone_is_a_failure() -> None:
    _, error = play(
        calling(), says(ACCEPTED), says({"status": "COMPLETED", "error_type": "invalid_request"})
    )
    assert isinstance(error, BadRequestError)


# --- time -----------------------------------------------------------------------------------------


def test_when_the_time_is_up_the_job_is_cancelled_and_named() -> None:
    up = OutOfTimeError("fal did not answer in time: total is 5 s", phase="total")
    sends, error = play(calling(), says(ACCEPTED), says(QUEUED), up, says({}, 202))
    assert isinstance(error, APITimeoutError)
    assert error.phase == "total"
    assert "job job-1, queued at position 2" in str(error)
    assert sends[-1].request.method == "PUT"


@pytest.mark.parametrize("answer", [OutOfTimeError("still none", phase="total"), says({}, 500)])
def test_a_job_whose_cancelling_fails_is_said_and_not_cancelled_again(
    answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    up = OutOfTimeError("no time", phase="total")
    flow = calling()
    next(flow)
    job = flow.send(says(ACCEPTED)).undo
    assert job is not None
    cancelling = flow.throw(up)
    assert (cancelling.request, cancelling.within) == (job.cancel, 2)
    with pytest.raises(APITimeoutError, match="no time"):
        flow.send(answer) if isinstance(answer, Response) else flow.throw(answer)
    assert job.over
    assert "fal: a job could not be cancelled" in caplog.text
