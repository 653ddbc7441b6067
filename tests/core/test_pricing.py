"""Price rows: tiers, caches, tools, and rows of the user's own."""

import copy
import pickle
import re
from typing import Any

import pytest

from seed_core.client import Client
from seed_core.emulator import Answer, Emulator
from seed_core.errors import ConfigurationError
from seed_core.events import Usage
from seed_core.pricing import LONG_CONTEXT, Price, estimate, read_prices
from seed_core.providers import PROVIDERS, resolve, resolve_all
from seed_core.settings import Settings
from tests.core.calling import HELLO, KEY

LONG = LONG_CONTEXT + 1
ROW = Price("m", 1.0, 10.0, 2.0, 20.0, cache_read=0.1, long_cache_read=0.2, cache_write=3.0)


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        (Usage(1_000_000 // 10, 0), 0.1),
        (Usage(100_000, 0, cache_read_tokens=40_000), 0.064),
        (Usage(100_000, 0, cache_read_tokens=100_000), 0.01),
        (Usage(100_000, 0, cache_write_tokens=10_000), 0.12),
        (Usage(LONG, 100), (LONG * 2 + 100 * 20) / 1e6),
        (Usage(LONG, 0, cache_read_tokens=LONG), LONG * 0.2 / 1e6),
        (Usage(0, LONG), LONG * 10 / 1e6),
        (Usage(0, 10, reasoning_tokens=5), 1e-4),
        (Usage(5, 0, cache_read_tokens=9), 9e-7),
    ],
)
def test_a_row_prices_what_was_used(usage: Usage, usd: float) -> None:
    assert ROW.usd(usage) == pytest.approx(usd)


def test_what_a_row_has_no_price_for_makes_the_whole_unknown() -> None:
    bare = Price("m", 1.0, 10.0)
    assert bare.usd(Usage(1_000_000, 0)) == 1.0, "without tiers"
    assert bare.usd(Usage(5, 5, cache_read_tokens=0, cache_write_tokens=0)) is not None
    for usage in (
        Usage(5, 5, cache_read_tokens=1),
        Usage(5, 5, cache_write_tokens=1),
        Usage(5, 5, tool_usage={"web_search": 1}),
        Usage(None, 5),
        Usage(5, None),
    ):
        assert bare.usd(usage) is None
        assert estimate(usage, "m", (bare, ROW)) is None, "the first row for the model counts"


def test_tools_are_priced_by_the_use() -> None:
    row = Price("m", 1.0, 10.0, tools={"web_search": 0.005})
    assert row.usd(Usage(0, 0, tool_usage={"web_search": 3})) == pytest.approx(0.015)
    assert row.usd(Usage(0, 0, tool_usage={"web_search": 3, "code": 1})) is None
    assert row.usd(Usage(0, 0, tool_usage={"code": 0})) == 0.0


def test_the_output_of_fal_has_a_tier_of_its_own() -> None:
    (row,) = PROVIDERS["fal"].prices
    assert row.usd(Usage(LONG, 1000)) == pytest.approx((LONG * 0.2 + 1000 * 0.4) / 1e6)
    assert row.usd(Usage(10_000, 2_000)) == pytest.approx(0.0018), "the page's own example"
    assert row.usd(Usage(0, LONG)) == pytest.approx(LONG * 0.8 / 1e6)


@pytest.mark.parametrize("price", [price for row in PROVIDERS.values() for price in row.prices])
def test_every_row_says_where_and_when_it_was_read(price: Price) -> None:
    assert re.fullmatch(r"https://[\w./-]+", price.source)
    assert re.fullmatch(r"2026-\d\d-\d\d", price.date)
    assert price.input < price.output


# --- the user's own -------------------------------------------------------------------------------


def test_rows_are_said_in_several_ways() -> None:
    row = {"input": 0.1, "output": 0.4}
    assert read_prices(None) == ()
    assert read_prices(row) == read_prices([row]) == (Price(".*", 0.1, 0.4),)
    assert read_prices((ROW, {**row, "model": "x"})) == (ROW, Price("x", 0.1, 0.4))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("cheap", "not a str"),
        ([5], "not a int"),
        ({"input": 0.1}, "it has no output"),
        ({"output": 0.1}, "it has no input"),
        ({"inptu": 0.1, "output": 0.4}, "did you mean 'input'"),
        ({"input": -1, "output": 0.4}, "-1 is no amount"),
        ({"input": "1", "output": 0.4}, "'1' is no amount"),
        ({"input": 1, "output": True}, "True is no amount"),
        ({"input": 1, "output": 1, "tools": {"a": -1}}, "-1 is no amount"),
        ({"input": 1, "output": 1, "tools": 5}, "tools"),
        ({"input": 1, "output": 1, "output_by": "time"}, "output_by"),
        ({"input": 1, "output": 1, "model": "("}, "regular expression"),
        ({"input": 1, "output": 1, "model": 5}, "regular expression"),
    ],
)
def test_what_is_no_row_is_told_at_once(said: Any, words: str) -> None:
    for refuse in (
        lambda: read_prices(said),
        lambda: resolve("openrouter", api_key=KEY, prices=said),
        lambda: Settings(provider="openrouter", api_key=KEY, prices=said),
    ):
        with pytest.raises(ConfigurationError, match=words):
            refuse()


def test_a_price_of_ones_own_goes_before_the_table_and_after_the_host(emulator: Emulator) -> None:
    where: dict[str, Any] = {"api_key": KEY, "base_url": emulator.url("modelslab")}
    host = resolve("modelslab", prices={"input": 1, "output": 2}, **where)
    emulator.script(Answer(text="x" * 40), host="modelslab")
    finish = Client(host).call(HELLO).finish
    assert finish is not None
    assert finish.usage is not None
    assert finish.cost is not None
    assert finish.cost.source == "estimated"
    assert finish.cost.usd == pytest.approx(((finish.usage.input_tokens or 0) + 2 * 10) / 1e6)
    mine = resolve("openrouter", api_key=KEY, prices={"input": 1, "output": 2})
    assert mine.prices[0].input == 1
    assert mine.prices[1:] == PROVIDERS["openrouter"].prices
    emulator.script(Answer(text="x", cost=0.5))
    reported = Client(resolve(mine, base_url=emulator.url("openrouter"))).call(HELLO).finish
    assert reported is not None
    assert reported.cost is not None
    assert (reported.cost.usd, reported.cost.source) == (0.5, "reported")


def test_settings_keep_prices_and_write_them_down() -> None:
    made = Settings(provider="openrouter", api_key=KEY, prices={"input": 1, "output": 2})
    assert made.host.prices[0].input == 1
    for twin in (copy.deepcopy(made), made.model_copy()):
        assert twin.host.prices[0].input == 1
    assert pickle.loads(pickle.dumps(made)).prices == made.prices
    written = made.model_dump()["prices"]
    assert Settings(provider="openrouter", api_key=KEY, prices=written).prices == made.prices
    made.prices = {"input": 3, "output": 4}
    assert made.host.prices[0].input == 3
    assert made.model_dump()["prices"][0]["input"] == 3
    made.prices = None
    assert made.host.prices == PROVIDERS["openrouter"].prices


def test_a_price_belongs_to_one_of_several_hosts() -> None:
    with pytest.raises(ConfigurationError, match="prices= cannot be said for several"):
        resolve_all(["openrouter", "modelslab"], prices={"input": 1, "output": 2})
