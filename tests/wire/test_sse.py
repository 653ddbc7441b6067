"""Server-sent events: line ends, comments, several data lines, whatever the cuts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed_core.sse import EventReader
from tests.wire.chunks import broken, chunk, decoder, pieces, read, read_well


def events(*blocks: bytes, each_line: bool = False) -> list[tuple[bytes, bytes]]:
    reader = EventReader(each_line=each_line)
    found = [event for block in blocks for event in reader.feed(block)]
    return [*found, *reader.end()]


def data(*blocks: bytes, each_line: bool = False) -> list[bytes]:
    return [value for _, value in events(*blocks, each_line=each_line)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_every_line_end_of_the_standard_ends_a_line(end: bytes) -> None:
    stream = end.join([b"data: a", b"data: b", b"", b": comment", b"event: e", b"data:c", b"", b""])
    assert events(stream) == [(b"", b"a\nb"), (b"e", b"c")]
    assert events(*(stream[i : i + 1] for i in range(len(stream)))) == [
        (b"", b"a\nb"),
        (b"e", b"c"),
    ]


@pytest.mark.parametrize("inside", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\ufeff"])
def test_no_other_character_ends_a_line(inside: str) -> None:
    assert data(f"data: a{inside}b\n\n".encode()) == [f"a{inside}b".encode()]


def test_a_line_end_cut_in_two_is_one_line_end() -> None:
    assert data(b"data: a\r", b"\ndata: b\r", b"", b"\n\r", b"\n") == [b"a\nb"]
    assert data(b"data: a\r", b"\r", b"data: b\n\n") == [b"a", b"b"]


def test_a_byte_order_mark_at_the_start_is_dropped_and_only_there() -> None:
    mark = b"\xef\xbb\xbf"
    assert data(mark + b"data: a\n\n" + mark + b"data: b\n\n") == [b"a"]
    assert data(mark[:1], mark[1:] + b"data: a\n\n") == [b"a"]
    assert data(b"data: " + mark + b"a\n\n") == [mark + b"a"]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"data:a", b"a"),
        (b"data: a", b"a"),
        (b"data:  a", b" a"),
        (b"data:\ta", b"\ta"),
        (b"data:", b""),
    ],
)
def test_one_space_after_the_colon_is_not_part_of_the_value(line: bytes, value: bytes) -> None:
    assert data(line + b"\n\n") == [value]


def test_comments_ids_retries_and_unknown_fields_are_dropped() -> None:
    assert data(b": hi\n\n:\nid: 4\nretry: 10\nnovel: x\ndatax: no\n\ndata: a\n\n") == [b"a"]


def test_an_event_without_data_is_no_event_and_its_name_does_not_stick() -> None:
    assert events(b"event: ping\n\ndata: a\n\n") == [(b"", b"a")]
    assert events(b"event: x\ndata: a\n\n") == [(b"x", b"a")]


def test_each_line_makes_every_data_line_an_event() -> None:
    assert data(b"data: a\ndata: b\n", b"data: c", each_line=True) == [b"a", b"b", b"c"]
    assert data(b"data: a\ndata: b\n", b"data: c") == [b"a\nb\nc"]


def test_an_event_that_no_blank_line_closes_is_read_at_the_end() -> None:
    assert data(b"data: a\n\ndata: b") == [b"a", b"b"]
    assert data(b"data: a\n\ndata: b\n") == [b"a", b"b"]
    reader = EventReader()
    assert reader.feed(b"data: b\n") == []
    assert reader.end() == [(b"", b"b")]
    assert reader.end() == []


lines = st.sampled_from(
    [
        b"data: a",
        b"data:b",
        b"data",
        b"",
        b": c",
        b"event: e",
        b"\xef\xbb\xbf",
        b"x" * 9,
        "data: \u2028é".encode(),
    ]
)
ends = st.sampled_from([b"\n", b"\r", b"\r\n"])


@given(st.lists(st.tuples(lines, ends)), st.booleans(), st.data())
def test_the_cuts_never_matter(
    parts: list[tuple[bytes, bytes]], each_line: bool, draw: st.DataObject
) -> None:
    stream = b"".join(line + end for line, end in parts)
    cuts = draw.draw(st.lists(st.integers(0, len(stream)), max_size=10))
    expected = events(stream, each_line=each_line)
    assert events(*pieces(stream, cuts), each_line=each_line) == expected


@given(st.lists(st.text(st.characters(exclude_characters="\r\n")), min_size=1), ends)
def test_whatever_data_holds_comes_out_as_it_went_in(texts: list[str], end: bytes) -> None:
    stream = b"".join(
        b"data: " + text.encode("utf-8", "surrogatepass") + end + end for text in texts
    )
    assert data(stream) == [text.encode("utf-8", "surrogatepass") for text in texts]


# --- the same through the decoder of the chat wire ------------------------------------------------


def test_a_chunk_spread_over_several_data_lines_is_one_chunk() -> None:
    text = json.dumps(chunk({"content": "a"}, "stop"), indent=1)
    stream = "".join(f"data: {line}\n" for line in text.splitlines()) + "\ndata: [DONE]\n\n"
    assert "TextDelta(text='a')" in map(repr, read_well(stream.encode()))


def test_chunks_a_single_newline_apart_are_read_with_each_line_only() -> None:
    lines = [json.dumps(chunk({"content": c})) for c in "ab"] + [
        json.dumps(chunk({}, "stop")),
        "[DONE]",
    ]
    stream = "".join(f"data: {line}\n" for line in lines).encode()
    events, reading = read([stream], decoder(each_line=True))
    assert reading.failure is None
    assert [repr(event) for event in events[:2]] == ["TextDelta(text='a')", "TextDelta(text='b')"]
    broken(stream)


def test_comments_between_chunks_are_nothing() -> None:
    stream = b": OPENROUTER PROCESSING\n\n" * 30 + b": \n\n"
    stream += (
        b"data: "
        + json.dumps(chunk({"content": "a"}, "stop")).encode()
        + b"\n\n: x\n\ndata: [DONE]\n\n"
    )
    assert len(read_well(stream)) == 2


def test_a_block_of_many_small_pieces_takes_time_linear_in_their_number() -> None:
    reader = EventReader()
    for _ in range(200_000):  # quadratic, this would take minutes
        assert reader.feed(b"x") == []
    assert reader.feed(b"\ndata: a\n\n") == [(b"", b"a")]
