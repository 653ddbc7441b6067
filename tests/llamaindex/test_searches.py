"""A search of the web, at every host that has one: its sources are LlamaIndex's citation blocks."""

from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage, CitationBlock, TextBlock

from seed_core.emulator import Emulator
from tests.llamaindex.asking import CHATS, answer
from tests.llamaindex.conftest import Make
from tests.llamaindex.samples import user
from tests.rows import Row
from tests.searching import FOUND, QUOTED, ROWS, SOURCES, TEXT


def cited(message: ChatMessage) -> list[Any]:
    return [block for block in message.blocks if isinstance(block, CitationBlock)]


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("method", CHATS)
async def test_every_source_of_a_search_is_a_citation_block(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(FOUND, host=row.emulated)
    message = (await answer(at(row, web_search=True, coalesce=False), method)).message
    assert message.content == TEXT  # the sources are not written into it
    notes = cited(message)
    assert [(note.source, note.title) for note in notes] == SOURCES
    for note, quoted in zip(notes, QUOTED.values(), strict=True):
        assert note.cited_content == TextBlock(text=quoted)
        place = note.additional_location_info
        if row.api == "messages":  # which says what was read, and not where that is told
            assert not place
        else:
            assert TEXT[place["start_index"] : place["end_index"]] == quoted
    # It is part of a conversation like any other.
    await answer(at(row), method, [user("Weather?"), message, user("Sure?")])
    assert b"It rains in Lisbon" in emulator.requests[-1].raw
    echoed = row.api == "responses"  # the answer goes back there as it came, sources included
    assert (b"example.com" in emulator.requests[-1].raw) == echoed


async def test_an_agent_that_searches_hands_on_its_sources(make: Make) -> None:
    agent = FunctionAgent(tools=[], llm=make(web_search=True))
    result: Any = await agent.run("News?")
    assert cited(result.response)
