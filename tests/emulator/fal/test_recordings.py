"""The emulator's shapes beside recorded bodies: in the same situation, the same body."""

import json

import pytest

from seed_core.emulator import Fault, Job

LISTED = (
    "422_audio_duration_too_short",
    "422_content_policy_on_result",
    "422_feature_not_supported",
    "422_invalid_request_layerize",
    "422_sequence_too_long",
)


@pytest.fixture
def recorded(recordings):
    return lambda name: json.loads((recordings / "fal" / f"{name}.json").read_text("utf-8"))


def test_all_of_them_are_looked_at(recordings):
    looked_at = {
        *LISTED,
        "400_not_ready",
        "403_exhausted_balance",
        "504_request_timeout",
        "status_completed_request_timeout",
        "status_completed_runner_disconnected",
        "status_in_queue",
        "storage_initiate_response",
    }
    assert {path.stem for path in (recordings / "fal").iterdir()} == looked_at


@pytest.mark.parametrize("name", LISTED)
def test_the_models_errors(fal, script, recorded, name):
    (real,) = recorded(name)["detail"]
    place = {"loc": real["loc"], "input": real.get("input", ...)}
    context = {"ctx": real["ctx"]} if "ctx" in real else {}
    fault = Fault.status(422, code=real["type"], message=real["msg"], metadata=place | context)
    script(fault, Job(result=fault))
    assert fal.run().json() == {"detail": [real]}
    job = fal.submit()
    fal.finish(job)
    response = fal.fetch(job)
    assert (response.status_code, response.json()) == (422, {"detail": [real]})
    assert response.headers["x-fal-billable-units"] == "0"


def test_a_flagged_prompt_by_its_code_alone(fal, script, recorded):
    (real,) = recorded("422_content_policy_on_result")["detail"]
    script(Fault.status(422, code="content_policy_violation"))
    (ours,) = fal.run("x").json()["detail"]
    assert ours == {**real, "input": {"prompt": "x"}}


def test_too_long_a_prompt(fal, recorded):
    (real,) = recorded("422_sequence_too_long")["detail"]
    ours = fal.problem(prompt="word " * 250_000)
    assert set(ours) == set(real)
    assert (ours["type"], ours["url"], ours["loc"]) == (real["type"], real["url"], real["loc"])
    assert set(ours["ctx"]) == set(real["ctx"])


def test_not_ready(fal, recorded):
    response = fal.fetch(fal.submit())
    assert (response.status_code, response.json()) == (400, recorded("400_not_ready"))


def test_an_exhausted_balance(fal, script, recorded):
    script(*[Fault.status(403, code="exhausted_balance")] * 2)
    for response in (fal.submitting(), fal.run()):
        assert (response.status_code, response.json()) == (403, recorded("403_exhausted_balance"))


def test_a_timeout(fal, script, recorded):
    script(Fault.status(504))
    response = fal.run()
    assert response.json() == recorded("504_request_timeout")
    assert response.headers["x-fal-error-type"] == "request_timeout"


def test_in_the_queue(fal, recorded):
    ours, real = fal.poll(fal.submit()).json(), recorded("status_in_queue")
    assert set(real) <= set(ours)
    assert ours["status"] == real["status"]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("status_completed_request_timeout", 504),
        ("status_completed_runner_disconnected", 503),
    ],
)
def test_failed_jobs(fal, script, recorded, name, status):
    real = recorded(name)
    script(Job(statuses=[real]))
    job = fal.submit()
    assert fal.poll(job).json() == real
    response = fal.fetch(job)
    assert response.status_code == status
    assert response.json() == {"detail": real["error"], "error_type": real["error_type"]}


def test_a_complete_job_has_what_a_failed_one_has(fal, recorded):
    real = recorded("status_completed_request_timeout")
    job = fal.submit()
    assert set(real) - {"error", "error_type"} <= set(fal.finish(job))
    cancelled = fal.submit()
    fal.cancel(cancelled)
    assert set(real) <= set(fal.finish(cancelled))


def test_leave_to_upload(http, emulator, recorded):
    real = recorded("storage_initiate_response")
    url = f"{emulator.url('fal', 'storage')}/storage/upload/initiate?storage_type=fal-cdn-v3"
    ours = http.post(url, json={"content_type": "image/png", "file_name": "a.png"}).json()
    assert list(ours) == list(real)
    assert ours["file_url"].partition("/files/b/")[2].count("/") == 1
    assert ours["file_url"].endswith(".png")
    assert "?" in ours["upload_url"]
