"""An agent that stops and goes on from a checkpoint, elsewhere: its reasoning goes with it."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("langgraph", exc_type=ImportError)

from langchain_core.messages import ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from seed_core.emulator import Answer, Emulator, ToolUse
from tests.conftest import ROOT
from tests.langchain.asking import Make
from tests.langchain.samples import KEY
from tests.rows import Row

ASKED = {"messages": [{"role": "user", "content": "A table in Lisbon, and the weather there?"}]}
THREAD: Any = {"configurable": {"thread_id": "1"}}
FORMAT = "openai-responses-v1"
SEALED: list[dict[str, Any]] = [
    {"type": "reasoning.text", "text": "Bôth.", "signature": None, "format": FORMAT, "index": 0},
    {"type": "reasoning.encrypted", "data": "g+/8=", "id": "r", "format": FORMAT, "index": 1},
]
CALLS = (ToolUse("book_table", '{"city": "Lisbon"}', "c1"),)
ROWS = [
    Row("openrouter", "chat"),
    Row("openrouter", "responses"),
    Row("openrouter", "messages"),
    Row("byteplus", "responses"),
    Row("byteplus", "chat"),
]

RESUMED = '''
import json
import sys

from langchain.agents import create_agent
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command, interrupt

from langchain_seed import ChatSeed


def book_table(city: str) -> str:
    """Book a table in a city."""
    return f"{city}: " + interrupt(f"A table in {city}?")


path, settings = sys.argv[1], json.loads(sys.argv[2])
with SqliteSaver.from_conn_string(path) as saver:
    agent = create_agent(ChatSeed(**settings), [book_table], checkpointer=saver)
    done = agent.invoke(Command(resume="yes"), {"configurable": {"thread_id": "1"}})
print(done["messages"][-1].text)
'''
"""The other process: it knows the path and the host, and nothing else."""


def book_table(city: str) -> str:
    """Book a table in a city."""
    return f"{city}: {interrupt(f'A table in {city}?')}"


def agent_of(model: Any, saver: Any) -> Any:
    return pytest.importorskip("langchain.agents").create_agent(
        model, [book_table], checkpointer=saver
    )


def script(emulator: Emulator, row: Row) -> None:
    """An answer that thinks and calls, and one that ends the loop."""
    details = SEALED if row == Row("openrouter", "chat") else None
    thought = {"reasoning": "Bôth."} if details is None else {"reasoning_details": details}
    emulator.script(
        Answer(text="Let me see.", tool_calls=list(CALLS), **thought),
        Answer(text="It is booked."),
        host=row.emulated,
    )


def settings_of(row: Row, emulator: Emulator) -> dict[str, Any]:
    return {
        "provider": row.provider,
        "api": row.api,
        "model": row.model,
        "api_key": KEY if row.provider == "openrouter" else row.key,
        "base_url": emulator.url(row.emulated, row.api),
    }


def thoughts(body: Mapping[str, Any]) -> list[Any]:
    """What of the request is reasoning that went back, whatever the wire calls it."""
    found: list[Any] = []
    for turn in body.get("messages") or body["input"]:
        if turn.get("type") == "reasoning":
            found.append(turn)
        if turn.get("role") != "assistant":
            continue
        found += [turn[name] for name in ("reasoning_details", "reasoning_content") if name in turn]
        if isinstance(turn.get("content"), list):
            found += [part for part in turn["content"] if part.get("type") == "thinking"]
    return found


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_an_interrupted_agent_goes_on_with_its_reasoning(
    emulator: Emulator, make: Make, row: Row
) -> None:
    script(emulator, row)
    agent = agent_of(make(**settings_of(row, emulator)), InMemorySaver())
    stopped = agent.invoke(ASKED, THREAD)
    assert stopped["__interrupt__"][0].value == "A table in Lisbon?"
    assert len(emulator.requests) == 1
    done = agent.invoke(Command(resume="yes"), THREAD)
    assert done["messages"][-1].text == "It is booked."
    assert len(emulator.requests) == 2
    written = json.dumps(thoughts(emulator.requests[-1].body), ensure_ascii=False)
    assert "Bôth." in written
    if row == Row("openrouter", "chat"):
        assert thoughts(emulator.requests[-1].body) == [SEALED]


@pytest.mark.parametrize(
    "row", [ROWS[0], *(pytest.param(row, marks=pytest.mark.slow) for row in ROWS[1:3])], ids=str
)
def test_another_process_goes_on_with_the_reasoning(
    emulator: Emulator, make: Make, tmp_path: Path, row: Row
) -> None:
    sqlite = pytest.importorskip("langgraph.checkpoint.sqlite")
    script(emulator, row)
    path = str(tmp_path / "agent.db")
    with sqlite.SqliteSaver.from_conn_string(path) as saver:
        state = agent_of(make(**settings_of(row, emulator)), saver).invoke(ASKED, THREAD)
    done = subprocess.run(
        [sys.executable, "-c", RESUMED, path, json.dumps(settings_of(row, emulator))],
        check=False,
        capture_output=True,
        cwd=ROOT,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "It is booked.\n"
    assert len(emulator.requests) == 2
    sent = thoughts(emulator.requests[-1].body)
    assert sent
    # The same as if nothing had stopped.
    kept = state["messages"]
    result = ToolMessage("yes", tool_call_id=kept[-1].tool_calls[0]["id"])
    make(**settings_of(row, emulator)).invoke([*kept, result])
    assert sent == thoughts(emulator.requests[-1].body)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="LangGraph hands on no chunks there")
async def test_a_streamed_agent_goes_on_from_an_async_checkpoint(
    emulator: Emulator, make: Make, tmp_path: Path
) -> None:
    aio = pytest.importorskip("langgraph.checkpoint.sqlite.aio")
    path = str(tmp_path / "agent.db")
    details = [[{**SEALED[0], "text": text}] for text in ("Bô", "th.")] + [[SEALED[1]]]
    emulator.script(
        Answer(reasoning_details=details, tool_calls=list(CALLS)), Answer(text="It is booked.")
    )
    model = make(coalesce=False)
    async with aio.AsyncSqliteSaver.from_conn_string(path) as saver:
        async for _ in agent_of(model, saver).astream(ASKED, THREAD, stream_mode="messages"):
            pass
    async with aio.AsyncSqliteSaver.from_conn_string(path) as saver:
        agent = agent_of(model, saver)
        resumed = agent.astream(Command(resume="yes"), THREAD, stream_mode="messages")
        said = [message.text async for message, _ in resumed if message.type == "AIMessageChunk"]
    assert "".join(said) == "It is booked."
    assert len(emulator.requests) == 2
    assert thoughts(emulator.requests[-1].body) == [SEALED]


def test_a_checkpoint_holds_no_key(emulator: Emulator, make: Make, tmp_path: Path) -> None:
    sqlite = pytest.importorskip("langgraph.checkpoint.sqlite")
    path = tmp_path / "agent.db"
    script(emulator, ROWS[0])
    with sqlite.SqliteSaver.from_conn_string(str(path)) as saver:
        agent_of(make(), saver).invoke(ASKED, THREAD)
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"book_table" in files
    assert KEY.encode() not in files
