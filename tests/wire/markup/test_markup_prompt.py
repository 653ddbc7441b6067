"""Tools in words: what the model is told, and whether it did what it had to."""

import json
from dataclasses import replace
from typing import Any

import pytest

from seed_core.errors import ConfigurationError
from seed_core.events import Reply
from seed_core.types import (
    Document,
    Image,
    JsonObject,
    Message,
    NamedTool,
    Options,
    Prompt,
    Reasoning,
    Refusal,
    ServerTool,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Url,
)
from seed_core.wire.markup_prompt import unmet_choice, with_tools_as_text
from tests.wire.markup.reading import TOOLS, calls

ASK = Message("user", (Text("How warm is it?"),))
WEATHER = ToolCall("c", "get_weather", '{"location": "Rome"}')
NOW = ToolCall("c", "now", "")
IMAGE = Image(Url("https://a/b.png"))
FILE = Document(Url("https://a/b.pdf"))


def told(*messages: Message, **fields: Any) -> Prompt:
    """The prompt in words."""
    return with_tools_as_text(Prompt(messages or (ASK,), **{"tools": TOOLS, **fields}))


def text_of(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, Text))


def system_of(**fields: Any) -> str:
    """The system turn that was made."""
    first = told(**fields).messages[0]
    assert first.role == "system"
    return text_of(first)


# --- the description ------------------------------------------------------------------------------


def test_each_tool_is_one_line_of_json() -> None:
    tool = Tool("città", "Città: 雨\n", {"type": "object", "properties": {"a": {"type": "null"}}})
    lines = system_of(tools=(tool, Tool("now"))).split("\n")
    first, second = (line for line in lines if line.startswith("{"))
    assert first == (
        '{"type":"function","function":{"name":"città","description":"Città: 雨\\n",'
        '"parameters":{"type":"object","properties":{"a":{"type":"null"}}}}}'
    )
    parameters = {"type": "object", "properties": {}}
    assert json.loads(second)["function"] == {"name": "now", "parameters": parameters}


def test_the_form_that_is_shown_is_one_that_is_read() -> None:
    shown = system_of()
    block = shown[shown.index("<seed:tool_call>") : shown.index("</seed:tool_call>")]
    block = block.replace("OTHER_PARAMETER_NAME", "b").replace("PARAMETER_NAME", "a")
    assert calls(block.replace("TOOL_NAME", "now")) == [("now", '{"a":"value","b":"value"}')]
    assert "<think>" not in shown


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (None, "when you need it"),
        ("auto", "when you need it"),
        ("required", "You must call at least one of these tools"),
        (NamedTool("now"), "You must call `now`"),
    ],
)
def test_the_choice_is_said(choice: ToolChoice | None, words: str) -> None:
    assert words in system_of(tool_choice=choice)
    assert ("You must" in system_of(tool_choice=choice)) == (choice not in (None, "auto"))


def test_one_call_at_most() -> None:
    alone = system_of(options=Options(parallel_tool_calls=False, temperature=0.5))
    assert "at most one call" in alone
    assert "at most one call" not in system_of(options=Options(parallel_tool_calls=True))


def test_the_host_is_sent_nothing_about_tools() -> None:
    options = Options(parallel_tool_calls=False, temperature=0.5)
    prompt = told(tool_choice="required", options=options, response_format=JsonObject(), model="m")
    assert (prompt.tools, prompt.tool_choice) == ((), None)
    assert prompt.options == Options(temperature=0.5)
    assert (prompt.response_format, prompt.model) == (JsonObject(), "m")


def test_the_description_ends_the_first_system_turn() -> None:
    first = Message("system", (Text("Be brief."), IMAGE), name="boss")
    second = Message("system", (Text("Be kind."),))
    prompt = told(ASK, first, second)
    assert (prompt.messages[0], prompt.messages[2]) == (ASK, second)
    merged = prompt.messages[1]
    assert (merged.name, merged.parts[:2]) == ("boss", first.parts)
    assert text_of(merged).startswith("Be brief.\n\n# Tools\n")
    (empty, _) = told(Message("system", ()), ASK).messages
    assert text_of(empty).startswith("# Tools\n")


def test_no_description_where_no_tool_may_be_called() -> None:
    assert told(tools=()).messages == (ASK,)
    assert told(tool_choice="none").messages == (ASK,)
    history = (ASK, Message("assistant", (ToolCall("c", "now", "{}"),)))
    assert "<function=now>" in text_of(told(*history, tool_choice="none").messages[1])


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": (ServerTool({"type": "web_search"}),)},
        {"tools": (*TOOLS, ServerTool({"type": "web_search"})), "tool_choice": "none"},
        {"tool_choice": ServerTool({"type": "web_search"})},
    ],
)
def test_tools_of_the_host_cannot_be_described(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="web_search"):
        told(**fields)


def test_tools_that_cannot_be_written() -> None:
    for name in ("a>b", "a\nb", "", " a", "x" * 300):
        with pytest.raises(ConfigurationError, match="named"):
            told(tools=(Tool(name),))
    with pytest.raises(ConfigurationError, match="schema"):
        told(tools=(Tool("a", "", {"default": object()}),))
    with pytest.raises(ConfigurationError, match="schema"):
        told(tools=(Tool("a", "\ud800"),))


# --- the history ----------------------------------------------------------------------------------


def test_calls_follow_the_words_of_their_turn() -> None:
    turn = Message(
        "assistant",
        (
            Reasoning("Hm."),
            Text("Let me see."),
            ToolCall("c1", "get_weather", '{"location": "Rome", "days": 2}'),
            Refusal("But."),
            ToolCall("c2", "now", ""),
        ),
        name="me",
    )
    (_, _, written) = told(ASK, turn).messages
    reasoning, words, refusal, markup = written.parts
    assert (reasoning, words, refusal) == (Reasoning("Hm."), Text("Let me see."), Refusal("But."))
    assert (written.role, written.name) == ("assistant", "me")
    assert isinstance(markup, Text)
    assert markup.text.startswith("\n\n<seed:tool_call>\n")
    assert calls(markup.text) == [("get_weather", '{"location":"Rome","days":2}'), ("now", "{}")]
    silent = Message("assistant", (ToolCall("c2", "now", "{}"),))
    assert text_of(told(ASK, silent).messages[2]).startswith("<seed:tool_call>")
    spoken = Message("assistant", (Text("Hi."),))
    assert told(ASK, spoken).messages[2] is spoken


def test_results_that_stand_together_are_one_turn() -> None:
    called = Message(
        "assistant", (ToolCall("c1", "get_weather", "{}"), ToolCall("c2", "now", "{}"))
    )
    first = Message("tool", (ToolResult("c1", (Text("Sun"), Text("21"), IMAGE)),))
    second = Message(
        "tool",
        (
            ToolResult("c", (Text("Noon"),), name="clock", is_error=True),
            ToolResult("c3", (IMAGE, FILE)),
            ToolResult("c4", ()),
            ToolResult("c5", (), is_error=True),
            ToolResult("c6", (Text("", {"type": "ephemeral"}),)),
            Text("odd"),
        ),
    )
    (_, _, _, results, after) = told(ASK, called, first, second, ASK).messages
    assert after == ASK
    assert results == Message(
        "user",
        (
            Text("Result of the tool get_weather (call c1):\nSun\n21"),
            IMAGE,
            Text("\n\nResult of the tool clock (call c):\nError: Noon"),
            Text("\n\nResult of the tool call c3:\nThe result is shown here:"),
            IMAGE,
            FILE,
            Text("\n\nResult of the tool call c4:\nThe tool returned nothing."),
            Text("\n\nResult of the tool call c5:\nError: The tool returned nothing."),
            Text(
                "\n\nResult of the tool call c6:\nThe tool returned nothing.", {"type": "ephemeral"}
            ),
            Text("odd"),
        ),
    )
    assert told(ASK, called, first).messages[-1].role == "user"


def test_the_prompt_itself_stays_as_it_was() -> None:
    prompt = Prompt((ASK, Message("tool", (ToolResult("c", ()),))), TOOLS, "required")
    copy = replace(prompt)
    with_tools_as_text(prompt)
    assert prompt == copy


# --- whether a choice was kept --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "made", "sentence"),
    [
        (None, (), None),
        ("auto", (), None),
        ("none", (WEATHER,), None),
        ("required", (WEATHER, NOW), None),
        ("required", (), "one of the tools had to be called, and none was: get_weather, now"),
        ("required", (ToolCall("c", "sing", "{}"),), "there is no tool `sing`"),
        (NamedTool("now"), (NOW,), None),
        (NamedTool("now"), (), "the tool `now` had to be called, and was not"),
        (NamedTool("now"), (WEATHER,), "the tool `now` had to be called, and was not"),
        (NamedTool("sing"), (ToolCall("c", "sing", "{}"),), "there is no tool `sing`"),
        ("required", (NOW, replace(WEATHER, arguments="{")), "not a whole JSON object"),
        ("required", (replace(WEATHER, arguments="[]"),), "`get_weather` are not a whole JSON"),
        (
            "required",
            (replace(WEATHER, arguments="{}"),),
            "do not fit: $: 'location' is",
        ),
        ("required", (replace(WEATHER, arguments='{"location": 1}'),), "$.location: 1 is not"),
    ],
)
def test_whether_a_forced_call_came(
    choice: ToolChoice | None, made: tuple[ToolCall, ...], sentence: str | None
) -> None:
    prompt = Prompt((ASK,), (*TOOLS, ServerTool({})), choice)
    found = unmet_choice(Reply(tool_calls=made), prompt)
    assert (found is None) == (sentence is None)
    assert sentence is None or sentence in str(found)
