"""Reasoning: where it stands in a message, and that it goes back to its issuer as it came."""

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.load import dumpd, dumps, load, loads
from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)

from langchain_seed import ChatSeed
from seed_core.emulator import Answer, Emulator, ToolUse
from tests.langchain.asking import STREAMS, Body, How, Make, ask, beta

FORMAT = "openai-responses-v1"
TEXT = {"type": "reasoning.text", "format": FORMAT, "index": 0, "signature": None}
SECRET = {
    "type": "reasoning.encrypted",
    "data": "g+/8=",
    "id": "rs_1",
    "format": FORMAT,
    "index": 1,
}
WHOLE = [{**TEXT, "text": "I need the wéather."}, SECRET]
PIECES = [[{**TEXT, "text": "I need "}], [{**TEXT, "text": "the wéather."}], [SECRET]]
CALL = ToolUse("get_weather", '{"city": "Paris"}', "c1")
ASKED = HumanMessage("Weather in Paris?")
RESULT = ToolMessage("sunny", tool_call_id="c1")
THOUGHTFUL = Answer(text="Let me see.", reasoning_details=WHOLE, tool_calls=[CALL])
IN_PIECES = Answer(text="Let me see.", reasoning_details=PIECES, tool_calls=[CALL])


def get_weather(city: str) -> str:
    """Weather of a city."""
    return f"sunny in {city}"


def _sent_back(raw: bytes) -> Any:
    """The `reasoning_details` of the one assistant message of a request."""
    [turn] = [m for m in json.loads(raw)["messages"] if m["role"] == "assistant"]
    assert "reasoning" not in turn, "never both"
    return turn["reasoning_details"]


def _written(details: Any) -> str:
    """As bytes: the order of the keys counts, too."""
    return json.dumps(details, ensure_ascii=False)


async def test_reasoning_stands_beside_the_answer_and_in_a_block(
    llm: ChatSeed, emulator: Emulator, how: How
) -> None:
    emulator.script(Answer(text="Hello.", reasoning="A greeting."))
    message = await ask(llm, how, "Hello")
    assert message.text == message.content == "Hello."
    assert message.additional_kwargs["reasoning_content"] == "A greeting."
    kinds = [(block["type"], block.get("reasoning")) for block in message.content_blocks]
    assert kinds == [("reasoning", "A greeting."), ("text", None)]


async def test_reasoning_is_never_the_answer(llm: ChatSeed, emulator: Emulator, how: How) -> None:
    emulator.script(Answer(reasoning='{"answer": 42}'))
    message = await ask(llm, how, "Hello")
    assert message.text == ""
    assert message.tool_calls == []


async def test_reasoning_without_details_goes_back_as_text(
    llm: ChatSeed, emulator: Emulator, body: Body
) -> None:
    asked = AIMessage("Hi", additional_kwargs={"reasoning_content": "A greeting."})
    llm.invoke([HumanMessage("Hello"), asked, HumanMessage("And now?")])
    assert body()["messages"][1] == {
        "role": "assistant",
        "content": "Hi",
        "reasoning": "A greeting.",
    }


async def test_hidden_reasoning_is_not_shown_but_goes_back(
    make: Make, emulator: Emulator, body: Body, how: How
) -> None:
    message = await ask(make(hide_reasoning=True), how, "Hello")
    assert body()["reasoning"] == {"exclude": True}
    assert "reasoning_content" not in message.additional_kwargs
    assert message.usage_metadata["output_token_details"]["reasoning"] > 0


async def test_a_tool_loop_sends_reasoning_back_byte_for_byte(
    llm: ChatSeed, emulator: Emulator, how: How
) -> None:
    emulator.script(IN_PIECES if how in STREAMS else THOUGHTFUL)
    bound = llm.bind_tools([get_weather])
    first = await ask(bound, how, [ASKED])
    await ask(bound, how, [ASKED, first, RESULT])
    assert _written(_sent_back(emulator.requests[-1].raw)) == _written(WHOLE)


@pytest.mark.parametrize("details", [[], [TEXT, {**TEXT, "index": 1, "text": "x"}]])
async def test_odd_details_go_back_as_they_came(
    llm: ChatSeed, emulator: Emulator, how: How, details: list[Any]
) -> None:
    emulator.script(Answer(text="Hello.", reasoning_details=details, tool_calls=[CALL]))
    first = await ask(llm, how, [ASKED])
    await ask(llm, how, [ASKED, first, RESULT])
    assert _sent_back(emulator.requests[-1].raw) == details


async def test_details_of_another_issuer_are_not_sent(
    llm: ChatSeed, emulator: Emulator, body: Body, how: How
) -> None:
    emulator.script(THOUGHTFUL)
    first = await ask(llm, how, [ASKED])
    first.additional_kwargs["seed"]["issuer"] = "somebody"
    llm.invoke([ASKED, first, RESULT])
    assert not {"reasoning", "reasoning_details"} & body()["messages"][1].keys()


def test_reasoning_that_only_the_blocks_still_hold_goes_back(llm: ChatSeed, body: Body) -> None:
    blocks: list[Any] = [{"type": "reasoning", "reasoning": "Hm"}, {"type": "text", "text": "Hi"}]
    answer = AIMessage(blocks, response_metadata={"model_provider": "seed"})
    llm.invoke([HumanMessage("Hello"), answer, HumanMessage("And now?")])
    assert body()["messages"][1] == {"role": "assistant", "content": "Hi", "reasoning": "Hm"}


@pytest.mark.parametrize(
    "other",
    [
        {"content": [{"type": "reasoning", "reasoning": "Hm"}, {"type": "text", "text": "Hi"}]},
        {"content": "Hi", "additional_kwargs": {"reasoning_content": "Hm"}},
        {"content": [{"type": "thinking", "thinking": "Hm", "signature": "s"}, "Hi"]},
    ],
)
def test_reasoning_of_another_integration_is_not_sent(
    llm: ChatSeed, body: Body, other: dict[str, Any]
) -> None:
    answer = AIMessage(**other, response_metadata={"model_provider": "somebody"})
    llm.invoke([HumanMessage("Hello"), answer, HumanMessage("And now?")])
    assert body()["messages"][1] == {"role": "assistant", "content": "Hi"}


async def _first(llm: ChatSeed, emulator: Emulator, how: How) -> AIMessage:
    emulator.script(IN_PIECES if how in STREAMS else THOUGHTFUL)
    message = await ask(llm, how, [ASKED])
    assert isinstance(message, AIMessage)
    return message


STORES: dict[str, Any] = {
    "dumpd": lambda message: load(dumpd(message), allowed_objects="messages"),
    "dumps": lambda message: loads(dumps(message), allowed_objects="messages"),
    "dict": lambda message: messages_from_dict(messages_to_dict([message]))[0],
    "json": lambda message: AIMessage.model_validate_json(message.model_dump_json()),
    "copy": lambda message: message.model_copy(deep=True),
}


@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
@pytest.mark.parametrize("store", STORES.values(), ids=STORES)
@pytest.mark.parametrize("version", [None, "v1"])
async def test_reasoning_survives_storage(
    make: Make, emulator: Emulator, how: How, store: Any, version: str | None
) -> None:
    llm = make(output_version=version)
    first = await _first(llm, emulator, how)
    llm.invoke([ASKED, store(first), RESULT])
    assert _written(_sent_back(emulator.requests[-1].raw)) == _written(WHOLE)


@beta
@pytest.mark.parametrize("version", ["v2", "v3"])
async def test_reasoning_survives_the_event_streams(
    llm: ChatSeed, emulator: Emulator, version: str
) -> None:
    emulator.script(IN_PIECES)
    if version == "v3":
        first = llm.stream_events([ASKED], version="v3").output
    else:
        [first] = [
            event["data"]["output"]
            async for event in llm.astream_events([ASKED], version="v2")
            if event["event"] == "on_chat_model_end"
        ]
    llm.invoke([ASKED, first, RESULT])
    assert _written(_sent_back(emulator.requests[-1].raw)) == _written(WHOLE)
    [turn] = [m for m in emulator.requests[-1].body["messages"] if m["role"] == "assistant"]
    assert turn["content"] == "Let me see."
    assert [call["id"] for call in turn["tool_calls"]] == ["c1"]


@pytest.mark.parametrize("kind", ["msgpack", "json"])
async def test_reasoning_survives_a_checkpoint(
    llm: ChatSeed, emulator: Emulator, how: How, kind: str
) -> None:
    jsonplus = pytest.importorskip("langgraph.checkpoint.serde.jsonplus")
    serde = jsonplus.JsonPlusSerializer()
    first = await _first(llm, emulator, how)
    stored = (
        serde.dumps_typed(first)
        if kind == "msgpack"
        else ("json", json.dumps(dumpd(first)).encode())
    )
    assert stored[0] == kind
    llm.invoke([ASKED, serde.loads_typed(stored), RESULT])
    assert _written(_sent_back(emulator.requests[-1].raw)) == _written(WHOLE)


@beta
@pytest.mark.parametrize("version", [None, "v3"])
async def test_an_agent_goes_on_after_a_restart_with_its_reasoning(
    make: Make, emulator: Emulator, tmp_path: Path, version: str | None
) -> None:
    agents = pytest.importorskip("langchain.agents")
    sqlite = pytest.importorskip("langgraph.checkpoint.sqlite")
    config = {"configurable": {"thread_id": "1"}}
    first = THOUGHTFUL if version is None else IN_PIECES
    emulator.script(first, Answer(text="It is sunny.", reasoning="Done."))
    path = str(tmp_path / "state.db")
    with sqlite.SqliteSaver.from_conn_string(path) as saver:
        agent = agents.create_agent(
            make(), [get_weather], checkpointer=saver, interrupt_before=["tools"]
        )
        given = {"messages": [ASKED]}
        if version is None:
            agent.invoke(given, config)
        else:
            run = agent.stream_events(given, config, version="v3")
            assert run.output is not None
    with sqlite.SqliteSaver.from_conn_string(path) as saver:
        agent = agents.create_agent(make(), [get_weather], checkpointer=saver)
        state = agent.invoke(None, config)
    assert state["messages"][-1].text == "It is sunny."
    assert len(emulator.requests) == 2
    assert _written(_sent_back(emulator.requests[-1].raw)) == _written(WHOLE)


def test_without_the_package_core_still_finds_the_reasoning(
    llm: ChatSeed, emulator: Emulator
) -> None:
    emulator.script(Answer(text="Hello.", reasoning="A greeting."))
    message = llm.invoke("Hello")
    message.response_metadata["model_provider"] = "nobody"
    assert message.content_blocks[0] == {"type": "reasoning", "reasoning": "A greeting."}
