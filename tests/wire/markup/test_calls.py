"""Calls in the markup, by example. Every reading is tried at several cuts."""

import re

import pytest

from seed_core.events import ReasoningDelta, TextDelta, ToolCallDelta
from seed_core.wire.markup import MarkupReader
from seed_core.wire.typed import compact, read_json
from tests.wire.markup.reading import TOOLS, calls, outline, read, reply

CALL = """\
<seed:tool_call>
<function=get_weather>
<parameter=location>Beijing</parameter>
<parameter=days>3</parameter>
</function>
</seed:tool_call>"""
BEIJING = ("get_weather", '{"location":"Beijing","days":3}')
NOW = "<seed:tool_call>\n<function=now>\n</function>\n</seed:tool_call>"


def with_value(value: str) -> str:
    return CALL.replace("Beijing", value)


def location(text: str) -> str:
    """The one value of the one call."""
    ((_, arguments),) = calls(text)
    found = re.fullmatch(r'\{"location":"(.*?)"(,"days":3)?\}', arguments)
    assert found, arguments
    return found[1].replace("\\n", "\n").replace('\\"', '"')


# --- calls and the text around them ---------------------------------------------------------------


def test_a_call_is_one_event_with_an_id() -> None:
    (call,) = read(CALL)
    assert isinstance(call, ToolCallDelta)
    assert (call.index, call.name, call.arguments) == (0, *BEIJING)
    assert call.id is not None
    assert re.fullmatch(r"call_[0-9a-f]{24}", call.id)


def test_text_and_calls_come_in_their_places() -> None:
    events = read(f"One \n{CALL}\n\n{NOW} \n Two\n<function=now>\n</function>\nThree \n")
    assert outline(events) == ["One", "(get_weather)", "(now)", "Two", "(now)", "Three \n"]
    assert [event.index for event in events if isinstance(event, ToolCallDelta)] == [0, 1, 2]


def test_text_without_a_call_comes_as_it_is() -> None:
    for text in (" \n a < b \n\n", "\n", "x <seed: y </function> </parameter>", "", "<" * 9):
        assert reply(text).text == text
        assert reply(text).tool_calls == ()


def test_a_call_comes_as_soon_as_its_function_ends() -> None:
    reader = MarkupReader(TOOLS)
    assert reader.take(CALL[: CALL.index(">\n</seed:tool_call>")]) == []
    assert [type(event) for event in reader.take(">")] == [ToolCallDelta]
    assert calls(CALL.replace("\n</seed:tool_call>", ""), cut_off=True) == [BEIJING]


def test_text_comes_as_soon_as_it_is_certain() -> None:
    reader = MarkupReader(TOOLS)
    assert reader.take("One") == [TextDelta("One")]
    assert reader.take(" ") == []
    assert reader.take("<seed:too") == []
    assert reader.take("th two ") == [TextDelta(" <seed:tooth two")]
    assert reader.take("<seed:tool_call>\n<func") == []
    assert reader.end() == [TextDelta(" <seed:tool_call>\n<func")]
    assert reader.end() == []


def test_the_wrapper_may_be_missing_and_functions_may_share_one() -> None:
    bare = CALL.replace("<seed:tool_call>\n", "").replace("\n</seed:tool_call>", "")
    assert calls(bare) == [BEIJING]
    assert calls(f"{bare}{bare}") == [BEIJING, BEIJING]
    assert calls(f"{bare}</seed:tool_call>") == [BEIJING]
    assert reply(f"{bare}\n</seed:tool_call>\n").text == ""
    shared = f"<seed:tool_call>\n{bare}\n{bare}\n</seed:tool_call> Done."
    assert outline(read(shared)) == ["(get_weather)", "(get_weather)", "Done."]


def test_a_bare_function_must_be_an_offered_tool_and_have_a_body() -> None:
    for text in (
        "<function=unknown>\n<parameter=a>1</parameter>\n</function>",
        "Write <function=now> to see the time.",
        "<function=now> <function=unknown>",
        "<function= >\n</function>",
        "<function=now\n>\n</function>",
    ):
        assert reply(text).tool_calls == ()
        assert reply(text).text == text
    assert calls("<function=now> <function=now></function>") == [("now", "{}")]


def test_a_block_may_call_what_is_not_offered() -> None:
    text = CALL.replace("get_weather", "sing")
    assert calls(text) == [("sing", '{"location":"Beijing","days":"3"}')]


def test_a_wrapper_without_a_function_is_text() -> None:
    for text in (
        "<seed:tool_call>\nsing\n</seed:tool_call>",
        "<seed:tool_call> <parameter=a>1</parameter>",
        "a <seed:tool_call>\n",
        "</seed:tool_call>",
    ):
        assert reply(text).tool_calls == ()
        assert reply(text).text == text
    twice = reply(f"a <seed:tool_call>\n{CALL}")
    assert (twice.text, len(twice.tool_calls)) == ("a <seed:tool_call>", 1)


def test_without_tools_all_is_text() -> None:
    assert reply(CALL, ()).text == CALL
    assert reply(f"{CALL}\n{CALL}", ()).tool_calls == ()


# --- fenced code ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        f"```\n{CALL}\n```\n",
        f"```xml\n{CALL}\n```\n",
        f"~~~\n{CALL}\n```\n{NOW}\n~~~\n",
        f"   ````\n{CALL}\n```\n{NOW}\n   `````  \n",
        f"```\n{CALL}\n```{CALL}\n ```\t\r\n",
        f"text\n```\n{CALL}\n    ```\n{NOW}\n```\n",
        f"``` {NOW}\n{CALL}\n```\n",
        f"~~~ a`b {NOW}\n{CALL}\n~~~~\n",
        f"```{CALL}",
        f"```\n\n{CALL}",
        "```\n<seed:tool_call>\n```\n",
        "```\n<function=now>\n```\n",
    ],
)
def test_tags_in_fenced_code_are_text(code: str) -> None:
    assert reply(code).tool_calls == ()
    assert reply(code).text == code


@pytest.mark.parametrize(
    "before",
    [
        "```\ncode\n```\n",
        "~~~\n```\n~~~\n",
        "    ```\n",
        "\t```\n",
        "`` `\n",
        "``\n`\n",
        "a ```\n",
        "```code``` in a line\n",
        "```a`\n",
        "- ```\n",
    ],
)
def test_calls_after_code_are_calls(before: str) -> None:
    events = read(before + CALL)
    assert outline(events) == [before.rstrip(), "(get_weather)"]


def test_the_text_after_a_call_starts_a_line() -> None:
    assert len(reply(f"{CALL}```\n{CALL}\n```\n{CALL}").tool_calls) == 2
    assert len(reply(f"text {CALL}\n```{CALL}").tool_calls) == 1


def test_a_fence_in_a_value_is_no_fence() -> None:
    text = with_value("```\ncode")
    assert location(text) == "```\ncode"
    assert len(calls(f"{text}\n{CALL}")) == 2


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("\nBeijing\n", "Beijing"),
        ("\n\nBei\njing\n\n", "\nBei\njing\n"),
        (" Beijing ", " Beijing "),
        ("\n", ""),
        ("", ""),
        ("a </function> b", "a </function> b"),
        ("a </parameter> b", "a </parameter> b"),
        ("</parameter></parameter>", "</parameter></parameter>"),
        ("<b>x</b> </param", "<b>x</b> </param"),
        ("<function=now>", "<function=now>"),
        ("</function>\n<function=sing>", "</function>\n<function=sing>"),
        ("<seed:think>x</seed:think>", "<seed:think>x</seed:think>"),
        ('say "hi" <', 'say "hi" <'),
    ],
)
def test_a_value_that_is_closed_keeps_what_is_in_it(written: str, value: str) -> None:
    assert location(with_value(written)) == value


HEAD = "<seed:tool_call>\n<function=get_weather>\n<parameter=location>"


@pytest.mark.parametrize(
    "rest",
    [
        "x\n<parameter=days>3</parameter></function></seed:tool_call>",
        "x</parameter> y\n<parameter=days>3</parameter></function></seed:tool_call>",
        "x</parameter></seed:tool_call>",
        "x</parameter>\n",
        "x</function>\n</seed:tool_call>",
        "x\n</function></seed:tool_call>",
        "x</parameter> y</function></seed:tool_call>",
        "x</parameter> y </parameter> z</function></seed:tool_call>",
        "x</seed:tool_call>",
        "x</parameter> y</seed:tool_call>",
        "x<seed:tool_call><function=now></function>",
        "x</function>\n<seed:tool_call><function=now></function>",
        "x</parameter>\n<seed:tool_call><function=now></function>",
        "x</function>\n<function=now></function>",
        "x</parameter>\n<function=now></function>",
        "x</function>\n",
        "x</function>",
        "x",
        "x</parameter> y",
    ],
)
def test_a_value_ends_where_its_closing_tag_is_missing(rest: str) -> None:
    first, *others = calls(HEAD + rest)
    days = ',"days":3' if "days" in rest else ""
    assert first == ("get_weather", f'{{"location":"x"{days}}}')
    assert others == [("now", "{}")] * ("now" in rest)


def test_values_get_the_types_of_the_schema() -> None:
    further = "<parameter=units>null</parameter><parameter=more>5</parameter></function>"
    text = CALL.replace(">3<", ">\n 3 \n<").replace("</function>", further)
    assert calls(text) == [
        ("get_weather", '{"location":"Beijing","days":3,"units":null,"more":"5"}')
    ]


def test_names_may_have_spaces_around_them() -> None:
    assert calls(CALL.replace("get_weather", " get_weather ").replace("days", " days")) == [BEIJING]


# --- a body that is JSON --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ('\n{"location": "Paris", "days": "3"}\n', '{"location":"Paris","days":"3"}'),
        ("{}", "{}"),
        ("\n \n", "{}"),
        ('{"a": "</function> <function=sing> <parameter=b>"}', None),
        ('{"a": "</function> b <function=now>"}', None),
        ('{"a": "</parameter>"}', None),
        ('{"a": "}"}', None),
        # Neither an object nor parameters: for the tool to refuse.
        ('{"a": 1', '{"a": 1'),
        ("[1]", "[1]"),
        ("no arguments", "no arguments"),
        # Parameters count more.
        ("note <parameter=location>Paris</parameter>", '{"location":"Paris"}'),
        ('{"a": 1} <parameter=location>Paris</parameter>', '{"location":"Paris"}'),
    ],
)
def test_a_body_may_be_a_json_object(body: str, arguments: str | None) -> None:
    wrapped = f"<seed:tool_call>\n<function=get_weather>{body}</function>\n</seed:tool_call>"
    expected = compact(read_json(body)) if arguments is None else arguments
    assert calls(wrapped) == [("get_weather", expected)]


def test_a_bare_function_may_have_such_a_body() -> None:
    text = 'Now: <function=now>\n {"a": 1}\n</function>\nDone.'
    assert outline(read(text)) == ["Now:", "(now)", "Done."]
    assert calls(text) == [("now", '{"a":1}')]


def test_a_body_ends_with_its_block() -> None:
    for end in ("</seed:tool_call>", "<seed:tool_call>", "<function=now></function>"):
        found = calls(f"<seed:tool_call><function=now>{{}}{end}")
        assert found[0] == ("now", "{}")
    broken = '<seed:tool_call><function=now>{"a": "</function>\n'
    for end in ("</seed:tool_call>", "<function=now></function>", ""):
        assert calls(broken + end)[0] == ("now", '{"a": "')
    assert calls("<seed:tool_call><function=now>\n<function=now></function>") == [("now", "{}")] * 2


def test_reasoning_tags_are_text_unless_asked_for() -> None:
    text = "<seed:think>x</seed:think>y"
    assert read(text) == [TextDelta(text)]
    assert not any(isinstance(event, ReasoningDelta) for event in read(text + CALL))
