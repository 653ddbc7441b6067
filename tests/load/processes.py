"""Scripts in processes of their own, where a warning is an error and nothing may be said of one."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]

CORE = """
import asyncio, gc, os, sys, threading, time
from contextlib import aclosing
from seed_core.client import AsyncClient, Client
from seed_core.errors import SeedError
from seed_core.events import TextDelta
from seed_core.providers import resolve
from seed_core.types import Message, Prompt, Text

provider = resolve("openrouter", base_url=URL, api_key="sk-or-v1-test")
client, aclient = Client(provider), AsyncClient(provider)

def asking(kind, number=1):
    return Prompt((Message("user", (Text(f"ask-{number}-{kind}"),)),))

def read(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))

def call(number=1):
    return client.call(asking("good", number)).text

async def acall(number=1):
    return (await aclient.call(asking("good", number))).text

def stream(number=1):
    events = client.stream(asking("endless", number))
    next(events)
    return events

async def astream(number=1):
    events = aclient.stream(asking("endless", number))
    await anext(events)
    return events
"""
"""What a script has: clients, and questions that `tests.load.server` understands."""

MODELS = (
    CORE
    + """
settings = {"provider": "openrouter", "base_url": URL, "api_key": "sk-or-v1-test"}
from langchain_seed import ChatSeed
from llamaindex_seed import SeedLLM
chat, llm = ChatSeed(**settings), SeedLLM(**settings)
from llama_index.core.llms import ChatMessage

def question(kind, number=1):
    return [ChatMessage(role="user", content=f"ask-{number}-{kind}")]
"""
)
"""The same, and the models of both frameworks."""


def run(script: str, server: str, *, having: str = CORE, file: Path | None = None) -> str:
    """What a script prints. It has to end well, and without a word on the other channel.

    With `file` the script is written there, for children that import it.
    """
    # What warns when a framework is imported is not ours: from here on everything counts.
    strict = "import warnings\nwarnings.simplefilter('error')\n"
    code = f"URL = {server + '/api/v1'!r}\n{having}\n{strict}{textwrap.dedent(script)}"
    arguments = ["-c", code]
    if file is not None:
        file.write_text(code, encoding="utf-8")
        arguments = [str(file)]
    done = subprocess.run(
        [sys.executable, "-X", "dev", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    # In this mode asyncio tells of every step that takes long, the first import among them.
    said = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
    assert said == [], done.stderr
    assert done.returncode == 0
    return done.stdout
