"""What is unknown, absent or of another form than the protocol's, in a stream and in a body."""

import json
from typing import Any

import pytest

from seed_core.errors import APIStatusError, InvalidReplyError
from seed_core.events import TextDelta, collect
from seed_core.types import Json
from seed_core.wire.messages import MessagesWire
from tests.wire.chunks import context
from tests.wire.messages.streams import (
    HEADERS,
    STOP,
    begin,
    blocks_of,
    broken,
    ending,
    finish_of,
    piece,
    read_well,
    reply,
    sse,
    start,
    text_block,
    thought_block,
    whole,
)


def test_what_is_unknown_is_passed_over() -> None:
    answer = reply(
        begin(),
        {"type": "novelty", "text": "?"},
        {"id": "without a type"},
        *text_block("Hi."),
        piece("novelty", 0, text="?"),
        start({"type": "novelty", "of": "the host"}, 1),
        piece("novelty", 1),
        {"type": "content_block_stop", "index": 9},
        {"type": "content_block_delta", "index": 0},
        ending(),
    )
    assert answer.text == "Hi."
    assert blocks_of(answer)[1] == {"type": "novelty", "of": "the host"}


def test_absent_and_null_are_nothing() -> None:
    nulls = dict.fromkeys(("id", "model", "stop_reason", "content", "usage", "stop_details"))
    answer = reply(
        {"type": "message_start", "message": {"role": None, **nulls}, "error": None},
        start({"type": "text", "text": None, "citations": None}, None),
        piece("text", None, text=None),
        start({"type": "thinking"}, 1),
        piece("thinking", 1),
        piece("signature", 1, signature=None),
        piece("input_json", 1, partial_json=None),
        {"type": "content_block_delta", "index": 1, "delta": None},
        {"type": "message_delta", "delta": None, "usage": None},
        ending("end_turn", usage={"output_tokens": None}, stop_sequence=None),
    )
    finish = finish_of(answer)
    assert (answer.text, answer.reasoning) == ("", "")
    assert (finish.reason, finish.usage, finish.cost, finish.model) == ("stop", None, None, None)
    assert "usage" not in finish.raw
    bare = whole({"content": [], "usage": None, "error": None})
    assert finish_of(bare).reason == "unknown"


def test_a_message_may_have_no_start() -> None:
    stream = sse(*text_block("Hi."), ending(), STOP)
    assert collect(read_well(stream)).text == "Hi."


def test_events_are_known_by_either_of_their_names() -> None:
    events = [begin(), *text_block("Hi."), ending(), STOP]
    assert collect(read_well(sse(*events, named=False))).text == "Hi."
    untyped = [
        f"event: {event['type']}\ndata: "
        + json.dumps({name: value for name, value in event.items() if name != "type"})
        for event in events
    ]
    assert collect(read_well(sse(*untyped))).text == "Hi."


def test_each_line_may_be_an_event() -> None:
    lines = sse(begin(), *text_block("Hi."), ending(), STOP, named=False).replace(b"\n\n", b"\n")
    assert collect(read_well(lines, each_line=True)).text == "Hi."
    fresh = MessagesWire(each_line=True).decoder(context())(HEADERS)
    assert TextDelta("Hi.") in fresh.feed(lines)
    assert fresh.done


def test_the_same_message_may_begin_twice() -> None:
    answer = reply(begin(), *thought_block("Hm."), begin(), *text_block("Hi.", index=1))
    assert (answer.reasoning, answer.text) == ("Hm.", "Hi.")
    assert len(blocks_of(answer)) == 2


@pytest.mark.parametrize(
    "events",
    [
        [start(None)],
        [start("text")],
        [start({"type": "text", "text": 5})],
        [start({"type": "text", "text": "", "citations": 5})],
        [start({"type": "thinking", "thinking": []})],
        [start({"type": "text"}, [0])],
        [piece("text", 0, text="without a start")],
        [start({"type": "text"}), piece("text", 0, text=["Hi."])],
        [start({"type": "text"}), piece("signature", 0, signature=5)],
        [start({"type": "text"}), piece("input_json", 0, partial_json={})],
        [start({"type": "text"}), {"type": "content_block_delta", "index": 0, "delta": "Hi."}],
        [{"type": "message_delta", "delta": ["end_turn"]}],
        [{"type": "message_delta", "delta": {}, "usage": 7}],
        ["data: [1]"],
        ["data: not JSON"],
    ],
)
def test_what_is_of_another_form_is_said(events: list[Any]) -> None:
    got, failure = broken(begin(), *text_block("Before.", index=5), *events, ending(), STOP)
    assert isinstance(failure, InvalidReplyError)
    assert got.text == "Before."
    assert got.finish is None


@pytest.mark.parametrize(
    "begun",
    [
        {"type": "message_start", "message": "m"},
        begin(content={"type": "text"}),
        begin(content=["Hi."]),
        begin(usage=[1]),
    ],
)
def test_a_start_of_another_form_is_said(begun: Json) -> None:
    _, failure = broken(begun, ending(), STOP)
    assert isinstance(failure, InvalidReplyError)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        {},
        {"id": "msg_1"},
        {"content": None},
        {"content": "Hi."},
        {"content": {}},
        {"content": ["Hi."]},
        {"content": [None]},
        {"content": [{"type": "text", "text": {}}]},
        {"content": [], "usage": [1]},
        {"choices": [{"message": {"content": "Hi."}}]},
    ],
)
def test_a_body_of_another_form_is_said(body: object) -> None:
    with pytest.raises(InvalidReplyError):
        whole(body)


def test_an_error_with_status_200_is_the_error() -> None:
    said = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with pytest.raises(APIStatusError, match="Overloaded") as caught:
        whole({**said, "request_id": "req_9"})
    assert caught.value.request_id == "req_9"
    assert caught.value.retryable
