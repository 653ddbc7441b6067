"""One model object over several hosts: who answers, what is said of it, what is bound once."""

from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.exceptions import (
    ModelAuthenticationError,
    ModelInvalidRequestError,
    ModelRateLimitError,
)
from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)
from pydantic import BaseModel

from langchain_seed import ChatSeed
from seed_core import StreamBrokenError, UnsupportedError
from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from tests.asked import read
from tests.langchain.asking import STREAMS, How, Make, ask
from tests.rows import ROWS, Row

CHAT = Row("openrouter", "chat")
RESPONSES = Row("byteplus", "responses")
MESSAGES = Row("modelslab", "messages")
UNKNOWN = Row("empiriolabs", "chat")
"""A host of which it is not known whether its model takes a schema."""

PAIRS = [(CHAT, RESPONSES), (RESPONSES, MESSAGES), (MESSAGES, CHAT)]
pairs = pytest.mark.parametrize(
    ("first", "second"), PAIRS, ids=[f"{one}-then-{other}" for one, other in PAIRS]
)
PARIS = ToolUse("get_weather", '{"city": "Paris"}', "call_1")
DOWN = Fault.status(503, message="The roof is on fire")


class Film(BaseModel):
    """A film."""

    title: str
    year: int


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"{city}: sunny"


def hosts(emulator: Emulator) -> list[str]:
    """Who was asked."""
    return [seen.host for seen in emulator.requests]


@pairs
async def test_the_next_host_answers_and_the_message_says_so(
    at: Make, emulator: Emulator, how: How, first: Row, second: Row
) -> None:
    emulator.script(DOWN, host=first.emulated)
    emulator.script(Answer(text="Here", reasoning="Hm."), host=second.emulated)
    message = await ask(at(first, second, max_retries=0), how, "Hello")
    assert message.text == "Here"
    told = message.response_metadata
    assert (told["provider"], told["model_name"]) == (second.provider, second.model)
    [failed] = told["failed_providers"]
    assert "The roof is on fire" in failed.pop("message")
    assert failed == {"provider": first.provider, "error": "ServerError", "status_code": 503}
    assert message.usage_metadata is not None
    assert message.additional_kwargs["reasoning_content"] == "Hm."
    assert hosts(emulator) == [first.emulated, second.emulated]


async def test_a_message_of_the_first_host_names_no_others(at: Make, how: How) -> None:
    message = await ask(at(CHAT, RESPONSES), how, "Hello")
    assert message.response_metadata["provider"] == "openrouter"
    assert "failed_providers" not in message.response_metadata


def test_of_a_stream_the_last_chunk_alone_tells_of_it(at: Make, emulator: Emulator) -> None:
    emulator.script(DOWN)
    emulator.script(Answer(text="Here I am", piece=2), host="byteplus")
    chunks = list(at(CHAT, RESPONSES, max_retries=0, coalesce=False).stream("Hello"))
    assert len(chunks) > 3
    assert ["failed_providers" in chunk.response_metadata for chunk in chunks].count(True) == 1
    assert "failed_providers" in chunks[-1].response_metadata


@pytest.mark.parametrize("how", STREAMS)
async def test_after_the_first_chunk_nobody_else_is_asked(
    at: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(Fault.cut(after=3, answer=Answer(text="Hello there, all of you", piece=4)))
    with pytest.raises(StreamBrokenError) as caught:
        await ask(at(CHAT, RESPONSES), how, "Hello")
    assert caught.value.partial is not None
    assert caught.value.partial.text
    assert hosts(emulator) == ["openrouter"]


async def test_when_all_fail_the_last_error_is_langchains_and_has_the_others(
    at: Make, emulator: Emulator, how: How
) -> None:
    for row, status in ((CHAT, 402), (RESPONSES, 503), (MESSAGES, 429)):
        emulator.script(Fault.status(status), host=row.emulated)
    with pytest.raises(ModelRateLimitError) as caught:
        await ask(at(CHAT, RESPONSES, MESSAGES, max_retries=0), how, "Hello")
    error: Any = caught.value
    assert error.provider == "modelslab"
    assert error.is_retryable
    assert [(one.provider, one.status_code) for one in error.earlier] == [
        ("openrouter", 402),
        ("byteplus", 503),
    ]
    assert "asked before: openrouter answered 402" in str(error)


async def test_what_the_caller_must_mend_is_not_hidden(
    at: Make, emulator: Emulator, how: How
) -> None:
    bad = {**CHAT.settings(emulator), "api_key": "sk-or-v1-invalid"}
    emulator.script(Fault.status(401))
    llm = ChatSeed(provider=[bad, RESPONSES.settings(emulator)])
    with pytest.raises(ModelAuthenticationError, match="openrouter answered 401"):
        await ask(llm, how, "Hello")
    assert hosts(emulator) == ["openrouter"]


async def test_what_one_of_them_cannot_is_told_before_anything_is_sent(
    at: Make, emulator: Emulator, how: How
) -> None:
    with pytest.raises(ModelInvalidRequestError, match="byteplus does not support") as caught:
        await ask(at(CHAT, RESPONSES), how, "Hello", thinking_budget=2000)
    assert isinstance(caught.value, UnsupportedError)
    with pytest.raises(ModelInvalidRequestError, match="each its own model"):
        await ask(at(CHAT, RESPONSES), how, "Hello", model="another")
    assert emulator.requests == []


async def test_a_batch_moves_on_call_by_call(at: Make, emulator: Emulator) -> None:
    llm = at(CHAT, RESPONSES, max_retries=0)
    for run in (lambda: llm.batch(["a", "b", "c"]), lambda: llm.abatch(["a", "b", "c"])):
        emulator.clear()
        emulator.script(DOWN)
        answers = run()
        answers = answers if isinstance(answers, list) else await answers
        told = sorted(answer.response_metadata["provider"] for answer in answers)
        assert told == ["byteplus", "openrouter", "openrouter"]


# --- bound once -----------------------------------------------------------------------------------


@pairs
async def test_tools_are_bound_once_for_all(
    at: Make, emulator: Emulator, how: How, first: Row, second: Row
) -> None:
    bound = at(first, second, max_retries=0).bind_tools([get_weather], tool_choice="get_weather")
    emulator.script(DOWN, host=first.emulated)
    emulator.script(Answer(reasoning="Hm.", tool_calls=[PARIS]), host=second.emulated)
    message = await ask(bound, how, "Weather in Paris?")
    assert [call["args"] for call in message.tool_calls] == [{"city": "Paris"}]
    for seen, row in zip(emulator.requests, (first, second), strict=True):
        asked = read(seen.body, row.api)
        assert list(asked.tools) == ["get_weather"]
        assert asked.choice == "=get_weather"


@pairs
async def test_a_tool_loop_can_change_hosts_and_come_back(
    at: Make, emulator: Emulator, how: How, first: Row, second: Row
) -> None:
    llm = at(first, second, max_retries=0).bind_tools([get_weather])
    history: list[Any] = [HumanMessage("Weather in Paris and Oslo?")]
    emulator.script(Answer(reasoning="First Paris.", tool_calls=[PARIS]), host=first.emulated)
    for city, failing in (("Oslo", first), ("Rome", None)):
        answer = await ask(llm, how, history)
        history += [answer, ToolMessage("sunny", tool_call_id=answer.tool_calls[0]["id"])]
        history = messages_from_dict(messages_to_dict(history))
        use = ToolUse("get_weather", f'{{"city": "{city}"}}', f"call_{city}")
        if failing:
            emulator.script(DOWN, host=failing.emulated)
        whose = second if failing else first
        emulator.script(Answer(reasoning=f"Then {city}.", tool_calls=[use]), host=whose.emulated)
    await ask(llm, how, history)
    *_, away, home = emulator.requests
    assert [away.host, home.host] == [second.emulated, first.emulated]
    # Each host is shown all calls and results, and of the reasoning what it wrote itself.
    elsewhere, here = read(away.body, second.api), read(home.body, first.api)
    assert [len(turn.calls) for turn in here.turns if turn.role == "assistant"] == [1, 1]
    assert [turn.thoughts for turn in elsewhere.turns if turn.role == "assistant"] == [""]
    thoughts = [turn.thoughts for turn in here.turns if turn.role == "assistant"]
    assert thoughts == ["First Paris.", ""]


@pytest.mark.parametrize("streaming", [False, True])
async def test_an_agent_goes_on_at_the_next_host(
    at: Make, emulator: Emulator, streaming: bool
) -> None:
    agents = pytest.importorskip("langchain.agents")
    agent = agents.create_agent(
        at(CHAT, RESPONSES, max_retries=0), tools=[get_weather], response_format=Film
    )
    emulator.script(Answer(reasoning="Hm.", tool_calls=[PARIS]), DOWN)
    emulator.script(Answer(text=Film(title="Alien", year=1979).model_dump_json()), host="byteplus")
    asked = {"messages": [HumanMessage("Weather in Paris? And a film.")]}
    if streaming:
        states = [s async for s in agent.astream(asked, stream_mode="values")]
    else:
        states = [agent.invoke(asked)]
    assert states[-1]["structured_response"] == Film(title="Alien", year=1979)
    assert hosts(emulator) == ["openrouter", "openrouter", "byteplus"]
    first, last = emulator.requests[0].body, emulator.requests[-1].body
    # Both take a schema, so both were asked with it.
    assert first["response_format"]["type"] == "json_schema"
    assert last["text"]["format"]["type"] == "json_schema"
    told = states[-1]["messages"][-1].response_metadata
    assert told["failed_providers"][0]["provider"] == "openrouter"


@pytest.mark.parametrize(
    ("second", "schema"), [(RESPONSES, True), (UNKNOWN, False), (MESSAGES, False)], ids=str
)
async def test_the_form_of_an_object_is_one_that_all_can(
    at: Make, emulator: Emulator, how: How, second: Row, schema: bool
) -> None:
    structured = at(CHAT, second, max_retries=0).with_structured_output(Film)
    emulator.script(DOWN)
    text = Film(title="Alien", year=1979).model_dump_json()
    calls = [] if schema else [ToolUse("Film", text, "call_1")]
    emulator.script(Answer(text=text if schema else "", tool_calls=calls), host=second.emulated)
    match how:
        case "stream":
            film = list(structured.stream("Alien?"))[-1]
        case "astream":
            film = [one async for one in structured.astream("Alien?")][-1]
        case _:
            film = await ask(structured, how, "Alien?")
    assert film == Film(title="Alien", year=1979)
    for seen, row in zip(emulator.requests, (CHAT, second), strict=True):
        asked = read(seen.body, row.api)
        assert (asked.schema is not None) is schema
        assert (asked.choice == "=Film") is not schema


def test_an_answer_of_the_second_host_is_its_own_afterwards(at: Make, emulator: Emulator) -> None:
    llm = at(CHAT, Row("empiriolabs", "messages"), max_retries=0)
    emulator.script(DOWN, DOWN)
    emulator.script(Answer(text="One", reasoning="I think."), host="empiriolabs")
    first = llm.invoke("Hello")
    history = [HumanMessage("Hello"), first, HumanMessage("And?")]
    llm.invoke(history)
    chat, messages = emulator.requests[-2:]
    assert read(chat.body, "chat").turns[1].thoughts == ""
    assert read(messages.body, "messages").turns[1].thoughts == "I think."


def test_answers_are_cached_by_the_list_of_hosts(at: Make, emulator: Emulator) -> None:
    cache = InMemoryCache()
    other = Row("byteplus", "chat")
    for rows in ((CHAT, RESPONSES), (RESPONSES, CHAT), (CHAT, other), (CHAT,)):
        for _ in range(2):
            assert isinstance(at(*rows, cache=cache).invoke("Hello"), AIMessage)
    assert len(emulator.requests) == 4


def test_every_host_takes_part(at: Make, emulator: Emulator) -> None:
    llm = at(*ROWS, max_retries=0)
    for row in ROWS[:-1]:
        emulator.script(DOWN, host=row.emulated)
    told = llm.invoke("Hello").response_metadata
    assert told["provider"] == ROWS[-1].provider
    assert [one["provider"] for one in told["failed_providers"]] == [r.provider for r in ROWS[:-1]]
