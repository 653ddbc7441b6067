"""Which connections carry another request: those whose answer is known to have ended, no others."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable

import pytest

from seed_core import exchanges
from seed_core.errors import APIConnectionError
from seed_core.exchanges import Idle
from seed_core.pools import AsyncPool
from seed_core.timeouts import Deadline
from tests.core.calling import Colour, eventually
from tests.core.transport.callers import PATIENT, Caller, Got, asking
from tests.core.transport.scripted import (
    Line,
    Scripted,
    Serve,
    always,
    chunked,
    once,
    plain,
)

DONE = b"data: [DONE]\n\n"
HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
LAST = b"%x\r\n%b\r\n" % (len(DONE), DONE)


def twice(
    caller: Caller, serve: Serve, *, streaming: bool = False, gone: list[bool] | None = None
) -> tuple[list[Got], list[int]]:
    """Two requests, one after the other: what they came to, and on which connections.

    With `gone`, both connections have to be closed by the caller, which is what it collects.
    """
    with Scripted(serve) as server:
        got = [caller.ask(asking(server.url), streaming=streaming) for _ in range(2)]
        assert gone is None or eventually(lambda: gone == [True, True], 10)
        return got, [seen.line for seen in server.received]


@pytest.mark.parametrize(
    "answer",
    [
        plain(),
        plain(b""),
        plain(b"no", status=404),
        plain(b"", status=204),
        chunked(b"one", b"two"),
        chunked(b"one", end=b"0\r\nx-trailer: a\r\n\r\n"),
        plain(b"fine", "connection: keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + plain(),
    ],
)
def test_a_whole_answer_leaves_its_connection_to_the_next(own: Caller, answer: bytes) -> None:
    got, lines = twice(own, always(answer))
    assert [one.error for one in got] == [None, None]
    assert got[0].body == got[1].body
    assert lines == [0, 0]


@pytest.mark.parametrize(
    "answer",
    [
        plain(b"fine", "connection: close"),
        plain().replace(b"HTTP/1.1", b"HTTP/1.0"),
        plain() + b"more",
        plain() + plain(b"not asked for"),
        chunked(b"one") + b"\r\n",
        chunked(b"one").replace(b"transfer-encoding", b"content-length: 3\r\ntransfer-encoding"),
    ],
)
def test_an_answer_whose_end_is_in_doubt_does_not(own: Caller, answer: bytes) -> None:
    got, lines = twice(own, always(answer))
    assert [one.error for one in got] == [None, None]
    assert lines == [0, 1]


def test_a_body_that_ends_with_its_connection_takes_it_along(own: Caller) -> None:
    got, lines = twice(own, once(b"HTTP/1.1 200 OK\r\n\r\n", b"some", b"thing"))
    assert [one.body for one in got] == [b"something"] * 2
    assert lines == [0, 1]


def test_a_stream_that_is_complete_waits_for_the_end_of_its_body(colour: Colour) -> None:
    """The last chunk comes in a segment of its own, after the caller has all it wants."""

    def serve(line: Line) -> None:
        while line.request() is not None:
            line.send(HEAD + LAST, b"0\r\n\r\n", pause=0.02)

    with Caller(colour, until=DONE) as caller:
        got, lines = twice(caller, serve, streaming=True)
    assert [one.body for one in got] == [DONE, DONE]
    assert lines == [0, 0]


@pytest.mark.parametrize("later", [b"", b"5\r\nhello\r\n", b"zz\r\n"])
def test_a_stream_whose_body_never_ends_is_intact_and_its_connection_dropped(
    colour: Colour, later: bytes
) -> None:
    dropped: list[bool] = []

    def serve(line: Line) -> None:
        line.request()
        line.send(HEAD + LAST, later, pause=0.02)
        dropped.append(line.gone())

    with Caller(colour, until=DONE) as caller:
        got, lines = twice(caller, serve, streaming=True, gone=dropped)
    assert [one.body for one in got] == [DONE, DONE]
    assert [one.error for one in got] == [None, None]
    assert lines == [0, 1]


def test_a_stream_that_breaks_in_the_middle_takes_its_connection_along(own: Caller) -> None:
    def serve(line: Line) -> None:
        line.request()
        line.send(HEAD + b"3\r\none\r\n", b"oops\r\n", pause=0.02)
        assert line.gone()

    got, lines = twice(own, serve, streaming=True)
    assert [type(one.error) for one in got] == [APIConnectionError] * 2
    assert [one.body for one in got] == [b"one"] * 2
    assert lines == [0, 1]


def test_a_reader_that_takes_its_time_gets_all_the_same() -> None:
    """More than is kept for it arrives meanwhile: the host has to wait."""
    content = bytes(range(256)) * 20_000

    async def read_slowly(url: str) -> bytes:
        pool, deadline, body = AsyncPool(), Deadline.start(PATIENT), b""
        opening = await pool.open(asking(url), deadline, streaming=False)
        while (block := await opening.read(deadline, streaming=False)) is not None:
            body += block
            await asyncio.sleep(0.005)
        await opening.close()
        await pool.close()
        return body

    with Scripted(always(plain(content))) as server:
        assert asyncio.run(read_slowly(server.url)) == content


# --- while it waits -------------------------------------------------------------------------------


def closes_after(farewell: Callable[[Line], None]) -> tuple[Serve, threading.Event]:
    """Answers once, then says goodbye; the event is set when that has been done."""
    told = threading.Event()

    def serve(line: Line) -> None:
        line.request()
        line.send(plain())
        if line.number == 0:
            farewell(line)
            told.set()
        line.request()

    return serve, told


@pytest.mark.parametrize(
    "farewell",
    [Line.close, Line.reset, lambda line: line.send(plain(b"too slow", status=408))],
    ids=["closed", "reset", "said something unasked"],
)
def test_a_connection_that_ended_while_it_waited_is_replaced_unnoticed(
    own: Caller, farewell: Callable[[Line], None]
) -> None:
    serve, told = closes_after(farewell)
    with Scripted(serve) as server:
        assert own.ask(asking(server.url)).body == b"fine"
        assert told.wait(10)
        got = own.ask(asking(server.url))
        assert (got.body, got.error) == (b"fine", None)
        assert [seen.line for seen in server.received] == [0, 1]


def test_one_that_ends_while_the_request_is_under_way_is_an_error_to_try_again(
    own: Caller,
) -> None:
    def serve(line: Line) -> None:
        line.request()
        line.send(plain())
        line.request()

    with Scripted(serve) as server:
        own.ask(asking(server.url))
        error = own.ask(asking(server.url)).error
    assert type(error) is APIConnectionError
    assert error.retryable
    assert "closed before the head" in str(error) or "reset" in str(error).lower()


def test_a_connection_that_waited_too_long_is_closed(
    own: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanges, "IDLE_SECONDS", -1.0)
    gone: list[bool] = []

    def serve(line: Line) -> None:
        line.request()
        line.send(plain())
        gone.append(line.gone())

    got, lines = twice(own, serve, gone=gone)
    assert [one.body for one in got] == [b"fine", b"fine"]
    assert lines == [0, 1]


def test_a_closed_pool_closes_what_waits_and_what_is_given_back_later(own: Caller) -> None:
    with Scripted(always(plain())) as server:
        own.ask(asking(server.url))
        own.close_now()
        assert own.ask(asking(server.url)).body == b"fine"
        assert [seen.line for seen in server.received] == [0, 1]
        assert own.ask(asking(server.url)).body == b"fine"
        assert [seen.line for seen in server.received] == [0, 1, 2]


def test_threads_take_turns_with_one_connection() -> None:
    with Caller("sync") as caller, Scripted(always(plain())) as server:
        for _ in range(3):
            thread = threading.Thread(target=caller.ask, args=(asking(server.url),))
            thread.start()
            thread.join(20)
        assert [seen.line for seen in server.received] == [0, 0, 0]


def test_a_connection_that_cannot_be_made_is_none_to_give_back(own: Caller) -> None:
    with Scripted(always(plain())) as server:
        url = server.url
    error = own.ask(asking(url)).error
    assert type(error) is APIConnectionError
    assert "could not connect to host" in str(error)
    assert (error.reached, error.retryable) == (False, True)


class Kept:
    """A connection that only says whether it may be used."""

    def __init__(self, *, good: bool = True) -> None:
        self.idle_since = 0.0
        self.stopped = False
        self.good = good
        self.closed = False

    def usable(self) -> bool:
        return self.good

    def close(self) -> None:
        self.closed = True


HERE, THERE = ("a.example", 80, False), ("a.example", 443, True)


def test_the_last_used_is_taken_first_and_the_unusable_are_closed() -> None:
    idle: Idle[Kept] = Idle()
    first, second, bad = Kept(), Kept(), Kept(good=False)
    for at, one in enumerate([first, second, bad]):
        idle.give(HERE, one, float(at))
    assert idle.take(THERE, 2.0) is None
    assert idle.take(HERE, 2.0) is second
    assert bad.closed
    assert idle.take(HERE, 2.0) is first
    assert idle.take(HERE, 2.0) is None
    assert not first.closed


def test_those_that_waited_too_long_are_closed_by_whoever_comes_next() -> None:
    idle: Idle[Kept] = Idle()
    old, other, new = Kept(), Kept(), Kept()
    idle.give(HERE, old, 0.0)
    idle.give(THERE, other, 10.0)
    idle.give(THERE, new, exchanges.IDLE_SECONDS + 1)
    assert (old.closed, other.closed, new.closed) == (True, False, False)
    assert idle.take(HERE, 20.0) is None
    assert idle.take(THERE, 100.0) is None
    assert new.closed


def test_no_more_are_kept_than_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanges, "IDLE_MOST", 2)
    idle: Idle[Kept] = Idle()
    kept = [Kept() for _ in range(4)]
    for one in kept:
        idle.give(HERE, one, 1.0)
    assert [one.closed for one in kept] == [True, True, False, False]
    idle.close()
    assert all(one.closed for one in kept)


def test_most_connections_leaves_a_quarter_of_the_files_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resource = pytest.importorskip("resource")
    for soft, most in [(100, 75), (1, 1), (10_000, 1000), (resource.RLIM_INFINITY, 1000)]:
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert exchanges.most_connections() == most


def test_a_system_that_counts_no_files_has_a_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert exchanges.most_connections() == 1000


def test_closing_is_seen_by_the_server(own: Caller) -> None:
    gone: list[bool] = []

    def serve(line: Line) -> None:
        line.request()
        line.send(plain())
        gone.append(line.gone())

    with Scripted(serve) as server:
        own.ask(asking(server.url))
        own.close_now()
        assert eventually(lambda: gone == [True], 10)
