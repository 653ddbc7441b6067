"""Loops, threads and processes that end in the middle of something: no word, no hang, no socket."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.core.calling import eventually
from tests.load.processes import MODELS, run
from tests.load.server import running, seen_by

SYNC_ENDS = {
    "with a stream that is held": """
        events = stream()
    """,
    "with a stream in a cycle": """
        class Knot: pass
        knot = Knot()
        knot.itself, knot.events = knot, stream()
        del knot
    """,
    "by an exit in a stream": """
        for _ in stream():
            sys.exit()
    """,
    "while a thread reads a stream": """
        def work():
            for count, _ in enumerate(stream()):
                if count > 30:
                    return
        threading.Thread(target=work).start()
    """,
    "while threads of daemons read and wait": """
        def work():
            for _ in stream():
                pass
        async def awork():
            async for _ in await astream():
                pass
        threading.Thread(target=work, daemon=True).start()
        threading.Thread(target=asyncio.run, args=(awork(),), daemon=True).start()
        threading.Thread(target=client.call, args=(asking("silent"),), daemon=True).start()
        time.sleep(0.3)
    """,
    "with a call at the very end": """
        import atexit
        call()
        atexit.register(call)
    """,
}

ASYNC_ENDS = {
    "with a stream that is held": """
        async def main():
            global events
            events = await astream()
        asyncio.run(main())
    """,
    "by an exit in a stream": """
        async def main():
            async for _ in await astream():
                sys.exit()
        asyncio.run(main())
    """,
    "with tasks that read and wait": """
        async def work():
            async for _ in await astream():
                pass
        async def main():
            global tasks
            tasks = [asyncio.create_task(one) for one in (work(), aclient.call(asking("silent")))]
            await asyncio.sleep(0.3)
        asyncio.run(main())
    """,
    "with a loop that was shut down and closed by hand": """
        loop = asyncio.new_event_loop()
        events = loop.run_until_complete(astream())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    """,
}

ENDS = [("sync", how) for how in SYNC_ENDS] + [("async", how) for how in ASYNC_ENDS]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running() as server:
        yield server


def all_closed(server: str) -> bool:
    return eventually(lambda: seen_by(server)["open"] == 0, 10)


@pytest.mark.slow
@pytest.mark.parametrize(("colour", "how"), ENDS)
def test_a_process_ends(server: str, colour: str, how: str) -> None:
    script = (SYNC_ENDS if colour == "sync" else ASYNC_ENDS)[how]
    assert run(script, server) == ""
    assert all_closed(server)


def test_loops_and_threads_come_and_go(server: str) -> None:
    """Loops in a row, several at once, one in another's thread; streams left in each of them."""
    script = """
        from concurrent.futures import ThreadPoolExecutor

        async def work(number):
            async with aclosing(aclient.stream(asking("endless", number))) as events:
                async for _ in events:
                    break
            async for _ in aclient.stream(asking("endless", number)):
                break
            return (await acall(number)).startswith(f"<{number}.0>")

        def loops(number):
            return all(asyncio.run(work(number)) for _ in range(3))

        async def nested():
            await acall()
            loop = asyncio.get_running_loop()
            with ThreadPoolExecutor(4) as threads:
                beside = [loop.run_in_executor(threads, loops, number) for number in range(6)]
                return [await one for one in beside] + [threads.submit(loops, 7).result()]

        print(loops(1))
        with ThreadPoolExecutor(8) as threads:
            print(*threads.map(loops, range(8)))
        print(*asyncio.run(nested()))
    """
    assert set(run(script, server).split()) == {"True"}
    assert all_closed(server)


def test_clients_that_nobody_holds_let_go(server: str) -> None:
    script = """
        from tests.load.server import seen_by

        def dropped():
            for transport in ("auto", "httpx"):
                events = Client(provider, transport=transport).stream(asking("endless"))
                next(events)

        async def adropped():
            for transport in ("auto", "httpx"):
                events = AsyncClient(provider, transport=transport).stream(asking("endless"))
                await anext(events)

        dropped()
        asyncio.run(adropped())
        gc.collect()
        events = stream()
        closer = threading.Thread(target=events.close)  # from another thread, between two reads
        closer.start()
        closer.join()
        print(list(events))
        end = time.monotonic() + 10
        while (left := seen_by(URL)["open"]) and time.monotonic() < end:
            time.sleep(0.01)
        print(left)
    """
    assert run(script, server) == "[]\n0\n"


def test_loops_that_others_close_by_hand_keep_no_connection_for_long(server: str) -> None:
    """LlamaIndex's `asyncio_run` closes its loops so where another one runs, as in a notebook.

    Python warns of the transport, which only the loop could have closed; its socket is.
    """
    script = """
        from tests.load.soaking import open_files

        def work():
            loop = asyncio.new_event_loop()
            loop.run_until_complete(acall())
            loop.close()

        warnings.simplefilter("ignore", ResourceWarning)
        gc.disable()
        work()
        before = open_files()
        for _ in range(20):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        print(open_files() - before)
        print(asyncio.run(acall())[:5])
        sys.stdout.flush()
        os._exit(0)
    """
    assert run(script, server) == "0\n<1.0>\n"
    assert all_closed(server)


MODEL_ENDS = {
    "sync": """
        held = [chat.stream("ask-1-endless"), llm.stream_chat(question("endless"))]
        for events in held:
            next(events)
        def dropped():
            for events in (chat.stream("ask-2-endless"), llm.stream_chat(question("endless", 2))):
                next(events)
        dropped()
        def work():
            for _ in chat.stream("ask-3-endless"):
                pass
        threading.Thread(target=work, daemon=True).start()
        time.sleep(0.2)
    """,
    "async": """
        async def leave():
            held.append(chat.astream("ask-1-endless"))
            held.append(await llm.astream_chat(question("endless")))
            for events in held[-2:]:
                await anext(events)
            async for _ in chat.astream("ask-2-endless"):
                break
            async for _ in await llm.astream_chat(question("endless", 2)):
                break
            assert (await chat.ainvoke("ask-4-good")).text.startswith("<4.")

        async def nested():
            # Async code that calls sync code that calls async code.
            asked = asyncio.to_thread(asyncio.run, llm.achat(question("good", 5)))
            assert (await asked).message.content.startswith("<5.")
            asked = asyncio.to_thread(asyncio.run, chat.ainvoke("ask-6-good"))
            assert (await asked).text.startswith("<6.")
            assert chat.invoke("ask-7-good").text.startswith("<7.")

        held = []
        for _ in range(2):
            asyncio.run(leave())
        asyncio.run(nested())

        async def end():
            async for _ in await llm.astream_chat(question("endless", 8)):
                sys.exit()
        asyncio.run(end())
    """,
    "fork": """
        held = [chat.stream("ask-1-endless"), llm.stream_chat(question("endless"))]
        for events in held:
            next(events)
        warnings.simplefilter("ignore")
        child = os.fork()
        for number in (2, 3):
            assert chat.invoke(f"ask-{number}-good").text.startswith(f"<{number}.")
            asked = llm.achat(question("good", number))
            assert asyncio.run(asked).message.content.startswith(f"<{number}.")
        if child:
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            for events in held:
                assert next(events)
    """,
}


@pytest.mark.slow
@pytest.mark.skipif(
    not (find_spec("langchain_core") and find_spec("llama_index")), reason="needs both frameworks"
)
@pytest.mark.parametrize("how", MODEL_ENDS)
def test_a_process_with_models_of_both_frameworks_ends(server: str, how: str) -> None:
    assert run(MODEL_ENDS[how], server, having=MODELS) == ""
    assert all_closed(server)
