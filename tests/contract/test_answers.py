"""Text, reasoning and what is known of a reply, from every provider on every wire."""

from dataclasses import replace

import pytest

from seed_core.emulator import Answer, Emulator
from seed_core.types import Message, Prompt, ReplayState, Role, Text
from tests.contract.prompts import asking
from tests.contract.rows import Row, Way, all_rows, last, ways_of

TEXT = 'Grüße \u2028 \U0001f600 "quoted" \\ and\nmore'
THOUGHT = "First I think,\nthen I answer."


def test_text_arrives_as_it_was_said(emulator: Emulator, way: Way) -> None:
    reply = way.ask(emulator, Answer(text=TEXT, piece=3)).reply
    assert reply.text == TEXT
    assert (reply.tool_calls, reply.refusal) == ((), "")
    assert reply.finish is not None
    assert reply.finish.reason == ("unknown" if way.row.terse else "stop")


def test_reasoning_stands_beside_the_answer_and_never_in_it(emulator: Emulator, way: Way) -> None:
    reply = way.ask(emulator, Answer(text=TEXT, reasoning=THOUGHT, piece=4)).reply
    assert (reply.reasoning, reply.text) == (THOUGHT, TEXT)
    assert isinstance(reply.state, ReplayState)
    assert reply.state.issuer.split("/")[0] == way.row.provider


def test_hidden_reasoning_is_done_and_not_shown(emulator: Emulator, way: Way) -> None:
    hidden = asking(hide_reasoning=True)
    outcome = way.ask(emulator, Answer(text=TEXT, reasoning=THOUGHT), prompt=hidden)
    assert (outcome.reply.reasoning, outcome.reply.text) == ("", TEXT)


def test_every_answer_of_the_rules_is_the_same_whole_and_streamed(
    emulator: Emulator, row: Row
) -> None:
    replies = [way.ask(emulator, prompt=asking("Say it")).reply for way in ways_of(row)]
    assert 'You said: "Say it"' in replies[0].text
    assert replies[0].reasoning
    assert len({(reply.text, reply.reasoning) for reply in replies}) == 1


def test_a_reply_says_who_answered(emulator: Emulator, way: Way) -> None:
    reply = way.ask(emulator, Answer(text="Hi", model="a-dated-build")).reply
    assert reply.finish is not None
    assert reply.finish.provider == way.row.provider
    assert reply.finish.response_id
    assert reply.finish.failed == ()
    assert reply.finish.headers["content-type"].startswith(
        "text/event-stream" if way.stream else "application/json"
    )
    # ModelsLab's chunks, as documented, do not name the model.
    silent = way.stream and (way.row.emulated, way.row.api) == ("modelslab", "chat")
    # At fal's own endpoint the endpoint is the model.
    named = way.row.model if way.row.terse else "a-dated-build"
    assert reply.finish.model == (None if silent else named)


def test_the_request_goes_where_the_row_says(emulator: Emulator, way: Way) -> None:
    assert way.ask(emulator).reply.text
    seen = last(emulator)
    assert (seen.host, seen.method) == (way.row.emulated, "POST")
    path = way.row.bare.wire.path
    assert seen.path.endswith(path.replace("{model}", way.row.model))
    assert seen.headers["accept"] == ("text/event-stream" if way.stream else "application/json")
    assert bool(seen.body.get("stream")) == way.stream
    if "{model}" not in path:
        assert seen.body.get("model", seen.body.get("model_id")) == way.row.bare.model


def test_system_turns_and_earlier_answers_are_understood(emulator: Emulator, way: Way) -> None:
    turns: list[tuple[Role, str]] = [
        ("system", "Be brief."),
        ("user", "One"),
        ("assistant", "1"),
        ("user", "Two"),
    ]
    prompt = Prompt(tuple(Message(role, (Text(text),)) for role, text in turns))
    assert 'You said: "Two"' in way.ask(emulator, prompt=prompt).reply.text
    assert b"Be brief." in last(emulator).raw


UNSTREAMED = [row for row in all_rows() if not row.bare.wire.streams]


@pytest.mark.parametrize("unstreamed", UNSTREAMED, ids=str)
def test_where_nothing_streams_a_streamed_call_gives_the_whole_answer(
    emulator: Emulator, unstreamed: Row
) -> None:
    for way in ways_of(unstreamed):
        reply = replace(way, stream=True).ask(emulator, Answer(text="Whole")).reply
        assert reply.text == "Whole"
        assert "stream" not in last(emulator).body
