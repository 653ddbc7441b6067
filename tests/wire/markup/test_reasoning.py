"""Reasoning that a server leaves in the text, read only if asked for."""

import pytest

from seed_core.events import Event, ReasoningDelta, TextDelta, collect
from seed_core.wire.markup import MarkupReader
from tests.wire.markup.reading import TOOLS, outline, read, reply

CALL = "<seed:tool_call>\n<function=now>\n</function>\n</seed:tool_call>"
CODE = "Write\n```\n<seed:think>x</seed:think>\n```"
REFLECT = "<seed:cot_budget_reflect>I have used 1 tokens.</seed:cot_budget_reflect>"


def thought(text: str) -> tuple[str, str]:
    """The reasoning and the answer."""
    answer = reply(text, think=True)
    return answer.reasoning, answer.text


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("<seed:think>Hm.</seed:think>Yes.", "Hm.", "Yes."),
        ("\n<seed:think>\nHm.\n</seed:think>\nYes.\n", "\nHm.\n", "Yes.\n"),
        ("<seed:think>Hm.</seed:think>\n\nYes.", "Hm.", "\nYes."),
        ("<seed:think></seed:think>Yes.", "", "Yes."),
        # Without the opening tag.
        ("Hm.</seed:think>Yes.", "Hm.", "Yes."),
        ("```\nHm.</seed:think>\nYes.", "```\nHm.", "Yes."),
        ("</seed:think>Yes.", "", "Yes."),
        # Without the closing tag, or any.
        ("<seed:think>Hm.", "Hm.", ""),
        ("<seed:think>Hm.</seed:thi", "Hm.</seed:thi", ""),
        (" Yes.\n", "", " Yes.\n"),
        ("Yes. <seed:thi", "", "Yes. <seed:thi"),
        # The model's own notes stay in it, as do tags of tools.
        (f"<seed:think>a{REFLECT}b</seed:think>c", f"a{REFLECT}b", "c"),
        (f"<seed:think>{CALL}</seed:think>c", CALL, "c"),
        (f"{CALL}</seed:think>c", CALL, "c"),
        # Text before it, and more of it after the answer.
        ("Well. <seed:think>Hm.</seed:think>Yes.", "Hm.", "Well. Yes."),
        ("a</seed:think>b\n<seed:think>c</seed:think>\nd", "ac", "b\nd"),
        ("a</seed:think>b</seed:think>c", "a", "b</seed:think>c"),
        (
            "Write\n```\n<seed:think>x</seed:think>\n```",
            "",
            "Write\n```\n<seed:think>x</seed:think>\n```",
        ),
    ],
)
def test_reasoning_and_answer(text: str, reasoning: str, answer: str) -> None:
    assert thought(text) == (reasoning, answer)
    assert reply(text, (), think=True).reasoning == reasoning
    assert reply(text, ()).text == text


def test_reasoning_streams_where_it_is_opened() -> None:
    reader = MarkupReader((), think=True)
    assert reader.take(" \n<seed:think>Hm") == [ReasoningDelta("Hm")]
    assert reader.take(" <") == [ReasoningDelta(" ")]
    assert reader.take("b></seed:think>") == [ReasoningDelta("<b>")]
    assert reader.take("\nYes") == [TextDelta("Yes")]


def test_text_is_held_until_it_is_known_to_be_none_or_all_of_it() -> None:
    reader = MarkupReader(TOOLS, think=True)
    assert reader.take("Hm.") == []
    assert reader.take(f" Yes. {CALL} ") == []
    assert outline(reader.end()) == ["Hm.", " Yes.", "(now)"]


def test_calls_before_between_and_after_reasoning() -> None:
    text = f"<seed:think>a</seed:think>\n{CALL}\n<seed:think>b</seed:think>\n{CALL} c"
    assert outline(read(text, think=True)) == ["a", "(now)", "b", "(now)", "c"]
    assert outline(read(f"a</seed:think>{CALL}", think=True)) == ["a", "(now)"]
    assert outline(read(f"a</seed:think>{CALL}\n</seed:think>", think=True)) == [
        "a",
        "(now)",
        "</seed:think>",
    ]


def test_reasoning_may_be_left_alone_from_any_place_on() -> None:
    def leaving_after(first: str, then: str) -> list[Event]:
        reader = MarkupReader(TOOLS, think=True)
        events = reader.take(first) + reader.leave_reasoning()
        return events + reader.take(then) + reader.end()

    tagged = "b</seed:think>"
    assert outline(leaving_after("a", tagged)) == ["a", "b", "</seed:think>"]
    assert outline(leaving_after(CALL, "")) == ["(now)"]
    assert outline(leaving_after("<seed:think>a", f"{tagged}c<seed:think>")) == [
        *("a", "b", "c", "<seed:think>")
    ]


@pytest.mark.parametrize(
    "held",
    [
        "a \n",
        " ",
        "a <seed:tool_c",
        "<seed:tool_call>\n",
        "<function=now> ",
        "a\n<seed:tool_call>\n<function=get_weather>\n<parameter=location> x </param",
    ],
)
def test_what_is_held_back_can_be_had_as_text(held: str) -> None:
    for think in (True, False):
        reader = MarkupReader(TOOLS, think=think)
        events = reader.take(held) + reader.release()
        assert "".join(outline(events)) == held
        assert "".join(outline(reader.take(CALL) + reader.end())) == CALL
        assert reader.calls == 0
    reader = MarkupReader(TOOLS, think=True)
    events = reader.take(f"<seed:think>a{held}") + reader.release() + reader.take("</seed:think>b")
    assert [event for event in events if event == TextDelta("b")]


def test_text_is_held_only_where_reasoning_may_begin_without_its_tag() -> None:
    assert MarkupReader((), think=True).take("One two ") == []
    reader = MarkupReader((), think=True, unopened=False)
    assert reader.take("One two ") == [TextDelta("One two")]
    assert collect(reader.take("<seed:think>Hm</seed:think>three")).reasoning == "Hm"


def test_hidden_reasoning_is_one_empty_event() -> None:
    reader = MarkupReader((), think=True, hide=True)
    events = [*reader.take("<seed:think>Hm"), *reader.take("...</seed:think>Yes"), *reader.end()]
    assert events == [ReasoningDelta(""), TextDelta("Yes")]
    assert reader.reasoned
