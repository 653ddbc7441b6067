"""Tools: how they are offered, chosen and called, and what becomes of calls that are broken."""

from typing import Any

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from pydantic.v1 import BaseModel as OldModel
from typing_extensions import TypedDict

from langchain_seed import ChatSeed
from seed_core import ConfigurationError
from seed_core.emulator import Answer, Emulator, ToolUse
from tests.langchain.asking import Body, How, ask

NAMED = {"type": "function", "function": {"name": "get_weather"}}


def get_weather(city: str) -> str:
    """Weather of a city."""
    return f"sunny in {city}"


def get_time(city: str) -> str:
    """Time in a city."""
    return f"noon in {city}"


class Weather(BaseModel):
    """Weather of a city."""

    city: str = Field(description="where")


class OldWeather(OldModel):
    """Weather of a city."""

    city: str


class TypedWeather(TypedDict):
    """Weather of a city."""

    city: str


@tool
def tool_weather(city: str) -> str:
    """Weather of a city."""
    return city


SCHEMA = {
    "title": "schema_weather",
    "description": "Weather of a city.",
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
ANTHROPIC = {
    "name": "anthropic_weather",
    "description": "Weather of a city.",
    "input_schema": SCHEMA,
}
FUNCTION = {"name": "function_weather", "description": "W.", "parameters": SCHEMA}
OPENAI = {"type": "function", "function": {**FUNCTION, "name": "openai_weather"}}


@pytest.mark.parametrize(
    ("offered", "name"),
    [
        (get_weather, "get_weather"),
        (tool_weather, "tool_weather"),
        (Weather, "Weather"),
        (OldWeather, "OldWeather"),
        (TypedWeather, "TypedWeather"),
        (SCHEMA, "schema_weather"),
        (ANTHROPIC, "anthropic_weather"),
        ({**ANTHROPIC, "type": "custom"}, "anthropic_weather"),
        (FUNCTION, "function_weather"),
        (OPENAI, "openai_weather"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_tool_may_be_said_in_every_usual_form(
    llm: ChatSeed, body: Body, how: How, offered: Any, name: str
) -> None:
    message = await ask(llm.bind_tools([offered]), how, "Weather in Paris?")
    [sent] = body()["tools"]
    assert sent["type"] == "function"
    assert sent["function"]["name"] == name
    assert sent["function"]["description"]
    assert "city" in sent["function"]["parameters"]["properties"]
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [
        (name, {"city": "Paris"})
    ]


@pytest.mark.parametrize("offered", [get_weather, tool_weather, Weather, ANTHROPIC, OPENAI])
def test_a_tool_may_be_given_with_a_call_in_the_same_forms(
    llm: ChatSeed, body: Body, offered: Any
) -> None:
    llm.bind_tools([offered]).invoke("Hello")
    bound = body()["tools"]
    llm.invoke("Hello", tools=[offered])
    assert body()["tools"] == bound


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("any", "required"),
        ("required", "required"),
        ("get_weather", NAMED),
        (NAMED, NAMED),
        ({"type": "tool", "name": "get_weather"}, NAMED),
        ({"type": "any"}, "required"),
        ({"type": "auto"}, "auto"),
        (True, NAMED),
        (False, None),
        (None, None),
    ],
)
def test_a_tool_choice_may_be_said_in_every_usual_form(
    llm: ChatSeed, body: Body, said: Any, sent: Any
) -> None:
    llm.bind_tools([get_weather], tool_choice=said).invoke("Weather in Paris?")
    assert body().get("tool_choice") == sent
    llm.bind_tools([get_weather]).invoke("Weather in Paris?", tool_choice=said)
    assert body().get("tool_choice") == sent


@pytest.mark.parametrize("said", [True, "no_such_tool", 5])
def test_a_tool_choice_that_fits_no_tool_is_refused(
    llm: ChatSeed, emulator: Emulator, said: Any
) -> None:
    with pytest.raises(ModelInvalidRequestError):
        llm.bind_tools([get_weather, get_time], tool_choice=said).invoke("Hello")
    assert emulator.requests == []


def test_a_tool_choice_without_tools_is_not_sent(llm: ChatSeed, body: Body) -> None:
    llm.bind_tools([], tool_choice="any").invoke("Hello")
    assert not {"tools", "tool_choice"} & body().keys()


@pytest.mark.parametrize("strict", [None, True, False])
def test_strict_and_parallel_calls_are_passed_on(llm: ChatSeed, body: Body, strict: Any) -> None:
    llm.bind_tools([get_weather], strict=strict, parallel_tool_calls=False).invoke("Hello")
    assert body()["tools"][0]["function"].get("strict") is strict
    assert body()["parallel_tool_calls"] is False


def test_a_tool_of_the_hosts_own_is_passed_on_as_it_is(llm: ChatSeed, body: Body) -> None:
    search = {"type": "openrouter:web_search", "parameters": {"max_results": 3}}
    llm.bind_tools([get_weather, {"type": "web_search"}]).invoke("News?")
    assert body()["tools"][1] == {"type": "web_search"}
    llm.bind_tools([search]).invoke("News?")
    assert body()["tools"] == [search]


@pytest.mark.parametrize("offered", [5, {"description": "f"}, object()])
def test_what_cannot_be_offered_is_refused(llm: ChatSeed, offered: Any) -> None:
    with pytest.raises(ConfigurationError, match="cannot be offered as a tool"):
        llm.bind_tools([offered])


async def test_parallel_calls_are_kept_apart(llm: ChatSeed, how: How) -> None:
    prompt = "Call get_weather and get_time for Paris"
    message = await ask(llm.bind_tools([get_weather, get_time]), how, prompt)
    assert [call["name"] for call in message.tool_calls] == ["get_weather", "get_time"]
    assert len({call["id"] for call in message.tool_calls}) == 2
    assert message.response_metadata["finish_reason"] == "tool_calls"
    assert message.invalid_tool_calls == []


async def test_a_call_without_arguments_has_none(
    llm: ChatSeed, emulator: Emulator, how: How
) -> None:
    emulator.script(Answer(tool_calls=[ToolUse("f", "", "c1")]))
    message = await ask(llm, how, "Hello")
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [("f", {})]


@pytest.mark.parametrize(
    "arguments",
    [
        '{"path": "/tmp/a',
        '{"path": "/tmp/a"',
        '{"path": ',
        '{"path": "a\\',
        '{"a": [1, 2',
        '{"a": {"b": 1}',
        '{"a": tru',
        "{",
        '{"a": 1}}',
        "[1, 2]",
        '"text"',
        "5",
        "nonsense",
    ],
)
@pytest.mark.parametrize("piece", [3, 1000])
async def test_broken_arguments_never_become_a_call(
    llm: ChatSeed, emulator: Emulator, how: How, arguments: str, piece: int
) -> None:
    good = ToolUse("good", '{"x": 1}', "c0")
    emulator.script(
        Answer(tool_calls=[good, ToolUse("write", arguments, "c1")], finish="length", piece=piece)
    )
    message = await ask(llm, how, "Hello")
    assert [call["name"] for call in message.tool_calls] == ["good"]
    [bad] = message.invalid_tool_calls
    assert (bad["name"], bad["id"]) == ("write", "c1")
    assert bad["args"].startswith(arguments)
    kinds = [block["type"] for block in message.content_blocks]
    assert kinds == ["tool_call", "invalid_tool_call"]


async def test_an_invalid_call_goes_back_into_history_as_it_was(
    llm: ChatSeed, emulator: Emulator, body: Body, how: How
) -> None:
    emulator.script(Answer(tool_calls=[ToolUse("f", '{"x": oops}', "c1")]))
    first = await ask(llm, how, "Hello")
    llm.invoke([HumanMessage("Hello"), first, ToolMessage("not JSON", tool_call_id="c1")])
    [call] = body()["messages"][1]["tool_calls"]
    assert call["id"] == "c1"
    assert call["function"]["arguments"].startswith('{"x": oops}')


def test_calls_in_history_are_sent_with_their_characters(llm: ChatSeed, body: Body) -> None:
    call = {"name": "f", "args": {"city": "北京", "n": [1, 2.5, None]}, "id": "c1"}
    asked = HumanMessage("Hello")
    llm.invoke([asked, AIMessage("", tool_calls=[call]), ToolMessage("ok", tool_call_id="c1")])
    _, assistant, result = body()["messages"]
    assert assistant == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "c1",
                "type": "function",
                "function": {"name": "f", "arguments": '{"city": "北京", "n": [1, 2.5, null]}'},
            }
        ],
    }
    assert result == {"role": "tool", "tool_call_id": "c1", "content": "ok"}


def test_a_failed_tool_says_so_in_its_text(llm: ChatSeed, body: Body) -> None:
    call = {"name": "f", "args": {}, "id": "c1"}
    failed = ToolMessage("no such city", tool_call_id="c1", status="error")
    llm.invoke([HumanMessage("Hello"), AIMessage("", tool_calls=[call]), failed])
    assert body()["messages"][-1]["content"] == "Error: no such city"


async def test_a_tool_loop_ends_in_text(llm: ChatSeed, how: How) -> None:
    bound = llm.bind_tools([tool_weather])
    messages: list[Any] = [HumanMessage("tool_weather Paris")]
    message = await ask(bound, how, messages)
    messages += [message, *(tool_weather.invoke(call) for call in message.tool_calls)]
    assert len(messages) == 3
    last = await ask(bound, how, messages)
    assert last.tool_calls == []
    assert "tool_weather answered: Paris" in last.text
