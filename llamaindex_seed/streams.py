"""A stream of events as an async stream of something else."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Any, TypeVar

from seed_core.events import Event

T = TypeVar("T")


class AsyncMapped(AsyncGenerator[T, None]):
    """What each event of a stream becomes: nothing, one thing or several.

    LlamaIndex wraps what it gets into an async generator. One of Python's own in between would be
    closed twice at once when a loop shuts down in the middle of a stream, which Python reports as
    an error. This object has their methods, and closing it closes the stream itself.

    Args:
        events: the stream.
        read: what an event becomes.
    """

    def __init__(
        self, events: AsyncGenerator[Event, None], read: Callable[[Event], Iterable[T]]
    ) -> None:
        """Nothing is read yet."""
        self._events = events
        self._read = read
        self._ready: deque[T] = deque()

    async def asend(self, value: None) -> T:
        """The next one."""
        while not self._ready:
            self._ready.extend(self._read(await anext(self._events)))
        return self._ready.popleft()

    async def athrow(self, *error: Any) -> T:
        """Fail where the stream stands."""
        self._ready.clear()
        await self._events.athrow(*error)
        return await self.asend(None)

    async def aclose(self) -> None:
        """Let go of the connection."""
        self._ready.clear()
        await self._events.aclose()
