"""The emulated Runware beside recorded and documented bodies: the same keys, the same words."""

import json

import pytest

from seed_core.emulator import Fault, Job
from tests.emulator.runware.conftest import IMAGE, new
from tests.emulator.test_recordings import keys

HOOK = {"webhookURL": "https://example.com/hook"}


@pytest.fixture
def load(recordings):
    def read(name):
        return json.loads((recordings / "runware" / f"{name}.json").read_text("utf-8"))

    return read


def test_an_acknowledgement(load, tasks):
    assert keys(tasks.post(tasks.video()).json()) == keys(load("guide_ack"))


@pytest.mark.parametrize("name", ["guide_processing", "test_progress"])
def test_a_job_in_progress(load, tasks, name):
    real, ours = load(name), tasks.ask(tasks.make()).json()
    assert keys(real) <= keys(ours)
    assert real["data"][0]["status"] == ours["data"][0]["status"]


@pytest.mark.parametrize("name", ["guide_success", "live_getresponse_success_video"])
def test_a_video(load, tasks, name):
    real, (item,) = load(name), tasks.wait(tasks.make(includeCost=True))
    assert keys({"data": [item]}) == keys(real)
    assert {key: type(value) for key, value in item.items()} == {
        key: type(value) for key, value in real["data"][0].items()
    }


def test_an_item_without_a_status(load, tasks, emulator):
    (real,) = load("skills_video_success")["data"]
    (body,) = emulator.webhook_bodies(tasks.make(**HOOK))
    assert set(body) - set(real) == {"seed"}


def test_an_unknown_job(load, tasks):
    assert tasks.ask(new()).json() == load("test_unknown_or_running")


def test_an_upload(load, tasks):
    task = {"taskType": "imageUpload", "taskUUID": new(), "image": IMAGE}
    ours = tasks.post(task).json()
    assert keys(ours) - keys(load("guide_image_upload")) == {".data[].imageURL"}


def test_a_missing_size(load, tasks):
    real = load("live_submit_error_missing_dimensions")
    ours = tasks.post(tasks.video(width=..., height=...)).json()
    # The documentation has the task's type as well.
    assert keys(ours) - keys(real) == {".errors[].taskType"}
    assert ours["data"] == real["data"] == []
    told, recorded = ours["errors"][0], real["errors"][0]
    for name in ("code", "type"):
        assert told[name] == recorded[name]
    assert told["parameter"][:2] == recorded["parameter"][:2]
    assert told["documentation"].rpartition("#")[2] == recorded["documentation"].rpartition("#")[2]


def test_an_id_that_is_used(load, tasks):
    real, ident = load("test_conflict_taskuuid"), tasks.make()
    ours = tasks.post(tasks.video(taskUUID=ident)).json()
    assert keys(real) <= keys(ours)
    assert ours["errors"][0]["code"] == real["errors"][0]["code"]


def test_a_bad_key(load, tasks):
    real = load("test_invalid_api_key_401")
    ours = tasks.post(tasks.video(), Authorization="Bearer invalid").json()
    assert keys(real) <= keys(ours)
    assert "data" not in ours
    assert ours["errors"][0]["code"] == real["errors"][0]["code"]


def test_a_limit(load, tasks, script):
    script(Fault.status(429, code="rateLimit", message="slow down"))
    assert tasks.post(tasks.video()).json() == load("test_rate_limit_429")


@pytest.mark.parametrize(
    ("name", "results"),
    [
        ("guide_timeout_provider", 1),
        ("provider_error_content_block", 1),
        ("sdk_test_partial_failure", 2),
    ],
)
def test_failures_are_told_as_they_were(load, tasks, script, name, results):
    real = load(name)
    script(Job(statuses=[real]))
    ident = tasks.make(numberResults=results)
    for _ in range(2):
        assert tasks.ask(ident).json() == real
