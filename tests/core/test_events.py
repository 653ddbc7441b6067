"""Events fold to a reply, and joining neighbours changes nothing of it."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed_core.events import (
    Citation,
    Event,
    FileAnnotation,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    Reply,
    TextDelta,
    ToolCallDelta,
    coalesce,
    collect,
)
from seed_core.types import Message, Prompt, ReplayState, Text, ToolCall

WORDS = st.text(max_size=3)
DELTAS: st.SearchStrategy[Event] = st.one_of(
    st.builds(TextDelta, WORDS),
    st.builds(ReasoningDelta, WORDS),
    st.builds(RefusalDelta, WORDS),
    st.builds(
        ToolCallDelta,
        st.integers(0, 2),
        WORDS,
        st.none() | st.sampled_from(["", "c1", "c2"]),
        st.none() | st.sampled_from(["", "f"]),
    ),
    st.builds(Citation, st.just("https://a.example")),
    st.builds(FileAnnotation, st.just({"type": "file"})),
    st.builds(ReplayState, st.just("host")),
    st.builds(Finish, st.sampled_from(["stop", "length"])),
)
EVENTS = st.lists(DELTAS, max_size=12)


def test_every_kind_of_event_has_its_place_in_the_reply() -> None:
    state = ReplayState("host", ({"a": 1},))
    cited = Citation("https://a.example")
    note = FileAnnotation({"type": "file"})
    finish = Finish("stop")
    events: list[Event] = [
        ReasoningDelta("r1"),
        TextDelta("t1"),
        ToolCallDelta(1, "", "c2", "g"),
        RefusalDelta("n"),
        ToolCallDelta(0, "{", "c1", "f"),
        cited,
        ReasoningDelta("r2"),
        note,
        TextDelta("t2"),
        ToolCallDelta(0, "}"),
        state,
        finish,
    ]
    calls = (ToolCall("c2", "g", ""), ToolCall("c1", "f", "{}"))
    assert collect(events) == Reply("t1t2", "r1r2", calls, "n", (cited,), (note,), state, finish)


def test_of_nothing_comes_an_empty_reply_that_has_not_finished() -> None:
    assert collect([]) == Reply()
    assert Reply().finish is None
    assert coalesce([]) == []


def test_the_first_id_and_name_of_a_call_stay() -> None:
    deltas = [
        ToolCallDelta(0, "a", None, None),
        ToolCallDelta(0, "b", "c1"),
        ToolCallDelta(0, "c", "c2", "f"),
    ]
    assert collect(deltas).tool_calls == (ToolCall("c1", "f", "abc"),)
    assert collect(coalesce(deltas)) == collect(deltas)


@given(EVENTS)
def test_the_fold_of_the_joined_is_the_fold_of_the_single(events: list[Event]) -> None:
    assert collect(coalesce(events)) == collect(events)


@given(EVENTS)
def test_joined_twice_is_joined_once(events: list[Event]) -> None:
    assert coalesce(coalesce(events)) == coalesce(events)


@given(EVENTS, st.data())
def test_where_the_blocks_were_cut_does_not_matter(
    events: list[Event], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=4)))
    parts = [coalesce(events[a:b]) for a, b in pairwise([0, *cuts, len(events)])]
    assert coalesce([event for part in parts for event in part]) == coalesce(events)


@given(EVENTS)
def test_no_neighbours_of_one_kind_are_left(events: list[Event]) -> None:
    running = (TextDelta, ReasoningDelta, RefusalDelta)
    for left, right in pairwise(coalesce(events)):
        assert not (isinstance(left, running) and type(left) is type(right))
        if isinstance(left, ToolCallDelta) and isinstance(right, ToolCallDelta):
            assert left.index != right.index


@given(EVENTS)
def test_joining_leaves_its_argument_alone(events: list[Event]) -> None:
    before = list(events)
    coalesce(events)
    assert events == before


@pytest.mark.parametrize("make", [TextDelta, lambda text: ToolCallDelta(0, text)])
def test_joining_and_folding_take_time_linear_in_the_events(make: type[TextDelta]) -> None:
    events = [make("x" * 50) for _ in range(100_000)]
    start = time.perf_counter()
    assert len(coalesce(events)) == 1
    collect(events)
    assert time.perf_counter() - start < 5  # quadratic, it would be minutes


def test_values_are_frozen() -> None:
    with pytest.raises(AttributeError):
        TextDelta("a").text = "b"  # type: ignore[misc]  # that is the mistake
    with pytest.raises(AttributeError):
        Prompt((Message("user", (Text("a"),)),)).model = "b"  # type: ignore[misc]  # that, too
