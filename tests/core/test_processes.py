"""Forks, and processes that end without anybody's closing anything."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from seed_core.client import AsyncClient, Client
from seed_core.emulator import Emulator
from tests.core.calling import HELLO, KEY, provider_at

ROOT = Path(__file__).parents[2]
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def run(script: str, emulator: Emulator) -> str:
    """The output of a Python process in which every warning is an error."""
    preamble = f"""
        import asyncio
        from seed_core.client import AsyncClient, Client
        from seed_core.providers import resolve
        from seed_core.types import Message, Prompt, Text
        HELLO = Prompt((Message("user", (Text("Hello"),)),))
        provider = resolve("openrouter", base_url={emulator.url("openrouter")!r}, api_key={KEY!r})
    """
    code = textwrap.dedent(preamble) + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", code],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert "Warning" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_leaks_when_nobody_closes_anything(emulator: Emulator) -> None:
    script = """
        client = AsyncClient(provider)
        async def work():
            await client.call(HELLO)
            async for _ in client.stream(HELLO):
                break
        for _ in range(3):
            asyncio.run(work())
        Client(provider).call(HELLO)
        for _ in Client(provider).stream(HELLO):
            break
        print("done")
    """
    assert run(script, emulator) == "done\n"


def test_nothing_leaks_when_calls_fail_or_are_cancelled(emulator: Emulator) -> None:
    script = """
        import dataclasses
        from pydantic import SecretStr
        from seed_core.errors import AuthenticationError
        wrong = dataclasses.replace(provider, api_key=SecretStr("sk-or-invalid"))
        async def work():
            try:
                await AsyncClient(wrong).call(HELLO)
            except AuthenticationError:
                print("refused")
            task = asyncio.create_task(AsyncClient(provider).call(HELLO))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        asyncio.run(work())
        try:
            list(Client(wrong).stream(HELLO))
        except AuthenticationError:
            print("refused")
    """
    assert run(script, emulator) == "refused\nrefused\n"


def test_a_loop_that_is_closed_by_hand_leaks_nothing_after_aclose(emulator: Emulator) -> None:
    script = """
        loop = asyncio.new_event_loop()
        client = AsyncClient(provider)
        print(bool(loop.run_until_complete(client.call(HELLO)).text))
        loop.run_until_complete(client.aclose())
        loop.close()
        print(bool(asyncio.run(client.call(HELLO)).text))
    """
    assert run(script, emulator) == "True\nTrue\n"


def test_importing_and_making_a_client_does_not_import_httpx(emulator: Emulator) -> None:
    script = """
        import sys
        Client(provider), AsyncClient(provider)
        print("httpx" in sys.modules)
    """
    assert run(script, emulator) == "False\n"


@forks
def test_a_child_of_a_fork_begins_with_connections_of_its_own(emulator: Emulator) -> None:
    script = """
        import os, sys, warnings
        client = Client(provider)
        client.call(HELLO)
        open_stream = client.stream(HELLO)
        next(open_stream)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # newer Pythons warn of forks beside threads
            child = os.fork()
        if child == 0:
            answer = asyncio.run(AsyncClient(provider).call(HELLO))
            good = client.call(HELLO).text == answer.text != ""
            client.close()
            os._exit(0 if good else 1)
        status = os.waitpid(child, 0)[1]
        rest = len(list(open_stream))
        print(os.waitstatus_to_exitcode(status), rest > 0, bool(client.call(HELLO).text))
    """
    assert run(script, emulator) == "0 True True\n"
    by_connection = [seen.connection for seen in emulator.requests]
    parents, childs = {*by_connection[:2], by_connection[4]}, set(by_connection[2:4])
    assert len(childs) == 2
    assert not childs & parents


@forks
def test_children_of_multiprocessing_call_after_their_parent_did(emulator: Emulator) -> None:
    script = """
        import multiprocessing, warnings
        client = Client(provider)
        client.call(HELLO)
        def ask(_):
            return client.call(HELLO).text
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with multiprocessing.get_context("fork").Pool(2) as pool:
                print(len(set(pool.map(ask, range(4)))))
                pool.close()
                pool.join()
    """
    assert run(script, emulator) == "1\n"
    assert len(emulator.requests) == 5


def test_both_clients_can_be_made_anywhere(emulator: Emulator) -> None:
    assert Client(provider_at(emulator)).call(HELLO).finish is not None
    assert AsyncClient(provider_at(emulator)).provider.name == "openrouter"
