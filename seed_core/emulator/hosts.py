"""Which hosts are emulated, and what a host is to the server.

To add a host: a module or folder with a class like `Host` below, and its name in `HOSTS`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from starlette.routing import Route

from seed_core.emulator.ark import byteplus, volcengine
from seed_core.emulator.empiriolabs import EmpirioLabs
from seed_core.emulator.modelslab import ModelsLab
from seed_core.emulator.openrouter import OpenRouter
from seed_core.emulator.scripts import Answer, Fault, Item, Raw

__all__ = ["HOSTS", "Host", "Scripts"]


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


HOSTS: tuple[Callable[[Callable[[], Item | None], Sequence[str]], Host], ...] = (
    OpenRouter,
    EmpirioLabs,
    ModelsLab,
    byteplus,
    volcengine,
)
"""Each is called with what gives the next scripted reply, and with model ids to serve."""


class Scripts:
    """The scripted replies of one host, taken one by one by its inference requests."""

    def __init__(self) -> None:
        """Start empty."""
        self._items: deque[Item] = deque()

    def add(self, items: Sequence[Item]) -> None:
        """Queue some replies."""
        for item in items:
            if not isinstance(item, Answer | Raw | Fault):
                message = f"cannot script {item!r}: use Answer, Raw or Fault"
                raise TypeError(message)
        self._items.extend(items)

    def take(self) -> Item | None:
        """Give the next reply, None if none is left."""
        try:
            return self._items.popleft()
        except IndexError:
            return None

    def clear(self) -> None:
        """Forget them."""
        self._items.clear()
