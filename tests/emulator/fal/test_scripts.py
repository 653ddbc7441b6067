"""What a script can make of fal: faults at once, and each step of a job."""

import json
import time
from typing import Any

import httpx
import pytest

from seed_core.emulator import Answer, Fault, Job, Raw

SHORT = httpx.Timeout(5, read=0.05)
COMPLETED: dict[str, Any] = {"status": "COMPLETED", "logs": None, "metrics": {}}


def leave_by(act):
    """How a request without a proper reply ends."""
    with pytest.raises(httpx.TransportError) as error:
        act()
    return type(error.value)


# Errors with a status.


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 429])
def test_plain_errors(fal, script, status):
    script(Fault.status(status))
    response = fal.run()
    assert response.status_code == status
    assert list(response.json()) == ["detail"]
    assert isinstance(response.json()["detail"], str)
    assert response.headers["x-fal-request-id"]
    assert "x-fal-billable-units" not in response.headers


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, "internal_error"),
        (502, "runner_incomplete_response"),
        (503, "runner_disconnected"),
        (504, "request_timeout"),
        (529, "internal_error"),
    ],
)
def test_errors_of_the_infrastructure(fal, script, status, kind):
    script(Fault.status(status), Fault.status(status, code="startup_timeout", message="Late"))
    response = fal.run()
    assert response.status_code == status
    assert response.json()["error_type"] == response.headers["x-fal-error-type"] == kind
    response = fal.run()
    assert response.json() == {"detail": "Late", "error_type": "startup_timeout"}
    assert response.headers["x-fal-error-type"] == "startup_timeout"


def test_errors_of_the_model(fal, script):
    script(Fault.status(422, code="content_policy_violation"), Fault.status(422))
    (problem,) = fal.run("A secret.", top_p=0.5).json()["detail"]
    assert problem["type"] == "content_policy_violation"
    assert problem["input"] == {"prompt": "A secret.", "top_p": 0.5}
    response = fal.run()
    assert response.json()["detail"][0]["type"] == "value_error"
    assert response.headers["x-fal-billable-units"] == "0"


def test_a_models_error_that_is_not_422(fal, script):
    script(Fault.status(504, code="downstream_service_error", headers={"X-Fal-Retryable": "true"}))
    response = fal.run()
    assert response.status_code == 504
    assert response.json()["detail"][0]["type"] == "downstream_service_error"
    assert response.headers["x-fal-retryable"] == "true"


def test_the_users_own_timeout(fal, script):
    headers = {"X-Fal-Request-Timeout-Type": "user"}
    script(Fault.status(504, headers=headers, retry_after=3, metadata={"x": 1}))
    response = fal.run()
    assert response.headers["x-fal-request-timeout-type"] == "user"
    assert response.headers["retry-after"] == "3"
    assert response.json() == {
        "detail": "Request timed out",
        "error_type": "request_timeout",
        "x": 1,
    }


def test_errors_in_a_200(fal, script):
    partial = Answer(text="The be")
    script(
        Fault.error_in_body("runner_disconnected", "Gone"),
        Fault.error_in_body(502, "Gone"),
        Fault.error_in_choice(message="Gone", answer=partial),
    )
    told = [fal.whole() for _ in range(3)]
    assert told[0] == {"detail": "Gone", "error_type": "runner_disconnected"}
    assert told[1] == {"detail": "Gone", "error_type": "runner_incomplete_response"}
    assert (told[2]["output"], told[2]["error"]) == ("The be", "Gone")


# What damages a reply.


def test_replies_that_are_none(fal, script):
    page = "<h1>502 Bad Gateway</h1><hr>nginx"
    script(Fault.html(502, page), Fault.empty(204), Fault.refuse(), Raw(418, {"X-A": "b"}, b"tea"))
    response = fal.run()
    assert (response.status_code, response.headers["content-type"]) == (502, "text/html")
    assert "nginx" in response.text
    assert "x-fal-request-id" not in response.headers
    assert fal.run().status_code == 204
    assert leave_by(fal.run) is httpx.RemoteProtocolError
    response = fal.run()
    assert (response.status_code, response.headers["x-a"], response.text) == (418, "b", "tea")


def test_damaged_replies(fal, script):
    script(
        Fault.cut(1),
        Fault.cut(1, how="end"),
        Fault.garbage(text='{"outp'),
        Fault.content_type("text/plain"),
        Fault.drip(size=50),
        Answer(text="x", fault=Fault.garbage()),
    )
    assert leave_by(fal.run) is httpx.RemoteProtocolError
    half = fal.run().text
    assert half.startswith('{"output"')
    assert not half.endswith("}")
    assert fal.run().text == '{"outp'
    assert fal.run().headers["content-type"] == "text/plain"
    assert fal.output().startswith("You said")
    assert fal.run().text == '{"choices": ['


def test_a_job_at_once_is_its_answer(fal, script):
    script(Job(Answer(text="mine"), result=Fault.status(500)), Job())
    assert fal.output() == "mine"
    assert fal.output().startswith("You said")


# The submission.


@pytest.mark.parametrize(
    ("item", "status"),
    [
        (Fault.status(429), 429),
        (Fault.status(403, code="exhausted_balance"), 403),
        (Fault.html(), 502),
        (Fault.empty(), 200),
        (Fault.error_in_body(), 200),
        (Raw(409), 409),
    ],
)
def test_what_answers_the_submission(fal, script, item, status):
    script(item)
    response = fal.submitting()
    assert response.status_code == status
    assert "request_id" not in response.text
    assert fal.submit()["status"] == "IN_QUEUE"


def test_a_submission_that_is_cut_off(fal, script):
    script(Fault.refuse())
    assert leave_by(fal.submitting) is httpx.RemoteProtocolError


def test_a_silent_submission_is_a_job_all_the_same(fal, script, emulator):
    script(Fault.stall(-1, seconds=0.1, answer=Answer(text="late")))
    began = time.monotonic()
    job = fal.submit()
    assert time.monotonic() - began >= 0.1
    fal.finish(job)
    assert fal.fetch(job).json()["output"] == "late"


def test_the_acknowledgement_is_laid_over(fal, script):
    elsewhere = "https://example.com/steal"
    script(Job(submitted={"status_url": elsewhere, "response_url": ..., "queue_position": 7}))
    job = fal.submit()
    assert (job["status_url"], job["queue_position"]) == (elsewhere, 7)
    assert "response_url" not in job


# The life of a job.


def test_an_answer_is_the_result(fal, script):
    script(Answer(text="mine"), Job(Answer(text="too")))
    for text in ("mine", "too"):
        job = fal.submit()
        fal.finish(job)
        assert fal.fetch(job).json()["output"] == text


@pytest.mark.parametrize(
    "item",
    [Fault.garbage(text="{", answer=Answer(text="x")), Answer("x", fault=Fault.garbage(text="{"))],
)
def test_what_damages_a_result_damages_the_first_delivery(fal, script, item):
    script(item)
    job = fal.submit()
    assert fal.finish(job)["status"] == "COMPLETED"
    assert fal.fetch(job).text == "{"
    assert fal.fetch(job).json()["output"] == "x"


def test_scripted_polls(fal, script):
    odd = {"status": "PAUSED"}
    script(Job(statuses=[Fault.status(500), odd, Raw(202, body=b"not json"), Fault.refuse()]))
    job = fal.submit()
    assert fal.poll(job).json()["error_type"] == "internal_error"
    response = fal.poll(job)
    assert (response.status_code, response.json()) == (200, odd)
    assert fal.poll(job).text == "not json"
    assert leave_by(lambda: fal.poll(job)) is httpx.RemoteProtocolError
    assert fal.fetch(job).status_code == 400
    assert fal.poll(job).json()["status"] == "COMPLETED"
    assert fal.fetch(job).status_code == 200


def test_a_poll_that_is_late(fal, script):
    script(Job(statuses=[Fault.stall(-1, seconds=60)]))
    job = fal.submit()
    with pytest.raises(httpx.ReadTimeout):
        fal.http.get(job["status_url"], timeout=SHORT)
    assert fal.poll(job).json()["status"] == "COMPLETED"


def test_a_scripted_end_ends_it(fal, script):
    script(Job(Answer(text="x"), statuses=[COMPLETED, {"status": "IN_QUEUE"}]))
    job = fal.submit()
    assert fal.poll(job).json() == fal.poll(job).json() == COMPLETED
    assert fal.fetch(job).json()["output"] == "x"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"error": "Late", "error_type": "request_timeout"}, 504),
        ({"error": "Gone", "error_type": "runner_disconnected"}, 503),
        ({"error": "Bad", "error_type": "something_new"}, 500),
        ({"error": "Bad"}, 500),
        ({"error_type": "internal_error"}, 500),
    ],
)
def test_a_failed_job(fal, script, error, status):
    script(Job(statuses=[COMPLETED | error]))
    job = fal.submit()
    assert fal.finish(job) == COMPLETED | error
    response = fal.fetch(job)
    assert response.status_code == status
    kind = error.get("error_type", "internal_error")
    assert response.json() == {"detail": error.get("error", kind), "error_type": kind}
    assert response.headers["x-fal-error-type"] == kind


def test_scripted_results(fal, script):
    early = Fault.status(400, message="Request is still in progress")
    script(Job(Answer(text="x"), result=[early, Raw(503), Fault.cut(0)]), Job(result=Raw(418)))
    job = fal.submit()
    fal.finish(job)
    assert fal.fetch(job).json() == {"detail": "Request is still in progress"}
    assert fal.fetch(job).status_code == 503
    assert leave_by(lambda: fal.fetch(job)) is httpx.RemoteProtocolError
    assert fal.fetch(job).json()["output"] == "x"
    job = fal.submit()
    fal.finish(job)
    assert [fal.fetch(job).status_code for _ in range(2)] == [418, 200]


def test_cancelling_can_be_scripted(fal, script):
    script(Job(cancelled=Raw(500)), Job(cancelled=Fault.status(429)))
    for status in (500, 429):
        job = fal.submit()
        assert fal.cancel(job).status_code == status
        assert fal.poll(job).json()["error_type"] == "request_cancelled"


def test_a_script_in_a_stream_of_statuses(fal, script):
    odd = {"status": "PAUSED"}
    script(
        Job(statuses=[odd, Fault.status(500), COMPLETED]),
        Job(statuses=[Fault.garbage(1, "{"), Raw(body=b"data: {\n\n"), COMPLETED]),
    )
    job = fal.submit()
    url = f"{job['status_url']}/stream"
    assert fal.http.get(url).text == f"data: {json.dumps(odd, separators=(',', ':'))}\n\n"
    assert fal.http.get(url).status_code == 500
    assert json.loads(fal.http.get(url).text[6:]) == COMPLETED
    url = f"{fal.submit()['status_url']}/stream"
    assert fal.http.get(url).text.endswith("data: {\n\n")
    response = fal.http.get(url)
    assert (response.text, response.headers["content-type"]) == (
        "data: {\n\n",
        "text/event-stream",
    )


# Who takes what.


def test_a_refused_request_takes_nothing(fal, script):
    script(Answer(text="mine"))
    job = fal.submit(temperature=9)
    assert fal.run(temperature=9).status_code == 422
    assert fal.submitting(headers={"X-Fal-Queue-Priority": "x"}).status_code == 400
    assert fal.finish(job)["status"] == "COMPLETED"
    assert fal.output() == "mine"


def test_only_a_host_with_a_queue_takes_a_job(emulator):
    with pytest.raises(TypeError, match=r"cannot script Job\(.*use Answer, Raw or Fault$"):
        emulator.script(Job())
    with pytest.raises(TypeError, match=r"use Answer, Raw, Fault or Job$"):
        emulator.script("Hello", host="fal")
