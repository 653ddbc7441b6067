"""The page says what the tests compare with, and each limit that it names is the limit."""

import re
from collections import Counter

from seed_core import limits
from tests.contract.rows import ways
from tests.faults.page import BEGIN, END, PAGE, PARTS, table, written


def test_the_table_on_the_page_is_the_one_that_is_tested() -> None:
    page = PAGE.read_text("utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert table() in page, "run python -m tests.faults.page"
    assert written(page) == page


def test_every_fault_has_a_name_of_its_own() -> None:
    named = Counter(case.what for _, cases in PARTS for case in cases)
    assert set(named.values()) == {1}
    assert not any("|" in name for name in named)


def test_every_host_that_differs_is_one() -> None:
    known = {f"{way.row}-{'stream' if way.stream else 'whole'}" for way in ways()}
    assert {name for _, cases in PARTS for case in cases for name in case.at} <= known


LIMITS = {
    "one event of a stream": "EVENT_BYTES",
    "one stream": "STREAM_BYTES",
    "one whole reply": "REPLY_BYTES",
    "the body of an error": "ERROR_BYTES",
    "the same, in time": "ERROR_SECONDS",
    "what decompression makes": "INFLATED_BYTES",
    "interim responses": "INTERIM_BYTES",
    "signs of life alone": "LIFE_SECONDS",
}
"""How each line of the page's table begins, and what it is about."""


def test_every_limit_is_told_as_it_is() -> None:
    text = PAGE.read_text("utf-8").partition("\n## What bounds it\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+?) \| ([\d.]+) (MiB|s) \|", text, re.MULTILINE)
    assert len(rows) == len(LIMITS)
    for (what, number, unit), (begin, name) in zip(rows, LIMITS.items(), strict=True):
        assert what.startswith(begin)
        assert float(number) * {"MiB": limits.MIB, "s": 1}[unit] == getattr(limits, name)
        assert name.endswith("_SECONDS" if unit == "s" else "_BYTES")
    ours = {name for name in vars(limits) if name.endswith(("_BYTES", "_SECONDS"))}
    assert ours == set(LIMITS.values())
