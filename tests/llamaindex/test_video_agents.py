"""Agents that make videos: they watch them, wait or come back, and are told what went wrong."""

import json
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent, ToolCallResult
from llama_index.core.tools import FunctionTool
from llama_index.core.workflow import Context

from llamaindex_seed import SeedLLM, VideoProgress
from seed_core.emulator import Answer, Emulator, Job
from tests.llamaindex.filming import CAT, PROCESSING, Colour, Spec, asks, colours


async def test_an_agent_makes_a_clip_and_watches_it(
    emulator: Emulator, spec: Spec, llm: SeedLLM
) -> None:
    emulator.script(asks("generate_video", **CAT))
    agent = FunctionAgent(tools=spec(attach_media=True).to_tool_list(), llm=llm)
    context = Context(agent)
    handler = agent.run("Make a clip of a cat, and tell me what it shows.", ctx=context)
    events = [event async for event in handler.stream_events()]
    answer = str(await handler)
    (result,) = [event for event in events if isinstance(event, ToolCallResult)]
    url = result.tool_output.raw_output["videos"][0]["url"]
    called, shown = emulator.requests[-1].body["messages"][-2:]
    assert called["role"] == "tool"
    assert url in called["content"]
    assert shown["role"] == "user"
    assert {"type": "video_url", "video_url": {"url": url}} in shown["content"]
    assert "I was shown 1 video" in answer
    # The context is neither an argument nor a result of the tool, so what happened has a JSON form.
    assert result.tool_kwargs == CAT
    assert json.dumps(result.model_dump(mode="json"))


async def test_without_attach_media_an_agent_is_told_in_words_alone(
    emulator: Emulator, spec: Spec, llm: SeedLLM
) -> None:
    emulator.script(asks("generate_video", **CAT))
    await FunctionAgent(tools=spec().to_tool_list(), llm=llm).run("Make a clip.")
    assert "video_url" not in json.dumps(emulator.requests[-1].body["messages"])
    assert emulator.requests[-1].body["messages"][-1]["role"] == "tool"


async def test_progress_is_on_the_stream_of_the_run(
    emulator: Emulator, spec: Spec, llm: SeedLLM
) -> None:
    emulator.script(asks("generate_video", **CAT))
    emulator.script(Job(statuses=[PROCESSING]), host="runware")
    handler = FunctionAgent(tools=spec().to_tool_list(), llm=llm).run("Make a clip.")
    told = [event async for event in handler.stream_events() if isinstance(event, VideoProgress)]
    await handler
    (charge,) = emulator.charges
    assert {event.task_uuid for event in told} == {charge.job}
    assert [(event.status, event.percent) for event in told] == [
        ("submitting", None),
        ("running", 40),
        ("completed", None),
    ]
    assert json.loads(told[1].model_dump_json())["percent"] == 40


async def test_an_agent_that_cannot_wait_orders_and_asks(
    emulator: Emulator, spec: Spec, llm: SeedLLM
) -> None:
    made = spec()
    emulator.script(asks("submit_video", **CAT))
    agent = FunctionAgent(tools=made.to_tool_list(), llm=llm)
    await agent.run("Order a clip.")
    (charge,) = emulator.charges
    emulator.script(asks("get_video_status", task_uuid=charge.job))
    await agent.run("Is it ready?")
    assert charge.job in emulator.requests[-1].body["messages"][-1]["content"]
    assert len(emulator.charges) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"duration": 60}, "less than or equal to 15"), ({}, "more than max_cost_usd=0.01")],
)
async def test_an_agent_is_told_what_went_wrong(
    emulator: Emulator, spec: Spec, llm: SeedLLM, arguments: dict[str, Any], words: str
) -> None:
    emulator.script(asks("generate_video", **{**CAT, **arguments}))
    handler = FunctionAgent(tools=spec(max_cost_usd=0.01).to_tool_list(), llm=llm).run("A clip!")
    events = [event async for event in handler.stream_events()]
    await handler
    (result,) = [event for event in events if isinstance(event, ToolCallResult)]
    assert result.tool_output.is_error
    assert words in emulator.requests[-1].body["messages"][-1]["content"]
    assert not emulator.charges


async def test_a_react_agent_reads_the_address(
    emulator: Emulator, spec: Spec, llm: SeedLLM
) -> None:
    emulator.script(
        Answer(text=f"Thought: A clip.\nAction: generate_video\nAction Input: {json.dumps(CAT)}"),
        Answer(text="Thought: I can answer without using any more tools.\nAnswer: There it is."),
    )
    agent = ReActAgent(tools=spec(attach_media=True).to_tool_list(), llm=llm)
    handler = agent.run("Make a clip.")
    events = [event async for event in handler.stream_events()]
    assert "There it is." in str(await handler)
    (result,) = [event for event in events if isinstance(event, ToolCallResult)]
    asked = json.dumps(emulator.requests[-1].body["messages"])
    assert (
        f"Observation: The video is ready: {result.tool_output.raw_output['videos'][0]['url']}"
        in asked
    )
    assert any(isinstance(event, VideoProgress) for event in events)


@colours
async def test_predict_and_call_makes_a_clip(
    emulator: Emulator, spec: Spec, llm: SeedLLM, colour: Colour
) -> None:
    emulator.script(asks("generate_video", **CAT))
    tool = spec().to_tool_list(["generate_video"])
    if colour == "call":
        response = llm.predict_and_call(tool, "Make a clip.")
    else:
        response = await llm.apredict_and_call(tool, "Make a clip.")
    assert response.response.startswith("The video is ready: http")
    assert len(emulator.charges) == 1


async def test_a_method_wrapped_by_hand_works_too(emulator: Emulator, spec: Spec) -> None:
    made = spec()
    tool = FunctionTool.from_defaults(made.get_video_status, async_fn=made.aget_video_status)
    order = made.submit_video("A cat walks", 4)
    output = await tool.acall(task_uuid=order["task_uuid"])
    assert order["task_uuid"] in output.content
    assert "ctx" not in FunctionTool.from_defaults(made.generate_video).metadata.fn_schema_str
