"""Agents of LangChain: tool loops, structured answers, pictures from tools, middleware."""

from typing import Any

import pytest

pytest.importorskip("langchain")

from langchain.agents import create_agent
from langchain.agents.middleware import ModelRetryMiddleware, SummarizationMiddleware
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from pydantic import BaseModel

from langchain_seed import ChatSeed
from langchain_seed.errors import ContextOverflowError, RateLimitError
from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from tests.langchain.asking import Body, Make, beta
from tests.langchain.running import WAYS, run
from tests.langchain.samples import PNG64, PNG_URL


class Report(BaseModel):
    """A weather report."""

    city: str
    sunny: bool


def get_weather(city: str) -> str:
    """Weather of a city."""
    return f"sunny in {city}"


def get_time(city: str) -> str:
    """Time in a city."""
    return f"noon in {city}"


def get_picture(city: str) -> list[Any]:
    """Picture of a city."""
    return [{"type": "image", "base64": PNG64, "mime_type": "image/png"}]


def _ask(text: str) -> Any:
    return {"messages": [HumanMessage(text)]}


TWO = Answer(
    reasoning="Two things.",
    tool_calls=[
        ToolUse("get_weather", '{"city": "Paris"}', "c1"),
        ToolUse("get_time", '{"city": "Paris"}', "c2"),
    ],
)


@beta
@pytest.mark.parametrize("way", WAYS)
async def test_parallel_calls_are_made_and_answered(
    llm: ChatSeed, emulator: Emulator, body: Body, way: str
) -> None:
    emulator.script(TWO, Answer(text="It is sunny and noon.", reasoning="Done."))
    agent = create_agent(llm, [get_weather, get_time])
    state = await run(agent, way, _ask("Weather and time in Paris?"))
    kinds = [message.type for message in state["messages"]]
    assert kinds == ["human", "ai", "tool", "tool", "ai"]
    assert state["messages"][-1].text == "It is sunny and noon."
    assert [turn["role"] for turn in body()["messages"]] == ["user", "assistant", "tool", "tool"]
    assistant = body()["messages"][1]
    assert [call["id"] for call in assistant["tool_calls"]] == ["c1", "c2"]
    assert assistant["content"] is None
    assert assistant["reasoning_details"][0]["text"] == "Two things."


@beta
@pytest.mark.parametrize("way", WAYS)
async def test_an_agent_runs_by_rule_to_its_end(llm: ChatSeed, way: str) -> None:
    agent = create_agent(llm, [get_weather, get_time], system_prompt="Be brief.")
    state = await run(agent, way, _ask("Use get_weather and get_time for Paris"))
    assert "sunny in Paris" in state["messages"][-1].text
    assert "noon in Paris" in state["messages"][-1].text


@beta
@pytest.mark.parametrize("way", WAYS)
async def test_a_raw_schema_becomes_the_hosts_own_format(
    llm: ChatSeed, body: Body, way: str
) -> None:
    agent = create_agent(llm, response_format=Report)
    state = await run(agent, way, _ask("Weather in Paris?"))
    assert isinstance(state["structured_response"], Report)
    assert body()["response_format"]["type"] == "json_schema"
    assert not {"tools", "tool_choice"} & body().keys()


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream"])
async def test_provider_strategy_beside_tools(
    llm: ChatSeed, emulator: Emulator, body: Body, way: str
) -> None:
    emulator.script(TWO, Answer(text='{"city": "Paris", "sunny": true}'))
    agent = create_agent(llm, [get_weather, get_time], response_format=ProviderStrategy(Report))
    state = await run(agent, way, _ask("Weather in Paris?"))
    assert state["structured_response"] == Report(city="Paris", sunny=True)
    assert body()["response_format"]["json_schema"]["name"] == "Report"
    assert len(body()["tools"]) == 2


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream"])
async def test_tool_strategy_forces_a_call(
    llm: ChatSeed, emulator: Emulator, body: Body, way: str
) -> None:
    emulator.script(TWO, Answer(tool_calls=[ToolUse("Report", '{"city": "Oslo", "sunny": false}')]))
    agent = create_agent(llm, [get_weather, get_time], response_format=ToolStrategy(Report))
    state = await run(agent, way, _ask("Weather in Oslo?"))
    assert state["structured_response"] == Report(city="Oslo", sunny=False)
    assert body()["tool_choice"] == "required"
    assert "response_format" not in body()


def test_a_picture_that_a_tool_returns_is_shown_to_the_model(
    llm: ChatSeed, emulator: Emulator, body: Body
) -> None:
    emulator.script(
        Answer(
            tool_calls=[
                ToolUse("get_picture", '{"city": "Paris"}', "c1"),
                ToolUse("get_weather", '{"city": "Paris"}', "c2"),
            ]
        ),
        Answer(text="A tower."),
    )

    def picture_message(city: str) -> ToolMessage:
        """Picture of a city."""
        return ToolMessage(get_picture(city), tool_call_id="c1", name="get_picture")

    picture_message.__name__ = "get_picture"
    agent = create_agent(llm, [picture_message, get_weather])
    state = agent.invoke(_ask("Show Paris"))
    assert state["messages"][-1].text == "A tower."
    turns = body()["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "tool", "tool", "user"]
    assert {"type": "image_url", "image_url": {"url": PNG_URL}} in turns[-1]["content"]


def _patient(**settings: Any) -> Any:
    return ModelRetryMiddleware(
        max_retries=2, initial_delay=0, jitter=False, on_failure="error", **settings
    )


async def test_the_retry_middleware_tries_again_what_can_help(
    make: Make, emulator: Emulator
) -> None:
    emulator.script(Fault.status(429), Fault.status(503), Answer(text="Fine."))
    agent = create_agent(make(max_retries=0), middleware=[_patient()])
    assert agent.invoke(_ask("Hello"))["messages"][-1].text == "Fine."
    assert len(emulator.requests) == 3
    emulator.script(*[Fault.status(429)] * 3)
    with pytest.raises(RateLimitError):
        await agent.ainvoke(_ask("Hello"))
    assert len(emulator.requests) == 6


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
async def test_the_retry_middleware_does_not_try_again_what_cannot(
    make: Make, emulator: Emulator, status: int
) -> None:
    emulator.script(Fault.status(status), Answer(text="Not reached."))
    agent = create_agent(make(max_retries=0), middleware=[_patient()])
    with pytest.raises(Exception, match=f"answered {status}"):
        await agent.ainvoke(_ask("Hello"))
    assert len(emulator.requests) == 1


async def test_the_retry_middleware_does_not_repeat_what_was_never_sent(
    make: Make, emulator: Emulator
) -> None:
    agent = create_agent(make(video_fps=1.0), middleware=[_patient()])
    with pytest.raises(ModelInvalidRequestError):
        agent.invoke(_ask("Hello"))
    assert emulator.requests == []


async def test_the_summary_middleware_shrinks_a_conversation_that_overflows(
    make: Make, emulator: Emulator
) -> None:
    too_long = Fault.status(400, metadata={"error_type": "context_length_exceeded"})
    emulator.script(too_long, Answer(text="They talked."), Answer(text="Fine."))
    llm = make(max_retries=0)
    summary = SummarizationMiddleware(
        llm, trigger=("messages", 4), keep=("messages", 1), trim_tokens_to_summarize=None
    )
    talk = [
        message
        for number in range(4)
        for message in (HumanMessage(f"question {number} " * 50), AIMessage("answer " * 50))
    ]
    agent = create_agent(llm, middleware=[summary])
    state = agent.invoke({"messages": [*talk, HumanMessage("And now?")]})
    assert state["messages"][-1].text == "Fine."
    first, second, last = (str(seen.body["messages"]) for seen in emulator.requests)
    assert len(second) < len(first)
    assert "They talked." in last


def test_a_fraction_of_the_context_can_trigger_a_summary(llm: ChatSeed) -> None:
    SummarizationMiddleware(llm, trigger=("fraction", 0.8))


def test_an_overflow_reaches_the_caller_as_such(llm: ChatSeed) -> None:
    with pytest.raises(ContextOverflowError, match="maximum context length"):
        llm.invoke("word " * 300_000)


async def test_reasoning_stays_in_the_agents_state(llm: ChatSeed, emulator: Emulator) -> None:
    emulator.script(TWO, Answer(text="Fine.", reasoning="Done."))
    state = await create_agent(llm, [get_weather, get_time]).ainvoke(_ask("Hello"))
    thought = [
        block["reasoning"]
        for message in state["messages"]
        if isinstance(message, AIMessage)
        for block in message.content_blocks
        if block["type"] == "reasoning"
    ]
    assert thought == ["Two things.", "Done."]


def test_tokens_stream_out_of_an_agent(llm: ChatSeed, emulator: Emulator) -> None:
    emulator.script(Answer(text="one two three four", piece=4, delay=0.01))
    agent = create_agent(llm)
    pairs: Any = agent.stream(_ask("Hello"), stream_mode="messages")
    texts = [chunk.text for chunk, _ in pairs]
    assert "".join(texts) == "one two three four"
    assert len([text for text in texts if text]) > 3
