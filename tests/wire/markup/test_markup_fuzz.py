"""Any text, made of tags and their pieces, is read without an error, a loss or a long wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed_core.events import ReasoningDelta, TextDelta, ToolCallDelta, collect
from seed_core.types import Tool
from tests.wire.markup.reading import events_of, in_pieces, shape

TOOLS = (Tool("f", "", {"properties": {"a": {"type": "integer"}}, "required": ["a"]}), Tool("g"))
FRAGMENTS = [
    "<seed:tool_call>",
    "</seed:tool_call>",
    "<function=f>",
    "<function=g>",
    "<function=other>",
    "<function=",
    "</function>",
    "<parameter=a>",
    "<parameter=b>",
    "<parameter=",
    "</parameter>",
    "<seed:think>",
    "</seed:think>",
    "<seed:cot_budget_reflect>",
    "<seed:",
    "<",
    ">",
    "</",
    "{",
    "}",
    '"',
    "\\",
    "`",
    "```",
    "~~~~",
    "\n",
    "\r\n",
    " ",
    "    ",
    "1",
    "x",
    "\u2028",
    "\ud800",
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=25).map("".join)
TOLD = st.sampled_from([True, False, None])


@given(
    TEXTS,
    st.lists(st.integers(0, 200), max_size=8),
    st.sampled_from([(), TOOLS]),
    st.booleans(),
    TOLD,
)
def test_arbitrary_text(
    text: str, cuts: list[int], tools: tuple[Tool, ...], think: bool, told: bool | None
) -> None:
    events = events_of([text], tools, think=think, cut_off=told)
    kinds = {TextDelta, ReasoningDelta, ToolCallDelta}
    assert {type(event) for event in events} <= kinds
    assert all(getattr(event, "text", "x") for event in events)
    again = events_of(in_pieces(text, cuts), tools, think=think, cut_off=told)
    assert shape(again) == shape(events)
    answer = collect(events)
    if not answer.tool_calls and not answer.reasoning:
        assert answer.text == text or (think and "seed:think>" in text)
    if not tools and not think:
        assert answer.text == text


@given(TEXTS, TOLD)
def test_what_is_read_of_a_text_without_calls_is_the_text(text: str, told: bool | None) -> None:
    plain = text.replace("function", "fonction")
    assert collect(events_of([plain], TOOLS, cut_off=told)).text == plain


REPEATED = [
    *FRAGMENTS,
    "<parameter=a",
    "<function=f> ",
    "<seed:tool_call> ",
    "<seed:tool_call><function=f>",
    "<function=f><parameter=a>1",
    "<function=f>{</function>",
    "</parameter>\n</parameter>x",
    "<seed:think></seed:think>",
    "``` \n",
    "`` ",
    '{"a":',
]
PREFIXES = ["", "<function=f>", "<function=f>{", "<function=f><parameter=a>", "```"]


def read_at_length(repeated: str, length: int) -> None:
    """Read a text of one fragment, whole and in pieces, after each of the beginnings."""
    text = repeated * (length // len(repeated))
    pieces = [text[i : i + 7] for i in range(0, len(text), 7)]
    for prefix in PREFIXES:
        whole = events_of([prefix, text], TOOLS)
        if length < 100_000 or prefix in ("", "<function=f><parameter=a>"):
            assert collect(events_of([prefix, *pieces], TOOLS)).text == collect(whole).text
    events_of([text], TOOLS, think=True)


@pytest.mark.parametrize("repeated", REPEATED)
def test_long_texts_of_one_fragment(repeated: str) -> None:
    read_at_length(repeated, 20_000)


@pytest.mark.slow
@pytest.mark.parametrize("repeated", REPEATED)
def test_very_long_texts_of_one_fragment(repeated: str) -> None:
    """If the time grew with the square of the length, this would not end."""
    read_at_length(repeated, 1_000_000)
