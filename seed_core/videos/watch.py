"""The flows that ask how a video task stands: once, or until it is over.

A question costs nothing and changes nothing, so it can be asked as often as it takes. One that
fails says nothing about the task, which goes on and is paid for.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from seed_core.errors import (
    APITimeoutError,
    AuthenticationError,
    InvalidReplyError,
    PermissionDeniedError,
    RateLimitError,
    SeedError,
    VideoJobTimeoutError,
)
from seed_core.flow import Flow, Request, Response, Retry, exchange
from seed_core.polling import OnProgress, Progress, poll
from seed_core.types import Json
from seed_core.videos.envelope import Envelope, task_of
from seed_core.videos.explain import PROVIDER, explain
from seed_core.videos.ranges import whole
from seed_core.videos.runware import Runware
from seed_core.videos.status import VideoResult, VideoStatus, settled, status_of

_log = logging.getLogger("seed_core")


def look(
    runware: Runware,
    task_uuid: str,
    retry: Retry,
    *,
    results: int | None = None,
    pause: float = 0.0,
) -> Flow[VideoStatus]:
    """Ask once how a task stands.

    Args:
        runware: the host.
        task_uuid: the task.
        retry: how often a question that fails is asked again.
        results: how many results were asked for. Without it a task is taken to be over when
            something is done and nothing is seen under way.
        pause: seconds to wait before.

    Returns:
        How the task stands, "unknown" if the host does not know it, or not yet.

    Raises:
        SeedError: the question failed; that says nothing about the task.
    """
    request, again = _question(runware, task_uuid), replace(retry, repeatable=True)
    read = partial(_seen, runware, task_uuid, results, ())
    try:
        return (yield from exchange(request, read, again, pause=pause))
    except SeedError as error:
        _tell_unseen(error, task_uuid)
        raise


def wait(
    runware: Runware,
    task_uuid: str,
    results: int | None,
    retry: Retry,
    on_progress: OnProgress | None = None,
    *,
    earlier: Sequence[VideoResult] = (),
    known: bool = False,
    at_once: bool = False,
) -> Flow[VideoStatus]:
    """Ask again and again until a task is over, or the driver's deadline has come.

    A task that the host does not know is asked for as well until then: it may come yet.

    Args:
        runware: the host.
        task_uuid: the task.
        results: how many results were asked for; see `look`.
        retry: how often each question that fails is asked again.
        on_progress: is called with each change.
        earlier: results that came with the answer to the submit.
        known: whether the host is known to have the task.
        at_once: ask before the first pause, for a task that was submitted a while ago.

    Returns:
        What was made, with what failed beside it.

    Raises:
        VideoJobError: all results failed.
        VideoJobTimeoutError: the time was up; the task goes on.
        SeedError: a question failed as often as `retry` allows; the task goes on.
    """
    if results is not None:
        whole("results", results, 1, None)
    report = _Report(task_uuid, results, on_progress, known=known)
    found = tuple(earlier)

    def read(response: Response) -> VideoStatus:
        return _seen(runware, task_uuid, results, found, response)

    def over(status: VideoStatus) -> bool:
        nonlocal found
        found = status.results
        report.tell(status)
        return status.over

    question = _question(runware, task_uuid)
    try:
        status = yield from poll(question, read, over, retry, runware.polling, at_once=at_once)
    except SeedError as error:
        if is_out_of_time(error):
            words = f"task {task_uuid} was over ({report.where}): it goes on and is paid for"
            if not report.known and report.asked:
                words = f"the host knew task {task_uuid}: it may not exist, or be forgotten there"
            raise too_late(task_uuid, words) from error
        _tell_unseen(error, task_uuid)
        raise
    return settled(status)


def _question(runware: Runware, task_uuid: str) -> Request:
    """The request that asks how a task stands. There is no other id than the task's own."""
    return runware.request({"taskType": "getResponse", "taskUUID": task_uuid})


def _seen(
    runware: Runware,
    task_uuid: str,
    results: int | None,
    earlier: Sequence[VideoResult],
    response: Response,
) -> VideoStatus:
    """How a task stands by the answer to a question.

    Raises:
        APIStatusError: the question failed, whatever the status says.
        InvalidReplyError: what answered was not the API, such as a page of a proxy; ask again.
    """
    try:
        told = runware.read(response).of(task_uuid)
    except InvalidReplyError as error:
        error.retryable = True
        raise
    of_question = [entry for entry in told.errors if _is_of_question(entry)]
    if of_question and not told.items:
        raise runware.explain(of_question, response)
    of_task = tuple(entry for entry in told.errors if entry not in of_question)
    return status_of(Envelope(told.items, of_task), task_uuid, expected=results, earlier=earlier)


def _is_of_question(entry: Json) -> bool:
    """Whether an error is about the question and not about the task.

    It is if it names no task; and if it is about the caller's key or pace, which can stop no task
    that runs, although the question's own UUID is the task's [assumed].
    """
    if task_of(entry) is None:
        return True
    error = explain((entry,))
    upstream = (error.code or "").lower().startswith("provider")
    return isinstance(error, (AuthenticationError, PermissionDeniedError)) or (
        isinstance(error, RateLimitError) and not upstream
    )


def _tell_unseen(error: SeedError, task_uuid: str) -> None:
    """Say that a failure is the question's, and none of the task."""
    error.paid_for = True
    error.args = (f"{error} (asking about task {task_uuid}, which goes on whatever this says)",)


def is_out_of_time(error: SeedError) -> bool:
    """Whether the whole call has taken too long."""
    return isinstance(error, APITimeoutError) and error.phase == "total"


def too_late(task_uuid: str, words: str) -> VideoJobTimeoutError:
    """The end of a wait that the task outlasts."""
    msg = f"the time was up before {words}; ask for it by its UUID and submit nothing new"
    return VideoJobTimeoutError(msg, provider=PROVIDER, task_uuid=task_uuid)


class _Report:
    """What is told of a task: to the log and to whoever asked for it, each thing once."""

    def __init__(
        self, task_uuid: str, results: int | None, on_progress: OnProgress | None, *, known: bool
    ) -> None:
        self.where = "submitted"
        self.known = known
        self.asked = False
        self._task = task_uuid
        self._results = results
        self._tell = on_progress
        self._told: tuple[object, ...] = ()

    def tell(self, status: VideoStatus) -> None:
        """Tell what changed. A task that is not known for a moment is where it was."""
        word: Literal["queued", "running", "completed"] = "running"
        self.asked = True
        self.known = self.known or status.state != "unknown"
        if status.state == "unknown":
            if self._told:
                return
            word = "queued"
        elif status.over:
            word = "completed"
        done = len(status.results) + len(status.failures)
        now = (word, status.progress, done)
        if now == self._told:
            return
        self._told = now
        percent = "" if status.progress is None else f" at {status.progress:g} %"
        of_all = "" if self._results is None else f" of {self._results}"
        self.where = f"{word}{percent}, {done}{of_all} done"
        _log.info("%s: task %s is %s", PROVIDER, self._task, self.where)
        if self._tell is not None:
            self._tell(Progress(PROVIDER, self._task, word, percent=status.progress))
