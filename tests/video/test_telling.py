"""What a model is told of a video, and what a program."""

import json

import pytest

from seed_core.errors import (
    APIConnectionError,
    ContentFilterError,
    ServerError,
    VideoJobError,
    VideoJobTimeoutError,
)
from seed_core.events import Cost
from seed_core.videos.seedance import SeedanceTask
from seed_core.videos.status import VideoResult, VideoStatus
from seed_core.videos.telling import cost_of, late, record, sentence, trouble

UUID = "9d5a2e0c-7a5f-4f5e-9d0a-3c0f6a8f3b11"
TASK = SeedanceTask(prompt="A cat", size="1280x720", duration=4, results=2)
PAID = Cost(0.3, "reported")
ONE = VideoResult("https://a.io/1.mp4", "one", 7, PAID)
TWO = VideoResult("https://a.io/2.mp4", "two")


def failure(words: str) -> VideoJobError:
    return VideoJobError(f"{words} (task {UUID})", task_uuid=UUID, reason=ServerError(words))


BAD = failure("runware failed: timeoutProvider")


def later(look: str = "get_video_status") -> str:
    return (
        "Do not order the same video again: that would be another charge. Ask for it in a minute "
        f"or later by {look} with task_uuid {UUID}, or give the user that UUID if you cannot."
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            VideoStatus(UUID, "success", results=(ONE,)),
            (
                f"The video is ready: https://a.io/1.mp4 (seed 7). Cost: USD 0.3 (reported), task "
                f"{UUID}. The address expires soon: pass it on, or use it, now."
            ),
        ),
        (
            VideoStatus(UUID, "success", results=(ONE, TWO)),
            (
                "2 videos are ready: https://a.io/1.mp4 (seed 7); https://a.io/2.mp4. Cost: "
                f"USD 0.648 (estimated), task {UUID}. The address expires soon: pass it on, or use "
                "it, now."
            ),
        ),
        (
            VideoStatus(UUID, "success", results=(ONE,), failures=(BAD,)),
            (
                f"The video is ready: https://a.io/1.mp4 (seed 7). Cost: USD 0.3 (reported), task "
                f"{UUID}. The address expires soon: pass it on, or use it, now. 1 of 2 failed: "
                f"runware failed: timeoutProvider (task {UUID})."
            ),
        ),
        (
            VideoStatus(UUID, "success", results=(VideoResult(None, nsfw=True),)),
            (
                "The video is ready: delivered elsewhere, without an address (marked as unsafe by "
                f"the host). Cost: USD 0.324 (estimated), task {UUID}."
            ),
        ),
        (
            VideoStatus(UUID, "error", failures=(BAD, BAD)),
            (
                f"No video was made. 2 of 2 failed: runware failed: timeoutProvider (task {UUID}). "
                "Each new try is a new charge: ask the user first."
            ),
        ),
        (
            VideoStatus(UUID, "processing", 40.0),
            (
                f"The video is being made, 40 % done. Cost: USD 0.648 (estimated), task {UUID}. "
                f"{later()}"
            ),
        ),
        (
            VideoStatus(UUID, "processing", results=(ONE,)),
            (
                f"The video is being made. Cost: USD 0.648 (estimated), task {UUID}. Ready so far: "
                f"https://a.io/1.mp4 (seed 7). {later()}"
            ),
        ),
        (
            VideoStatus(UUID, "unknown"),
            (
                f"The host does not know task {UUID}, or not yet. If it was ordered just now, ask "
                "in a minute by get_video_status."
            ),
        ),
    ],
)
def test_how_a_task_stands_in_words(status: VideoStatus, words: str) -> None:
    assert sentence(status, TASK) == words


def test_without_the_task_nothing_is_estimated() -> None:
    words = sentence(VideoStatus(UUID, "processing"), look="look_at_video")
    assert words == (
        f"The video is being made. Cost: not told, task {UUID}. {later('look_at_video')}"
    )


def test_how_a_task_stands_as_json() -> None:
    told = record(VideoStatus(UUID, "success", None, (ONE, TWO), (BAD,)), TASK)
    assert json.loads(json.dumps(told)) == told
    assert told == {
        "task_uuid": UUID,
        "state": "success",
        "progress": None,
        "videos": [
            {"url": ONE.url, "uuid": "one", "seed": 7, "cost_usd": 0.3, "nsfw": None},
            {"url": TWO.url, "uuid": "two", "seed": None, "cost_usd": None, "nsfw": None},
        ],
        "failures": ["runware failed: timeoutProvider"],
        "cost_usd": 0.648,
        "cost_source": "estimated",
    }
    bare = record(VideoStatus(UUID, "unknown"))
    assert (bare["cost_usd"], bare["cost_source"], bare["videos"]) == (None, None, [])


@pytest.mark.parametrize(
    ("status", "task", "cost"),
    [
        (VideoStatus(UUID, "success", results=(ONE, ONE)), None, Cost(0.6, "reported")),
        (VideoStatus(UUID, "success", results=(TWO,)), TASK, Cost(0.324, "estimated")),
        (VideoStatus(UUID, "success", results=(TWO,)), None, None),
        # While something is to come, what is done so far is not the whole price.
        (VideoStatus(UUID, "processing", results=(ONE,)), TASK, Cost(0.648, "estimated")),
        (VideoStatus(UUID, "processing", results=(ONE,)), None, None),
        (VideoStatus(UUID, "error", failures=(BAD, BAD)), TASK, Cost(0.0, "estimated")),
    ],
)
def test_what_a_task_costs(status: VideoStatus, task: SeedanceTask | None, cost: Cost) -> None:
    assert cost_of(status, task) == cost


def test_a_wait_that_ended_first() -> None:
    error = VideoJobTimeoutError(f"the time was up before task {UUID} was over", task_uuid=UUID)
    assert late(error, look="look") == (
        f"Not ready yet: the time was up before task {UUID} was over. {later('look')}"
    )


def test_trouble_says_what_to_do_where_the_task_may_go_on() -> None:
    lost = APIConnectionError(f"the connection broke (task {UUID} may have been accepted)")
    assert trouble(lost, UUID) == str(lost), "the name alone says nothing: hosts repeat it"
    lost.paid_for = True
    assert trouble(lost, UUID).endswith(
        f"; use get_video_status with task_uuid {UUID} before anything is ordered again, or give "
        "the user that UUID if you cannot"
    )
    refused = ContentFilterError("runware answered 400: promptBlocked")
    assert trouble(refused, UUID) == str(refused)
    assert trouble(BAD, UUID) == (f"{BAD}; each new try is a new charge: ask the user first")
    late_one = VideoJobTimeoutError(f"the time was up before task {UUID}", task_uuid=UUID)
    assert trouble(late_one, UUID) == str(late_one), "it has words of its own"
