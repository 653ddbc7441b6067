"""Ctrl-C in a call: its connection is closed, its turn is free, and the next call is answered."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from tests.core.calling import eventually
from tests.load.asking import Asker, Question
from tests.load.processes import run
from tests.load.server import running, seen_by

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no signals of this kind"
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running() as server:
        yield server


def test_at_each_wait(server: str) -> None:
    script = """
        import signal, socket
        from contextlib import closing, contextmanager
        from seed_core import sockets
        from tests.core.transport.scripted import full_queue

        sockets.most_connections = lambda: 1  # one turn: if it is lost, the next call waits

        @contextmanager
        def interrupted(what):
            signal.setitimer(signal.ITIMER_REAL, 0.15)
            try:
                yield
                print(what, "was not interrupted")
            except KeyboardInterrupt:
                pass
            begun = time.monotonic()
            assert call(), what
            if time.monotonic() - begun > 20:
                print(what, "did not give its turn back")

        signal.signal(signal.SIGALRM, signal.default_int_handler)
        call()
        with interrupted("a call before its head"):
            client.call(asking("silent"))
        with interrupted("a call in its body"):
            client.call(asking("stall"))
        with interrupted("a stream before its head"):
            next(client.stream(asking("silent")))
        with interrupted("a stream"):
            for _ in client.stream(asking("endless")):
                pass
        with interrupted("a wait before a retry"):
            client.call(asking("much_later"))
        with interrupted("a wait for a turn"):
            with closing(stream()):
                call()
        # Python's own `socket.create_connection` leaves its socket to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        with full_queue() as url, interrupted("a connecting"):
            Client(resolve("openrouter", base_url=url, api_key="k")).call(asking("good"))
        gc.collect()
        warnings.simplefilter("error", ResourceWarning)
        with socket.create_server(("127.0.0.1", 0)) as deaf, interrupted("a sending"):
            url = f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"
            large = Prompt((Message("user", (Text("x" * 20_000_000),)),))
            Client(resolve("openrouter", base_url=url, api_key="k")).call(large)
        gc.collect()
        print("done")
    """
    assert run(script, server) == "done\n"
    assert eventually(lambda: seen_by(server)["open"] == 0, 10)


@pytest.mark.slow
def test_at_any_moment(server: str) -> None:
    """Between two steps of Python a socket may be left to the garbage collector, no more."""
    script = """
        import random, signal
        from tests.load.server import seen_by
        from tests.load.soaking import open_files

        warnings.simplefilter("ignore", ResourceWarning)
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        moments = random.Random(1)
        call()
        before, hits = open_files(), 0
        for number in range(600):
            try:
                signal.setitimer(signal.ITIMER_REAL, moments.uniform(0.0002, 0.02))
                if number % 2:
                    client.call(asking("good", number))
                else:
                    read(client.stream(asking("good", number)))
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                hits += 1
            assert call(number).startswith(f"<{number}.0>")
        assert hits > 50, hits
        gc.collect()
        end = time.monotonic() + 10
        while (left := seen_by(URL)["open"]) > 1 and time.monotonic() < end:
            time.sleep(0.01)
        print(open_files() - before, left)
    """
    assert run(script, server) == "0 1\n"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_call_takes_no_lock_that_an_interrupt_could_leave_locked(
    server: str, stream: bool
) -> None:
    """Those of `threading` that are written in Python: between two of their steps, for ever."""
    asker, names = Asker(server), set()
    question = Question(1, "good", stream, "core")

    def note(frame: FrameType, event: str, _: object) -> None:
        if Path(frame.f_code.co_filename).name == "threading.py":
            names.add(frame.f_code.co_name)

    assert asker.ask(question) == "answered"
    sys.setprofile(note)
    try:
        word = asker.ask(question)
    finally:
        sys.setprofile(None)
    assert word == "answered"
    assert names & {"acquire", "release", "__enter__", "wait", "notify"} == set()
    asker.close()
