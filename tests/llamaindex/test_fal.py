"""fal's own endpoint as LlamaIndex's users have it: what comes, what goes, where it is used."""

from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.memory import ChatSummaryMemoryBuffer
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from llamaindex_seed import NoToolCallError
from llamaindex_seed.history import UNANSWERED
from seed_core import ConfigurationError
from seed_core.emulator import Answer, Emulator
from seed_core.tokens import estimate_text
from tests.asked import Called, Turn
from tests.llamaindex.asking import METHODS, STREAMS, answer, call
from tests.llamaindex.at_fal import CHAT, OSLO, PARIS, SYNC, TOOLS, fals
from tests.llamaindex.conftest import Make
from tests.llamaindex.samples import PNG, Film, user
from tests.posted import latest, posts
from tests.rows import Row

# --- what an answer tells -------------------------------------------------------------------------


@fals
@pytest.mark.parametrize("method", METHODS)
async def test_an_answer_tells_what_the_host_does_and_no_more(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(text="Hi there", reasoning="Hm.", cost=0.002), host="fal")
    last = await answer(at(row), method)
    kwargs = last.additional_kwargs
    if "complete" in method:
        assert last.text == "Hi there"
        assert kwargs.pop("reasoning_content") == "Hm."
    else:
        thought, text = last.message.blocks
        assert (thought.content, thought.num_tokens) == ("Hm.", None)
        assert text == TextBlock(text="Hi there")
    assert kwargs.pop("response_id") == kwargs.pop("request_id")
    assert kwargs == {
        "provider": "fal",
        "model": row.model,
        "finish_reason": "unknown",
        "cost": pytest.approx(0.002),
        "cost_source": "reported",
    }
    assert last.raw["usage"] == {
        "estimated": True,
        "prompt_tokens": 4 + estimate_text("Hello"),
        "completion_tokens": estimate_text("Hm.Hi there"),
        "total_tokens": 4 + estimate_text("Hello") + estimate_text("Hm.Hi there"),
    }
    assert last.raw["output"] == "Hi there"
    assert last.raw["messages"] == [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi there"},
    ]


@fals
@pytest.mark.parametrize("method", STREAMS)
async def test_of_a_stream_each_kind_is_one_chunk(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(text="I look.", reasoning="Hm.", tool_calls=[PARIS, OSLO]), host="fal")
    tools = [one.metadata.to_openai_tool() for one in TOOLS]
    chunks = await call(at(row), method, tools=tools)
    thought, text, first, second, end = chunks
    assert thought.additional_kwargs == {"thinking_delta": "Hm."}
    assert [chunk.delta for chunk in chunks] == ["", "I look.", "", "", ""]
    assert text.message.content == "I look."
    calls = [
        [block.tool_name for block in chunk.message.blocks if isinstance(block, ToolCallBlock)]
        for chunk in (first, second, end)
    ]
    assert calls == [["get_weather"], *[["get_weather", "get_time"]] * 2]
    assert end.additional_kwargs["finish_reason"] == "tool_calls"
    assert "finish_reason" not in second.additional_kwargs


@fals
async def test_what_the_endpoint_takes_not_is_said_before_anything_is_sent(
    row: Row, at: Make, emulator: Emulator
) -> None:
    llm = at(row)
    for asked, words in (
        ([user(), ChatMessage(role="assistant", content="Hi")], "must end with one"),
        ([ChatMessage(blocks=[ImageBlock(image=PNG)])], "put a text beside its media"),
    ):
        for method in METHODS[:4]:
            with pytest.raises(ConfigurationError, match=words):
                await call(llm, method, asked)
    assert emulator.requests == []


# --- tools ----------------------------------------------------------------------------------------


@fals
@pytest.mark.parametrize("way", ["chat", "achat", "stream_chat", "astream_chat"])
async def test_a_call_can_be_required(row: Row, way: str, at: Make, emulator: Emulator) -> None:
    asking = getattr(at(row), f"{way}_with_tools")
    got = asking(TOOLS, user_msg="Hello", tool_required=True)
    got = await got if way.startswith("a") else got
    if way == "stream_chat":
        got = list(got)[-1]
    if way == "astream_chat":
        got = [one async for one in got][-1]
    [selected] = at(row).get_tool_calls_from_response(got)
    assert selected.tool_name == "get_weather"
    assert latest(emulator, row).choice == "required"


@fals
async def test_a_call_by_name_and_one_at_a_time(row: Row, at: Make, emulator: Emulator) -> None:
    llm = at(row)
    emulator.script(Answer(tool_calls=[OSLO, PARIS]), host="fal")
    response = await llm.achat_with_tools(TOOLS, user_msg="Hello", tool_choice="get_time")
    assert [c.tool_name for c in llm.get_tool_calls_from_response(response)] == ["get_time"]
    assert latest(emulator, row).choice == "=get_time"
    assert "at most one call" in posts(emulator)[-1].body["system_prompt"]
    await llm.achat_with_tools(TOOLS, user_msg="Hello", allow_parallel_tool_calls=True)
    assert "at most one call" not in posts(emulator)[-1].body["system_prompt"]
    # Without tools there is nothing to wish for.
    assert (await at(row, parallel_tool_calls=False).acomplete("Hello")).text


@fals
async def test_predict_and_call_runs_tools(row: Row, at: Make, emulator: Emulator) -> None:
    llm = at(row)
    response = llm.predict_and_call(TOOLS, user_msg="get_weather for Rome in 2 days")
    assert response.response == "Rome: sunny for 2 days"
    emulator.script(Answer(tool_calls=[PARIS, OSLO]), host="fal")
    both = await llm.apredict_and_call(TOOLS, user_msg="?", allow_parallel_tool_calls=True)
    assert both.response == "Paris: sunny for 3 days\n\nOslo: noon"
    emulator.script(Answer(text="It is sunny."), host="fal")
    with pytest.raises(NoToolCallError, match="It is sunny"):
        await llm.apredict_and_call(TOOLS, user_msg="?")


# --- memory ---------------------------------------------------------------------------------------


async def test_half_of_a_tool_loop_is_repaired(at: Make, emulator: Emulator) -> None:
    llm = at(SYNC)
    alone = ChatMessage(role="tool", content="sunny", additional_kwargs={"tool_call_id": "gone"})
    assert (await llm.achat([alone, user("So?")])).message.content
    assert posts(emulator)[-1].body["messages"] == [
        {"role": "user", "content": "Result of a tool:\nsunny"}
    ]
    # A conversation that ends with a result ends with words of the user.
    await llm.achat([user("Weather?"), alone])
    assert posts(emulator)[-1].body["prompt"] == "Result of a tool:\nsunny"
    block = ToolCallBlock(tool_call_id="c", tool_name="get_time", tool_kwargs={"city": "Rome"})
    await llm.achat([user(), ChatMessage(role="assistant", blocks=[block]), user("So?")])
    asked = latest(emulator, SYNC)
    assert asked.turns[1].calls == (Called("c", "get_time", {"city": "Rome"}),)
    assert asked.turns[2] == Turn("tool", UNANSWERED, answers="c")


def test_a_memory_is_summed_up(at: Make, emulator: Emulator) -> None:
    emulator.script(Answer(text="They met."), host="fal")
    memory = ChatSummaryMemoryBuffer.from_defaults(
        [user("Hello " * 50), ChatMessage(role="assistant", content="Hi"), user("Now?")],
        llm=at(SYNC),
        token_limit=5,
        tokenizer_fn=str.split,
    )
    assert memory.get()[0] == ChatMessage(role="system", content="They met.")


# --- other hosts beside it ------------------------------------------------------------------------


async def test_an_answer_of_fal_keeps_its_reasoning_from_others(
    at: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(text="Hi", reasoning="At fal."), host="fal")
    message = (await at(SYNC).achat([user()])).message
    [thought] = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
    assert thought.additional_information == {"issuer": "fal"}
    await at(CHAT).achat([user(), message, user("And?")])
    assert b"At fal." not in posts(emulator)[-1].raw


# --- the places of LlamaIndex ---------------------------------------------------------------------


class Shelf(BaseRetriever):
    """Gives everything that it holds."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        nodes = [TextNode(text="Boskoop keeps until April."), TextNode(text="Gala is sweet.")]
        return [NodeWithScore(node=node, score=1.0) for node in nodes]


@fals
async def test_a_query_engine_answers_with_its_sources(
    row: Row, at: Make, emulator: Emulator
) -> None:
    emulator.script(*[Answer(text="April.", reasoning="Hm.")] * 4, host="fal")
    for streaming in (True, False):
        engine = RetrieverQueryEngine.from_args(Shelf(), llm=at(row), streaming=streaming)
        got: Any = engine.query("Until when?")
        assert str(got.get_response() if streaming else got) == "April."
        assert len(got.source_nodes) == 2
        got = await engine.aquery("Until when?")
        assert str(await got.get_response() if streaming else got) == "April."
    [body] = {seen.raw: seen.body for seen in posts(emulator)}.values()
    assert "Boskoop keeps until April." in body["prompt"]


@fals
async def test_a_query_engine_answers_with_an_object(
    row: Row, at: Make, emulator: Emulator
) -> None:
    emulator.script(
        Answer(text="Alien."), Answer(text='{"title": "Alien", "year": 1979}'), host="fal"
    )
    engine = RetrieverQueryEngine.from_args(Shelf(), llm=at(row), output_cls=Film)
    got: Any = await engine.aquery("Which film?")
    assert got.response == Film(title="Alien", year=1979)
    assert len(posts(emulator)) == 2


async def test_a_chat_engine_goes_on(at: Make, emulator: Emulator) -> None:
    engine = SimpleChatEngine.from_defaults(llm=at(SYNC), system_prompt="Be brief.")
    emulator.script(*[Answer(text=text, reasoning="Hm.") for text in ["One", "Two"]], host="fal")
    # Older engines cannot keep a streamed answer of two blocks, from whatever host.
    emulator.script(Answer(text="Three", reasoning=""), host="fal")
    assert str(engine.chat("First?")) == "One"
    assert str(await engine.achat("Second?")) == "Two"
    stream = await engine.astream_chat("Third?")
    assert "".join([token async for token in stream.async_response_gen()]) == "Three"
    asked = latest(emulator, SYNC)
    assert asked.turns[0] == Turn("system", "Be brief.")
    assert [turn.text for turn in asked.turns[1:]] == ["First?", "One", "Second?", "Two", "Third?"]
