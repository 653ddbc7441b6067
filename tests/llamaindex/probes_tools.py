"""Probes of tool calling: what is offered, what is read, what goes back."""

import asyncio
import json
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, TextBlock, ThinkingBlock, ToolCallBlock

from seed_core.emulator import Answer, ToolUse
from tests.asked import Called, Turn
from tests.llamaindex.conformance import (
    Bench,
    call_delta,
    failure,
    only,
    over_chat,
    probe,
    sse,
    with_thoughts,
)
from tests.llamaindex.samples import get_time, get_weather, tool, user

PARIS = ToolUse("get_weather", '{"city": "Paris"}', "call_1")
OSLO = ToolUse("get_weather", '{"city": "Oslo"}', "call_2")
TOOLS = [tool(get_weather), tool(get_time)]


async def streamed(bench: Bench, llm: Any = None, **call: Any) -> list[Any]:
    """The chunks of a streamed call with tools."""
    llm = llm or bench.llm()
    call = {"allow_parallel_tool_calls": True, **call}
    responses = await llm.astream_chat_with_tools(TOOLS, user_msg="Weather?", **call)
    return [response async for response in responses]


def selected(bench: Bench, response: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """The calls of a response as id, name and arguments."""
    calls = bench.llm().get_tool_calls_from_response(response, error_on_no_tool_call=False)
    return [(call.tool_id, call.tool_name, call.tool_kwargs) for call in calls]


TWO = [
    ("call_1", "get_weather", {"city": "Paris"}),
    ("call_2", "get_weather", {"city": "Oslo"}),
]


def idents(bench: Bench, response: Any) -> list[str]:
    """The ids of a response's calls: those of the script, which a host's tags cannot hold."""
    found = [ident for ident, _, _ in selected(bench, response)]
    assert all(found)
    assert len(set(found)) == len(found)
    assert bench.row.terse or found == [f"call_{n}" for n, _ in enumerate(found, 1)]
    return found


@probe
async def two_calls_of_a_whole_reply_are_read(bench: Bench) -> None:
    bench.script(Answer(tool_calls=[PARIS, OSLO]))
    response = await bench.llm().achat_with_tools(
        TOOLS, user_msg="Weather?", allow_parallel_tool_calls=True
    )
    assert len(idents(bench, response)) == 2
    assert [call[1:] for call in selected(bench, response)] == [call[1:] for call in TWO]


@probe
@only(over_chat)
async def two_calls_in_one_chunk_are_both_read(bench: Bench) -> None:
    both = [
        call_delta(0, PARIS.arguments, id="call_1", name="get_weather"),
        call_delta(1, OSLO.arguments, id="call_2", name="get_weather"),
    ]
    bench.script(sse({"tool_calls": both}, finish="tool_calls"))
    assert selected(bench, (await streamed(bench))[-1]) == TWO


@probe
@only(over_chat)
async def interleaved_fragments_of_calls_are_told_apart(bench: Bench) -> None:
    fragments = [
        call_delta(0, "", id="call_1", name="get_weather"),
        call_delta(1, "", id="call_2", name="get_weather"),
        call_delta(0, '{"city": '),
        call_delta(1, '{"city": '),
        call_delta(0, '"Paris"}'),
        call_delta(1, '"Oslo"}'),
    ]
    deltas = [{"tool_calls": [fragment]} for fragment in fragments]
    bench.script(sse(*deltas, finish="tool_calls"))
    assert selected(bench, (await streamed(bench))[-1]) == TWO


@probe
@only(over_chat)
async def null_arguments_and_repeated_names_do_no_harm(bench: Bench) -> None:
    fragments = [
        call_delta(0, None, id="call_1", name="get_weather"),
        call_delta(0, '{"city": ', name="get_weather", id=""),
        call_delta(0, '"Paris"}', name="get_weather", id=""),
    ]
    deltas = [{"content": None, "tool_calls": [fragment]} for fragment in fragments]
    bench.script(sse(*deltas, finish="tool_calls"))
    assert selected(bench, (await streamed(bench))[-1]) == TWO[:1]


@probe
@only(over_chat)
async def calls_without_an_id_get_stable_ones(bench: Bench) -> None:
    fragments = [
        call_delta(0, '{"city": "Paris"', name="get_weather"),
        call_delta(0, "}"),
        call_delta(1, '{"city": "Oslo"', name="get_weather"),
        call_delta(1, "}"),
    ]
    deltas = [{"tool_calls": [fragment]} for fragment in fragments]
    bench.script(sse(*deltas, finish="tool_calls"))
    chunks = [selected(bench, chunk) for chunk in await streamed(bench)]
    ids = [[ident for ident, _, _ in chunk] for chunk in chunks if chunk]
    assert all(ids[-1]), f"ids {ids[-1]}"
    assert len(set(ids[-1])) == 2, f"ids {ids[-1]}"
    assert all(chunk == ids[-1][: len(chunk)] for chunk in ids), "ids change"


@probe
async def unfinished_arguments_are_read_as_far_as_they_go(bench: Bench) -> None:
    bench.script(Answer(tool_calls=[PARIS], piece=3))
    chunks = [selected(bench, chunk) for chunk in await streamed(bench)]
    cities = [chunk[0][2].get("city", "") for chunk in chunks if chunk]
    assert cities[-1] == "Paris"
    assert all("Paris".startswith(city) for city in cities)


@probe
async def broken_arguments_are_an_error_and_not_a_call_without_any(bench: Bench) -> None:
    for broken in ('{"city": "Par', '["Paris"]', "Paris"):
        bench.script(Answer(tool_calls=[ToolUse("get_weather", broken, "call_1")]))
        if bench.row.api == "messages":  # where whole answers hold objects, which are never broken
            response = (await streamed(bench))[-1]
        else:
            response = await bench.llm().achat_with_tools(TOOLS, user_msg="Weather?")
        said = await failure(asyncio.to_thread(selected, bench, response))
        assert "get_weather" in said, said


@probe
async def a_tool_without_arguments_can_be_called_and_told_of(bench: Bench) -> None:
    llm = bench.llm()
    bench.script(Answer(tool_calls=[ToolUse("get_time", "", "call_1")]))
    response = await llm.achat_with_tools(TOOLS, user_msg="Time?")
    [ident] = idents(bench, response)
    assert selected(bench, response) == [(ident, "get_time", {})]
    schema, _ = bench.asked.tools["get_time"]
    assert schema["properties"] == {}
    result = ChatMessage(role="tool", content="", additional_kwargs={"tool_call_id": ident})
    await llm.achat([user("Time?"), response.message, result])
    _, answer, told = bench.asked.turns
    assert answer.calls == (Called(ident, "get_time", {}),)
    nothing = "The tool returned nothing." if bench.row.terse else ""
    assert (told.answers, told.text) == (ident, nothing)


@probe
async def arguments_go_back_as_json_text(bench: Bench) -> None:
    block = ToolCallBlock(tool_call_id="c", tool_name="get_weather", tool_kwargs={"city": "Köln"})
    result = ChatMessage(role="tool", content="sunny", additional_kwargs={"tool_call_id": "c"})
    answer = ChatMessage(role="assistant", blocks=[block])
    await bench.llm().achat([user(), answer, result])
    assert bench.asked.turns[1].calls == (Called("c", "get_weather", {"city": "Köln"}),)


@probe
@only(with_thoughts)
async def reasoning_goes_back_to_its_issuer_in_a_tool_loop(bench: Bench) -> None:
    for method in ("achat_with_tools", "astream_chat_with_tools"):
        bench.script(Answer(reasoning="I think.", tool_calls=[PARIS]))
        llm = bench.llm()
        if method == "achat_with_tools":
            answer = (await llm.achat_with_tools(TOOLS, user_msg="Weather?")).message
        else:
            answer = (await streamed(bench, llm))[-1].message
        given = {"tool_call_id": "call_1"}
        result = ChatMessage(role="tool", content="sunny", additional_kwargs=given)
        await llm.achat([user("Weather?"), answer, result])
        assert bench.asked.turns[1].thoughts == "I think.", method


@probe
async def calls_go_back_once(bench: Bench) -> None:
    bench.script(Answer(tool_calls=[PARIS, OSLO]))
    llm = bench.llm()
    answer = (await streamed(bench, llm))[-1]
    both = idents(bench, answer)
    assert len(both) == 2
    results = [
        ChatMessage(role="tool", content="sunny", additional_kwargs={"tool_call_id": ident})
        for ident in both
    ]
    await llm.achat([user("Weather?"), answer.message, *results])
    assert [call.id for call in bench.asked.turns[1].calls] == both


@probe
async def streaming_shows_calls_as_blocks_and_as_the_mirror(bench: Bench) -> None:
    bench.script(Answer(reasoning="hm", text="Look:", tool_calls=[PARIS]))
    message = (await streamed(bench))[-1].message
    kinds = [type(block) for block in message.blocks]
    assert kinds == [ThinkingBlock, TextBlock, ToolCallBlock]
    mirror = message.additional_kwargs["tool_calls"]
    assert isinstance(mirror, list)
    json.dumps(mirror)


@probe
async def tool_required_is_sent(bench: Bench) -> None:
    await bench.llm().achat_with_tools(TOOLS, user_msg="Weather in Paris?", tool_required=True)
    assert bench.asked.choice == "required"


@probe
async def tool_choice_by_name_is_sent(bench: Bench) -> None:
    await bench.llm().achat_with_tools(TOOLS, user_msg="Hello", tool_choice="get_time")
    assert bench.asked.choice == "=get_time"


@probe
async def a_single_call_is_kept_where_several_are_not_allowed(bench: Bench) -> None:
    bench.script(Answer(tool_calls=[PARIS, OSLO]))
    response = await bench.llm().achat_with_tools(TOOLS, user_msg="Weather?")
    assert len(selected(bench, response)) == 1, "whole"
    bench.script(Answer(tool_calls=[PARIS, OSLO]))
    last = (await streamed(bench, allow_parallel_tool_calls=False))[-1]
    assert len(selected(bench, last)) == 1, "streamed"


@probe
async def predict_and_call_runs_the_tool(bench: Bench) -> None:
    bench.script(Answer(tool_calls=[PARIS, OSLO]))
    answer = bench.llm().predict_and_call([tool(get_weather)], user_msg="Weather?")
    assert answer.response == "Paris: sunny"
    bench.script(Answer(tool_calls=[PARIS, OSLO]))
    both = await bench.llm().apredict_and_call(
        [tool(get_weather)], user_msg="Weather?", allow_parallel_tool_calls=True
    )
    assert both.response == "Paris: sunny\n\nOslo: sunny"


@probe
async def a_long_description_is_no_error(bench: Bench) -> None:
    offered = tool(get_weather)
    offered.metadata.description = "The weather. " * 100
    await bench.llm().achat_with_tools([offered], user_msg="Hello")
    _, description = bench.asked.tools["get_weather"]
    assert len(description) > 1024


@probe
async def a_result_without_its_call_is_told_and_not_refused(bench: Bench) -> None:
    given = {"tool_call_id": "gone"}
    result = ChatMessage(role="tool", content="sunny", additional_kwargs=given)
    await bench.llm().achat([user("Weather?"), result])
    assert set(bench.asked.roles) == {"user"}
    assert "sunny" in bench.asked.text


@probe
async def a_call_without_its_result_gets_one(bench: Bench) -> None:
    block = ToolCallBlock(tool_call_id="c", tool_name="get_weather", tool_kwargs={"city": "Rome"})
    await bench.llm().achat([user(), ChatMessage(role="assistant", blocks=[block]), user("So?")])
    assert bench.asked.roles == ["user", "assistant", "tool", "user"]
    assert bench.asked.turns[2].answers == "c"


@probe
async def a_trailing_system_message_is_sent(bench: Bench) -> None:
    await bench.llm().achat([user(), ChatMessage(role="system", content="Be brief.")])
    assert Turn("system", "Be brief.") in bench.asked.turns


@probe
async def a_result_that_was_returned_directly_is_an_answer(bench: Bench) -> None:
    given = {"tool_call_id": "c"}
    block = ToolCallBlock(tool_call_id="c", tool_name="get_weather", tool_kwargs={"city": "Rome"})
    turns = [
        user(),
        ChatMessage(role="assistant", blocks=[block]),
        ChatMessage(role="tool", content="sunny", additional_kwargs=given),
        ChatMessage(role="assistant", content="sunny", additional_kwargs=given),
        user("Thanks"),
    ]
    await bench.llm().achat(turns)
    assert bench.asked.turns[3] == Turn("assistant", "sunny")
