"""Values that fit their schema."""

import pytest

from seed_core.emulator.material import Material, words
from seed_core.emulator.schema import fill, properties_of, takes_numbers_only


def test_nested_objects_and_references():
    schema = {
        "$defs": {
            "Point": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}
        },
        "type": "object",
        "properties": {
            "from": {"$ref": "#/$defs/Point"},
            "to": {
                "allOf": [
                    {"$ref": "#/$defs/Point"},
                    {"properties": {"y": {"type": "integer"}}, "required": ["y"]},
                ]
            },
        },
        "required": ["from", "to"],
    }
    assert fill(schema, "1.5 2 3") == {"from": {"x": 1.5}, "to": {"x": 2, "y": 3}}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": [1], "required": ["x"]},
        {"properties": 5, "required": ["x"]},
        {"properties": {"x": {"type": "string"}}, "required": 5},
    ],
)
def test_an_odd_schema_of_a_tool_is_no_tool_for_numbers(schema):
    assert takes_numbers_only(schema) == 0
    assert properties_of({"properties": schema}) == schema


def test_recursion_ends():
    tree = {
        "$defs": {
            "Node": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "child": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
                    "more": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
                },
                "required": ["name", "child", "more"],
            }
        },
        "$ref": "#/$defs/Node",
    }
    made = fill(tree, "Ann")
    assert made["name"] == "Ann"
    assert made["child"]["name"]


@pytest.mark.parametrize(
    ("schema", "prompt", "value"),
    [
        ({"type": "integer"}, "magic_function(3)", 3),
        ({"type": "integer"}, "x2 and v1.2.3, then -7", -7),
        ({"type": "integer"}, "none", 1),
        ({"type": "integer"}, "2.7", 2),
        ({"type": "number"}, "2.7", 2.7),
        ({"type": "integer", "minimum": 10}, "3", 10),
        ({"type": "integer", "maximum": 2}, "3", 2),
        ({"type": "integer", "exclusiveMinimum": 3}, "3", 4),
        ({"type": "integer", "exclusiveMaximum": 3}, "3", 2),
        ({"type": "integer", "multipleOf": 5}, "3", 5),
        ({"type": "boolean"}, "x", True),
        ({"type": "null"}, "x", None),
        ({"const": "fixed"}, "x", "fixed"),
        ({"enum": ["celsius", "fahrenheit"]}, "in Fahrenheit", "fahrenheit"),
        ({"enum": ["celsius", "fahrenheit"]}, "x", "celsius"),
        ({"type": "string", "enum": [1, 2]}, "2", 2),
        ({"type": ["string", "null"]}, "see 'x y'", "x y"),
        ({"type": ["null"]}, "x", None),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "take 4", 4),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "see 'x'", "x"),
        ({"oneOf": [{"type": "null"}]}, "x", None),
        ({"type": "string", "format": "date"}, "x", "2026-01-01"),
        ({"type": "string", "format": "email"}, "x", "someone@example.com"),
        ({"type": "string", "minLength": 5}, "'ab'", "abxxx"),
        ({"type": "string", "maxLength": 2}, "'abc'", "ab"),
        ({"type": "string", "pattern": "^[A-Z]{3}-\\d+$"}, "order ABC-12 now", "ABC-12"),
        ({"type": "string", "pattern": "(?<bad"}, "'x'", "x"),
        ({"type": "string"}, "do it", "do it"),
        ({"type": "string"}, "", "text"),
        ({}, "'x'", "x"),
        (True, "'x'", "x"),
        ({"type": "array", "items": {"type": "integer"}}, "1, 2 and 3", [1, 2, 3]),
        ({"type": "array", "items": {"type": "string"}}, "'a' and 'b'", ["a", "b"]),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 2}, "1 2 3", [1, 2]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3}, "4", [4, 4, 4]),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "b", ["b"]),
        ({"prefixItems": [{"type": "integer"}, {"type": "string"}]}, "1 'x'", [1, "x"]),
        ({"items": {"type": "boolean"}}, "x", [True]),
        ({"additionalProperties": {"type": "integer"}}, "5", {"key": 5}),
        ({"type": "object"}, "x", {}),
        ({"$ref": "#/nowhere"}, "'x'", "x"),
    ],
)  # fmt: skip
def test_fill(schema, prompt, value):
    assert fill(schema, prompt) == value


def test_optional_fields_are_filled_when_the_prompt_mentions_them():
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "day_count": {"type": "integer"}},
        "required": ["city"],
    }
    assert fill(schema, "Rome please") == {"city": "Rome"}
    assert fill(schema, "Go to Rome, day count 4") == {"city": "Rome", "day_count": 4}


def test_a_boolean_can_be_denied():
    schema = {"type": "object", "properties": {"loud": {"type": "boolean"}}, "required": ["loud"]}
    assert fill(schema, "be loud") == {"loud": True}
    assert fill(schema, "not loud") == {"loud": False}


def test_names_run_out_and_the_prompt_steps_in():
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["a", "b"],
    }
    assert fill(schema, "call Bob") == {"a": "Bob", "b": "b: call Bob"}


def test_words():
    assert words("getWeatherReport") == words("get_weather_reports") == {"weather", "report"}
    assert words("the tool") == frozenset()


def test_material_order():
    text = "Ask “Ann B.” in 東京 about New York; then Bob, for some tea"
    assert Material(text).strings == ("Ann B.", "東京", "New York", "Bob", "some tea")
