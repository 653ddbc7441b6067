"""Every option, tool and format in the body, and whose word counts when two speak."""

import copy
from types import MappingProxyType
from typing import Any

import pytest

from seed_core.errors import ConfigurationError
from seed_core.types import (
    Json,
    JsonObject,
    JsonSchema,
    NamedTool,
    Options,
    Prompt,
    ResponseFormat,
    ServerTool,
    Text,
    Tool,
    ToolChoice,
)
from seed_core.wire.chat import ChatWire
from tests.wire.bodies import HELLO, STANDARD, body_of, fields_of, turn


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (Options(), {}),
        (Options(temperature=0.0), {"temperature": 0.0}),
        (Options(top_p=0.5), {"top_p": 0.5}),
        (Options(max_tokens=7), {"max_tokens": 7}),
        (Options(stop=("a", "b")), {"stop": ["a", "b"]}),
        (Options(seed=0), {"seed": 0}),
        (Options(frequency_penalty=-1.5), {"frequency_penalty": -1.5}),
        (Options(presence_penalty=0), {"presence_penalty": 0}),
        (Options(parallel_tool_calls=False), {"parallel_tool_calls": False}),
        (Options(user="u"), {"user": "u"}),
        (Options(reasoning_effort="low"), {"reasoning_effort": "low"}),
        (Options(thinking="disabled"), {"reasoning_effort": "none"}),
        (Options(thinking="disabled", reasoning_effort="high"), {"reasoning_effort": "none"}),
        (Options(thinking="enabled"), {}),
        (Options(extra_body={"top_k": 3, "x": {"y": [None]}}), {"top_k": 3, "x": {"y": [None]}}),
    ],
)
def test_an_option_is_its_field_and_what_is_not_said_is_not_sent(
    options: Options, expected: dict[str, Any]
) -> None:
    assert fields_of(options) == expected


def test_a_stream_asks_for_its_usage() -> None:
    asked = {"stream": True, "stream_options": {"include_usage": True}}
    assert fields_of(Options(), stream=True) == asked
    quiet = ChatWire(usage_in_stream=False)
    assert fields_of(Options(), wire=quiet, stream=True) == {"stream": True}


def test_a_host_may_call_the_limit_otherwise() -> None:
    wire = ChatWire(max_tokens_field="max_completion_tokens")
    assert fields_of(Options(max_tokens=5), wire=wire) == {"max_completion_tokens": 5}


def test_the_users_fields_win_over_options_and_extra_body_over_all() -> None:
    options = Options(
        temperature=0.1,
        top_p=0.1,
        seed=1,
        host_options={"host": {"top_p": 0.2, "seed": 2}, "other": {"top_p": 9}},
        extra_body={"seed": 3},
    )
    assert fields_of(options) == {"temperature": 0.1, "top_p": 0.2, "seed": 3}
    assert fields_of(options, issuer="other") == {"temperature": 0.1, "top_p": 9, "seed": 3}
    assert fields_of(options, issuer="third") == {"temperature": 0.1, "top_p": 0.1, "seed": 3}


def test_extra_body_may_replace_even_the_model() -> None:
    body = body_of(Prompt((HELLO,), options=Options(extra_body={"model": "own"})))
    assert body["model"] == "own"


def test_own_fields_come_before_the_users_and_settle_after_them() -> None:
    wire = ChatWire(
        own_fields=lambda _: {"a": 1, "b": 1, "c": 1},
        settle=lambda body, _: body | {"seen": body["b"], "c": 3},
    )
    options = Options(host_options={"host": {"b": 2}}, extra_body={"c": 4})
    assert fields_of(options, wire=wire) == {"a": 1, "b": 2, "seen": 2, "c": 4}


# --- tools ----------------------------------------------------------------------------------------

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (
            Tool("f", "does f", SCHEMA, strict=True),
            {
                "type": "function",
                "function": {
                    "name": "f",
                    "description": "does f",
                    "parameters": SCHEMA,
                    "strict": True,
                },
            },
        ),
        (
            Tool("f", parameters=SCHEMA, strict=False),
            {"type": "function", "function": {"name": "f", "parameters": SCHEMA, "strict": False}},
        ),
        (
            Tool("f"),
            {
                "type": "function",
                "function": {"name": "f", "parameters": {"type": "object", "properties": {}}},
            },
        ),
        (ServerTool({"type": "openrouter:web_search"}), {"type": "openrouter:web_search"}),
    ],
)
def test_a_tool_is_offered_in_the_standards_form(tool: Tool | ServerTool, expected: Json) -> None:
    assert body_of(Prompt((HELLO,), tools=(tool,)))["tools"] == [expected]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        (NamedTool("f"), {"type": "function", "function": {"name": "f"}}),
        (ServerTool({"type": "own"}), {"type": "own"}),
    ],
)
def test_a_tool_choice_is_said_in_the_standards_form(choice: ToolChoice, expected: object) -> None:
    body = body_of(Prompt((HELLO,), tools=(Tool("f"),), tool_choice=choice))
    assert body["tool_choice"] == expected


def test_without_tools_there_is_no_choice_and_no_empty_list() -> None:
    body = body_of(Prompt((HELLO,), tool_choice="auto"))
    assert body == {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (JsonObject(), {"type": "json_object"}),
        (
            JsonSchema("s", SCHEMA),
            {"type": "json_schema", "json_schema": {"name": "s", "schema": SCHEMA}},
        ),
        (
            JsonSchema("s", SCHEMA, strict=True, description="d"),
            {
                "type": "json_schema",
                "json_schema": {"name": "s", "schema": SCHEMA, "strict": True, "description": "d"},
            },
        ),
    ],
)
def test_a_response_format_is_said_in_the_standards_form(
    wanted: ResponseFormat, expected: Json
) -> None:
    assert body_of(Prompt((HELLO,), response_format=wanted))["response_format"] == expected


# --- values in, values out ------------------------------------------------------------------------


def test_nothing_that_is_given_is_changed() -> None:
    options = Options(
        host_options={"host": {"plugins": [{"id": "web"}]}}, extra_body={"x": {"y": 1}}, stop=("a",)
    )
    prompt = Prompt(
        (HELLO, turn("user", Text("b", {"type": "ephemeral"}))),
        tools=(Tool("f", parameters=copy.deepcopy(SCHEMA)), ServerTool({"type": "t"})),
        tool_choice=ServerTool({"type": "t"}),
        response_format=JsonSchema("s", copy.deepcopy(SCHEMA)),
        options=options,
    )
    before = copy.deepcopy(prompt)
    wire = ChatWire(settle=lambda body, _: body | {"plugins": []})
    for stream in (True, False):
        wire.encode(prompt, model="m", issuer="host", stream=stream)
    assert prompt == before


def test_read_only_mappings_are_written_as_objects() -> None:
    frozen = MappingProxyType({"a": MappingProxyType({"b": 1})})
    prompt = Prompt(
        (HELLO,), tools=(Tool("f", parameters=frozen),), options=Options(extra_body={"x": frozen})
    )
    body = body_of(prompt)
    assert body["x"] == {"a": {"b": 1}}
    assert body["tools"][0]["function"]["parameters"] == {"a": {"b": 1}}


@pytest.mark.parametrize("value", [object(), "\ud800", {"k": {1: object()}}, float])
def test_what_has_no_json_form_is_refused_before_it_is_sent(value: object) -> None:
    prompt = Prompt((HELLO,), options=Options(extra_body={"x": value}))
    with pytest.raises(ConfigurationError, match="JSON"):
        STANDARD.encode(prompt, model="m", issuer="host", stream=False)


def test_half_a_surrogate_pair_in_a_prompt_is_refused_before_it_is_sent() -> None:
    prompt = Prompt((turn("user", Text("half \ud83d")),))
    with pytest.raises(ConfigurationError, match="surrogates"):
        STANDARD.encode(prompt, model="m", issuer="host", stream=False)
