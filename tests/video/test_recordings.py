"""Every recorded body of the host, read by the flow that met it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seed_core.errors import (
    AuthenticationError,
    BadRequestError,
    ContentFilterError,
    RateLimitError,
    ServerError,
    VideoJobError,
)
from seed_core.flow import Flow, Response, Retry
from seed_core.videos.storage import upload_image
from seed_core.videos.submit import submit
from seed_core.videos.watch import look, wait
from seed_core.videos.webhook import parse_webhook
from tests.core.playing import play
from tests.video.asking import HOST, TASK, task

ONCE = Retry(0)
GUIDE = TASK
TEST = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
MULTI = "u-multi"
Read = Callable[[Flow[Any], int], Any]


@pytest.fixture
def read(recordings: Path, request: pytest.FixtureRequest) -> Read:
    """Play a flow against the recorded body that a test is named after."""
    name = request.node.name.removeprefix("test_")
    body = (recordings / "runware" / f"{name}.json").read_bytes()
    headers = {"content-type": "application/json"}
    return lambda flow, status: play(flow, Response(status, headers, body))[1]


def test_no_recording_is_forgotten(recordings: Path) -> None:
    recorded = {path.stem for path in (recordings / "runware").glob("*.json")}
    assert recorded == {path.stem for path in (recordings / "runware").iterdir()}
    here = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert here - {"no_recording_is_forgotten", "a_recording_as_a_webhook"} == recorded


def test_guide_ack(read: Read) -> None:
    status = read(submit(HOST, task(), GUIDE, ONCE), 200)
    assert (status.task_uuid, status.state, status.results) == (GUIDE, "processing", ())


def test_guide_processing(read: Read) -> None:
    status = read(look(HOST, GUIDE, ONCE), 200)
    assert (status.state, status.progress) == ("processing", None)


def test_guide_success(read: Read) -> None:
    (video,) = read(wait(HOST, GUIDE, 1, ONCE), 200).results
    uuid = "b7db282d-2943-4f12-992f-77df3ad3ec71"
    assert (video.uuid, video.seed, video.cost.usd) == (uuid, 12345, 0.18)
    assert video.url == f"https://vm.runware.ai/video/ws/5/vi/{uuid}.mp4"


def test_guide_timeout_provider(read: Read) -> None:
    error = read(wait(HOST, GUIDE, 1, ONCE), 200)
    assert type(error) is VideoJobError
    assert error.task_uuid == GUIDE
    assert type(error.reason) is ServerError
    assert "timeoutProvider: Provider timeout" in str(error)


def test_guide_image_upload(read: Read) -> None:
    # Its task is named otherwise than a task of ours can be.
    error = read(upload_image(HOST, "https://example.com/a.png", TASK, ONCE), 200)
    assert "did not say under which UUID" in str(error)


def test_live_getresponse_success_video(read: Read) -> None:
    (video,) = read(wait(HOST, "f1ea033a-…", 1, ONCE), 200).results
    assert (video.uuid, video.seed, video.cost.usd) == ("36e2d791-…", 1259273673, 0.11)
    assert video.url == "https://vm.runware.ai/video/os/…/36e2d791-….mp4"


def test_live_getresponse_success_image(read: Read) -> None:
    (picture,) = read(look(HOST, "52f41967-…", ONCE), 200).results
    assert (picture.uuid, picture.cost.usd) == ("12e9befd-…", 0.00169)


def test_live_sync_image(read: Read) -> None:
    status = read(look(HOST, "4beb00c2-…", ONCE), 200)
    assert status.state == "success", "it has no status, but a result"
    assert status.results[0].url == "https://im.runware.ai/image/os/…/ea228e89-….jpg"


def test_live_submit_error_missing_dimensions(read: Read) -> None:
    error = read(submit(HOST, task(), TASK, ONCE), 400)
    assert type(error) is BadRequestError
    assert error.code == "missingDimensionParameters"
    assert "must be provided (parameter width, height, referenceImages)" in str(error)


def test_provider_error_content_block(read: Read) -> None:
    error = read(wait(HOST, "t", 1, ONCE), 200)
    assert type(error) is VideoJobError
    assert type(error.reason) is ContentFilterError
    assert error.reason.code == "providerError"


def test_sdk_test_partial_failure(read: Read) -> None:
    status = read(wait(HOST, MULTI, 2, ONCE), 200)
    assert (status.state, status.results[0].url) == ("success", "https://x/ok.jpg")
    assert "inferenceError: one of N failed" in str(status.failures[0])


def test_skills_video_success(read: Read) -> None:
    status = read(wait(HOST, "a1b2c3d4-e5f6-7890-abcd-ef1234567890", 1, ONCE), 200)
    assert status.results[0].uuid == "9c1b2d3a-4e5f-6789-abcd-ef0123456789"
    assert status.results[0].cost is None


def test_test_conflict_taskuuid(read: Read) -> None:
    status = read(submit(HOST, task(), TEST, ONCE), 400)
    assert (status.task_uuid, status.state) == (TEST, "processing")


def test_test_invalid_api_key_401(read: Read) -> None:
    error = read(submit(HOST, task(), TASK, ONCE), 401)
    assert type(error) is AuthenticationError
    assert "invalidApiKey: bad key (check RUNWARE_API_KEY, or api_key=)" in str(error)


def test_test_progress(read: Read) -> None:
    status = read(look(HOST, TEST, ONCE), 200)
    assert (status.state, status.progress) == ("processing", 40)


def test_test_rate_limit_429(read: Read) -> None:
    error = read(look(HOST, TASK, ONCE), 429)
    assert type(error) is RateLimitError
    assert error.retryable
    assert "rateLimit: slow down" in str(error)


def test_test_unknown_or_running(read: Read) -> None:
    assert read(look(HOST, TASK, ONCE), 200).state == "unknown"


@pytest.mark.parametrize("name", ["guide_success", "live_sync_image", "sdk_test_partial_failure"])
def test_a_recording_as_a_webhook(recordings: Path, name: str) -> None:
    text = (recordings / "runware" / f"{name}.json").read_text(encoding="utf-8")
    (framed,) = parse_webhook(text)
    (flat,) = parse_webhook(json.loads(text)["data"][0])
    assert framed.results == flat.results
