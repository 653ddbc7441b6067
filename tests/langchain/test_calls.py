"""How calls run: natively in both colours, chunk by chunk, seen by callbacks, cached, limited."""

import asyncio
import threading
import time
from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.messages import AIMessageChunk
from langchain_core.rate_limiters import InMemoryRateLimiter

from langchain_seed import ChatSeed
from seed_core.emulator import Answer, Emulator
from tests.langchain.asking import STREAMS, Body, How, Make, ask, beta

SLOW = Answer(text="one two three four", piece=4, delay=0.05)


@pytest.fixture
def _no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever hands work to a thread of the event loop's executor fails."""

    def refuse(*_: Any) -> None:
        pytest.fail("work was handed to a thread")

    monkeypatch.setattr(asyncio.BaseEventLoop, "run_in_executor", refuse)


@pytest.mark.usefixtures("_no_threads")
async def test_async_calls_use_no_thread(make: Make, emulator: Emulator) -> None:
    emulator.script(SLOW, SLOW)
    before = threading.active_count()
    assert (await make().ainvoke("Hello")).text == SLOW.text
    seen = [threading.active_count() async for _ in make().astream("Hello")]
    assert set(seen) == {before}


async def test_async_calls_leave_the_loop_free(make: Make, emulator: Emulator) -> None:
    emulator.script(*[Answer(text="Hi", delay=0.2)] * 10)
    begun = time.monotonic()
    await asyncio.gather(*[make().ainvoke("Hello") for _ in range(10)])
    assert time.monotonic() - begun < 1.9  # one after the other: two seconds


@pytest.mark.parametrize("how", STREAMS)
async def test_chunks_come_while_the_host_is_still_writing(
    make: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(SLOW)
    if how == "stream":
        times = [(time.monotonic(), chunk.text) for chunk in make().stream("Hello")]
    else:
        times = [(time.monotonic(), chunk.text) async for chunk in make().astream("Hello")]
    spoken = [when for when, text in times if text]
    assert len(spoken) > 1  # those that a busy machine reads late come together
    assert spoken[-1] - spoken[0] > 0.05


@pytest.mark.parametrize("how", STREAMS)
async def test_the_last_chunk_says_that_it_is_the_last(make: Make, how: How) -> None:
    chunks = (
        list(make().stream("Hello"))
        if how == "stream"
        else [chunk async for chunk in make().astream("Hello")]
    )
    assert [chunk.chunk_position for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].chunk_position == "last"
    assert all(chunk.response_metadata["model_provider"] == "seed" for chunk in chunks)
    assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)


@pytest.mark.parametrize("how", STREAMS)
@pytest.mark.parametrize("where", ["constructor", "call"])
async def test_usage_of_a_stream_can_be_left_out(make: Make, how: How, where: str) -> None:
    said = {"stream_usage": False}
    if where == "constructor":
        message = await ask(make(**said), how, "Hello")
    else:
        message = await ask(make(), how, "Hello", **said)
    assert message.usage_metadata is None
    assert message.response_metadata["finish_reason"] == "stop"


async def test_response_headers_are_there_when_asked_for(make: Make, how: How) -> None:
    message = await ask(make(include_response_headers=True), how, "Hello")
    assert message.response_metadata["headers"]["x-generation-id"].startswith("gen-")
    assert "headers" not in (await ask(make(), how, "Hello")).response_metadata


class _Tokens(BaseCallbackHandler):
    """Counts what LangChain reports."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.ends = 0
        self.errors: list[BaseException] = []

    def on_llm_new_token(self, token: Any, **_: Any) -> None:
        self.tokens.append(token)

    def on_llm_end(self, *_: Any, **__: Any) -> None:
        self.ends += 1

    def on_llm_error(self, error: BaseException, **_: Any) -> None:
        self.errors.append(error)


@pytest.mark.parametrize("how", STREAMS)
async def test_each_chunk_is_reported_to_callbacks_once(
    make: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(SLOW)
    tokens = _Tokens()
    await ask(make(coalesce=False), how, "Hello", config={"callbacks": [tokens]})
    assert [token for token in tokens.tokens if token] == ["one ", "two ", "thre", "e fo", "ur"]
    assert tokens.ends == 1


@beta
def test_version_3_events_report_no_tokens_besides(make: Make, emulator: Emulator) -> None:
    emulator.script(SLOW)
    tokens = _Tokens()
    events = list(make().stream_events("Hello", version="v3", config={"callbacks": [tokens]}))
    assert events
    assert tokens.tokens == []


@pytest.mark.parametrize("how", ["invoke", "ainvoke"])
async def test_streaming_makes_invoke_stream_under_the_hood(
    make: Make, emulator: Emulator, body: Body, how: How
) -> None:
    emulator.script(SLOW, SLOW)
    tokens = _Tokens()
    message = await ask(make(streaming=True), how, "Hello", config={"callbacks": [tokens]})
    assert body()["stream"] is True
    assert message.text == SLOW.text
    assert len(tokens.tokens) > 3
    await ask(make(streaming=True, disable_streaming=True), how, "Hello")
    assert "stream" not in body()


async def test_the_same_question_is_answered_from_the_cache_and_another_is_not(
    make: Make, emulator: Emulator
) -> None:
    cache = InMemoryCache()
    first = make(cache=cache).invoke("Hello")
    again = make(cache=cache).invoke("Hello")
    assert await make(cache=cache).ainvoke("Hello") == again
    assert len(emulator.requests) == 1
    assert again.text == first.text
    assert again.additional_kwargs == first.additional_kwargs
    assert again.response_metadata == first.response_metadata


@pytest.mark.parametrize(
    "other",
    [
        {"temperature": 0.3},
        {"reasoning_effort": "high"},
        {"thinking": "disabled"},
        {"model": "bytedance-seed/seed-2.0-lite"},
        {"openrouter": {"provider": {"only": ["seed"]}}},
        {"extra_body": {"top_k": 3}},
        {"hide_reasoning": True},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_setting_misses_the_cache(
    make: Make, emulator: Emulator, other: dict[str, Any]
) -> None:
    cache = InMemoryCache()
    make(cache=cache).invoke("Hello")
    make(cache=cache, **other).invoke("Hello")
    assert len(emulator.requests) == 2
    if "openrouter" not in other:
        make(cache=cache).invoke("Hello", **other)
        assert len(emulator.requests) == 3


def test_a_cache_hit_costs_nothing_and_can_still_be_added_up(make: Make) -> None:
    cache = InMemoryCache()
    make(cache=cache).invoke("Hello")
    usage = make(cache=cache).invoke("Hello").usage_metadata
    assert usage is not None
    assert usage["total_cost"] == 0  # type: ignore[typeddict-item]  # the cache adds it


@pytest.mark.parametrize("how", ["invoke", "ainvoke", "stream", "astream"])
async def test_the_rate_limiter_is_asked(make: Make, how: How) -> None:
    class Counting(InMemoryRateLimiter):
        asked = 0

        def acquire(self, *, blocking: bool = True) -> bool:
            self.asked += 1
            return True

        async def aacquire(self, *, blocking: bool = True) -> bool:
            self.asked += 1
            return True

    limiter = Counting()
    await ask(make(rate_limiter=limiter), how, "Hello")
    assert limiter.asked == 1


async def test_batches_keep_the_order(llm: ChatSeed) -> None:
    asked: list[Any] = [f"question {number}" for number in range(8)]
    for answers in (llm.batch(asked), await llm.abatch(asked)):
        assert all(f'"{text}"' in answer.text for text, answer in zip(asked, answers, strict=True))


async def test_async_callbacks_see_the_error(make: Make) -> None:
    class Errors(AsyncCallbackHandler):
        seen: BaseException | None = None

        async def on_llm_error(self, error: BaseException, **_: Any) -> None:
            self.seen = error

    handler = Errors()
    with pytest.raises(Exception, match="answered 401"):
        await make(api_key="invalid").ainvoke("Hello", config={"callbacks": [handler]})
    assert "answered 401" in str(handler.seen)
