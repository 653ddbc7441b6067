"""Many questions at once, what each came to, and what they left behind."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from pathlib import Path

from pydantic_core import from_json

from tests.core.calling import Colour
from tests.load.asking import Asker, Over, Question, doors, questions
from tests.load.server import seen_by


@dataclass(frozen=True)
class Held:
    """What a process holds at a moment when its pools are closed.

    Attributes:
        files: open file descriptors, sockets included.
        threads: threads that run.
        tasks: tasks of the running loop, this one aside.
        connections: connections that the server sees open.
        blocks: pieces of memory that Python's objects have.
        memory: resident bytes; 0 where the system does not tell.
    """

    files: int
    threads: int
    tasks: int
    connections: int
    blocks: int
    memory: int


def held(server: str, tasks: int = 0) -> Held:
    """What is held now, after everything that nobody needs was collected."""
    for _ in range(3):
        gc.collect()
    end = time.monotonic() + 20
    # The server learns of a closed connection a moment later.
    while (connections := seen_by(server)["open"]) and time.monotonic() < end:
        time.sleep(0.02)
    return Held(
        files=open_files(),
        threads=threading.active_count(),
        tasks=tasks,
        connections=connections,
        blocks=sys.getallocatedblocks(),
        memory=_memory(),
    )


def open_files() -> int:
    """How many file descriptors are open."""
    return sum(1 for _ in FILES.iterdir())


def _memory() -> int:
    told = Path("/proc/self/statm")
    if not told.exists():
        return 0
    return int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


FILES = Path("/dev/fd")
"""Where a system shows them; not all of them do."""

MOST_MEMORY = 24_000_000
"""Bytes by which the resident memory may grow: allocators keep what was needed at the busiest
moment, and 20,000 answers that were not let go of would be more."""


def most_blocks(calls: int) -> int:
    """How many more pieces of memory there may be after a number of calls.

    What is compiled and cached on the way is some thousands, once; a call that left a single object
    behind would leave one each time.
    """
    return 4_000 + calls // 10


def fill_caches() -> None:
    """Fill what is not a call's to let go of: pydantic's reader of JSON keeps 16,384 strings."""
    from_json(json.dumps([f"cached {number}" for number in range(60_000)]))


@dataclass
class Soaked:
    """What many calls came to.

    Attributes:
        came_to: how often each kind of question came to each word.
        wrong: what may not be, in words.
        calls: how many there were.
        seconds: how long they took.
        before: what was held when a first part was through, and everything closed.
        after: the same at the end.
    """

    calls: int
    came_to: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    before: Held | None = None
    after: Held | None = None

    def note(self, question: Question, word: str) -> None:
        """Take the result of a question."""
        self.came_to[question.kind, word] += 1
        if word not in question.may_be:
            self.wrong.append(f"{question}: {word}, not {' or '.join(sorted(question.may_be))}")

    def kept(self) -> dict[str, int]:
        """What is held beyond what was, and beyond its bound: nothing, as it should be."""
        assert self.before is not None
        assert self.after is not None
        bounds = {"blocks": most_blocks(self.calls), "memory": MOST_MEMORY}
        grown = {
            one.name: getattr(self.after, one.name) - getattr(self.before, one.name)
            for one in fields(Held)
        }
        return {name: more for name, more in grown.items() if more > bounds.get(name, 0)}


def soak(
    server: str,
    colour: Colour,
    over: Over,
    *,
    calls: int,
    at_once: int,
    warm: int,
    faulty: float = 0.1,
) -> Soaked:
    """Ask so many questions, so many at once, after `warm` of them that do not count."""
    fill_caches()
    asker, soaked = Asker(server, over), Soaked(calls)
    first = questions(warm, calls, faulty=faulty, over=over)
    rest = questions(calls, faulty=faulty, over=over)
    if colour == "async":
        asyncio.run(_asoak(server, asker, soaked, first, rest, at_once))
        return soaked
    _ask_all(asker, Soaked(warm), first, at_once)
    asker.close()
    soaked.before = held(server)
    begun = time.perf_counter()
    _ask_all(asker, soaked, rest, at_once)
    soaked.seconds = time.perf_counter() - begun
    asker.close()
    soaked.after = held(server)
    return soaked


def _ask_all(asker: Asker, soaked: Soaked, asked: Iterator[Question], at_once: int) -> None:
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                question = next(asked, None)
            if question is None:
                return
            word = asker.ask(question)
            with lock:
                soaked.note(question, word)

    with ThreadPoolExecutor(at_once) as threads:
        for job in [threads.submit(work) for _ in range(at_once)]:
            job.result()


async def _asoak(
    server: str,
    asker: Asker,
    soaked: Soaked,
    first: Iterator[Question],
    rest: Iterator[Question],
    at_once: int,
) -> None:
    await _aask_all(asker, Soaked(0), first, at_once)
    soaked.before = await _aheld(server, asker)
    begun = time.perf_counter()
    await _aask_all(asker, soaked, rest, at_once)
    soaked.seconds = time.perf_counter() - begun
    soaked.after = await _aheld(server, asker)


async def _aask_all(asker: Asker, soaked: Soaked, asked: Iterator[Question], at_once: int) -> None:
    async def work() -> None:
        for question in asked:
            soaked.note(question, await asker.aask(question))

    await asyncio.gather(*(work() for _ in range(at_once)))


async def _aheld(server: str, asker: Asker) -> Held:
    await settled()
    await asker.aclose()
    return held(server, await settled())


async def settled() -> int:
    """How many other tasks go on, once those that are about to end have had the time."""
    end = time.monotonic() + 20
    while True:
        await asyncio.sleep(0.05)  # the loop closes a stream that was left some turns later
        tasks = len(asyncio.all_tasks()) - 1
        if not tasks or time.monotonic() > end:
            return tasks


# --- streams that are left after their first event ------------------------------------------------


def abandon(server: str, colour: Colour, over: Over, *, streams: int, warm: int) -> Soaked:
    """Leave so many streams after their first event, one after the other and without a word."""
    fill_caches()
    asker, soaked = Asker(server, over), Soaked(streams)
    if colour == "async":
        asyncio.run(_aabandon(server, asker, soaked, streams, warm))
        return soaked
    for question in _endless(streams, warm):
        _leave(asker, question)
    asker.close()
    soaked.before = held(server)
    begun = time.perf_counter()
    for question in _endless(0, streams):
        soaked.note(question, _leave(asker, question))
    soaked.seconds = time.perf_counter() - begun
    asker.close()
    soaked.after = held(server)
    return soaked


def _endless(first: int, most: int) -> Iterator[Question]:
    """Questions through all doors whose answers do not end."""
    found = doors()
    for number in range(first, first + most):
        yield Question(number, "endless", stream=True, door=found[number % len(found)])


def _leave(asker: Asker, question: Question) -> str:
    way = asker.way(question)
    for event in way.events(question.text):
        if way.text_of(event):
            return "left"
    return "ended"


async def _aabandon(server: str, asker: Asker, soaked: Soaked, streams: int, warm: int) -> None:
    for question in _endless(streams, warm):
        await _aleave(asker, question)
    soaked.before = await _aheld(server, asker)
    begun = time.perf_counter()
    for question in _endless(0, streams):
        soaked.note(question, await _aleave(asker, question))
    soaked.seconds = time.perf_counter() - begun
    soaked.after = await _aheld(server, asker)


async def _aleave(asker: Asker, question: Question) -> str:
    way = asker.way(question)
    async for event in await way.aevents(question.text):
        if way.text_of(event):
            return "left"
    return "ended"
