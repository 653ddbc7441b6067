"""The frame of every answer: what succeeded in `data`, what failed in `errors`, either may lack.

Answers of several tasks are mixed in one frame, so all that is read is matched by its task.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seed_core.types import Json

_MEDIA = re.compile("(video|image|audio|media)(URL|DataURI|Base64Data)")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What one answer holds: items of `data`, and errors that stand beside them."""

    items: tuple[Json, ...] = ()
    errors: tuple[Json, ...] = ()

    def of(self, task_uuid: str) -> Envelope:
        """What is about one task, and the errors that name no task: they are about the request."""
        return Envelope(
            tuple(item for item in self.items if task_of(item) == task_uuid.lower()),
            tuple(one for one in self.errors if task_of(one) in (None, task_uuid.lower())),
        )


def open_envelope(body: Any) -> Envelope | None:
    """The frame of a parsed answer, or None if it has none.

    Example:
        >>> open_envelope({"data": []})
        Envelope(items=(), errors=())
    """
    if not isinstance(body, Mapping) or not body.keys() & {"data", "errors", "error"}:
        return None
    # A list by the documentation; the page of the image upload shows an object.
    return Envelope(_objects(body.get("data")), errors_in(body))


def errors_in(body: Any) -> tuple[Json, ...]:
    """The errors beside the data: a list, or a single one that may leave the task to the frame."""
    if not isinstance(body, Mapping):
        return ()
    frame = {name: body[name] for name in ("taskUUID", "taskType") if name in body}
    single = tuple({**frame, **entry} for entry in _entries(body.get("error")))
    return _entries(body.get("errors")) + single


def task_of(item: Json) -> str | None:
    """The task that an item is about, in lower case, as UUIDs are compared."""
    named = item.get("taskUUID")
    return named.lower() if isinstance(named, str) and named else None


def failure_in(item: Json) -> Json | None:
    """The error of an item that says that it failed, or None.

    Example:
        >>> failure_in({"status": "error", "error": {"code": "inferenceError"}})
        {'code': 'inferenceError'}
    """
    status = status_word(item)
    told = _entries(item.get("error"))
    if status == "error":
        return told[0] if told else item
    if status == "success" or has_media(item):
        return None
    return told[0] if told else item if item.get("code") else None


def has_media(item: Json) -> bool:
    """Whether an item has a result. A result's UUID alone is none: unfinished items have it too."""
    return any(value and _MEDIA.fullmatch(name) for name, value in item.items())


def status_word(item: Json) -> str:
    """The status of an item, or an empty text: finished items may have none."""
    return str(item.get("status") or "").lower()


def _objects(said: Any) -> tuple[Json, ...]:
    """The objects of a list, or a single one."""
    return tuple(one for one in _listed(said) if isinstance(one, Mapping))


def _entries(said: Any) -> tuple[Json, ...]:
    """Errors, each as an object: one that is only a text is its message."""
    told = (one if isinstance(one, Mapping) else {"message": one} for one in _listed(said))
    return tuple(entry for entry in told if entry and entry != {"message": ""})


def _listed(said: Any) -> list[Any]:
    """A list, or a single thing as one."""
    return said if isinstance(said, list) else [] if said is None else [said]
