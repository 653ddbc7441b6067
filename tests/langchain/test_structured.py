"""Structured output: every kind of schema, method and colour, and errors that say what is wrong."""

import json
from itertools import pairwise
from typing import Any, TypedDict, get_args

import pytest
from langchain_core import exceptions as lc
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel, Field
from pydantic.v1 import BaseModel as OldModel

from langchain_seed import ChatSeed
from langchain_seed.errors import InvalidReplyError
from langchain_seed.structured import Method
from seed_core import ConfigurationError
from seed_core.emulator import Answer, Emulator, ToolUse
from tests.langchain.asking import HOWS, Body, How, Make, added

METHODS: tuple[Method, ...] = get_args(Method)


class Movie(BaseModel):
    """A movie."""

    title: str = Field(description="its title")
    year: int


class OldMovie(OldModel):
    """A movie."""

    title: str
    year: int


class TypedMovie(TypedDict):
    """A movie."""

    title: str
    year: int


SCHEMA = {**Movie.model_json_schema(), "title": "SchemaMovie"}
FUNCTION = {
    "name": "FunctionMovie",
    "description": "A movie.",
    "parameters": {name: SCHEMA[name] for name in ("type", "properties", "required")},
}
SCHEMAS: dict[str, Any] = {
    "pydantic": Movie,
    "pydantic 1": OldMovie,
    "TypedDict": TypedMovie,
    "JSON schema": SCHEMA,
    "OpenAI function": FUNCTION,
}
ALIEN = '{"title": "Alien", "year": 1979}'
# JSON mode leaves it to the user to say the schema.
PROMPT = f"Describe the movie 'Alien' of 1979 by this schema: {json.dumps(SCHEMA)}"


def _answer(method: Method, text: str = ALIEN, name: str = "Movie", **fields: Any) -> Answer:
    """What the host answers to a method."""
    if method == "function_calling":
        return Answer(tool_calls=[ToolUse(name, text)], **{"piece": 4, **fields})
    return Answer(text=text, **{"piece": 4, **fields})


def _name(schema: Any) -> str:
    return (
        str(schema.get("name", schema.get("title")))
        if isinstance(schema, dict)
        else str(schema.__name__)
    )


def _fields(value: Any) -> Any:
    """The fields of an object of whatever kind."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    return value.dict() if isinstance(value, OldModel) else value


async def _all(chain: Any, how: How, prompt: Any = "Describe Alien") -> list[Any]:
    """Everything that a chain gives; the last is its result, all of it beside a raw message."""
    got = await _pieces(chain, how, prompt)
    if len(got) > 1 and "raw" in got[0]:
        raw = added([piece["raw"] for piece in got if "raw" in piece])
        return [*got, {**got[-1], "raw": raw}]
    return got


async def _pieces(chain: Any, how: How, prompt: Any) -> list[Any]:
    match how:
        case "invoke":
            return [chain.invoke(prompt)]
        case "ainvoke":
            return [await chain.ainvoke(prompt)]
        case "stream":
            return list(chain.stream(prompt))
        case "astream":
            return [item async for item in chain.astream(prompt)]


@pytest.mark.parametrize("include_raw", [False, True])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
async def test_the_answer_is_an_object_of_the_schema(
    llm: ChatSeed, body: Body, how: How, schema: Any, method: Method, include_raw: bool
) -> None:
    chain = llm.with_structured_output(schema, method=method, include_raw=include_raw)
    got = (await _all(chain, how, PROMPT))[-1]
    if include_raw:
        assert isinstance(got["raw"], AIMessage)
        assert got["parsing_error"] is None
        got = got["parsed"]
    if isinstance(schema, type) and schema is not TypedMovie:
        assert type(got) is schema
    else:
        assert type(got) is dict
    assert set(_fields(got)) == {"title", "year"}
    assert _fields(got)["year"] == 1979
    sent = body()
    match method:
        case "json_schema":
            wanted = sent["response_format"]["json_schema"]
            assert wanted["name"] == _name(schema)
            assert wanted["schema"]["properties"].keys() == {"title", "year"}
            assert wanted["description"] == "A movie."
            assert "strict" not in wanted
        case "function_calling":
            assert sent["tool_choice"]["function"]["name"] == _name(schema)
        case "json_mode":
            assert sent["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
@pytest.mark.parametrize("strict", [None, True, False])
def test_strict_is_said_only_when_it_is_asked_for(
    llm: ChatSeed, body: Body, method: Method, strict: bool | None
) -> None:
    llm.with_structured_output(Movie, method=method, strict=strict).invoke("Alien 1979")
    said = (
        body()["response_format"]["json_schema"]
        if method == "json_schema"
        else body()["tools"][0]["function"]
    )
    assert said.get("strict") is strict
    if strict:
        place = said["schema"] if method == "json_schema" else said["parameters"]
        assert place["additionalProperties"] is False


def test_the_default_is_the_hosts_own_schema(llm: ChatSeed, body: Body) -> None:
    llm.with_structured_output(Movie).invoke("Alien 1979")
    assert body()["response_format"]["type"] == "json_schema"
    assert "tools" not in body()


@pytest.mark.parametrize("method", METHODS)
def test_traces_get_the_schema(llm: ChatSeed, method: Method) -> None:
    bound: Any = llm.with_structured_output(Movie, method=method)
    traced = bound.first.kwargs["ls_structured_output_format"]
    assert traced["schema"] == convert_to_json_schema(Movie)
    assert traced["kwargs"] == {"method": method, "strict": None}


@pytest.mark.parametrize("how", ["stream", "astream"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [TypedMovie, SCHEMA], ids=["TypedDict", "JSON schema"])
async def test_a_stream_gives_objects_that_fill_in(
    make: Make, emulator: Emulator, how: How, schema: Any, method: Method
) -> None:
    text = '{"title": "The Alien Who Came To Tea", "year": 1979}'
    emulator.script(_answer(method, text, _name(schema)))
    llm = make(coalesce=False)
    objects = await _all(llm.with_structured_output(schema, method=method), how)
    assert objects[-1] == json.loads(text)
    titles = [item["title"] for item in objects if "title" in item]
    assert len(set(titles)) > 3
    assert all(later.startswith(sooner) for sooner, later in pairwise(titles))
    assert [("year" in item) for item in objects] == sorted("year" in item for item in objects)


@pytest.mark.parametrize("how", ["stream", "astream"])
@pytest.mark.parametrize("method", METHODS)
async def test_a_stream_of_a_class_ends_in_a_whole_object(
    llm: ChatSeed, emulator: Emulator, how: How, method: Method
) -> None:
    emulator.script(_answer(method))
    objects = await _all(llm.with_structured_output(Movie, method=method), how)
    assert objects[-1] == Movie(title="Alien", year=1979)


@pytest.mark.parametrize("schema", [Movie, SCHEMA], ids=["pydantic", "JSON schema"])
@pytest.mark.parametrize("include_raw", [False, True])
@pytest.mark.parametrize("method", METHODS)
async def test_a_model_that_does_not_stream_gives_the_object_all_the_same(
    make: Make, emulator: Emulator, how: How, schema: Any, method: Method, include_raw: bool
) -> None:
    emulator.script(_answer(method, name=_name(schema)))
    llm = make(disable_streaming=True)
    chain = llm.with_structured_output(schema, method=method, include_raw=include_raw)
    got = (await _all(chain, how))[-1]
    assert _fields(got["parsed"] if include_raw else got) == json.loads(ALIEN)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{ALIEN}\n```",
        f"```\n{ALIEN}\n```",
        f"\n\n{ALIEN}\n",
        f"Here:\n```json\n{ALIEN}```",
    ],
)
@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
async def test_fenced_json_is_read(
    llm: ChatSeed, emulator: Emulator, how: How, schema: Any, text: str
) -> None:
    emulator.script(Answer(text=text))
    got = (await _all(llm.with_structured_output(schema), how))[-1]
    assert _fields(got) == json.loads(ALIEN)


@pytest.mark.parametrize("schema", [Movie, SCHEMA], ids=["pydantic", "JSON schema"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("how", HOWS)
async def test_an_answer_that_was_cut_by_the_limit_says_why(
    llm: ChatSeed, emulator: Emulator, how: How, schema: Any, method: Method
) -> None:
    usage = {"completion_tokens_details": {"reasoning_tokens": 77}}
    emulator.script(_answer(method, '{"title": "Al', _name(schema), finish="length", usage=usage))
    with pytest.raises(InvalidReplyError, match=r"length.*77 of them on reasoning.*max_tokens"):
        await _all(llm.with_structured_output(schema, method=method), how)


@pytest.mark.parametrize("schema", [Movie, SCHEMA], ids=["pydantic", "JSON schema"])
@pytest.mark.parametrize("method", METHODS)
async def test_an_answer_that_reasoning_ate_up_says_why(
    llm: ChatSeed, emulator: Emulator, how: How, schema: Any, method: Method
) -> None:
    emulator.script(Answer(reasoning=ALIEN, finish="length"))
    with pytest.raises(InvalidReplyError, match="max_tokens"):
        await _all(llm.with_structured_output(schema, method=method), how)


@pytest.mark.parametrize("schema", [Movie, SCHEMA], ids=["pydantic", "JSON schema"])
@pytest.mark.parametrize("method", METHODS)
async def test_a_refusal_is_an_error_with_the_models_words(
    llm: ChatSeed, emulator: Emulator, how: How, schema: Any, method: Method
) -> None:
    emulator.script(Answer(refusal="I will not."))
    kind = getattr(lc, "ModelRefusalError", OutputParserException)
    with pytest.raises(kind, match="I will not"):
        await _all(llm.with_structured_output(schema, method=method), how)


@pytest.mark.parametrize("schema", [Movie, SCHEMA], ids=["pydantic", "JSON schema"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("reasoning", ["", ALIEN])
async def test_an_empty_answer_is_an_error_and_reasoning_is_not_taken_for_it(
    llm: ChatSeed, emulator: Emulator, how: How, schema: Any, method: Method, reasoning: str
) -> None:
    emulator.script(Answer(reasoning=reasoning))
    with pytest.raises(OutputParserException, match=r"empty|instead of calling"):
        await _all(llm.with_structured_output(schema, method=method), how)


@pytest.mark.parametrize("schema", [Movie, SCHEMA], ids=["pydantic", "JSON schema"])
async def test_text_instead_of_a_call_is_an_error_that_says_so(
    llm: ChatSeed, emulator: Emulator, how: How, schema: Any
) -> None:
    emulator.script(Answer(text="Alien is from 1979."))
    chain = llm.with_structured_output(schema, method="function_calling")
    with pytest.raises(OutputParserException, match="text instead of calling the tool"):
        await _all(chain, how)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        '{"title": "Alien"}',
        '{"title": "Alien", "year": "x"}',
        '{"title": "Alien", "year": 1979',
    ],
)
async def test_an_answer_of_another_form_is_an_error(
    llm: ChatSeed, emulator: Emulator, how: How, method: Method, text: str
) -> None:
    emulator.script(_answer(method, text))
    with pytest.raises((OutputParserException, ValueError)):
        await _all(llm.with_structured_output(Movie, method=method), how)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "bad",
    [
        {"text": '{"title": "Al', "finish": "length"},
        {"text": '{"title": 5}'},
        {"text": "", "refusal": "I will not."},
    ],
    ids=["cut", "wrong", "refused"],
)
async def test_with_the_raw_message_nothing_is_raised(
    llm: ChatSeed, emulator: Emulator, how: How, method: Method, bad: dict[str, Any]
) -> None:
    emulator.script(Answer(refusal="No.") if "refusal" in bad else _answer(method, **bad))
    chain = llm.with_structured_output(Movie, method=method, include_raw=True)
    got = (await _all(chain, how))[-1]
    assert isinstance(got["raw"], AIMessage)
    assert got["parsed"] is None
    assert isinstance(got["parsing_error"], Exception)


def test_further_tools_may_be_offered_beside(llm: ChatSeed, body: Body) -> None:
    def look_up(title: str) -> str:
        """Look a movie up."""
        return title

    llm.with_structured_output(Movie, tools=[look_up]).invoke("Alien 1979")
    assert [tool["function"]["name"] for tool in body()["tools"]] == ["look_up"]
    llm.with_structured_output(Movie, method="function_calling", tools=[look_up]).invoke("Alien")
    assert [tool["function"]["name"] for tool in body()["tools"]] == ["Movie", "look_up"]


@pytest.mark.parametrize("include_raw", [False, True])
@pytest.mark.parametrize("schema", [Movie, SCHEMA], ids=["pydantic", "JSON schema"])
@pytest.mark.parametrize("text", ["", "I shall look it up.", "Look: {it} up"])
async def test_a_further_tool_that_is_called_instead_is_no_error(
    llm: ChatSeed, emulator: Emulator, how: How, text: str, schema: Any, include_raw: bool
) -> None:
    use = ToolUse("look_up", '{"title": "Alien"}')
    emulator.script(Answer(text=text, tool_calls=[use], piece=4))
    offered = {"type": "function", "function": {"name": "look_up"}}
    chain = llm.with_structured_output(schema, tools=[offered], include_raw=include_raw)
    got = await _all(chain, how)
    if include_raw:
        assert (got[-1]["parsed"], got[-1]["parsing_error"]) == (None, None)
        assert got[-1]["raw"].tool_calls[0]["name"] == "look_up"
    else:
        assert [item for item in got if item is not None] == []


def test_options_of_the_call_may_be_bound_with_it(llm: ChatSeed, body: Body) -> None:
    llm.with_structured_output(Movie, temperature=0.1, thinking="disabled").invoke("Alien 1979")
    assert body()["temperature"] == 0.1
    assert body()["reasoning"] == {"effort": "none"}


def test_a_ready_response_format_is_taken_as_it_is(llm: ChatSeed, body: Body) -> None:
    ready = {"type": "json_schema", "json_schema": {"name": "m", "schema": SCHEMA, "strict": True}}
    got = llm.with_structured_output(ready).invoke("Alien 1979")
    assert body()["response_format"] == ready
    assert set(got) == {"title", "year"}


def test_a_schema_is_needed_and_a_method_must_exist(llm: ChatSeed) -> None:
    with pytest.raises(ConfigurationError, match="schema= is required"):
        llm.with_structured_output(None)
    with pytest.raises(ConfigurationError, match="none of json_schema"):
        llm.with_structured_output(Movie, method="magic")  # type: ignore[arg-type]  # no such method
    assert llm.with_structured_output(None, method="json_mode").invoke('JSON, key "a"') is not None


async def test_version_1_output_is_parsed_too(make: Make, how: How) -> None:
    chain = make(output_version="v1").with_structured_output(Movie)
    assert isinstance((await _all(chain, how, "Alien 1979"))[-1], Movie)


def test_nested_and_optional_fields(llm: ChatSeed) -> None:
    class Actor(BaseModel):
        name: str

    class Cast(BaseModel):
        """Who plays."""

        actors: list[Actor]
        director: Actor | None = None
        year: int = 1979

    got = llm.with_structured_output(Cast).invoke("Who plays in Alien?")
    assert isinstance(got, Cast)
    assert all(isinstance(actor, Actor) for actor in got.actors)
