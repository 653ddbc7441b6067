"""What a tool of an agent tells a model of a video: in words, and as plain JSON for programs.

Of no framework. `sentence` and `record` tell how a task stands, `late` that a wait ended before
the video was done, `trouble` what went wrong. What a tool offers stands in `offering`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from seed_core.errors import SeedError, VideoJobError, VideoJobTimeoutError
from seed_core.events import Cost
from seed_core.videos.offering import LOOKER
from seed_core.videos.seedance import SeedanceTask
from seed_core.videos.status import VideoResult, VideoStatus

_CHARGE = "each new try is a new charge: ask the user first"


def cost_of(status: VideoStatus, task: SeedanceTask | None = None) -> Cost | None:
    """What a task cost, as the host reports it; else what it costs by the price table.

    Args:
        status: how it stands. Once it is over, only what was made is counted.
        task: what was asked for; None if that is not known, and then nothing is estimated.
    """
    told = [result.cost.usd for result in status.results if result.cost is not None]
    if status.over and told and len(told) == len(status.results):
        return Cost(round(sum(told), 6), "reported")
    whole = None if task is None else task.estimate()
    if whole is None or task is None or not status.over:
        return whole
    return Cost(round(whole.usd / task.results * len(status.results), 6), "estimated")


def record(status: VideoStatus, task: SeedanceTask | None = None) -> dict[str, Any]:
    """How a task stands as plain JSON, for programs.

    Returns:
        `task_uuid`, `state`, `progress` (0 to 100 or None), `videos` (each with `url`, `uuid`,
        `seed`, `cost_usd`, `nsfw`), `failures` (words), and `cost_usd` with `cost_source`:
        "reported", "estimated", or None for both if it is not known.
    """
    cost = cost_of(status, task)
    return {
        "task_uuid": status.task_uuid,
        "state": status.state,
        "progress": status.progress,
        "videos": [
            {
                "url": result.url,
                "uuid": result.uuid,
                "seed": result.seed,
                "cost_usd": None if result.cost is None else result.cost.usd,
                "nsfw": result.nsfw,
            }
            for result in status.results
        ],
        "failures": [_why(failure) for failure in status.failures],
        "cost_usd": None if cost is None else cost.usd,
        "cost_source": None if cost is None else cost.source,
    }


def sentence(status: VideoStatus, task: SeedanceTask | None = None, *, look: str = LOOKER) -> str:
    """How a task stands in words, for a model and for who reads along.

    Args:
        status: how it stands.
        task: what was asked for, if that is known; for the cost.
        look: the name of the tool that asks how a task stands.
    """
    cost = cost_of(status, task)
    price = "not told" if cost is None else f"USD {cost.usd:g} ({cost.source})"
    named = f"task {status.task_uuid}"
    match status.state:
        case "success":
            words = [_ready(status.results), f"Cost: {price}, {named}."]
            if any(result.url for result in status.results):
                words.append("The address expires soon: pass it on, or use it, now.")
        case "error":
            words = ["No video was made."]
        case "processing":
            far = "" if status.progress is None else f", {status.progress:g} % done"
            words = [f"The video is being made{far}. Cost: {price}, {named}."]
            if status.results:
                words.append(f"Ready so far: {'; '.join(map(_one, status.results))}.")
            words.append(_later(status.task_uuid, look))
        case "unknown":
            words = [f"The host does not know {named}, or not yet."]
            words.append(f"If it was ordered just now, ask in a minute by {look}.")
    if status.over and status.failures:
        of = len(status.failures) + len(status.results)
        reasons = "; ".join(dict.fromkeys(map(_why, status.failures)))
        words.append(f"{len(status.failures)} of {of} failed: {reasons} ({named}).")
    if status.state == "error":
        words.append(f"{_CHARGE.capitalize()}.")
    return " ".join(words)


def late(error: VideoJobTimeoutError, *, look: str = LOOKER) -> str:
    """The words for a wait that ended before the video was done: nothing is lost.

    Args:
        error: the end of the wait.
        look: the name of the tool that asks how a task stands.
    """
    return f"Not ready yet: {error}. {_later(error.task_uuid, look)}"


def trouble(error: SeedError, task_uuid: str, *, look: str = LOOKER) -> str:
    """What went wrong, with what a model shall do where the task may go on all the same.

    Args:
        error: what was raised when a task was submitted or waited for.
        task_uuid: the task.
        look: the name of the tool that asks how a task stands.
    """
    words = str(error)
    if isinstance(error, VideoJobTimeoutError):
        return words  # `late` says the rest
    if isinstance(error, VideoJobError):
        return f"{words}; {_CHARGE}"
    if not error.paid_for:  # nothing came of it
        return words
    return (
        f"{words}; use {look} with task_uuid {task_uuid} before anything is ordered again, or give "
        "the user that UUID if you cannot"
    )


def _later(task_uuid: str | None, look: str) -> str:
    """What to do about a task that goes on."""
    return (
        "Do not order the same video again: that would be another charge. Ask for it in a minute "
        f"or later by {look} with task_uuid {task_uuid}, or give the user that UUID if you cannot."
    )


def _ready(results: Iterable[VideoResult]) -> str:
    """Where the videos are."""
    told = [_one(result) for result in results]
    if len(told) == 1:
        return f"The video is ready: {told[0]}."
    return f"{len(told)} videos are ready: {'; '.join(told)}."


def _one(result: VideoResult) -> str:
    """Where one video is, and what is to be known of it."""
    notes = [] if result.seed is None else [f"seed {result.seed}"]
    if result.nsfw:
        notes.append("marked as unsafe by the host")
    where = result.url or "delivered elsewhere, without an address"
    return f"{where} ({', '.join(notes)})" if notes else where


def _why(failure: Exception) -> str:
    """Why a result failed, without the task's name, which is told once."""
    return str(getattr(failure, "reason", None) or failure)
