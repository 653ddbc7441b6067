"""One request at a time over one of the transports, in either colour, said once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

from typing_extensions import Self

from seed_core.body import Body
from seed_core.errors import SeedError
from seed_core.flow import Request
from seed_core.pools import AsyncPool, Pool
from seed_core.timeouts import Deadline, Timeout
from tests.core.calling import Colour

T = TypeVar("T")
Over: TypeAlias = Literal["own", "httpx"]
OVERS: tuple[Over, ...] = ("own", "httpx")

PATIENT = Timeout(connect=15, read=15, write=15, pool=15, first_token=15, idle=15)
"""More than any step of a test takes on a busy machine, and less than a hang."""


def asking(url: str, body: bytes = b"{}", **headers: str) -> Request:
    """A request with a small body; `_` in the name of a header is a hyphen."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", url, said, Body((body,) if body else ()), provider="host")


@dataclass
class Got:
    """What a request came to."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: SeedError | None = None

    def failure(self) -> tuple[object, ...]:
        """What decides what happens after an error: its class and whether to try again."""
        error = self.error
        return type(error), error and error.retryable, getattr(error, "reached", None)


class Caller:
    """A pool of its own, in one colour, and the loop that it lives on.

    Attributes:
        until: where the answer is complete though its body has not ended: then it is drained.
    """

    def __init__(self, colour: Colour, over: Over = "own", *, until: bytes | None = None) -> None:
        """Open nothing yet."""
        self._over = over
        self.until = until
        self.loop = asyncio.new_event_loop() if colour == "async" else None
        self._pool = Pool()
        self._apool = AsyncPool()

    def __enter__(self) -> Self:
        return self

    def close_now(self) -> None:
        """Close the pool, which can still be used afterwards."""
        self._pool.close()
        if self.loop is not None:
            self.loop.run_until_complete(self._apool.close())

    def __exit__(self, *_: object) -> None:
        self.close_now()
        if self.loop is not None:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()

    def ask(self, request: Request, timeout: Timeout = PATIENT, *, streaming: bool = False) -> Got:
        """Send and read to the end, or to `until`."""
        if self.loop is not None:
            return self.loop.run_until_complete(self.aask(request, timeout, streaming=streaming))
        got = Got()
        deadline = _begin(timeout, streaming=streaming)
        try:
            transport = self._pool if self._over == "own" else self._pool.over_httpx()
            opening = transport.open(request, deadline, streaming=streaming)
            got.status, got.headers = opening.status, dict(opening.headers)
            try:
                while (block := opening.read(deadline, streaming=streaming)) is not None:
                    got.body += block
                    if self._complete(got):
                        opening.drain()
                        break
            finally:
                opening.close()
        except SeedError as error:
            got.error = error
        return got

    async def aask(
        self, request: Request, timeout: Timeout = PATIENT, *, streaming: bool = False
    ) -> Got:
        """The same on a loop."""
        got = Got()
        deadline = _begin(timeout, streaming=streaming)
        try:
            transport = self._apool if self._over == "own" else self._apool.over_httpx()
            opening = await transport.open(request, deadline, streaming=streaming)
            got.status, got.headers = opening.status, dict(opening.headers)
            try:
                while (block := await opening.read(deadline, streaming=streaming)) is not None:
                    got.body += block
                    if self._complete(got):
                        await opening.drain()
                        break
            finally:
                await opening.close()
        except SeedError as error:
            got.error = error
        return got

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run something on the caller's loop."""
        assert self.loop is not None

        async def running() -> T:
            return await work()

        return self.loop.run_until_complete(running())

    @contextmanager
    def holding(self, request: Request) -> Iterator[None]:
        """Hold a connection that answers nothing, until the end of the block."""
        assert self._over == "own"
        if self.loop is not None:
            task = self.loop.create_task(self.aask(request))
            self.loop.run_until_complete(asyncio.sleep(0.05))
            yield
            task.cancel()
            with suppress(asyncio.CancelledError):
                self.loop.run_until_complete(task)
            return
        limits = Timeout(read=1.0)
        with ThreadPoolExecutor(1) as threads:
            job = threads.submit(self.ask, request, limits)
            time.sleep(0.05)
            yield
            job.result(20)

    def _complete(self, got: Got) -> bool:
        return self.until is not None and got.body.endswith(self.until)


def _begin(timeout: Timeout, *, streaming: bool) -> Deadline:
    deadline = Deadline.start(timeout)
    deadline.begin(streaming=streaming)
    return deadline
