"""Tool calling and agents, beyond what the conformance suite asks of any class."""

import logging
from typing import Any

import pytest
from llama_index.core.agent.react.formatter import ReActChatFormatter
from llama_index.core.agent.react.output_parser import ReActOutputParser
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.memory import Memory

from llamaindex_seed import NoToolCallError, SeedLLM
from llamaindex_seed.tools import partial_object
from seed_core import ConfigurationError, InvalidReplyError
from seed_core.emulator import Answer, Emulator, ToolUse
from tests.llamaindex.asking import CHATS, answer, call
from tests.llamaindex.conftest import Body, Make
from tests.llamaindex.probes_agents import run
from tests.llamaindex.probes_tools import OSLO, PARIS
from tests.llamaindex.samples import Film, get_time, get_weather, tool, user
from tests.llamaindex.without_tools import model_without_tools

TOOLS = [tool(get_weather), tool(get_time)]
ROME = ToolUse("get_weather", '{"city": "Rome"}', "call_3")


def offered(llm: SeedLLM, **call: Any) -> dict[str, Any]:
    """The arguments of a chat with tools."""
    prepared = llm._prepare_chat_with_tools(TOOLS, user_msg="Weather?", **call)  # noqa: SLF001
    return {name: value for name, value in prepared.items() if name != "messages"}


def test_no_answer_in_words_passes_for_a_call(llm: SeedLLM, emulator: Emulator) -> None:
    emulator.script(Answer(text="It is sunny."))
    response = llm.chat_with_tools(TOOLS, user_msg="Weather?")
    assert llm.get_tool_calls_from_response(response, error_on_no_tool_call=False) == []
    with pytest.raises(NoToolCallError, match="It is sunny") as caught:
        llm.get_tool_calls_from_response(response)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, InvalidReplyError)


@pytest.mark.parametrize("arguments", ['{"city": "Par', ""])
@pytest.mark.parametrize("method", CHATS)
async def test_arguments_that_the_limit_cut_off_say_so(
    llm: SeedLLM, emulator: Emulator, method: str, arguments: str
) -> None:
    cut = Answer(tool_calls=[ToolUse("get_weather", arguments)], finish="length")
    emulator.script(cut)
    response = await answer(llm, method, [user()], **offered(llm))
    with pytest.raises(InvalidReplyError, match="raise max_tokens"):
        llm.get_tool_calls_from_response(response)


async def test_no_agent_makes_a_call_that_was_cut_off_before_its_arguments(
    llm: SeedLLM, emulator: Emulator
) -> None:
    made: list[str] = []

    def wipe(folder: str = "everything") -> str:
        """Wipe a folder."""
        made.append(folder)
        return "done"

    emulator.script(Answer(tool_calls=[ToolUse("wipe", "")], finish="length"))
    with pytest.raises(Exception, match="wipe"):
        await run(FunctionAgent(tools=[wipe], llm=llm), "Go")
    assert made == []


@pytest.mark.parametrize("method", CHATS)
async def test_arguments_are_an_object_at_the_end_and_text_before(
    llm: SeedLLM, emulator: Emulator, method: str
) -> None:
    emulator.script(Answer(tool_calls=[PARIS], piece=4))
    responses = await call(llm, method, [user()], **offered(llm))
    kwargs = [
        block.tool_kwargs
        for response in responses
        for block in response.message.blocks
        if isinstance(block, ToolCallBlock)
    ]
    assert kwargs[-1] == {"city": "Paris"}
    assert all(isinstance(said, str) for said in kwargs[:-1])


@pytest.mark.parametrize("text", ["", "[1", "nonsense", '"x', "{"])
def test_unfinished_json_that_spells_no_object_is_an_empty_one(text: str) -> None:
    assert partial_object(text) == {}


def test_an_answer_of_another_integration_is_read_too(llm: SeedLLM) -> None:
    block = ToolCallBlock(tool_name="get_weather", tool_kwargs='{"city": "Paris"}')
    response = ChatResponse(message=ChatMessage(role="assistant", blocks=[block]))
    [selection] = llm.get_tool_calls_from_response(response)
    assert (selection.tool_id, selection.tool_kwargs) == ("", {"city": "Paris"})


def test_without_tools_nothing_is_said_of_them(llm: SeedLLM, body: Body) -> None:
    llm.chat_with_tools([], user_msg="Hello", tool_required=True)
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & body().keys()


def test_a_host_that_ignores_the_wish_for_one_call_is_not_told(
    llm: SeedLLM, emulator: Emulator, body: Body
) -> None:
    emulator.script(Answer(tool_calls=[PARIS, OSLO]))
    response = llm.chat([user()], tools=offered(llm)["tools"], parallel_tool_calls=False)
    assert len(llm.get_tool_calls_from_response(response)) == 1
    assert len(response.message.additional_kwargs["tool_calls"]) == 1
    assert "parallel_tool_calls" not in body()


def test_a_server_that_may_heed_the_wish_for_one_call_is_told(
    emulator: Emulator, body: Body, make: Make
) -> None:
    llm = make(provider="compatible", model="bytedance-seed/seed-2.0-mini")
    llm.chat_with_tools(TOOLS, user_msg="Weather in Paris?")
    assert body()["parallel_tool_calls"] is False


def test_the_setting_for_one_call_holds_unless_the_call_says_otherwise(
    make: Make, emulator: Emulator
) -> None:
    llm = make(parallel_tool_calls=False)
    for said, count in ((None, 1), (True, 2)):
        emulator.script(Answer(tool_calls=[PARIS, OSLO]))
        tools = offered(llm)["tools"]
        response = llm.chat([user()], tools=tools, parallel_tool_calls=said)
        assert len(llm.get_tool_calls_from_response(response)) == count


async def test_several_calls_that_were_asked_for_are_all_kept(
    llm: SeedLLM, emulator: Emulator
) -> None:
    emulator.script(Answer(tool_calls=[PARIS, OSLO]))
    response = llm.chat_with_tools(TOOLS, user_msg="Weather?", parallel_tool_calls=True)
    assert len(llm.get_tool_calls_from_response(response)) == 2


@pytest.mark.parametrize("method", CHATS)
async def test_calls_that_are_dropped_are_said_in_the_log_once(
    llm: SeedLLM, emulator: Emulator, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    emulator.script(Answer(tool_calls=[PARIS, OSLO, ROME], piece=4), Answer(tool_calls=[PARIS]))
    with caplog.at_level(logging.WARNING, logger="llamaindex_seed"):
        await call(llm, method, [user()], **offered(llm))
        await call(llm, method, [user()], **offered(llm))
    [record] = caplog.records
    assert "dropped 2 more" in record.getMessage()


def test_a_choice_that_is_none_is_an_error(llm: SeedLLM) -> None:
    with pytest.raises(ConfigurationError, match="not among the tools"):
        llm.chat_with_tools(TOOLS, user_msg="Hello", tool_choice="get_wether")


async def test_an_agent_whose_call_is_broken_fails_with_its_arguments(
    make: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(tool_calls=[ToolUse("get_time", "{broken")]))
    with pytest.raises(InvalidReplyError, match="broken"):
        await run(FunctionAgent(tools=[get_time], llm=make()), "Time?")


async def test_an_agent_forces_its_first_tool(make: Make, emulator: Emulator) -> None:
    agent = FunctionAgent(tools=[get_time], llm=make(), initial_tool_choice="get_time")
    await run(agent, "Hello")
    choices = [request.body.get("tool_choice") for request in emulator.requests]
    assert choices[0] == {"type": "function", "function": {"name": "get_time"}}
    assert choices[1] is None


async def test_an_agent_answers_with_an_object(make: Make, emulator: Emulator) -> None:
    emulator.script(Answer(text="Alien, 1979."), Answer(text='{"title": "Alien", "year": 1979}'))
    agent = FunctionAgent(tools=[get_time], llm=make(), output_cls=Film)
    result: Any = await agent.run("Which film?")
    assert result.get_pydantic_model(Film) == Film(title="Alien", year=1979)


async def test_an_agent_that_ran_out_of_steps_sums_up(make: Make, emulator: Emulator) -> None:
    emulator.script(
        *[Answer(tool_calls=[ToolUse("get_time", "{}")])] * 2, Answer(text="It is noon.")
    )
    agent = FunctionAgent(tools=[get_time], llm=make(), early_stopping_method="generate")
    assert str(await agent.run("Time?", max_iterations=2)) == "It is noon."
    assert emulator.requests[-1].body["messages"][-1]["role"] == "system"


async def test_a_memory_that_went_through_json_goes_on(
    make: Make, emulator: Emulator, body: Body
) -> None:
    details = [{"type": "reasoning.text", "text": "I think.", "format": "unknown", "index": 0}]
    emulator.script(
        Answer(reasoning_details=details, tool_calls=[PARIS]),
        Answer(text="Sunny."),
        Answer(text="!"),
    )
    agent = FunctionAgent(tools=[get_weather], llm=make())
    memory = Memory.from_defaults(token_limit=10_000, tokenizer_fn=str.split)
    await agent.run("Weather?", memory=memory)
    kept = [message.model_dump_json() for message in await memory.aget_all()]
    history = [ChatMessage.model_validate_json(text) for text in kept]
    await agent.run("Thanks", chat_history=history)
    turns = body()["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "tool", "assistant", "user"]
    assert turns[1]["reasoning_details"] == details


async def test_predict_and_call_calls_in_words_where_a_host_has_no_tools(
    emulator: Emulator, body: Body
) -> None:
    words = "<seed:tool_call><function=get_weather><parameter=city>Paris</parameter></function>"
    emulator.script(Answer(text=f"{words}</seed:tool_call>"))
    llm = model_without_tools(emulator)
    response = await llm.apredict_and_call([tool(get_weather)], user_msg="Weather in Paris?")
    assert response.response == "Paris: sunny"
    assert "tools" not in body()


async def test_predict_and_call_reasons_and_acts_where_tools_in_words_are_off(
    emulator: Emulator,
) -> None:
    llm = model_without_tools(emulator, tool_calling="off")
    emulator.script(
        Answer(text='Thought: I need it.\nAction: get_weather\nAction Input: {"city": "Paris"}')
    )
    response = await llm.apredict_and_call(
        [tool(get_weather)],
        user_msg="Weather in Paris?",
        # LlamaIndex 0.14.25 does not make them itself.
        react_chat_formatter=ReActChatFormatter(),
        output_parser=ReActOutputParser(),
    )
    assert response.response == "Paris: sunny"
    assert "tools" not in emulator.requests[-1].body
