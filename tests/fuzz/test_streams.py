"""What a stream may not lose, whatever becomes of it: words, order, and whether it is whole."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import strategies as st

from seed_core.events import Finish, Reply, TextDelta, collect
from seed_core.flow import Decoder
from seed_core.sse import EventReader
from tests.fuzz.answers import DONE, HELLO, STREAMS, sse
from tests.fuzz.calls import STREAMING, kind_of, read, reading
from tests.fuzz.hostile import CUTS, NASTY, in_pieces, shuffled, tried

HOSTS = st.sampled_from(list(STREAMING))
LINES = st.sampled_from(
    [
        *NASTY,
        b"data: a",
        b"data:b",
        b"data",
        b"data: ",
        b"event: e",
        b"event:",
        b"id: 1",
        b": c",
        b"",
        b" data: c",
        b"dat",
    ]
)
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n", b"\n\n", b"\n\ndata: ", b""])


def plainly(stream: bytes, *, each_line: bool) -> list[tuple[bytes, bytes]]:
    """The events of a stream by the words of the standard, one line at a time."""
    stream = stream.removeprefix(b"\xef\xbb\xbf")
    name, data = b"", list[bytes]()
    events: list[tuple[bytes, bytes]] = []
    lines = stream.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    for line in [*lines, b""]:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not line:
            if data:
                events.append((name, b"\n".join(data)))
            name, data = b"", []
        elif field == b"event" and b":" in line:
            name = value
        elif field == b"data" and b":" in line:
            data.append(value)
            if each_line:
                events.append((name, b"\n".join(data)))
                data = []
    return events


def lines_in_pieces(data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.tuples(LINES, ENDS), max_size=12))
    stream = b"".join(line + end for line, end in parts)
    each_line = data.draw(st.booleans())
    expected = plainly(stream, each_line=each_line)
    for pieces in ([stream], in_pieces(stream, data.draw(CUTS)), [bytes([one]) for one in stream]):
        reader = EventReader(each_line=each_line)
        found = [event for piece in pieces for event in reader.feed(piece)]
        assert found + reader.end() == expected


def spoken(event: Any) -> Iterator[str]:
    """The words that an event of a stream adds to the answer, read as plainly as can be."""
    if not isinstance(event, dict):
        return
    for choice in event.get("choices", ()):
        yield choice["delta"].get("content", "")
    kind = event.get("type")
    if kind == "content_block_delta":
        yield event["delta"].get("text", "")
    elif kind == "response.output_text.delta":
        yield event["delta"]


def feed(decoder: Decoder, event: Any) -> str:
    """The words that come of an event."""
    got = decoder.feed(sse([event]))
    return "".join(one.text for one in got if isinstance(one, TextDelta))


def words_in_any_order(data: st.DataObject) -> None:
    """Events that are missing, come twice or in another order: what is said comes out at once."""
    host = STREAMING[data.draw(HOSTS)]
    kind = kind_of(host)
    decoder = reading(host, HELLO)
    for event in data.draw(shuffled(data.draw(st.sampled_from(STREAMS[kind])))):
        alive = not decoder.done and decoder.failure is None
        said = feed(decoder, event)
        if alive and decoder.failure is None and not decoder.done:
            # A host that has not streamed a text tells all of it later.
            expected = "".join(spoken(event))
            assert said == expected or (not expected and kind == "responses")


def the_same(one: Reply, other: Reply) -> bool:
    """Whether two replies have the same words, and calls of the same arguments."""
    calls = [[(call.name, call.arguments) for call in reply.tool_calls] for reply in (one, other)]
    return (one.text, one.refusal, calls[0]) == (other.text, other.refusal, calls[1])


def streams_that_stop(data: st.DataObject) -> None:
    """A stream that stops anywhere is broken, or nothing of the answer is missing."""
    host = STREAMING[data.draw(HOSTS)]
    good = sse(data.draw(st.sampled_from(STREAMS[kind_of(host)][:2])))
    whole = collect(read([good], reading(host, HELLO)))
    assert whole.finish is not None
    stop = data.draw(st.integers(0, len(good)))
    decoder = reading(host, HELLO)
    events = read(in_pieces(good[:stop], data.draw(CUTS)), decoder)
    came = collect(events)
    assert whole.text.startswith(came.text)
    assert whole.reasoning.startswith(came.reasoning)
    if decoder.done:
        assert isinstance(events[-1], Finish)
        assert the_same(came, whole)
    else:
        assert decoder.failure is not None
        assert came.finish is None


def odd_json(data: st.DataObject) -> None:
    """JSON of other makes is the same JSON: blanks, escapes, fields in another order, twice."""
    host = STREAMING[data.draw(HOSTS)]
    events = data.draw(st.sampled_from(STREAMS[kind_of(host)][:2]))

    def other(event: Any) -> bytes:
        if event == DONE:
            return b"[DONE]"
        said = json.dumps(
            dict(reversed(event.items())),
            ensure_ascii=data.draw(st.booleans()),
            separators=data.draw(st.sampled_from([(",", ":"), (" ,\t", " :  ")])),
        )
        first = next(iter(event))
        twice = f'{{"{first}": 7, {said[1:]}' if data.draw(st.booleans()) else said
        return twice.encode()

    stream = b"".join(b"data: %b\n\n" % other(event) for event in events)
    assert the_same(
        collect(read([stream], reading(host, HELLO))),
        collect(read([sse(events)], reading(host, HELLO))),
    )


CHECKS = pytest.mark.parametrize(
    "check", [lines_in_pieces, words_in_any_order, streams_that_stop, odd_json]
)


@CHECKS
def test_streams(check: Callable[[st.DataObject], None]) -> None:
    tried(check, 150)


@pytest.mark.slow
@CHECKS
def test_streams_at_length(check: Callable[[st.DataObject], None]) -> None:
    tried(check, 500)


def test_every_stop_of_every_stream() -> None:
    for host in STREAMING.values():
        for events in STREAMS[kind_of(host)][:2]:
            ends = range(1, len(events))
            whole = collect(read([sse(events)], reading(host, HELLO)))
            for end in ends:
                decoder = reading(host, HELLO)
                came = collect(read([sse(events[:end])], decoder))
                assert (came.finish is not None) == decoder.done
                assert not decoder.done or the_same(came, whole)
