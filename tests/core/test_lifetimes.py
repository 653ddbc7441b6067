"""Who opens and closes connections: pools, loops, threads, and callers that leave early."""

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from threading import Barrier, Thread
from typing import Any

import httpx
import pytest

from seed_core import pools
from seed_core.client import AsyncClient, Client
from seed_core.connecting import TransportName
from seed_core.emulator import Answer, Emulator, Fault, Raw
from seed_core.errors import APIStatusError
from seed_core.events import TextDelta
from seed_core.pools import retire
from tests.core.calling import COLOURS, HELLO, ONCE, Colour, ask, eventually, provider_at

ENDLESS = Answer(text="x" * 4000, piece=1, delay=0.01)


def test_a_call_after_a_call_uses_the_same_connection(emulator: Emulator) -> None:
    client = Client(provider_at(emulator))
    client.call(HELLO)
    client.call(HELLO)
    Client(provider_at(emulator)).call(HELLO)
    assert len({seen.connection for seen in emulator.requests}) == 1


def test_a_closed_client_closes_its_connections_and_opens_again(emulator: Emulator) -> None:
    with Client(provider_at(emulator)) as client:
        client.call(HELLO)
        assert emulator.open_connections >= 1
    assert eventually(lambda: emulator.open_connections == 0)
    client.close()
    assert client.call(HELLO).text
    client.close()
    assert len({seen.connection for seen in emulator.requests}) == 2


def test_a_stream_that_runs_while_its_client_is_closed_goes_on(emulator: Emulator) -> None:
    emulator.script(Answer(text="abcdefgh", piece=1, delay=0.01))
    client = Client(provider_at(emulator))
    text = ""
    for event in client.stream(HELLO):
        client.close()
        text += event.text if isinstance(event, TextDelta) else ""
    assert text == "abcdefgh"
    assert eventually(lambda: emulator.open_connections == 0)


async def test_a_loops_connections_close_with_its_client_and_open_again(emulator: Emulator) -> None:
    retire()  # what tests in threads have left open before
    async with AsyncClient(provider_at(emulator)) as client:
        await client.call(HELLO)
        await client.call(HELLO)
    assert await asyncio.to_thread(eventually, lambda: emulator.open_connections == 0)
    await client.call(HELLO)
    async for _ in client.stream(HELLO):
        await client.aclose()
    await asyncio.gather(client.aclose(), client.aclose())
    assert emulator.requests[0].connection == emulator.requests[1].connection
    assert len({seen.connection for seen in emulator.requests}) >= 2
    assert await asyncio.to_thread(eventually, lambda: emulator.open_connections == 0)


def test_three_loops_in_a_row_leave_nothing_behind(emulator: Emulator) -> None:
    client = AsyncClient(provider_at(emulator))

    async def call_and_stream() -> str:
        events = [event async for event in client.stream(HELLO)]
        return (await client.call(HELLO)).text + str(len(events))

    Client(provider_at(emulator)).close()
    for _ in range(3):
        assert asyncio.run(call_and_stream())
        assert eventually(lambda: emulator.open_connections == 0)
    gc.collect()  # what was not closed would warn now, and a warning is an error


def test_eight_threads_share_one_client(emulator: Emulator) -> None:
    client = Client(provider_at(emulator))
    barrier = Barrier(8)

    def work(number: int) -> set[str]:
        barrier.wait()
        if number % 2:
            return {client.call(HELLO).text for _ in range(5)}
        return {
            "".join(e.text for e in client.stream(HELLO) if isinstance(e, TextDelta))
            for _ in range(5)
        }

    with ThreadPoolExecutor(8) as threads:
        answers = set.union(*threads.map(work, range(8)))
    assert len(answers) == 1
    assert len(emulator.requests) == 40
    client.close()


def test_eight_threads_each_with_loops_of_its_own(emulator: Emulator) -> None:
    client = AsyncClient(provider_at(emulator))
    barrier = Barrier(8)

    def work(_: int) -> list[str]:
        barrier.wait()
        return [asyncio.run(client.call(HELLO)).text for _ in range(4)]

    with ThreadPoolExecutor(8) as threads:
        answers = {text for texts in threads.map(work, range(8)) for text in texts}
    assert len(answers) == 1
    assert len(emulator.requests) == 32


def test_a_client_is_closed_by_one_thread_while_others_call(emulator: Emulator) -> None:
    client = Client(provider_at(emulator))
    stop = False

    def close_again_and_again() -> None:
        while not stop:
            client.close()

    closer = Thread(target=close_again_and_again)
    closer.start()
    try:
        assert {client.call(HELLO).text != "" for _ in range(20)} == {True}
    finally:
        stop = True
        closer.join()


# --- callers that leave early ---------------------------------------------------------------------


def test_leaving_a_stream_closes_its_connection(emulator: Emulator) -> None:
    emulator.script(ENDLESS)
    for event in Client(provider_at(emulator)).stream(HELLO):
        assert isinstance(event, TextDelta)
        break
    assert eventually(lambda: emulator.requests[0].disconnected)


def test_closing_a_stream_before_it_began_sends_nothing(emulator: Emulator) -> None:
    stream = Client(provider_at(emulator)).stream(HELLO)
    del stream
    assert emulator.requests == []


def test_an_error_in_the_callers_loop_closes_the_connection(emulator: Emulator) -> None:
    emulator.script(ENDLESS)

    def consume() -> None:
        for _ in Client(provider_at(emulator)).stream(HELLO):
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        consume()
    assert eventually(lambda: emulator.requests[0].disconnected)


async def test_leaving_an_async_stream_closes_its_connection(emulator: Emulator) -> None:
    emulator.script(ENDLESS, ENDLESS)
    client = AsyncClient(provider_at(emulator))
    async with aclosing(client.stream(HELLO)) as events:
        async for _ in events:
            break
    assert await asyncio.to_thread(eventually, lambda: emulator.requests[0].disconnected)
    async for _ in client.stream(HELLO):
        break  # without aclosing it takes the loop a few turns
    assert await asyncio.to_thread(eventually, lambda: emulator.requests[1].disconnected)
    await client.aclose()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_cancelling_a_task_closes_its_connection(emulator: Emulator, stream: bool) -> None:
    emulator.script(ENDLESS if stream else Fault.stall(after=0, seconds=20))
    client = AsyncClient(provider_at(emulator))

    async def consume() -> None:
        if stream:
            async for _ in client.stream(HELLO):
                pass
        else:
            await client.call(HELLO)

    task = asyncio.create_task(consume())
    assert await asyncio.to_thread(eventually, lambda: bool(emulator.requests))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(eventually, lambda: emulator.requests[0].disconnected)
    assert (await client.call(HELLO)).text
    await client.aclose()


# --- the user's own httpx client ------------------------------------------------------------------


def test_the_users_client_is_used_and_left_open(emulator: Emulator) -> None:
    with httpx.Client(headers={"x-mine": "yes"}) as own:
        client = Client(provider_at(emulator), http_client=own)
        with client:
            client.call(HELLO)
            for _ in client.stream(HELLO):
                break
        assert not own.is_closed
        client.call(HELLO)
    assert {seen.headers["x-mine"] for seen in emulator.requests} == {"yes"}
    assert len(emulator.requests) == 3


async def test_the_users_async_client_is_used_and_left_open(emulator: Emulator) -> None:
    async with httpx.AsyncClient(headers={"x-mine": "yes"}) as own:
        async with AsyncClient(provider_at(emulator), http_client=own) as client:
            await client.call(HELLO)
            events = [event async for event in client.stream(HELLO)]
        assert events
        assert not own.is_closed
    assert {seen.headers["x-mine"] for seen in emulator.requests} == {"yes"}
    assert len(emulator.requests) == 2


def test_a_cookie_of_one_key_never_goes_out_with_another(emulator: Emulator) -> None:
    emulator.script(Raw(status=400, headers={"set-cookie": "session=of-a; Path=/"}, body=b"{}"))
    with pytest.raises(APIStatusError):
        Client(provider_at(emulator, api_key="sk-or-v1-tenant-a")).call(HELLO)
    Client(provider_at(emulator, api_key="sk-or-v1-tenant-b")).call(HELLO)
    assert "cookie" not in emulator.requests[-1].headers


@pytest.mark.parametrize("transport", ["auto", "httpx"])
def test_forty_calls_at_once_leave_their_connections_to_the_next_forty(
    emulator: Emulator, transport: TransportName
) -> None:
    client = Client(provider_at(emulator), transport=transport)
    client.close()
    emulator.script(*[Answer("slow", delay=0.5)] * 40)
    with ThreadPoolExecutor(40) as threads:
        for _ in range(2):
            assert len(list(threads.map(client.call, [HELLO] * 40))) == 40
    assert len({seen.connection for seen in emulator.requests}) <= 40
    client.close()


def test_many_open_streams_do_not_hold_up_a_call(emulator: Emulator) -> None:
    client = Client(provider_at(emulator), timeout=20)
    emulator.script(*[Fault.stall(after=1, seconds=15)] * 105)
    streams: list[Any] = [client.stream(HELLO) for _ in range(105)]
    try:
        for stream in streams:
            next(iter(stream))
        assert client.call(HELLO).text
    finally:
        for stream in streams:
            stream.close()
        client.close()


def test_closing_a_client_of_the_users_own_leaves_the_shared_ones(emulator: Emulator) -> None:
    shared = Client(provider_at(emulator))
    shared.call(HELLO)
    with httpx.Client() as own:
        Client(provider_at(emulator), http_client=own).close()
    shared.call(HELLO)
    assert len({seen.connection for seen in emulator.requests}) == 1


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("after", [0, 3])
def test_a_stream_that_fails_leaves_no_connection_though_its_error_is_kept(
    emulator: Emulator, colour: Colour, after: int
) -> None:
    emulator.script(Fault.garbage(after=after, answer=ENDLESS))
    outcome = ask(colour, provider_at(emulator), stream=True, retry=ONCE)
    assert outcome.error is not None
    assert eventually(lambda: emulator.requests[0].disconnected)


async def test_a_pool_that_cannot_lend_httpx_has_no_user_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: object) -> None:
        raise OSError("no certificates")

    monkeypatch.setattr(pools.Pool, "over_httpx", fail)
    monkeypatch.setattr(pools.AsyncPool, "over_httpx", fail)
    with pools.Loan() as pool, pytest.raises(OSError, match="certificates"), pools.Loan(httpx=True):
        pass
    assert isinstance(pool, pools.Pool)
    assert pool.users == 0
    async with pools.AsyncLoan() as loops:
        with pytest.raises(OSError, match="certificates"):
            async with pools.AsyncLoan(httpx=True):
                pass
    assert isinstance(loops, pools.AsyncPool)
    assert loops.users == 0


def test_a_stream_left_in_a_cycle_over_an_older_connection_closes_it_without_a_word(
    emulator: Emulator,
) -> None:
    client = Client(provider_at(emulator))
    emulator.script(Answer(text="Hello"), Answer(text="one two three", piece=4, delay=0.05))
    client.call(HELLO)  # so that the connection is older than the stream
    cycle: list[Any] = [client.stream(HELLO)]
    cycle.append(cycle)
    next(cycle[0])
    del cycle
    gc.collect()  # a socket that is collected before it is closed fails the test
    assert eventually(lambda: emulator.requests[-1].disconnected)
