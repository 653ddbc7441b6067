"""Tools and forms of the answer that are asked for in words, as LangChain's users see them."""

import json
from typing import Any, TypedDict, get_args

import pytest
from langchain_core.exceptions import ModelError, ModelInvalidRequestError
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from pydantic import BaseModel

from langchain_seed import ChatSeed
from langchain_seed.errors import InvalidReplyError
from langchain_seed.structured import Method
from seed_core import UnsupportedError
from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from tests.langchain.asking import How, Make, added, ask
from tests.posted import latest, posts
from tests.rows import Row

SYNC, QUEUE = Row("fal", "sync"), Row("fal", "queue")
METHODS: tuple[Method, ...] = get_args(Method)
fals = pytest.mark.parametrize("row", [SYNC, QUEUE], ids=str)
raw_or_not = pytest.mark.parametrize("include_raw", [False, True])


class Movie(BaseModel):
    """A movie."""

    title: str
    year: int


class TypedMovie(TypedDict):
    """A movie."""

    title: str
    year: int


SCHEMA = {**Movie.model_json_schema(), "title": "SchemaMovie"}
SCHEMAS: dict[str, Any] = {"pydantic": Movie, "TypedDict": TypedMovie, "JSON schema": SCHEMA}
ALIEN = {"title": "Alien", "year": 1979}
# JSON mode leaves it to the user to say the schema.
PROMPT = f"Describe the movie 'Alien' of 1979 by this schema: {json.dumps(SCHEMA)}"
PARIS = ToolUse("get_weather", '{"city": "Paris"}')


def get_weather(city: str) -> str:
    """Weather of a city."""
    return f"sunny in {city}"


def get_time(city: str) -> str:
    """Time in a city."""
    return f"noon in {city}"


def answers(method: Method, arguments: dict[str, Any], name: str = "Movie") -> Answer:
    """What the model answers to a method."""
    text = json.dumps(arguments)
    if method == "function_calling":
        return Answer(tool_calls=[ToolUse(name, text)], cost=0.001)
    return Answer(text=text, cost=0.001)


def fields(value: Any) -> Any:
    """The fields of an object of whatever kind."""
    return value.model_dump() if isinstance(value, BaseModel) else value


async def whole(chain: Any, how: How, prompt: Any = "Describe Alien") -> Any:
    """What a chain gives in the end: its object, or the raw message, the object and the error."""
    match how:
        case "invoke":
            return chain.invoke(prompt)
        case "ainvoke":
            return await chain.ainvoke(prompt)
        case "stream":
            pieces = list(chain.stream(prompt))
        case "astream":
            pieces = [piece async for piece in chain.astream(prompt)]
    if not pieces:
        return None
    if isinstance(pieces[0], dict) and "raw" in pieces[0]:
        raw = [piece["raw"] for piece in pieces if "raw" in piece]
        return {**pieces[-1], "raw": added(raw) if len(raw) > 1 else raw[0]}
    return pieces[-1]


# --- objects --------------------------------------------------------------------------------------


@raw_or_not
@pytest.mark.parametrize("method", [None, *METHODS])
@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
@fals
async def test_the_answer_is_an_object_of_the_schema(
    row: Row,
    at: Make,
    emulator: Emulator,
    how: How,
    schema: Any,
    method: Method | None,
    include_raw: bool,
) -> None:
    chain = at(row).with_structured_output(schema, method=method, include_raw=include_raw)
    got = await whole(chain, how, PROMPT)
    if include_raw:
        assert isinstance(got["raw"], AIMessage)
        assert got["raw"].response_metadata["provider"] == "fal"
        assert got["parsing_error"] is None
        got = got["parsed"]
    assert type(got) is (Movie if schema is Movie else dict)
    assert set(fields(got)) == {"title", "year"}
    assert fields(got)["year"] == 1979
    [seen] = posts(emulator)
    assert not {"tools", "tool_choice", "response_format"} & seen.body.keys()
    asked = latest(emulator, row)
    name = schema["title"] if isinstance(schema, dict) else schema.__name__
    if method == "function_calling":
        assert list(asked.tools) == [name]
        assert asked.choice == f"={name}"
    elif method == "json_mode":
        assert "one JSON object" in seen.body["system_prompt"]
    else:  # what is asked for in words needs no tool
        assert f"named {name}" in seen.body["system_prompt"]
        assert asked.schema is not None
        assert asked.schema["properties"].keys() == {"title", "year"}


@pytest.mark.parametrize("method", METHODS)
@fals
async def test_a_bad_answer_is_mended_and_both_are_paid_for(
    row: Row, at: Make, emulator: Emulator, how: How, method: Method
) -> None:
    bad = Answer(text="Alien is from 1979.", reasoning="Hm.", cost=0.001)
    emulator.script(bad, answers(method, ALIEN), host="fal")
    chain = at(row).with_structured_output(Movie, method=method, include_raw=True)
    got = await whole(chain, how)
    assert fields(got["parsed"]) == ALIEN
    first, second = posts(emulator)
    assert "messages" not in first.body
    assert [turn["content"] for turn in second.body["messages"]] == [
        "Describe Alien",
        "Alien is from 1979.",
    ]
    assert second.body["system_prompt"] == first.body["system_prompt"]
    told = got["raw"].response_metadata
    assert (told["cost"], told["cost_source"]) == (pytest.approx(0.002), "reported")
    assert told["cost_details"] == {"billable_units": pytest.approx(20_000)}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
@fals
async def test_after_two_bad_answers_the_error_has_the_models_words(
    row: Row, at: Make, emulator: Emulator, how: How, schema: Any, method: Method
) -> None:
    emulator.script(Answer(text="No."), Answer(text="Never, ever.", cost=0.001), host="fal")
    chain = at(row).with_structured_output(schema, method=method)
    with pytest.raises(InvalidReplyError, match=r"does not fit.*'Never, ever\.'") as caught:
        await whole(chain, how)
    assert isinstance(caught.value, ModelError)
    assert caught.value.provider == "fal"
    assert not caught.value.retryable, "two answers were paid for"
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Never, ever."
    assert len(posts(emulator)) == 2


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
@fals
async def test_with_the_raw_message_even_that_is_not_raised(
    row: Row, at: Make, emulator: Emulator, how: How, schema: Any, method: Method
) -> None:
    name = schema["title"] if isinstance(schema, dict) else schema.__name__
    wrong = answers(method, {"title": "Alien"}, name)
    emulator.script(wrong, wrong, host="fal")
    chain = at(row).with_structured_output(schema, method=method, include_raw=True)
    got = await whole(chain, how)
    assert got["parsed"] is None
    assert isinstance(got["parsing_error"], InvalidReplyError)
    assert "'year' is a required property" in str(got["parsing_error"])
    assert "Alien" in f"{got['raw'].text}{got['raw'].tool_calls}"
    assert got["raw"].response_metadata["cost"] == pytest.approx(0.002)


@raw_or_not
@fals
async def test_a_further_tool_may_be_called_before_the_object_comes(
    row: Row, at: Make, emulator: Emulator, how: How, include_raw: bool
) -> None:
    chain = at(row).with_structured_output(Movie, tools=[get_weather], include_raw=include_raw)
    emulator.script(Answer(text="First I look.", tool_calls=[PARIS]), host="fal")
    got = await whole(chain, how)
    if include_raw:
        assert [call["args"] for call in got["raw"].tool_calls] == [{"city": "Paris"}]
        assert (got["parsed"], got["parsing_error"]) == (None, None)
    else:
        assert got is None
    emulator.script(answers("json_schema", ALIEN), host="fal")
    got = await whole(chain, how)
    assert fields(got["parsed"] if include_raw else got) == ALIEN
    assert len(posts(emulator)) == 2


async def test_a_batch_keeps_each_of_them(at: Make, emulator: Emulator) -> None:
    chain = at(SYNC).with_structured_output(Movie, include_raw=True)
    emulator.script(*[Answer(text="No.")] * 4, host="fal")
    for got in (chain.batch(["a"]), await chain.abatch(["b"])):
        assert [type(one["parsing_error"]) for one in got] == [InvalidReplyError]
        assert [one["raw"].text for one in got] == ["No."]


@raw_or_not
async def test_a_failure_of_the_host_is_raised_as_ever(
    at: Make, emulator: Emulator, how: How, include_raw: bool
) -> None:
    emulator.script(Fault.garbage(0, "{}"), host="fal")
    chain = at(SYNC).with_structured_output(Movie, include_raw=include_raw)
    with pytest.raises(InvalidReplyError):
        await whole(chain, how)


# --- tools ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "choice", ["any", "get_weather", {"type": "function", "function": {"name": "get_weather"}}]
)
@fals
async def test_a_forced_tool_is_called_and_if_not_asked_for_once_more(
    row: Row, at: Make, emulator: Emulator, how: How, choice: Any
) -> None:
    llm = at(row).bind_tools([get_weather, get_time], tool_choice=choice)
    message = await ask(llm, how, "Hello")
    assert [call["name"] for call in message.tool_calls] == ["get_weather"]
    assert len(posts(emulator)) == 1
    emulator.script(Answer(text="It is sunny."), Answer(tool_calls=[PARIS]), host="fal")
    message = await ask(llm, how, "Hello")
    assert [call["args"] for call in message.tool_calls] == [{"city": "Paris"}]
    assert message.response_metadata["finish_reason"] == "tool_calls"
    assert "had to be called" in posts(emulator)[-1].body["prompt"]
    assert len(posts(emulator)) == 3
    emulator.script(Answer(text="No."), Answer(text="Never."), host="fal")
    with pytest.raises(InvalidReplyError, match=r"had to be called.*'Never\.'"):
        await ask(llm, how, "Hello")


@fals
async def test_results_are_told_with_what_they_are(
    row: Row, at: Make, emulator: Emulator, how: How
) -> None:
    llm = at(row).bind_tools([get_weather, get_time])
    emulator.script(Answer(tool_calls=[PARIS, ToolUse("get_time", '{"city": "Oslo"}')]), host="fal")
    asked = HumanMessage("Weather and time?")
    message = await ask(llm, how, [asked])
    one, other = message.tool_calls
    assert one["id"] != other["id"]
    # In another order, one of them failed, and the user has something to add.
    told = [
        ToolMessage("no such city", tool_call_id=other["id"], status="error"),
        ToolMessage("sunny", tool_call_id=one["id"]),
        HumanMessage("Be brief."),
    ]
    await ask(llm, how, [asked, message, *told])
    body = posts(emulator)[-1].body
    assert body["prompt"] == "Be brief."
    results = body["messages"][-1]["content"]
    assert f"tool get_time (call {other['id']}):\nError: no such city" in results
    assert f"tool get_weather (call {one['id']}):\nsunny" in results


@fals
@pytest.mark.parametrize("where", ["model", "call"])
async def test_words_can_be_turned_off(
    row: Row, at: Make, emulator: Emulator, how: How, where: str
) -> None:
    off: dict[str, Any] = {"tool_calling": "off"}
    llm = at(row, **(off if where == "model" else {}))
    call = off if where == "call" else {}
    for chain in (
        llm.bind_tools([get_weather], **call),
        llm.with_structured_output(Movie, method="json_schema", **call),
        llm.with_structured_output(Movie, method="function_calling", **call),
        llm.with_structured_output(None, method="json_mode", **call),
    ):
        with pytest.raises(
            ModelInvalidRequestError, match=r"leave out tool_calling='off'"
        ) as caught:
            await whole(chain, how)
        assert isinstance(caught.value, UnsupportedError)
    assert emulator.requests == []
    assert (await ask(llm, how, "Hello", **call)).text


def test_the_profile_says_whether_tools_can_be_had(at: Make) -> None:
    names = ("tool_calling", "tool_choice", "structured_output")
    llm = at(SYNC)
    assert [dict(llm.profile or {})[name] for name in names] == [True] * 3
    assert [dict(at(SYNC, tool_calling="off").profile or {})[name] for name in names] == [False] * 3
    llm.tool_calling = "off"
    assert [dict(llm.profile or {})[name] for name in names] == [False] * 3
    copied = llm.model_copy(update={"tool_calling": None})
    assert [dict(copied.profile or {})[name] for name in names] == [True] * 3
    # A host that has tools of its own has them all the same.
    assert dict(at(Row("openrouter", "chat"), tool_calling="off").profile or {})["tool_calling"]


# --- where the host has tools of its own ----------------------------------------------------------


async def test_tools_in_words_where_the_host_has_fields(
    make: Make, emulator: Emulator, how: How
) -> None:
    llm = make(tool_calling="prompted").bind_tools([get_weather, get_time])
    asked = HumanMessage("Use get_weather and get_time for Paris")
    message = await ask(llm, how, [asked])
    assert [call["name"] for call in message.tool_calls] == ["get_weather", "get_time"]
    assert message.response_metadata["finish_reason"] == "tool_calls"
    assert message.usage_metadata is not None
    body = posts(emulator)[-1].body
    assert not {"tools", "tool_choice"} & body.keys()
    assert "<seed:tool_call>" in body["messages"][0]["content"]
    told = [ToolMessage("sunny", tool_call_id=call["id"]) for call in message.tool_calls]
    answer = await ask(llm, how, [asked, message, *told])
    assert "sunny" in answer.text
    turns = posts(emulator)[-1].body["messages"]
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    # The host still gets its own reasoning back.
    thought = message.additional_kwargs["reasoning_content"]
    assert turns[2]["reasoning_details"][0]["text"] == thought


def test_a_stream_with_tools_in_words_is_still_one(make: Make, emulator: Emulator) -> None:
    text = "I shall look up the weather.\n\n" + LEAKED.partition("Paris.")[2]
    emulator.script(Answer(text=text, piece=3))
    llm = make(tool_calling="prompted", coalesce=False).bind_tools([get_weather])
    chunks: list[Any] = list(llm.stream("Weather?"))
    texts = [chunk.text for chunk in chunks if chunk.text]
    assert len(texts) > 5
    assert "".join(texts) == "I shall look up the weather."
    [calls] = [chunk.tool_call_chunks for chunk in chunks if chunk.tool_call_chunks]
    assert [(call["name"], json.loads(call["args"])) for call in calls] == [
        ("get_weather", {"city": "Paris"})
    ]


LEAKED = (
    "<seed:think>The user asks for <b>Paris</b>.</seed:think>I look at Paris.\n<seed:tool_call>\n"
    "<function=get_weather>\n<parameter=city>Paris</parameter>\n</function>\n</seed:tool_call>"
)


@pytest.mark.parametrize("piece", [1, 5, 1000])
@pytest.mark.parametrize("api", ["chat", "responses", "messages"])
async def test_what_a_server_leaves_in_the_text_is_read_if_asked_for(
    at: Make, emulator: Emulator, how: How, api: str, piece: int
) -> None:
    row = Row("compatible", api)
    emulator.script(*[Answer(text=LEAKED, piece=piece)] * 2)
    llm = at(row, read_markup=True).bind_tools([get_weather])
    message = await ask(llm, how, "Weather?")
    assert message.content == "I look at Paris."
    assert message.additional_kwargs["reasoning_content"] == "The user asks for <b>Paris</b>."
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [
        ("get_weather", {"city": "Paris"})
    ]
    assert [block["type"] for block in message.content_blocks] == ["reasoning", "text", "tool_call"]
    assert message.response_metadata["finish_reason"] == "tool_calls"
    assert list(latest(emulator, row).tools) == ["get_weather"], "they are offered as ever"
    message = await ask(at(row).bind_tools([get_weather]), how, "Weather?")
    assert (message.content, message.tool_calls) == (LEAKED, [])


async def test_markup_is_read_for_one_call_too(at: Make, emulator: Emulator, how: How) -> None:
    llm: ChatSeed = at(Row("compatible", "chat"))
    emulator.script(Answer(text=LEAKED))
    message = await ask(llm, how, "Weather?", read_markup=True)
    # No tools are offered, so the call is text.
    assert message.text.startswith("I look at Paris.\n<seed:tool_call>")
    assert message.additional_kwargs["reasoning_content"]
