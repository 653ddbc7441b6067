"""Whichever way an answer is asked for, the message at the end is the same, field by field."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from langchain_core.messages import AIMessage
from langchain_core.messages.block_translators import get_translator

from langchain_seed import ChatSeed
from seed_core.emulator import Answer, Emulator, ToolUse
from tests.langchain.asking import Make, ask, beta
from tests.rows import ROWS, Row

Way: TypeAlias = Callable[[ChatSeed], Awaitable[AIMessage]]

SHOWN = {"type": "reasoning.text", "format": "openai-responses-v1", "index": 0}
SECRET = {"type": "reasoning.encrypted", "data": "abc=", "id": "r1", "format": None, "index": 1}
DETAILS = ([{**SHOWN, "text": "Two "}], [{**SHOWN, "text": "cities."}], [SECRET])
WHOLE = ({**SHOWN, "text": "Two cities."}, SECRET)
CALLS = (
    ToolUse("get_weather", '{"city": "Paris", "days": [1, 2]}', "c1"),
    ToolUse("get_weather", '{"city": "北京"}', "c2"),
)
CITED = {"url": "https://example.com", "title": "T", "start_index": 0, "end_index": 3}
ANSWERS = {
    "everything": Answer(text="Let me see.", reasoning_details=DETAILS, tool_calls=CALLS),
    "one delta mixes text and a call": Answer(
        text="Let me see.", reasoning_details=DETAILS, tool_calls=CALLS, mixed=True
    ),
    "a call without text": Answer(reasoning="Hm, a call.", tool_calls=CALLS),
    "a broken call": Answer(text="So", tool_calls=(CALLS[0], ToolUse("f", '{"a": "b', "c3"))),
    "text": Answer(text="Hello there.", reasoning="A greeting."),
    "text without reasoning": Answer(text="Hello there."),
    "cited text": Answer(
        text="Hello there.", annotations=[{"type": "url_citation", "url_citation": CITED}]
    ),
    "a refusal": Answer(refusal="I cannot help with that."),
    "nothing": Answer(),
}


async def _invoke(llm: ChatSeed) -> AIMessage:
    return await ask(llm, "invoke", "Hello")  # type: ignore[no-any-return]  # asked for no object


async def _stream(llm: ChatSeed) -> AIMessage:
    return await ask(llm, "stream", "Hello")  # type: ignore[no-any-return]  # asked for no object


async def _astream(llm: ChatSeed) -> AIMessage:
    return await ask(llm, "astream", "Hello")  # type: ignore[no-any-return]  # asked for no object


async def _events_2(llm: ChatSeed) -> AIMessage:
    [output] = [
        event["data"]["output"]
        async for event in llm.astream_events("Hello", version="v2")
        if event["event"] == "on_chat_model_end"
    ]
    assert isinstance(output, AIMessage)
    return output


async def _events_3(llm: ChatSeed) -> AIMessage:
    return llm.stream_events("Hello", version="v3").output


async def _aevents_3(llm: ChatSeed) -> AIMessage:
    stream = await llm.astream_events("Hello", version="v3")
    output = await stream.output
    assert isinstance(output, AIMessage)
    return output


async def _streaming(llm: ChatSeed) -> AIMessage:
    return await llm.model_copy(update={"streaming": True}).ainvoke("Hello", stream=True)


WAYS: dict[str, tuple[Way, dict[str, Any]]] = {
    "stream": (_stream, {}),
    "astream": (_astream, {}),
    "stream, one event at a time": (_stream, {"coalesce": False}),
    "invoke, streaming": (_streaming, {}),
    "astream_events v2": (_events_2, {}),
    "stream_events v3": (_events_3, {}),
    "astream_events v3": (_aevents_3, {}),
    "invoke, output v1": (_invoke, {"output_version": "v1"}),
    "stream, output v1": (_stream, {"output_version": "v1"}),
    "astream, output v1": (_astream, {"output_version": "v1"}),
    "astream_events v2, output v1": (_events_2, {"output_version": "v1"}),
    "stream_events v3, output v1": (_events_3, {"output_version": "v1"}),
}


def _without_index(blocks: Any) -> Any:
    return [{name: value for name, value in block.items() if name != "index"} for block in blocks]


def _said(message: AIMessage) -> dict[str, Any]:
    """Every field but those that name the one call."""
    of_the_call = ("id", "request_id", "output_version")
    return {
        "text": message.text,
        "blocks": _without_index(message.content_blocks),
        "tool_calls": message.tool_calls,
        # A stream says of a broken call only that it is broken; there, it also ends in a bracket.
        "invalid": [(bad["id"], bad["name"]) for bad in message.invalid_tool_calls],
        "usage": message.usage_metadata,
        "kwargs": message.additional_kwargs,
        "metadata": {k: v for k, v in message.response_metadata.items() if k not in of_the_call},
    }


def _roughly(block: Any) -> tuple[str, Any, Any]:
    """A block without what a stream says otherwise of a broken call.

    LangChain leaves it in the content of version 1 as the chunk that it was.
    """
    kind = {"tool_call_chunk": "invalid_tool_call"}.get(block["type"], block["type"])
    return kind, block.get("id"), block.get("text")


@beta
@pytest.mark.parametrize("piece", [1, 5, 1000])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_all_ways_agree(
    make: Make, emulator: Emulator, way: Any, answer: Answer, piece: int
) -> None:
    ask_it, settings = way
    chopped = replace(answer, piece=piece)
    at_once = replace(answer, reasoning_details=answer.reasoning_details and WHOLE)
    emulator.script(at_once, at_once if ask_it is _invoke else chopped)
    whole = _said(make().invoke("Hello"))
    got = _said(await ask_it(make(**settings)))
    if answer is ANSWERS["a broken call"]:
        for said in (whole, got):
            said["blocks"] = [_roughly(block) for block in said["blocks"]]
    for field, value in whole.items():
        assert got[field] == value, field


ELSEWHERE = [
    (row, name, way)
    for row in ROWS
    for name in ANSWERS
    for way in WAYS
    # A stream without usage says less, and a whole answer of messages is never broken.
    if row.streams and row.counts_streams and (row.api, name) != ("messages", "a broken call")
]


@beta
@pytest.mark.slow
@pytest.mark.parametrize(("row", "name", "way"), ELSEWHERE, ids=str)
async def test_all_ways_agree_at_every_host_over_every_wire(
    row: Row, name: str, way: str, emulator: Emulator
) -> None:
    ask_it, settings = WAYS[way]
    shown = "Two cities." if ANSWERS[name].reasoning_details else ANSWERS[name].reasoning
    answer = replace(ANSWERS[name], reasoning=shown, reasoning_details=None, piece=5)
    emulator.script(answer, answer, host=row.emulated)
    given = row.settings(emulator)
    whole = _said(ChatSeed(**given).invoke("Hello"))
    got = _said(await ask_it(ChatSeed(**given, **settings)))
    if name == "a broken call":
        for said in (whole, got):
            said["blocks"] = [_roughly(block)[::2] for block in said["blocks"]]
    for field, value in whole.items():
        assert _nameless(got[field]) == _nameless(value), field


def _nameless(value: Any) -> Any:
    """A value without the ids that a host makes up for each answer."""
    if isinstance(value, dict):
        kept = value.keys() - {"id", "call_id"}
        return {name: _nameless(value[name]) for name in kept}
    return [_nameless(one) for one in value] if isinstance(value, list) else value


@beta
@pytest.mark.parametrize("way", [way for name, way in WAYS.items() if "v1" in name or "v3" in name])
async def test_version_1_content_is_the_blocks(make: Make, emulator: Emulator, way: Any) -> None:
    ask_it, settings = way
    emulator.script(ANSWERS["one delta mixes text and a call"])
    message = await ask_it(make(**settings))
    assert [block["type"] for block in message.content] == [
        "reasoning",
        "text",
        "tool_call",
        "tool_call",
    ]
    assert message.content == message.content_blocks
    assert message.content[2]["args"] == {"city": "Paris", "days": [1, 2]}
    assert message.content[3]["args"] == {"city": "北京"}


async def test_the_blocks_of_a_stream_come_under_one_index_each(
    make: Make, emulator: Emulator
) -> None:
    emulator.script(ANSWERS["one delta mixes text and a call"])
    kinds: dict[str, set[str]] = {}
    for chunk in make().stream("Hello"):
        if chunk.chunk_position == "last":
            continue
        for block in chunk.content_blocks:
            kinds.setdefault(str(block["index"]), set()).add(block["type"])
    assert kinds == {
        "lc_rs_0": {"reasoning"},
        "lc_txt_0": {"text"},
        "lc_tc_0": {"tool_call_chunk"},
        "lc_tc_1": {"tool_call_chunk"},
    }


@beta
async def test_version_3_events_are_a_valid_protocol(make: Make, emulator: Emulator) -> None:
    lifecycle = pytest.importorskip("langchain_tests.utils.stream_lifecycle")
    for answer in ANSWERS.values():
        emulator.script(answer, answer)
        lifecycle.assert_valid_event_stream(list(make().stream_events("Hello", version="v3")))
        stream = await make().astream_events("Hello", version="v3")
        lifecycle.assert_valid_event_stream([event async for event in stream])


@beta
async def test_version_3_projections_show_text_reasoning_and_calls(
    make: Make, emulator: Emulator
) -> None:
    emulator.script(*[ANSWERS["everything"]] * 4)
    assert "".join(make().stream_events("Hello", version="v3").text) == "Let me see."
    assert "".join(make().stream_events("Hello", version="v3").reasoning) == "Two cities."
    stream = await make().astream_events("Hello", version="v3")
    assert "".join([text async for text in stream.text]) == "Let me see."
    usage = make().stream_events("Hello", version="v3").output.usage_metadata
    assert usage is not None
    assert usage["total_tokens"] > 0


def test_the_package_registers_its_translator() -> None:
    assert get_translator("seed") is not None
