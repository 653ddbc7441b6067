"""Probes of structured output."""

import asyncio
import json
from dataclasses import replace
from typing import Any

from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.program import FunctionCallingProgram
from llama_index.core.prompts import ChatPromptTemplate, PromptTemplate
from pydantic import BaseModel

from seed_core.emulator import Answer, ToolUse
from tests.asked import Turn
from tests.llamaindex.conformance import Bench, failure, in_pieces, only, probe
from tests.llamaindex.samples import PNG, PNG_URL, Film, user

ALIEN = Film(title="Alien", year=1979)
TEXT = ALIEN.model_dump_json()
PROMPT = PromptTemplate("Describe {film}.")
WAYS = ("structured_predict", "astructured_predict", "stream", "astream")


class Cast(BaseModel):
    """Who plays."""

    names: list[str]


async def ask(llm: Any, way: str, output_cls: Any = Film, **more: Any) -> list[Any]:
    """The objects of one of the four ways; the last is the finished one."""
    match way:
        case "structured_predict":
            return [
                await asyncio.to_thread(
                    llm.structured_predict, output_cls, PROMPT, film="Alien", **more
                )
            ]
        case "astructured_predict":
            return [await llm.astructured_predict(output_cls, PROMPT, film="Alien", **more)]
        case "stream":
            return list(llm.stream_structured_predict(output_cls, PROMPT, film="Alien", **more))
        case _:
            objects = await llm.astream_structured_predict(output_cls, PROMPT, film="Alien", **more)
            return [one async for one in objects]


@probe
async def all_four_ways_give_an_object(bench: Bench) -> None:
    for way in WAYS:
        bench.script(Answer(reasoning='{"title": "No"}', text=TEXT))
        assert (await ask(bench.llm(), way))[-1] == ALIEN, way


@probe
@only(lambda row: bool(row.can.has("json_schema")))
async def the_host_gets_the_schema(bench: Bench) -> None:
    for way in WAYS:
        bench.script(Answer(text=TEXT))
        await ask(bench.llm(), way)
        assert bench.asked.schema is not None, way
        assert bench.asked.schema["required"] == ["title", "year"]


@probe
@only(in_pieces)
async def streamed_objects_fill_in(bench: Bench) -> None:
    for way in ("stream", "astream"):
        bench.script(Answer(reasoning="hm", text=TEXT, piece=2))
        objects = await ask(bench.llm(), way)
        titles = [getattr(one, "title", None) or "" for one in objects]
        assert any(0 < len(title) < len("Alien") for title in titles), f"{way}: {titles}"
        assert objects[-1] == ALIEN


@probe
@only(in_pieces)
async def streamed_lists_grow(bench: Bench) -> None:
    names = {"names": ["Sigourney Weaver", "Tom Skerritt", "John Hurt"]}
    bench.script(Answer(text=json.dumps(names), piece=3))
    objects = await ask(bench.llm(), "astream", Cast)
    lengths = [len(getattr(one, "names", None) or []) for one in objects]
    assert {1, 2, 3} <= set(lengths), lengths
    assert objects[-1] == Cast(**names)


@probe
async def the_system_prompt_is_honoured_in_all_four_ways(bench: Bench) -> None:
    for way in WAYS:
        bench.script(Answer(text=TEXT))
        await ask(bench.llm(system_prompt="Be exact."), way)
        first = bench.asked.turns[0]
        if bench.row.terse:  # where the schema stands there, too
            first = replace(first, text=first.text.partition("\n\n")[0])
        assert first == Turn("system", "Be exact."), way


@probe
async def thinking_is_kept_in_all_four_ways(bench: Bench) -> None:
    for way in WAYS:
        bench.script(Answer(text=TEXT))
        await ask(bench.llm(**bench.subject.effort), way)
        assert bench.asked.effort == "high", way


@probe
async def a_call_can_have_arguments_of_its_own(bench: Bench) -> None:
    bench.script(Answer(text=TEXT))
    await ask(bench.llm(), "astructured_predict", llm_kwargs={"temperature": 0.25})
    assert bench.body["temperature"] == 0.25


@probe
async def an_answer_that_was_cut_off_says_so(bench: Bench) -> None:
    # Where the host does not say why an answer ended, only one without words tells it.
    said = "" if bench.row.terse else '{"title": "Al'
    bench.script(Answer(reasoning="Very long", text=said, finish="length"))
    error = await failure(ask(bench.llm(), "astructured_predict"))
    assert "max_tokens" in error, error


@probe
async def a_picture_in_the_prompt_reaches_the_model(bench: Bench) -> None:
    message = user()
    message.blocks = [TextBlock(text="Which film?"), ImageBlock(image=PNG)]
    bench.script(Answer(text=TEXT))
    prompt = ChatPromptTemplate([message])
    assert await bench.llm().astructured_predict(Film, prompt) == ALIEN
    assert [one.address for one in bench.asked.shown] == [PNG_URL]


@probe
async def a_structured_llm_answers_with_json(bench: Bench) -> None:
    bench.script(Answer(text=TEXT), Answer(text=TEXT))
    structured = bench.llm().as_structured_llm(Film)
    response = await structured.achat([user("Describe Alien.")])
    assert response.raw == ALIEN
    assert Film.model_validate_json(response.message.content) == ALIEN
    chunks = [chunk async for chunk in await structured.astream_chat([user()])]
    assert chunks[-1].raw == ALIEN


@probe
@only(in_pieces)
async def a_function_calling_program_streams_objects(bench: Bench) -> None:
    call = ToolUse("Film", TEXT, "call_1")
    bench.script(Answer(reasoning="hm", tool_calls=[call], piece=2))
    program = FunctionCallingProgram.from_defaults(Film, prompt=PROMPT, llm=bench.llm())
    objects: list[Any] = list(program.stream_call(film="Alien"))
    titles = [getattr(one, "title", None) or "" for one in objects]
    assert any(0 < len(title) < len("Alien") for title in titles), titles
    assert objects[-1] == ALIEN
