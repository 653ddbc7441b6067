"""Runware's jobs: the videos that were asked for, and what each poll is told about them.

A job moves when it is polled, not with time: two polls find it processing, and from the third on
one more of its results is there with each poll. It is charged once, when it is accepted; whether a
job that fails is paid back is not told, so nothing is.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seed_core.emulator.runware.movie import movie, remark
from seed_core.emulator.runware.prices import price, seconds, size
from seed_core.emulator.runware.storage import Content
from seed_core.emulator.scripts import Fault, Job, Raw

__all__ = ["Ticket", "Video"]

_PROGRESS = (40, 80)
"""What the polls are told that find a job processing, in percent."""
_TYPES = {"mp4": "video/mp4", "webm": "video/webm", "mov": "video/quicktime"}


@dataclass(frozen=True)
class Video:
    """One result."""

    ident: str
    url: str

    @property
    def seed(self) -> int:
        """A number that is another for each result."""
        return zlib.crc32(self.ident.encode()) & 0x7FFFFFFF


@dataclass
class Ticket:
    """One job, from its acknowledgement to its last download."""

    task: Mapping[str, Any]
    """As it was asked for."""
    job: Job
    videos: Sequence[Video]
    _polls: int = 0
    _steps: deque[Mapping[str, Any] | Raw | Fault] = field(init=False)
    _downloads: deque[Raw | Fault] = field(init=False)

    def __post_init__(self) -> None:
        """Lay out its life."""
        self._steps = deque(self.job.statuses)
        results = self.job.result or ()
        self._downloads = deque([results] if isinstance(results, Raw | Fault) else results)

    @property
    def ident(self) -> str:
        """The id that its caller made up."""
        return str(self.task["taskUUID"])

    def acknowledgement(self) -> dict[str, Any]:
        """Write what the submission is answered."""
        told = {"taskType": self.task["taskType"], "taskUUID": self.ident, **self.job.submitted}
        item = {name: value for name, value in told.items() if value is not ...}
        return {"data": [item] if item else []}

    def poll(self) -> Mapping[str, Any] | Raw | Fault:
        """Tell how it is going, and move on."""
        if self._steps:
            step = self._steps[0]
            if len(self._steps) > 1 or not self._is_end(step):
                self._steps.popleft()
            return self._filled(step) if isinstance(step, Mapping) else step
        self._polls += 1
        if self.job.statuses:
            return self._told(len(self.videos))
        return self._told(max(0, self._polls - len(_PROGRESS)))

    def unchanged(self) -> Mapping[str, Any]:
        """Tell that it is going on: the body that a fault of a poll breaks."""
        return self._told(0)

    def webhooks(self) -> list[dict[str, Any]]:
        """Give what its webhook is called with, once for each result, in the end.

        These are the items of a poll, without the status of a success; what failed as a whole is
        its error in a list [assumed].
        """
        if "webhookURL" not in self.task:
            return []
        last = self.job.statuses[-1] if self.job.statuses else None
        if not isinstance(last, Mapping) or not self._is_end(last):
            return [_flat(self._success(video)) for video in self.videos]
        end = self._filled(last)
        items = [_flat(item) for item in _listed(end.get("data"))]
        failures = [*_listed(end.get("errors")), *_listed(end.get("error"))]
        return [*items, *({"errors": [failure]} for failure in failures)]

    def download(self, ident: str) -> tuple[Content, Raw | Fault | None] | None:
        """Give the file of a result, with what a script has for this download."""
        if not any(video.ident == ident for video in self.videos):
            return None
        extension = str(self.task.get("outputFormat", "MP4")).lower()
        content = movie(*size(self.task), seconds(self.task), extension) + remark(ident)
        scripted = self._downloads.popleft() if self._downloads else None
        return (_TYPES[extension], content), scripted

    def _told(self, done: int) -> dict[str, Any]:
        """Tell of each result: the first ones are there, the others are being made."""
        there = [self._success(video) for video in self.videos[:done]]
        progress = _PROGRESS[min(max(self._polls, 1), len(_PROGRESS)) - 1]
        return {"data": there + [self._processing(progress) for _ in self.videos[done:]]}

    def _processing(self, progress: int) -> dict[str, Any]:
        return {**self._named(), "status": "processing", "progress": progress}

    def _success(self, video: Video) -> dict[str, Any]:
        told = {
            **self._named(),
            "status": "success",
            "videoUUID": video.ident,
            "videoURL": video.url,
            "seed": video.seed,
        }
        if self.task.get("safety", {}).get("checkContent"):
            told["NSFWContent"] = False
        if self.task.get("includeCost"):
            # The cost of an item is that of one result [assumed].
            told["cost"] = price(self.task)
        return told

    def _named(self) -> dict[str, Any]:
        return {"taskType": self.task["taskType"], "taskUUID": self.ident}

    def _is_end(self, step: Mapping[str, Any] | Raw | Fault) -> bool:
        """Whether a scripted body tells of the end of every result."""
        if not isinstance(step, Mapping):
            return False
        if step.get("errors") or step.get("error"):
            return True
        ended = [
            item
            for item in _listed(step.get("data"))
            if item.get("status") in {"success", "error"} or item.get("videoURL")
        ]
        return len(ended) >= len(self.videos)

    def _filled(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put this job's names where a script stands in for them."""
        names = {"{taskUUID}": self.ident}
        for number, video in enumerate(self.videos, 1):
            place = "" if number == 1 else str(number)
            names |= {f"{{videoUUID{place}}}": video.ident, f"{{videoURL{place}}}": video.url}
        filled: Mapping[str, Any] = _with_names(body, names)
        return filled


def _with_names(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, meant in names.items():
            value = value.replace(name, meant)
        return value
    if isinstance(value, Mapping):
        return {key: _with_names(inner, names) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_names(inner, names) for inner in value]
    return value


def _listed(value: Any) -> list[Mapping[str, Any]]:
    """Give the objects of a list, or the one that stands in its place."""
    values = value if isinstance(value, list | tuple) else [value]
    return [item for item in values if isinstance(item, Mapping)]


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    return {k: value for k, value in item.items() if (k, value) != ("status", "success")}
