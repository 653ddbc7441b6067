"""The flow that hands over a video task, once.

A task is paid for, and nothing cancels it. So it is sent again only where no task can have come of
it; where that is not certain, the same task is looked for, and never another one made.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from uuid import UUID

from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    ConfigurationError,
    InvalidReplyError,
    SeedError,
    ServerError,
)
from seed_core.flow import Flow, Response, Retry, exchange
from seed_core.polling import OnProgress, once
from seed_core.videos.explain import PROVIDER
from seed_core.videos.inputs import is_uuid
from seed_core.videos.runware import Runware
from seed_core.videos.seedance import SeedanceTask
from seed_core.videos.status import VideoStatus, settled, status_of
from seed_core.videos.watch import is_out_of_time, look, too_late, wait

_log = logging.getLogger("seed_core")


def generate(
    runware: Runware,
    task: SeedanceTask,
    task_uuid: str,
    retry: Retry,
    on_progress: OnProgress | None = None,
) -> Flow[VideoStatus]:
    """Submit a task and wait until it is over. See `submit` and `wait`."""
    status = yield from submit(runware, task, task_uuid, retry)
    if status.over:
        return status
    flow = wait(
        runware,
        task_uuid,
        task.results,
        retry,
        on_progress,
        earlier=status.results,
        known=status.state != "unknown",
    )
    try:
        return (yield from flow)
    except SeedError as error:
        error.retryable = False  # to ask again costs nothing, but to make it again does
        raise


def submit(runware: Runware, task: SeedanceTask, task_uuid: str, retry: Retry) -> Flow[VideoStatus]:
    """Hand over a task, once.

    Args:
        runware: the host.
        task: what is to be made.
        task_uuid: a UUID (version 4) that no task had before.
        retry: when to try again; only what cannot have made a task is sent again.

    Returns:
        How the task stands: "processing" once it is accepted; "unknown" if the answer was lost and
        the host does not know the task, or not yet.

    Raises:
        APIStatusError: the host refused it, and nothing is billed; or it failed, and the words say
            that the task may have been accepted.
        VideoJobError: it was accepted, and has failed already.
        VideoJobTimeoutError: the time was up before it was known whether it was accepted.
        SeedError: it could not be sent.
    """
    request = runware.request(task.body(checked_uuid(task_uuid)))
    _log.info("%s: submitting task %s", PROVIDER, task_uuid)
    read = partial(_accepted, runware, task_uuid, task.results)
    try:
        return (yield from exchange(request, read, once(retry)))
    except SeedError as error:
        if not _may_be_made(error):
            raise
        lost = error
    return (yield from _looked_for(runware, task_uuid, task.results, lost, retry))


def checked_uuid(task_uuid: str) -> str:
    """A task's UUID, if the host takes it.

    Raises:
        ConfigurationError: it is none, or one of another version.
    """
    if not is_uuid(str(task_uuid)) or UUID(task_uuid).version != 4:
        raise ConfigurationError("task_uuid= takes a UUID of version 4, such as str(uuid.uuid4())")
    return task_uuid


def _accepted(runware: Runware, task_uuid: str, results: int, response: Response) -> VideoStatus:
    """How a task stands by the answer to its submit, which may hold results already.

    Errors in an answer repeat the task's UUID, so that does not say that the task exists.
    """
    try:
        told = runware.read(response).of(task_uuid)
        if told.errors and not told.items:
            raise runware.explain(told.errors, response)
    except APIStatusError as error:
        # It arrived before: the answer to an earlier try was lost on its way.
        if (error.code or "").lower() == "conflicttaskuuid":
            return VideoStatus(task_uuid, "processing")
        raise
    status = settled(status_of(told, task_uuid, expected=results))
    return replace(status, state="processing") if status.state == "unknown" else status


def _may_be_made(error: SeedError) -> bool:
    """Whether a task may have come of a submit that failed."""
    if isinstance(error, APIConnectionError):
        return error.reached
    status = error.status_code or 0 if isinstance(error, APIStatusError) else 0
    if isinstance(error, ServerError):
        return status >= 500 and status != 503
    return status == 408 or isinstance(error, InvalidReplyError)


def _looked_for(
    runware: Runware, task_uuid: str, results: int, lost: SeedError, retry: Retry
) -> Flow[VideoStatus]:
    """Look for a task of which nobody knows whether it was accepted."""
    words = f"{PROVIDER} answered to task {task_uuid}: it may have been accepted"
    if is_out_of_time(lost):
        raise too_late(task_uuid, words) from lost
    _log.info("%s: looking for task %s, which may have been accepted", PROVIDER, task_uuid)
    pause = runware.polling.first
    status = None
    try:
        status = yield from look(runware, task_uuid, retry, results=results, pause=pause)
    except SeedError as error:
        if is_out_of_time(error):
            raise too_late(task_uuid, words) from lost
    # An answer that was lost may still become a task; an error of the host is believed.
    if status is None or (status.state == "unknown" and not isinstance(lost, APIConnectionError)):
        lost.retryable, lost.paid_for = False, True  # nobody else shall send it again either
        lost.args = (f"{lost} (task {task_uuid} may have been accepted: look for it first)",)
        raise lost
    return settled(status)
