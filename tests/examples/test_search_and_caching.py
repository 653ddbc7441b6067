"""The tables of searches and caches say what the code says, host by host."""

import json
from typing import Any

import pytest

pytest.importorskip("langchain_core")

from langchain_core.messages import AIMessage, HumanMessage

from langchain_seed import ChatSeed
from seed_core.capabilities import Feature
from seed_core.emulator import Answer, Emulator, Seen
from seed_core.errors import UnsupportedError
from tests.examples.pages import DOCS, marked, rows, section
from tests.rows import ROWS, Row

PAGE = DOCS / "search-and-caching.md"
WORDS = {True: "yes", False: "no", None: "sent"}
NOTE = {
    "type": "url_citation",
    "url_citation": {"url": "https://a.example", "title": "A", "start_index": 0, "end_index": 2},
}


def table(heading: str) -> dict[Row, list[str]]:
    """The cells beside each host and wire of the table under a heading."""
    return {
        Row(provider, api): cells
        for names, apis, *cells in rows(section(PAGE, heading))
        for provider in marked(names)
        for api in marked(apis)
    }


SEARCHES = table("## Web search")
CACHES = table("## Prompt caching")


@pytest.mark.parametrize("told", [SEARCHES, CACHES])
def test_every_host_and_wire_is_in_the_table(told: dict[Row, list[str]]) -> None:
    assert {str(row) for row in told} == {str(row) for row in ROWS}


@pytest.mark.parametrize(
    ("feature", "told"), [("web_search", SEARCHES), ("caching", CACHES)], ids=str
)
def test_the_table_says_what_is_known_of_the_host(
    feature: Feature, told: dict[Row, list[str]]
) -> None:
    assert {str(row): cells[0] for row, cells in told.items()} == {
        str(row): WORDS[row.can.has(feature)] for row in ROWS
    }


def asked(emulator: Emulator, row: Row, **call: Any) -> tuple[Seen, AIMessage]:
    """The request that a call makes, and its answer."""
    message = ChatSeed(**row.settings(emulator)).invoke([HumanMessage("Hello")], **call)
    return [seen for seen in emulator.requests if seen.method == "POST"][-1], message


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize(
    ("option", "told"), [("web_search", SEARCHES), ("caching", CACHES)], ids=["search", "caching"]
)
def test_what_the_table_says_is_sent(
    emulator: Emulator, row: Row, option: str, told: dict[Row, list[str]]
) -> None:
    can, sends, *_ = told[row]
    if can == "no":
        assert not sends
        with pytest.raises(UnsupportedError):
            asked(emulator, row, **{option: True})
        assert not emulator.requests
        return
    [promised] = marked(sends)
    seen, _ = asked(emulator, row, **{option: True})
    assert json.loads(f"{{{promised}}}").items() <= seen.body.items()


@pytest.mark.parametrize("row", [row for row in ROWS if SEARCHES[row][0] == "yes"], ids=str)
def test_an_answer_tells_of_its_search_what_the_table_says(emulator: Emulator, row: Row) -> None:
    *_, counted, places = SEARCHES[row]
    emulator.script(Answer(text="Hi", annotations=[NOTE]), host=row.emulated)
    _, message = asked(emulator, row, web_search=True)
    usage = message.response_metadata.get("tool_usage", {})
    assert set(marked(counted)) <= set(usage)
    assert bool(usage) == (counted != "not told")
    [text] = [block for block in message.content_blocks if block["type"] == "text"]
    [cited] = text["annotations"]
    assert ("start_index" in cited) == (places == "yes")


@pytest.mark.parametrize("row", [row for row in ROWS if row.provider != "compatible"], ids=str)
def test_an_answer_tells_of_its_cache_what_the_table_says(emulator: Emulator, row: Row) -> None:
    can, _, tells, *_ = CACHES[row]
    _, message = asked(emulator, row, **({} if can == "no" else {"caching": True}))
    usage: Any = message.usage_metadata or {}
    words = {"cache_read": "read", "cache_creation": "written"}
    told = [word for name, word in words.items() if name in usage.get("input_token_details", {})]
    assert tells == (", ".join(told) or "nothing")
