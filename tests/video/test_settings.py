"""What both video clients take, and what they say when they are left."""

import logging
import sys
from typing import Any
from uuid import uuid4

import pytest

from seed_core.emulator import Emulator, Job
from seed_core.errors import ConfigurationError, MediaError
from seed_core.timeouts import Timeout
from seed_core.video_cli import main
from seed_core.video_client import VideoClient
from seed_core.videos.runware import Runware, resolve_runware
from seed_core.videos.seedance import SeedanceTask
from tests.rows import FAST

TASK = SeedanceTask(prompt="A cat walks", size="864x496", duration=4)


def at(emulator: Emulator) -> Runware:
    host = resolve_runware(api_key="test", base_url=emulator.url("runware"))
    return Runware(host.base_url, host.api_key, polling=FAST)


def test_a_timeout_without_a_total_has_the_usual_one() -> None:
    client = VideoClient("k", timeout=Timeout(connect=5))
    assert client.timeout == Timeout(connect=5, total=1200)
    assert VideoClient("k", timeout=Timeout(total=7)).timeout.total == 7


@pytest.mark.parametrize("most", [float("nan"), float("inf"), -1.0, True])
def test_a_ceiling_is_a_sum(most: Any) -> None:
    with pytest.raises(ConfigurationError, match="max_cost_usd="):
        VideoClient("k", max_cost_usd=most)
    with pytest.raises(ConfigurationError, match="max_cost_usd="):
        VideoClient("k").submit(TASK, max_cost_usd=most)


def test_a_host_is_said_once() -> None:
    with pytest.raises(ConfigurationError, match="runware= has an address"):
        VideoClient("k", runware=Runware())


def test_a_uuid_may_be_one(emulator: Emulator) -> None:
    uuid: Any = uuid4()
    with VideoClient(runware=at(emulator)) as client:
        assert client.submit(TASK, task_uuid=uuid).task_uuid == str(uuid)
        assert client.status(uuid).task_uuid == str(uuid)
        assert client.resume(uuid).state == "success"


def test_a_wait_that_is_left_names_its_task(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    def leave(_progress: object) -> None:
        raise KeyboardInterrupt

    with (
        VideoClient(runware=at(emulator), on_progress=leave) as client,
        caplog.at_level(logging.INFO, "seed_core"),
        pytest.raises(KeyboardInterrupt) as left,
    ):
        client.generate(TASK)
    (charge,) = emulator.charges
    assert caplog.messages[0] == f"runware: submitting task {charge.job}"
    assert f"resume('{charge.job}') goes on" in caplog.text
    if sys.version_info >= (3, 11):
        assert charge.job in left.value.__notes__[0]


def test_a_folder_that_is_missing_is_told_before_anything_is_paid(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUNWARE_API_KEY", "test")
    asked = ["A cat", "-o", "no/such/clip.mp4", "--base-url", emulator.url("runware")]
    assert main(asked) == 1
    assert "there is no folder 'no/such'" in capsys.readouterr().err
    assert emulator.charges == []


def test_videos_that_can_be_saved_are(
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Any,
) -> None:
    from seed_core import video_cli

    class Client(VideoClient):
        def download(self, video: Any, path: Any, **said: Any) -> Any:
            if path.stem == "clip":
                raise MediaError("the disk is full")
            return super().download(video, path, **said)

    monkeypatch.setenv("RUNWARE_API_KEY", "test")
    monkeypatch.setattr(
        video_cli,
        "VideoClient",
        lambda **said: Client(**said | {"base_url": None, "runware": at(emulator)}),
    )
    asked = ["A cat", "--size", "864x496", "--results", "2", "-o", str(tmp_path / "clip.mp4")]
    assert main(asked) == 1
    said = capsys.readouterr()
    assert said.out.strip() == str(tmp_path / "clip-2.mp4")
    assert "not saved: http" in said.err
    assert "the disk is full" in said.err


def test_a_task_that_is_resumed_is_waited_for_whole(emulator: Emulator) -> None:
    pending = {"taskUUID": "{taskUUID}", "status": "processing"}
    first = {"taskUUID": "{taskUUID}", "videoUUID": "{videoUUID}", "videoURL": "{videoURL}"}
    emulator.script(Job(statuses=[{"data": [first, pending]}]), host="runware")
    two = SeedanceTask(prompt="A cat walks", size="864x496", duration=4, results=2)
    with VideoClient(runware=at(emulator)) as client:
        uuid = client.submit(two).task_uuid
        assert len(client.resume(uuid).results) == 2
