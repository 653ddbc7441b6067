"""fal's queue: a job's life, as the documentation has it."""

import json

import pytest

from tests.emulator.bodies import PNG
from tests.emulator.fal.conftest import APP, ENDPOINT

UNKNOWN = "00000000-0000-4000-8000-999999999999"


def events(response):
    assert response.headers["content-type"] == "text/event-stream"
    assert response.text.endswith("\n\n")
    return [json.loads(record[6:]) for record in response.text[:-2].split("\n\n")]


def test_the_acknowledgement(fal):
    job = fal.submit()
    place = f"{fal.url('fal', 'queue')}/{APP}/requests/{job['request_id']}"
    assert job == {
        "status": "IN_QUEUE",
        "request_id": job["request_id"],
        # The rest of the endpoint's id is not in them.
        "response_url": place,
        "status_url": f"{place}/status",
        "cancel_url": f"{place}/cancel",
        "queue_position": 1,
    }


def test_a_webhook_is_acknowledged_with_ids_alone(fal):
    job = fal.submit(query="?fal_webhook=https%3A%2F%2Fexample.com")
    assert set(job) == {"request_id", "gateway_request_id"}
    place = f"{fal.url('fal', 'queue')}/{APP}/requests/{job['request_id']}"
    assert fal.http.get(f"{place}/status").json()["status"] == "IN_QUEUE"


def test_one_poll_of_each_kind(fal):
    job = fal.submit()
    polls = [fal.poll(job) for _ in range(4)]
    assert [poll.status_code for poll in polls] == [202, 202, 200, 200]
    queued, running, done, again = [poll.json() for poll in polls]
    assert (queued["status"], queued["queue_position"]) == ("IN_QUEUE", 0)
    assert (running["status"], running["logs"]) == ("IN_PROGRESS", None)
    assert (done["status"], done["logs"]) == ("COMPLETED", None)
    assert done["metrics"] == {"inference_time": 1.5}
    assert again == done
    assert queued["response_url"] == job["response_url"]


@pytest.mark.parametrize("wanted", [1, "true", "True"])
def test_logs_are_cumulative(fal, wanted):
    job = fal.submit()
    _, running, done = [fal.poll(job, wanted).json() for _ in range(3)]
    assert [log["message"] for log in running["logs"]] == ["Started."]
    assert done["logs"][:1] == running["logs"]
    assert len(done["logs"]) == 2
    assert set(done["logs"][1]) == {"message", "level", "source", "timestamp"}


def test_the_result_is_the_body_itself(fal):
    job = fal.submit("Hello", image_urls=[PNG])
    fal.finish(job)
    response = fal.fetch(job)
    assert response.status_code == 200
    assert response.headers["x-fal-request-id"] == job["request_id"]
    assert response.json() == fal.whole("Hello", image_urls=[PNG])
    at_once = fal.run("Hello", image_urls=[PNG]).headers["x-fal-billable-units"]
    assert response.headers["x-fal-billable-units"] == at_once
    assert fal.fetch(job).json() == response.json()


def test_there_is_no_result_before_the_end(fal):
    job = fal.submit()
    for _ in range(2):
        fal.poll(job)
        response = fal.fetch(job)
        assert response.status_code == 400
        assert response.json() == {"detail": "Request is still in progress"}
    fal.poll(job)
    assert fal.fetch(job).status_code == 200


def test_the_status_as_a_stream(fal):
    job = fal.submit()
    told = events(fal.http.get(f"{job['status_url']}/stream?logs=1"))
    assert [status["status"] for status in told] == ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]
    assert len(told[-1]["logs"]) == 2
    assert fal.fetch(job).status_code == 200
    again = events(fal.http.get(f"{job['status_url']}/stream"))
    assert [status["status"] for status in again] == ["COMPLETED"]


def test_what_the_model_refuses_is_the_result(fal, script):
    refused = fal.run(temperature=3).json()
    job = fal.submit(temperature=3)
    status = fal.finish(job)
    # COMPLETED does not mean success, and here the status says nothing of it.
    assert "error" not in status
    response = fal.fetch(job)
    assert (response.status_code, response.json()) == (422, refused)
    assert response.headers["x-fal-billable-units"] == "0"
    assert response.headers["x-fal-request-id"] == job["request_id"]


def test_cancel(fal):
    job = fal.submit()
    fal.poll(job)
    response = fal.cancel(job)
    assert (response.status_code, response.json()) == (202, {"status": "CANCELLATION_REQUESTED"})
    status = fal.poll(job).json()
    assert status["status"] == "COMPLETED"
    assert (status["error"], status["error_type"]) == ("Request was cancelled", "request_cancelled")
    response = fal.fetch(job)
    assert response.status_code == 499
    assert response.json() == {
        "detail": "Request was cancelled",
        "error_type": "request_cancelled",
    }
    assert response.headers["x-fal-error-type"] == "request_cancelled"
    assert fal.cancel(job).json() == {"status": "ALREADY_COMPLETED"}


def test_cancel_too_late_or_nothing(fal):
    job = fal.submit()
    fal.finish(job)
    response = fal.cancel(job)
    assert (response.status_code, response.json()) == (400, {"status": "ALREADY_COMPLETED"})
    assert fal.fetch(job).status_code == 200
    response = fal.http.put(f"{fal.url('fal', 'queue')}/{APP}/requests/{UNKNOWN}/cancel")
    assert (response.status_code, response.json()) == (404, {"status": "NOT_FOUND"})


def test_an_unknown_job_is_404(fal):
    for rest in ("", "/status", "/status/stream"):
        response = fal.http.get(f"{fal.url('fal', 'queue')}/{APP}/requests/{UNKNOWN}{rest}")
        assert (response.status_code, response.json()) == (404, {"detail": "Request not found"})


@pytest.mark.parametrize("app", [ENDPOINT, "fal-ai/other", "fal-ai"])
def test_the_address_of_a_job_is_its_app_alone(fal, app):
    job = fal.submit()
    place = f"{fal.url('fal', 'queue')}/{app}/requests/{job['request_id']}"
    assert fal.http.get(f"{place}/status").status_code == 404
    assert fal.http.get(place).status_code == 404
    assert fal.http.put(f"{place}/cancel").status_code == 404


def test_a_job_is_its_keys_own(fal, http):
    job = fal.submit()
    for value, status in (("Key another", 404), ("Bearer test", 401), ("Key invalid", 401)):
        http.headers["Authorization"] = value
        assert fal.poll(job).status_code == status
        assert fal.fetch(job).status_code == status
        assert fal.cancel(job).status_code == status


def test_clear_forgets_jobs(fal, emulator):
    job = fal.submit()
    emulator.clear()
    assert fal.poll(job).status_code == 404
