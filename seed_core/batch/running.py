"""The batch at work: rows in, a bounded number of them on their way, rows out as they come."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from seed_core.batch.checking import Check
from seed_core.batch.ledger import Doubt, Ledger
from seed_core.batch.plan import Plan
from seed_core.batch.results import Stopped, Summary, answered, failed, in_doubt
from seed_core.batch.rows import Row
from seed_core.batch.sources import Source, check_names, entries, entries_in_turn, is_once, one_name
from seed_core.errors import (
    AuthenticationError,
    BudgetExceededError,
    ConfigurationError,
    InsufficientCreditError,
    SeedError,
)
from seed_core.settings import Settings

T = TypeVar("T")
OnProgress: TypeAlias = Callable[[Summary], None]

_log = logging.getLogger("seed_core")
_SYNC_EVERY = 1.0
"""Seconds: what a failure of the whole machine may cost. Syncing after each row would wait for the
disk more often than for the host."""


def run(
    settings: Settings,
    source: Source,
    output: str | os.PathLike[str],
    plan: Plan | None = None,
    *,
    on_progress: OnProgress | None = None,
) -> Summary:
    """Ask every row that is not yet in the output, and write one row for each as it is answered.

    Run it again to go on where it ended, however it ended: no row of the output is asked again.

    Args:
        settings: whom to ask and how; a `ChatSeed` or a `SeedLLM` is one, too.
        source: a file of JSON lines, "-" for the standard input, or the rows as mappings.
        output: the file of JSON lines that the answers are added to.
        plan: how many at once, what to do about failures, how much to spend.
        on_progress: called with a `Summary` at the start and after each row.

    Returns:
        What it came to. Rows that failed are in the output, and are no exception here.

    Raises:
        ConfigurationError: a row cannot be read, the input is not the one that the output was
            begun with, or another process writes the output.
        AuthenticationError: the key is wrong. The rows that were told so are sent again next time.
        InsufficientCreditError: the credit is used up, likewise.
        BudgetExceededError: a `Spending` around this is used up, likewise.
        OSError: a file cannot be read or written.

    Example:
        >>> run(ChatSeed(), "in.jsonl", "out.jsonl", Plan(concurrency=16)).failed  # doctest: +SKIP
        0
    """
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        raise ConfigurationError("a loop runs here, as in a notebook: await arun(...) instead")
    return asyncio.run(arun(settings, source, output, plan, on_progress=on_progress))


async def arun(
    settings: Settings,
    source: Source,
    output: str | os.PathLike[str],
    plan: Plan | None = None,
    *,
    on_progress: OnProgress | None = None,
    stopping: asyncio.Event | None = None,
) -> Summary:
    """The same on a running loop. See `run`.

    Setting `stopping` ends it when the rows on their way are answered. Cancelling it leaves them:
    the next run finds them in doubt.
    """
    work = _Batch(settings, source, plan or Plan(), on_progress)
    return await work.run(one_name(output), stopping or asyncio.Event())


class _Batch:
    """One run."""

    def __init__(
        self, settings: Settings, source: Source, plan: Plan, on_progress: OnProgress | None
    ) -> None:
        """Nothing is opened yet."""
        if not isinstance(settings, Settings):
            # LangChain's bindings would pass for the model, and what was bound be lost.
            msg = "a batch takes a ChatSeed, a SeedLLM or Settings, and tools with the rows; not a "
            raise ConfigurationError(f"{msg}{type(settings).__name__}")
        self._settings = settings
        self._source = source
        self._plan = plan
        self._tell = on_progress or (lambda _: None)
        self._client = settings.async_client()
        self._asking: set[asyncio.Task[None]] = set()
        self._halt = asyncio.Event()
        self._freed = asyncio.Event()
        self._error: BaseException | None = None
        self._run = Summary()  # what the tally of the output does not know
        self._streak = 0
        self._next_start = 0.0
        self._ledger: Ledger
        self._check: Check

    async def run(self, output: Path, stopping: asyncio.Event) -> Summary:
        """All of it."""
        check_names(self._source, output)
        self._ledger = Ledger(output)
        watching = asyncio.create_task(self._watch(stopping))
        refused = False
        try:
            return await self._work()
        except SeedError:
            refused = True
            raise
        finally:
            watching.cancel()
            self._ledger.close(refused=refused)

    async def _work(self) -> Summary:
        """What there is to do while the output is locked."""
        ledger = self._ledger
        doubts = await self._in_thread(ledger.read)
        names = tuple(doubt.index if doubt.id is None else doubt.id for doubt in doubts)
        self._run = replace(self._run, in_doubt=names)
        self._check = Check(ledger)
        if not is_once(self._source):
            total = await self._in_thread(self._survey)
            self._run = replace(self._run, total=total)
        if not self._halt.is_set():
            await self._prepare(doubts)
        self._tell(self.summary())
        await self._ask_all()
        if self._error is not None:
            raise self._error
        return self.summary()

    async def _prepare(self, doubts: Sequence[Doubt]) -> None:
        """Do what the plan says about rows of earlier runs."""
        if self._plan.retry_failed:
            await self._in_thread(self._ledger.forget_failed)
        if self._plan.in_doubt == "skip":
            for doubt in doubts:
                row = in_doubt(doubt.index, doubt.id, doubt.digest)
                self._ledger.record(row, answers=False)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Let a thread do what takes long. It is waited for whatever happens: it has the files."""
        task = asyncio.create_task(asyncio.to_thread(work))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._halt.set()
            while not task.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait({task})
            raise

    def summary(self) -> Summary:
        """What it has come to so far."""
        tally = self._ledger.tally
        return replace(
            self._run,
            answered=tally.answered,
            failed=tally.failed,
            finish_reasons=dict(tally.finish_reasons),
            spent=tally.spent,
        )

    def _survey(self) -> int | None:
        """Read all rows before anything is paid for; how many there are, unless it is stopped."""
        count = 0
        for entry in entries(self._source):
            if self._halt.is_set():
                return None
            self._check.row(entry.read(self._settings))
            count += 1
        self._check.end(count)
        return count

    async def _watch(self, stopping: asyncio.Event) -> None:
        """Stop when asked to."""
        await stopping.wait()
        self._stop("asked")

    def _stop(self, why: Stopped) -> None:
        """Begin no more rows."""
        if not self._halt.is_set():
            self._run = replace(self._run, stopped=why)
            self._halt.set()

    def _end(self, error: BaseException) -> None:
        """Begin no more rows, and raise this in the end."""
        self._error = self._error or error
        self._halt.set()

    async def _ask_all(self) -> None:
        """Begin rows until there are no more, and wait for those on their way."""
        feeding = asyncio.create_task(self._feed())
        halted = asyncio.create_task(self._halt.wait())
        syncing = asyncio.create_task(self._sync())
        others = {feeding, halted, syncing}
        try:
            await asyncio.wait({feeding, halted}, return_when=asyncio.FIRST_COMPLETED)
            feeding.cancel()
            await asyncio.wait({feeding})
            if not feeding.cancelled() and (error := feeding.exception()) is not None:
                self._end(error)
            while self._asking:
                await asyncio.wait(self._asking)
        finally:
            for task in (*others, *self._asking):
                task.cancel()
            await asyncio.gather(*others, *self._asking, return_exceptions=True)

    async def _feed(self) -> None:
        """Begin one row after the other, as there is room."""
        once = is_once(self._source)
        count = 0
        async with aclosing(entries_in_turn(self._source)) as coming:
            async for entry in coming:
                count = entry.index + 1
                if not once and entry.index in self._ledger:
                    continue
                row = entry.read(self._settings)
                if once:
                    self._check.row(row)
                if row.index not in self._ledger:
                    await self._room()
                    if self._halt.is_set():
                        return
                    self._begin(row)
        if once:
            self._check.end(count)
            self._run = replace(self._run, total=count)

    def _begin(self, row: Row) -> None:
        """Begin one row."""
        self._ledger.begin(row.index, row.id, row.digest)
        self._run = replace(self._run, sent=self._run.sent + 1)
        if self._plan.per_minute is not None:
            self._next_start = asyncio.get_running_loop().time() + 60 / self._plan.per_minute
        task = asyncio.create_task(self._ask(row))
        self._asking.add(task)
        task.add_done_callback(self._asked)

    async def _room(self) -> None:
        """Wait until one more row may be begun, if any may."""
        loop = asyncio.get_running_loop()
        while not self._halt.is_set():
            if len(self._asking) >= self._plan.concurrency or self._spent():
                if not self._asking:
                    self._stop("max_usd")
                    return
                self._freed.clear()
                await self._freed.wait()
            elif (pause := self._next_start - loop.time()) > 0:
                await asyncio.sleep(pause)
            else:
                return

    def _spent(self) -> bool:
        """Whether one more row may cost more than there is, as far as can be told."""
        limit, tally = self._plan.max_usd, self._ledger.tally
        if limit is None:
            return False
        usd = tally.spent.total_usd
        return usd >= limit or usd + (len(self._asking) + 1) * tally.dearest > limit

    async def _ask(self, row: Row) -> None:
        """Ask one row, and write down what becomes of it."""
        try:
            reply = await self._client.call(row.prompt)
        except (AuthenticationError, InsufficientCreditError, BudgetExceededError) as error:
            # Not the row's fault, and every other row would be told the same.
            self._ledger.release(row.index)
            self._run = replace(self._run, sent=self._run.sent - 1)
            self._end(error)
            return
        except SeedError as error:
            self._ledger.record(failed(row, error))
            self._streak += 1
            if self._streak == self._plan.give_up_after:
                _log.warning("the last %d rows have all failed; no more are sent", self._streak)
                self._stop("failures")
        else:
            self._ledger.record(answered(row, reply))
            self._streak = 0
            if self._plan.max_usd is not None and self._ledger.tally.spent.unknown_cost:
                msg = "max_usd cannot be kept: an answer came without a cost, and no price is known"
                self._end(ConfigurationError(msg))
        self._tell(self.summary())

    def _asked(self, task: asyncio.Task[None]) -> None:
        """One is done."""
        self._asking.discard(task)
        self._freed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._end(error)

    async def _sync(self) -> None:
        """Bring what was written to the disk now and then."""
        while True:
            await asyncio.sleep(_SYNC_EVERY)
            await self._in_thread(self._ledger.sync)
