"""How streams end: whole, broken off, with an error, with another message, as a whole body."""

import json
from dataclasses import replace

import pytest

from seed_core.errors import (
    APIStatusError,
    InvalidReplyError,
    RateLimitError,
    ServerError,
    StreamBrokenError,
)
from seed_core.events import Event, Finish, collect
from seed_core.types import Json
from seed_core.wire.messages_reply import MessagesDecoder
from tests.wire.chunks import context, nameless
from tests.wire.messages.streams import (
    PING,
    STOP,
    begin,
    broken,
    call_block,
    decoder,
    ending,
    finish_of,
    message,
    read,
    read_well,
    sse,
    text_block,
    thought_block,
    whole,
)

FULL = (
    begin(),
    PING,
    *thought_block("Let me", " think.", index=0),
    *text_block("Hello", " — world", index=1),
    *call_block("", '{"at"', ": 1}", index=2),
    ending("tool_use"),
)
STREAM = sse(*FULL, STOP)
OVERLOADED = {"type": "overloaded_error", "message": "Overloaded"}


def test_a_cut_stream_never_looks_whole() -> None:
    complete = nameless(read_well(STREAM))
    # From the end of the JSON that says why it stopped, the answer is known to be whole.
    known = len(sse(*FULL)) - len(b"   \n\n")
    for length in range(len(STREAM)):
        events, reading = read([STREAM[:length]])
        assert (reading.failure is None) == (length >= known), length
        if length < known:
            assert isinstance(reading.failure, StreamBrokenError), length
            assert nameless(events) == complete[: len(events)]
            assert not any(isinstance(event, Finish) for event in events)
        else:
            assert nameless(events) == complete


def test_the_events_before_a_cut_are_those_of_the_whole_stream() -> None:
    complete = nameless(read_well(STREAM))
    got: list[Event] = []
    reading = decoder()
    for i in range(len(STREAM)):
        got += reading.feed(STREAM[i : i + 1])
        assert nameless(got) == complete[: len(got)]
    assert nameless(got) == complete


def test_a_reason_in_the_first_event_does_not_make_a_stream_whole() -> None:
    events, reading = read([sse(begin(stop_reason="end_turn"), *text_block("Hi."))])
    assert isinstance(reading.failure, StreamBrokenError)
    assert collect(events).finish is None


def test_an_end_without_a_reason_needs_its_mark() -> None:
    _, failure = broken(begin(), *text_block("Hi."), ending(None))
    assert isinstance(failure, StreamBrokenError)


@pytest.mark.parametrize("done", ["data: [DONE]", "data: [DONE]  "])
def test_a_chat_hosts_end_mark_is_borne(done: str) -> None:
    assert collect(read_well(sse(*FULL, STOP, done))).text == "Hello — world"
    answer = collect(read_well(sse(*FULL, done)))
    assert finish_of(answer).reason == "tool_calls"
    _, failure = broken(*FULL[:-1], done)
    assert isinstance(failure, StreamBrokenError)
    _, failure = broken(done)
    assert isinstance(failure, InvalidReplyError)


def test_nothing_counts_after_the_end() -> None:
    late = sse(*FULL, STOP, {"type": "error", "error": OVERLOADED}, *text_block("late"))
    assert nameless(read_well(late)) == nameless(read_well(STREAM))


@pytest.mark.parametrize("events", [(), (PING, PING), (STOP,), (PING, STOP)])
def test_a_stream_that_never_began_is_broken(events: tuple[Json, ...]) -> None:
    got, failure = broken(*events)
    assert isinstance(failure, StreamBrokenError)
    assert got.text == ""


def test_an_end_can_be_asked_for() -> None:
    reading = decoder()
    events = reading.feed(sse(begin(), *text_block("Hi.")))
    events += reading.cut()
    assert reading.done
    assert reading.failure is None
    assert finish_of(collect(events)).reason == "unknown"


@pytest.mark.parametrize(
    "said",
    [
        {"type": "error", "error": OVERLOADED},
        {"error": OVERLOADED},
        {"type": "error", "error": "Overloaded"},
        {"type": "error", "message": "Overloaded"},
        {"type": "ping", "error": OVERLOADED},
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_an_error_ends_the_stream(said: Json, named: bool) -> None:
    got, failure = broken(begin(), *text_block("Hi"), said, STOP, named=named)
    assert isinstance(failure, APIStatusError)
    assert "Overloaded" in str(failure)
    assert (got.text, got.finish) == ("Hi", None)


def test_an_error_may_be_flat_under_its_name() -> None:
    flat = f"event: error\ndata: {json.dumps(OVERLOADED)}"
    got, failure = broken(begin(), *text_block("Hi"), flat)
    assert isinstance(failure, ServerError)
    assert (failure.code, got.text) == ("overloaded_error", "Hi")


def test_an_error_may_be_in_the_hosts_own_envelope() -> None:
    own = replace(context(), error_of=lambda payload: payload.get("trouble"))
    said = sse(begin(), {"trouble": {"message": "Overloaded"}}, ending(), STOP)
    _, reading = read([said], MessagesDecoder(own, {}))
    assert isinstance(reading.failure, APIStatusError)
    assert "Overloaded" in str(reading.failure)


def test_an_error_has_its_class_and_its_request() -> None:
    limited = {"type": "rate_limit_error", "message": "Slow down."}
    _, failure = broken({"type": "error", "error": limited, "request_id": "req_9"})
    assert isinstance(failure, RateLimitError)
    # The header's id goes before that of the body.
    assert failure.request_id == "req_1"


def test_another_message_in_the_stream_breaks_it() -> None:
    first = (begin(), *thought_block("Hm."), *call_block('{"at"', index=1)[:2])
    got, failure = broken(*first, begin(id="msg_2"), *text_block("Again."), ending(), STOP)
    assert isinstance(failure, StreamBrokenError)
    assert failure.retryable
    assert (got.text, got.reasoning, got.finish) == ("", "Hm.", None)


def test_a_whole_body_in_the_place_of_a_stream_is_read() -> None:
    body = message({"type": "text", "text": "Hi."})
    for data in (json.dumps(body).encode(), json.dumps(body, indent=1).encode()):
        events, reading = read([data])
        assert reading.failure is None
        answer = collect(events)
        assert (answer.text, finish_of(answer).reason) == ("Hi.", "stop")
        assert finish_of(answer).usage == finish_of(whole(body)).usage


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"type": "error", "error": OVERLOADED}, ServerError),
        ({"content": "Hi."}, InvalidReplyError),
        ({"content": [5]}, InvalidReplyError),
        ({"id": "msg_1"}, InvalidReplyError),
        ({"content": [{"type": "tool_use", "id": "t"}]}, InvalidReplyError),
    ],
)
def test_a_bad_body_in_the_place_of_a_stream_is_said(body: Json, kind: type[Exception]) -> None:
    events, reading = read([json.dumps(body).encode()])
    assert isinstance(reading.failure, kind)
    assert not any(isinstance(event, Finish) for event in events)
