"""Probes of LlamaIndex's agents, whole runs of them."""

from typing import Any

from llama_index.core.agent.workflow import (
    AgentStream,
    AgentWorkflow,
    CodeActAgent,
    FunctionAgent,
    ReActAgent,
    ToolCallResult,
)
from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool

from seed_core.emulator import Answer, ToolUse
from tests.llamaindex.conformance import (
    Bench,
    call_delta,
    only,
    over_chat,
    probe,
    sse,
    with_thoughts,
)
from tests.llamaindex.samples import PNG, PNG_URL, get_time, get_weather

PARIS = ToolUse("get_weather", '{"city": "Paris"}', "call_1")
OSLO = ToolUse("get_weather", '{"city": "Oslo"}', "call_2")


async def run(agent: Any, question: str) -> tuple[str, list[Any]]:
    """The answer of an agent, and the events on the way."""
    handler = agent.run(question)
    events = [event async for event in handler.stream_events()]
    return str(await handler), events


def results(events: list[Any]) -> list[str]:
    """What the tools gave back."""
    return sorted(
        str(event.tool_output.content) for event in events if isinstance(event, ToolCallResult)
    )


@probe
async def a_function_agent_calls_tools_in_parallel(bench: Bench) -> None:
    for streaming in (True, False):
        both = Answer(reasoning="Two cities.", tool_calls=[PARIS, OSLO], piece=4)
        bench.script(both, Answer(text="Sunny in both."))
        agent = FunctionAgent(tools=[get_weather], llm=bench.llm(), streaming=streaming)
        said, events = await run(agent, "Weather in Paris and Oslo?")
        assert said == "Sunny in both."
        assert results(events) == ["Oslo: sunny", "Paris: sunny"]


@probe
@only(over_chat)
async def a_function_agent_takes_interleaved_calls(bench: Bench) -> None:
    fragments = [
        call_delta(0, '{"city": ', id="call_1", name="get_weather"),
        call_delta(1, '{"city": ', id="call_2", name="get_weather"),
        call_delta(0, '"Paris"}'),
        call_delta(1, '"Oslo"}'),
    ]
    deltas = [{"tool_calls": [fragment]} for fragment in fragments]
    bench.script(sse(*deltas, finish="tool_calls"), Answer(text="Done."))
    said, events = await run(FunctionAgent(tools=[get_weather], llm=bench.llm()), "Weather?")
    assert said == "Done."
    assert results(events) == ["Oslo: sunny", "Paris: sunny"]


@probe
async def an_agents_stream_shows_the_thinking(bench: Bench) -> None:
    bench.script(Answer(reasoning="Let me see.", text="Yes.", piece=3))
    _, events = await run(FunctionAgent(tools=[get_weather], llm=bench.llm()), "Hello")
    thought = [e.thinking_delta or "" for e in events if isinstance(e, AgentStream)]
    assert "".join(thought) == "Let me see."


@probe
@only(with_thoughts)
async def an_agent_sends_reasoning_back_between_its_steps(bench: Bench) -> None:
    bench.script(Answer(reasoning="I think.", tool_calls=[PARIS]), Answer(text="Sunny."))
    await run(FunctionAgent(tools=[get_weather], llm=bench.llm()), "Weather in Paris?")
    assert bench.asked.roles[-3:] == ["user", "assistant", "tool"]
    assert bench.asked.turns[-2].thoughts == "I think."


@probe
async def an_agents_tool_can_show_a_picture(bench: Bench) -> None:
    def take_photo() -> list[Any]:
        """Take a photo."""
        return [TextBlock(text="A photo:"), ImageBlock(image=PNG)]

    bench.script(Answer(tool_calls=[ToolUse("take_photo", "{}", "call_1")]), Answer(text="A dot."))
    photo = FunctionTool.from_defaults(fn=take_photo)
    said, _ = await run(FunctionAgent(tools=[photo], llm=bench.llm()), "What do you see?")
    assert said == "A dot."
    assert [one.address for one in bench.asked.shown] == [PNG_URL]


@probe
async def an_agent_workflow_hands_over(bench: Bench) -> None:
    llm = bench.llm()
    weather = FunctionAgent(
        name="weather", description="Knows weather.", tools=[get_weather], llm=llm
    )
    clock = FunctionAgent(name="clock", description="Knows the time.", tools=[get_time], llm=llm)
    give = ToolUse("handoff", '{"to_agent": "clock", "reason": "It is about time."}', "call_1")
    bench.script(
        Answer(tool_calls=[give]),
        Answer(tool_calls=[ToolUse("get_time", "{}", "call_2")]),
        Answer(text="It is noon."),
    )
    workflow = AgentWorkflow(agents=[weather, clock], root_agent="weather")
    said, events = await run(workflow, "What time is it?")
    assert said == "It is noon."
    assert "noon" in results(events)


@probe
async def a_react_agent_runs(bench: Bench) -> None:
    action = 'Thought: I need a tool.\nAction: get_weather\nAction Input: {"city": "Paris"}'
    final = "Thought: I can answer without using any more tools.\nAnswer: Sunny."
    bench.script(
        Answer(reasoning="hm", text=action, piece=7), Answer(reasoning="hm", text=final, piece=7)
    )
    agent = ReActAgent(tools=[get_weather], llm=bench.llm())
    said, events = await run(agent, "Weather in Paris?")
    assert said == "Sunny."
    assert results(events) == ["Paris: sunny"]


@probe
async def a_code_act_agent_runs(bench: Bench) -> None:
    code = "I run it.\n<execute>\nprint(6 * 7)\n</execute>"
    bench.script(Answer(reasoning="hm", text=code), Answer(text="It is 42."))
    said, events = await run(CodeActAgent(code_execute_fn=execute, llm=bench.llm()), "6 * 7?")
    assert said == "It is 42."
    assert results(events) == ["ran: print(6 * 7)"]


@probe
async def a_code_act_agent_goes_on_after_a_hand_off(bench: Bench) -> None:
    llm = bench.llm()
    coder = CodeActAgent(name="coder", description="Writes.", code_execute_fn=execute, llm=llm)
    clock = FunctionAgent(name="clock", description="Knows the time.", tools=[get_time], llm=llm)
    give = ToolUse("handoff", '{"to_agent": "clock", "reason": "It is about time."}', "call_1")
    bench.script(Answer(text="Not mine.", tool_calls=[give]), Answer(text="It is noon."))
    workflow = AgentWorkflow(agents=[coder, clock], root_agent="coder")
    said, _ = await run(workflow, "What time is it?")
    assert said == "It is noon."


def execute(code: str) -> str:
    """Run code."""
    return f"ran: {code.strip()}"
