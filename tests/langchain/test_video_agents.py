"""Agents that make videos: one asks for a clip, is shown it, and watches it."""

import json
from typing import Any

import pytest

pytest.importorskip("langchain")

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from langchain_seed import ChatSeed, SeedanceTool, seedance_tools
from seed_core.emulator import Answer, Emulator, Job, ToolUse
from tests.langchain.asking import Body, beta
from tests.langchain.filming import PROCESSING, at, failing, sent, submissions
from tests.langchain.running import WAYS, run

ASKED: Any = {"messages": [HumanMessage("Film a cat for four seconds, please.")]}


def calling(name: str, **arguments: Any) -> Answer:
    """A model that calls one tool."""
    return Answer(reasoning="They want it.", tool_calls=[ToolUse(name, json.dumps(arguments))])


def results(state: Any) -> list[ToolMessage]:
    """What the tools said."""
    return [message for message in state["messages"] if isinstance(message, ToolMessage)]


@beta
@pytest.mark.parametrize("way", WAYS)
async def test_an_agent_makes_a_video_and_watches_it(
    llm: ChatSeed, emulator: Emulator, body: Body, way: str
) -> None:
    emulator.script(
        calling("generate_video", prompt="A cat walks", duration=4),
        Answer(text="Here it is."),
        Answer(text="The cat walks to the left."),
    )
    agent = create_agent(llm, [SeedanceTool(**at(emulator), fixed={"tier": "480p"})])
    state = await run(agent, way, ASKED)
    [made] = results(state)
    [clip] = made.artifact["videos"]
    assert (sent(emulator)["positivePrompt"], sent(emulator)["duration"]) == ("A cat walks", 4)
    assert body()["messages"][-1]["content"] == made.text
    assert "tier" not in body()["tools"][0]["function"]["parameters"]["properties"]

    look = HumanMessage(
        [{"type": "text", "text": "Where to?"}, {"type": "video", "url": clip["url"]}]
    )
    state = await run(agent, way, {"messages": [*state["messages"], look]})
    shown = body()["messages"][-1]["content"]
    assert shown[1] == {"type": "video_url", "video_url": {"url": clip["url"]}}
    assert state["messages"][-1].text == "The cat walks to the left."
    assert [charge.usd for charge in emulator.charges] == [0.144]


@beta
@pytest.mark.parametrize("way", WAYS)
async def test_an_agent_mends_a_call_that_was_wrong(
    llm: ChatSeed, emulator: Emulator, body: Body, way: str
) -> None:
    emulator.script(
        calling("generate_video", prompt="A cat", duration=60),
        calling("generate_video", prompt="A cat", duration=15),
        calling("generate_video", prompt="A cat", duration=4),
        Answer(text="Here it is."),
    )
    agent = create_agent(llm, [SeedanceTool(**at(emulator), max_cost_usd=0.5)])
    state = await run(agent, way, ASKED)
    wrong, dear, made = results(state)
    assert [wrong.status, dear.status, made.status] == ["error", "error", "success"]
    assert "duration: Input should be less than or equal to 15" in wrong.text
    assert "would cost about USD 1.215, more than max_cost_usd=0.5" in dear.text
    assert state["messages"][-1].text == "Here it is."
    assert submissions(emulator) == len(emulator.charges) == 1


@beta
@pytest.mark.parametrize("way", WAYS)
async def test_an_agent_goes_on_after_a_video_that_failed(
    llm: ChatSeed, emulator: Emulator, way: str
) -> None:
    emulator.script(calling("generate_video", prompt="A cat"), Answer(text="It was refused."))
    emulator.script(Job(statuses=[failing("contentPolicyViolation", "A face.")]), host="runware")
    agent = create_agent(llm, [SeedanceTool(**at(emulator))])
    state = await run(agent, way, ASKED)
    [failed] = results(state)
    assert failed.status == "error"
    assert "contentPolicyViolation: A face" in failed.text
    assert state["messages"][-1].text == "It was refused."


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
async def test_an_agent_that_cannot_wait_orders_a_video_and_asks_for_it_later(
    llm: ChatSeed, emulator: Emulator, way: str
) -> None:
    emulator.script(calling("submit_video", prompt="A cat"), Answer(text="It is under way."))
    emulator.script(Job(statuses=[PROCESSING]), host="runware")
    agent = create_agent(llm, seedance_tools(**at(emulator)))
    state = await run(agent, way, ASKED)
    [ordered] = results(state)
    uuid = ordered.artifact["task_uuid"]
    assert uuid in ordered.text
    for said in ("Not yet.", "Here it is."):
        emulator.script(calling("get_video_status", task_uuid=uuid), Answer(text=said))
        again = HumanMessage("Is it there?")
        state = await run(agent, way, {"messages": [*state["messages"], again]})
    states = [message.artifact["state"] for message in results(state)]
    assert states == ["processing", "processing", "success"]
    assert isinstance(state["messages"][-1], AIMessage)
    assert len(emulator.charges) == 1


async def test_the_events_of_an_agent_tell_of_progress(llm: ChatSeed, emulator: Emulator) -> None:
    emulator.script(calling("generate_video", prompt="A cat"), Answer(text="Here it is."))
    agent = create_agent(llm, [SeedanceTool(**at(emulator))])
    events: list[Any] = [event async for event in agent.astream_events(ASKED, version="v2")]
    told = [event["data"] for event in events if event["name"] == "video_progress"]
    assert [progress["percent"] for progress in told] == [40, 80, None]
