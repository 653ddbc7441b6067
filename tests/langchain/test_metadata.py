"""What a message tells about the call: model, host, tokens, cost. Each once, however it came."""

import json
from typing import Any

import pytest
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.messages.ai import add_usage

from seed_core.emulator import Answer, Emulator
from tests.langchain.asking import STREAMS, How, Make, ask
from tests.langchain.samples import MODEL

USAGE: dict[str, Any] = {
    "prompt_tokens": 100,
    "completion_tokens": 50,
    "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 20},
    "completion_tokens_details": {"reasoning_tokens": 40},
}
FRESH = {**USAGE, "prompt_tokens_details": {"cached_tokens": 0}, "cost": ...}
"""Usage without a cost and nothing out of the cache, whose price no table has."""


@pytest.mark.parametrize("shape", [1, 2, 3])
@pytest.mark.parametrize("repeat", [False, True])
async def test_the_metadata_is_the_same_in_every_colour_and_shape(
    make: Make, emulator: Emulator, how: How, shape: Any, repeat: bool
) -> None:
    emulator.script(
        Answer(
            text="Hello there",
            reasoning="Hm.",
            piece=3,
            provider="Someone",
            usage={**USAGE, "cost": 0.00125},
            usage_shape=shape,
            repeat_finish=repeat,
        )
    )
    message = await ask(make(), how, "Hello")
    told = message.response_metadata
    assert told["model_name"] == MODEL
    assert told["model_provider"] == "seed"
    assert told["provider"] == "openrouter"
    assert told["upstream_provider"] == "Someone"
    assert told["finish_reason"] == "stop"
    assert told["id"].startswith("gen-")
    assert told["id"].count("gen-") == 1
    assert told["request_id"] == told["id"]
    assert told["cost"] == 0.00125
    assert told["cost_source"] == "reported"
    assert message.usage_metadata == {
        "input_tokens": 100,
        "output_tokens": 50,
        "total_tokens": 150,
        "input_token_details": {"cache_read": 30, "cache_creation": 20},
        "output_token_details": {"reasoning": 40},
    }
    json.dumps(told)


@pytest.mark.parametrize("how", STREAMS)
async def test_only_the_last_chunk_carries_what_must_not_be_added_up(make: Make, how: How) -> None:
    chunks = (
        list(make().stream("Hello"))
        if how == "stream"
        else [chunk async for chunk in make().astream("Hello")]
    )
    assert [chunk.response_metadata for chunk in chunks[:-1]] == [{"model_provider": "seed"}] * (
        len(chunks) - 1
    )
    assert [chunk.usage_metadata for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].usage_metadata is not None
    assert chunks[-1].response_metadata["cost"] > 0


async def test_a_cost_that_the_host_does_not_tell_is_estimated_and_says_so(
    make: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(Answer(text="Hi", usage=FRESH))
    told = (await ask(make(), how, "Hello")).response_metadata
    # USD 0.10 and 0.40 per million tokens.
    assert told["cost"] == pytest.approx(100 * 0.10e-6 + 50 * 0.40e-6)
    assert told["cost_source"] == "estimated"


async def test_the_higher_tier_of_prices_counts_above_its_threshold(
    make: Make, emulator: Emulator
) -> None:
    long = {**FRESH, "prompt_tokens": 200_000, "total_tokens": 200_050}
    emulator.script(Answer(text="Hi", usage=long))
    told = make().invoke("Hello").response_metadata
    assert told["cost"] == pytest.approx(200_000 * 0.20e-6 + 50 * 0.80e-6)


async def test_a_cost_of_zero_is_a_price(make: Make, emulator: Emulator, how: How) -> None:
    emulator.script(Answer(text="Hi", cost=0))
    told = (await ask(make(), how, "Hello")).response_metadata
    assert told["cost"] == 0
    assert told["cost_source"] == "reported"


async def test_an_unknown_cost_is_unknown_and_not_zero(
    make: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(Answer(text="Hi", usage={**USAGE, "cost": ...}, model="somebody/else"))
    told = (await ask(make(), how, "Hello", model="bytedance-seed/seed-2.0-lite")).response_metadata
    assert "cost" not in told
    assert "cost_source" not in told


async def test_a_stream_without_usage_has_no_usage(
    make: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(Answer(text="Hi", usage_shape=0))
    message = await ask(make(), how, "Hello")
    assert message.text == "Hi"
    assert message.usage_metadata is None
    assert "cost" not in message.response_metadata


async def test_details_that_are_not_told_are_left_out(
    make: Make, emulator: Emulator, how: How
) -> None:
    bare = {**USAGE, "prompt_tokens_details": ..., "completion_tokens_details": ...}
    emulator.script(Answer(text="Hi", usage=bare))
    message = await ask(make(), how, "Hello")
    assert message.usage_metadata == {
        "input_tokens": 100,
        "output_tokens": 50,
        "total_tokens": 150,
    }


async def test_usage_is_whole_numbers_that_can_be_added_up(
    make: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(*[Answer(text="Hi", usage=USAGE, cost=0.5)] * 2)
    one, two = [(await ask(make(), how, "Hello")).usage_metadata for _ in range(2)]
    total = add_usage(one, two)
    assert total["total_tokens"] == 300
    assert total["output_token_details"]["reasoning"] == 80


async def test_langchains_usage_callback_finds_the_model(make: Make, how: How) -> None:
    with get_usage_metadata_callback() as counted:
        await ask(make(), how, "Hello")
        await ask(make(), how, "Hello")
    assert list(counted.usage_metadata) == [MODEL]
    assert counted.usage_metadata[MODEL]["output_tokens"] > 0


async def test_what_a_server_tool_did_is_told(make: Make, how: How) -> None:
    message = await ask(make(web_search=True), how, "News?")
    assert message.response_metadata["tool_usage"]["web_search_requests"] == 1


@pytest.mark.parametrize(
    ("native", "told"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("brand_new", "unknown"),
    ],
)
async def test_the_finish_reason_is_a_known_word_beside_the_hosts_own(
    make: Make, emulator: Emulator, how: How, native: str, told: str
) -> None:
    emulator.script(Answer(text="Hi", finish=native))
    metadata = (await ask(make(), how, "Hello")).response_metadata
    assert metadata["finish_reason"] == told
    assert metadata["native_finish_reason"] == native


async def test_an_answer_that_is_empty_because_of_the_limit_is_said_in_the_log(
    make: Make, emulator: Emulator, how: How, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.script(Answer(reasoning="Let me think", finish="length"))
    message = await ask(make(), how, "Hello")
    assert message.text == ""
    assert "raise max_tokens or lower reasoning_effort" in caplog.text


async def test_a_message_has_langchains_run_id(make: Make, how: How) -> None:
    message = await ask(make(), how, "Hello")
    assert message.id.startswith("lc_run-")
    assert message.id.count("lc_run-") == 1
