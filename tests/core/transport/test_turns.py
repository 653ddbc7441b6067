"""The cap on connections: who comes too many waits, and every way out of a request makes room."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from seed_core import loops, sockets
from seed_core.body import Body
from seed_core.errors import APIConnectionError, APITimeoutError, ConfigurationError, MediaError
from seed_core.flow import Request
from seed_core.pools import AsyncPool
from seed_core.sockets import Connection
from seed_core.timeouts import Deadline, Timeout
from seed_core.types import File
from tests.core.calling import Colour, eventually
from tests.core.transport.callers import PATIENT, Caller, asking
from tests.core.transport.scripted import Line, Scripted, always, full_queue, plain

LARGE = b"x" * 20_000_000
"""More than both sides' buffers hold."""


def capped(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let only so many connections be in use."""
    monkeypatch.setattr(sockets, "most_connections", lambda: most)
    monkeypatch.setattr(loops, "most_connections", lambda: most)


@pytest.fixture
def narrow(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    """A transport with a single turn: one that is not given back stops the next request."""
    capped(monkeypatch, 1)
    with Caller(colour) as caller:
        yield caller


def has_room(caller: Caller) -> bool:
    """Whether a request can be sent, so that all turns have been given back."""
    with Scripted(always(plain())) as server:
        got = caller.ask(asking(server.url), Timeout(pool=5, total=20))
    return (got.body, got.error) == (b"fine", None)


def silent(line: Line) -> None:
    """Take a request and say nothing, until the client goes."""
    line.request()
    line.gone()


def deaf(line: Line) -> None:
    """Not even take it."""
    while not line.server.stopped.wait(0.02):
        pass


def half(line: Line) -> None:
    """Answer with the beginning of a body."""
    line.request()
    line.send(plain(b"x" * 100)[:-50])
    line.gone()


# --- waiting for a turn ---------------------------------------------------------------------------


def test_who_comes_too_many_waits_for_a_turn(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    capped(monkeypatch, 3)
    free = threading.Event()
    arrived = threading.Semaphore(0)

    def serve(line: Line) -> None:
        while line.request() is not None:
            arrived.release()
            free.wait(20)
            line.send(plain())

    with ExitStack() as stack:
        caller = stack.enter_context(Caller(colour))
        server = stack.enter_context(Scripted(serve))
        stack.callback(free.set)
        asked = all_at_once(caller, [server.url] * 4, stack)
        for _ in range(3):
            assert arrived.acquire(timeout=20)
        assert not arrived.acquire(timeout=0.1)
        free.set()
        assert asked() == [b"fine"] * 4
        assert len(server.lines) == 3


def all_at_once(
    caller: Caller, urls: list[str], stack: ExitStack, timeout: Timeout = PATIENT
) -> Callable[[], list[bytes]]:
    """Begin a request to each address; the result waits for them and has their bodies."""
    threads = stack.enter_context(ThreadPoolExecutor(len(urls)))
    if caller.loop is None:
        jobs = [threads.submit(caller.ask, asking(url), timeout) for url in urls]
        return lambda: [job.result(30).body for job in jobs]

    async def gather() -> list[bytes]:
        got = await asyncio.gather(*(caller.aask(asking(url), timeout) for url in urls))
        return [one.body for one in got]

    job = threads.submit(caller.run, gather)
    return lambda: job.result(30)


def test_waiting_for_a_turn_has_a_limit_of_its_own(narrow: Caller) -> None:
    with Scripted(silent) as server, narrow.holding(asking(server.url)):
        got = narrow.ask(asking(server.url), Timeout(pool=0.05))
        assert type(got.error) is APITimeoutError
        assert (got.error.phase, got.error.reached, got.error.retryable) == ("pool", False, True)
        got = narrow.ask(asking(server.url), Timeout(pool=None, total=0.05))
        assert type(got.error) is APITimeoutError
        assert (got.error.phase, got.error.retryable) == ("total", False)
    assert has_room(narrow)


def test_a_call_whose_time_is_up_sends_nothing(own: Caller) -> None:
    with Scripted(always(plain())) as server:
        error = own.ask(asking(server.url), Timeout(total=1e-9)).error
        assert type(error) is APITimeoutError
        assert (error.phase, error.reached) == ("total", False)
        assert server.lines == []


def test_two_hundred_callers_through_twenty_turns_get_their_own_answers(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    capped(monkeypatch, 20)

    def serve(line: Line) -> None:
        while (seen := line.request()) is not None:
            line.send(plain(seen.start.split()[1].encode()))

    with ExitStack() as stack:
        caller = stack.enter_context(Caller(colour))
        server = stack.enter_context(Scripted(serve))
        urls = [f"{server.url}/{number}" for number in range(200 if colour == "sync" else 300)]
        bodies = all_at_once(caller, urls, stack)()
        assert bodies == [f"/v1/ask/{number}".encode() for number in range(len(urls))]
        assert len(server.lines) <= 20


# --- giving it back -------------------------------------------------------------------------------


def test_a_request_that_cannot_be_sent_takes_no_turn(narrow: Caller) -> None:
    with Scripted(always(plain())) as server:
        bad = asking(server.url, authorization="a\nb")
        assert type(narrow.ask(bad).error) is ConfigurationError
    assert has_room(narrow)


def test_a_refused_connection_gives_its_turn_back(narrow: Caller) -> None:
    with Scripted(silent) as server:
        url = server.url
    assert type(narrow.ask(asking(url)).error) is APIConnectionError
    assert has_room(narrow)


def test_a_file_that_is_gone_gives_its_turn_back_and_drops_the_connection(narrow: Caller) -> None:
    gone = File("/nowhere/film.mp4", 10, 0)
    with Scripted(silent) as server:
        request = Request("POST", server.url, {}, Body((b"{", gone)))
        assert type(narrow.ask(request).error) is MediaError
    assert has_room(narrow)


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("serve", [silent, half])
def test_a_timeout_gives_its_turn_back(
    narrow: Caller, serve: Callable[[Line], None], streaming: bool
) -> None:
    limits = Timeout(read=0.2, idle=0.2, first_token=0.2)
    with Scripted(serve) as server:
        error = narrow.ask(asking(server.url), limits, streaming=streaming).error
    assert type(error) is APITimeoutError
    assert error.phase == ("first_token" if streaming else "read")
    assert error.reached
    assert has_room(narrow)


def test_a_connection_that_does_not_come_about_gives_its_turn_back(narrow: Caller) -> None:
    with full_queue() as url:
        error = narrow.ask(asking(url), Timeout(connect=0.2)).error
    assert type(error) is APITimeoutError
    assert (error.phase, error.reached, error.retryable) == ("connect", False, True)
    assert has_room(narrow)


def test_a_host_that_never_reads_ends_by_the_limit_for_writing(narrow: Caller) -> None:
    with Scripted(deaf) as server:
        error = narrow.ask(asking(server.url, LARGE), Timeout(write=0.2)).error
    assert type(error) is APITimeoutError
    assert (error.phase, error.retryable) == ("write", False)
    assert has_room(narrow)


def test_a_host_that_answers_and_reads_no_further_has_answered(narrow: Caller) -> None:
    def serve(line: Line) -> None:
        line.head()
        line.send(plain(b"too large", status=413))
        deaf(line)

    with Scripted(serve) as server:
        got = narrow.ask(asking(server.url, LARGE), Timeout(write=0.2))
        assert (got.status, got.body, got.error) == (413, b"too large", None)
        assert has_room(narrow)
        # The rest of the request never left, so nothing else may go out behind it.
        got = narrow.ask(asking(server.url), Timeout(read=15))
        assert (got.status, len(server.lines)) == (413, 2)


def test_a_drip_that_never_gets_to_a_chunk_ends_by_the_total(narrow: Caller) -> None:
    def serve(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while not line.server.stopped.wait(0.02):
            line.send(b"0")

    with Scripted(serve) as server:
        error = narrow.ask(asking(server.url), Timeout(total=0.4, read=10)).error
    assert type(error) is APITimeoutError
    assert error.phase == "total"
    assert has_room(narrow)


def test_a_head_that_drips_ends_by_the_total(narrow: Caller) -> None:
    def serve(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\nx-slow: ")
        while not line.server.stopped.wait(0.02):
            line.send(b"x")

    with Scripted(serve) as server:
        error = narrow.ask(asking(server.url), Timeout(total=0.4, read=10)).error
    assert type(error) is APITimeoutError
    assert error.phase == "total"
    assert has_room(narrow)


# --- leaving in the middle ------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["turn", "connect", "write", "head", "body"])
def test_a_cancelled_task_leaves_neither_its_turn_nor_a_socket(
    phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    capped(monkeypatch, 1)
    serve = {"write": deaf, "body": half}.get(phase, silent)
    with ExitStack() as stack:
        caller = stack.enter_context(Caller("async"))
        server = stack.enter_context(Scripted(serve))
        url = stack.enter_context(full_queue()) if phase == "connect" else server.url
        if phase == "turn":
            stack.enter_context(caller.holding(asking(url)))

        async def cancel() -> None:
            request = asking(url, LARGE if phase == "write" else b"{}")
            task = asyncio.create_task(caller.aask(request))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0)

        caller.run(cancel)
        if phase == "turn":
            return
        assert has_room(caller)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            gc.collect()


def test_a_waiter_that_is_cancelled_does_not_take_the_turn_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capped(monkeypatch, 1)
    with Caller("async") as caller, Scripted(always(plain())) as server:

        async def crowd() -> list[bytes]:
            tasks = [asyncio.create_task(caller.aask(asking(server.url))) for _ in range(40)]
            await asyncio.sleep(0)
            for task in tasks[1::2]:
                task.cancel()
            done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)
            return [one.body for one in done if not isinstance(one, BaseException)]

        assert caller.run(crowd) == [b"fine"] * 20
        assert has_room(caller)


@pytest.mark.parametrize("phase", ["connect", "head", "body"])
def test_ctrl_c_while_it_waits_leaves_neither_its_turn_nor_a_socket(
    phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    capped(monkeypatch, 1)
    waits = {"connect": "send", "head": "receive", "body": "receive"}[phase]
    real = getattr(Connection, waits)
    calls = 0

    def interrupted(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == (2 if phase == "body" else 1):
            raise KeyboardInterrupt
        return real(*arguments, **named)

    with Caller("sync") as caller, Scripted(half) as server:
        with monkeypatch.context() as patch:
            patch.setattr(Connection, waits, interrupted)
            with pytest.raises(KeyboardInterrupt):
                caller.ask(asking(server.url))
        assert has_room(caller)
        gc.collect()  # a socket that was left would warn now


# --- loops ----------------------------------------------------------------------------------------


def test_three_loops_in_a_row_each_open_and_close_their_own() -> None:
    gone: list[bool] = []

    def serve(line: Line) -> None:
        line.request()
        line.send(plain())
        gone.append(line.gone())

    async def ask(url: str) -> int:
        pool = AsyncPool()
        deadline = Deadline.start(PATIENT)
        opening = await pool.open(asking(url), deadline, streaming=False)
        while await opening.read(deadline, streaming=False) is not None:
            pass
        await opening.close()
        await pool.close()
        return opening.status

    with Scripted(serve) as server:
        assert [asyncio.run(ask(server.url)) for _ in range(3)] == [200] * 3
        assert eventually(lambda: gone == [True] * 3, 10)
    gc.collect()
