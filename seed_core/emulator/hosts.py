"""Which hosts are emulated, and what a host is to the server.

To add a host: a module or folder with a class like `Host` below, and its name in `HOSTS`; or like
`Platform`, and its name in `PLATFORMS`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from starlette.routing import Route

from seed_core.emulator.ark import byteplus, volcengine
from seed_core.emulator.charges import Charge
from seed_core.emulator.empiriolabs import EmpirioLabs
from seed_core.emulator.fal import Fal
from seed_core.emulator.modelslab import ModelsLab
from seed_core.emulator.openrouter import OpenRouter
from seed_core.emulator.runware import Runware
from seed_core.emulator.scripts import Answer, Fault, Item, Job, Raw, Scripted
from seed_core.emulator.seen import StoredFile

__all__ = ["HOSTS", "PLATFORMS", "Host", "Platform", "Scripts", "Studio", "scripted_hosts"]

Taken = TypeVar("Taken")


class Host(Protocol):
    """One emulated host."""

    @property
    def name(self) -> str:
        """The name in `Emulator.url(name)`, and the first part of every path."""

    @property
    def base(self) -> str:
        """The path of its API, below the name."""

    def routes(self) -> Sequence[Route]:
        """The addresses below the base. An endpoint finds its request in `scope["seen"]`."""

    def forget(self) -> None:
        """Forget what earlier requests left behind."""


@runtime_checkable
class Platform(Host, Protocol):
    """A host with several addresses, a queue of jobs, and a storage of files."""

    @property
    def addresses(self) -> Mapping[str, str]:
        """The paths of its APIs below the base, by name; the first is the default."""

    @property
    def stored_files(self) -> Sequence[StoredFile]:
        """The files that were uploaded, oldest first."""


@runtime_checkable
class Studio(Platform, Protocol):
    """A platform that charges for each job, and calls back when one is done."""

    @property
    def charges(self) -> Sequence[Charge]:
        """What the jobs cost, oldest first."""

    def webhook_bodies(self, job: str) -> list[dict[str, Any]]:
        """Give what a job's webhook would be called with."""


HOSTS: tuple[Callable[[Callable[[], Item | None], Sequence[str]], Host], ...] = (
    OpenRouter,
    EmpirioLabs,
    ModelsLab,
    byteplus,
    volcengine,
)
"""Each is called with what gives the next scripted reply, and with model ids to serve."""
PLATFORMS: tuple[Callable[[Callable[[], Scripted | None], Sequence[str]], Platform], ...] = (
    Fal,
    Runware,
)
"""The same; a scripted reply can also be a job."""


class Scripts(Generic[Taken]):
    """The scripted replies of one host, taken one by one by its inference requests."""

    def __init__(self, *kinds: type[Taken]) -> None:
        """Start empty; `kinds` are the types that this host can be told to answer."""
        self._kinds = kinds
        self._items: deque[Taken] = deque()

    def add(self, items: Sequence[object]) -> None:
        """Queue some replies."""
        taken: list[Taken] = []
        for item in items:
            if not isinstance(item, self._kinds):
                *most, last = [kind.__name__ for kind in self._kinds]
                message = f"cannot script {item!r}: use {', '.join(most)} or {last}"
                raise TypeError(message)
            taken.append(item)
        self._items.extend(taken)

    def take(self) -> Taken | None:
        """Give the next reply, None if none is left."""
        try:
            return self._items.popleft()
        except IndexError:
            return None

    def clear(self) -> None:
        """Forget them."""
        self._items.clear()


def scripted_hosts(models: Sequence[str]) -> list[tuple[Host, Scripts[Item] | Scripts[Scripted]]]:
    """Make every host, each with the scripted replies that it takes from."""
    made: list[tuple[Host, Scripts[Item] | Scripts[Scripted]]] = []
    for host in HOSTS:
        items: Scripts[Item] = Scripts(Answer, Raw, Fault)
        made.append((host(items.take, models), items))
    for platform in PLATFORMS:
        scripted: Scripts[Scripted] = Scripts(Answer, Raw, Fault, Job)
        made.append((platform(scripted.take, models), scripted))
    return made
