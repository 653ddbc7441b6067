"""Cancel a task at one of its waits, and no other: each wait in turn, until all have been seen."""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from typing import Any, Literal, TypeAlias

When: TypeAlias = Literal["waiting", "arriving"]
"""Cancelled while it waits; or just when what it waits for is there, and is lost with it."""
WHENS: tuple[When, ...] = ("waiting", "arriving")


@types.coroutine
def _cut(
    work: Coroutine[Any, Any, Any], at: int, when: When
) -> Generator[Any, Any, Literal["done"]]:
    """Await something; cancel the running task at its wait number `at`, from 1."""
    task = asyncio.current_task()
    assert task is not None
    seen = 0
    step: Callable[[], Any] = lambda: work.send(None)  # noqa: E731 - it is replaced below
    while True:
        try:
            waited = step()
        except StopIteration:
            return "done"
        seen += 1
        if seen == at:
            if when == "arriving" and isinstance(waited, asyncio.Future):
                # It is told before the task is, which then is woken to find itself cancelled.
                waited.add_done_callback(lambda _: task.cancel())
            else:
                task.cancel()
        try:
            got = yield waited
        except BaseException as error:  # noqa: BLE001 - it belongs to the work
            step = _throwing(work, error)
        else:
            step = _sending(work, got)


def _throwing(work: Coroutine[Any, Any, Any], error: BaseException) -> Callable[[], Any]:
    return lambda: work.throw(error)


def _sending(work: Coroutine[Any, Any, Any], got: Any) -> Callable[[], Any]:
    return lambda: work.send(got)


async def at_each_wait(work: Callable[[], Awaitable[Any]], when: When) -> AsyncIterator[int]:
    """Do something again and again, cancelled at its first wait, its second, and so on.

    Yields the number of the wait each time it has been cancelled there, until it gets to its end.
    """
    at = 0
    while True:
        at += 1
        # No task of its own: a task that ended by the cancellation is what is looked for.
        try:
            done = await asyncio.create_task(_working(work, at, when))
        except asyncio.CancelledError:
            done = "cancelled"
        yield at
        if done == "done":
            return


async def _working(work: Callable[[], Awaitable[Any]], at: int, when: When) -> str:
    async def working() -> None:
        await work()

    return await _cut(working(), at, when)
