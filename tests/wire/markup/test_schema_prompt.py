"""Answers by a schema in words: what the model is told, and what is read of its answer."""

import logging
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seed_core.errors import ConfigurationError
from seed_core.types import JsonObject, JsonSchema, Message, Prompt, ResponseFormat, Text
from seed_core.wire.schema_prompt import problems, read_format, with_format_as_text
from seed_core.wire.typed import compact

ASK = Message("user", (Text("How warm is it?"),))
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "array", "items": {"type": "string"}}},
    "required": ["a"],
}
WANTED = JsonSchema("answer", SCHEMA)


def system_of(wanted: ResponseFormat) -> str:
    prompt = with_format_as_text(Prompt((ASK,), response_format=wanted))
    assert prompt.response_format is None
    system, ask = prompt.messages
    assert (system.role, ask) == ("system", ASK)
    (part,) = system.parts
    assert isinstance(part, Text)
    return part.text


def test_the_form_is_said_in_the_system_turn() -> None:
    assert system_of(JsonObject()).startswith("Answer with one JSON object and nothing else")
    text = system_of(JsonSchema("città", {"title": "é", "a": [1]}, description="The place."))
    assert "one JSON object and nothing else" in text
    assert "named città: The place.\n" in text
    assert text.split("\n")[-1] == '{"title":"é","a":[1]}'
    assert "JSON value" in system_of(JsonSchema("list", {"type": "array"}))
    with pytest.raises(ConfigurationError, match="schema"):
        system_of(JsonSchema("odd", {"default": object()}))


def test_the_form_is_added_to_a_system_turn() -> None:
    system = Message("system", (Text("Be brief."),))
    prompt = Prompt((system, ASK), response_format=JsonObject())
    told = with_format_as_text(prompt).messages[0].parts
    assert told[0] == Text("Be brief.")
    assert isinstance(told[1], Text)
    assert told[1].text.startswith("\n\nAnswer with")
    assert with_format_as_text(Prompt((ASK,))) == Prompt((ASK,))


# --- JSON in the answer ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        (' \n{"a": 1}\n', '{"a": 1}'),
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('Here it is:\n~~~\n{\n "a": 1\n}\n~~~\nAnything else?', '{\n "a": 1\n}'),
        ('The answer is {"a": 1}.', '{"a": 1}'),
        ('For {x} in [1] and {"b": []}, {"a": 1}', '{"a": 1}'),
        ('{"b": []} and []', '{"b": []}'),
        ('{ "a": 1, "b": ["{"] } {"a": 2}', '{ "a": 1, "b": ["{"] }'),
        ('\ufeff{"a": 1}', '{"a": 1}'),
        ("{" * 500 + '{"a": 1}', '{"a": 1}'),
    ],
)
def test_json_is_found_wherever_it_stands(answer: str, found: str) -> None:
    assert read_format(answer, WANTED)[0] == found


def test_what_is_wrong_with_it_is_said() -> None:
    assert read_format('{"a": 1, "b": ["x"]}', WANTED)[1] == []
    text, wrong = read_format('So: {"a": "1", "b": ["x", 2]}', WANTED)
    assert text == '{"a": "1", "b": ["x", 2]}'
    assert wrong == ["$.a: '1' is not of type 'integer'", "$.b[1]: 2 is not of type 'string'"]
    assert read_format("[1]", WANTED) == ("[1]", ["$: [1] is not of type 'object'"])
    assert read_format("[1]", JsonObject()) == ("[1]", ["$: this is not a JSON object"])
    assert read_format("[1] {}", JsonObject()) == ("{}", [])
    assert read_format("3", JsonSchema("n", {"type": "integer"})) == ("3", [])


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("", "there is no JSON in the answer"),
        ("It is warm {sic} [!].", "there is no JSON in the answer"),
        ('{"a": 1', "the JSON stops before its end"),
        ('{"a": {"a": 1}', "the JSON stops before its end"),
        ('```\n{"a": "x\n```', "the JSON is broken at its character "),
        ('{"a": "x', "the JSON stops before its end"),
        ('{"a": 1,}', "the JSON is broken at its character "),
        ('{"a": {"a": 1}, b}', "the JSON is broken at its character "),
        ('{"a": NaN}', "the JSON cannot be read: NaN"),
        ('{"a": ' + "9" * 5000 + "}", "the JSON cannot be read: "),
        ('[{"a": ' * 100_000, "the JSON cannot be read: "),
    ],
)
def test_no_json_is_one_problem(answer: str, problem: str) -> None:
    for wanted in (JsonObject(), WANTED):
        text, (wrong,) = read_format(answer, wanted)
        assert text is None
        assert wrong.startswith(problem)


@pytest.mark.parametrize(
    "repeated", ["{", "[", "{ ", '{"', '{"a":', '[{"a":', "[1", "[1]", '{"a"}', "{}", '["]', "\\"]
)
def test_long_answers_are_read(repeated: str) -> None:
    """If the time grew with the square of the length, this would not end."""
    text, wrong = read_format("x" + repeated * (500_000 // len(repeated)), WANTED)
    assert wrong
    assert len(text or "") < 10


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PROSE = st.text().filter(lambda text: not set("{[") & set(text))


@given(PROSE, st.dictionaries(st.text(), VALUES), PROSE)
def test_any_object_in_any_prose_is_found(before: str, value: dict[str, Any], after: str) -> None:
    assert read_format(before + compact(value) + after, JsonObject()) == (compact(value), [])


@given(st.text() | st.text(alphabet='{}[]",:1a\\ \n-eNaInfity'))
@example('{"\ud800": 1}')
def test_any_text_is_read(answer: str) -> None:
    text, wrong = read_format(answer, WANTED)
    assert text is None or text in answer
    assert text is not None or len(wrong) == 1


# --- the check ------------------------------------------------------------------------------------


def test_problems_are_few_and_short() -> None:
    many = problems({"b": [1] * 100}, SCHEMA)
    assert len(many) == 5
    (long,) = problems({"a": "x" * 10_000}, SCHEMA)
    assert len(long) < 300
    assert long.endswith("is not of type 'integer'")


def test_the_dialect_is_what_the_schema_says() -> None:
    items = {"items": [{"type": "integer"}]}
    draft = "http://json-schema.org/draft-07/schema#"
    assert problems(["a"], {"$schema": draft, **items}) == ["$[0]: 'a' is not of type 'integer'"]
    assert problems(["a"], items) == []  # broken in the newest, so nothing can be said
    newest = {"prefixItems": [{"type": "integer"}]}
    assert len(problems(["a"], newest)) == 1
    assert len(problems(["a"], {"$schema": "https://example.com/unknown", **newest})) == 1


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "strange"},
        {"type": 7},
        {"properties": []},
        {"pattern": "("},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "#/$defs/missing"},
        {"$ref": "#"},
        {"anyOf": [{"$ref": "#"}]},
        {"type": "integer", "allOf": [{"$ref": "https://example.com/schema.json"}]},
        {"multipleOf": 0},
        {"$schema": 7},
        7,
    ],
)
def test_a_schema_that_cannot_be_used_checks_nothing(
    schema: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="seed_core"):
        assert problems("a", schema) == []
    assert [record.levelname for record in caplog.records] == ["DEBUG"]
    assert "cannot be checked" in caplog.text


def test_deep_and_large_values_are_checked_or_let_through() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    tree = {"type": "array", "items": {"$ref": "#"}}
    assert problems(deep, tree) == []
    assert len(problems(list(range(100_000)), {"items": {"type": "string"}})) == 5


KEYWORDS = ["type", "properties", "items", "$ref", "anyOf", "enum", "required", "pattern", "$defs"]
WILD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.sampled_from(["#", "array"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(VALUES, st.dictionaries(st.sampled_from(KEYWORDS), WILD, max_size=4))
def test_no_schema_raises(value: Any, schema: dict[str, Any]) -> None:
    assert all(isinstance(sentence, str) for sentence in problems(value, schema))
