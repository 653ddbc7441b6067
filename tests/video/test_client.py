"""The video clients over a socket: made once, paid once, saved whole."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from seed_core.emulator import Emulator, Fault, Job, Raw
from seed_core.errors import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ContentFilterError,
    InsufficientCreditError,
    MediaError,
    PermissionDeniedError,
    RateLimitError,
    VideoJobError,
    VideoJobTimeoutError,
)
from seed_core.flow import Retry
from seed_core.polling import Progress
from seed_core.timeouts import Timeout
from seed_core.video_client import AsyncVideoClient, VideoClient
from seed_core.videos.seedance import SeedanceTask
from seed_core.videos.status import VideoResult
from tests.core.calling import COLOURS, Colour, eventually
from tests.video.filming import KEY, runware, submits

TASK = SeedanceTask(prompt="A cat walks", size="864x496", duration=4)
AT_ONCE = Retry(2, jitter=lambda: 0.0)


@pytest.fixture(params=COLOURS)
def made(request: pytest.FixtureRequest, emulator: Emulator) -> Callable[..., Any]:
    """Calls a method of a client, in either colour."""
    colour: Colour = request.param

    def call(method: str, *arguments: Any, **said: Any) -> Any:
        names = ("timeout", "retry", "max_cost_usd", "on_progress", "runware")
        settings = {name: said.pop(name) for name in names if name in said}
        if method in ("submit", "generate") and "ceiling" in said:
            said["max_cost_usd"] = said.pop("ceiling")
        settings = {"runware": runware(emulator), "retry": AT_ONCE, **settings}
        if colour == "sync":
            with VideoClient(**settings) as client:
                return getattr(client, method)(*arguments, **said)

        async def run() -> Any:
            async with AsyncVideoClient(**settings) as aclient:
                return await getattr(aclient, method)(*arguments, **said)

        return asyncio.run(run())

    return call


def test_a_video_is_made_and_saved(emulator: Emulator, made: Any, tmp_path: Path) -> None:
    told: list[Progress] = []
    status = made("generate", TASK, on_progress=told.append)
    assert status.state == "success"
    (result,) = status.results
    assert result.cost is not None
    assert result.cost.usd == pytest.approx(0.144)
    assert told[-1].status == "completed"
    assert {one.job for one in told} == {status.task_uuid}
    path = made("download", result, tmp_path / "cat.mp4")
    content = path.read_bytes()
    assert content[4:8] == b"ftyp"
    assert [file.name for file in tmp_path.iterdir()] == ["cat.mp4"]
    fetched = emulator.requests[-1]
    assert fetched.method == "GET"
    assert "authorization" not in fetched.headers
    assert KEY not in str(fetched.headers)
    assert [charge.job for charge in emulator.charges] == [status.task_uuid]


def test_a_task_is_submitted_now_and_fetched_later(emulator: Emulator, made: Any) -> None:
    uuid = str(uuid4())
    submitted = made("submit", TASK, task_uuid=uuid)
    assert (submitted.task_uuid, submitted.state) == (uuid, "processing")
    assert made("status", uuid).state == "processing"
    assert made("resume", uuid).state == "success"
    assert made("wait", uuid).results
    assert len(emulator.charges) == 1


def test_several_videos_come_together(emulator: Emulator, made: Any) -> None:
    status = made("generate", replace(TASK, results=3))
    assert len({result.uuid for result in status.results}) == 3
    assert len(submits(emulator)) == 1


# --- paid once ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [Fault.cut(after=-1), Fault.cut(after=0), Fault.cut(after=1)])
def test_a_submit_whose_answer_was_lost_is_looked_for_and_not_sent_again(
    emulator: Emulator, made: Any, lost: Fault
) -> None:
    emulator.script(lost, host="runware")
    assert made("generate", TASK).state == "success"
    assert len(submits(emulator)) == 1
    assert len(emulator.charges) == 1


def test_a_submit_that_is_not_answered_in_time_is_looked_for(emulator: Emulator, made: Any) -> None:
    emulator.script(Fault.stall(after=-1, seconds=20), host="runware")
    status = made("generate", TASK, timeout=Timeout(read=0.3, total=10))
    assert status.state == "success"
    assert len(emulator.charges) == 1


@pytest.mark.parametrize("away", [Fault.status(429, retry_after=0), Fault.status(503)])
def test_a_submit_that_was_turned_away_is_sent_again_with_its_uuid(
    emulator: Emulator, made: Any, away: Fault
) -> None:
    emulator.script(away, host="runware")
    assert made("generate", TASK).state == "success"
    assert len({task["taskUUID"] for task in submits(emulator)}) == 1
    assert len(submits(emulator)) == 2
    assert len(emulator.charges) == 1


def test_the_same_task_submitted_twice_is_one_job(emulator: Emulator, made: Any) -> None:
    uuid = str(uuid4())
    made("submit", TASK, task_uuid=uuid)
    assert made("generate", TASK, task_uuid=uuid).state == "success"
    assert len(emulator.charges) == 1


def test_when_the_time_is_up_the_task_is_named_and_goes_on(emulator: Emulator, made: Any) -> None:
    processing = {
        "data": [{"taskUUID": "{taskUUID}", "taskType": "videoInference", "status": "processing"}]
    }
    # More looks than fit into the time: they are 0.05 s apart at most, and soon.
    emulator.script(Job(statuses=[processing] * 60), host="runware")
    with pytest.raises(VideoJobTimeoutError) as caught:
        made("generate", TASK, timeout=1.5)
    uuid = caught.value.task_uuid
    assert uuid == submits(emulator)[0]["taskUUID"]
    assert str(uuid) in str(caught.value)
    assert made("resume", uuid, timeout=60).state == "success"
    assert len(emulator.charges) == 1


async def test_a_cancelled_task_says_how_to_go_on(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    client = AsyncVideoClient(runware=runware(emulator))
    task = asyncio.create_task(client.generate(TASK))
    assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) > 1)
    with caplog.at_level(logging.WARNING, "seed_core"):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    uuid = submits(emulator)[0]["taskUUID"]
    assert f"resume('{uuid}')" in caplog.text
    assert (await client.resume(uuid)).state == "success"
    await client.aclose()


def test_looks_that_fail_say_nothing_of_the_task(emulator: Emulator, made: Any) -> None:
    nothing: dict[str, Any] = {"data": []}
    looks: list[Any] = [Fault.status(429, retry_after=0), Fault.refuse(), nothing, Fault.html(502)]
    emulator.script(Job(statuses=looks), host="runware")
    assert made("generate", TASK).state == "success"
    assert len(emulator.charges) == 1


# --- what fails -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthenticationError), (402, InsufficientCreditError), (400, BadRequestError)],
)
def test_a_task_that_is_refused_costs_nothing(
    emulator: Emulator, made: Any, status: int, kind: type[Exception]
) -> None:
    emulator.script(Fault.status(status), host="runware")
    with pytest.raises(kind):
        made("generate", TASK)
    assert emulator.charges == []
    assert len(submits(emulator)) == 1


def test_a_limit_that_lasts_is_told(emulator: Emulator, made: Any) -> None:
    emulator.script(*[Fault.status(429, retry_after=0)] * 3, host="runware")
    with pytest.raises(RateLimitError):
        made("submit", TASK)
    assert emulator.charges == []


def test_a_task_that_failed_says_why(emulator: Emulator, made: Any) -> None:
    entry = {"code": "providerContentPolicyViolation", "message": "No.", "taskUUID": "{taskUUID}"}
    emulator.script(Job(statuses=[{"data": [], "errors": [entry]}]), host="runware")
    with pytest.raises(VideoJobError, match="No") as caught:
        made("generate", TASK)
    assert isinstance(caught.value.reason, ContentFilterError)
    assert caught.value.task_uuid == submits(emulator)[0]["taskUUID"]
    assert not caught.value.retryable
    assert len(submits(emulator)) == 1


# --- money ----------------------------------------------------------------------------------------


def test_what_would_cost_too_much_is_not_sent(emulator: Emulator, made: Any) -> None:
    for said in ({"max_cost_usd": 0.14}, {"ceiling": 0.1}):
        with pytest.raises(ConfigurationError, match=r"USD 0\.144, more than"):
            made("generate", TASK, **said)
    assert emulator.requests == []
    assert made("generate", TASK, max_cost_usd=0.1, ceiling=0.144).state == "success"


def test_a_ceiling_cannot_be_kept_where_no_price_is_known(emulator: Emulator, made: Any) -> None:
    other = replace(TASK, model="bytedance:seedance@2.0")
    with pytest.raises(ConfigurationError, match="nobody knows what"):
        made("submit", other, max_cost_usd=5)
    assert emulator.requests == []


# --- files ----------------------------------------------------------------------------------------


def test_a_local_picture_is_sent_and_a_local_clip_uploaded(
    emulator: Emulator, made: Any, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(100))
    stored = made("upload", clip)
    (file,) = emulator.stored_files
    assert file.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    picture = b"\x89PNG\r\n\x1a\n" + bytes(50)
    task = replace(TASK, reference_images=[picture], reference_videos=[stored])
    assert made("generate", task).state == "success"
    inputs = submits(emulator)[0]["inputs"]
    assert inputs["referenceVideos"] == [stored.uuid]
    assert inputs["referenceImages"][0].startswith("data:image/png;base64,")
    made("delete", stored)
    assert made("upload_image", picture).uuid


def test_a_download_is_whole_or_not_there(emulator: Emulator, made: Any, tmp_path: Path) -> None:
    path = tmp_path / "cat.mp4"
    path.write_bytes(b"an older one")
    broken = [Fault.cut(after=1), Fault.cut(after=1), Fault.cut(after=1)]
    emulator.script(Job(result=broken), host="runware")
    (result,) = made("generate", TASK).results
    with pytest.raises(APIConnectionError):
        made("download", result, path)
    assert path.read_bytes() == b"an older one"
    assert [file.name for file in tmp_path.iterdir()] == ["cat.mp4"]
    assert made("download", result, path).read_bytes()[4:8] == b"ftyp"


def test_a_download_that_broke_is_tried_again(
    emulator: Emulator, made: Any, tmp_path: Path
) -> None:
    emulator.script(Job(result=[Fault.cut(after=1), Fault.status(503)]), host="runware")
    (result,) = made("generate", TASK).results
    path = made("download", result, tmp_path / "cat.mp4")
    assert path.read_bytes()[4:8] == b"ftyp"


def test_a_download_that_is_too_large_is_refused(
    emulator: Emulator, made: Any, tmp_path: Path
) -> None:
    (result,) = made("generate", TASK).results
    with pytest.raises(MediaError, match="raise max_bytes="):
        made("download", result, tmp_path / "cat.mp4", max_bytes=100)
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_has_expired_is_told(emulator: Emulator, made: Any, tmp_path: Path) -> None:
    emulator.script(Job(result=Fault.status(403)), host="runware")
    (result,) = made("generate", TASK).results
    with pytest.raises(PermissionDeniedError):
        made("download", result, tmp_path / "cat.mp4")


def test_a_file_that_cannot_be_written_is_told(
    emulator: Emulator, made: Any, tmp_path: Path
) -> None:
    (result,) = made("generate", TASK).results
    with pytest.raises(MediaError, match="cannot be written"):
        made("download", result, tmp_path / "no" / "such" / "folder.mp4")


def test_a_result_without_an_address_cannot_be_fetched(made: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has no address"):
        made("download", VideoResult(None), tmp_path / "cat.mp4")
    with pytest.raises(ConfigurationError, match="is no address"):
        made("download", "file:///etc/passwd", tmp_path / "cat.mp4")


# --- settings -------------------------------------------------------------------------------------


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNWARE_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="RUNWARE_API_KEY"):
        VideoClient().submit(TASK)
    monkeypatch.setenv("RUNWARE_API_KEY", KEY)
    client = VideoClient()
    assert client.runware.api_key is not None
    assert KEY not in f"{client.runware!r} {vars(client)!r}"
    assert client.timeout == Timeout(read=60, total=1200)


def test_raw_answers_do_not_hide(emulator: Emulator, made: Any) -> None:
    emulator.script(Raw(200, {}, b"not json"), host="runware")
    with pytest.raises(Exception, match="may have been accepted"):
        made("generate", TASK)
