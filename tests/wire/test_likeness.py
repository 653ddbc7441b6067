"""Events that are read without being parsed give exactly what parsing them gives."""

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from seed_core.events import Event, ReasoningDelta, TextDelta
from seed_core.types import ReplayState
from seed_core.wire import reading
from seed_core.wire.chat_reply import ChatDecoder
from seed_core.wire.likeness import Likeness
from tests.wire.chunks import chunk, decoder, nameless, read, sse

# Words of the events' other fields among them, and what JSON must escape.
WORDS = st.one_of(
    st.sampled_from(
        ["a", " the", "id", "gen-1", "content", "assistant", "stop", "reasoning.text", "\\", '"']
    ),
    st.text(max_size=3),
)
ENTRY: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"type": st.sampled_from(["reasoning.text", "reasoning.summary", "reasoning.encrypted"])},
    optional={
        "index": st.integers(0, 1),
        "id": st.sampled_from(["a", None]),
        "signature": st.sampled_from([None, "sealed"]),
    },
)
FIELD = {
    "reasoning.text": "text",
    "reasoning.summary": "summary",
    "reasoning.encrypted": "data",
}


@st.composite
def thoughts(draw: st.DrawFn) -> dict[str, Any]:
    """A delta of reasoning, in the fields of one host or another."""
    text = draw(WORDS)
    delta: dict[str, Any] = {draw(st.sampled_from(["reasoning", "reasoning_content"])): text}
    entries = draw(st.lists(ENTRY, max_size=2))
    listed = draw(st.booleans())
    if entries or listed:
        said = st.sampled_from([text, draw(WORDS)])
        delta["reasoning_details"] = [{**one, FIELD[one["type"]]: draw(said)} for one in entries]
    return {**delta, **draw(st.sampled_from([{}, {"content": ""}, {"content": None}]))}


@st.composite
def runs(draw: st.DrawFn) -> Iterator[dict[str, Any]]:
    """Chunks that go on in each other, as those of a host do, each field with new words."""
    delta = draw(st.one_of(thoughts(), st.fixed_dictionaries({"content": WORDS}), thoughts()))
    if draw(st.booleans()):
        delta = {"role": "assistant", **delta}
    if draw(st.integers(0, 5)) == 0:
        delta["content"] = draw(WORDS)
    more: dict[str, Any] = draw(
        st.sampled_from([{}, {}, {}, {"usage": {"prompt_tokens": 1}}, {"provider": " the"}])
    )
    made = []
    for _ in range(draw(st.integers(1, 4))):
        words = draw(WORDS)
        new = {name: words if text else text for name, text in delta.items() if name != "role"}
        if isinstance(delta.get("reasoning_details"), list):
            new["reasoning_details"] = [
                {**entry, FIELD[entry["type"]]: words} for entry in delta["reasoning_details"]
            ]
        said = {**delta, **new}
        event = chunk(said, **more)
        if draw(st.integers(0, 5)) == 0:
            event["choices"][0]["logprobs"] = {"content": [{"token": words}]}
        made.append(event)
    return made  # type: ignore[return-value]  # a strategy of lists


def both_ways(stream: bytes, **settings: bool) -> tuple[list[Event], int]:
    """The events of a stream, which are those of parsing all of it; and how many were parsed."""
    parsed = 0

    def counting(data: bytes) -> Any:
        nonlocal parsed
        parsed += 1
        return from_json(data)

    with patch.object(Likeness, "words", lambda *_: None):
        expected, slow = read([stream], decoder(**settings))
    for blocks in (
        [stream],
        event_by_event(stream),
        [stream[n : n + 1] for n in range(len(stream))],
    ):
        parsed = 0
        with patch.object(reading, "from_json", counting):
            events, quick = read(blocks, decoder(**settings))
        assert nameless(events) == nameless(expected)
        assert states(events) == states(expected)
        assert repr(quick.failure) == repr(slow.failure)
    return events, parsed


def event_by_event(stream: bytes) -> list[bytes]:
    """A stream as it comes when its events are apart."""
    *events, rest = stream.split(b"\n\n")
    return [*(event + b"\n\n" for event in events), rest]


def states(events: list[Event]) -> list[ReplayState]:
    return [event for event in events if isinstance(event, ReplayState)]


@given(st.lists(runs(), min_size=1, max_size=6), st.booleans(), st.booleans())
def test_what_is_not_parsed_is_read_the_same(many: Any, hide: bool, ascii_only: bool) -> None:
    events = [one for run in many for one in run]
    lines = [f"data: {json.dumps(event, ensure_ascii=ascii_only)}\n\n" for event in events]
    try:
        stream = "".join(lines).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can hold
        stream = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    both_ways(stream + sse(chunk({}, "stop")), hide=hide)


@given(st.data())
def test_a_byte_that_is_wrong_is_as_wrong(data: st.DataObject) -> None:
    stream = bytearray(sse(*(chunk({"content": f" word{n}"}) for n in range(4)), chunk({}, "stop")))
    place = data.draw(st.integers(0, len(stream) - 1))
    stream[place] = data.draw(st.integers(0, 255))
    both_ways(bytes(stream))


@pytest.mark.parametrize(
    "delta",
    [
        {"content": "{}"},
        {"role": "assistant", "content": "{}"},
        {"reasoning": "{}"},
        {"content": "", "reasoning_content": "{}"},
        {
            "content": "",
            "reasoning": "{}",
            "reasoning_details": [{"type": "reasoning.text", "text": "{}", "index": 0}],
        },
    ],
)
def test_of_a_hundred_alike_few_are_parsed(delta: dict[str, Any]) -> None:
    events = [json.loads(json.dumps(chunk(delta)).replace("{}", f" word{n}")) for n in range(100)]
    got, parsed = both_ways(sse(*events, chunk({}, "stop")))
    words = [event.text for event in got if isinstance(event, (TextDelta, ReasoningDelta))]
    assert words == [f" word{n}" for n in range(100)]
    assert parsed < 6


def test_an_event_between_two_that_are_alike_is_not_passed_over() -> None:
    def thinking(**entry: Any) -> Any:
        detail = {"type": "reasoning.text", "text": "a", **entry}
        return chunk({"reasoning": "a", "reasoning_details": [detail]})

    other = thinking(index=0)
    other["choices"][0]["delta"]["content"] = "a"
    alike = [thinking(id=None)] * 3
    events, _ = both_ways(sse(*alike, other, thinking(id=None), chunk({}, "stop")))
    (state,) = states(events)
    assert [entry["text"] for entry in state.details or ()] == ["aaa", "aa"]


@pytest.mark.parametrize("beside", ["content", "reasoning"])
def test_an_entry_without_words_of_its_own_gets_none(beside: str) -> None:
    def saying(words: str, thought: str = "") -> Any:
        entry = {"type": "reasoning.text", "text": thought, "index": 0}
        return chunk({beside: words, "reasoning_details": [entry]})

    begun = [saying("", "think"), saying("", " more")]
    words = [saying(one) for one in ("Hel", "lo", " wor", "ld")]
    events, _ = both_ways(sse(*begun, *words, chunk({}, "stop")))
    (state,) = states(events)
    assert [entry["text"] for entry in state.details or ()] == ["think more"]


ENTRY_OF_TEXT = {"type": "reasoning.text", "text": "the same", "index": 0}


@pytest.mark.parametrize(
    ("delta", "logprobs"),
    [
        ({"content": "{}"}, {"content": [{"token": "same"}]}),
        ({"content": "{}", "reasoning": "the same", "reasoning_details": [ENTRY_OF_TEXT]}, None),
        ({"content": "{}", "reasoning_details": [ENTRY_OF_TEXT]}, None),
    ],
)
@pytest.mark.parametrize("hide", [False, True])
def test_what_adds_more_than_words_is_parsed_each_time(
    delta: dict[str, Any], logprobs: Any, *, hide: bool
) -> None:
    events = [json.loads(json.dumps(chunk(delta)).replace("{}", f" word{n}")) for n in range(9)]
    for event in events:
        event["choices"][0]["logprobs"] = logprobs
    _, parsed = both_ways(sse(*events, chunk({}, "stop")), hide=hide)
    assert parsed >= 9


def test_an_event_that_is_called_an_error_is_one() -> None:
    alike = [chunk({"content": f" word{n}"}) for n in range(4)]
    named = f"event: error\ndata: {json.dumps(alike[-1])}"
    events, _ = both_ways(sse(*alike[:-1], named))
    assert len(events) == 3


def test_a_host_that_says_something_new_in_each_event_is_given_up() -> None:
    learned: list[bytes] = []
    split = Likeness.learn

    def counting(self: Likeness, data: bytes, words: str, times: int) -> None:
        split(self, data, words, times)
        if self._before:  # something was learned
            learned.append(data)

    events = [chunk({"content": f" word{n}"}, pad=n) for n in range(100)]
    with patch.object(Likeness, "learn", counting):
        both_ways(sse(*events, chunk({}, "stop")))
    assert 0 < len(learned) < 80  # in four readings


# --- one event beside another ---------------------------------------------------------------------


@pytest.fixture
def seen() -> Likeness:
    likeness = Likeness()
    likeness.learn(b'{"a": "Hi", "b": "x"}', "Hi", 1)
    return likeness


def test_words_are_what_stands_between(seen: Likeness) -> None:
    assert seen.words(b'{"a": "\xc3\xbc, you", "b": "x"}') == "ü, you"


@pytest.mark.parametrize(
    "other",
    [
        b'{"a": "", "b": "x"}',
        b'{"a": "x"}',
        b'{"a": "a\\"b", "b": "x"}',
        b'{"a": "a"b", "b": "x"}',
        b'{"a": "a\\\\", "b": "x"}',
        b'{"a": "a\nb", "b": "x"}',
        b'{"a": "a\x00b", "b": "x"}',
        b'{"a": "\xff", "b": "x"}',
        b'{"a": "\xed\xa0\x80", "b": "x"}',
        b'{"a": "Hi", "b": "y"}',
        b'{"a": "Hi", "c": 1, "b": "x"}',
        b"",
        b'{"a": "',
        b'", "b": "x"}',
    ],
)
def test_what_is_not_surely_alike_is_left_to_the_parser(seen: Likeness, other: bytes) -> None:
    assert seen.words(other) is None


def test_what_says_the_same_twice_must_say_it_twice() -> None:
    likeness = Likeness()
    likeness.learn(b'{"a": "Hi", "b": ["Hi"]}', "Hi", 2)
    assert likeness.words(b'{"a": "you", "b": ["you"]}') == "you"
    for other in (b'{"a": "you", "b": ["yoU"]}', b'{"a": "you", "b": ["your"]}', b'{"a": "you"}'):
        assert likeness.words(other) is None


@pytest.mark.parametrize(("times", "data"), [(1, b'["Hi", "Hi"]'), (2, b'["Hi"]'), (1, b"[]")])
def test_words_that_stand_elsewhere_too_teach_nothing(times: int, data: bytes) -> None:
    likeness = Likeness()
    likeness.learn(data, "Hi", times)
    assert likeness.words(data) is None


def test_a_decoder_learns_of_its_own_stream_only() -> None:
    first: ChatDecoder = decoder()
    read([sse(chunk({"content": "a"}), chunk({}, "stop"))], first)
    events, second = read([b"data: garbage\n\n"])
    assert events == []
    assert second.failure is not None
