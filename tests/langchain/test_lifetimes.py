"""Loops, threads, processes, and streams that are left early."""

import asyncio
import gc
import multiprocessing
import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import aclosing
from typing import Any

import pytest
from langchain_core.output_parsers import StrOutputParser

from langchain_seed import ChatSeed
from seed_core import Timeout
from seed_core.emulator import Answer, Emulator
from tests.langchain.asking import Make, added, beta
from tests.langchain.samples import KEY
from tests.langchain.worker import answer

LONG = Answer(text="word " * 400, piece=5, delay=0.01)
"""Four seconds of stream, if it is read to its end."""


async def _until(condition: Any, seconds: float = 3) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.01)
    return True


async def test_leaving_a_stream_closes_the_connection_at_once(
    llm: ChatSeed, emulator: Emulator
) -> None:
    emulator.script(LONG)
    for chunk in llm.stream("Hello"):
        if chunk.text:
            break
    assert await _until(lambda: emulator.requests[-1].disconnected, 1)


async def test_leaving_an_async_stream_closes_the_connection(
    llm: ChatSeed, emulator: Emulator
) -> None:
    emulator.script(LONG)
    async for chunk in llm.astream("Hello"):
        if chunk.text:
            break
    assert await _until(lambda: emulator.requests[-1].disconnected, 1)


async def test_closing_an_async_stream_closes_the_connection(
    llm: ChatSeed, emulator: Emulator
) -> None:
    emulator.script(LONG)
    stream: Any = llm.astream("Hello")
    async with aclosing(stream):
        async for chunk in stream:
            if chunk.text:
                break
    assert await _until(lambda: emulator.requests[-1].disconnected, 1)


async def test_leaving_an_async_chain_closes_the_connection(
    llm: ChatSeed, emulator: Emulator
) -> None:
    emulator.script(LONG)
    async for text in (llm | StrOutputParser()).astream("Hello"):
        if text:
            break
    assert await _until(lambda: emulator.requests[-1].disconnected, 2)


@beta
async def test_leaving_version_3_events_closes_the_connection(
    llm: ChatSeed, emulator: Emulator
) -> None:
    emulator.script(LONG, LONG)
    async with await llm.astream_events("Hello", version="v3") as stream:
        async for text in stream.text:
            if text:
                break
    assert await _until(lambda: emulator.requests[-1].disconnected, 2)
    events = llm.stream_events("Hello", version="v3")
    for text in events.text:
        if text:
            break
    del events
    gc.collect()
    assert await _until(lambda: emulator.requests[-1].disconnected, 2)
    assert len(emulator.requests) == 2


@pytest.mark.parametrize("chained", [False, True])
@pytest.mark.parametrize("held", [False, True])
def test_a_loop_that_ends_right_after_a_stream_was_left_says_nothing(
    llm: ChatSeed, emulator: Emulator, caplog: pytest.LogCaptureFixture, chained: bool, held: bool
) -> None:
    asked: Any = llm | StrOutputParser() if chained else llm
    kept: list[Any] = []

    async def leave() -> None:
        stream = asked.astream("Hello")
        if held:
            kept.append(stream)
        async for piece in stream:
            if piece:
                break

    emulator.script(LONG, LONG)
    for _ in range(2):
        asyncio.run(leave())
    gc.collect()
    assert caplog.text == ""
    assert asyncio.run(_until(lambda: all(seen.disconnected for seen in emulator.requests)))


def test_leaving_a_sync_chain_reads_the_stream_to_its_end(
    llm: ChatSeed, emulator: Emulator
) -> None:
    """LangChain's own sync chains do that; it cannot be mended from here. `total` bounds it."""
    emulator.script(Answer(text="word " * 20, piece=5, delay=0.01))
    for text in (llm | StrOutputParser()).stream("Hello"):
        if text:
            break
    gc.collect()
    assert emulator.requests[-1].disconnected is False


def test_the_total_time_bounds_a_sync_chain_that_was_left(make: Make, emulator: Emulator) -> None:
    emulator.script(LONG)
    begun = time.monotonic()
    with pytest.raises(Exception, match=r"did not answer in time: total is 0.5 s"):
        for _ in (make(timeout=Timeout(total=0.5)) | StrOutputParser()).stream("Hello"):
            pass
    assert time.monotonic() - begun < 10


async def test_a_cancelled_call_closes_the_connection(llm: ChatSeed, emulator: Emulator) -> None:
    emulator.script(LONG)

    async def read() -> None:
        async for _ in llm.astream("Hello"):
            pass

    task = asyncio.create_task(read())
    assert await _until(lambda: emulator.requests)
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _until(lambda: emulator.requests[-1].disconnected, 1)


def test_one_model_serves_three_loops_in_a_row(llm: ChatSeed, emulator: Emulator) -> None:
    async def some() -> list[str]:
        answers = await asyncio.gather(*[llm.ainvoke("Hello") for _ in range(4)])
        streamed = added([chunk async for chunk in llm.astream("Hello")])
        return [str(message.text) for message in (*answers, streamed)]

    for _ in range(3):
        assert len(set(asyncio.run(some()))) == 1
    gc.collect()
    assert len(emulator.requests) == 15


def test_loops_leave_no_connections_behind(llm: ChatSeed, emulator: Emulator) -> None:
    async def once() -> None:
        await llm.ainvoke("Hello")

    before = emulator.open_connections
    for _ in range(3):
        asyncio.run(once())
    end = time.monotonic() + 2
    while emulator.open_connections > before and time.monotonic() < end:
        time.sleep(0.01)
    assert emulator.open_connections <= before


def test_eight_threads_share_one_model(llm: ChatSeed, emulator: Emulator) -> None:
    ready = threading.Barrier(8)

    def work(number: int) -> list[str]:
        ready.wait()
        texts = [str(llm.invoke(f"question {number}").text) for _ in range(5)]
        return [*texts, str(added(list(llm.stream(f"question {number}"))).text)]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(work, range(8)))
    for number, texts in enumerate(answers):
        assert all(f'"question {number}"' in text for text in texts)
    assert len(emulator.requests) == 48
    assert len({seen.connection for seen in emulator.requests}) <= 9


def test_threads_with_loops_of_their_own_share_one_model(llm: ChatSeed) -> None:
    with ThreadPoolExecutor(4) as threads:
        runs = [threads.submit(lambda: asyncio.run(llm.ainvoke("Hello"))) for _ in range(8)]
        assert all(run.result().text for run in runs)


@pytest.mark.slow
def test_a_new_process_answers_with_a_pickled_model(
    llm: ChatSeed, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    llm.invoke("Hello")
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert "You said" in pool.submit(answer, llm).result(60)
    assert emulator.requests[-1].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_opens_a_connection_of_its_own(llm: ChatSeed, emulator: Emulator) -> None:
    llm.invoke("Hello")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if llm.invoke("Hello").text else 1
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    llm.invoke("Hello")
    parent, forked, again = (seen.connection for seen in emulator.requests)
    assert forked != parent
    assert again == parent, "the child did not close its parent's connection"


async def test_a_closed_model_can_be_used_again(llm: ChatSeed, emulator: Emulator) -> None:
    llm.invoke("Hello")
    await llm.ainvoke("Hello")
    llm.close()
    await llm.aclose()
    assert llm.invoke("Hello").text
    assert (await llm.ainvoke("Hello")).text
    assert len({seen.connection for seen in emulator.requests}) == 4


def test_a_long_stream_holds_no_lock_on_others(llm: ChatSeed, emulator: Emulator) -> None:
    emulator.script(LONG)
    stream = llm.stream("Hello")
    next(stream)
    begun = time.monotonic()
    assert llm.invoke("And you?").text
    assert time.monotonic() - begun < 4
    stream.close()  # type: ignore[attr-defined]  # LangChain names it an Iterator
