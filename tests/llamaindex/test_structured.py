"""Structured output: the three forms of the question, and what is wrong with an answer."""

from typing import Any, Generic, TypeVar

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictInProgressEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.prompts import ChatPromptTemplate, PromptTemplate
from llama_index.core.types import PydanticProgramMode
from llama_index_instrumentation import get_dispatcher
from pydantic import BaseModel

from llamaindex_seed import SeedLLM
from llamaindex_seed.structured import Form
from seed_core import InvalidReplyError, StreamBrokenError
from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from tests.llamaindex.conftest import Body, Make
from tests.llamaindex.probes_objects import ALIEN, PROMPT, TEXT, WAYS, ask
from tests.llamaindex.samples import KEY, Film, user

CALL = Answer(reasoning="hm", tool_calls=[ToolUse("Film", TEXT)], piece=3)

T = TypeVar("T")


class Box(BaseModel, Generic[T]):
    """A box."""

    held: T


@pytest.mark.parametrize("way", WAYS)
async def test_with_a_forced_tool(make: Make, emulator: Emulator, body: Body, way: str) -> None:
    emulator.script(CALL)
    objects = await ask(
        make(structured_output="tool", system_prompt="Be exact.", coalesce=False), way
    )
    assert objects[-1] == ALIEN
    assert body()["tool_choice"] == {"type": "function", "function": {"name": "Film"}}
    assert body()["messages"][0]["role"] == "system"
    if "stream" in way:
        titles = [getattr(one, "title", None) or "" for one in objects]
        assert any(0 < len(title) < len("Alien") for title in titles)


@pytest.mark.parametrize("way", WAYS)
async def test_with_the_schema_in_the_prompt(
    make: Make, emulator: Emulator, body: Body, way: str
) -> None:
    emulator.script(Answer(text=f"```json\n{TEXT}\n```", piece=3))
    objects = await ask(make(structured_output="prompt", coalesce=False), way)
    assert objects[-1] == ALIEN
    assert not {"tools", "response_format"} & body().keys()
    assert '"required"' in str(body()["messages"][-1]["content"])
    if "stream" in way:
        titles = [getattr(one, "title", None) or "" for one in objects]
        assert any(0 < len(title) < len("Alien") for title in titles)


@pytest.mark.parametrize(
    ("mode", "field"),
    [
        (PydanticProgramMode.DEFAULT, "response_format"),
        (PydanticProgramMode.FUNCTION, "tools"),
        (PydanticProgramMode.LLM, None),
    ],
)
async def test_llamaindexs_program_modes_are_heeded(
    make: Make, emulator: Emulator, body: Body, mode: PydanticProgramMode, field: str | None
) -> None:
    emulator.script(CALL if field == "tools" else Answer(text=TEXT))
    llm = make(pydantic_program_mode=mode)
    assert await llm.astructured_predict(Film, PROMPT, film="Alien") == ALIEN
    assert {"tools", "response_format"} & body().keys() == ({field} if field else set())


async def test_a_server_of_which_nothing_is_known_is_asked_with_a_forced_tool(
    emulator: Emulator, body: Body
) -> None:
    llm = SeedLLM(
        provider="compatible",
        api_key=KEY,
        base_url=emulator.url("openrouter"),
        model="bytedance-seed/seed-2.0-mini",
    )
    emulator.script(CALL)
    assert await llm.astructured_predict(Film, PROMPT, film="Alien") == ALIEN
    assert "tools" in body()


async def test_a_server_that_ignores_the_forced_tool_may_answer_in_json(
    make: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(text=TEXT))
    llm = make(structured_output="tool")
    assert await llm.astructured_predict(Film, PROMPT, film="Alien") == ALIEN


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "text",
    [
        f"Here it is:\n```json\n{TEXT}\n```",
        f"```\n{TEXT}\n```\nHope it helps {{you}}.",
        f"As [asked]:\n\n```json\n{TEXT}\n```",
        f"Sure: {TEXT}",
        f"{TEXT}\n\nNot to be run: ```json\n{{}}\n```",
    ],
)
async def test_prose_around_the_object_does_no_harm(
    make: Make, emulator: Emulator, way: str, text: str
) -> None:
    emulator.script(Answer(text=text, piece=7))
    assert (await ask(make(structured_output="prompt"), way))[-1] == ALIEN


def test_a_fence_inside_the_object_is_part_of_it(make: Make, emulator: Emulator) -> None:
    film = Film(title='```json\n{"a": 1}\n```', year=1979)
    emulator.script(Answer(text=f"```json\n{film.model_dump_json()}\n```"))
    assert make(structured_output="prompt").structured_predict(Film, PROMPT, film="x") == film


@pytest.mark.parametrize("text", ['{"title": "Al', f'Sure: {{"a": {TEXT}, "title": "Al'])
def test_an_object_that_breaks_off_is_an_error(make: Make, emulator: Emulator, text: str) -> None:
    emulator.script(Answer(text=text))
    with pytest.raises(InvalidReplyError, match="does not fit Film"):
        make(structured_output="prompt").structured_predict(Film, PROMPT, film="Alien")


@pytest.mark.parametrize("method", ["json_schema", "tool", "prompt"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Answer(refusal="I cannot."), "refused: I cannot"),
        (Answer(reasoning=TEXT), "empty"),
        (Answer(text='{"title": "Alien"}'), "does not fit Film"),
        (Answer(text="It is Alien."), "does not fit Film"),
        (Answer(reasoning="hm", text='{"ti', finish="length"), "raise max_tokens"),
    ],
)
async def test_a_bad_answer_is_an_error_that_says_why(
    make: Make, emulator: Emulator, way: str, method: str, reply: Answer, words: str
) -> None:
    emulator.script(reply)
    with pytest.raises(InvalidReplyError, match=words) as caught:
        await ask(make(structured_output=method), way)
    assert caught.value.provider == "openrouter"


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_a_stream_that_breaks_gives_no_object_for_the_whole(
    make: Make, emulator: Emulator, way: str
) -> None:
    emulator.script(Fault.cut(3, how="end", answer=Answer(text=TEXT, piece=6)))
    with pytest.raises(StreamBrokenError):
        await ask(make(max_retries=0), way)


@pytest.mark.parametrize("way", WAYS)
async def test_every_event_happens_once(make: Make, way: str) -> None:
    seen: list[Any] = []

    class Listener(BaseEventHandler):
        @classmethod
        def class_name(cls) -> str:
            return "listener"

        def handle(self, event: Any, **_: Any) -> None:
            seen.append(type(event))

    dispatcher = get_dispatcher()
    listener = Listener()
    dispatcher.add_event_handler(listener)
    debug = LlamaDebugHandler(print_trace_on_end=False)
    try:
        objects = await ask(make(callback_manager=CallbackManager([debug])), way)
    finally:
        dispatcher.event_handlers.remove(listener)
    assert seen.count(LLMStructuredPredictStartEvent) == 1
    assert seen.count(LLMStructuredPredictEndEvent) == 1
    shown = len(objects) if "stream" in way else 0
    assert seen.count(LLMStructuredPredictInProgressEvent) == shown
    assert len(debug.get_event_pairs(CBEventType.LLM)) == 1


async def test_arguments_of_llamaindexs_programs_do_not_get_in_the_way(
    llm: SeedLLM, emulator: Emulator
) -> None:
    emulator.script(Answer(text=TEXT))
    given = {"tool_required": True, "allow_parallel_tool_calls": True, "max_tokens": 99}
    assert await llm.astructured_predict(Film, PROMPT, llm_kwargs=given, film="Alien") == ALIEN
    assert given == {"tool_required": True, "allow_parallel_tool_calls": True, "max_tokens": 99}


def test_the_messages_of_the_prompt_are_not_changed(make: Make, emulator: Emulator) -> None:
    message = user("Which film?")
    emulator.script(Answer(text=TEXT))
    make(structured_output="prompt").structured_predict(Film, ChatPromptTemplate([message]))
    assert message == user("Which film?")


def test_names_of_generic_classes_are_made_fit() -> None:
    _, call = Form(Box[int], "tool").question([user()], None)
    assert call["tools"][0]["function"]["name"] == "Box_int_"


def test_a_conversation_that_does_not_end_with_the_user_gets_the_schema_in_a_new_message() -> None:
    ended = [user(), ChatMessage(role="assistant", content="Which?")]
    messages, _ = Form(Film, "prompt").question(ended, None)
    assert [message.role for message in messages] == ["user", "assistant", "user"]


def test_chunks_without_news_give_no_object(make: Make, emulator: Emulator) -> None:
    emulator.script(Answer(reasoning="a long thought " * 5, text=TEXT, piece=4))
    prompt = PromptTemplate("Describe {film}.")
    objects = list(make().stream_structured_predict(Film, prompt, film="Alien"))
    dumped = [one.model_dump_json() for one in objects[:-1]]
    assert len(set(dumped)) == len(dumped)
