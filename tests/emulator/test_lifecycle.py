"""Starting, serving, closing: nothing is left behind."""

import ast
import asyncio
import contextlib
import socket
import statistics
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import httpx
import pytest

import seed_core.emulator
from seed_core.emulator import Answer, Emulator, Fault
from tests.emulator.conftest import MODEL

SHORT = httpx.Timeout(5, read=0.05)
KEY = {"Authorization": "Bearer test"}
BODY = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}]}


def wait_until(done, seconds=2.0):
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def test_ready_on_enter_gone_on_exit():
    before = set(threading.enumerate())
    began = time.monotonic()
    with Emulator() as emulator:
        assert time.monotonic() - began < 10
        url = emulator.url("openrouter")
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/openrouter/api/v1")
        assert httpx.get(f"{url}/models", trust_env=False).status_code == 200
    assert set(threading.enumerate()) == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/models", trust_env=False)


def test_a_url_needs_a_running_emulator_and_a_known_host():
    emulator = Emulator()
    with pytest.raises(RuntimeError, match="not running"):
        emulator.url()
    with emulator, pytest.raises(ValueError, match="no host 'nowhere'"):
        emulator.url("nowhere")
    assert emulator.hosts == (
        "openrouter",
        "empiriolabs",
        "modelslab",
        "byteplus",
        "volcengine",
        "fal",
        "runware",
    )


def test_close_twice_and_start_again():
    emulator = Emulator().start()
    assert emulator.start() is emulator
    emulator.close()
    emulator.close()
    with emulator:
        assert httpx.get(f"{emulator.url()}/models", trust_env=False).status_code == 200


def test_a_port_of_ones_own():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            Emulator(port=port).start()
    with Emulator(port=port) as emulator:
        assert f":{port}/" in emulator.url()


def test_several_at_once_do_not_share():
    with Emulator() as one, Emulator() as two, httpx.Client(trust_env=False) as client:
        one.script(Answer(text="from one"))
        for emulator, text in ((two, "You said"), (one, "from one")):
            reply = client.post(f"{emulator.url()}/chat/completions", json=BODY, headers=KEY).json()
            assert reply["choices"][0]["message"]["content"].startswith(text)
        assert len(one.requests) == len(two.requests) == 1


def test_close_does_not_wait_for_a_stalled_stream():
    emulator = Emulator().start()
    emulator.script(Fault.stall(after=1, seconds=60))
    with httpx.Client(trust_env=False) as client:
        request = client.build_request(
            "POST", f"{emulator.url()}/chat/completions", json={**BODY, "stream": True}, headers=KEY
        )
        response = client.send(request, stream=True)
        next(response.iter_raw())
        began = time.monotonic()
        emulator.close()
        assert time.monotonic() - began < 10
        response.close()


def test_connections_are_counted():
    with Emulator() as emulator:
        url = f"{emulator.url()}/chat/completions"
        with httpx.Client(trust_env=False, headers=KEY) as client:
            for _ in range(3):
                client.post(url, json=BODY)
            assert emulator.open_connections == 1
            assert {seen.connection for seen in emulator.requests} == {"1"}
        assert wait_until(lambda: emulator.open_connections == 0)
        httpx.post(url, json=BODY, headers=KEY, trust_env=False)
        assert {seen.connection for seen in emulator.requests} == {"1", "2"}


async def test_many_connections_at_once():
    with Emulator() as emulator:
        emulator.script(*[Fault.stall(after=1, seconds=0.2) for _ in range(20)])
        async with httpx.AsyncClient(trust_env=False, headers=KEY) as client:
            url = f"{emulator.url()}/chat/completions"
            posts = [client.post(url, json={**BODY, "stream": True}) for _ in range(20)]
            began = time.monotonic()
            replies = await asyncio.gather(*posts)
            # One after the other would take four seconds.
            assert time.monotonic() - began < 3.5
            assert {reply.status_code for reply in replies} == {200}
            assert emulator.open_connections == 20


def test_what_was_seen(emulator):
    with httpx.Client(trust_env=False, headers={**KEY, "HTTP-Referer": "https://x"}) as client:
        client.post(f"{emulator.url()}/chat/completions", json={**BODY, "user": "ann"})
        client.get(f"{emulator.url()}/models?q=lite")
    posted, got = emulator.requests
    assert (posted.host, posted.method, posted.path) == (
        "openrouter",
        "POST",
        "/api/v1/chat/completions",
    )
    assert posted.body["user"] == "ann"
    assert posted.raw.startswith(b"{")
    assert posted.headers["http-referer"] == "https://x"
    assert (got.path, got.body, got.raw) == ("/api/v1/models?q=lite", None, b"")
    assert not posted.disconnected


@pytest.mark.parametrize("when", ["before the reply", "in the middle"])
def test_a_client_that_leaves_is_noticed(emulator, when):
    after = -1 if when == "before the reply" else 2
    emulator.script(Fault.stall(after, seconds=60))
    with httpx.Client(trust_env=False, headers=KEY) as client, contextlib.suppress(httpx.HTTPError):
        client.post(
            f"{emulator.url()}/chat/completions", json={**BODY, "stream": True}, timeout=SHORT
        )
    assert wait_until(lambda: emulator.requests[0].disconnected)


def test_a_client_that_stays_is_not(emulator):
    with httpx.Client(trust_env=False, headers=KEY) as client:
        for stream in (False, True):
            client.post(f"{emulator.url()}/chat/completions", json={**BODY, "stream": stream})
        # Leaves in the middle of a request: the one before was complete.
        host, port = httpx.URL(emulator.url()).host, httpx.URL(emulator.url()).port
    with socket.create_connection((host, port or 0)) as line:
        line.sendall(
            b"POST /openrouter/api/v1/key HTTP/1.1\r\nHost: x\r\ncontent-length: 9\r\n\r\nab"
        )
    time.sleep(0.05)
    assert [seen.disconnected for seen in emulator.requests] == [False, False]


def test_extra_models():
    with Emulator(models=["someone/other"]) as emulator, httpx.Client(trust_env=False) as client:
        body = {**BODY, "model": "someone/other"}
        reply = client.post(f"{emulator.url()}/chat/completions", json=body, headers=KEY)
        assert reply.json()["model"] == "someone/other"


def test_a_call_is_quick(emulator):
    with httpx.Client(trust_env=False, headers=KEY) as client:
        seconds = []
        for _ in range(50):
            began = time.monotonic()
            client.post(f"{emulator.url()}/chat/completions", json=BODY)
            seconds.append(time.monotonic() - began)
        # Without TCP_NODELAY each call takes 40 ms: it is the usual one that tells.
        assert statistics.median(seconds) < 0.035


def run(code, *arguments):
    return subprocess.run(
        [sys.executable, *arguments, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_no_warning_under_w_error():
    done = run(
        """
        import urllib.request
        from seed_core.emulator import Emulator
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for _ in range(2):
            with Emulator() as emulator, opener.open(emulator.url() + "/models") as response:
                assert response.status == 200
        """,
        "-W",
        "error",
        "-X",
        "dev",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_it_imports_nothing_of_what_it_checks():
    files = list(Path(seed_core.emulator.__file__).parent.rglob("*.py"))
    assert len(files) > 10
    trees = [ast.parse(path.read_text("utf-8")) for path in files]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    names |= {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    own = {name for name in names if name.startswith("seed_core.emulator")}
    # Its own addresses as a Provider value are the one thing that it hands out in the core's words.
    assert {name for name in names - own if name.startswith("seed_core")} <= {
        "seed_core.providers",
        "seed_core.providers.base",
    }
    own |= {"seed_core.providers", "seed_core.providers.base"}
    others = {name.split(".")[0] for name in names - own} - set(sys.stdlib_module_names)
    # typing_extensions is for type checkers only.
    assert others == {"starlette", "uvicorn", "typing_extensions"}


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_extra_the_import_says_what_to_install(missing):
    done = run(
        f"""
        import sys
        sys.modules[{missing!r}] = None
        import seed_core.emulator
        """
    )
    assert done.returncode == 1
    assert 'pip install "seed-integrations[emulator]"' in done.stderr
