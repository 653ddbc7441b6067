"""Untyped text becomes what the schema wants, or stays text."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seed_core.types import Json
from seed_core.wire.schema_prompt import problems
from seed_core.wire.typed import (
    compact,
    parameter_schema,
    read_json,
    read_object,
    required_parameters,
    typed,
)

INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
BOOLEAN = {"type": "boolean"}
STRING = {"type": "string"}
ARRAY = {"type": "array"}
OBJECT = {"type": "object"}
NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("3", INTEGER, 3),
        (" 3\n", INTEGER, 3),
        ("3.0", INTEGER, 3),
        ("-2e2", INTEGER, -200),
        ("3.5", INTEGER, "3.5"),
        ("1e300", INTEGER, "1e300"),
        ("three", INTEGER, "three"),
        ("true", INTEGER, "true"),
        ("9" * 5000, INTEGER, "9" * 5000),
        ("3", NUMBER, 3),
        ("3.0", NUMBER, 3.0),
        ("-0.5e1", NUMBER, -5.0),
        ("NaN", NUMBER, "NaN"),
        ("Infinity", NUMBER, "Infinity"),
        ("1e999", NUMBER, "1e999"),
        ("[1e999]", ARRAY, "[1e999]"),
        ("true", BOOLEAN, True),
        ("True", BOOLEAN, True),
        ("FALSE", BOOLEAN, False),
        ("1", BOOLEAN, "1"),
        ("null", NULL, None),
        ("None", NULL, None),
        ("nothing", NULL, "nothing"),
        ("3", STRING, "3"),
        (' "a" ', STRING, ' "a" '),
        ("null", STRING, "null"),
        ('{"a": [1, null]}', OBJECT, {"a": [1, None]}),
        ('["a"]', OBJECT, '["a"]'),
        ("['a', True, None, (1,)]", ARRAY, "['a', True, None, (1,)]"),
        ("['a', True, None, -1.5]", ARRAY, ["a", True, None, -1.5]),
        ("{'it': \"it's\", 1: 'a\\n'}", OBJECT, {"it": "it's", "1": "a\n"}),
        (r"['\d']", ARRAY, r"['\d']"),
        (r"['\x4']", ARRAY, r"['\x4']"),
        ("['a'", ARRAY, "['a'"),
        ("[1 2]", ARRAY, "[1 2]"),
        ("[1e999, 'a']", ARRAY, "[1e999, 'a']"),
        ("{[]: 1}", OBJECT, "{[]: 1}"),
        ("[" + "-" * 10_000 + "1]", ARRAY, "[" + "-" * 10_000 + "1]"),
        ("[" * 10_000, ARRAY, "[" * 10_000),
        ("['" + "a" * 30_000 + "']", ARRAY, "['" + "a" * 30_000 + "']"),
    ],
)
def test_a_value_of_one_type(text: str, schema: Json, value: object) -> None:
    found = typed(text, schema, {})
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        # Several types: text last, whatever the order.
        ("3", {"anyOf": [STRING, INTEGER]}, 3),
        ("x", {"anyOf": [STRING, INTEGER]}, "x"),
        ("null", {"type": ["string", "null"]}, None),
        ("None", {"type": ["string", "null"]}, "None"),
        ("None", {"type": ["integer", "null"]}, None),
        ("null", {"type": "string", "nullable": True}, None),
        ("null", {"type": "integer", "nullable": False}, "null"),
        ("1.5", {"oneOf": [INTEGER, NUMBER]}, 1.5),
        ("3.0", {"type": ["integer", "string"]}, 3),
        ("3.5", {"type": ["integer", "string"]}, "3.5"),
        ("3", {"allOf": [NUMBER, INTEGER]}, 3),
        ("3", {"allOf": [STRING, INTEGER]}, "3"),
        ("3", {"allOf": [INTEGER, {"description": "how many"}]}, 3),
        # Values without a type.
        ("1", {"enum": [1, 2]}, 1),
        ("1", {"enum": ["1", 2]}, "1"),
        ("true", {"enum": [1]}, "true"),
        ("1.0", {"enum": [1]}, 1.0),
        ("3", {"enum": [1, 2]}, "3"),
        ("1", {"const": 1}, 1),
        ("true", {"const": True}, True),
        ("null", {"enum": [None, "a"]}, None),
        # No type at all: the first that it can be.
        ("3", {}, 3),
        ("True", {"description": "anything"}, True),
        ('{"a": 1}', {}, {"a": 1}),
        ('"a"', {}, '"a"'),
        ("None", {}, "None"),
        ("1, 2", {}, "1, 2"),
        # What nobody can read is text.
        ("3", {"type": "int"}, "3"),
        ("3", {"type": 7}, "3"),
        ("3", {"type": []}, 3),
        ("3", {"anyOf": "integer"}, 3),
        ("3", {"anyOf": [False, True]}, 3),
        ("3", {"anyOf": [False, 7]}, "3"),
    ],
)
def test_a_value_of_several_types_or_none(text: str, schema: Json, value: object) -> None:
    found = typed(text, schema, {})
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("#/$defs/count", 3),
        ("#/$defs/alias", 3),
        ("#/$defs/a~1b~0c", 3),
        ("#/$defs/with%20space", 3),
        ("#/properties/n/anyOf/1", 3),
        ("#/properties/n/anyOf/9", "3"),
        ("#/properties/n/anyOf/x", "3"),
        ("#/$defs/list/items", "3"),
        ("#", "3"),
        ("#/$defs/missing", "3"),
        ("#/$defs/count/type/deeper", "3"),
        ("#count", "3"),
        ("https://example.com/schema", "3"),
        ("#/$defs/circle", "3"),
        ("#/$defs/tree", "3"),
        (7, "3"),
    ],
)
def test_a_reference_in_the_schema(reference: object, value: object) -> None:
    root = {
        "type": "object",
        "properties": {"n": {"anyOf": [STRING, INTEGER]}},
        "$defs": {
            "count": INTEGER,
            "alias": {"$ref": "#/$defs/count"},
            "a/b~c": INTEGER,
            "with space": INTEGER,
            "circle": {"$ref": "#/$defs/circle"},
            "tree": {"anyOf": [{"$ref": "#/$defs/tree"}, {"$ref": "#/$defs/circle"}]},
        },
    }
    assert typed("3", {"$ref": reference}, root) == value


def test_schemas_that_grow_without_bounds_are_read_in_time() -> None:
    doubled = {
        str(i): {"allOf": [{"$ref": f"#/$defs/{i + 1}"}, {"$ref": f"#/$defs/{i + 1}"}]}
        for i in range(60)
    }
    assert typed("3", {"$ref": "#/$defs/0"}, {"$defs": {**doubled, "60": INTEGER}}) == "3"
    deep: dict[str, Any] = INTEGER
    for _ in range(50_000):
        deep = {"anyOf": [deep]}
    assert typed("3", deep, deep) == "3"
    assert parameter_schema("n", deep) == STRING
    assert required_parameters(deep) == frozenset()


def test_the_schema_of_a_parameter_is_found_where_the_tool_says_it() -> None:
    root: dict[str, Any] = {
        "$ref": "#/$defs/Args",
        "$defs": {
            "Args": {
                "allOf": [{"properties": {"a": INTEGER, "any": True}, "required": ["a", 1]}, 7],
                "anyOf": [{"properties": {"b": NUMBER}, "required": ["b"]}],
                "additionalProperties": BOOLEAN,
            }
        },
    }
    assert parameter_schema("a", root) == INTEGER
    assert parameter_schema("b", root) == NUMBER
    assert parameter_schema("any", root) == {}
    assert parameter_schema("c", root) == BOOLEAN
    assert required_parameters(root) == {"a"}
    assert parameter_schema("c", {"additionalProperties": True}) == STRING
    assert parameter_schema("c", {"properties": [], "required": "c"}) == STRING
    assert required_parameters({"properties": [], "required": "c"}) == frozenset()


def test_json_is_only_what_can_be_written_again() -> None:
    assert compact({"é": [1, 2.5]}) == '{"é":[1,2.5]}'
    assert read_json('"a"') == "a"
    for text in ("1e999", "NaN", "\ud800", "[" * 1000, "{'a': 1}", ""):
        with pytest.raises(ValueError, match=r".*"):
            read_json(text)
        assert read_object(text) is None
    assert read_object("[]") is None
    assert read_object('{"a": 1}') == {"a": 1}


TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
TYPED = st.fixed_dictionaries(
    {}, optional={"type": TYPES | st.lists(TYPES, min_size=1), "description": st.text()}
) | st.builds(lambda values: {"enum": values}, st.lists(st.integers() | st.text(), min_size=1))
SCHEMAS = st.recursive(
    TYPED,
    lambda inner: st.builds(
        lambda key, options: {key: options},
        st.sampled_from(["anyOf", "allOf"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="[]{}:,.+-0123456789eETrueFalsNn'\"\\ax \n"),
    JSON.map(repr),
    JSON.filter(lambda value: "nan" not in repr(value) and "inf" not in repr(value)).map(compact),
)


@given(TEXTS, SCHEMAS)
def test_what_is_not_text_fits_the_schema(text: str, schema: dict[str, Any]) -> None:
    value = typed(text, schema, schema)
    if not (isinstance(value, str) and value == text):
        assert problems(value, schema) == []
    assert read_json(compact(value)) == value or isinstance(value, str)


KEYWORDS = [
    "type",
    "enum",
    "const",
    "$ref",
    "anyOf",
    "oneOf",
    "allOf",
    "$defs",
    "a",
    "properties",
    "additionalProperties",
    "required",
    "nullable",
]
WILD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | TYPES
    | st.sampled_from(["#", "#/$defs/a", "#/anyOf/0", "#/%", "", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYWORDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(TEXTS, st.dictionaries(st.sampled_from(KEYWORDS), WILD))
@example("3", {"type": [["integer"]]})
@example("3", {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#"}}})
def test_no_schema_raises(text: str, schema: dict[str, Any]) -> None:
    compact(typed(text, schema, schema))
    assert isinstance(parameter_schema("a", schema), dict)
    assert all(isinstance(name, str) for name in required_parameters(schema))
