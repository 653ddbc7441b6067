"""Tools, formats and options in the body."""

import copy
from typing import Any, get_args

import pytest

from seed_core.capabilities import Feature
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
from seed_core.wire.responses import ResponsesWire
from tests.wire.responses.sent import HELLO, STANDARD, body_of, fields_of

WEATHER = Tool("weather", "Tells it.", {"type": "object", "properties": {"at": {}}})


# --- tools and formats ----------------------------------------------------------------------------


def test_tools_are_flat() -> None:
    tools = (WEATHER, Tool("now", strict=True, cache_control={"type": "ephemeral"}))
    assert body_of(Prompt((HELLO,), tools=tools))["tools"] == [
        {
            "type": "function",
            "name": "weather",
            "description": "Tells it.",
            "parameters": {"type": "object", "properties": {"at": {}}},
            "strict": False,  # absence would mean true
        },
        {
            "type": "function",
            "name": "now",
            "parameters": {"type": "object", "properties": {}},
            "strict": True,
        },
    ]


def test_a_tool_of_the_host_is_in_its_own_words() -> None:
    raw = {"type": "web_search", "limit": 3}
    assert body_of(Prompt((HELLO,), tools=(ServerTool(raw),)))["tools"] == [raw]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        (NamedTool("weather"), {"type": "function", "name": "weather"}),
        (ServerTool({"type": "web_search_preview"}), {"type": "web_search_preview"}),
    ],
)
def test_the_choice_of_a_tool(choice: Any, sent: Any) -> None:
    assert body_of(Prompt((HELLO,), (WEATHER,), choice))["tool_choice"] == sent
    assert "tool_choice" not in body_of(Prompt((HELLO,), (), choice))
    assert "tool_choice" not in body_of(Prompt((HELLO,), (WEATHER,)))


def test_the_form_of_the_answer_is_flat() -> None:
    def sent(wanted: Any) -> Any:
        return body_of(Prompt((HELLO,), response_format=wanted))["text"]

    schema = {"type": "object"}
    assert sent(JsonObject()) == {"format": {"type": "json_object"}}
    plain = {"type": "json_schema", "name": "town", "schema": schema}
    assert sent(JsonSchema("town", schema)) == {"format": plain}
    full = JsonSchema("town", schema, strict=False, description="A town.")
    assert sent(full) == {"format": {**plain, "strict": False, "description": "A town."}}


# --- options --------------------------------------------------------------------------------------


def test_what_is_not_said_is_not_sent() -> None:
    assert fields_of(Options()) == {}
    assert set(body_of(Prompt((HELLO,)))) == {"model", "input", "store", "include"}


def test_options_have_their_fields() -> None:
    options = Options(
        temperature=0.0,
        top_p=0.5,
        max_tokens=100,
        parallel_tool_calls=False,
        service_tier="flex",
        user="ann",
    )
    assert fields_of(options) == {
        "temperature": 0.0,
        "top_p": 0.5,
        "max_output_tokens": 100,
        "parallel_tool_calls": False,
        "service_tier": "flex",
        "user": "ann",
    }


def test_every_option_is_written_or_cannot_be() -> None:
    """Web search, caching and uploads are the host's matter; details and frames stand by media."""
    values: dict[str, Any] = {
        "temperature": 0.5,
        "top_p": 0.5,
        "stop": ("a",),
        "seed": 1,
        "frequency_penalty": 0.5,
        "presence_penalty": 0.5,
        "thinking": "enabled",
        "reasoning_effort": "low",
        "thinking_budget": 5,
        "hide_reasoning": True,
        "image_detail": "low",
        "image_pixel_limit": {"max_pixels": 1},
        "video_fps": 1.0,
        "parallel_tool_calls": True,
        "web_search": True,
        "caching": True,
        "service_tier": "flex",
        "upload": "always",
        "user": "ann",
    }
    options = {name for name in get_args(Feature) if name in Options.__dataclass_fields__}
    assert set(values) == options
    unwritten = {name for name in options if not fields_of(Options(**{name: values[name]}))}
    elsewhere = {"web_search", "caching", "image_detail", "hide_reasoning", "upload"}
    # OpenRouter's variant has the penalties, so they are written where they are not refused.
    penalties = {"frequency_penalty", "presence_penalty"}
    assert unwritten == elsewhere | (STANDARD.cannot - {"video", *penalties})


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"thinking": "enabled"}, {"summary": "auto"}),
        ({"thinking": "disabled"}, {"effort": "none"}),
        ({"thinking": "disabled", "reasoning_effort": "low"}, {"effort": "none"}),
        ({"reasoning_effort": "low"}, {"effort": "low", "summary": "auto"}),
        ({"reasoning_effort": "low", "hide_reasoning": True}, {"effort": "low"}),
        ({"thinking": "enabled", "hide_reasoning": True}, None),
        ({"hide_reasoning": True}, None),
    ],
)
def test_reasoning_is_asked_for(options: Any, sent: Json | None) -> None:
    assert fields_of(Options(**options)) == ({} if sent is None else {"reasoning": sent})


def test_a_host_may_say_thinking_in_other_words() -> None:
    wire = ResponsesWire(thinking_fields=lambda options: {"thinking": {"type": options.thinking}})
    assert fields_of(Options(thinking="enabled"), wire=wire) == {"thinking": {"type": "enabled"}}


def test_a_host_may_have_a_default_limit() -> None:
    wire = ResponsesWire(max_tokens_default=8192)
    assert fields_of(Options(), wire=wire) == {"max_output_tokens": 8192}
    assert fields_of(Options(max_tokens=1), wire=wire) == {"max_output_tokens": 1}


def test_keeping_and_including_are_the_hosts_matter() -> None:
    body = body_of(Prompt((HELLO,)), wire=ResponsesWire(store=None, include=()))
    assert set(body) == {"model", "input"}
    assert body_of(Prompt((HELLO,)), wire=ResponsesWire(store=True))["store"] is True


def test_a_stream_is_asked_for_where_there_is_one() -> None:
    assert body_of(Prompt((HELLO,)), stream=True)["stream"] is True
    assert "stream" not in body_of(Prompt((HELLO,)), stream=False)
    whole_only = ResponsesWire(streams=False)
    assert "stream" not in body_of(Prompt((HELLO,)), stream=True, wire=whole_only)


def test_the_hosts_own_fields_and_the_users_have_the_last_word() -> None:
    wire = ResponsesWire(
        own_fields=lambda prompt: {"caching": prompt.options.caching, "store": True},
        settle=lambda body, _: {**body, "settled": sorted(body)},
    )
    options = Options(
        caching=True,
        host_options={"host": {"store": None, "a": 1}, "other": {"b": 2}},
        extra_body={"include": ["x"], "stop": ["y"]},
    )
    body = body_of(Prompt((HELLO,), options=options), wire=wire)
    assert (body["caching"], body["store"], body["a"]) == (True, None, 1)
    assert "b" not in body
    assert "a" in body["settled"]
    assert "stop" not in body["settled"]
    assert (body["include"], body["stop"]) == (["x"], ["y"])


def test_nothing_of_the_prompt_is_changed() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    raw = {"type": "web_search"}
    extra = {"metadata": {"a": "b"}}
    before = copy.deepcopy((schema, raw, extra))
    prompt = Prompt(
        (HELLO,),
        (Tool("a", parameters=schema), ServerTool(raw)),
        response_format=JsonSchema("a", schema),
        options=Options(extra_body=extra),
    )
    wire = ResponsesWire(settle=lambda body, _: {**body, "more": 1})
    body_of(prompt, wire=wire)
    assert (schema, raw, extra) == before
