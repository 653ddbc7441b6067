"""Failures as rich, pytest and Python itself print them, with the variables of all frames."""

import asyncio
import io
import logging
import os
import re
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from seed_core.emulator import Emulator, Fault, Raw
from seed_core.errors import SeedError
from tests.conftest import ROOT
from tests.contract.rows import Row, all_rows
from tests.core.calling import COLOURS, ONCE, Colour, ask
from tests.security.planted import HEADER, KEY, QUERY, found

REFUSED = f'{{"error": {{"code": 401, "message": "No such key: {KEY}"}}}}'
ROWS = [row for row in all_rows() if row.provider in ("modelslab", "fal")]


def failure(row: Row, emulator: Emulator, colour: Colour) -> SeedError:
    """The error of a call with something secret wherever it can be."""
    trouble = Raw(401, body=REFUSED.encode()) if colour == "sync" else Fault.refuse()
    emulator.script(trouble, host=row.emulated)
    said: dict[str, Any] = {"headers": {"X-Token": HEADER}, "query": {"sig": QUERY}}
    error = ask(colour, row.at(emulator, api_key=KEY, **said), stream=False, retry=ONCE).error
    assert error is not None
    return error


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_python_and_rich_print_shows_no_secret(
    emulator: Emulator, row: Row, colour: Colour
) -> None:
    error = failure(row, emulator, colour)
    # The tests' own frames hold the secrets: those of this project begin further in.
    while (
        error.__traceback__ and "seed_core" not in error.__traceback__.tb_frame.f_code.co_filename
    ):
        error.__traceback__ = error.__traceback__.tb_next
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    printed = "".join(told.format())
    assert "request = Request(" in printed
    assert not found(printed)
    rich = pytest.importorskip("rich.traceback")
    console = pytest.importorskip("rich.console")
    page = io.StringIO()
    rich_trace = rich.Traceback.from_exception(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_length=None,
        locals_max_string=None,
    )
    console.Console(file=page, width=250).print(rich_trace)
    assert "request" in page.getvalue()
    # Without the frames and folds of the page, which may stand within a secret.
    assert not found(re.sub(r"[\s│]+", "", page.getvalue()))


@pytest.mark.parametrize("transport", ["auto", "httpx"])
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_no_log_has_the_key_or_a_header(
    emulator: Emulator, row: Row, transport: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """At DEBUG, of all libraries; and of ours not the address either."""
    for name in ("httpx", "httpcore", "seed_core", "asyncio", "h11"):
        caplog.set_level(logging.DEBUG, logger=name)
    at = row.at(emulator, api_key=KEY, headers={"X-Token": HEADER}, query={"sig": QUERY})
    for colour in COLOURS:
        busy = Raw(503, body=REFUSED.replace("401", "503").encode())  # ours tell of another try
        emulator.script(busy, host=row.emulated)
        assert ask(colour, at, stream=True, transport=transport).reply.text
        emulator.script(Raw(401, body=REFUSED.encode()), host=row.emulated)
        assert ask(colour, at, stream=True, transport=transport).error is not None
    records = [(record.name, record.getMessage()) for record in caplog.records]
    # The emulator is served by uvicorn.
    heard = "\n".join(line for name, line in records if not name.startswith("uvicorn"))
    assert HEADER not in heard
    assert KEY not in heard
    ours = "\n".join(line for name, line in records if name.startswith("seed_core"))
    assert f"{row.provider} failed with ServerError 503: trying again" in ours
    assert not found(ours)


SCRIPT = """
import asyncio, os
import pytest
from seed_core.emulator import Emulator, Fault
from seed_core.client import AsyncClient, Client
from seed_core.flow import Retry
from seed_core.types import Message, Prompt, Text

HELLO = Prompt((Message("user", (Text("Hello"),)),))


@pytest.fixture(scope="session")
def emulator():
    with Emulator() as running:
        yield running


def host(emulator):
    return {"provider": "openrouter", "base_url": emulator.url("openrouter")}


@pytest.mark.parametrize("stream", [False, True])
def test_sync(emulator, stream):
    emulator.script(Fault.refuse())
    client = Client(host(emulator), retry=Retry(0))
    list(client.stream(HELLO)) if stream else client.call(HELLO)


async def test_async(emulator):
    emulator.script(Fault.status(500))
    await AsyncClient(host(emulator), retry=Retry(0)).call(HELLO)


def test_not_there():
    Client({"provider": "openrouter", "base_url": "http://127.0.0.1:1"}, retry=Retry(0)).call(HELLO)


def test_langchain(emulator):
    ChatSeed = pytest.importorskip("langchain_seed", exc_type=ImportError).ChatSeed
    emulator.script(Fault.status(500))
    ChatSeed(**host(emulator), max_retries=0).invoke("Hello")


def test_llamaindex(emulator):
    SeedLLM = pytest.importorskip("llamaindex_seed", exc_type=ImportError).SeedLLM
    emulator.script(Fault.refuse())
    SeedLLM(**host(emulator), max_retries=0).complete("Hello")


def test_mistake():
    Client({"provider": "openrouter", "base_url": "nonsense"})
"""


@pytest.mark.slow
def test_what_pytest_prints_shows_no_key(tmp_path: Path) -> None:
    """A test that fails in somebody's CI, with `--showlocals`, and a key in the environment."""
    (tmp_path / "test_it.py").write_text(SCRIPT)
    said = ["-q", "--showlocals", "--tb=long", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *said, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "OPENROUTER_API_KEY": f"sk-or-v1-{KEY}", "PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert "Request(POST http://127.0.0.1" in run.stdout
    assert "passed" not in run.stdout.splitlines()[-1]
    assert KEY not in run.stdout
    assert KEY not in run.stderr


def test_groups_of_errors_show_no_secret(emulator: Emulator) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("there are no groups before 3.11")
    errors = [failure(row, emulator, "sync") for row in ROWS]
    group = BaseExceptionGroup("several calls", errors)  # noqa: F821 - of 3.11
    with pytest.raises(BaseExceptionGroup) as caught:  # noqa: F821 - likewise
        asyncio.run(_raise(group))
    shown = f"{caught.value!r} {caught.value} {''.join(traceback.format_exception(caught.value))}"
    assert not found(shown)


async def _raise(error: BaseException) -> None:
    raise error
