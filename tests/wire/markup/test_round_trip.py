"""Any calls, written with `write_call` among any text and cut anywhere, are read back the same."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seed_core.events import TextDelta, ToolCallDelta, coalesce
from seed_core.types import Tool, ToolCall
from seed_core.wire.markup_prompt import write_call
from seed_core.wire.typed import compact
from tests.wire.markup.reading import calls, events_of, in_pieces

FRAGMENTS = [
    "<seed:tool_call>",
    "</seed:tool_call>",
    "<function=f>",
    "<function=",
    "</function>",
    "<parameter=a>",
    "<parameter=",
    "</parameter>",
    "<seed:think>",
    "</seed:think>",
    "<seed:",
    "<",
    ">",
    "</",
    "`",
    "```",
    "\n",
    "\r\n",
    " ",
    '"',
    "'",
    "\\",
    "null",
    "None",
    "true",
    "1",
    "3.0",
    "-0.0",
    "{",
    "}",
    "[",
    "]",
    "é",
    "雨",
    "\u2028",
    "\x00",
]
STRINGS = st.text(max_size=12) | st.lists(st.sampled_from(FRAGMENTS), max_size=6).map("".join)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | STRINGS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3),
    max_leaves=8,
)
TYPES = ["string", "integer", "number", "boolean", "array", "object", "null"]
SCHEMAS = st.one_of(
    st.just({}),
    st.sampled_from(TYPES).map(lambda kind: {"type": kind}),
    st.lists(st.sampled_from(TYPES), min_size=1, max_size=3).map(lambda kinds: {"type": kinds}),
    st.lists(st.sampled_from(TYPES), min_size=1, max_size=3).map(
        lambda kinds: {"anyOf": [{"type": kind} for kind in kinds]}
    ),
    st.just({"type": "string", "nullable": True}),
    st.just({"enum": ["1", 1, None, "null"]}),
    st.just({"$ref": "#/$defs/d"}),
)
KEYS = st.sampled_from(["a", "b", "città", "a b", "$x"]) | STRINGS
NAMES = st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True)


@st.composite
def tools_of(draw: st.DrawFn) -> list[Tool]:
    """Tools with parameters of any type."""
    tools = []
    for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        properties = draw(st.dictionaries(KEYS, SCHEMAS, max_size=4))
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        schema["$defs"] = {"d": draw(SCHEMAS)}
        tools.append(Tool(name, "", draw(st.sampled_from([schema, {}]))))
    return tools


@st.composite
def call_of(draw: st.DrawFn, tools: Sequence[Tool]) -> ToolCall:
    """A call of one of them, with arguments that may or may not fit."""
    tool = draw(st.sampled_from(list(tools)))
    known = st.sampled_from(sorted(tool.parameters.get("properties", {})) or ["a"])
    arguments = draw(st.dictionaries(known | KEYS, VALUES, max_size=4))
    return ToolCall("c", tool.name, json.dumps(arguments, ensure_ascii=draw(st.booleans())))


# Text in which no call can be found: no tag that opens one, nor one that closes one after it.
PIECES = [
    *("<seed:tool_call>", "<seed:", "<function=", "</function>", "<parameter=a>", "</", "<", ">"),
    *("words", " ", "\n", "é", "{", "`", "</seed:think>"),
]
PROSE = st.lists(
    st.sampled_from(PIECES) | st.text(max_size=5).filter(lambda t: not set("`~>") & set(t)),
    max_size=6,
).map("".join)
CODE = st.builds(
    lambda fence, inside: f"\n{fence}xml\n{inside}\n{fence}\n",
    st.sampled_from(["```", "~~~", "   ````"]),
    st.lists(st.sampled_from([f for f in FRAGMENTS if "`" not in f]), max_size=8).map("".join),
)


def is_plain(text: str) -> bool:
    """Whether a text cannot be taken for a part of a call, nor for an opening fence."""
    return (
        "<function=>" not in text
        and "``" not in text
        and not any(f"<function={end}" in text for end in "wé{ ")
    )


NOISE = st.builds(
    lambda prose, code: prose + code, PROSE.filter(is_plain), st.just("") | st.just("") | CODE
)


@dataclass(frozen=True)
class Answer:
    """Tools, calls of them, and the text before, between and after."""

    tools: list[Tool]
    calls: list[ToolCall]
    noise: list[str]

    def text(self) -> str:
        written = [write_call(call, self.tools) for call in self.calls]
        pairs = zip(self.noise, [*written, ""], strict=True)
        return "".join(piece for pair in pairs for piece in pair)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    tools = draw(tools_of())
    called = draw(st.lists(call_of(tools), max_size=3))
    noise = draw(st.lists(NOISE, min_size=len(called) + 1, max_size=len(called) + 1))
    return Answer(tools, called, noise)


def text_and_calls(answer: Answer, cuts: list[int]) -> list[str]:
    """What is read of an answer: texts without white space around them, and calls."""
    found = []
    for event in coalesce(events_of(in_pieces(answer.text(), cuts), answer.tools)):
        if isinstance(event, ToolCallDelta):
            found.append(f"{event.name} {compact(json.loads(event.arguments))}")
        elif isinstance(event, TextDelta) and event.text.strip():
            found.append(event.text.strip())
    return found


@given(answers(), st.lists(st.integers(0, 500), max_size=8), st.booleans())
def test_what_was_written_is_read(answer: Answer, cuts: list[int], singly: bool) -> None:
    expected: list[str] = []
    for noise, call in zip(answer.noise, [*answer.calls, None], strict=True):
        expected += [noise.strip()] if noise.strip() else []
        if call is not None:
            expected.append(f"{call.name} {compact(json.loads(call.arguments))}")
    cuts = list(range(len(answer.text()))) if singly else cuts
    assert text_and_calls(answer, cuts) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        '{"a": "plain", "n": 3, "list": [1, "2"], "nothing": null, "yes": true}',
        '{"a": "3", "b": "null", "c": "{}"}',
        '{"a": "x</parameter>"}',
        '{"a": "\\n", "b": "\\n\\nx\\n"}',
        '{"<": 1, " ": 2, "": 3, "a\\n": 4}',
        "{}",
        "",
        '{"deep": ' + "[" * 150 + "]" * 150 + "}",
        json.dumps({"a" * 300: "long"}),
    ],
)
def test_arguments_by_example(arguments: str) -> None:
    schema = {"properties": {"n": {"type": "integer"}, "list": {}, "a": {"type": "string"}}}
    for tools in ((Tool("f", "", schema),), (Tool("f"),)):
        ((name, read),) = calls(write_call(ToolCall("c", "f", arguments), tools), tools)
        assert (name, json.loads(read)) == ("f", json.loads(arguments or "{}"))


def test_plain_values_are_written_plainly() -> None:
    schema = {"properties": {"n": {"type": "integer"}, "list": {"type": "array"}}}
    arguments = '{"n": 3, "list": [1, "é"], "text": "\\nIt\'s <b>\\n"}'
    assert write_call(ToolCall("c", "f", arguments), (Tool("f", "", schema),)) == (
        "<seed:tool_call>\n<function=f>\n<parameter=n>3</parameter>\n"
        '<parameter=list>[1,"é"]</parameter>\n<parameter=text>\n\nIt\'s <b>\n\n</parameter>\n'
        "</function>\n</seed:tool_call>"
    )


def test_what_would_be_read_otherwise_is_written_as_json() -> None:
    tools = (Tool("f", "", {"properties": {"n": {"type": "integer"}}}),)
    for arguments in (
        '{"n":"3"}',
        '{"text":3}',
        '{"text":"</parameter>"}',
        '{"te>xt":"a"}',
        '{"text":"<functional"}',
    ):
        written = write_call(ToolCall("c", "f", arguments), tools)
        inside = arguments.replace("<", "\\u003c")
        assert (
            written == f"<seed:tool_call>\n<function=f>\n{inside}\n</function>\n</seed:tool_call>"
        )


@given(st.text() | st.text(alphabet='{}"<a:1\\ '))
@example('{"a": 1')
@example("null")
@example('{"a": 1e999}')
@example('{"a": NaN}')
@example('{"a": "\\ud800"}')
@example("\ud800")
@example("[" * 100_000)
@example("</function></seed:tool_call>")
def test_arguments_that_are_no_object_are_not_lost(arguments: str) -> None:
    tools = (Tool("f"),)
    found = calls(write_call(ToolCall("c", "f", arguments), tools), tools)
    try:
        expected = compact(json.loads(arguments))
    except (ValueError, RecursionError):
        expected = arguments
    assert len(found) == 1
    assert found[0][0] == "f"
    if not arguments.lstrip().startswith("{"):
        assert found[0][1] in (arguments.replace("<", "\\u003c").strip() or "{}", expected)
