"""How many requests of one key ModelsLab works on at a time: five, and the next is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seed_core.emulator.delivery import Delivery

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

__all__ = ["Queue"]


@dataclass(frozen=True)
class _Held(Delivery):
    """A response that holds its place until it is delivered, or its client has gone."""

    leave: Callable[[], None] = lambda: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, then give up the place."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.leave()


class Queue:
    """The places of every key.

    Example:
        >>> Queue(places=5).full("a key")
        False
    """

    def __init__(self, places: int) -> None:
        """Give each key some places."""
        self._places = places
        self._taken: Counter[str] = Counter()

    def full(self, key: str) -> bool:
        """Whether a key has no place left."""
        return self._taken[key] >= self._places

    def hold(self, key: str, delivery: Delivery) -> Delivery:
        """Take a place for as long as a response is under way."""
        self._taken[key] += 1
        return _Held(**vars(delivery), leave=lambda: self._leave(key))

    def _leave(self, key: str) -> None:
        self._taken[key] -= 1
