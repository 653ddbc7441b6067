"""How a video task stands: what is done, what failed, and what is still to come."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from seed_core.errors import APIStatusError, VideoJobError
from seed_core.events import Cost
from seed_core.types import Json
from seed_core.videos.envelope import Envelope, failure_in, has_media, status_word
from seed_core.videos.explain import PROVIDER, explain

State: TypeAlias = Literal["processing", "success", "error", "unknown"]
_KINDS = ("video", "image", "audio", "media")


@dataclass(frozen=True, slots=True)
class VideoResult:
    """One finished video.

    Attributes:
        url: where it is, for a while: fetch it soon, and without the key. None if the host put it
            elsewhere and says no address.
        uuid: its own UUID, by which it can be the input of another task.
        seed: the seed that it was made with.
        cost: what it cost as the host reports it; None if it does not, or says 0, which is not to
            be read as free.
        nsfw: whether the host found it unsafe; there can be a URL all the same.
        index: its number among the task's results, if the host counts them.
        raw: the host's item as it came.
    """

    url: str | None
    uuid: str | None = None
    seed: int | None = None
    cost: Cost | None = None
    nsfw: bool | None = None
    index: int | None = None
    raw: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class VideoStatus:
    """How a task stands.

    Attributes:
        task_uuid: the task.
        state: "processing" while something is to come, "success" when all is over and something
            was made, "error" when all failed, "unknown" when the host knows nothing of the task,
            or nothing yet.
        progress: how much is done, from 0 to 100, if the host says so.
        results: what is finished.
        failures: what failed, one for each result.
    """

    task_uuid: str
    state: State
    progress: float | None = None
    results: tuple[VideoResult, ...] = ()
    failures: tuple[VideoJobError, ...] = ()

    @property
    def over(self) -> bool:
        """Whether nothing more is to come."""
        return self.state in ("success", "error")


def status_of(
    told: Envelope,
    task_uuid: str,
    *,
    expected: int | None = None,
    earlier: Iterable[VideoResult] = (),
) -> VideoStatus:
    """How a task stands by what was told of it.

    Args:
        told: items and errors about this task, and no others.
        task_uuid: the task.
        expected: how many results were asked for, if that is known.
        earlier: results that were told before; they stay, whether or not they are told again.
    """
    items = _once(told.items)
    failed = [(item, entry) for item in items if (entry := failure_in(item)) is not None]
    finished = [item for item in items if failure_in(item) is None and _is_finished(item)]
    pending = [item for item in items if failure_in(item) is None and not _is_finished(item)]
    # The same failure may stand in both places.
    known = {_words(entry) for _, entry in failed}
    beside = [entry for entry in told.errors if _words(entry) not in known]
    results = _in_order(earlier, map(_result, finished))
    failures = [_failure(entry, task_uuid) for entry in [*(one for _, one in failed), *beside]]
    progress = [number for item in pending if (number := _number(item.get("progress"))) is not None]
    state = _state(
        len(results) + len(failures),
        expected,
        pending=bool(pending),
        made=bool(results),
        whole=bool(beside),
    )
    return VideoStatus(
        task_uuid, state, min(progress, default=None), tuple(results), tuple(failures)
    )


def _state(done: int, expected: int | None, *, pending: bool, made: bool, whole: bool) -> State:
    """The word for it. `whole` says that an error was told which names no single result."""
    if not done:
        return "processing" if pending else "unknown"
    enough = not pending if expected is None else done >= expected
    # An error of the whole task, with nothing under way, ends it however many results were asked
    # for [assumed]. Without one, results that are not told yet are still to come.
    if not enough and (pending or not whole):
        return "processing"
    return "success" if made else "error"


def _once(items: Iterable[Json]) -> list[Json]:
    """Each result's item once: a later one takes the place of an earlier one."""
    found: dict[object, Json] = {}
    for number, item in enumerate(items):
        found[_identity(item, number)] = item
    return list(found.values())


def _identity(item: Json, number: int) -> object:
    """What tells a result from others of the same task."""
    index = _whole(item.get("resultIndex"))
    return _uuid(item) or ("at", number) if index is None else index


def _is_finished(item: Json) -> bool:
    """Whether an item is a result: by its status, or by what it holds where it has none."""
    return status_word(item) == "success" or has_media(item)


def _words(entry: Json) -> tuple[str, ...]:
    """What two entries have in common that tell the same failure."""
    return tuple(repr(entry.get(name)) for name in ("code", "message"))


def _result(item: Json) -> VideoResult:
    """An item that is finished."""
    cost = _number(item.get("cost"))
    nsfw = item.get("NSFWContent")
    names = [f"{kind}{form}" for form in ("URL", "DataURI") for kind in _KINDS]
    return VideoResult(
        url=next(
            (text for name in names if isinstance(text := item.get(name), str) and text), None
        ),
        uuid=_uuid(item),
        seed=_whole(item.get("seed")),
        cost=Cost(cost, "reported") if cost else None,
        nsfw=nsfw if isinstance(nsfw, bool) else None,
        index=_whole(item.get("resultIndex")),
        raw=item,
    )


def _in_order(earlier: Iterable[VideoResult], now: Iterable[VideoResult]) -> list[VideoResult]:
    """Each result once, by its number where all have one."""
    found: dict[object, VideoResult] = {}
    for result in earlier:
        # What nothing names would count anew each time that it is told.
        if (name := _name(result)) is not None:
            found[name] = result
    for number, result in enumerate(now):
        name = _name(result)
        found[("at", number) if name is None else name] = result
    if any(result.index is None for result in found.values()):
        return list(found.values())
    return sorted(found.values(), key=lambda result: result.index or 0)


def _name(result: VideoResult) -> object:
    """What tells a result from others of the same task, or None."""
    return (result.uuid or result.url) if result.index is None else result.index


def _failure(entry: Json, task_uuid: str) -> VideoJobError:
    """The failure of one result."""
    reason: APIStatusError = explain((entry,), job=True)
    failure = VideoJobError(
        f"{reason} (task {task_uuid})", provider=PROVIDER, task_uuid=task_uuid, reason=reason
    )
    failure.__cause__ = reason
    return failure


def settled(status: VideoStatus) -> VideoStatus:
    """A status in which not all failed.

    Raises:
        VideoJobError: all failed; its words have each reason once.
    """
    if status.state != "error":
        return status
    first, *rest = status.failures
    words = dict.fromkeys(str(failure.reason) for failure in status.failures)
    if len(words) == 1:
        raise first
    count, told = len(rest) + 1, "; ".join(words)
    raise VideoJobError(
        f"all {count} results failed: {told} (task {status.task_uuid})",
        provider=PROVIDER,
        task_uuid=status.task_uuid,
        reason=first.reason,
    ) from first.reason


def _uuid(item: Json) -> str | None:
    """The UUID of what was made."""
    found = (item.get(f"{kind}UUID") for kind in _KINDS)
    return next((text for text in found if isinstance(text, str) and text), None)


def _whole(value: Any) -> int | None:
    """A whole number, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Any) -> float | None:
    """A number that is finite and not negative, also one written as text, or None."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):
        return None
    return number if 0 <= number < math.inf else None
