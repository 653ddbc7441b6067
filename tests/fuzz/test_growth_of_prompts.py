"""A conversation twice as long takes twice as long to write, over every wire."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from seed_core.render import render
from seed_core.types import (
    Annotation,
    Image,
    Message,
    Prompt,
    Reasoning,
    ReplayState,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Url,
)
from tests.fuzz.calls import HOSTS, ONCE
from tests.fuzz.growing import Work, check_steps, check_time
from tests.fuzz.prompts import ENTRIES

HELLO = Message("user", (Text("Hello"),))
TOOL = Tool("f", "", {"properties": {f"p{i}": {"type": "integer"} for i in range(20)}})


def writes(host: str, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> Work:
    prompt = Prompt((HELLO, *messages, HELLO), tuple(tools))

    def work() -> bytes:
        send = next(HOSTS[host].call(prompt, stream=False, retry=ONCE))
        return b"".join(render(send.request.body))

    return work


def turns(n: int) -> list[Message]:
    return [HELLO, Message("assistant", (Text("Hi"),))] * n


def loop(n: int) -> list[Message]:
    """Many calls of one turn, answered in the other order, one of them twice."""
    calls = [ToolCall(f"c{i}", "f", '{"p1": 3}') for i in range(n)]
    results = [Message("tool", (ToolResult(call.id, (Text("x"),)),)) for call in reversed(calls)]
    return [Message("assistant", tuple(calls)), *results, *results[:1]]


def loops(n: int) -> list[Message]:
    return loop(1) * n


def states(issuer: str, n: int) -> list[Message]:
    """An answer of many entries, with a call for each of their calls."""
    entries = tuple(
        {**entry, **({"call_id": f"c{i}"} if "call_id" in entry else {"id": f"e{i}"})}
        for i in range(n)
        for entry in ENTRIES
    )
    calls = (ToolCall(f"c{i}", "look", '{"days": 3}') for i in range(n))
    state = ReplayState(issuer, entries)
    notes = (Annotation({"type": "file", "n": i}, issuer) for i in range(n))
    return [Message("assistant", (Reasoning("Hm", state), Text("Hi"), *calls, *notes))]


def shown(n: int) -> list[Message]:
    return [Message("user", (Text("x"), Image(Url("https://a.example/a.png"))))] * n


def tools(n: int) -> list[Tool]:
    return [Tool(f"f{i}", "", TOOL.parameters) for i in range(n)]


ASKED = (
    "byteplus-chat",
    "openrouter-chat",
    "openrouter-messages",
    "openrouter-responses",
    "fal-sync",
)
ISSUERS = {
    "openrouter-messages": "openrouter/messages",
    "openrouter-responses": "openrouter/responses",
}
WRITERS: dict[str, tuple[Callable[[int], Work], int]] = {
    f"{host}: {name}": (made, size)
    for host in ASKED
    for name, made, size in (
        ("turns", lambda n, host=host: writes(host, turns(n)), 30),
        ("one loop", lambda n, host=host: writes(host, loop(n), [TOOL]), 30),
        ("loops", lambda n, host=host: writes(host, loops(n), [TOOL]), 30),
        (
            "states",
            lambda n, host=host: writes(host, states(ISSUERS.get(host, "openrouter"), n), [TOOL]),
            10,
        ),
        ("pictures", lambda n, host=host: writes(host, shown(n)), 30),
        ("tools", lambda n, host=host: writes(host, [], tools(n)), 10),
    )
}


@pytest.mark.parametrize("name", WRITERS)
def test_twice_as_much_takes_twice_the_steps(name: str) -> None:
    check_steps(*WRITERS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_much_more_takes_no_longer_than_so_much_more(name: str) -> None:
    check_time(*WRITERS[name])


def of_langchain(n: int) -> Work:
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

    from langchain_seed.to_prompt import to_messages

    calls = [{"name": "f", "args": {"a": i}, "id": f"c{i}"} for i in range(n)]
    blocks: list[Any] = [
        {"type": "tool_use", "id": f"c{i}", "name": "f", "input": {}} for i in range(n)
    ]
    results: list[Any] = [
        {"type": "tool_result", "tool_use_id": f"c{i}", "content": "x"} for i in range(n)
    ]
    messages = [
        HumanMessage(results),
        AIMessage(blocks, tool_calls=calls),
        *(ToolMessage("x", tool_call_id=f"c{i}") for i in range(n)),
    ]
    return lambda: to_messages(messages)


def of_llamaindex(n: int) -> Work:
    from llama_index.core.base.llms.types import ChatMessage, TextBlock, ToolCallBlock

    from llamaindex_seed.history import repaired
    from llamaindex_seed.to_prompt import to_messages

    calls = [ToolCallBlock(tool_call_id=f"c{i}", tool_name="f", tool_kwargs={}) for i in range(n)]
    messages = [
        ChatMessage(role="user", blocks=[TextBlock(text="x")] * n),
        ChatMessage(role="assistant", blocks=calls),
        *(
            ChatMessage(role="tool", content="x", additional_kwargs={"tool_call_id": f"c{i}"})
            for i in reversed(range(n))
        ),
    ]
    return lambda: repaired(to_messages(messages))


def chunks_of_langchain(n: int) -> Work:
    from langchain_seed.from_events import Chunks, spoil
    from seed_core.events import Event, TextDelta, ToolCallDelta

    events: list[Event] = [
        *[TextDelta("a")] * n,
        *(ToolCallDelta(0, '"a' if i else '{"a', "c") for i in range(n)),
    ]

    def work() -> object:
        chunks = Chunks()
        return [chunks.of(event) for event in events], spoil("[" * n)

    return work


FRAMEWORKS: dict[str, tuple[str, Callable[[int], Work], int]] = {
    "langchain": ("langchain_core", of_langchain, 30),
    "langchain: chunks": ("langchain_core", chunks_of_langchain, 20),
    "llamaindex": ("llama_index.core", of_llamaindex, 100),
}


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_messages_take_steps_as_many_as_they_are(name: str) -> None:
    package, made, size = FRAMEWORKS[name]
    pytest.importorskip(package, exc_type=ImportError)
    check_steps(made, size)


@pytest.mark.slow
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_messages_take_time_as_long_as_they_are(name: str) -> None:
    package, made, size = FRAMEWORKS[name]
    pytest.importorskip(package, exc_type=ImportError)
    check_time(made, size)


def test_what_is_written_is_json() -> None:
    sent = writes("openrouter-chat", [*loops(2), *states("openrouter", 2)], [TOOL])()
    assert isinstance(sent, bytes)
    assert len(json.loads(sent)["messages"]) > 5
