"""A search of the web, at every host that has one: its sources are LangChain's own citations."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langchain_seed import ChatSeed
from seed_core.emulator import Emulator
from tests.langchain.asking import Body, How, Make, ask
from tests.rows import Row
from tests.searching import FOUND, QUOTED, ROWS, SOURCES, TEXT


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"{city}: 21 degrees"


def cited(message: AIMessage) -> list[Any]:
    """The annotations of the text of a message, in LangChain's standard form."""
    return [
        note
        for block in message.content_blocks
        if block["type"] == "text"
        for note in block.get("annotations", [])
    ]


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_every_source_of_a_search_is_a_citation(
    row: Row, version: str, at: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(FOUND, host=row.emulated)
    llm = at(row, web_search=True, output_version=version, coalesce=False)
    message = await ask(llm, how, "Weather?")
    assert message.text == TEXT
    notes = cited(message)
    assert {note["type"] for note in notes} == {"citation"}
    assert [(note["url"], note["title"]) for note in notes] == SOURCES
    assert [note["cited_text"] for note in notes] == [*QUOTED.values()]
    for note in notes:
        if row.api == "messages":  # which says what was read, and not where that is told
            assert "start_index" not in note
        else:
            assert TEXT[note["start_index"] : note["end_index"]] == note["cited_text"]
    if version == "v1":
        assert message.content == message.content_blocks
    # It is part of a conversation like any other.
    await ask(at(row), how, [HumanMessage("Weather?"), message, HumanMessage("Sure?")])
    assert b"It rains in Lisbon" in emulator.requests[-1].raw
    echoed = row.api == "responses"  # the answer goes back there as it came, sources included
    assert (b"example.com" in emulator.requests[-1].raw) == echoed


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_search_can_be_asked_for_with_one_call(row: Row, at: Make, emulator: Emulator) -> None:
    llm: ChatSeed = at(row)
    llm.invoke("News?")
    assert b"web_search" not in emulator.requests[-1].raw
    llm.invoke("News?", web_search=True)
    assert b"web_search" in emulator.requests[-1].raw


@pytest.mark.parametrize(
    ("row", "tool"),
    [
        (
            Row("openrouter", "chat"),
            {"type": "openrouter:web_search", "parameters": {"max_results": 2}},
        ),
        (Row("volcengine", "responses"), {"type": "web_search", "limit": 2}),
    ],
    ids=str,
)
def test_a_search_in_the_hosts_own_words_stands_beside_tools(
    row: Row, tool: dict[str, Any], at: Make, emulator: Emulator, body: Body
) -> None:
    emulator.script(FOUND, host=row.emulated)
    message = at(row).bind_tools([get_weather, tool]).invoke("Weather?")
    assert len(cited(message)) == 2
    assert body()["tools"][1] == tool
