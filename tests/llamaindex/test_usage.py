"""`SeedUsageHandler`: inside `with`, and in a model's `CallbackManager`."""

import asyncio
import copy
import threading
from typing import Any

import pytest
from llama_index.core import Document, Settings, SummaryIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.callbacks import CallbackManager
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.llms import ChatMessage, ImageBlock
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from llamaindex_seed import SeedLLM, SeedMultiModal, SeedUsageHandler
from seed_core import BudgetExceededError, SeedError, UnsupportedError
from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from tests.core.test_measuring import png
from tests.llamaindex.asking import METHODS, STREAMS, answer
from tests.llamaindex.samples import KEY, user
from tests.rows import Row

MINI = ("openrouter", "bytedance-seed/seed-2.0-mini")


@pytest.mark.parametrize("method", METHODS)
async def test_a_call_is_counted_as_its_host_tells(llm: SeedLLM, method: str) -> None:
    with SeedUsageHandler() as usage:
        said = (await answer(llm, method)).additional_kwargs
    await answer(llm, method)
    assert usage.by_model == {MINI: usage.total}
    assert usage.total.calls == 1
    assert usage.total.input_tokens == said["prompt_tokens"]
    assert usage.total.reasoning_tokens == said["reasoning_tokens"]
    assert usage.total_usd == usage.total.reported_usd == said["cost"]


@pytest.mark.parametrize("method", METHODS)
async def test_a_handler_of_a_model_counts_and_a_block_adds_nothing(
    emulator: Emulator, method: str
) -> None:
    usage = SeedUsageHandler()
    llm = SeedMultiModal(
        provider="openrouter",
        api_key=KEY,
        base_url=emulator.url("openrouter"),
        callback_manager=CallbackManager([usage]),
    )
    await answer(llm, method)
    with usage:
        await answer(llm, method)
    assert usage.total.calls == len(emulator.requests) == 2


def test_a_chat_engine_that_reads_in_another_thread_is_counted(
    llm: SeedLLM, emulator: Emulator
) -> None:
    # Older engines cannot keep a streamed answer of two blocks, from whatever host.
    emulator.script(Answer(text="One", reasoning=""), Answer(text="Two", reasoning=""))
    engine = SimpleChatEngine.from_defaults(llm=llm)
    with SeedUsageHandler() as usage:
        stream = engine.stream_chat("Hello")
        assert "".join(stream.response_gen)
        engine.chat("And again")
    assert (usage.total.calls, usage.total.unknown_cost) == (2, 0)


async def test_an_agent_and_its_tools_are_counted(llm: SeedLLM, emulator: Emulator) -> None:
    async def get_weather(city: str) -> str:
        """Tell the weather of a city."""
        return f"{city}: {await llm.acomplete('In one word')}"

    emulator.script(Answer(tool_calls=[ToolUse("get_weather", '{"city": "Paris"}')]))
    agent = FunctionAgent(tools=[get_weather], llm=llm)
    with SeedUsageHandler() as usage:
        await agent.run("How is the weather?")
    assert usage.total.calls == len(emulator.requests) == 3
    assert usage.total.unknown_cost == 0


def test_a_query_engine_of_the_settings_is_counted(
    llm: SeedLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "_llm", llm)
    index = SummaryIndex.from_documents([Document(text="Boskoop keeps until April.")])
    with SeedUsageHandler() as usage:
        index.as_query_engine().query("Until when does it keep?")
    assert usage.total.calls == 1


class Film(BaseModel):
    """A film."""

    title: str
    year: int


def test_both_tries_of_an_object_asked_for_in_words_count(emulator: Emulator) -> None:
    llm = SeedLLM(**Row("fal", "sync").settings(emulator)).as_structured_llm(Film)
    film = Answer(text='{"title": "Alien", "year": 1979}')
    emulator.script(film, Answer(text="No."), film, host="fal")
    with SeedUsageHandler() as once:
        llm.complete("Describe Alien.")
    with SeedUsageHandler() as twice:
        llm.complete("Describe Alien.")
    assert len(emulator.requests) == 3
    assert twice.total_usd > once.total_usd > 0


@pytest.mark.parametrize("method", STREAMS)
async def test_a_stream_that_breaks_is_of_unknown_cost(
    llm: SeedLLM, emulator: Emulator, method: str
) -> None:
    emulator.script(Fault.cut(after=2, answer=Answer(text="one two three", piece=4)))
    with SeedUsageHandler() as usage, pytest.raises(SeedError):
        await answer(llm, method)
    assert (usage.total.calls, usage.total.unknown_cost) == (1, 1)


def test_blocks_in_two_threads_count_their_own(llm: SeedLLM) -> None:
    found: dict[int, int] = {}
    barrier = threading.Barrier(2, timeout=30)

    def work(calls: int) -> None:
        with SeedUsageHandler() as usage:
            barrier.wait()
            for _ in range(calls):
                llm.complete("Hello")
            barrier.wait()
        found[calls] = usage.total.calls

    threads = [threading.Thread(target=work, args=(calls,)) for calls in (1, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert found == {1: 1, 3: 3}


async def test_blocks_in_two_tasks_count_their_own(llm: SeedLLM) -> None:
    async def work(calls: int) -> int:
        with SeedUsageHandler() as usage:
            await asyncio.gather(*(answer(llm, "astream_chat") for _ in range(calls)))
        return usage.total.calls

    assert tuple(await asyncio.gather(work(1), work(3))) == (1, 3)


@pytest.mark.parametrize("method", METHODS)
async def test_a_budget_stops_the_next_call(llm: SeedLLM, emulator: Emulator, method: str) -> None:
    emulator.script(Answer(text="x", cost=1.0))
    with SeedUsageHandler(max_usd=1.0) as usage:
        await answer(llm, method)
        with pytest.raises(BudgetExceededError, match=r"1\.000000 USD, in 1 call"):
            await answer(llm, method)
    assert len(emulator.requests) == usage.total.calls == 1


async def test_a_budget_stops_an_agent(llm: SeedLLM, emulator: Emulator) -> None:
    def get_weather(city: str) -> str:
        """Tell the weather of a city."""
        return city

    asking = Answer(tool_calls=[ToolUse("get_weather", '{"city": "Paris"}')], cost=0.6)
    emulator.script(*[asking] * 9)
    agent = FunctionAgent(tools=[get_weather], llm=llm)
    with SeedUsageHandler(max_usd=1.0), pytest.raises(BudgetExceededError):
        await agent.run("How is the weather?")
    assert len(emulator.requests) == 2


def test_it_is_shown_by_its_own_name_and_copied_with_its_model(llm: SeedLLM) -> None:
    usage = SeedUsageHandler()
    llm.callback_manager = CallbackManager([usage])
    twin: Any = copy.deepcopy(llm)
    twin.complete("Hello")
    assert usage.total.calls == 1
    assert repr(usage).startswith("SeedUsageHandler: 1 call, 0.0000")


# --- tokens before a call -------------------------------------------------------------------------


async def test_a_conversation_is_counted_by_the_host_or_estimated(
    llm: SeedLLM, emulator: Emulator
) -> None:
    def get_weather(city: str) -> str:
        """Tell the weather of a city."""
        return city

    tool = FunctionTool.from_defaults(get_weather)
    asked = [user("Why is the sky blue?")]
    counting = SeedLLM(**Row("modelslab", "messages").settings(emulator))
    count = counting.count_tokens(asked)
    assert count == await counting.acount_tokens(asked)
    assert counting.count_tokens(asked, [tool]) > count > 0
    seen = len(emulator.requests)
    assert llm.estimate_tokens(asked, [tool]) > llm.estimate_tokens(asked) > 0
    picture = ChatMessage(role="user", blocks=[ImageBlock(image=png(4000, 4000))])
    assert llm.estimate_tokens([picture]) == 4 + 1280
    assert len(emulator.requests) == seen
    with pytest.raises(UnsupportedError, match="does not count tokens"):
        llm.count_tokens(asked)
