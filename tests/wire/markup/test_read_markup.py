"""Markup in whole answers and in streams, among events of other kinds."""

from collections.abc import Sequence
from typing import Any

import pytest

from seed_core.errors import SeedError, StreamBrokenError
from seed_core.events import (
    Citation,
    Event,
    Finish,
    FinishReason,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    collect,
)
from seed_core.flow import Decoder
from seed_core.types import Tool
from seed_core.wire.chat_reply import ChatDecoder
from seed_core.wire.markup import read_markup, reading_markup
from seed_core.wire.stops import cutting
from tests.wire.chunks import HEADERS, chunk, context, sse
from tests.wire.markup.reading import TOOLS, outline, shape

CALL = "<seed:tool_call>\n<function=now>\n</function>\n</seed:tool_call>"
OPEN = "<seed:tool_call>\n<function=get_weather>\n<parameter=location>Rome</parameter>"
OWN = ToolCallDelta(0, "{}", "own", "f")


def fresh(headers: Any) -> Decoder:
    return ChatDecoder(context(), headers)


def stream(
    data: bytes, tools: Sequence[Tool] = TOOLS, *, think: bool = False, size: int = 10**9
) -> tuple[list[Event], Decoder]:
    """What is read of a stream that comes in pieces of this size."""
    decoder = reading_markup(fresh, tools, think=think)(HEADERS)
    events: list[Event] = []
    for start in range(0, len(data), size):
        events += decoder.feed(data[start : start + size])
    return events + decoder.end(), decoder


def said(*texts: str, reason: str = "stop") -> bytes:
    return sse(*(chunk({"content": text}) for text in texts), chunk({}, reason))


# --- whole answers --------------------------------------------------------------------------------


def test_a_whole_answer() -> None:
    events = read_markup(
        [
            ReasoningDelta("Hm."),
            TextDelta("One <seed:to"),
            Citation("https://a"),
            TextDelta(CALL.removeprefix("<seed:to") + "\n"),
            RefusalDelta("No."),
            Finish("stop", model="m"),
        ],
        TOOLS,
    )
    assert [type(event) for event in events] == [
        *(ReasoningDelta, TextDelta, Citation, ToolCallDelta, RefusalDelta, Finish)
    ]
    assert events[-1] == Finish("tool_calls", model="m")


@pytest.mark.parametrize(
    ("reason", "with_call"),
    [
        ("stop", "tool_calls"),
        ("unknown", "tool_calls"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("tool_calls", "tool_calls"),
    ],
)
def test_the_reason_of_the_finish(reason: FinishReason, with_call: str) -> None:
    finish = collect(read_markup([TextDelta(CALL), Finish(reason)], TOOLS)).finish
    assert finish is not None
    assert finish.reason == with_call
    assert read_markup([TextDelta("Hi"), Finish(reason)], TOOLS)[-1] == Finish(reason)


@pytest.mark.parametrize(
    ("finish", "whole"),
    [
        (Finish("stop"), True),
        (Finish("tool_calls"), True),
        (Finish("unknown"), False),
        (Finish("content_filter"), False),
        (Finish("stop", native_reason="stop_sequence"), False),
        (Finish("length"), False),
    ],
)
def test_the_finish_says_whether_an_open_call_was_cut_off(finish: Finish, whole: bool) -> None:
    events = read_markup([TextDelta(f"{OPEN}<parameter=days>1"), finish], TOOLS)
    (call,) = collect(events).tool_calls
    assert call.arguments == ('{"location":"Rome","days":1}' if whole else '{"location":"Rome"')


def test_fields_of_the_host_come_first() -> None:
    text = f"<seed:think>a</seed:think>{CALL}"
    with_call: list[Event] = [TextDelta(text), OWN, Finish("tool_calls")]
    assert read_markup(with_call, TOOLS) == with_call
    read = collect(read_markup(with_call, TOOLS, think=True))
    assert (read.reasoning, read.text) == ("a", CALL)
    with_reasoning: list[Event] = [ReasoningDelta(""), TextDelta(text), Finish("stop")]
    read = collect(read_markup(with_reasoning, TOOLS, think=True))
    assert (read.reasoning, len(read.tool_calls)) == ("", 1)
    assert read_markup(with_reasoning, (), think=True) == with_reasoning


def test_nothing_to_read_is_nothing_done() -> None:
    events: list[Event] = [TextDelta(CALL), Finish("stop")]
    assert read_markup(events, ()) == events
    assert reading_markup(fresh, ()) is fresh


def test_an_answer_without_an_end_keeps_its_text() -> None:
    assert collect(read_markup([TextDelta("a "), TextDelta("<seed:")], TOOLS)).text == "a <seed:"


# --- streams --------------------------------------------------------------------------------------


def test_a_stream_reads_as_the_whole_answer_does() -> None:
    data = said("One <", CALL[1:9], CALL[9:], "\nTwo")
    events, decoder = stream(data)
    assert decoder.done
    assert outline(events[:-1]) == ["One", "(now)", "Two"]
    assert isinstance(events[-1], Finish)
    assert events[-1].reason == "tool_calls"
    for size in (1, 13):
        again, _ = stream(data, size=size)
        assert shape(again[:-1]) == shape(events[:-1])


def test_a_stream_that_reached_its_limit() -> None:
    events, _ = stream(said(OPEN, reason="length"))
    assert collect(events).tool_calls[0].arguments == '{"location":"Rome"'


def test_reasoning_in_a_stream() -> None:
    events, _ = stream(said("Hm.</seed:", "think>Yes"), (), think=True)
    assert (collect(events).reasoning, collect(events).text) == ("Hm.", "Yes")
    both = sse(chunk({"content": "a", "reasoning_content": "Hm."}), chunk({"content": "b"}, "stop"))
    events, _ = stream(both, (), think=True)
    assert (collect(events).reasoning, collect(events).text) == ("Hm.", "ab")
    tagged = sse(chunk({"reasoning_content": "Hm."}), chunk({"content": "b</seed:think>"}, "stop"))
    assert collect(stream(tagged, (), think=True)[0]).text == "b</seed:think>"


def test_a_call_in_the_fields_of_a_stream_ends_the_reading_of_calls() -> None:
    fields = {"index": 0, "id": "own", "function": {"name": "f", "arguments": "{}"}}
    data = sse(
        chunk({"content": f"{CALL} {OPEN}"}),
        chunk({"tool_calls": [fields]}),
        chunk({"content": CALL}),
        chunk({}, "tool_calls"),
    )
    answer = collect(stream(data)[0])
    assert [call.name for call in answer.tool_calls] == ["now", "f"]
    assert answer.text == OPEN + CALL


def test_a_stream_that_breaks_keeps_what_was_held_back() -> None:
    data = sse(chunk({"content": f"a {OPEN}"}), done=False)
    events, decoder = stream(data)
    assert isinstance(decoder.failure, StreamBrokenError)
    assert collect(events).text == f"a {OPEN}"
    error = SeedError("another word for it")
    decoder.failure = error
    assert decoder.failure is error
    decoder.done = True
    assert decoder.done


def test_an_answer_that_is_ended_from_outside_has_no_whole_call() -> None:
    decoder = reading_markup(fresh, TOOLS)(HEADERS)
    assert decoder.feed(sse(chunk({"content": OPEN}), done=False)) == []
    answer = collect(decoder.cut())
    assert [call.arguments for call in answer.tool_calls] == ['{"location":"Rome"']
    assert decoder.done


def test_stop_texts_go_around_the_reading() -> None:
    decoder = cutting(reading_markup(fresh, TOOLS), ["Rome", "END"])(HEADERS)
    events = decoder.feed(said(f"a {OPEN}</function></seed:tool_call> b END c {OPEN}"))
    answer = collect(events)
    assert [call.arguments for call in answer.tool_calls] == ['{"location":"Rome"}']
    assert answer.text == "ab "
