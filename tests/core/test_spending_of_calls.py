"""What calls come to: whole, streamed, failed, broken off, left; in blocks, threads and tasks."""

import asyncio
import gc
import threading
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from seed_core import Spending
from seed_core.client import AsyncClient, Client
from seed_core.counting import counted
from seed_core.emulator import Answer, Emulator, Fault
from seed_core.errors import ConfigurationError, InvalidReplyError, SeedError
from seed_core.events import TextDelta
from seed_core.flow import Flow, Opened
from seed_core.providers import resolve
from seed_core.spending import Spent
from seed_core.timeouts import Timeout
from seed_core.types import JsonSchema, Message, Options, Prompt, Text
from tests.core.calling import AT_ONCE, COLOURS, HELLO, KEY, ONCE, Colour, ask, provider_at
from tests.core.test_failover import two, ways

# --- calls ----------------------------------------------------------------------------------------


@ways
def test_a_call_is_counted_as_its_host_tells(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Answer(text="x" * 40, reasoning="y" * 80))
    with Spending() as spent:
        finish = ask(colour, provider_at(emulator), stream=stream).reply.finish
    assert finish is not None
    assert finish.usage is not None
    assert finish.cost is not None
    assert spent.by_model == {("openrouter", finish.model): spent.total}
    assert spent.total.calls == 1
    assert spent.total.input_tokens == finish.usage.input_tokens
    assert (spent.total.output_tokens, spent.total.reasoning_tokens) == (30, 20)
    assert spent.total_usd == spent.total.reported_usd == finish.cost.usd > 0
    assert spent.total.unknown_cost == 0
    assert spent.failed == {}


@ways
def test_a_call_that_was_tried_again_is_one(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Fault.status(503), Fault.status(429), Answer(text="At last"))
    with Spending() as spent:
        assert ask(colour, provider_at(emulator), stream=stream, retry=AT_ONCE).reply.text
    assert len(emulator.requests) == 3
    assert (spent.total.calls, spent.total.unknown_cost, spent.failed) == (1, 0, {})


@ways
def test_of_several_hosts_the_one_that_answered_counts(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Fault.status(402), Answer(text="Here"))
    with Spending() as spent:
        found = ask(colour, two(emulator), stream=stream, retry=ONCE)
    assert found.reply.text == "Here"
    assert [*spent.by_provider] == ["second"]
    assert spent.total.calls == 1
    assert spent.failed == {("first", "InsufficientCreditError"): 1}
    assert "failed: first InsufficientCreditError 1" in str(spent)


@ways
def test_what_never_reached_a_host_is_no_call(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    wrong = replace(HELLO, options=Options(temperature=9.0))
    with Spending() as spent:
        ask(colour, provider_at(emulator), stream=stream, prompt=wrong).failure(ConfigurationError)
    emulator.script(Fault.status(503))
    with spent:
        assert ask(colour, provider_at(emulator), stream=stream, retry=ONCE).error is not None
    assert spent.total == Spent()
    assert spent.failed == {("openrouter", "ServerError"): 1}


@pytest.mark.parametrize("colour", COLOURS)
def test_a_broken_stream_counts_what_it_had_told(emulator: Emulator, colour: Colour) -> None:
    """The messages wire tells the input with its first event."""
    provider = emulator.provider("openrouter", api="messages")
    emulator.script(Fault.cut(after=4, answer=Answer(text="one two three four five", piece=4)))
    with Spending() as spent:
        outcome = ask(colour, provider, stream=True, coalesce=False)
    assert outcome.error is not None
    assert outcome.error.partial is not None
    assert spent.total.calls == spent.total.unknown_cost == 1, "a part has no price"
    assert spent.total.input_tokens > 0
    assert [*spent.failed.values()] == [1]


@pytest.mark.parametrize("colour", COLOURS)
def test_a_broken_stream_that_told_nothing_is_of_unknown_cost(
    emulator: Emulator, colour: Colour
) -> None:
    emulator.script(Fault.cut(after=2, answer=Answer(text="one two three", piece=4)))
    with Spending() as spent:
        assert ask(colour, provider_at(emulator), stream=True).error is not None
    assert spent.total == Spent(1, unknown_cost=1, unknown_tokens=1)


def test_an_error_beside_the_usage_leaves_it_counted(recordings: Path) -> None:
    """Recorded: a stream whose last chunk has the usage, a cost of nothing, and an error."""
    name = "openrouter-pydantic-ai/test_openrouter_stream_error.0.sse"
    host = resolve("openrouter", api_key=KEY)
    made = host.wire.decoder(host.context(HELLO, ()))({})

    def flow() -> Flow[Opened]:
        yield from ()
        return Opened((), object(), made)

    spent = Spending()
    asking = counted(flow(), [spent], "openrouter", host.model)
    with pytest.raises(StopIteration) as over:
        next(asking)
    decoder = over.value.value.decoder
    decoder.feed((recordings / name).read_bytes())
    assert isinstance(decoder.failure, SeedError), "the driver raises it"
    told = spent.by_model["openrouter", "minimax/minimax-m2:free"]
    assert (told.calls, told.input_tokens, told.output_tokens) == (1, 43, 10)
    assert (told.unknown_cost, told.reported_usd) == (0, 0.0)
    assert spent.total == told
    assert spent.failed == {("openrouter", type(decoder.failure).__name__): 1}


def test_a_client_takes_nothing_else_for_one_that_counts() -> None:
    with pytest.raises(ConfigurationError, match="spending="):
        Client(resolve("openrouter", api_key=KEY), spending=cast("Any", ["usage"]))


def test_a_stream_that_is_left_is_of_unknown_cost(emulator: Emulator) -> None:
    emulator.script(Fault.stall(after=2, seconds=30, answer=Answer(text="one two three", piece=4)))
    client = Client(provider_at(emulator))
    with Spending() as spent:
        events = client.stream(HELLO)
        assert spent.total == Spent()
        assert isinstance(next(events), TextDelta)
        assert spent.total == Spent(1, unknown_cost=1, unknown_tokens=1), "until its end tells"
        del events
        gc.collect()
    assert spent.total.unknown_cost == 1


def test_an_answer_that_may_have_been_billed_is_of_unknown_cost(emulator: Emulator) -> None:
    emulator.script(Fault.stall(after=0, seconds=30))
    with Spending() as spent:
        outcome = ask("sync", provider_at(emulator), stream=False, timeout=Timeout(read=0.3))
    assert outcome.error is not None
    assert spent.total == Spent(1, unknown_cost=1, unknown_tokens=1)
    assert spent.failed == {("openrouter", "APITimeoutError"): 1}


async def test_a_call_that_is_cancelled_is_of_unknown_cost(emulator: Emulator) -> None:
    emulator.script(Answer(text="x", delay=30.0))
    client = AsyncClient(provider_at(emulator))
    with Spending() as spent:
        call = asyncio.create_task(client.call(HELLO))
        while not emulator.requests:  # noqa: ASYNC110 - it runs in another thread
            await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert spent.total == Spent(1, unknown_cost=1, unknown_tokens=1)
    assert spent.failed == {}


WANTED = JsonSchema("fruit", {"type": "object", "required": ["name"]})
FRUIT = replace(HELLO, response_format=WANTED)
"""What fal has no mode for: it is asked for in words, and once more if it does not fit."""


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("second", ['{"name": "plum"}', "neither"])
def test_both_rounds_of_an_answer_that_was_asked_for_again_count(
    emulator: Emulator, colour: Colour, second: str
) -> None:
    provider = emulator.provider("fal")
    emulator.script(Answer(text="no"), host="fal")
    with Spending() as once:
        ask(colour, provider, stream=False)
    emulator.script(Answer(text="no"), Answer(text=second), host="fal")
    with Spending() as twice:
        outcome = ask(colour, provider, stream=False, prompt=FRUIT)
    assert len(emulator.requests) == 3
    assert isinstance(outcome.error, InvalidReplyError) == (second == "neither")
    assert twice.total.calls == 1
    assert twice.total.unknown_cost == 0
    assert twice.total_usd > 2 * once.total_usd > 0


@pytest.mark.parametrize("colour", COLOURS)
def test_an_answer_that_did_not_fit_is_counted_also_where_asking_again_fails(
    emulator: Emulator, colour: Colour
) -> None:
    emulator.script(Answer(text="no"), Fault.status(403), host="fal")
    with Spending() as spent:
        outcome = ask(colour, emulator.provider("fal"), stream=False, prompt=FRUIT)
    assert len(emulator.requests) == 2
    assert outcome.error is not None
    assert outcome.error.answered is not None
    assert (spent.total.calls, spent.total.unknown_cost) == (1, 0)
    assert spent.total_usd > 0
    assert [*spent.failed.values()] == [1]


# --- who counts -----------------------------------------------------------------------------------


def test_each_of_nested_blocks_counts_and_nobody_counts_twice(emulator: Emulator) -> None:
    outer, inner, client_own = Spending(), Spending(), Spending()
    client = Client(provider_at(emulator), spending=[client_own])
    with outer, outer:
        client.call(HELLO)
        with inner, client_own:
            client.call(HELLO)
        client.call(HELLO)
    client.call(HELLO)
    counts = [one.total.calls for one in (outer, inner, client_own)]
    assert counts == [3, 1, 4]


def test_blocks_in_two_threads_do_not_see_each_other(emulator: Emulator) -> None:
    client = Client(provider_at(emulator))
    both_inside = threading.Barrier(2, timeout=30)
    found: dict[str, int] = {}

    def work(name: str, calls: int) -> None:
        with Spending() as spent:
            both_inside.wait()
            for _ in range(calls):
                client.call(HELLO)
            both_inside.wait()
        found[name] = spent.total.calls

    threads = [threading.Thread(target=work, args=pair) for pair in (("one", 1), ("three", 3))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert found == {"one": 1, "three": 3}


async def test_blocks_in_two_tasks_do_not_see_each_other(emulator: Emulator) -> None:
    client = AsyncClient(provider_at(emulator))
    with Spending() as all_of_them:

        async def work(calls: int) -> int:
            with Spending() as spent:
                await asyncio.gather(*(client.call(HELLO) for _ in range(calls)))
                async with aclosing(client.stream(HELLO)) as events:
                    _ = [event async for event in events]
            return spent.total.calls

        counts = await asyncio.gather(work(1), work(3))
    assert tuple(counts) == (2, 4)
    assert all_of_them.total.calls == 6
    await client.call(HELLO)
    assert all_of_them.total.calls == 6


def test_calls_of_many_threads_add_up(emulator: Emulator) -> None:
    emulator.script(*[Answer(text="x" * 4, cost=0.25) for _ in range(40)])
    client = Client(provider_at(emulator), spending=[spent := Spending()])
    threads = [
        threading.Thread(target=lambda: [client.call(HELLO) for _ in range(5)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert spent.total.calls == 40
    assert spent.total_usd == pytest.approx(10.0)


def test_nobody_counts_where_nobody_asked(emulator: Emulator) -> None:
    spent = Spending()
    Client(provider_at(emulator)).call(Prompt((Message("user", (Text("Hi"),)),)))
    with pytest.raises(SeedError), spent:
        raise SeedError("from within")
    Client(provider_at(emulator)).call(HELLO)
    assert spent.total == Spent()
