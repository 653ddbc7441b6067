"""Probes of the eight methods: what they send, what they return, which events they emit."""

import asyncio
import copy
import json
import logging
import pickle
import threading
from itertools import pairwise
from typing import Any

from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock, ThinkingBlock
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.callbacks.token_counting import TokenCountingHandler
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events.llm import (
    LLMChatEndEvent,
    LLMChatStartEvent,
    LLMCompletionEndEvent,
    LLMCompletionStartEvent,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index_instrumentation import get_dispatcher

from seed_core.emulator import Answer, Fault, ToolUse
from tests.llamaindex.asking import METHODS, call
from tests.llamaindex.conformance import (
    Bench,
    failure,
    in_pieces,
    only,
    over_chat,
    probe,
    sse,
)
from tests.llamaindex.samples import DETAILS, get_weather, tool, user


@probe
async def it_is_a_function_calling_llm_of_core(bench: Bench) -> None:
    assert issubclass(type(bench.llm()), BaseLLM)
    assert issubclass(type(bench.llm()), FunctionCallingLLM)


@probe
async def its_default_metadata_fits_the_model(bench: Bench) -> None:
    metadata = bench.plain().metadata
    assert metadata.context_window >= 256_000, f"context {metadata.context_window}"
    assert metadata.is_chat_model, "no chat model"
    assert metadata.is_function_calling_model, "no function calling"


@probe
@only(lambda row: not row.wants_a_limit)
async def no_limit_on_tokens_is_sent_unasked(bench: Bench) -> None:
    await call(bench.plain(), "chat")
    assert bench.asked.limit is None, f"max_tokens={bench.asked.limit}"


@probe
async def all_eight_methods_answer(bench: Bench) -> None:
    for method in METHODS:
        bench.script(Answer(text="Hello to you"))
        last = (await call(bench.llm(), method))[-1]
        said = last.text if "complete" in method else last.message.content
        assert said == "Hello to you", method


@probe
async def chunks_are_cumulative_with_lists_of_their_own(bench: Bench) -> None:
    for method in ("stream_chat", "astream_chat"):
        bench.script(Answer(text="one two three", reasoning="hm", piece=4))
        chunks = await call(bench.llm(), method)
        assert "".join(chunk.delta for chunk in chunks) == "one two three"
        texts = [chunk.message.content or "" for chunk in chunks]
        assert all(b.startswith(a) for a, b in pairwise(texts))
        assert len({id(chunk.message.blocks) for chunk in chunks}) == len(chunks)


@probe
async def an_answer_is_one_text_block(bench: Bench) -> None:
    for method in ("chat", "stream_chat"):
        bench.script(Answer(text='{"a": 1}', reasoning="hm", piece=2))
        blocks = (await call(bench.llm(), method))[-1].message.blocks
        assert sum(isinstance(block, TextBlock) for block in blocks) == 1


@probe
async def whole_reasoning_is_a_thinking_block_before_the_text(bench: Bench) -> None:
    bench.script(Answer(text="Yes.", reasoning="Let me see."))
    blocks = (await call(bench.llm(), "chat"))[-1].message.blocks
    assert [type(block) for block in blocks] == [ThinkingBlock, TextBlock]
    assert blocks[0].content == "Let me see."


@probe
@only(in_pieces)
async def streamed_reasoning_is_thinking_delta_on_the_response(bench: Bench) -> None:
    for method in ("stream_chat", "astream_chat"):
        bench.script(Answer(text="Yes.", reasoning="Let me see.", piece=3))
        chunks = await call(bench.llm(), method)
        thought = [chunk.additional_kwargs.get("thinking_delta") or "" for chunk in chunks]
        assert "".join(thought) == "Let me see."
        assert len(list(filter(None, thought))) > 1


@probe
async def the_last_chunk_has_every_block(bench: Bench) -> None:
    bench.script(Answer(text="Yes.", reasoning="Let me see.", usage_shape=3))
    blocks = (await call(bench.llm(), "stream_chat"))[-1].message.blocks
    assert [type(block) for block in blocks] == [ThinkingBlock, TextBlock]


@probe
@only(over_chat)
async def a_first_chunk_without_content_is_not_lost(bench: Bench) -> None:
    for method in ("stream_chat", "astream_chat"):
        deltas = ({"reasoning": "first "}, {"reasoning": "second"}, {"content": "Yes."})
        bench.script(sse({"role": "assistant", **deltas[0]}, *deltas[1:]))
        chunks = await call(bench.llm(), method)
        thought = "".join(c.additional_kwargs.get("thinking_delta") or "" for c in chunks)
        assert thought == "first second", f"{method}: {thought!r}"


@probe
@only(lambda row: (row.emulated, row.api) == ("openrouter", "chat"))
async def the_hosts_reasoning_entries_are_kept(bench: Bench) -> None:
    for method in ("chat", "stream_chat"):
        bench.script(Answer(text="Yes.", reasoning_details=DETAILS))
        message = (await call(bench.llm(), method))[-1].message
        assert "reasoning.text" in message.model_dump_json(), method


@probe
async def a_message_survives_json(bench: Bench) -> None:
    bench.script(Answer(text="Yes.", reasoning="I think.", tool_calls=[ToolUse("f", '{"a": 1}')]))
    message = (await call(bench.llm(), "chat"))[-1].message
    assert ChatMessage.model_validate_json(message.model_dump_json()) == message


@probe
async def an_argument_of_a_call_wins_over_the_setting(bench: Bench) -> None:
    llm = bench.llm(max_tokens=100)
    await call(llm, "chat", max_tokens=7, top_p=0.5)
    assert (bench.asked.limit, bench.body.get("top_p")) == (7, 0.5)


@probe
async def reasoning_effort_is_sent(bench: Bench) -> None:
    await call(bench.llm(reasoning_effort="high"), "chat")
    assert bench.asked.effort == "high"


@probe
@only(lambda row: row.emulated == "openrouter")
async def usage_tells_reasoning_cache_and_cost(bench: Bench) -> None:
    for method in ("chat", "stream_chat"):
        bench.script(Answer(text="Yes.", reasoning="Let me see.", cost=0.25))
        told = (await call(bench.llm(), method))[-1].additional_kwargs
        assert told["reasoning_tokens"] > 0
        assert told["cached_tokens"] == 0
        assert told["cost"] == 0.25


@probe
async def raw_is_a_plain_dict_with_usage(bench: Bench) -> None:
    for method in METHODS:
        raw = (await call(bench.llm(), method))[-1].raw
        assert type(raw) is dict, f"{method}: {type(raw).__name__}"
        assert raw["usage"]["prompt_tokens"] > 0
        assert raw["usage"]["completion_tokens"] > 0


@probe
@only(lambda row: row.counts_streams)
async def token_counts_are_the_hosts(bench: Bench) -> None:
    for method in METHODS:
        counter = TokenCountingHandler(tokenizer=lambda text: [0] * 1000)
        # Under the names of every wire.
        usage = {"prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33}
        usage |= {"input_tokens": 11, "output_tokens": 22}
        bench.script(Answer(text="Yes.", usage=usage))
        await call(bench.llm(callback_manager=CallbackManager([counter])), method)
        counted = (counter.prompt_llm_token_count, counter.completion_llm_token_count)
        assert counted == (11, 22), f"{method}: {counted}"


@probe
@only(over_chat)
async def a_stream_asks_for_usage(bench: Bench) -> None:
    for method in METHODS:
        if "stream" in method:
            await call(bench.plain(), method)
            assert bench.body.get("stream_options") == {"include_usage": True}, method


@probe
async def counting_tokens_downloads_nothing(bench: Bench) -> None:
    address = f"{bench.url}/chart.png"
    counter = TokenCountingHandler(tokenizer=lambda text: text.split())
    llm = bench.llm(callback_manager=CallbackManager([counter]))
    bench.script(Answer(text="Yes.", usage_shape=0))
    question = ChatMessage(blocks=[TextBlock(text="What is it?"), ImageBlock(url=address)])
    await call(llm, "stream_chat", [question])
    assert (len(bench.bodies), bench.downloads) == (1, 0)
    assert counter.total_llm_token_count > 0


@probe
async def every_method_emits_its_events_once(bench: Bench) -> None:
    starts = (LLMChatStartEvent, LLMCompletionStartEvent)
    ends = (LLMChatEndEvent, LLMCompletionEndEvent)
    seen: list[Any] = []

    class Listener(BaseEventHandler):
        @classmethod
        def class_name(cls) -> str:
            return "listener"

        def handle(self, event: Any, **_: Any) -> None:
            seen.append(event)

    dispatcher = get_dispatcher()
    listener = Listener()
    dispatcher.add_event_handler(listener)
    try:
        for method in METHODS:
            seen.clear()
            debug = LlamaDebugHandler(print_trace_on_end=False)
            await call(bench.llm(callback_manager=CallbackManager([debug])), method)
            assert len(debug.get_event_pairs(CBEventType.LLM)) == 1, f"{method}: callbacks"
            assert sum(isinstance(event, starts) for event in seen) == 1, f"{method}: starts"
            assert sum(isinstance(event, ends) for event in seen) == 1, f"{method}: ends"
    finally:
        dispatcher.event_handlers.remove(listener)


@probe
async def the_rate_limiter_is_asked_once_a_call(bench: Bench) -> None:
    class Limiter:
        asked = 0

        def acquire(self) -> None:
            self.asked += 1

        async def async_acquire(self) -> None:
            self.asked += 1

    for method in METHODS:
        limiter = Limiter()
        await call(bench.llm(rate_limiter=limiter), method)
        assert limiter.asked == 1, method


@probe
async def max_retries_counts_retries(bench: Bench) -> None:
    bench.script(*[Fault.status(429, retry_after="0.01")] * 8)
    await failure(call(bench.llm(max_retries=2), "achat"))
    assert len(bench.bodies) == 3, f"{len(bench.bodies)} attempts"


@probe
async def a_stream_that_does_not_start_is_tried_again(bench: Bench) -> None:
    for method in ("stream_chat", "astream_chat"):
        bench.script(Fault.status(503, retry_after="0.01"), Answer(text="Yes."))
        assert (await call(bench.llm(max_retries=2), method))[-1].message.content == "Yes."


@probe
async def an_error_inside_a_200_is_told_in_the_hosts_words(bench: Bench) -> None:
    bench.script(*[Fault.error_in_body(400, "The kettle is broken")] * 8)
    said = await failure(call(bench.llm(max_retries=0), "achat"))
    assert "The kettle is broken" in said, said


@probe
@only(lambda row: not row.queued)  # where a job's answer is fetched again
async def a_stream_that_breaks_is_an_error(bench: Bench) -> None:
    for fault in (Fault.error_mid_stream(2), Fault.cut(2, how="end"), Fault.cut(2, how="close")):
        bench.script(fault)
        await failure(call(bench.llm(max_retries=0), "astream_chat"))


@probe
async def async_calls_do_not_block_the_loop(bench: Bench) -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []

    async def tick() -> None:
        while True:
            times.append(loop.time())
            await asyncio.sleep(0.005)

    ticking = asyncio.create_task(tick())
    try:
        for method in ("achat", "acomplete", "astream_chat", "astream_complete"):
            llm = bench.llm()
            await call(llm, method)  # what is made once is made now
            bench.script(Answer(text="Hi", delay=0.4))
            times[:] = [loop.time()]
            await call(llm, method)
            still = max(b - a for a, b in pairwise([*times, loop.time()]))
            # A loop that waits for the answer stands still for 0.4 s; a busy machine for less.
            assert still < 0.35, f"{method}: the loop stood still for {still:.2f} s"
    finally:
        ticking.cancel()


@probe
async def one_object_serves_several_event_loops(bench: Bench) -> None:
    llm = bench.llm(max_retries=0)
    failed: list[BaseException] = []

    def twice() -> None:
        try:
            for _ in range(2):
                asyncio.run(llm.achat([user()]))
        except BaseException as error:  # noqa: BLE001 - carried to the probe
            failed.append(error)

    thread = threading.Thread(target=twice)
    thread.start()
    await asyncio.to_thread(thread.join)
    if failed:
        raise failed[0]


@probe
async def no_key_is_written_down(bench: Bench) -> None:
    llm = bench.llm()
    key = bench.row.key
    assert key not in json.dumps(llm.to_dict(), default=str), "to_dict"
    if hasattr(llm, "to_payload"):  # newer than 0.14.22
        assert key not in json.dumps(llm.to_payload(), default=str), "to_payload"
    assert key not in repr(llm), "repr"
    assert key.encode() not in pickle.dumps(llm), "pickle"


@probe
async def it_comes_back_from_a_dict(bench: Bench) -> None:
    llm = bench.llm(max_tokens=77, temperature=0.5)
    again = type(llm).from_dict(llm.to_dict(), api_key=bench.row.key)
    await call(again, "chat")
    assert (bench.asked.limit, bench.body["temperature"]) == (77, 0.5)


@probe
async def it_is_pickled_without_a_warning(bench: Bench) -> None:
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    llm = bench.llm()
    await call(llm, "chat")
    listener, before = Listener(), logging.root.manager.disable
    logging.getLogger().addHandler(listener)
    logging.disable(logging.NOTSET)
    try:
        pickle.loads(pickle.dumps(llm))
    finally:
        logging.disable(before)
        logging.getLogger().removeHandler(listener)
    assert not said, said[0]


@probe
async def the_callers_history_is_not_changed(bench: Bench) -> None:
    history = [user("One"), ChatMessage(role="assistant", content="Two")]
    before = copy.deepcopy(history)
    bench.llm().chat_with_tools([tool(get_weather)], user_msg="Three", chat_history=history)
    assert history == before
