"""`SeedUsageCallback`: wherever it is among the callbacks, and inside `with`."""

import asyncio
import copy
import gc
import pickle
import threading
from base64 import b64encode
from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.exceptions import ModelError
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler
from pydantic import BaseModel

from langchain_seed import ChatSeed, SeedUsageCallback
from langchain_seed.errors import BudgetExceededError
from seed_core import BudgetExceededError as CoreError
from seed_core import UnsupportedError
from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from tests.core.test_measuring import png
from tests.langchain.asking import HOWS, STREAMS, Body, How, Make, ask, beta
from tests.rows import Row

MINI = ("openrouter", "bytedance-seed/seed-2.0-mini")
CHEAP, DEAR = Answer(text="x", cost=0.25), Answer(text="x", cost=1.0)


async def test_a_callback_of_a_call_counts_it(llm: ChatSeed, how: How) -> None:
    usage = SeedUsageCallback()
    answer = await ask(llm, how, "Hello", config={"callbacks": [usage]})
    await ask(llm, how, "Hello")
    assert usage.by_model == {MINI: usage.total}
    assert usage.total.calls == 1
    assert usage.total.input_tokens == answer.usage_metadata["input_tokens"]
    assert usage.total.output_tokens == answer.usage_metadata["output_tokens"]
    assert usage.total_usd == usage.total.reported_usd == answer.response_metadata["cost"]


async def test_a_callback_of_a_model_and_a_block_count_the_same_call_once(
    make: Make, how: How
) -> None:
    usage = SeedUsageCallback()
    llm = make(callbacks=[usage])
    with usage, SeedUsageCallback() as inner:
        await ask(llm, how, "Hello", config={"callbacks": [usage]})
    await ask(llm, how, "Hello")
    assert (usage.total.calls, inner.total.calls) == (2, 1)


def test_tokens_are_counted_also_where_the_message_has_none(make: Make) -> None:
    with SeedUsageCallback() as usage:
        chunks = list(make(stream_usage=False).stream("Hello"))
    assert {chunk.usage_metadata for chunk in chunks} == {None}
    assert usage.total.output_tokens > 0


async def test_batches_and_parallel_branches_are_counted(llm: ChatSeed) -> None:
    questions: list[Any] = [f"What is {n} plus {n}?" for n in range(6)]
    with SeedUsageCallback() as usage:
        llm.batch(questions[:4], {"max_concurrency": 2})
        await llm.abatch(questions[:3])
        RunnableParallel(one=llm, other=llm).invoke("Hello")
    assert usage.total.calls == 9
    from_config = SeedUsageCallback()
    llm.batch(questions, {"callbacks": [from_config]})
    assert from_config.total.calls == 6


def test_blocks_in_two_threads_count_their_own_batches(llm: ChatSeed) -> None:
    found: dict[int, int] = {}
    barrier = threading.Barrier(2, timeout=30)

    def work(calls: int) -> None:
        with SeedUsageCallback() as usage:
            barrier.wait()
            llm.batch(["Hello"] * calls)
            barrier.wait()
        found[calls] = usage.total.calls

    threads = [threading.Thread(target=work, args=(calls,)) for calls in (2, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert found == {2: 2, 5: 5}


async def test_blocks_in_two_tasks_count_their_own_chains(llm: ChatSeed) -> None:
    async def work(calls: int) -> int:
        with SeedUsageCallback() as usage:
            chain = llm | RunnableLambda(lambda message: message.text)
            await asyncio.gather(*(chain.ainvoke("Hello") for _ in range(calls)))
            _ = [piece async for piece in chain.astream("Hello")]
        return usage.total.calls

    assert tuple(await asyncio.gather(work(1), work(3))) == (2, 4)


def test_an_answer_out_of_the_cache_costs_nothing(make: Make, emulator: Emulator) -> None:
    llm = make(cache=InMemoryCache())
    with SeedUsageCallback(max_usd=0.000001) as usage:
        first, again = llm.invoke("Hello"), llm.invoke("Hello")
    assert first.text == again.text
    assert len(emulator.requests) == usage.total.calls == 1


async def test_the_host_that_answered_counts_and_the_other_is_told_of(
    at: Make, emulator: Emulator, how: How
) -> None:
    llm = at(Row("openrouter", "chat"), Row("empiriolabs", "chat"), max_retries=0)
    emulator.script(Fault.status(503))
    with SeedUsageCallback() as usage:
        await ask(llm, how, "Hello")
    assert [*usage.by_provider] == ["empiriolabs"]
    assert usage.failed == {("openrouter", "ServerError"): 1}


@pytest.mark.parametrize("how", STREAMS)
async def test_a_stream_that_breaks_is_of_unknown_cost(
    llm: ChatSeed, emulator: Emulator, how: How
) -> None:
    emulator.script(Fault.cut(after=2, answer=Answer(text="one two three", piece=4)))
    usage = SeedUsageCallback()
    with pytest.raises(ModelError):
        await ask(llm, how, "Hello", config={"callbacks": [usage]})
    assert (usage.total.calls, usage.total.unknown_cost) == (1, 1)


def test_a_stream_that_is_left_is_of_unknown_cost(llm: ChatSeed, emulator: Emulator) -> None:
    emulator.script(Fault.stall(after=2, seconds=30, answer=Answer(text="one two three", piece=4)))
    with SeedUsageCallback() as usage:
        for _ in llm.stream("Hello"):
            break
        gc.collect()
    assert (usage.total.calls, usage.total.unknown_cost) == (1, 1)


class Film(BaseModel):
    """A film."""

    title: str
    year: int


def test_both_tries_of_an_object_asked_for_in_words_count(at: Make, emulator: Emulator) -> None:
    llm = at(Row("fal", "sync")).with_structured_output(Film)
    film = Answer(text='{"title": "Alien", "year": 1979}')
    emulator.script(film, Answer(text="No."), film, host="fal")
    with SeedUsageCallback() as once:
        assert llm.invoke("Describe Alien.") == Film(title="Alien", year=1979)
    with SeedUsageCallback() as twice:
        assert llm.invoke("Describe Alien.") == Film(title="Alien", year=1979)
    assert len(emulator.requests) == 3
    assert twice.total_usd > once.total_usd > 0


def test_all_calls_of_an_agent_are_counted(llm: ChatSeed, emulator: Emulator) -> None:
    agents = pytest.importorskip("langchain.agents", exc_type=ImportError)

    def get_weather(city: str) -> str:
        """Tell the weather of a city."""
        return f"{city}: {llm.invoke('In one word').text}"

    emulator.script(Answer(tool_calls=[ToolUse("get_weather", '{"city": "Paris"}')]))
    agent = agents.create_agent(llm, [get_weather])
    with SeedUsageCallback() as usage:
        agent.invoke({"messages": [("user", "How is the weather?")]})
    assert usage.total.calls == len(emulator.requests) == 3


@pytest.mark.parametrize("how", HOWS)
async def test_invoke_that_streams_under_the_hood_is_counted(make: Make, how: How) -> None:
    usage = SeedUsageCallback()
    await ask(make(streaming=True), how, "Hello", config={"callbacks": [usage]})
    assert usage.total.calls == 1


async def test_a_call_within_a_stream_is_its_own(llm: ChatSeed) -> None:
    """The word that the callback left is for one call, and for none after it."""
    usage = SeedUsageCallback()
    for _ in llm.stream("Hello", config={"callbacks": [usage]}):
        llm.invoke("Hello")
        _ = list(llm.stream("Hello"))
    assert usage.total.calls == 1
    async for _ in llm.astream("Hello", config={"callbacks": [usage]}):
        await llm.ainvoke("Hello")
        _ = [chunk async for chunk in llm.astream("Hello")]
    assert usage.total.calls == 2


def test_a_run_that_asks_no_model_of_ours_leaves_nothing(make: Make) -> None:
    usage = SeedUsageCallback()
    called: dict[str, Any] = {"config": {"callbacks": [usage]}}
    other = FakeListChatModel(responses=["Hello"] * 9)
    other.invoke("Hello", **called)
    _ = list(other.stream("Hello", **called))
    with pytest.raises(ValueError, match="temperature"):
        make().invoke("Hello", temperature=9, **called)
    cached = make(cache=InMemoryCache())
    cached.invoke("Hello")
    cached.invoke("Hello", **called)
    _ = list(make().stream("Hello"))
    assert usage.total.calls == 0


@beta
async def test_events_of_both_versions_are_counted(llm: ChatSeed) -> None:
    usage = SeedUsageCallback()
    called: dict[str, Any] = {"config": {"callbacks": [usage]}}
    _ = [event async for event in llm.astream_events("Hello", version="v2", **called)]
    assert usage.total.calls == 1
    _ = list(llm.stream_events("Hello", version="v3", **called))
    assert usage.total.calls == 2


# --- a budget -------------------------------------------------------------------------------------


async def test_a_budget_ends_in_an_error_of_both_kinds(
    llm: ChatSeed, emulator: Emulator, how: How
) -> None:
    emulator.script(CHEAP, DEAR)
    collector = RunCollectorCallbackHandler()
    usage = SeedUsageCallback(max_usd=1.0)
    call: dict[str, Any] = {"config": {"callbacks": [collector, usage]}}
    await ask(llm, how, "Hello", **call)
    await ask(llm, how, "Hello", **call)
    with pytest.raises(BudgetExceededError, match=r"1\.250000 USD, in 2 calls") as caught:
        await ask(llm, how, "Hello", **call)
    assert isinstance(caught.value, CoreError)
    assert isinstance(caught.value, ModelError)
    assert (caught.value.spent_usd, caught.value.max_usd) == (1.25, 1.0)
    assert caught.value.is_retryable is False
    assert len(emulator.requests) == 2
    errors = [run.error is not None for run in collector.traced_runs]
    assert errors == [False, False, True], "the trace of the last call has an end, too"


def test_a_budget_stops_an_agent_and_its_fallback(make: Make, emulator: Emulator) -> None:
    agents = pytest.importorskip("langchain.agents", exc_type=ImportError)

    def get_weather(city: str) -> str:
        """Tell the weather of a city."""
        return city

    asking = Answer(tool_calls=[ToolUse("get_weather", '{"city": "Paris"}')], cost=0.6)
    emulator.script(*[asking] * 9)
    agent = agents.create_agent(make(), [get_weather])
    question = {"messages": [("user", "How is the weather?")]}
    with SeedUsageCallback(max_usd=1.0) as usage, pytest.raises(BudgetExceededError):
        agent.invoke(question)
    assert usage.total.calls == len(emulator.requests) == 2
    chain = make().with_fallbacks([make(model="bytedance-seed/seed-2.0-lite")])
    with usage, pytest.raises(BudgetExceededError):
        chain.invoke("Hello")
    assert len(emulator.requests) == 2


# --- the handler itself ---------------------------------------------------------------------------


def test_it_is_shown_by_its_own_name(llm: ChatSeed, body: Body) -> None:
    with SeedUsageCallback() as usage:
        llm.invoke("Hello")
    assert repr(usage).startswith("SeedUsageCallback: 1 call, 0.0000")
    assert str(usage) == repr(usage)
    assert "callbacks" not in body()


def test_a_copy_of_a_model_counts_with_it(make: Make) -> None:
    usage = SeedUsageCallback()
    copy.deepcopy(make(callbacks=[usage])).invoke("Hello")
    assert usage.total.calls == 1
    assert pickle.loads(pickle.dumps(usage)).as_dict() == usage.as_dict()


# --- tokens before a call -------------------------------------------------------------------------


async def test_a_prompt_is_counted_by_the_host_or_estimated(at: Make, emulator: Emulator) -> None:
    def get_weather(city: str) -> str:
        """Tell the weather of a city."""
        return city

    llm = at(Row("modelslab", "messages"))
    question = "Why is the sky blue?"
    count = llm.count_tokens(question)
    assert count == llm.count_tokens([HumanMessage(question)]) == await llm.acount_tokens(question)
    assert count > 0
    assert llm.count_tokens(question, [get_weather]) > count
    assert {seen.path.rpartition("/")[2] for seen in emulator.requests} == {"count_tokens"}
    asked = len(emulator.requests)
    short = llm.get_num_tokens_from_messages([HumanMessage(question)])
    assert llm.get_num_tokens_from_messages([HumanMessage(question)], [get_weather]) > short
    assert len(emulator.requests) == asked
    with pytest.raises(UnsupportedError, match="does not count tokens"):
        at(Row("openrouter", "chat")).count_tokens(question)


def test_an_estimate_looks_at_local_media_as_the_model_would_ask(make: Make) -> None:
    picture = {"type": "image", "base64": b64encode(png(4000, 4000)).decode()}
    message = HumanMessage([{"type": "text", "text": "What?"}, picture])
    most = make().get_num_tokens_from_messages([message])
    assert 1280 < most < 1300
    less = make(image_pixel_limit={"max_pixels": 17_640}).get_num_tokens_from_messages([message])
    assert most - less == 1270
