"""A call that was cut off is never taken for a whole one."""

import pytest

from seed_core.wire.typed import read_object
from tests.wire.markup.reading import calls, reply

HEAD = "<seed:tool_call>\n<function=get_weather>\n"
BOTH = f"{HEAD}<parameter=location>Beijing</parameter>\n<parameter=days>3</parameter>"
OPEN = BOTH.removesuffix("</parameter>")
JSON_HEAD = HEAD + '{"location": "B'
WHOLE = '{"location":"Beijing","days":3}'
SO_FAR = WHOLE[:-1]


@pytest.mark.parametrize(
    ("text", "cut_off", "unknown", "natural"),
    [
        # All parameters are closed.
        (BOTH, SO_FAR, WHOLE, WHOLE),
        (f"{BOTH}\n", SO_FAR, WHOLE, WHOLE),
        (f"{BOTH}\n</", SO_FAR, WHOLE, WHOLE),
        (f"{BOTH}\n</function", SO_FAR, WHOLE, WHOLE),
        (f"{BOTH}\n</function>", WHOLE, WHOLE, WHOLE),
        (f"{BOTH}\n</function>\n</seed:tool", WHOLE, WHOLE, WHOLE),
        # Another one may have begun.
        (f"{BOTH}\n<", SO_FAR, SO_FAR, WHOLE),
        (f"{BOTH}\n<parameter=un", SO_FAR, SO_FAR, WHOLE),
        # The last value is open.
        (f"{HEAD}<parameter=location>Bei", "{", "{", '{"location":"Bei"}'),
        (f"{HEAD}<parameter=location>Bei <", "{", "{", '{"location":"Bei <"}'),
        (f"{HEAD}<parameter=location>Bei</parameter> x", "{", "{", '{"location":"Bei"}'),
        (f"{HEAD}<parameter=location>Bei</function>", "{", "{", '{"location":"Bei"}'),
        (OPEN, '{"location":"Beijing"', '{"location":"Beijing"', WHOLE),
        # What must be there is not.
        (f"{HEAD}<parameter=days>3</parameter>", '{"days":3', '{"days":3', '{"days":3}'),
        (HEAD, "{", "{", "{}"),
        # A body of JSON.
        (JSON_HEAD + '"}', '{"location": "B"', '{"location":"B"}', '{"location":"B"}'),
        (JSON_HEAD + '"}</fu', '{"location": "B"', '{"location":"B"}', '{"location":"B"}'),
        (f'{HEAD}{{"days": 1}} ', '{"days": 1', '{"days": 1', '{"days":1}'),
        (JSON_HEAD, *['{"location": "B'] * 3),
        (f"{JSON_HEAD}</", *['{"location": "B</'] * 3),
        (f"{HEAD}{{}}", "{", "{", "{}"),
        (f"{HEAD}words", "{", "{", "words"),
    ],
)
def test_an_end_in_a_call(text: str, cut_off: str, unknown: str, natural: str) -> None:
    for told, arguments in ((True, cut_off), (None, unknown), (False, natural)):
        assert calls(text, cut_off=told) == [("get_weather", arguments)]
    bare = text.removeprefix("<seed:tool_call>\n")
    if "words" not in text:
        assert calls(bare, cut_off=True) == [("get_weather", cut_off)]


@pytest.mark.parametrize(
    ("text", "cut_off", "unknown", "natural"),
    [
        ("<function=now>", "{", "{}", "{}"),
        ("<function=now>\n", "{", "{}", "{}"),
        ("<function=now>\n</function", "{", "{}", "{}"),
        ("<function=now>\n<par", "{", "{", "{}"),
        ("<function=now>{}", "{", "{}", "{}"),
        ("<function=now></function>", "{}", "{}", "{}"),
    ],
)
def test_a_tool_that_needs_nothing(text: str, cut_off: str, unknown: str, natural: str) -> None:
    for told, arguments in ((True, cut_off), (None, unknown), (False, natural)):
        assert calls(text, cut_off=told) == [("now", arguments)]


@pytest.mark.parametrize("told", [True, False, None])
@pytest.mark.parametrize(
    "tail",
    ["<function=get_wea", "<seed:tool_call>\n<function=get_wea", "<seed:tool_call> \n", "<s"],
)
def test_an_end_before_there_is_a_name_is_text(tail: str, told: bool | None) -> None:
    answer = reply(f"Text \n{tail}", cut_off=told)
    assert (answer.text, answer.tool_calls) == (f"Text \n{tail}", ())


@pytest.mark.parametrize("told", [True, None])
def test_a_call_that_is_cut_anywhere_is_none_or_no_json(told: bool | None) -> None:
    text = (
        "<seed:tool_call>\n<function=get_weather>\n<parameter=location>a </function> b</parameter>"
        "\n<parameter=days>31</parameter>\n</function>\n</seed:tool_call>"
    )
    whole = {"location": "a </function> b", "days": 31}
    for place in range(len(text)):
        for _, arguments in calls(text[:place], cut_off=told):
            found = read_object(arguments)
            assert found in (None, whole) or (found == {"location": whole["location"]} and not told)
