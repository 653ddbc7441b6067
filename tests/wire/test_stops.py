"""Stop texts where the host has none: the answer ends there, wherever its pieces were cut."""

import json

from hypothesis import given
from hypothesis import strategies as st

from seed_core.errors import StreamBrokenError
from seed_core.events import (
    Citation,
    Event,
    Finish,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    collect,
)
from seed_core.flow import Decoder
from seed_core.wire.chat_reply import ChatDecoder
from seed_core.wire.stops import cut, cutting
from tests.wire.chunks import HEADERS, chunk, context, sse


def decoder(*stops: str) -> Decoder:
    return cutting(lambda headers: ChatDecoder(context(), headers), stops)(HEADERS)


def read(stream: bytes, *stops: str, size: int = 10**9) -> tuple[list[Event], Decoder]:
    reading = decoder(*stops)
    events: list[Event] = []
    for start in range(0, len(stream), size):
        if not (reading.done or reading.failure):
            events += reading.feed(stream[start : start + size])
    return (events if reading.done else events + reading.end()), reading


def plainly(text: str, stops: list[str]) -> str:
    places = [place for stop in stops if (place := text.find(stop)) >= 0]
    return text[: min(places)] if places else text


texts = st.text(alphabet="abE", max_size=12)
stop_texts = st.lists(st.text(alphabet="abE", min_size=1, max_size=3), min_size=1, max_size=3)


@given(pieces=st.lists(texts, max_size=6), stops=stop_texts)
def test_the_text_ends_at_the_first_stop_wherever_it_was_cut(
    pieces: list[str], stops: list[str]
) -> None:
    expected = plainly("".join(pieces), stops)
    whole = cut([*map(TextDelta, pieces), Finish("length")], stops)
    assert collect(whole).text == expected
    chunks = [chunk({"content": piece}) for piece in pieces]
    events, reading = read(sse(*chunks, chunk({}, "length")), *stops)
    assert reading.failure is None
    answer = collect(events)
    assert answer.text == expected
    assert answer.finish is not None
    found = expected != "".join(pieces)
    assert answer.finish.reason == ("stop" if found else "length")


def test_a_stream_is_over_at_the_stop_and_its_reasoning_is_kept() -> None:
    stream = sse(
        chunk({"reasoning_content": "Hm."}, id="gen-7", model="m"),
        chunk({"content": "one EN"}),
        chunk({"content": "D two"}),
        chunk({"content": "three"}, "length"),
    )
    events, reading = read(stream, "END")
    answer = collect(events)
    assert reading.done
    assert (answer.text, answer.reasoning) == ("one ", "Hm.")
    assert answer.state is not None
    assert answer.finish is not None
    assert (answer.finish.reason, answer.finish.usage) == ("stop", None)
    assert (answer.finish.model, answer.finish.response_id) == ("m", "gen-7")
    assert reading.feed(stream) == []
    singly, _ = read(stream, "END", size=1)
    assert [event for event in singly if not isinstance(event, Finish)] == events[:-1]


def test_what_could_have_begun_a_stop_comes_before_what_follows_it() -> None:
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    stream = sse(chunk({"content": "the EN"}), chunk({"tool_calls": [call]}), chunk({}, "stop"))
    events, _ = read(stream, "END")
    kinds = [type(event) for event in events]
    assert kinds.index(ToolCallDelta) > kinds.index(TextDelta)
    assert collect(events).text == "the EN"


def test_a_stream_that_breaks_keeps_what_was_held_back() -> None:
    stream = sse(chunk({"content": "the EN"}), done=False)
    events, reading = read(stream, "END")
    assert isinstance(reading.failure, StreamBrokenError)
    assert collect(events).text == "the EN"
    error = StreamBrokenError("another word for it")
    reading.failure = error
    assert reading.failure is error
    reading.done = True
    assert reading.done


def test_an_error_in_the_stream_stays_one() -> None:
    stream = sse(chunk({"content": "the EN"}), json.dumps({"error": {"message": "no"}}), done=False)
    _, reading = read(stream.replace(b'{"error"', b'data: {"error"'), "END")
    assert reading.failure is not None


def test_a_whole_answer_keeps_its_usage_and_loses_what_comes_after() -> None:
    events: list[Event] = [
        ReasoningDelta("Hm."),
        TextDelta("a END b"),
        TextDelta("c"),
        ToolCallDelta(0, "{}", "c", "f"),
        Finish("tool_calls", model="m"),
    ]
    answer = collect(cut(events, ("END",)))
    assert (answer.text, answer.tool_calls, answer.reasoning) == ("a ", (), "Hm.")
    assert answer.finish == Finish("stop", model="m")
    assert cut(events, ()) is events


def test_what_goes_wrong_after_the_stop_is_not_part_of_the_answer() -> None:
    after = b'data: {"error": {"message": "no"}}\n\ndata: garbage\n\n'
    stream = sse(chunk({"content": "one END two"}), done=False) + after
    nameless = {"index": 0, "id": "c", "function": {"arguments": "{"}}
    for bytes_of in (
        stream,
        sse(chunk({"content": "one END"}), chunk({"tool_calls": [nameless]}), done=False),
    ):
        events, reading = read(bytes_of, "END")
        assert reading.failure is None
        assert reading.done
        answer = collect(events)
        assert answer.text == "one "
        assert answer.finish is not None
        assert answer.finish.reason == "stop"


def test_a_citation_between_two_pieces_of_a_stop_text_does_not_hide_it() -> None:
    events: list[Event] = [TextDelta("one EN"), Citation("https://a"), TextDelta("D two")]
    assert collect(cut([*events, Finish("stop")], ("END",))).text == "one "


def test_an_answer_that_is_cut_from_outside_ends_there() -> None:
    reading = decoder("END")
    assert collect(reading.feed(sse(chunk({"content": "one EN"}), done=False))).text == "one "
    events = reading.cut()
    assert collect(events).text == "EN"
    assert reading.done
