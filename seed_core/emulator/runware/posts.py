"""One POST to Runware while its tasks are looked at, and the ids that tasks and files go by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from seed_core.emulator.runware.errors import Rejected
from seed_core.emulator.runware.replies import Part
from seed_core.emulator.scripts import Fault, Raw

__all__ = ["Act", "Idents", "Post", "Task", "answered", "dry", "refused"]

Act: TypeAlias = Callable[[], Part]
"""What a task that was taken will do."""
Task: TypeAlias = Mapping[str, Any]


class Idents:
    """The ids of the tasks that were taken, and new ones for files."""

    def __init__(self) -> None:
        """Start at one."""
        self._count = 0
        self._used: set[tuple[str, str]] = set()

    def new(self) -> str:
        """Give a UUID that no file has."""
        self._count += 1
        return f"00000000-0000-4000-8000-{self._count:012d}"

    def use(self, key: str, ident: str) -> None:
        """Note that a task of a caller was taken."""
        self._used.add((key, ident))

    def is_used(self, key: str, ident: str) -> bool:
        """Whether a caller had a task of this id."""
        return (key, ident) in self._used

    def forget(self) -> None:
        """Forget the tasks; no file gets the id of another."""
        self._used.clear()


@dataclass
class Post:
    """One POST."""

    key: str
    base: str
    """The address of the host, as the caller names it."""
    dry: bool
    """Whether it only asks for prices."""
    idents: Idents
    instead: tuple[Raw | Fault, Task] | None = None
    """What a script has instead of an answer, and the task that took it."""
    _reserved: set[str] = field(default_factory=set)

    def reserve(self, task: Task) -> None:
        """Refuse an id that is a task's already; that those of uploads count too is assumed."""
        ident = task["taskUUID"]
        if self.idents.is_used(self.key, ident) or ident in self._reserved:
            message = f"The taskUUID {ident} is already used."
            raise Rejected("conflictTaskUUID", message, "taskUUID", "string")
        self._reserved.add(ident)


def answered(task: Task, **told: Any) -> Part:
    """Tell what became of a task that is done at once."""
    return Part({"data": [{**_echo(task), **told}]})


def dry(task: Task, usd: float) -> Act:
    """Tell what a task would cost [the form is assumed]."""
    return lambda: answered(task, cost=usd)


def refused(task: Any, rejected: Rejected) -> Part:
    """Tell why a task is not taken."""
    return Part({"data": [], "errors": [rejected.entry(task)]}, rejected.status)


def _echo(task: Task) -> dict[str, Any]:
    return {"taskType": task["taskType"], "taskUUID": task["taskUUID"]}
