"""One integration over every wire: what comes and goes looks the same to LlamaIndex's users."""

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)
from llama_index.core.workflow import JsonSerializer

from llamaindex_seed import SeedMultiModal
from seed_core import UnsupportedError
from seed_core.emulator import Answer, Emulator, ToolUse
from seed_core.emulator.messages.signing import sign
from seed_core.emulator.responses import seal
from tests.llamaindex.asking import CHATS, METHODS, call
from tests.llamaindex.conftest import Make
from tests.llamaindex.samples import MP4, PDF, PNG, PNG_URL, tool, user
from tests.posted import latest, posts
from tests.rows import ROWS, Row

PARIS = ToolUse("get_weather", '{"city": "Paris"}')
OSLO = ToolUse("get_weather", '{"city":"Oslo", "days": 2}')
THOUGHTFUL = Answer(text="Let me see.", reasoning="I think.", tool_calls=[PARIS, OSLO], piece=3)
CITED = {"url": "https://example.com/a", "title": "Rain", "start_index": 8, "end_index": 13}


def get_weather(city: str, days: int = 1) -> str:
    """Tell the weather of a city."""
    return f"{city}: sunny for {days} days"


TOOLS = [tool(get_weather).metadata.to_openai_tool()]

every_row = pytest.mark.parametrize("row", ROWS, ids=str)
streaming_rows = pytest.mark.parametrize("row", [r for r in ROWS if r.streams], ids=str)
chats = pytest.mark.parametrize("method", CHATS)


def results(answer: ChatMessage) -> list[ChatMessage]:
    """A result for each call."""
    calls = [block for block in answer.blocks if isinstance(block, ToolCallBlock)]
    return [
        ChatMessage(
            role="tool", content="sunny", additional_kwargs={"tool_call_id": one.tool_call_id}
        )
        for one in calls
    ]


# --- what comes -----------------------------------------------------------------------------------


@every_row
@chats
async def test_an_answer_has_the_same_blocks_over_every_wire(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(THOUGHTFUL, host=row.emulated)
    responses = await call(at(row), method, tools=TOOLS)
    thought, text, *calls = responses[-1].message.blocks
    assert isinstance(thought, ThinkingBlock)
    assert thought.content == "I think."
    assert text == TextBlock(text="Let me see.")
    assert [(one.tool_name, one.tool_kwargs) for one in calls] == [
        ("get_weather", {"city": "Paris"}),
        ("get_weather", {"city": "Oslo", "days": 2}),
    ]
    told = responses[-1].additional_kwargs
    assert (told["finish_reason"], told["provider"]) == ("tool_calls", row.provider)
    assert responses[-1].raw["usage"]["completion_tokens"] > 0
    if row.counts_streams if "stream" in method else row.counts:
        assert told["completion_tokens"] > 0
        assert "estimated" not in responses[-1].raw["usage"]
    else:
        assert "completion_tokens" not in told
        assert responses[-1].raw["usage"]["estimated"] is True


@streaming_rows
async def test_chunks_grow_and_the_last_one_tells_the_rest(
    row: Row, at: Make, emulator: Emulator
) -> None:
    emulator.script(THOUGHTFUL, host=row.emulated)
    chunks = await call(at(row, coalesce=False), "astream_chat", tools=TOOLS)
    assert "".join(chunk.delta for chunk in chunks) == "Let me see."
    thought = [chunk.additional_kwargs.get("thinking_delta", "") for chunk in chunks]
    assert "".join(thought) == "I think."
    assert len(list(filter(None, thought))) > 1
    for name in ("finish_reason", "provider", "response_id"):
        told = [name in chunk.additional_kwargs for chunk in chunks]
        assert told == [False] * (len(chunks) - 1) + [True]


@every_row
@chats
async def test_a_call_without_words_is_a_message_of_its_own(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    llm = at(row)
    emulator.script(Answer(tool_calls=[PARIS]), host=row.emulated)
    message = (await call(llm, method, tools=TOOLS))[-1].message
    assert not message.content
    await call(llm, method, [user("Weather?"), message, *results(message)], tools=TOOLS)
    asked = latest(emulator, row)
    assert asked.roles == ["user", "assistant", "tool"]
    assert [one.arguments for one in asked.turns[1].calls] == [{"city": "Paris"}]
    assert asked.turns[2].answers == asked.turns[1].calls[0].id


@pytest.mark.parametrize("row", [row for row in ROWS if not row.terse], ids=str)
@chats
async def test_sources_are_citation_blocks(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    note = {"type": "url_citation", "url_citation": {**CITED, "content": "It rains."}}
    emulator.script(Answer(text="Rain in Paris.", annotations=[note]), host=row.emulated)
    message = (await call(at(row), method))[-1].message
    [cited] = [block for block in message.blocks if isinstance(block, CitationBlock)]
    assert (cited.source, cited.title) == (CITED["url"], "Rain")
    assert cited.cited_content.text  # type: ignore[union-attr]  # a quotation is text
    places = {"start_index": 8, "end_index": 13} if row.api != "messages" else {}
    assert cited.additional_location_info == places
    kept = ChatMessage.model_validate_json(message.model_dump_json())
    await call(at(row), method, [user("Weather?"), kept, user("Sure?")])
    assert latest(emulator, row).turns[1].text == "Rain in Paris."


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (Row("openrouter", "chat"), "web_search_requests"),
        (Row("openrouter", "responses"), "web_search_requests"),
        (Row("empiriolabs", "chat"), "web_search"),
        (Row("volcengine", "responses"), "web_search"),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", METHODS)
async def test_a_search_is_counted_and_its_sources_are_told(
    row: Row, name: str, method: str, at: Make
) -> None:
    last = (await call(at(row, web_search=True), method))[-1]
    assert last.additional_kwargs["tool_usage"][name] == 1
    if "complete" in method:
        [cited] = last.additional_kwargs["citations"]
        assert cited["source"].startswith("https://")
    else:
        assert any(isinstance(block, CitationBlock) for block in last.message.blocks)


# --- what goes back -------------------------------------------------------------------------------


SEALING = "seed-2-0-mini-260428"
STATES = [
    *[(row, None, []) for row in ROWS],
    (Row("openrouter", "responses"), None, [seal("I think.")]),
    (Row("openrouter", "messages"), None, [sign("I think.")]),
    (Row("modelslab", "messages"), None, [sign("I think.")]),
    (Row("byteplus", "chat"), SEALING, [seal("I think.")]),
    (Row("byteplus", "responses"), SEALING, [seal("I think.")]),
    (Row("volcengine", "chat"), f"doubao-{SEALING}", [seal("I think.")]),
    (Row("volcengine", "responses"), f"doubao-{SEALING}", [seal("I think.")]),
]
"""Rows, builds, and what their hosts seal or sign the reasoning with: altered, they refuse it."""


def _kept_in_a_context(history: list[ChatMessage]) -> list[ChatMessage]:
    """What the context of a workflow is written down as."""
    serializer = JsonSerializer()
    again: list[ChatMessage] = serializer.deserialize(serializer.serialize(history))
    return again


KEPT: dict[str, Callable[[list[ChatMessage]], list[ChatMessage]]] = {
    "json": lambda history: [
        ChatMessage.model_validate_json(one.model_dump_json()) for one in history
    ],
    "pickle": lambda history: pickle.loads(pickle.dumps(history)),
    "context": _kept_in_a_context,
}


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize(
    ("row", "model", "marks"), STATES, ids=[f"{row}-{model}-{len(m)}" for row, model, m in STATES]
)
@pytest.mark.parametrize("method", ["achat", "stream_chat"])
async def test_reasoning_goes_back_as_it_came_after_any_storage(
    row: Row,
    model: str | None,
    marks: list[str],
    kept: str,
    method: str,
    at: Make,
    emulator: Emulator,
) -> None:
    llm = at(row, model=model or row.model)
    emulator.script(THOUGHTFUL, host=row.emulated)
    answer = (await call(llm, method, tools=TOOLS))[-1].message
    history = [user("Weather?"), answer, *results(answer)]
    await call(llm, method, history, tools=TOOLS)
    fresh = posts(emulator)[-1]
    await call(llm, method, KEPT[kept](history), tools=TOOLS)
    stored = posts(emulator)[-1]
    assert json.loads(stored.raw) == json.loads(fresh.raw)
    turn = latest(emulator, row).turns[1]
    # fal's own endpoint takes none back.
    assert (turn.text, turn.thoughts) == ("Let me see.", "" if row.terse else "I think.")
    assert ("I think." in stored.raw.decode()) is not row.terse
    assert [one.arguments for one in turn.calls] == [
        {"city": "Paris"},
        {"city": "Oslo", "days": 2},
    ]
    for mark in marks:
        assert mark in stored.raw.decode()


@every_row
@chats
async def test_a_picture_of_a_tool_is_shown(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    llm = at(row)
    emulator.script(THOUGHTFUL, host=row.emulated)
    answer = (await call(llm, method, tools=TOOLS))[-1].message
    told = results(answer)
    told[0].blocks = [TextBlock(text="A photo:"), ImageBlock(image=PNG)]
    await call(llm, method, [user("Weather?"), answer, *told], tools=TOOLS)
    asked = latest(emulator, row)
    assert [(one.kind, one.address) for one in asked.shown] == [("image", PNG_URL)]
    assert asked.roles[:4] == ["user", "assistant", "tool", "tool"]


@every_row
@chats
async def test_a_picture_is_shown(row: Row, method: str, at: Make, emulator: Emulator) -> None:
    blocks = [TextBlock(text="See"), ImageBlock(url="https://example.com/a.png")]
    await call(at(row), method, [ChatMessage(blocks=blocks)])
    shown = latest(emulator, row).shown
    assert [(one.kind, one.address) for one in shown] == [("image", "https://example.com/a.png")]


@every_row
@chats
async def test_a_pdf_is_shown_or_refused_before_anything_is_sent(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    blocks = [TextBlock(text="See"), ImageBlock(image=PNG), DocumentBlock(data=PDF, title="a.pdf")]
    if row.may("document"):
        await call(at(row), method, [ChatMessage(blocks=blocks)])
        picture, pdf = latest(emulator, row).shown
        assert (picture.kind, picture.address) == ("image", PNG_URL)
        assert (pdf.kind, pdf.address[:29]) == ("document", "data:application/pdf;base64,J")
        assert pdf.name == "a.pdf"
        return
    with pytest.raises(UnsupportedError, match=r"does not support document.*\(openrouter"):
        await call(at(row), method, [ChatMessage(blocks=blocks)])
    assert emulator.requests == []


@every_row
@chats
async def test_a_video_is_shown_or_refused_before_anything_is_sent(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    asked = [ChatMessage(blocks=[TextBlock(text="See"), VideoBlock(video=MP4)])]
    if row.may("video"):
        await call(at(row), method, asked)
        assert [s.kind for s in latest(emulator, row).shown] == ["video"]
        return
    with pytest.raises(UnsupportedError, match=r"does not support video.*openrouter \(chat, resp"):
        await call(at(row), method, asked)
    assert emulator.requests == []


@every_row
def test_the_multimodal_class_shows_pictures_over_every_wire(row: Row, emulator: Emulator) -> None:
    llm = SeedMultiModal(**row.settings(emulator))
    llm.complete("What is it?", image_documents=[ImageBlock(image=PNG)])
    shown = latest(emulator, row).shown
    assert [one.address for one in shown] == [PNG_URL]


@every_row
@chats
async def test_sound_is_refused_before_anything_is_sent(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    with pytest.raises(UnsupportedError, match="audio"):
        await call(at(row), method, [ChatMessage(blocks=[AudioBlock(audio=b"RIFF")])])
    assert emulator.requests == []


@every_row
@pytest.mark.parametrize("method", ["chat", "astream_chat", "acomplete", "stream_complete"])
async def test_an_answer_ends_at_a_stop_text_over_every_wire(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    # The emulated hosts cut what they answer by rule; elsewhere the client does.
    said = "Say one END two" if "complete" in method else [user("Say one END two")]
    whole = await _words(at(row), method, said)
    assert "END" in whole
    assert await _words(at(row), method, said, stop=["END"]) == whole.partition("END")[0]
    by_host = {"stop", "stop_sequences"} & posts(emulator)[-1].body.keys()
    assert bool(by_host) is row.may("stop")


async def _words(llm: Any, method: str, said: Any, **more: Any) -> str:
    """All that was answered."""
    last = (await call(llm, method, said, **more))[-1]
    return str(last.text if "complete" in method else last.message.content)
