"""Repair of conversations that lost half of a tool loop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatMessage

from llamaindex_seed.history import UNANSWERED, repaired
from seed_core import BadRequestError
from seed_core.types import Image, Message, Part, Text, ToolCall, ToolResult, Url
from tests.llamaindex.conftest import Make
from tests.llamaindex.samples import user

ASKED = Message("user", (Text("Weather?"),))


def called(*ids: str) -> Message:
    """An answer with calls."""
    return Message("assistant", tuple(ToolCall(ident, "get_weather", "{}") for ident in ids))


def told(ident: str, text: str = "sunny") -> Message:
    """A tool's turn."""
    return Message("tool", (ToolResult(ident, (Text(text),)),))


def test_a_whole_conversation_is_not_touched() -> None:
    whole = (ASKED, called("a", "b"), told("b"), told("a"), ASKED)
    assert repaired(whole) == whole


def test_a_call_without_its_result_gets_one_that_says_so() -> None:
    turns = repaired((ASKED, called("a", "b"), told("b"), ASKED))
    assert turns[:3] == (ASKED, called("a", "b"), told("b"))
    assert turns[3] == Message("tool", (ToolResult("a", (Text(UNANSWERED),), "get_weather"),))
    assert turns[4] == ASKED


def test_a_result_without_its_call_is_told_by_the_user_with_its_pictures() -> None:
    picture = Image(Url("https://example.com/a.png"))
    alone = Message("tool", (ToolResult("gone", (Text("sunny"), picture), "get_weather"),))
    assert repaired((ASKED, alone)) == (
        ASKED,
        Message("user", (Text("Result of the tool get_weather:"), Text("sunny"), picture)),
    )


def test_a_result_that_opens_the_conversation_is_told_too() -> None:
    turns = repaired((told("gone"), told("gone2"), ASKED))
    assert [turn.role for turn in turns] == ["user", "user", "user"]


def test_a_second_result_of_one_call_is_told() -> None:
    turns = repaired((called("a"), told("a"), told("a", "rain")))
    assert [turn.role for turn in turns] == ["assistant", "tool", "user"]


def test_calls_and_results_without_ids_are_paired_in_order() -> None:
    turns = repaired((ASKED, called("", ""), told("", "one"), told("", "two")))
    ids = [part.id for part in turns[1].parts if isinstance(part, ToolCall)]
    assert len(set(ids)) == 2
    assert all(ids)
    results = [part for turn in turns[2:] for part in turn.parts if isinstance(part, ToolResult)]
    assert [result.call_id for result in results] == ids


def test_two_calls_with_one_id_are_both_answered() -> None:
    turns = repaired((ASKED, called("a", "a"), told("a", "one"), told("a", "two")))
    ids = [part.id for part in turns[1].parts if isinstance(part, ToolCall)]
    assert ids[0] == "a"
    assert len(set(ids)) == 2
    assert turns[2:] == (told(ids[0], "one"), told(ids[1], "two"))
    [_, _, unanswered] = repaired((called("a", "a"), told("a")))
    assert isinstance(unanswered.parts[0], ToolResult)
    assert unanswered.parts[0].parts == (Text(UNANSWERED),)


def test_repair_can_be_switched_off(make: Make) -> None:
    result = ChatMessage(role="tool", content="sunny", additional_kwargs={"tool_call_id": "gone"})
    assert make().chat([user(), result]).message.content
    with pytest.raises(BadRequestError):
        make(repair_history=False).chat([user(), result])


IDS = st.sampled_from(["a", "b", "c", ""])
TURNS = st.one_of(
    st.just(ASKED),
    st.lists(IDS, min_size=1, max_size=3).map(lambda ids: called(*ids)),
    IDS.map(told),
)


def results(turns: tuple[Message, ...]) -> list[Part]:
    """All tool results."""
    return [part for turn in turns if turn.role == "tool" for part in turn.parts]


@given(st.lists(TURNS, max_size=8).map(tuple))
def test_afterwards_every_call_is_answered_once_and_right_after_it(
    turns: tuple[Message, ...],
) -> None:
    settled = repaired(turns)
    open_calls: set[str] = set()
    for turn in settled:
        if turn.role != "tool":
            assert not open_calls
            calls = [part.id for part in turn.parts if isinstance(part, ToolCall)]
            open_calls = set(calls)
            assert len(open_calls) == len(calls)
            continue
        for part in turn.parts:
            assert isinstance(part, ToolResult)
            open_calls.remove(part.call_id)
    assert not open_calls
    assert repaired(settled) == settled
    assert len(settled) >= len(turns)
