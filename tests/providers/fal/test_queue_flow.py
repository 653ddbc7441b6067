"""fal's queue step by step, driven by hand: what is sent when, and what is never sent twice."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json

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
from seed_core.flow import Flow, Opened, OutOfTimeError, Response, Retry
from seed_core.polling import Progress
from seed_core.providers import resolve
from seed_core.types import Options, Prompt
from tests.core.playing import play
from tests.providers.fal.asking import KEY, QUEUE, turn

AT = "https://queue.fal.run/fal-ai/bytedance/requests/job-1"
ACCEPTED = {
    "status": "IN_QUEUE",
    "request_id": "job-1",
    "response_url": AT,
    "status_url": f"{AT}/status",
    "cancel_url": f"{AT}/cancel",
    "queue_position": 0,
}
QUEUED = {"status": "IN_QUEUE", "queue_position": 2}
RUNNING = {"status": "IN_PROGRESS", "logs": [{"message": "warm"}]}
COMPLETED = {"status": "COMPLETED", "logs": [{"message": "warm"}, {"message": "done"}]}
RESULT = {"output": "Hi", "reasoning_content": "Hm", "messages": [{"role": "assistant"}]}
NOT_READY = {"detail": "Request is still in progress"}
AT_ONCE = Retry(2, jitter=lambda: 0.0)


def says(body: Any, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else to_json(body)
    return Response(status, {"content-type": "application/json", **named}, content)


def calling(retry: Retry = AT_ONCE, **settings: Any) -> Flow[Opened]:
    provider = settings.pop("provider", QUEUE)
    prompt = Prompt((turn("user", "Hello"),), options=settings.pop("options", Options()))
    return provider.call(prompt, stream=False, retry=retry, **settings)  # type: ignore[no-any-return]  # a Provider


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
    ],
)
def test_addresses_that_are_missing_or_elsewhere_are_made(said: dict[str, Any]) -> None:
    sends, _ = play(calling(), says(said), says(COMPLETED), says(RESULT))
    assert [send.request.url for send in sends[1:]] == [f"{AT}/status?logs=1", AT]


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


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 422, 500, 502, 504])
def test_a_submit_that_may_have_been_taken_is_not(status: int) -> None:
    sends, error = play(calling(), says({"detail": "No"}, status, x_fal_retryable="true"))
    assert len(sends) == 1
    assert isinstance(error, APIStatusError)
    assert error.status_code == status


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
    assert not error.retryable, "nobody else shall send it again either"
    assert "may have been accepted" in str(error)


def test_what_is_no_job_is_said() -> None:
    bodies: list[Any] = [RESULT, [], b"<html>", {"request_id": ""}, {"request_id": 7}]
    for body in bodies:
        _, error = play(calling(), says(body))
        assert isinstance(error, InvalidReplyError)
        assert "check base_url=" in str(error)


# --- looks and fetches may be repeated ------------------------------------------------------------


def test_a_look_or_a_fetch_that_fails_is_repeated() -> None:
    lost = APIConnectionError("broke in the middle of the reply", retryable=False)
    failing = (says({"detail": "Busy"}, 429), says(b"<html>", 502))
    answers = (says(ACCEPTED), *failing, says(COMPLETED), lost, *failing[1:], says(RESULT))
    sends, opened = play(calling(), *answers)
    assert collect(opened.events).text == "Hi"
    assert [send.request.method for send in sends].count("POST") == 1


@pytest.mark.parametrize("status", [400, 404, 425])
def test_a_result_that_is_not_ready_is_looked_for_again(status: int) -> None:
    unready = says(NOT_READY, status)
    sends, opened = play(
        calling(Retry(0)), says(ACCEPTED), says(COMPLETED), unready, unready, says(RESULT)
    )
    assert collect(opened.events).text == "Hi"
    assert [send.delay for send in sends[2:]] == [0, 0.5, 0.625]


def test_a_look_that_goes_on_failing_ends_the_call_and_cancels_the_job() -> None:
    busy = says({"detail": "Busy"}, 429)
    sends, error = play(calling(), says(ACCEPTED), busy, busy, busy, says({}, 202))
    assert isinstance(error, RateLimitError)
    assert "job-1" in str(error)
    assert (sends[-1].request.method, sends[-1].request.url) == ("PUT", f"{AT}/cancel")


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


def test_a_job_whose_cancelling_fails_stays_with_the_driver() -> None:
    up = OutOfTimeError("no time", phase="total")
    flow = calling()
    next(flow)
    job = flow.send(says(ACCEPTED)).undo
    assert job is not None
    assert flow.throw(up).request is job.cancel
    with pytest.raises(APITimeoutError, match="no time"):
        flow.throw(OutOfTimeError("still none", phase="total"))
    assert not job.over


# --- what is told meanwhile -----------------------------------------------------------------------


def test_progress_is_told_once_each(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Progress] = []
    looks = (QUEUED, QUEUED, {**QUEUED, "queue_position": 0}, RUNNING, RUNNING, COMPLETED)
    with caplog.at_level(logging.DEBUG, "seed_core"):
        flow = calling(on_progress=told.append)
        play(flow, says(ACCEPTED), *map(says, looks), says(RESULT))
    assert [(one.status, one.position, one.logs) for one in told] == [
        ("queued", 2, ()),
        ("queued", 0, ()),
        ("running", None, ("warm",)),
        ("completed", None, ("done",)),
    ]
    assert {(one.provider, one.job) for one in told} == {("fal", "job-1")}
    spoken = [record.message for record in caplog.records if record.levelno == logging.INFO]
    assert spoken == [
        "fal: job job-1 is queued at position 2",
        "fal: job job-1 is queued at position 0",
        "fal: job job-1 is running",
        "fal: job job-1 is completed",
    ]
    assert "fal: job job-1 logs: done" in caplog.messages


def test_new_logs_are_told_although_nothing_else_changed() -> None:
    told: list[Progress] = []
    more = {**RUNNING, "logs": [*RUNNING["logs"], "a line that is a text"]}
    flow = calling(on_progress=told.append)
    play(flow, *map(says, (ACCEPTED, RUNNING, more, COMPLETED, RESULT)))
    assert [one.logs for one in told] == [("warm",), ("a line that is a text",), ()]


def test_a_callback_that_fails_ends_the_call() -> None:
    def fail(_: Progress) -> None:
        raise KeyError("mine")

    _, error = play(calling(on_progress=fail), says(ACCEPTED), says(QUEUED))
    assert isinstance(error, KeyError), "the driver cancels the job: see test_queue"


# --- headers --------------------------------------------------------------------------------------


def test_what_is_said_for_fal_alone_stands_in_headers() -> None:
    said = {
        "request_timeout": 30,
        "priority": "low",
        "no_retry": True,
        "runner_hint": "a-session",
        "store_io": False,
        "x_own": 1,
    }
    request = next(calling(options=Options(host_options={"fal": said}))).request
    assert request.headers["x-fal-request-timeout"] == "30"
    assert request.headers["x-fal-queue-priority"] == "low"
    assert request.headers["x-fal-no-retry"] == "1"
    assert request.headers["x-fal-runner-hint"] == "a-session"
    assert request.headers["x-fal-store-io"] == "0"
    (text,) = request.body.parts
    assert json.loads(text) == {"prompt": "Hello", "x_own": 1}  # type: ignore[arg-type]  # bytes


def test_a_switch_that_is_off_sends_nothing() -> None:
    options = Options(host_options={"fal": {"no_retry": False, "store_io": True, "priority": None}})
    headers = next(calling(options=options)).request.headers
    assert not [name for name in headers if name.startswith("x-fal")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("request_timeout", 1),
        ("request_timeout", "soon"),
        ("request_timeout", True),
        ("request_timeout", float("inf")),
        ("priority", "high"),
        ("no_retry", "yes"),
        ("runner_hint", ""),
        ("store_io", 0.5),
    ],
)
def test_a_value_that_a_header_cannot_have_is_an_error(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"'{name}'.* takes "):
        next(calling(options=Options(host_options={"fal": {name: value}})))


def test_a_priority_is_for_the_queue_alone() -> None:
    sync = resolve("fal", api_key=KEY)
    with pytest.raises(ValueError, match="api='queue'"):
        next(calling(provider=sync, options=Options(host_options={"fal": {"priority": "low"}})))
