"""One integration over every wire: what comes and goes looks the same to LangChain's users."""

import json
from typing import Any

import pytest
from langchain_core.load import dumps, loads
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)

from seed_core import InvalidReplyError, UnsupportedError
from seed_core.emulator import Answer, Emulator, ToolUse
from seed_core.emulator.messages.signing import sign
from seed_core.emulator.responses import seal
from tests.asked import Called
from tests.langchain.asking import How, Make, ask, beta
from tests.langchain.samples import MP464, PDF64, PDF_URL, PNG64, PNG_URL
from tests.posted import latest, posts
from tests.rows import ROWS, Row

PARIS = ToolUse("get_weather", '{"city": "Paris"}')
OSLO = ToolUse("get_weather", '{"city":"Oslo", "days": 2}')
THOUGHTFUL = Answer(text="Let me see.", reasoning="I think.", tool_calls=[PARIS, OSLO], piece=3)
ASKED = HumanMessage("Weather in Paris and Oslo?")
CITED = {"url": "https://example.com/a", "title": "Rain", "start_index": 8, "end_index": 13}

every_row = pytest.mark.parametrize("row", ROWS, ids=str)
streaming_rows = pytest.mark.parametrize("row", [r for r in ROWS if r.streams], ids=str)
telling_rows = pytest.mark.parametrize("row", [r for r in ROWS if not r.terse], ids=str)
"""All but fal's endpoint, whose answers are a text and nothing beside it."""


def get_weather(city: str, days: int = 1) -> str:
    """Tell the weather of a city."""
    return f"{city}: sunny"


def results(answer: AIMessage) -> list[ToolMessage]:
    """A result for each call."""
    return [ToolMessage("sunny", tool_call_id=call["id"]) for call in answer.tool_calls]


def thoughts(row: Row) -> str:
    """What a host is shown of its own reasoning: fal's endpoint takes none back."""
    return "" if row.terse else "I think."


# --- what comes -----------------------------------------------------------------------------------


@every_row
async def test_an_answer_has_the_same_parts_over_every_wire(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(THOUGHTFUL, host=row.emulated)
    message = await ask(at(row).bind_tools([get_weather]), how, [ASKED])
    assert message.content == "Let me see."
    assert message.additional_kwargs["reasoning_content"] == "I think."
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [
        ("get_weather", {"city": "Paris"}),
        ("get_weather", {"city": "Oslo", "days": 2}),
    ]
    assert message.invalid_tool_calls == []
    kinds = [block["type"] for block in message.content_blocks]
    assert kinds == ["reasoning", "text", "tool_call", "tool_call"]
    assert message.response_metadata["finish_reason"] == "tool_calls"
    assert message.response_metadata["provider"] == row.provider


@every_row
async def test_the_new_form_of_messages_has_them_too_and_goes_back(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(THOUGHTFUL, host=row.emulated)
    llm = at(row, output_version="v1").bind_tools([get_weather])
    message = await ask(llm, how, [ASKED])
    kinds = [block["type"] for block in message.content]
    assert kinds[:2] == ["reasoning", "text"]
    assert set(kinds[2:]) <= {"tool_call"}
    assert len(message.tool_calls) == 2
    await ask(llm, how, [ASKED, message, *results(message)])
    turn = latest(emulator, row).turns[1]
    assert (turn.text, turn.thoughts, len(turn.calls)) == ("Let me see.", thoughts(row), 2)


@streaming_rows
async def test_chunks_merge_and_the_last_one_tells_the_rest(
    row: Row, at: Make, emulator: Emulator
) -> None:
    emulator.script(THOUGHTFUL, host=row.emulated)
    llm = at(row, coalesce=False).bind_tools([get_weather])
    chunks = [chunk async for chunk in llm.astream([ASKED])]
    assert "".join(chunk.text for chunk in chunks) == "Let me see."
    pieces = [c.additional_kwargs.get("reasoning_content") for c in chunks if c.additional_kwargs]
    assert len(list(filter(None, pieces))) > 1
    told = [chunk for chunk in chunks if chunk.usage_metadata]
    assert told == ([chunks[-1]] if row.counts_streams else [])
    for name in ("finish_reason", "provider", "id"):
        assert [name in c.response_metadata for c in chunks] == [False] * (len(chunks) - 1) + [True]
    assert [c.chunk_position for c in chunks if isinstance(c, AIMessageChunk)][-1] == "last"


@every_row
async def test_a_call_without_words_is_a_message_of_its_own(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    llm = at(row).bind_tools([get_weather])
    emulator.script(Answer(tool_calls=[PARIS]), host=row.emulated)
    message = await ask(llm, how, [ASKED])
    assert message.content == ""
    await ask(llm, how, [ASKED, message, *results(message)])
    asked = latest(emulator, row)
    assert asked.roles == ["user", "assistant", "tool"]
    [call] = asked.turns[1].calls
    assert call == Called(message.tool_calls[0]["id"], "get_weather", {"city": "Paris"})
    assert asked.turns[2].answers == call.id


@every_row
async def test_an_answer_that_was_cut_off_says_so(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    llm = at(row)
    emulator.script(Answer(text="Once upon", finish="length"), host=row.emulated)
    reason = (await ask(llm, how, "A tale")).response_metadata["finish_reason"]
    assert reason == ("unknown" if row.terse else "length")
    half = Answer(text='{"a": "b', finish="length")
    emulator.script(*[half] * (2 if row.terse else 1), host=row.emulated)
    schema = {"title": "A", "type": "object", "properties": {"a": {"type": "string"}}}
    # A host that tells no reason is asked once more; then the text shows that it is not whole.
    why = "stops before its end" if row.terse else "max_tokens"
    with pytest.raises(InvalidReplyError, match=why):
        await ask(llm.with_structured_output(schema), "invoke", "A tale")


@every_row
async def test_a_call_that_was_cut_off_is_invalid(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    broken = ToolUse("get_weather", '{"city": "Par')
    emulator.script(Answer(tool_calls=[broken], finish="length"), host=row.emulated)
    message = await ask(at(row).bind_tools([get_weather]), how, [ASKED])
    assert message.tool_calls == []
    assert [bad["name"] for bad in message.invalid_tool_calls] == ["get_weather"]


@telling_rows
async def test_sources_are_langchains_citations(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    note = {"type": "url_citation", "url_citation": {**CITED, "content": "It rains."}}
    emulator.script(Answer(text="Rain in Paris.", annotations=[note]), host=row.emulated)
    message = await ask(at(row), how, "Weather?")
    [text] = [block for block in message.content_blocks if block["type"] == "text"]
    [cited] = text["annotations"]
    assert text["text"] == "Rain in Paris."
    assert (cited["type"], cited["url"], cited["title"]) == ("citation", CITED["url"], "Rain")
    places = (8, 13) if row.api != "messages" else (None, None)  # which has none there
    assert (cited.get("start_index"), cited.get("end_index")) == places
    history = [HumanMessage("Weather?"), message, HumanMessage("Sure?")]
    await ask(at(row), how, messages_from_dict(json.loads(json.dumps(messages_to_dict(history)))))
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
async def test_a_search_is_counted_and_its_sources_are_told(
    row: Row, name: str, at: Make, how: How
) -> None:
    message = await ask(at(row, web_search=True), how, "News?")
    assert message.response_metadata["tool_usage"][name] == 1
    [text] = [block for block in message.content_blocks if block["type"] == "text"]
    assert text["annotations"][0]["url"].startswith("https://")


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


def _checkpointed(history: list[Any]) -> list[Any]:
    """What a checkpointer of LangGraph keeps."""
    serde = pytest.importorskip("langgraph.checkpoint.serde.jsonplus").JsonPlusSerializer()
    kept: list[Any] = serde.loads_typed(serde.dumps_typed(history))
    return kept


KEPT = {
    "dicts": lambda history: messages_from_dict(json.loads(json.dumps(messages_to_dict(history)))),
    "langchain": lambda history: [loads(dumps(one), allowed_objects="messages") for one in history],
    "checkpointer": _checkpointed,
}


@beta
@pytest.mark.parametrize("how", ["invoke", "astream"])
@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize(
    ("row", "model", "marks"), STATES, ids=[f"{row}-{model}-{len(m)}" for row, model, m in STATES]
)
async def test_reasoning_goes_back_as_it_came_after_any_storage(
    row: Row,
    model: str | None,
    marks: list[str],
    kept: str,
    at: Make,
    emulator: Emulator,
    how: How,
) -> None:
    llm = at(row, model=model or row.model).bind_tools([get_weather])
    emulator.script(THOUGHTFUL, host=row.emulated)
    answer = await ask(llm, how, [ASKED])
    history = [ASKED, answer, *results(answer)]
    await ask(llm, how, history)
    fresh = posts(emulator)[-1]
    await ask(llm, how, KEPT[kept](history))
    stored = posts(emulator)[-1]
    assert stored.raw == fresh.raw
    turn = latest(emulator, row).turns[1]
    assert (turn.text, turn.thoughts) == ("Let me see.", thoughts(row))
    assert [call.arguments for call in turn.calls] == [
        {"city": "Paris"},
        {"city": "Oslo", "days": 2},
    ]
    for mark in marks:
        assert mark in stored.raw.decode()


@every_row
async def test_a_picture_of_a_tool_is_shown(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    llm = at(row).bind_tools([get_weather])
    emulator.script(THOUGHTFUL, host=row.emulated)
    answer = await ask(llm, how, [ASKED])
    photo = {"type": "image", "base64": PNG64, "mime_type": "image/png"}
    told = results(answer)
    told[0].content = [{"type": "text", "text": "A photo:"}, photo]
    await ask(llm, how, [ASKED, answer, *told])
    asked = latest(emulator, row)
    assert [(one.kind, one.address) for one in asked.shown] == [("image", PNG_URL)]
    assert [turn.role for turn in asked.turns][:4] == ["user", "assistant", "tool", "tool"]


@every_row
async def test_a_picture_and_a_pdf_of_the_user_are_shown_or_the_pdf_is_refused(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    pdf = {"type": "file", "base64": PDF64, "mime_type": "application/pdf", "filename": "a.pdf"}
    picture = {"type": "image", "url": "https://example.com/a.png"}
    see = {"type": "text", "text": "See"}
    if not row.may("document"):
        with pytest.raises(UnsupportedError, match=r"does not support document.*\(openrouter, "):
            await ask(at(row), how, [HumanMessage([see, picture, pdf])])
        assert emulator.requests == []
        await ask(at(row), how, [HumanMessage([see, picture])])
        [shown] = latest(emulator, row).shown
        assert (shown.kind, shown.address) == ("image", "https://example.com/a.png")
        return
    await ask(at(row), how, [HumanMessage([see, picture, pdf])])
    first, second = latest(emulator, row).shown
    assert (first.kind, first.address) == ("image", "https://example.com/a.png")
    assert (second.kind, second.address, second.name) == ("document", PDF_URL, "a.pdf")


@every_row
async def test_a_video_is_shown_or_refused_before_anything_is_sent(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    clip = {"type": "video", "base64": MP464, "mime_type": "video/mp4"}
    asked = [HumanMessage([{"type": "text", "text": "See"}, clip])]
    if row.may("video"):
        await ask(at(row), how, asked)
        assert [s.kind for s in latest(emulator, row).shown] == ["video"]
        return
    with pytest.raises(UnsupportedError, match=r"does not support video.*openrouter \(chat, resp"):
        await ask(at(row), how, asked)
    assert emulator.requests == []


@every_row
async def test_sound_is_refused_before_anything_is_sent(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    sound = {"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"}
    with pytest.raises(UnsupportedError, match="audio"):
        await ask(at(row), how, [HumanMessage([sound])])
    assert emulator.requests == []


@every_row
async def test_an_answer_ends_at_a_stop_text_over_every_wire(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    # The emulated hosts cut what they answer by rule; elsewhere the client does.
    whole = await ask(at(row), how, "Say one END two")
    assert "END" in whole.text
    message = await ask(at(row), how, "Say one END two", stop=["END"])
    assert message.text == whole.text.partition("END")[0]
    assert message.response_metadata["finish_reason"] == "stop"
    body = posts(emulator)[-1].body
    by_host = {"stop", "stop_sequences"} & body.keys()
    assert bool(by_host) is row.may("stop")
