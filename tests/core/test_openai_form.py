"""Tools, choices and formats in OpenAI's form become the project's own values."""

from typing import Any

import pytest

from seed_core.errors import ConfigurationError
from seed_core.openai_form import read_response_format, read_tool_choice, read_tools
from seed_core.types import JsonObject, JsonSchema, NamedTool, ServerTool, Tool

SCHEMA = {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ({"type": "function", "function": {"name": "f"}}, Tool("f")),
        (
            {
                "type": "function",
                "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True},
            },
            Tool("f", "d", SCHEMA, strict=True),
        ),
        (
            {"type": "function", "function": {"name": "f", "description": None}, "strict": False},
            Tool("f", strict=False),
        ),
        ({"type": "openrouter:web_search"}, ServerTool({"type": "openrouter:web_search"})),
    ],
)
def test_a_tool_is_read(tool: dict[str, Any], expected: Tool | ServerTool) -> None:
    assert read_tools([tool, tool]) == (expected, expected)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("any", "required"),
        ("get_weather", NamedTool("get_weather")),
        ({"type": "function", "function": {"name": "f"}}, NamedTool("f")),
        ({"type": "own"}, ServerTool({"type": "own"})),
    ],
)
def test_a_choice_is_read(choice: object, expected: object) -> None:
    assert read_tool_choice(choice) == expected


@pytest.mark.parametrize("choice", [5, True, ["f"]])
def test_what_is_no_choice_is_refused(choice: object) -> None:
    with pytest.raises(ConfigurationError, match="tool_choice="):
        read_tool_choice(choice)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, None),
        ({"type": "text"}, None),
        ({"type": "json_object"}, JsonObject()),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}},
            JsonSchema("n", SCHEMA),
        ),
        (
            {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": SCHEMA, "strict": True, "description": "d"},
            },
            JsonSchema("n", SCHEMA, strict=True, description="d"),
        ),
    ],
)
def test_a_format_is_read(wanted: object, expected: object) -> None:
    assert read_response_format(wanted) == expected


@pytest.mark.parametrize(
    "wanted",
    [
        {"type": "grammar"},
        {"type": "json_schema"},
        {"type": "json_schema", "json_schema": {}},
        "json",
        5,
    ],
)
def test_another_format_is_refused(wanted: object) -> None:
    with pytest.raises(ConfigurationError, match="response_format="):
        read_response_format(wanted)
