"""What becomes of each option, tool and format."""

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
    ServerTool,
    Tool,
)
from seed_core.wire.messages import NO_WORD_FOR, MessagesWire
from tests.wire.messages.bodies import HELLO, MARK, body_of, fields_of

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
LOOK = Tool("look", "Looks.", SCHEMA)


def _with_tools(**fields: Any) -> dict[str, Any]:
    return body_of(Prompt((HELLO,), tools=(LOOK,), **fields))


def test_a_limit_is_always_sent() -> None:
    assert fields_of(Options()) == {"max_tokens": 8192}
    assert fields_of(Options(max_tokens=7)) == {"max_tokens": 7}
    assert fields_of(Options(), wire=MessagesWire(max_tokens_default=9)) == {"max_tokens": 9}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (Options(temperature=0.0), {"temperature": 0.0}),
        (Options(top_p=0.5), {"top_p": 0.5}),
        (Options(stop=("a", "b")), {"stop_sequences": ["a", "b"]}),
        (Options(user="ann"), {"metadata": {"user_id": "ann"}}),
        (Options(service_tier="standard_only"), {"service_tier": "standard_only"}),
        (Options(hide_reasoning=True), {}),
        (Options(web_search=True, caching=True), {}),
        (Options(parallel_tool_calls=False), {}),
        (Options(extra_body={"top_k": 5}), {"top_k": 5}),
        (Options(host_options={"host": {"top_k": 5}, "other": {"top_k": 6}}), {"top_k": 5}),
    ],
)
def test_an_option_is_a_field(options: Options, expected: Json) -> None:
    assert fields_of(options) == {"max_tokens": 8192, **expected}


def test_extra_body_has_the_last_word() -> None:
    options = Options(temperature=0.1, thinking="enabled", extra_body={"thinking": None})
    assert fields_of(options) == {"max_tokens": 8192, "temperature": 0.1, "thinking": None}


def test_a_stream_is_asked_for_where_the_host_can() -> None:
    assert fields_of(Options(), stream=True) == {"max_tokens": 8192, "stream": True}
    assert fields_of(Options(), stream=True, wire=MessagesWire(streams=False)) == {
        "max_tokens": 8192
    }


def test_a_host_adds_its_own_fields_and_has_the_last_look() -> None:
    wire = MessagesWire(
        own_fields=lambda prompt: {"cached": prompt.options.caching, "max_tokens": 1},
        settle=lambda body, _: {**body, "settled": True},
    )
    expected = {"max_tokens": 1, "cached": True, "settled": True}
    assert fields_of(Options(caching=True), wire=wire) == expected


def test_a_tool_has_its_schema() -> None:
    tools = (
        LOOK,
        Tool("wait"),
        Tool("mark", parameters=SCHEMA, strict=True, cache_control=MARK),
        ServerTool({"type": "web_search_20250305", "name": "web_search"}),
    )
    assert body_of(Prompt((HELLO,), tools=tools))["tools"] == [
        {"name": "look", "description": "Looks.", "input_schema": SCHEMA},
        {"name": "wait", "input_schema": {"type": "object", "properties": {}}},
        {"name": "mark", "input_schema": SCHEMA, "strict": True, "cache_control": MARK},
        {"type": "web_search_20250305", "name": "web_search"},
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        (NamedTool("look"), {"type": "tool", "name": "look"}),
        (
            ServerTool({"type": "tool", "name": "web_search"}),
            {"type": "tool", "name": "web_search"},
        ),
    ],
)
def test_which_tool_is_an_object(choice: Any, expected: Json) -> None:
    assert _with_tools(tool_choice=choice)["tool_choice"] == expected
    alone = _with_tools(tool_choice=choice, options=Options(parallel_tool_calls=False))
    more = {} if choice == "none" else {"disable_parallel_tool_use": True}
    assert alone["tool_choice"] == {**expected, **more}


def test_one_call_at_a_time_needs_a_choice() -> None:
    options = Options(parallel_tool_calls=False)
    expected = {"type": "auto", "disable_parallel_tool_use": True}
    assert _with_tools(options=options)["tool_choice"] == expected
    assert "tool_choice" not in _with_tools(options=Options(parallel_tool_calls=True))
    assert "tool_choice" not in _with_tools()


def test_no_choice_without_tools() -> None:
    assert "tool_choice" not in body_of(Prompt((HELLO,), tool_choice="auto"))


def test_a_schema_is_a_format_of_the_output() -> None:
    wanted = JsonSchema("answer", SCHEMA, strict=True, description="What I want.")
    body = body_of(Prompt((HELLO,), response_format=wanted))
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": SCHEMA}}
    assert "output_config" not in body_of(Prompt((HELLO,)))


def test_json_without_a_schema_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no JSON mode without a schema"):
        body_of(Prompt((HELLO,), response_format=JsonObject()))


def test_what_has_no_word_is_declared() -> None:
    wire = MessagesWire()
    assert wire.cannot is NO_WORD_FOR
    assert {"video", "json_object", "seed"} < wire.cannot
    unsaid = Options(
        seed=1,
        frequency_penalty=0.1,
        presence_penalty=0.1,
        image_detail="low",
        image_pixel_limit={"min_pixels": 1},
        video_fps=1.0,
    )
    assert fields_of(unsaid) == {"max_tokens": 8192}


def test_the_address_and_the_headers_are_the_standard() -> None:
    wire = MessagesWire()
    assert wire.path == "/messages"
    assert wire.headers == {"anthropic-version": "2023-06-01"}
    assert wire.key_headers == ("x-api-key",)
    assert wire.streams
