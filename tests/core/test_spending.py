"""What calls come to: whole, streamed, failed, broken off, left; in blocks, threads and tasks."""

import asyncio
import copy
import gc
import json
import logging
import pickle
import threading
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from seed_core import BudgetExceededError, Spending
from seed_core.client import AsyncClient, Client
from seed_core.counting import counted
from seed_core.emulator import Answer, Emulator, Fault
from seed_core.errors import ConfigurationError, InvalidReplyError, MediaError, SeedError
from seed_core.events import Cost, Finish, TextDelta, Usage
from seed_core.flow import Flow, Opened
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.spending import Spent, spent_by
from seed_core.timeouts import Timeout
from seed_core.types import JsonSchema, Message, Options, Prompt, Text
from tests.core.calling import AT_ONCE, COLOURS, HELLO, KEY, ONCE, Colour, ask, provider_at
from tests.core.test_failover import two

MINI = "bytedance-seed/seed-2.0-mini"
WAYS = [(colour, stream) for colour in COLOURS for stream in (False, True)]
ways = pytest.mark.parametrize(("colour", "stream"), WAYS)


def at(emulator: Emulator, name: str, **settings: Any) -> Provider:
    return resolve(
        name, base_url=emulator.url(name, settings.get("api", "")), api_key=KEY, **settings
    )


# --- the sum --------------------------------------------------------------------------------------


def test_an_answer_is_read_off_its_end() -> None:
    usage = Usage(10, 20, 5, 4, 3, {"web_search": 2})
    told = spent_by(Finish("stop", usage=usage, cost=Cost(0.5, "reported")))
    assert told == Spent(1, 10, 20, 5, 4, 3, reported_usd=0.5, tool_usage={"web_search": 2})
    assert spent_by(Finish("stop", usage=Usage(1, 2), cost=Cost(0.0, "estimated"))) == Spent(
        1, 1, 2
    )
    assert spent_by(Finish("stop", usage=Usage(1))) == Spent(1, 1, unknown_cost=1, unknown_tokens=1)
    assert spent_by(None) == Spent(1, unknown_cost=1, unknown_tokens=1)


def test_sums_keep_reported_and_estimated_apart() -> None:
    one = Spent(1, 1, 2, 3, 4, 5, 0.1, 0.0, 0, 0, {"a": 1})
    other = Spent(2, 1, 2, 3, 4, 5, 0.0, 0.2, 1, 1, {"a": 1, "b": 2})
    both = one + other
    assert both == Spent(3, 2, 4, 6, 8, 10, 0.1, 0.2, 1, 1, {"a": 2, "b": 2})
    assert both.total_usd == pytest.approx(0.3)
    assert both.total_tokens == 6
    assert (one, other) == (replace(one), replace(other)), "nothing was changed"


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
        found = ask(colour, two(emulator), stream=stream, retry=ONCE)  # type: ignore[arg-type]  # as a client takes it
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
    provider = at(emulator, "openrouter", api="messages")
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
    asking = counted(flow(), [spent], "openrouter", MINI)
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


# --- a budget -------------------------------------------------------------------------------------


@ways
def test_what_would_go_beyond_the_budget_is_not_sent(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Answer(text="x", cost=0.4), Answer(text="x", cost=0.7))
    with Spending(max_usd=1.0) as spent:
        for _ in range(2):
            assert ask(colour, provider_at(emulator), stream=stream).reply.text
        error = ask(colour, provider_at(emulator), stream=stream).failure(BudgetExceededError)
    assert len(emulator.requests) == 2
    assert error.spent_usd == pytest.approx(1.1)
    assert error.max_usd == 1.0
    assert not error.retryable
    assert "1.100000 USD, in 2 calls" in str(error)
    assert "max_usd is 1" in str(error)
    assert spent.total.calls == 2
    assert spent.failed == {}


def test_the_next_host_is_no_way_around_a_budget(emulator: Emulator) -> None:
    with Spending(max_usd=0):
        ask("sync", two(emulator), stream=False, retry=ONCE).failure(BudgetExceededError)  # type: ignore[arg-type]  # as a client takes it
    assert emulator.requests == []


async def test_what_is_under_way_goes_on_and_is_counted(emulator: Emulator) -> None:
    emulator.script(*[Answer(text="x", cost=1.0, delay=0.2) for _ in range(3)])
    client = AsyncClient(provider_at(emulator))
    with Spending(max_usd=1.0) as spent:
        await asyncio.gather(*(client.call(HELLO) for _ in range(3)))
        with pytest.raises(BudgetExceededError):
            await client.call(HELLO)
    assert spent.total_usd == pytest.approx(3.0)


def test_an_unknown_cost_is_said_once_and_can_be_given_a_value(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(at(emulator, "modelslab"))
    with caplog.at_level(logging.WARNING, "seed_core"), Spending(max_usd=0.01) as spent:
        client.call(HELLO)
        client.call(HELLO)
    said = [line for line in caplog.messages if "does not count towards max_usd" in line]
    assert len(said) == 1
    assert said[0].startswith("modelslab: ")
    assert "prices=" in said[0]
    assert (spent.total.unknown_cost, spent.total_usd) == (2, 0.0)
    caplog.clear()
    with Spending(max_usd=0.01, unknown_usd=0.006):
        client.call(HELLO)
        client.call(HELLO)
        with pytest.raises(BudgetExceededError, match="in 2 calls and 2 of unknown cost"):
            client.call(HELLO)
    assert caplog.messages == []


@pytest.mark.parametrize("wrong", [-1, "1", True, float("nan")])
@pytest.mark.parametrize("name", ["max_usd", "unknown_usd"])
def test_a_limit_that_is_no_amount_is_refused(name: str, wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}= is an amount in USD"):
        Spending(**{name: wrong})


# --- shown and kept -------------------------------------------------------------------------------


def spent_something() -> Spending:
    spending = Spending(max_usd=2)
    cost = Cost(0.25, "reported")
    usage = Usage(1_234_567, 20, 5, 4, 3, {"web_search": 2})
    spending.add("openrouter", MINI, spent_by(Finish("stop", usage=usage, cost=cost)))
    spending.add("modelslab", "seed", spent_by(Finish("stop")))
    spending.add_failure("fal", MediaError("gone"))
    return spending


def test_it_is_shown_as_a_table() -> None:
    lines = str(spent_something()).splitlines()
    assert lines[0] == "Spending: 2 calls, 0.250000 of 2 USD"
    assert lines[1].split() == [
        *("provider", "model", "calls", "input", "output", "reasoning", "cached"),
        *("reported", "estimated", "unknown"),
    ]
    row = ["openrouter", MINI, "1", "1,234,567", "20", "5", "4", "0.250000", "0.000000", "0"]
    assert lines[2].split() == row
    assert lines[4].split()[:2] == ["all", "2"]
    assert lines[5:] == ["tools: web_search 2", "failed: fal MediaError 1"]
    assert str(Spending()) == "Spending: 0 calls, 0.000000 USD"


def test_it_is_written_down_as_json() -> None:
    told = json.loads(json.dumps(spent_something().as_dict()))
    assert told["total"]["total_usd"] == 0.25
    assert told["total"]["tool_usage"] == {"web_search": 2}
    assert [row["provider"] for row in told["by_model"]] == ["openrouter", "modelslab"]
    assert told["failed"] == [{"provider": "fal", "error": "MediaError", "count": 1}]
    assert told["max_usd"] == 2


def test_a_copy_counts_together_and_a_pickle_for_itself() -> None:
    spending = spent_something()
    assert copy.deepcopy([spending])[0] is spending
    again = pickle.loads(pickle.dumps(spending))
    assert again.as_dict() == spending.as_dict()
    again.add("openrouter", MINI, Spent(1))
    assert again.total.calls == spending.total.calls + 1


def test_nobody_counts_where_nobody_asked(emulator: Emulator) -> None:
    spent = Spending()
    Client(provider_at(emulator)).call(Prompt((Message("user", (Text("Hi"),)),)))
    with pytest.raises(SeedError), spent:
        raise SeedError("from within")
    Client(provider_at(emulator)).call(HELLO)
    assert spent.total == Spent()
