"""The page says what the tests compare with, and each limit that it names is the limit."""

import re
from collections import Counter

from seed_core import limits
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


def test_every_limit_is_told_as_it_is() -> None:
    text = PAGE.read_text("utf-8").partition("\n## What bounds it\n")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^\| ([^|]+?) \| ([\d,.]+ (?:KiB|MiB|s)) \|", text, re.MULTILINE))
    mib = {"KiB": 1 / 1024, "MiB": 1.0, "s": 1.0}
    found = sorted(
        float(number.replace(",", "")) * mib[unit] for number, unit in map(str.split, told.values())
    )
    ours = {
        name: value / (limits.MIB if name.endswith("_BYTES") else 1)
        for name, value in vars(limits).items()
        if name.endswith(("_BYTES", "_SECONDS"))
    }
    assert found == sorted(ours.values())
