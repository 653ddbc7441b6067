"""A child of a fork asks anew, and does not touch what its parent has open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.load.processes import run
from tests.load.server import answer_to, running, seen_by

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

FORK = """
def fork():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer Pythons warn of forks beside threads
        return os.fork()

def ends_well(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def forking(script: str) -> str:
    """A script that forks."""
    return FORK + dedent(script)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running() as server:
        yield server


def test_both_ask_and_only_the_parent_reads_its_stream(server: str) -> None:
    script = """
        events = client.stream(asking("drip", 1))
        text = read([next(events)])
        child = fork()
        if not child:
            assert call(2).startswith("<2.0>")
            assert asyncio.run(acall(3)).startswith("<3.0>")
            sys.exit()  # as usual, so that what is left open is cleaned up
        other = fork()
        if not other:
            try:
                next(events)
            except SeedError as error:
                assert "belongs to the process that was forked" in str(error), error
                assert error.partial.text == text
                sys.exit()
        assert ends_well(child)
        assert ends_well(other)
        print(text + read(events))
        assert call(4).startswith("<4.0>")
    """
    assert run(forking(script), server) == answer_to(1) + "\n"


def test_the_same_on_a_loop_that_both_go_on_with(server: str) -> None:
    """Nobody should; but children that return from the `asyncio.run` of their parent do."""
    script = """
        async def main():
            events = aclient.stream(asking("drip", 1))
            text = read([await anext(events)])
            child = fork()
            if not child:
                return
            assert ends_well(child)
            print(text + read([event async for event in events]), flush=True)

        asyncio.run(main())
        assert call(2).startswith("<2.0>")
        assert asyncio.run(acall(3)).startswith("<3.0>")
    """
    assert run(forking(script), server) == answer_to(1) + "\n"


def test_a_lock_that_was_held_while_another_thread_forked_is_free_in_the_child(server: str) -> None:
    script = """
        from seed_core import pools
        events = client.stream(asking("drip", 1))
        text = read([next(events)])
        held = pools._shared._own._lock
        with held:
            child = fork()
        # The child has the lock as it was: nobody is left there who would free it.
        if not child:
            held.acquire(blocking=False)
            events.close()
            sys.exit()
        assert ends_well(child)
        print(text + read(events))
    """
    assert run(forking(script), server) == answer_to(1) + "\n"


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_what_the_parent_closes_is_closed_though_a_child_lives(server: str, colour: str) -> None:
    script = """
        from tests.load.server import seen_by

        async def main(asynchronous):
            begun = open_now()
            call() if not asynchronous else await acall()
            assert open_now() == begun + 1
            mine, other = os.pipe()
            child = fork()
            if not child:
                os.close(other)
                os.read(mine, 1)  # until the parent has ended
                os._exit(0)
            client.close()
            await aclient.aclose()
            end = time.monotonic() + 10
            while open_now() > begun and time.monotonic() < end:
                await asyncio.sleep(0.01)
            print(open_now() - begun)
            os.close(other)
            os.close(mine)
            assert ends_well(child)

        def open_now():
            return seen_by(URL)["open"]

        asyncio.run(main(ASYNC))
    """
    script = script.replace("ASYNC", str(colour == "async"))
    assert run(forking(script), server) == "0\n"


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_all_kinds_ask(server: str, method: str, tmp_path: Path) -> None:
    script = f"""
        import multiprocessing

        def work(number):
            assert asyncio.run(acall(number)).startswith(f"<{{number}}.")
            return call(number)[:4]

        def main():
            assert call(1)
            events = stream()
            context = multiprocessing.get_context({method!r})
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with context.Pool(2) as pool:
                    print(*pool.map(work, range(2, 6)))
                    pool.close()
                    pool.join()
            assert read([next(events)])
            events.close()
            client.close()

        async def in_a_loop():
            events = aclient.stream(asking("drip", 1))
            text = read([await anext(events)])
            process = multiprocessing.get_context({method!r}).Process(target=work, args=(9,))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                process.start()
            text += read([event async for event in events])
            await asyncio.to_thread(process.join)
            print(process.exitcode, text)
            process.close()

        if __name__ == "__main__":
            main()
            asyncio.run(in_a_loop())
    """
    said = run(script, server, file=tmp_path / "program.py").splitlines()
    assert said == ["<2.0 <3.0 <4.0 <5.0", f"0 {answer_to(1)}"]
    assert seen_by(server)["open"] <= 1
