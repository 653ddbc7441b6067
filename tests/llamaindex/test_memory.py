"""A conversation that is kept in a file, or a run that waits in one: its reasoning goes with it."""

import asyncio
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer, Memory
from llama_index.core.storage.chat_store import SimpleChatStore
from llama_index.core.workflow import (
    Context,
    HumanResponseEvent,
    InputRequiredEvent,
    JsonSerializer,
)
from pydantic_core import PydanticSerializationError

from llamaindex_seed import tokenize
from seed_core.emulator import Answer, Emulator, ToolUse
from tests.llamaindex.conftest import Body, Make
from tests.llamaindex.samples import KEY

FORMAT = "openai-responses-v1"
SEALED = [
    {"type": "reasoning.text", "text": "Bôth.", "signature": None, "format": FORMAT, "index": 0},
    {"type": "reasoning.encrypted", "data": "g+/8=", "id": "r", "format": FORMAT, "index": 1},
]
DONE = [{"type": "reasoning.text", "text": "Done.", "format": FORMAT, "index": 0}]
CALL = ToolUse("book_table", '{"city": "Lisbon"}', "c1")
ANSWERS = (
    Answer(text="Let me see.", reasoning_details=SEALED, tool_calls=[CALL]),
    Answer(text="It is booked.", reasoning_details=DONE),
    Answer(text="Lisbon."),
)


def get_table(city: str) -> str:
    """Book a table in a city."""
    return f"{city}: booked"


async def ask_first(ctx: Context[Any], city: str) -> str:
    """Book a table in a city, if the guest says so."""
    asked = InputRequiredEvent(prefix=f"A table in {city}?")
    said = await ctx.wait_for_event(HumanResponseEvent, waiter_event=asked, waiter_id=city)
    return f"{city}: {said.response}"


def agent_of(llm: Any, tool: Any) -> FunctionAgent:
    from llama_index.core.tools import FunctionTool

    return FunctionAgent(tools=[FunctionTool.from_defaults(tool, name="book_table")], llm=llm)


def sent_back(body: Any) -> list[Any]:
    """The reasoning of each earlier answer in a request."""
    return [
        turn["reasoning_details"]
        for turn in body["messages"]
        if turn["role"] == "assistant" and "reasoning_details" in turn
    ]


def in_sqlite(folder: Path, before: Any) -> Memory:
    return Memory.from_defaults(
        session_id="Ana",
        async_database_uri=f"sqlite+aiosqlite:///{folder / 'memory.db'}",
        tokenizer_fn=tokenize,
    )


def in_json(folder: Path, before: ChatMemoryBuffer | None) -> ChatMemoryBuffer:
    """A store that is written to a file, and read from it again."""
    path = str(folder / "store.json")
    if before is not None:
        before.chat_store.persist(path)  # type: ignore[attr-defined]  # the simple store has it
    return ChatMemoryBuffer.from_defaults(
        chat_store=SimpleChatStore.from_persist_path(path),
        chat_store_key="Ana",
        token_limit=10_000,
        tokenizer_fn=tokenize,
    )


def persists() -> bool:
    """Whether LlamaIndex can write its own store down; 0.14.25 cannot beside pydantic 2.14."""
    try:
        SimpleChatStore(store={"Ana": [ChatMessage("Hello")]}).model_dump_json()
    except PydanticSerializationError:
        return False
    return True


def contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


@pytest.mark.parametrize(
    "kept",
    [
        in_sqlite,
        pytest.param(
            in_json,
            marks=pytest.mark.skipif(not persists(), reason="LlamaIndex cannot write its store"),
        ),
    ],
)
async def test_a_conversation_in_a_file_goes_on_with_its_reasoning(
    make: Make, emulator: Emulator, body: Body, tmp_path: Path, kept: Any
) -> None:
    emulator.script(*ANSWERS)
    memory = kept(tmp_path, None)
    await agent_of(make(), get_table).run("A table in Lisbon!", memory=memory)
    memory = kept(tmp_path, memory)
    answer = await agent_of(make(), get_table).run("Where is it?", memory=memory)
    assert str(answer) == "Lisbon."
    assert [turn["role"] for turn in body()["messages"]] == [
        *("user", "assistant", "tool", "assistant", "user")
    ]
    assert sent_back(body()) == [SEALED, DONE]
    assert KEY.encode() not in contents(tmp_path)


@pytest.mark.parametrize("several", [False, True])
async def test_a_run_that_waits_in_a_file_goes_on_with_its_reasoning(
    make: Make, emulator: Emulator, body: Body, tmp_path: Path, several: bool
) -> None:
    def built() -> Any:
        agent = agent_of(make(), ask_first)
        return AgentWorkflow(agents=[agent], root_agent=agent.name) if several else agent

    emulator.script(*ANSWERS)
    handler = built().run("A table in Lisbon!", memory=in_sqlite(tmp_path, None))
    async for event in handler.stream_events():
        if isinstance(event, InputRequiredEvent):
            break
    with warnings.catch_warnings():  # LlamaIndex says that it leaves the memory out
        warnings.simplefilter("ignore")
        written = json.dumps(handler.ctx.to_dict(serializer=JsonSerializer()))
    await handler.cancel_run()
    assert len(emulator.requests) == 1
    assert KEY not in written

    agent = built()
    context = Context.from_dict(agent, json.loads(written), serializer=JsonSerializer())
    handler = agent.run(ctx=context)
    await handler.ctx.store.set("memory", in_sqlite(tmp_path, None))
    handler.ctx.send_event(HumanResponseEvent(response="yes"))
    answer = await asyncio.wait_for(handler, 30)
    assert str(answer) == "It is booked."
    assert len(emulator.requests) == 2
    assert body()["messages"][-1]["content"] == "Lisbon: yes"
    assert sent_back(body()) == [SEALED]
