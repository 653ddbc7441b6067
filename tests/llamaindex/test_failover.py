"""One model object over several hosts: who answers, what is said of it, what is bound once."""

import asyncio
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import PromptTemplate

from llamaindex_seed import SeedLLM
from seed_core import (
    AuthenticationError,
    ConfigurationError,
    RateLimitError,
    StreamBrokenError,
    UnsupportedError,
)
from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from tests.asked import read
from tests.llamaindex.asking import CHATS, METHODS, STREAMS, call
from tests.llamaindex.conftest import Make
from tests.llamaindex.samples import Film, get_weather, tool, user
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
methods = pytest.mark.parametrize("method", METHODS)
chats = pytest.mark.parametrize("method", CHATS)
PARIS = ToolUse("get_weather", '{"city": "Paris"}', "call_1")
DOWN = Fault.status(503, message="The roof is on fire")
ALIEN = Film(title="Alien", year=1979)


def hosts(emulator: Emulator) -> list[str]:
    """Who was asked."""
    return [seen.host for seen in emulator.requests]


def told(answer: ChatMessage, result: str = "sunny") -> ChatMessage:
    """The result of an answer's one call."""
    [block] = [block for block in answer.blocks if block.block_type == "tool_call"]
    given = {"tool_call_id": block.tool_call_id}
    return ChatMessage(role="tool", content=result, additional_kwargs=given)


@pairs
@methods
async def test_the_next_host_answers_and_the_response_says_so(
    at: Make, emulator: Emulator, method: str, first: Row, second: Row
) -> None:
    emulator.script(DOWN, host=first.emulated)
    emulator.script(Answer(text="Here", reasoning="Hm.", piece=2), host=second.emulated)
    responses = await call(at(first, second, max_retries=0), method)
    last = responses[-1]
    assert (last.text if "complete" in method else last.message.content) == "Here"
    assert (last.additional_kwargs["provider"], last.additional_kwargs["model"]) == (
        second.provider,
        second.model,
    )
    [failed] = last.additional_kwargs["failed_providers"]
    assert "The roof is on fire" in failed.pop("message")
    assert failed == {"provider": first.provider, "error": "ServerError", "status_code": 503}
    assert not any("failed_providers" in r.additional_kwargs for r in responses[:-1])
    assert hosts(emulator) == [first.emulated, second.emulated]


@methods
async def test_an_answer_of_the_first_host_names_no_others(at: Make, method: str) -> None:
    last = (await call(at(CHAT, RESPONSES), method))[-1]
    assert last.additional_kwargs["provider"] == "openrouter"
    assert "failed_providers" not in last.additional_kwargs


@pytest.mark.parametrize("method", STREAMS)
async def test_after_the_first_chunk_nobody_else_is_asked(
    at: Make, emulator: Emulator, method: str
) -> None:
    emulator.script(Fault.cut(after=3, answer=Answer(text="Hello there, all of you", piece=4)))
    with pytest.raises(StreamBrokenError):
        await call(at(CHAT, RESPONSES), method)
    assert hosts(emulator) == ["openrouter"]


@methods
async def test_when_all_fail_the_last_error_has_the_others(
    at: Make, emulator: Emulator, method: str
) -> None:
    for row, status in ((CHAT, 402), (RESPONSES, 503), (MESSAGES, 429)):
        emulator.script(Fault.status(status), host=row.emulated)
    with pytest.raises(RateLimitError) as caught:
        await call(at(CHAT, RESPONSES, MESSAGES, max_retries=0), method)
    assert caught.value.provider == "modelslab"
    earlier: list[Any] = list(caught.value.earlier)
    assert [(error.provider, error.status_code) for error in earlier] == [
        ("openrouter", 402),
        ("byteplus", 503),
    ]


@chats
async def test_what_the_caller_must_mend_is_not_hidden(
    at: Make, emulator: Emulator, method: str
) -> None:
    emulator.script(Fault.status(401))
    with pytest.raises(AuthenticationError, match="openrouter answered 401"):
        await call(at(CHAT, RESPONSES), method)
    assert hosts(emulator) == ["openrouter"]


@chats
async def test_what_one_of_them_cannot_is_told_before_anything_is_sent(
    at: Make, emulator: Emulator, method: str
) -> None:
    with pytest.raises(UnsupportedError, match="byteplus does not support thinking_budget"):
        await call(at(CHAT, RESPONSES), method, thinking_budget=2000)
    with pytest.raises(ConfigurationError, match="each its own model"):
        await call(at(CHAT, RESPONSES), method, model="another")
    assert emulator.requests == []


def test_the_metadata_is_of_what_all_can(at: Make) -> None:
    metadata = at(CHAT, UNKNOWN).metadata
    assert metadata.context_window == 256_000
    assert metadata.model_name == CHAT.model
    assert metadata.is_function_calling_model
    assert at(CHAT, RESPONSES).metadata.context_window == 262_144


# --- bound once -----------------------------------------------------------------------------------


@pairs
async def test_tools_are_offered_to_whoever_is_asked(
    at: Make, emulator: Emulator, first: Row, second: Row
) -> None:
    llm = at(first, second, max_retries=0)
    emulator.script(DOWN, host=first.emulated)
    emulator.script(Answer(reasoning="Hm.", tool_calls=[PARIS]), host=second.emulated)
    response = await llm.achat_with_tools(
        [tool(get_weather)], user_msg="Weather?", tool_required=True
    )
    [selected] = llm.get_tool_calls_from_response(response)
    assert selected.tool_kwargs == {"city": "Paris"}
    for seen, row in zip(emulator.requests, (first, second), strict=True):
        asked = read(seen.body, row.api)
        assert list(asked.tools) == ["get_weather"]
        assert asked.choice == "required"


@pairs
@pytest.mark.parametrize("streaming", [False, True])
async def test_an_agent_goes_on_at_the_next_host_and_comes_back(
    at: Make, emulator: Emulator, first: Row, second: Row, streaming: bool
) -> None:
    emulator.script(Answer(reasoning="Paris.", tool_calls=[PARIS]), DOWN, host=first.emulated)
    oslo = ToolUse("get_weather", '{"city": "Oslo"}', "call_2")
    emulator.script(Answer(reasoning="Oslo.", tool_calls=[oslo]), host=second.emulated)
    emulator.script(Answer(text="Sunny in both."), host=first.emulated)
    llm = at(first, second, max_retries=0)
    handler = FunctionAgent(tools=[get_weather], llm=llm, streaming=streaming).run("Weather?")
    events = [event async for event in handler.stream_events()]
    assert str(await handler) == "Sunny in both."
    results = [str(e.tool_output.content) for e in events if isinstance(e, ToolCallResult)]
    assert results == ["Paris: sunny", "Oslo: sunny"]
    away, home = (emulator.requests[i] for i in (2, 3))
    assert [away.host, home.host] == [second.emulated, first.emulated]
    # Each host is shown all calls and results, and of the reasoning what it wrote itself.
    assert [t.thoughts for t in read(away.body, second.api).turns if t.calls] == [""]
    assert [t.thoughts for t in read(home.body, first.api).turns if t.calls] == ["Paris.", ""]


@pytest.mark.parametrize("way", ["whole", "async", "stream", "astream"])
@pytest.mark.parametrize(
    ("second", "schema"), [(RESPONSES, True), (UNKNOWN, False), (MESSAGES, False)], ids=str
)
async def test_the_form_of_an_object_is_one_that_all_can(
    at: Make, emulator: Emulator, second: Row, schema: bool, way: str
) -> None:
    llm, prompt = at(CHAT, second, max_retries=0), PromptTemplate("A film?")
    emulator.script(DOWN)
    text = ALIEN.model_dump_json()
    calls = [] if schema else [ToolUse("Film", text, "call_1")]
    emulator.script(Answer(text=text if schema else "", tool_calls=calls), host=second.emulated)
    match way:
        case "whole":
            film: Any = await asyncio.to_thread(llm.structured_predict, Film, prompt)
        case "async":
            film = await llm.astructured_predict(Film, prompt)
        case "stream":
            film = list(llm.stream_structured_predict(Film, prompt))[-1]
        case _:
            film = [one async for one in await llm.astream_structured_predict(Film, prompt)][-1]
    assert film == ALIEN
    for seen, row in zip(emulator.requests, (CHAT, second), strict=True):
        asked = read(seen.body, row.api)
        assert (asked.schema is not None) is schema
        assert (asked.choice == "=Film") is not schema


def test_a_program_bound_once_asks_the_next_host(at: Make, emulator: Emulator) -> None:
    structured = at(CHAT, RESPONSES, max_retries=0).as_structured_llm(Film)
    emulator.script(DOWN)
    emulator.script(Answer(text=ALIEN.model_dump_json()), host="byteplus")
    assert structured.chat([user("A film?")]).raw == ALIEN


async def test_an_answer_of_the_second_host_is_its_own_afterwards(
    at: Make, emulator: Emulator
) -> None:
    llm = at(CHAT, Row("empiriolabs", "messages"), max_retries=0)
    emulator.script(DOWN, DOWN)
    emulator.script(Answer(text="One", reasoning="I think."), host="empiriolabs")
    first = (await llm.achat([user()])).message
    await llm.achat([user(), first, user("And?")])
    chat, messages = emulator.requests[-2:]
    assert read(chat.body, "chat").turns[1].thoughts == ""
    assert read(messages.body, "messages").turns[1].thoughts == "I think."


async def test_a_single_call_is_kept_whoever_answers(at: Make, emulator: Emulator) -> None:
    # One of the two can be told so, the other cannot.
    llm = at(CHAT, RESPONSES, max_retries=0)
    oslo = ToolUse("get_weather", '{"city": "Oslo"}', "call_2")
    emulator.script(DOWN)
    emulator.script(Answer(tool_calls=[PARIS, oslo]), host="byteplus")
    response = await llm.achat_with_tools([tool(get_weather)], user_msg="Weather?")
    assert len(llm.get_tool_calls_from_response(response)) == 1
    history = [user("Weather?"), response.message, told(response.message)]
    assert (await llm.achat(history)).message.content


def test_every_host_takes_part(at: Make, emulator: Emulator) -> None:
    llm: SeedLLM = at(*ROWS, max_retries=0)
    for row in ROWS[:-1]:
        emulator.script(DOWN, host=row.emulated)
    counters = llm.complete("Hello").additional_kwargs
    assert counters["provider"] == ROWS[-1].provider
    failed = [one["provider"] for one in counters["failed_providers"]]
    assert failed == [row.provider for row in ROWS[:-1]]
