"""docs/cost.md: its tables are those of the code."""

import re
from dataclasses import fields

import pytest

from seed_core import tokens
from seed_core.pricing import Price
from seed_core.providers import PROVIDERS
from seed_core.spending import Spending, Spent
from tests.examples.pages import DOCS, rows, section

PAGE = DOCS / "cost.md"


def amounts(*prices: float | None) -> str:
    return " / ".join(f"{price:.2f}" for price in prices if price is not None)


def test_the_table_of_prices_is_the_tables_of_the_hosts() -> None:
    told = list(rows(section(PAGE, "## Prices")))
    assert told == [
        [
            f"`{name}`",
            f"`{price.model}`",
            amounts(price.input),
            amounts(price.output),
            amounts(price.long_input, price.long_output),
            amounts(price.cache_read),
            f"<{price.source}>, {price.date}",
        ]
        for name, row in PROVIDERS.items()
        for price in row.prices
    ]


def test_every_field_of_a_row_is_named() -> None:
    named = section(PAGE, "## Prices").partition("A row's fields: ")[2]
    assert set(re.findall(r"`(\w+)`", named)) == {one.name for one in fields(Price)}


@pytest.mark.parametrize("kind", [Spending, Spent])
def test_every_sum_is_named(kind: type) -> None:
    table = "".join(f"{name} {what}" for name, what in rows(section(PAGE, "## Many calls")))
    public = {name for name in dir(kind) if not name.startswith("_")}
    # What the frameworks' packages and the core tell it by.
    public -= {"admit", "add", "settle", "add_failure", "warn_of"}
    assert public <= set(re.findall(r"`(\w+)(?:\(\))?`", table))


@pytest.mark.parametrize(
    ("what", "counts"),
    [
        ("a message", (tokens.MESSAGE_TOKENS, tokens.CALL_TOKENS)),
        ("a picture", (tokens.PIXELS, tokens.IMAGE_TOKENS)),
        ("a video", (tokens.STAMP_TOKENS, tokens.VIDEO_TOKENS)),
        ("a PDF", (tokens.PAGE_TOKENS,)),
    ],
)
def test_the_rules_of_the_estimate_are_those_of_the_code(
    what: str, counts: tuple[int, ...]
) -> None:
    table = dict(rows(section(PAGE, "## Tokens before a call").partition("###")[0]))
    numbers = re.findall(r"\d[\d,]*", table[what].replace("(or 1)", ""))
    assert tuple(int(number.replace(",", "")) for number in numbers) == counts
    most = section(PAGE, "## Tokens before a call").partition("counts as the most: ")[2]
    assert most.startswith("1,280 a picture, 80,000 a video; a PDF 15,000")
    assert tokens.DOCUMENT_TOKENS == 15_000
