"""fal's own endpoint as LangChain's users have it: answers, agents, other hosts beside it."""

from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)
from pydantic import BaseModel
from typing_extensions import TypedDict

from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from tests.asked import Turn
from tests.langchain.asking import How, Make, ask, beta
from tests.langchain.running import WAYS, run
from tests.langchain.samples import PNG64, PNG_URL
from tests.posted import latest, posts
from tests.rows import Row

SYNC, QUEUE = Row("fal", "sync"), Row("fal", "queue")
CHAT = Row("openrouter", "chat")
MINI = "fal-ai/bytedance/seed/v2/mini"
fals = pytest.mark.parametrize("row", [SYNC, QUEUE], ids=str)

PARIS = ToolUse("get_weather", '{"city": "Paris"}')
OSLO = ToolUse("get_time", '{"city": "Oslo"}')
DOWN = Fault.status(503)


class Report(BaseModel):
    """A weather report."""

    city: str
    sunny: bool


class TypedReport(TypedDict):
    """A weather report."""

    city: str
    sunny: bool


def get_weather(city: str) -> str:
    """Weather of a city."""
    return f"sunny in {city}"


def get_time(city: str) -> str:
    """Time in a city."""
    return f"noon in {city}"


def said(text: str) -> Any:
    return {"messages": [HumanMessage(text)]}


# --- what an answer tells -------------------------------------------------------------------------


@fals
async def test_an_answer_tells_what_the_host_does_and_no_more(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(Answer(text="Hi", reasoning="Hm.", cost=0.002), host="fal")
    message = await ask(at(row), how, "Hello")
    state = {"issuer": "fal", "reasoning_details": None}
    assert message.content == "Hi"
    assert message.additional_kwargs == {"reasoning_content": "Hm.", "seed": state}
    assert message.usage_metadata is None
    told = message.response_metadata
    assert told.pop("id") == told.pop("request_id")
    assert told == {
        "model_provider": "seed",
        "model_name": MINI,
        "provider": "fal",
        "finish_reason": "unknown",
        "cost": pytest.approx(0.002),
        "cost_source": "reported",
        "cost_details": {"billable_units": 20_000},
    }


@fals
async def test_of_a_stream_each_kind_is_one_chunk(row: Row, at: Make, emulator: Emulator) -> None:
    emulator.script(*[Answer(text="I look.", reasoning="Hm.", tool_calls=[PARIS])] * 2, host="fal")
    llm = at(row).bind_tools([get_weather])
    for chunks in (list(llm.stream("Hello")), [chunk async for chunk in llm.astream("Hello")]):
        thought, text, call, end = chunks
        assert thought.additional_kwargs == {"reasoning_content": "Hm."}
        assert text.content == "I look."
        assert [one["name"] for one in call.tool_call_chunks] == ["get_weather"]  # type: ignore[attr-defined]  # a chunk
        assert end.response_metadata["finish_reason"] == "tool_calls"
        assert "finish_reason" not in call.response_metadata


# --- agents ---------------------------------------------------------------------------------------


def agents() -> Any:
    return pytest.importorskip("langchain.agents")


@beta
@pytest.mark.parametrize("way", WAYS)
@fals
async def test_an_agent_goes_through_several_rounds(
    row: Row, at: Make, emulator: Emulator, way: str
) -> None:
    emulator.script(
        Answer(text="First the weather.", reasoning="Two things.", tool_calls=[PARIS]),
        Answer(tool_calls=[OSLO]),
        Answer(text="Both again.", tool_calls=[PARIS, OSLO]),
        Answer(text="It is sunny and noon.", reasoning="Done."),
        host="fal",
    )
    agent = agents().create_agent(at(row), [get_weather, get_time], system_prompt="Be brief.")
    state = await run(agent, way, said("Weather and time?"))
    kinds = [message.type for message in state["messages"]]
    assert kinds == ["human", "ai", "tool", "ai", "tool", "ai", "tool", "tool", "ai"]
    assert state["messages"][-1].text == "It is sunny and noon."
    assert [seen.body["prompt"].count("Result of") for seen in posts(emulator)] == [0, 1, 1, 2]
    asked = latest(emulator, row)
    assert asked.turns[0] == Turn("system", "Be brief.")
    assert asked.roles[1:] == [{"human": "user", "ai": "assistant"}.get(k, k) for k in kinds[:-1]]
    assert [turn.text for turn in asked.turns if turn.role == "tool"] == [
        "sunny in Paris",
        "noon in Oslo",
        "sunny in Paris",
        "noon in Oslo",
    ]
    calls = [call for turn in asked.turns for call in turn.calls]
    assert [call.id for call in calls] == [
        message.tool_call_id for message in state["messages"] if isinstance(message, ToolMessage)
    ]
    assert asked.tools.keys() == {"get_weather", "get_time"}
    assert b"Two things." not in posts(emulator)[-1].raw


@beta
@pytest.mark.parametrize("way", WAYS)
@fals
async def test_an_agent_runs_by_rule_to_its_end(row: Row, at: Make, way: str) -> None:
    agent = agents().create_agent(at(row), [get_weather, get_time])
    state = await run(agent, way, said("Use get_weather and get_time for Paris"))
    assert "sunny in Paris" in state["messages"][-1].text
    assert "noon in Paris" in state["messages"][-1].text


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream"])
@pytest.mark.parametrize("strategy", ["", "ProviderStrategy", "ToolStrategy"])
@pytest.mark.parametrize("form", [Report, TypedReport])
@fals
async def test_an_agent_ends_with_an_object(
    row: Row, at: Make, emulator: Emulator, way: str, strategy: str, form: Any
) -> None:
    strategies = pytest.importorskip("langchain.agents.structured_output")
    wanted = getattr(strategies, strategy)(form) if strategy else form
    end = '{"city": "Paris", "sunny": true}'
    by_tool = strategy == "ToolStrategy"
    last = (
        Answer(tool_calls=[ToolUse(form.__name__, end)]) if by_tool else Answer(text=f"So: {end}")
    )
    emulator.script(Answer(tool_calls=[PARIS]), last, host="fal")
    agent = agents().create_agent(at(row), [get_weather], response_format=wanted)
    state = await run(agent, way, said("Weather in Paris?"))
    got = state["structured_response"]
    assert (got.model_dump() if form is Report else got) == {"city": "Paris", "sunny": True}
    told = posts(emulator)[-1].body["system_prompt"]
    assert ("JSON schema, named" in told) is not by_tool
    assert "get_weather" in told


async def test_a_picture_of_a_tool_is_shown_in_the_turn_of_its_result(
    at: Make, emulator: Emulator, how: How
) -> None:
    llm = at(SYNC).bind_tools([get_weather])
    emulator.script(Answer(tool_calls=[PARIS]), host="fal")
    message = await ask(llm, how, "Weather?")
    picture = {"type": "image", "base64": PNG64, "mime_type": "image/png"}
    told = ToolMessage([picture], tool_call_id=message.tool_calls[0]["id"])
    await ask(llm, how, [HumanMessage("Weather?"), message, told])
    body = posts(emulator)[-1].body
    assert body["image_urls"] == [PNG_URL]
    assert body["prompt"].endswith("The result is shown here:")


# --- other hosts beside it ------------------------------------------------------------------------


@pytest.mark.parametrize("api", ["sync", "queue"])
async def test_a_tool_loop_goes_from_fal_to_another_host_and_back(
    at: Make, emulator: Emulator, how: How, api: str
) -> None:
    row = Row("fal", api)
    llm = at(row, CHAT, max_retries=0).bind_tools([get_weather, get_time])
    history: list[Any] = [HumanMessage("Weather and time?")]
    emulator.script(Answer(reasoning="At fal.", tool_calls=[PARIS]), DOWN, host="fal")
    emulator.script(Answer(text="Next.", reasoning="Elsewhere.", tool_calls=[OSLO]))
    for result in ("sunny", "noon"):
        answer = await ask(llm, how, history)
        history += [answer, ToolMessage(result, tool_call_id=answer.tool_calls[0]["id"])]
        history = messages_from_dict(messages_to_dict(history))
    assert [m.response_metadata["provider"] for m in history if isinstance(m, AIMessage)] == [
        "fal",
        "openrouter",
    ]
    [there] = [seen.body for seen in posts(emulator) if seen.host == "openrouter"]
    assert [turn["role"] for turn in there["messages"]] == ["user", "assistant", "tool"]
    assert there["messages"][1]["tool_calls"][0]["id"] == there["messages"][2]["tool_call_id"]
    assert len(there["tools"]) == 2
    assert "At fal." not in str(there), "reasoning stays with the host that issued it"
    last = await ask(llm, how, history)
    assert last.response_metadata["provider"] == "fal"
    asked = latest(emulator, row)
    assert asked.roles == ["user", "assistant", "tool", "assistant", "tool"]
    assert [call.name for turn in asked.turns for call in turn.calls] == ["get_weather", "get_time"]
    assert asked.turns[3].text == "Next."
    assert [turn.text for turn in asked.turns if turn.role == "tool"] == ["sunny", "noon"]
    assert b"Elsewhere." not in posts(emulator)[-1].raw, "fal takes no reasoning"


@pytest.mark.parametrize("first", [SYNC, QUEUE, CHAT], ids=str)
async def test_an_object_is_asked_of_each_host_in_its_own_way(
    at: Make, emulator: Emulator, how: How, first: Row
) -> None:
    second = CHAT if first.terse else SYNC
    llm = at(first, second, max_retries=0)
    chain = llm.with_structured_output(Report, include_raw=True)
    emulator.script(DOWN, host=first.emulated)
    text = Report(city="Paris", sunny=True).model_dump_json()
    emulator.script(Answer(text=text), host=second.emulated)
    got: Any = None
    match how:
        case "invoke":
            got = chain.invoke("Paris?")
        case "ainvoke":
            got = await chain.ainvoke("Paris?")
        case "stream":
            got = list(chain.stream("Paris?"))[-1]
        case "astream":
            got = [piece async for piece in chain.astream("Paris?")][-1]
    assert got["parsed"] == Report(city="Paris", sunny=True)
    bodies = {seen.host: seen.body for seen in posts(emulator)}
    assert bodies["openrouter"]["response_format"]["type"] == "json_schema"
    assert "JSON schema, named Report" in bodies["fal"]["system_prompt"]
