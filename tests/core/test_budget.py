"""A budget: what would go beyond it is not sent."""

import asyncio
import logging
from typing import Any

import pytest

from seed_core import BudgetExceededError, Spending
from seed_core.client import AsyncClient, Client
from seed_core.emulator import Answer, Emulator
from seed_core.errors import ConfigurationError
from tests.core.calling import HELLO, ONCE, Colour, ask, provider_at
from tests.core.test_failover import two, ways


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
        ask("sync", two(emulator), stream=False, retry=ONCE).failure(BudgetExceededError)
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
    client = Client(emulator.provider("modelslab"))
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
