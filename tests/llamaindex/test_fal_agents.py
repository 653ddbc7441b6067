"""LlamaIndex's agents at fal, where tools are said in words, whole runs of them."""

from typing import Any

import pytest
from llama_index.core.agent.workflow import (
    AgentStream,
    AgentWorkflow,
    FunctionAgent,
    ReActAgent,
    ToolCallResult,
)
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from llama_index.core.memory import ChatMemoryBuffer

from seed_core import InvalidReplyError
from seed_core.emulator import Answer, Emulator, ToolUse
from tests.asked import Turn
from tests.llamaindex.at_fal import CHAT, DOWN, OSLO, PARIS, SYNC, TOOLS, fals
from tests.llamaindex.conftest import Make
from tests.llamaindex.probes_agents import run
from tests.llamaindex.samples import PNG, PNG_URL, Film, tool
from tests.posted import latest, posts
from tests.rows import Row


def results(events: list[Any]) -> list[str]:
    """What the tools gave back, in order."""
    return [str(e.tool_output.content) for e in events if isinstance(e, ToolCallResult)]


@fals
@pytest.mark.parametrize("streaming", [True, False])
async def test_a_function_agent_goes_through_several_rounds(
    row: Row, streaming: bool, at: Make, emulator: Emulator
) -> None:
    emulator.script(
        Answer(text="First the weather.", reasoning="Two things.", tool_calls=[PARIS]),
        Answer(tool_calls=[OSLO]),
        Answer(text="Both again.", tool_calls=[PARIS, OSLO]),
        Answer(text="It is sunny and noon.", reasoning="Done."),
        host="fal",
    )
    agent = FunctionAgent(tools=TOOLS, llm=at(row), system_prompt="Be brief.", streaming=streaming)
    said, events = await run(agent, "Weather and time?")
    assert said == "It is sunny and noon."
    assert sorted(results(events)) == ["Oslo: noon"] * 2 + ["Paris: sunny for 3 days"] * 2
    thought = [e.thinking_delta or "" for e in events if isinstance(e, AgentStream)]
    assert "".join(thought) == ("Two things.Done." if streaming else "")
    assert [seen.body["prompt"].count("Result of") for seen in posts(emulator)] == [0, 1, 1, 2]
    asked = latest(emulator, row)
    assert asked.turns[0] == Turn("system", "Be brief.")
    assert asked.roles[1:] == ["user", *["assistant", "tool"] * 3, "tool"]
    assert [turn.text for turn in asked.turns if turn.role == "assistant"] == [
        "First the weather.",
        "",
        "Both again.",
    ]
    calls = [one for turn in asked.turns for one in turn.calls]
    assert [one.arguments for one in calls] == [
        {"city": "Paris", "days": 3},
        {"city": "Oslo"},
        {"city": "Paris", "days": 3},
        {"city": "Oslo"},
    ]
    answered = [turn.answers for turn in asked.turns if turn.role == "tool"]
    assert sorted(map(str, answered)) == sorted(one.id for one in calls)
    assert asked.tools.keys() == {"get_weather", "get_time"}
    assert b"Two things." not in posts(emulator)[-1].raw


@fals
async def test_agents_run_by_rule_to_their_end(row: Row, at: Make) -> None:
    agent = FunctionAgent(tools=TOOLS, llm=at(row))
    said, events = await run(agent, "get_weather and get_time for Paris in 3 days")
    assert sorted(results(events)) == ["Paris: noon", "Paris: sunny for 3 days"]
    assert all(result in said for result in results(events))


@fals
async def test_a_react_agent_reads_what_it_asked_for_in_words(
    row: Row, at: Make, emulator: Emulator
) -> None:
    actions = [
        f"Thought: I need it.\nAction: {one.name}\nAction Input: {one.arguments}"
        for one in (PARIS, OSLO)
    ]
    final = "Thought: I can answer without using any more tools.\nAnswer: Sunny, and noon."
    emulator.script(*[Answer(text=text) for text in (*actions, final)], host="fal")
    said, events = await run(ReActAgent(tools=TOOLS, llm=at(row)), "Weather and time?")
    assert said == "Sunny, and noon."
    assert results(events) == ["Paris: sunny for 3 days", "Oslo: noon"]
    assert latest(emulator, row).turns[-1] == Turn("user", "Observation: Oslo: noon")
    assert latest(emulator, row).tools == {}, "the agent describes them itself"


@fals
async def test_a_workflow_hands_over(row: Row, at: Make, emulator: Emulator) -> None:
    llm = at(row)
    weather = FunctionAgent(name="weather", description="Weather.", tools=TOOLS[:1], llm=llm)
    clock = FunctionAgent(name="clock", description="The time.", tools=TOOLS[1:], llm=llm)
    give = ToolUse("handoff", '{"to_agent": "clock", "reason": "It is about time."}')
    emulator.script(
        Answer(tool_calls=[PARIS]),
        Answer(tool_calls=[give]),
        Answer(tool_calls=[OSLO]),
        Answer(text="It is noon."),
        host="fal",
    )
    said, events = await run(AgentWorkflow(agents=[weather, clock], root_agent="weather"), "Time?")
    assert said == "It is noon."
    assert [results(events)[i] for i in (0, -1)] == ["Paris: sunny for 3 days", "Oslo: noon"]
    names = [one.name for turn in latest(emulator, row).turns for one in turn.calls]
    assert names == ["get_weather", "handoff", "get_time"]
    assert "get_weather" not in latest(emulator, row).tools


async def test_an_agent_forces_its_first_tool_and_sums_up(at: Make, emulator: Emulator) -> None:
    emulator.script(*[Answer(tool_calls=[OSLO])] * 2, Answer(text="It is noon."), host="fal")
    agent = FunctionAgent(
        tools=TOOLS,
        llm=at(SYNC),
        initial_tool_choice="get_time",
        early_stopping_method="generate",
    )
    assert str(await agent.run("Time?", max_iterations=2)) == "It is noon."
    told = [seen.body["system_prompt"] for seen in posts(emulator)]
    assert ["You must call `get_time`" in text for text in told] == [True, False, False]
    assert "maximum number of iterations" in told[-1]


async def test_an_agent_answers_with_an_object_that_is_asked_for_twice(
    at: Make, emulator: Emulator
) -> None:
    bad, good = Answer(text="Alien of 1979."), Answer(text='{"title": "Alien", "year": 1979}')
    emulator.script(Answer(text="It is Alien."), bad, good, host="fal")
    agent = FunctionAgent(tools=TOOLS, llm=at(SYNC), output_cls=Film)
    result: Any = await agent.run("Which film?")
    assert result.get_pydantic_model(Film) == Film(title="Alien", year=1979)
    assert "no JSON" in posts(emulator)[-1].body["prompt"]


async def test_a_picture_of_a_tool_is_shown_in_the_turn_of_its_result(
    at: Make, emulator: Emulator
) -> None:
    def take_photo() -> list[Any]:
        """Take a photo."""
        return [TextBlock(text="A photo:"), ImageBlock(image=PNG)]

    emulator.script(Answer(tool_calls=[ToolUse("take_photo")]), Answer(text="A dot."), host="fal")
    said, _ = await run(FunctionAgent(tools=[tool(take_photo)], llm=at(SYNC)), "What do you see?")
    assert said == "A dot."
    body = posts(emulator)[-1].body
    assert body["image_urls"] == [PNG_URL]
    assert body["prompt"].endswith("A photo:")


async def test_a_memory_goes_on_after_tools_and_json(at: Make, emulator: Emulator) -> None:
    llm = at(SYNC)
    memory = ChatMemoryBuffer.from_defaults(token_limit=10_000, tokenizer_fn=str.split)
    emulator.script(Answer(reasoning="Hm.", tool_calls=[PARIS]), Answer(text="Sunny."), host="fal")
    await FunctionAgent(tools=TOOLS, llm=llm).run("Weather?", memory=memory)
    kept = [message.model_dump_json() for message in await memory.aget_all()]
    history = [ChatMessage.model_validate_json(text) for text in kept]
    await FunctionAgent(tools=TOOLS, llm=llm).run("Thanks", chat_history=history)
    asked = latest(emulator, SYNC)
    assert asked.roles == ["user", "assistant", "tool", "assistant", "user"]
    assert asked.turns[2].text == "Paris: sunny for 3 days"


@fals
@pytest.mark.parametrize("streaming", [True, False])
async def test_an_agent_goes_from_fal_to_another_host_and_back(
    row: Row, streaming: bool, at: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(reasoning="At fal.", tool_calls=[PARIS]), DOWN, host="fal")
    emulator.script(Answer(text="Next.", reasoning="Elsewhere.", tool_calls=[OSLO]))
    emulator.script(Answer(text="Done."), host="fal")
    llm = at(row, CHAT, max_retries=0)
    said, events = await run(FunctionAgent(tools=TOOLS, llm=llm, streaming=streaming), "Well?")
    assert said == "Done."
    assert results(events) == ["Paris: sunny for 3 days", "Oslo: noon"]
    assert [seen.host for seen in posts(emulator)] == ["fal", "fal", "openrouter", "fal"]
    there = posts(emulator)[2].body
    assert [turn["role"] for turn in there["messages"]] == ["user", "assistant", "tool"]
    assert there["messages"][1]["tool_calls"][0]["id"] == there["messages"][2]["tool_call_id"]
    assert len(there["tools"]) == 2
    asked = latest(emulator, row)
    assert asked.roles == ["user", "assistant", "tool", "assistant", "tool"]
    assert [one.name for turn in asked.turns for one in turn.calls] == ["get_weather", "get_time"]
    for seen in posts(emulator)[2:]:
        assert b"At fal." not in seen.raw
        assert b"Elsewhere." not in seen.raw, "fal takes no reasoning"


async def test_a_call_that_breaks_off_is_never_made(at: Make, emulator: Emulator) -> None:
    half = Answer(tool_calls=[ToolUse("get_weather", '{"city": "Par')])
    emulator.script(half, host="fal")
    with pytest.raises(InvalidReplyError, match=r"get_weather.*raise max_tokens"):
        await run(FunctionAgent(tools=TOOLS, llm=at(SYNC)), "Weather?")
