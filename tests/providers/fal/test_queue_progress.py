"""What is told of a job of fal's queue while it lasts, and callbacks that fail."""

import logging

import pytest

from seed_core.errors import APIConnectionError
from seed_core.polling import Progress
from tests.core.playing import play
from tests.providers.fal.by_hand import (
    ACCEPTED,
    COMPLETED,
    QUEUED,
    RESULT,
    RUNNING,
    calling,
    says,
)


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


class Unwilling:
    """A callback that fails at one status, with an error that a look would be repeated for."""

    def __init__(self, at: str, error: Exception) -> None:
        self.at, self.error = at, error
        self.told: list[str] = []

    def __call__(self, progress: Progress) -> None:
        self.told.append(progress.status)
        if progress.status == self.at:
            raise self.error


def test_a_callback_that_fails_ends_the_call() -> None:
    unwilling = Unwilling("queued", KeyError("mine"))
    flow = calling(on_progress=unwilling)
    next(flow)
    job = flow.send(says(ACCEPTED)).undo
    assert job is not None
    with pytest.raises(KeyError, match="mine"):
        flow.send(says(QUEUED))
    assert not job.over, "the driver cancels the job: see test_queue_cancelling"


def test_a_callback_that_fails_at_the_end_finds_the_job_over() -> None:
    unwilling = Unwilling("completed", KeyError("mine"))
    flow = calling(on_progress=unwilling)
    next(flow)
    job = flow.send(says(ACCEPTED)).undo
    assert job is not None
    flow.send(says(RUNNING))
    assert not job.over
    with pytest.raises(KeyError, match="mine"):
        flow.send(says(COMPLETED))
    assert job.over


@pytest.mark.parametrize(("at", "undone"), [("running", ["PUT"]), ("completed", [])])
def test_an_error_of_the_callback_s_own_is_no_failed_look(at: str, undone: list[str]) -> None:
    unwilling = Unwilling(at, APIConnectionError("a line of the caller's"))
    looks = {"running": RUNNING, "completed": COMPLETED}
    answers = [says(looks[at]), *[says({}, 202) for _ in undone]]
    sends, error = play(calling(on_progress=unwilling), says(ACCEPTED), *answers)
    assert error is unwilling.error
    assert [send.request.method for send in sends] == ["POST", "GET", *undone]
    assert unwilling.told == [at]
