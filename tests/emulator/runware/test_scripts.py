"""What goes wrong on demand: submissions, polls, jobs that fail as a whole or in part."""

from typing import Any

import httpx
import pytest

from seed_core.emulator import Answer, Fault, Job, Raw
from tests.emulator.runware.conftest import new

HOOK = {"webhookURL": "https://example.com/hook"}
TOLD = {"code": "timeoutProvider", "status": "error", "message": "Provider timeout"}
FAILED: dict[str, Any] = {"data": [], "errors": [{**TOLD, "taskUUID": "{taskUUID}"}]}
PROCESSING = {"data": [{"taskUUID": "{taskUUID}", "status": "processing"}]}


def there(tasks, ident):
    """Whether a job is there."""
    return bool(tasks.ask(ident).json()["data"])


# Submissions that come to nothing


CODES = {
    400: "validationFailed",
    401: "invalidApiKey",
    402: "videoInferenceInsufficientCredits",
    403: "permissionDenied",
    404: "resourceNotFound",
    408: "requestTimeout",
    429: "rateLimitExceeded",
    500: "internalServerError",
    502: "providerError",
    503: "serviceUnavailable",
    504: "timeoutProvider",
    599: "unknownError",
}


@pytest.mark.parametrize("status", CODES)
def test_a_status(tasks, script, emulator, status):
    script(Fault.status(status, retry_after=2))
    task = tasks.video()
    response = tasks.post(task)
    assert response.status_code == status
    assert response.headers["retry-after"] == "2"
    body = response.json()
    (error,) = body["errors"]
    assert error["code"] == CODES[status]
    assert error["message"]
    # What is about the task echoes its id, which does not mean that there is a job.
    about_task = status in {400, 402}
    assert ("data" in body) is ("taskUUID" in error) is about_task
    assert not there(tasks, task["taskUUID"])
    assert emulator.charges == []


def test_a_status_in_other_words(tasks, script):
    script(
        Fault.status(
            400,
            code="contentModerationFailed",
            message="No.",
            metadata={"taskType": ..., "parameter": ["a", "b"]},
        )
    )
    task = tasks.video()
    assert tasks.post(task).json() == {
        "data": [],
        "errors": [
            {
                "code": "contentModerationFailed",
                "message": "No.",
                "taskUUID": task["taskUUID"],
                "parameter": ["a", "b"],
            }
        ],
    }


def test_an_error_in_a_200(tasks, script, emulator):
    script(Fault.error_in_body("providerError", "Gone"), Fault.error_in_body())
    for message in ("Gone", "Provider returned error"):
        task = tasks.video()
        response = tasks.post(task)
        assert response.status_code == 200
        (error,) = response.json()["errors"]
        assert (error["code"], error["message"]) == ("providerError", message)
        assert error["taskUUID"] == task["taskUUID"]
    assert emulator.charges == []


def test_other_ends_of_a_submission(tasks, script, emulator):
    script(Fault.html(), Fault.empty(), Raw(status=418, body=b"{}"), Fault.refuse())
    page, nothing, raw = (tasks.post(tasks.video()) for _ in range(3))
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html")
    assert (nothing.status_code, nothing.content) == (200, b"")
    assert (raw.status_code, raw.content) == (418, b"{}")
    with pytest.raises(httpx.RemoteProtocolError):
        tasks.post(tasks.video())
    assert emulator.charges == []


def test_a_fault_is_the_answer_to_the_whole_post(tasks, script, emulator):
    script(Job(), Fault.status(429), Fault.status(500))
    first, second, third = (tasks.video() for _ in range(3))
    assert tasks.post(first, second, third).status_code == 429
    assert emulator.charges == []
    assert tasks.post(first, second, third).status_code == 200


# Submissions that arrive although the answer does not


@pytest.mark.parametrize("after", [-1, 0, 1])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_cut_comes_after_the_job_is_accepted(tasks, script, emulator, after, how):
    script(Fault.cut(after, how=how))
    task = tasks.video()
    with pytest.raises(httpx.TransportError):
        tasks.post(task)
    assert [charge.job for charge in emulator.charges] == [task["taskUUID"]]
    assert there(tasks, task["taskUUID"])
    again = tasks.post(task)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (400, "conflictTaskUUID")
    assert len(emulator.charges) == 1
    assert tasks.wait(task["taskUUID"])[0]["status"] == "success"


@pytest.mark.parametrize(
    "fault",
    [Fault.stall(-1, seconds=0.01), Fault.stall(1, seconds=0.01), Fault.drip(0, size=40)],
)
def test_a_slow_acknowledgement(tasks, script, fault):
    script(fault)
    assert there(tasks, tasks.make())


def test_a_stalled_acknowledgement_is_of_a_job(tasks, script):
    script(Fault.stall(-1, seconds=60))
    task = tasks.video()
    with pytest.raises(httpx.ReadTimeout):
        tasks.http.post(tasks.url, json=[task], timeout=0.1)
    assert there(tasks, task["taskUUID"])


def test_garbage_for_an_acknowledgement(tasks, script):
    script(Fault.garbage(), Fault.content_type("text/plain"))
    task = tasks.video()
    assert tasks.post(task).content == b'{"choices": ['
    assert there(tasks, task["taskUUID"])
    assert tasks.post(tasks.video()).headers["content-type"] == "text/plain"


def test_an_answer_is_a_video_like_any_other(tasks, script):
    script(Answer(text="Hi"), Answer(fault=Fault.cut()))
    assert tasks.wait(tasks.make())[0]["status"] == "success"
    task = tasks.video()
    with pytest.raises(httpx.TransportError):
        tasks.post(task)
    assert there(tasks, task["taskUUID"])


def test_a_job_that_fails_and_was_never_acknowledged(tasks, script):
    script(Job(Answer(fault=Fault.cut(-1)), statuses=[FAILED]))
    task = tasks.video()
    with pytest.raises(httpx.TransportError):
        tasks.post(task)
    assert tasks.ask(task["taskUUID"]).json()["errors"][0]["code"] == "timeoutProvider"


def test_other_acknowledgements(tasks, script):
    script(
        Job(submitted={"status": "processing"}),
        Job(submitted={"taskType": ..., "taskUUID": ...}),
        Job(submitted={"taskUUID": "another"}),
    )
    told = [tasks.post(tasks.video()).json()["data"] for _ in range(3)]
    assert told[0][0]["status"] == "processing"
    assert told[1] == []
    assert told[2][0]["taskUUID"] == "another"


# Polls


def test_polls_one_by_one(tasks, script):
    odd: dict[str, Any] = {
        "data": {"taskUUID": "{taskUUID}", "status": "warming up"},
        "more": [1, None],
    }
    script(
        Job(
            statuses=[
                Fault.status(429, retry_after=1),
                Raw(status=500, body=b"no"),
                Fault.html(503),
                {"data": []},
                odd,
                Fault.cut(),
                PROCESSING,
            ]
        )
    )
    ident = tasks.make()
    limited = tasks.ask(ident)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "1")
    assert limited.json()["errors"][0]["code"] == "rateLimitExceeded"
    assert tasks.ask(ident).content == b"no"
    assert tasks.ask(ident).status_code == 503
    assert tasks.ask(ident).json() == {"data": []}
    assert tasks.ask(ident).json() == {**odd, "data": {**odd["data"], "taskUUID": ident}}
    with pytest.raises(httpx.TransportError):
        tasks.ask(ident)
    assert tasks.ask(ident).json()["data"][0]["status"] == "processing"
    # Then all of it is there.
    assert tasks.ask(ident).json()["data"][0]["status"] == "success"


def test_a_poll_that_breaks_tells_of_processing(tasks, script):
    script(Job(statuses=[Fault.stall(0, seconds=0.01)]))
    ident = tasks.make()
    assert tasks.ask(ident).json()["data"][0]["progress"] == 40


@pytest.mark.parametrize("script_of", [FAILED, {"errors": FAILED["errors"]}, {"error": TOLD}])
def test_a_job_that_fails(tasks, script, emulator, script_of):
    script(Job(statuses=[PROCESSING, script_of]))
    ident = tasks.make(**HOOK)
    tasks.ask(ident)
    for _ in range(2):
        response = tasks.ask(ident)
        assert response.status_code == 200
        body = response.json()
        told = body["error"] if "error" in body else body["errors"][0]
        assert told["code"] == "timeoutProvider"
        assert told.get("taskUUID", ident) == ident
    assert emulator.webhook_bodies(ident) == [{"errors": [told]}]
    assert len(emulator.charges) == 1


def test_an_error_that_is_not_the_last_word(tasks, script):
    script(Job(statuses=[FAILED, PROCESSING]))
    ident = tasks.make()
    assert tasks.ask(ident).json()["data"] == []
    assert tasks.ask(ident).json()["data"][0]["status"] == "processing"
    assert tasks.ask(ident).json()["data"][0]["status"] == "success"


def test_one_of_two_results_fails(tasks, script, emulator, web):
    good = {"taskUUID": "{taskUUID}", "videoUUID": "{videoUUID2}", "videoURL": "{videoURL2}"}
    bad = {
        "taskUUID": "{taskUUID}",
        "status": "error",
        "error": {"code": "inferenceError", "message": "one of N failed"},
    }
    script(Job(statuses=[{"data": [good]}, {"data": [{**good, "status": "success"}, bad]}]))
    ident = tasks.make(numberResults=2, **HOOK)
    (first,) = tasks.ask(ident).json()["data"]
    assert web(first["videoURL"]).content.endswith(first["videoUUID"].encode())
    for _ in range(2):
        items = tasks.ask(ident).json()["data"]
        assert [item["status"] for item in items] == ["success", "error"]
    assert emulator.webhook_bodies(ident) == [first, items[1]]


def test_half_of_the_results_are_not_the_end(tasks, script):
    one = {"taskUUID": "{taskUUID}", "videoUUID": "{videoUUID}", "videoURL": "{videoURL}"}
    script(Job(statuses=[{"data": [one]}]))
    ident = tasks.make(numberResults=2, **HOOK)
    (first,) = tasks.ask(ident).json()["data"]
    items = tasks.ask(ident).json()["data"]
    assert [item["status"] for item in items] == ["success", "success"]
    assert items[0]["videoURL"] == first["videoURL"]


def test_a_webhook_of_a_job_with_troubled_polls(tasks, script, emulator):
    script(Job(statuses=[Fault.status(500)]))
    ident = tasks.make(**HOOK)
    (body,) = emulator.webhook_bodies(ident)
    tasks.ask(ident)
    assert tasks.ask(ident).json()["data"] == [{**body, "status": "success"}]


def test_scripted_polls_in_one_post(tasks, script):
    script(Job(statuses=[{**FAILED, "note": 1}]), Job(statuses=[{"data": {"a": 1}}]))
    asked = [{"taskType": "getResponse", "taskUUID": tasks.make()} for _ in range(2)]
    body = tasks.post(*asked).json()
    assert body["data"] == [{"a": 1}]
    assert body["errors"][0]["taskUUID"] == asked[0]["taskUUID"]
    assert body["note"] == 1


def test_other_tasks_take_nothing(tasks, script):
    script(Fault.status(500))
    tasks.upload("https://example.com/a.png")
    tasks.ask(new())
    assert tasks.post(tasks.video(duration=1)).status_code == 400
    assert tasks.post(tasks.video()).status_code == 500
