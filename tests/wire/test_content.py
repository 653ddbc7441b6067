"""What an answer consists of: text, reasoning, refusals, citations, annotations; mixed at will."""

import pytest

from seed_core.errors import InvalidReplyError
from seed_core.events import Citation, FileAnnotation, ReasoningDelta, TextDelta
from seed_core.types import ReplayState
from tests.wire.chunks import (
    broken,
    chunk,
    details_of,
    message,
    read_well,
    reply,
    sse,
    whole,
)

TEXT = {"type": "reasoning.text", "text": "Hm", "format": "unknown", "index": 0}


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_reasoning_text_is_read_from_either_field(field: str) -> None:
    answer = reply(chunk({field: "I "}), chunk({field: "think"}), chunk({"content": "a"}, "stop"))
    assert (answer.reasoning, answer.text) == ("I think", "a")
    assert answer.state == ReplayState("openrouter")
    answer = whole(message(content="a", **{field: "I think"}))
    assert (answer.reasoning, answer.text) == ("I think", "a")


def test_reasoning_in_details_alone_is_read() -> None:
    answer = reply(chunk({"reasoning_details": [TEXT]}), chunk({"content": "a"}, "stop"))
    assert answer.reasoning == "Hm"
    assert details_of(answer) == [TEXT]


@pytest.mark.parametrize(
    "mirror",
    [
        {"reasoning": "Hm"},
        {"reasoning_content": "Hm"},
        {"reasoning": "Hm", "reasoning_content": "Hm"},
    ],
)
def test_mirrored_reasoning_is_read_once(mirror: dict[str, str]) -> None:
    delta = {**mirror, "reasoning_details": [TEXT]}
    assert reply(chunk(delta), chunk({"content": "a"}, "stop")).reasoning == "Hm"
    assert whole(message(content="a", **delta)).reasoning == "Hm"


def test_reasoning_beside_an_empty_list_of_details_is_read() -> None:
    answer = reply(chunk({"reasoning": "Hm", "reasoning_details": []}), chunk({}, "stop"))
    assert answer.reasoning == "Hm"
    assert details_of(answer) == []


@pytest.mark.parametrize("nothing", [None, "", "missing"])
def test_no_reasoning_is_no_event_and_no_state(nothing: str | None) -> None:
    fields = {} if nothing == "missing" else {"reasoning": nothing, "reasoning_content": nothing}
    answer = reply(chunk({"content": "a", **fields}), chunk({}, "stop"))
    assert answer.state is None
    assert answer.reasoning == ""


def test_reasoning_may_come_between_text() -> None:
    events = read_well(
        sse(
            chunk({"reasoning": "r1"}),
            chunk({"content": "t1"}),
            chunk({"reasoning": "r2"}),
            chunk({"content": "t2"}),
            chunk({}, "stop"),
        )
    )
    assert events[:4] == [
        ReasoningDelta("r1"),
        TextDelta("t1"),
        ReasoningDelta("r2"),
        TextDelta("t2"),
    ]


def test_a_mixed_delta_gives_reasoning_then_text_then_the_call() -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
    delta = {"content": "t", "reasoning": "r", "refusal": "n", "tool_calls": [call]}
    events = read_well(sse(chunk(delta), chunk({}, "tool_calls")))
    names = [type(event).__name__ for event in events]
    assert names == [
        "ReasoningDelta",
        "TextDelta",
        "RefusalDelta",
        "ToolCallDelta",
        "ReplayState",
        "Finish",
    ]


def test_a_refusal_is_not_text() -> None:
    answer = reply(
        chunk({"content": None, "refusal": "I "}),
        chunk({"content": None, "refusal": "can't"}),
        chunk({}, "stop"),
    )
    assert (answer.text, answer.refusal) == ("", "I can't")
    assert whole(message(content=None, refusal="no")).refusal == "no"


def test_content_as_a_list_of_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": None}, "x", {"text": "b"}]
    assert reply(chunk({"content": parts}, "stop")).text == "ab"


@pytest.mark.parametrize("content", [5, {"text": "a"}, True])
def test_content_that_is_neither_text_nor_parts_is_refused(content: object) -> None:
    _, failure = broken(sse(chunk({"content": content}, "stop")))
    assert "content that is not text" in str(failure)


def test_url_citations_are_events_wherever_they_come() -> None:
    full = {
        "url": "https://a.example",
        "title": "A",
        "content": "c",
        "start_index": 1,
        "end_index": 5,
    }
    bare = {"url": "https://b.example"}
    notes = [{"type": "url_citation", "url_citation": cited} for cited in (full, bare)]
    expected = (Citation("https://a.example", "A", "c", 1, 5), Citation("https://b.example"))
    streamed = reply(
        chunk({"content": "text"}),
        chunk({"annotations": notes[:1]}),
        chunk({"annotations": notes[1:]}, "stop"),
    )
    assert streamed.citations == expected
    assert whole(message(content="text", annotations=notes)).citations == expected


@pytest.mark.parametrize("place", [True, -1, 1.5, "1"])
def test_a_place_that_is_none_is_left_out(place: object) -> None:
    cited = {"url": "https://a.example", "start_index": place, "end_index": place}
    notes = [{"type": "url_citation", "url_citation": cited}]
    answer = whole(message(content="text", annotations=notes))
    assert answer.citations == (Citation("https://a.example"),)


def test_a_parsed_file_is_kept_as_it_came() -> None:
    note = {
        "type": "file",
        "file": {"hash": "h", "name": "a.pdf", "content": [{"type": "text", "text": "p"}]},
    }
    answer = whole(message(content="a", annotations=[note]))
    assert answer.annotations == (FileAnnotation(note, "openrouter"),)
    assert answer.citations == ()


@pytest.mark.parametrize(
    "note",
    [
        {"type": "url_citation"},
        {"type": "url_citation", "url_citation": {"title": "no address"}},
        {"type": "novel", "x": 1},
    ],
)
def test_a_note_of_another_form_is_kept_as_it_came(note: dict[str, object]) -> None:
    assert reply(chunk({"content": "a", "annotations": [note, "odd"]}, "stop")).annotations == (
        FileAnnotation(note, "openrouter"),
    )


def test_text_arrives_unchanged_with_every_kind_of_character() -> None:
    text = "a\u2028b\u2029c\x0bd\x0ce\x85f\ufefff \U0001f600 \x00 \r\n end"
    assert reply(chunk({"content": text}, "stop")).text == text
    assert whole(message(content=text)).text == text


@pytest.mark.parametrize(
    "odd", [{"annotations": 5}, {"reasoning_details": [{"type": "x", "index": []}]}]
)
def test_values_of_another_type_than_the_protocols_are_an_invalid_reply(
    odd: dict[str, object],
) -> None:
    answer, failure = broken(sse(chunk({"content": "a"}), chunk({"content": "b", **odd})))
    assert isinstance(failure, InvalidReplyError)
    assert "unknown form" in str(failure)
    assert answer.text.startswith("a")


def test_notes_that_are_no_list_are_an_invalid_reply_in_a_whole_reply_too() -> None:
    with pytest.raises(InvalidReplyError, match="a reply of unknown form"):
        whole(message(content="a", annotations=5))


def test_what_follows_a_failure_is_not_read_even_at_the_end() -> None:
    _, failure = broken(sse("data: garbage", done=False) + b"data: [DONE]\ndata: more")
    assert "garbage" in str(failure)


def test_an_answer_that_is_all_reasoning_and_was_cut_says_what_to_do(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reply(chunk({"reasoning": "long"}), chunk({}, "length"))
    assert "raise max_tokens" in caplog.text
    caplog.clear()
    reply(chunk({"content": "long"}), chunk({}, "length"))
    assert caplog.text == ""
