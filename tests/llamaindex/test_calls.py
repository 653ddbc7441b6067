"""How calls run and what comes back, beyond what the conformance suite asks of any class."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    CitationBlock,
    ThinkingBlock,
)
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload, LlamaDebugHandler
from llama_index.core.prompts import PromptTemplate

from llamaindex_seed import SeedLLM, SeedMultiModal
from seed_core import (
    APIConnectionError,
    AuthenticationError,
    ConfigurationError,
    ContextOverflowError,
    RateLimitError,
    StreamBrokenError,
)
from seed_core.emulator import Answer, Emulator, Fault
from tests.llamaindex.asking import CHATS, METHODS, STREAMS, answer, call
from tests.llamaindex.conftest import Body, Make
from tests.llamaindex.samples import DETAILS, KEY, user

SLOW = Answer(text="one two three four", piece=4, delay=0.02)


@pytest.mark.parametrize("method", METHODS)
async def test_errors_of_the_host_come_through_as_they_are(
    make: Make, emulator: Emulator, method: str
) -> None:
    emulator.script(Fault.status(401), Fault.status(429))
    with pytest.raises(AuthenticationError) as caught:
        await call(make(), method)
    assert caught.value.status_code == 401
    with pytest.raises(RateLimitError):
        await call(make(max_retries=0), method)


@pytest.mark.parametrize("method", METHODS)
async def test_an_overlong_conversation_is_a_context_overflow(
    make: Make, emulator: Emulator, method: str
) -> None:
    emulator.script(
        Fault.status(400, metadata={"error_type": "context_length_exceeded"}, message="too long")
    )
    with pytest.raises(ContextOverflowError):
        await call(make(max_retries=0), method)


@pytest.mark.parametrize("method", STREAMS)
async def test_a_broken_stream_keeps_what_came(make: Make, emulator: Emulator, method: str) -> None:
    emulator.script(Fault.cut(3, how="close", answer=Answer(text="one two three", piece=4)))
    with pytest.raises(StreamBrokenError) as caught:
        await call(make(max_retries=0), method)
    assert caught.value.partial is not None
    assert caught.value.partial.text.startswith("one")


@pytest.mark.parametrize("method", METHODS)
async def test_an_error_is_told_to_the_callbacks_once(
    make: Make, emulator: Emulator, method: str
) -> None:
    debug = LlamaDebugHandler(print_trace_on_end=False)
    emulator.script(Fault.refuse())
    with pytest.raises(APIConnectionError):
        await call(make(max_retries=0, callback_manager=CallbackManager([debug])), method)
    [(_, end)] = debug.get_event_pairs(CBEventType.LLM)
    assert end.payload is not None
    assert isinstance(end.payload[EventPayload.EXCEPTION], APIConnectionError)


@pytest.mark.parametrize("method", CHATS)
async def test_reasoning_is_also_in_the_metadata_unless_that_is_off(
    make: Make, emulator: Emulator, method: str
) -> None:
    emulator.script(*[Answer(text="Yes.", reasoning="Let me see.")] * 2)
    message = (await answer(make(), method)).message
    assert message.additional_kwargs["reasoning_content"] == "Let me see."
    message = (await answer(make(reasoning_in_metadata=False), method)).message
    assert "reasoning_content" not in message.additional_kwargs
    assert message.blocks[0].content == "Let me see."


@pytest.mark.parametrize("method", METHODS[4:])
async def test_a_completion_keeps_its_delta_its_reasoning_and_its_counters(
    llm: SeedLLM, emulator: Emulator, method: str
) -> None:
    emulator.script(Answer(text="one two", reasoning="Let me see.", piece=3))
    chunks = await call(llm, method)
    last = chunks[-1]
    assert last.text == "one two"
    assert last.additional_kwargs["reasoning_content"] == "Let me see."
    assert last.additional_kwargs["reasoning_tokens"] > 0
    if "stream" in method:
        assert "".join(chunk.delta for chunk in chunks) == "one two"
        thought = [chunk.additional_kwargs.get("thinking_delta", "") for chunk in chunks]
        assert "".join(thought) == "Let me see."


@pytest.mark.parametrize("method", METHODS[4:])
@pytest.mark.parametrize("mirror", [True, False])
async def test_a_completion_has_reasoning_and_sources_in_any_case(
    make: Make, emulator: Emulator, method: str, mirror: bool
) -> None:
    cited = {"url": "https://example.com/a", "title": "A", "content": "Said there."}
    note = {"type": "url_citation", "url_citation": cited}
    emulator.script(Answer(text="Yes.", reasoning="Let me see.", annotations=[note]))
    told = (await answer(make(reasoning_in_metadata=mirror), method)).additional_kwargs
    assert told["reasoning_content"] == "Let me see."
    [source] = told["citations"]
    assert (source["source"], source["title"]) == ("https://example.com/a", "A")
    json.dumps(told)


@pytest.mark.parametrize("item", [{"role": "user", "content": "Hello"}])
@pytest.mark.parametrize("method", CHATS)
async def test_a_message_that_is_none_is_an_error_that_says_so(
    llm: SeedLLM, multi_modal: SeedMultiModal, method: str, item: Any
) -> None:
    for model in (llm, multi_modal):
        with pytest.raises(ConfigurationError, match="list of ChatMessage"):
            await call(model, method, [item])


@pytest.mark.parametrize("method", CHATS)
async def test_the_thinking_block_holds_count_and_state(
    llm: SeedLLM, emulator: Emulator, method: str
) -> None:
    told = {"completion_tokens_details": {"reasoning_tokens": 9}}
    emulator.script(Answer(text="Yes.", reasoning_details=DETAILS, usage=told))
    block = (await answer(llm, method)).message.blocks[0]
    assert isinstance(block, ThinkingBlock)
    assert block.content == "I think."
    assert block.num_tokens == 9
    assert block.additional_information == {"issuer": "openrouter", "reasoning_details": DETAILS}


@pytest.mark.parametrize("method", CHATS)
async def test_a_refusal_is_the_text_and_is_marked(
    llm: SeedLLM, emulator: Emulator, body: Body, method: str
) -> None:
    emulator.script(Answer(refusal="I cannot help with that."))
    message = (await answer(llm, method)).message
    assert message.content == "I cannot help with that."
    assert message.additional_kwargs["refusal"] == "I cannot help with that."
    await llm.achat([user(), message, user("Why?")])
    assert body()["messages"][1]["refusal"] == "I cannot help with that."


@pytest.mark.parametrize("method", CHATS)
async def test_sources_are_citation_blocks_after_the_text(
    llm: SeedLLM, emulator: Emulator, body: Body, method: str
) -> None:
    cited = {
        "url": "https://example.com/a",
        "title": "A",
        "content": "Said there.",
        "start_index": 0,
        "end_index": 4,
    }
    note = {"type": "url_citation", "url_citation": cited}
    emulator.script(Answer(text="Yes.", annotations=[note]))
    message = (await answer(llm, method)).message
    block = message.blocks[-1]
    assert isinstance(block, CitationBlock)
    assert (block.source, block.title) == ("https://example.com/a", "A")
    assert block.additional_location_info == {"start_index": 0, "end_index": 4}
    assert message.content == "Yes."
    await llm.achat([user(), message, user("Why?")])
    assert body()["messages"][1]["content"] == "Yes."


@pytest.mark.parametrize("method", CHATS)
async def test_the_hosts_parse_of_a_document_goes_back(
    llm: SeedLLM, emulator: Emulator, body: Body, method: str
) -> None:
    note = {"type": "file", "file": {"hash": "abc", "name": "a.pdf", "content": []}}
    emulator.script(Answer(text="Yes.", annotations=[note]))
    message = (await answer(llm, method)).message
    assert "abc" not in str(message.additional_kwargs), "it would be printed into prompts"
    await llm.achat([user(), message, user("Why?")])
    assert body()["messages"][1]["annotations"] == [note]


@pytest.mark.parametrize("method", CHATS)
async def test_what_the_host_does_not_count_is_estimated_and_marked(
    llm: SeedLLM, emulator: Emulator, method: str
) -> None:
    emulator.script(
        Answer(
            text="Yes.",
            usage=dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), ...),
        )
    )
    response = await answer(llm, method)
    usage = response.raw["usage"]
    assert usage["estimated"] is True
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert "prompt_tokens" not in response.additional_kwargs, "unknown stays unknown"


async def test_predict_applies_the_system_prompt(make: Make, body: Body) -> None:
    llm = make(system_prompt="Be brief.")
    await llm.apredict(PromptTemplate("Say {word}."), word="hi")
    assert [turn["role"] for turn in body()["messages"]] == ["system", "user"]
    tokens = await llm.astream(PromptTemplate("Say {word}."), word="hi")
    assert "".join([token async for token in tokens])


async def _wait(condition: Any) -> None:
    """Wait until something is so."""
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not happen within two seconds")


async def test_leaving_a_stream_closes_its_connection(llm: SeedLLM, emulator: Emulator) -> None:
    emulator.script(*[Answer(text="x" * 400, delay=0.05)] * 2)
    for _ in llm.stream_chat([user()]):
        break
    await _wait(lambda: emulator.requests[0].disconnected)
    async for _ in await llm.astream_chat([user()]):
        break
    await _wait(lambda: emulator.requests[1].disconnected)


@pytest.mark.parametrize("method", ["astream_chat", "astream_complete"])
def test_a_loop_may_end_in_the_middle_of_a_stream(
    llm: SeedLLM, emulator: Emulator, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    kept: list[Any] = []

    async def leave(*, keep: bool) -> None:
        emulator.script(Answer(text="x" * 400, delay=0.02))
        stream = await getattr(llm, method)("Hello" if "complete" in method else [user()])
        if keep:
            kept.append(stream)
        async for _ in stream:
            break

    with caplog.at_level(logging.ERROR, logger="asyncio"):
        asyncio.run(leave(keep=False))
        asyncio.run(leave(keep=True))
    assert caplog.records == []


async def test_a_cancelled_call_closes_its_connection(llm: SeedLLM, emulator: Emulator) -> None:
    emulator.script(Fault.stall(after=-1, seconds=30))
    task = asyncio.create_task(llm.achat([user()]))
    await _wait(lambda: emulator.requests)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _wait(lambda: emulator.requests[0].disconnected)


async def test_chunks_come_while_the_host_is_still_writing(
    llm: SeedLLM, emulator: Emulator
) -> None:
    emulator.script(SLOW)
    loop = asyncio.get_running_loop()
    times = [loop.time() async for chunk in await llm.astream_chat([user()]) if chunk.delta]
    assert len(times) == 5
    assert times[-1] - times[0] > 0.06


def test_a_key_is_nowhere_in_an_error(make: Make, emulator: Emulator) -> None:
    emulator.script(Fault.status(400, message="no"))
    with pytest.raises(Exception, match="no") as caught:
        make(max_retries=0).complete("Hello")
    assert KEY not in repr(caught.value) + str(caught.value.__dict__)


async def test_a_message_of_any_role_is_sent(llm: SeedLLM, body: Body) -> None:
    roles = ("system", "developer", "user", "assistant", "chatbot", "model", "user")
    await llm.achat([ChatMessage(role=role, content="x") for role in roles])
    sent = [turn["role"] for turn in body()["messages"]]
    assert sent == ["system", "system", "user", "assistant", "assistant", "assistant", "user"]


@pytest.mark.parametrize("how", ["aclose", "athrow"])
async def test_a_stream_of_ours_that_is_closed_or_failed_lets_go_of_its_connection(
    llm: SeedLLM, emulator: Emulator, how: str
) -> None:
    emulator.script(Answer(text="x" * 400, delay=0.05))
    stream = llm._astream([user()], {})  # noqa: SLF001 - what LlamaIndex wraps
    assert isinstance(stream, AsyncGenerator)
    await anext(stream)
    if how == "aclose":
        await stream.aclose()
    else:
        with pytest.raises(KeyError):
            await stream.athrow(KeyError("a consumer's own error"))
    await _wait(lambda: emulator.requests[0].disconnected)
    with pytest.raises(StopAsyncIteration):
        await anext(stream)
