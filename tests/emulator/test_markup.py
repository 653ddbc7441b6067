"""Seed's own markup: what is found in a conversation, what is written in a reply."""

import json
from typing import Any

import pytest

from seed_core.emulator import Answer, ToolUse
from seed_core.emulator.markup import breaks_off, read, write
from seed_core.emulator.mind import Conversation, Media, Offer, Turn

WEATHER: dict[str, Any] = {
    "name": "get_weather",
    "description": "Get the weather.",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string"}},
        "required": ["location"],
    },
}
CLOCK = {"name": "get_time", "parameters": {"type": "object", "properties": {}}}
FORM = "<seed:tool_call>\n<function=NAME>\n<parameter=NAME>VALUE</parameter>\n</function>"
CALL = (
    "<seed:tool_call>\n<function=get_weather>\n<parameter=location>Paris</parameter>\n"
    "</function>\n</seed:tool_call>"
)
OFFER = Offer("get_weather", "Get the weather.", WEATHER["parameters"])


def instructed(*tools, words=""):
    described = "\n".join(json.dumps(tool) for tool in tools)
    return Turn("system", f"Be kind.\n{described}\nTo call: {FORM}\n{words}")


def talk(*turns):
    return read(Conversation((*turns, Turn("user", "Weather in Paris?"))))


# Tools.


@pytest.mark.parametrize(
    "described",
    [
        WEATHER,
        {"type": "function", "function": WEATHER},
        {"type": "function", **WEATHER},
        {"tools": [{"type": "function", "function": WEATHER}]},
    ],
)
def test_tools_are_found(described):
    found = talk(instructed(described))
    assert found.offers == (OFFER,)
    assert "properties" not in found.turns[0].text
    assert found.turns[0].text.startswith("Be kind.")


def test_several_tools_in_order():
    bare = {"type": "function", "function": {"name": "now"}}
    found = talk(instructed([WEATHER, CLOCK]), instructed(bare))
    names = [offer.name for offer in found.offers]
    assert names == ["get_weather", "get_time", "now"]
    again = talk(instructed(WEATHER, CLOCK), instructed(WEATHER))
    assert [offer.name for offer in again.offers] == ["get_weather", "get_time"]
    assert found.offers[2] == Offer("now")


@pytest.mark.parametrize(
    "turn",
    [
        Turn("system", json.dumps(WEATHER)),
        Turn("user", json.dumps(WEATHER) + FORM),
        instructed({"name": "Ann", "age": 3}, {"parameters": {}}, {"name": 1, "parameters": {}}),
    ],
)
def test_what_is_no_tool(turn):
    found = talk(turn)
    assert found.offers == ()
    assert found.turns[0] == turn


# The choice.


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        ("", "auto"),
        ("Call one if it helps.", "auto"),
        ("You must call a tool.", "required"),
        ("You MUST call `get_time`.", "=get_time"),
        ("You must call the tool `get_weather` now. Not `get_time`.", "=get_weather"),
        ("You must call one of `get_weather` and `get_time`.", "required"),
        ("You must call `nothing`.", "required"),
    ],
)
def test_the_choice(words, choice):
    assert talk(instructed(WEATHER, CLOCK, words=words)).choice == choice


def test_without_tools_there_is_no_choice():
    assert talk(Turn("system", "You must call your mother.")).choice == "auto"
    assert talk(Turn("user", "You must call `get_time`."), instructed(WEATHER)).choice == "auto"


# Calls and results.


def test_calls_and_their_results():
    picture = Media("image", "image/png, 8 bytes")
    found = read(
        Conversation(
            (
                Turn("user", "Weather in Paris?"),
                Turn("assistant", f"Let me see.\n{CALL}\n{CALL}"),
                instructed(WEATHER),
                Turn("user", "It's sunny.", (picture,)),
            )
        )
    )
    _, said, _, result = found.turns
    assert said.text == "Let me see.\n"
    assert [call.name for call in said.calls] == ["get_weather"] * 2
    assert json.loads(said.calls[0].arguments) == {"location": "Paris"}
    assert result == Turn("tool", "It's sunny.", (picture,), (), "get_weather")
    assert found.prompt == "Weather in Paris?"


def test_only_the_next_turn_is_a_result():
    turns = (Turn("assistant", CALL), Turn("user", "Sunny."), Turn("user", "And now?"))
    assert [turn.role for turn in read(Conversation(turns)).turns] == ["assistant", "tool", "user"]


@pytest.mark.parametrize("text", [CALL.removesuffix("</seed:tool_call>"), "Hello", FORM])
def test_what_is_no_call(text):
    turns = (Turn("assistant", text), Turn("user", "Sunny."))
    assert read(Conversation(turns)).turns == turns
    assert breaks_off(text) is (text != "Hello")


def test_several_names_and_values_of_several_lines():
    other = CALL.replace("get_weather", "get_time").replace("Paris", "\n a\n\nb \n")
    turns = (Turn("assistant", f"{CALL}{other}"), Turn("user", "x"))
    said, result = read(Conversation(turns)).turns
    assert result.tool == "get_weather, get_time"
    assert json.loads(said.calls[1].arguments) == {"location": " a\n\nb "}


# Writing.


def test_text_comes_before_the_calls():
    calls = [ToolUse("get_weather", '{"location": "Paris"}'), ToolUse("now")]
    assert write(Answer("Well.", tool_calls=calls)) == (
        f"Well.\n{CALL}\n<seed:tool_call>\n<function=now>\n</function>\n</seed:tool_call>"
    )
    assert write(Answer(tool_calls=calls[:1])) == CALL
    assert write(Answer("Well.")) == "Well."
    assert write(Answer(refusal="No.")) == "No."


def test_values_are_plain_text():
    arguments = {
        "text": "3",
        "number": 3,
        "flag": True,
        "none": None,
        "list": ["ä", {"b": 1.5}],
        "lines": "a\nb",
    }
    lines = write(Answer(tool_calls=[ToolUse("f", json.dumps(arguments))])).split("\n")
    assert lines[2:-2] == [
        "<parameter=text>3</parameter>",
        "<parameter=number>3</parameter>",
        "<parameter=flag>true</parameter>",
        "<parameter=none>null</parameter>",
        '<parameter=list>["ä", {"b": 1.5}]</parameter>',
        "<parameter=lines>",
        "a",
        "b",
        "</parameter>",
    ]


@pytest.mark.parametrize("arguments", ['{"location": "Par', "Paris", "[1]", ""])
def test_arguments_that_are_no_object_end_the_text(arguments):
    text = write(Answer("Well.", tool_calls=[ToolUse("f", arguments), ToolUse("g")]))
    assert text == f"Well.\n<seed:tool_call>\n<function=f>\n{arguments}"
    assert breaks_off(text)


def test_what_is_written_is_read():
    calls = [ToolUse("f", json.dumps({"a": "x\ny", "b": "z"})), ToolUse("g", "{}")]
    turns = (Turn("assistant", write(Answer("Well.", tool_calls=calls))),)
    (said,) = read(Conversation(turns)).turns
    assert list(said.calls) == calls
