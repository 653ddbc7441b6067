"""Tools and objects that are asked for in words, and Seed's own tags in the text of an answer."""

from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import TextBlock, ThinkingBlock, ToolCallBlock

from seed_core import InvalidReplyError, UnsupportedError
from seed_core.emulator import Answer, Emulator, ToolUse
from tests.llamaindex.asking import CHATS, answer, call
from tests.llamaindex.at_fal import CHAT, DOWN, PARIS, QUEUE, SYNC, TOOLS, fals
from tests.llamaindex.conftest import Make
from tests.llamaindex.probes_agents import run
from tests.llamaindex.probes_objects import ALIEN, TEXT, WAYS, ask
from tests.llamaindex.samples import Film
from tests.posted import latest, posts
from tests.rows import Row

SCHEMA = {
    "type": "json_schema",
    "json_schema": {"name": "Film", "schema": Film.model_json_schema()},
}
OFFERED = {"tools": [one.metadata.to_openai_tool() for one in TOOLS]}
BLOCK = """\
<seed:tool_call>
<function=get_weather>
<parameter=city>Paris</parameter>
<parameter=days>3</parameter>
</function>
</seed:tool_call>"""
SELECTED = [("get_weather", {"city": "Paris", "days": 3})]

ways = pytest.mark.parametrize("way", WAYS)
chats = pytest.mark.parametrize("method", CHATS)


def calls_of(response: Any) -> list[tuple[str, Any]]:
    """The calls of a response."""
    blocks = [block for block in response.message.blocks if isinstance(block, ToolCallBlock)]
    return [(block.tool_name, block.tool_kwargs) for block in blocks]


# --- objects --------------------------------------------------------------------------------------


@fals
@ways
async def test_an_object_is_asked_for_in_words_and_comes_whole(
    row: Row, way: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(text=f"Here:\n```json\n{TEXT}\n```", reasoning="Hm."), host="fal")
    assert set(map(repr, await ask(at(row), way))) == {repr(ALIEN)}
    [seen] = posts(emulator)
    assert latest(emulator, row).schema == Film.model_json_schema()
    assert seen.body["prompt"] == "Describe Alien."


@fals
@ways
@pytest.mark.parametrize(
    ("bad", "why"), [("Alien of 1979.", "no JSON"), ('{"title": "Alien"}', "'year' is a required")]
)
async def test_an_object_that_does_not_fit_is_asked_for_once_more(
    row: Row, way: str, bad: str, why: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(text=bad), Answer(text=TEXT), host="fal")
    assert set(map(repr, await ask(at(row), way))) == {repr(ALIEN)}
    _, second = posts(emulator)
    assert second.body["messages"][-1] == {"role": "assistant", "content": bad}
    assert why in second.body["prompt"]


@fals
@ways
async def test_after_two_bad_answers_the_error_has_what_the_model_said(
    row: Row, way: str, at: Make, emulator: Emulator
) -> None:
    first, second = Answer(text="No.", cost=0.001), Answer(text="Never, ever.", cost=0.002)
    emulator.script(first, second, host="fal")
    with pytest.raises(InvalidReplyError, match=r"no JSON.*'Never, ever\.'") as caught:
        await ask(at(row), way)
    assert caught.value.provider == "fal"
    partial: Any = caught.value.partial
    assert partial.text == "Never, ever."
    assert partial.finish.cost.usd == pytest.approx(0.003)
    assert len(posts(emulator)) == 2


@fals
@chats
async def test_both_answers_are_paid_for(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(text="No.", cost=0.001), Answer(text=TEXT, cost=0.002), host="fal")
    last = await answer(at(row), method, response_format=SCHEMA)
    assert last.message.content == TEXT
    assert last.additional_kwargs["cost"] == pytest.approx(0.003)
    assert last.additional_kwargs["cost_source"] == "reported"


@fals
@ways
async def test_reasoning_that_leaves_no_words_says_what_to_do(
    row: Row, way: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(reasoning="So much to think about"), host="fal")
    with pytest.raises(InvalidReplyError, match="raise max_tokens"):
        await ask(at(row), way)
    assert len(posts(emulator)) == 1


@fals
async def test_a_structured_llm_answers_with_objects(
    row: Row, at: Make, emulator: Emulator
) -> None:
    structured = at(row).as_structured_llm(Film)
    for method in CHATS:
        emulator.clear()
        emulator.script(Answer(text="No."), Answer(text=f"So: {TEXT}"), host="fal")
        last = await answer(structured, method)
        assert last.raw == ALIEN
        assert Film.model_validate_json(last.message.content) == ALIEN
        assert len(posts(emulator)) == 2


@ways
@pytest.mark.parametrize(
    ("method", "words"),
    [("json_schema", "JSON schema, named Film"), ("tool", "You must call `Film`"), ("prompt", "")],
)
async def test_the_form_of_the_question_can_be_chosen(
    way: str, method: str, words: str, at: Make, emulator: Emulator
) -> None:
    by_tool = Answer(tool_calls=[ToolUse("Film", TEXT)])
    emulator.script(by_tool if method == "tool" else Answer(text=TEXT), host="fal")
    assert (await ask(at(SYNC, structured_output=method), way))[-1] == ALIEN
    body = posts(emulator)[-1].body
    assert words in body.get("system_prompt", "")
    assert ("fits this schema" in body["prompt"]) is (method == "prompt")


@ways
@pytest.mark.parametrize(
    ("first", "schema"),
    [
        (CHAT, True),
        (Row("empiriolabs", "chat"), False),  # nobody knows whether it heeds a schema
        (Row("compatible", "chat"), False),
    ],
    ids=str,
)
async def test_the_form_of_an_object_is_one_that_all_hosts_heed(
    first: Row, schema: bool, way: str, at: Make, emulator: Emulator
) -> None:
    llm = at(first, SYNC, max_retries=0)
    emulator.script(DOWN, host=first.emulated)
    calls = [] if schema else [ToolUse("Film", TEXT)]
    emulator.script(Answer(text=TEXT if schema else "", tool_calls=calls), host="fal")
    assert (await ask(llm, way))[-1] == ALIEN
    there, here = (seen.body for seen in posts(emulator))
    assert ("response_format" in there) is schema
    assert ("tools" in there) is not schema
    assert ("JSON schema, named Film" in here["system_prompt"]) is schema
    assert ("You must call `Film`" in here["system_prompt"]) is not schema


# --- forced calls ---------------------------------------------------------------------------------


@fals
@chats
async def test_a_call_that_must_come_is_asked_for_once_more(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    first, second = Answer(text="Sunny.", cost=0.001), Answer(tool_calls=[PARIS], cost=0.002)
    emulator.script(first, second, host="fal")
    responses = await call(at(row), method, tool_choice="required", **OFFERED)
    assert calls_of(responses[-1]) == SELECTED
    assert not any("Sunny." in (one.message.content or "") for one in responses)
    assert responses[-1].additional_kwargs["cost"] == pytest.approx(0.003)
    assert posts(emulator)[1].body["messages"][-1]["content"] == "Sunny."


@fals
@chats
async def test_a_call_that_never_comes_is_an_error(
    row: Row, method: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(text="Sunny."), Answer(text="Still sunny."), host="fal")
    with pytest.raises(InvalidReplyError, match=r"none was: get_weather.*'Still sunny\.'"):
        await call(at(row), method, tool_choice="required", **OFFERED)
    assert len(posts(emulator)) == 2


# --- off ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [(SYNC,), (QUEUE,), (CHAT, SYNC)], ids=str)
async def test_off_means_that_there_are_no_tools(
    rows: tuple[Row, ...], at: Make, emulator: Emulator
) -> None:
    assert at(*rows).metadata.is_function_calling_model
    llm = at(*rows, tool_calling="off")
    assert not llm.metadata.is_function_calling_model
    with pytest.raises(UnsupportedError, match="leave out tool_calling='off'"):
        await llm.achat_with_tools(TOOLS, user_msg="Weather?")
    with pytest.raises(ValueError, match="LLM must be a FunctionCallingLLM"):
        await FunctionAgent(tools=TOOLS, llm=llm).run("Weather?")
    assert emulator.requests == []


@fals
@ways
async def test_objects_are_then_asked_for_in_the_prompt(
    row: Row, way: str, at: Make, emulator: Emulator
) -> None:
    off = {"tool_calling": "off"}
    for llm, more in ((at(row, **off), {}), (at(row), {"llm_kwargs": off})):
        emulator.clear()
        emulator.script(Answer(text=f"So: {TEXT}"), Answer(text="Alien."), host="fal")
        assert (await ask(llm, way, **more))[-1] == ALIEN
        body = posts(emulator)[-1].body
        assert "fits this schema" in body["prompt"]
        assert "system_prompt" not in body
        with pytest.raises(InvalidReplyError, match="does not fit Film"):
            await ask(llm, way, **more)
        assert len(posts(emulator)) == 2


# --- by choice, at a host with tools -------------------------------------------------------------


@chats
@pytest.mark.parametrize("with_the_call", [False, True])
async def test_tools_can_be_said_in_words_anywhere(
    method: str, with_the_call: bool, make: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(text=f"I look.\n{BLOCK}", reasoning="Hm.", piece=5))
    said = {"tool_calling": "prompted"}
    llm = make(coalesce=False, **({} if with_the_call else said))
    responses = await call(llm, method, **OFFERED, **(said if with_the_call else {}))
    assert calls_of(responses[-1]) == SELECTED
    assert responses[-1].message.content == "I look."
    assert responses[-1].additional_kwargs["finish_reason"] == "tool_calls"
    assert not any("<" in (one.message.content or "") for one in responses)
    if "stream" in method:
        assert [one.delta for one in responses if one.delta] == ["I loo", "k."]
    body = posts(emulator)[-1].body
    assert not {"tools", "tool_choice"} & body.keys()
    assert "get_weather" in body["messages"][0]["content"]


async def test_an_agent_at_a_host_with_tools_speaks_in_words(
    make: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(text=BLOCK, reasoning="Hm."), Answer(text="Sunny."))
    llm = make(tool_calling="prompted")
    said, _ = await run(FunctionAgent(tools=TOOLS, llm=llm), "Weather?")
    assert said == "Sunny."
    turns = posts(emulator)[-1].body["messages"]
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert turns[2]["content"] == BLOCK
    assert turns[2]["reasoning_details"][0]["text"] == "Hm."
    assert turns[3]["content"].endswith("Paris: sunny for 3 days")


async def test_a_single_call_is_wished_for_where_words_can_say_it(
    make: Make, at: Make, emulator: Emulator
) -> None:
    said = []
    for llm in (make(tool_calling="prompted"), make(), at(SYNC), at(SYNC, CHAT)):
        emulator.clear()
        await llm.achat_with_tools(TOOLS, user_msg="Hello")
        said.append(b"at most one call" in posts(emulator)[-1].raw)
    assert said == [True, False, True, False], "of several hosts one may not be told so"


@ways
async def test_an_object_as_a_forced_call_in_words(
    way: str, make: Make, emulator: Emulator
) -> None:
    arguments = "<parameter=title>Alien</parameter><parameter=year>1979</parameter>"
    block = f"<seed:tool_call><function=Film>{arguments}</function></seed:tool_call>"
    emulator.script(Answer(text="Alien."), Answer(text=block, piece=5))
    llm = make(tool_calling="prompted", structured_output="tool")
    assert set(map(repr, await ask(llm, way))) == {repr(ALIEN)}
    assert len(posts(emulator)) == 2


# --- tags that a server leaves in the text --------------------------------------------------------


@chats
async def test_tags_in_the_text_are_read_where_that_is_said(
    method: str, at: Make, emulator: Emulator
) -> None:
    left = Answer(text=f"<seed:think>Hmm, well.</seed:think>I look.\n{BLOCK}", piece=5)
    emulator.script(left, left)
    row = Row("compatible", "chat")
    responses = await call(at(row, read_markup=True, coalesce=False), method, **OFFERED)
    thought, text, _ = responses[-1].message.blocks
    assert isinstance(thought, ThinkingBlock)
    assert (thought.content, text) == ("Hmm, well.", TextBlock(text="I look."))
    assert calls_of(responses[-1]) == SELECTED
    assert not any("<" in (one.message.content or "") for one in responses)
    if "stream" in method:
        thoughts = [one.additional_kwargs.get("thinking_delta", "") for one in responses]
        assert "".join(thoughts) == "Hmm, well."
        assert len(list(filter(None, thoughts))) > 1
    assert "tools" in posts(emulator)[-1].body
    as_it_came = (await call(at(row), method, **OFFERED))[-1]
    assert as_it_came.message.content == left.text
    assert calls_of(as_it_came) == []


async def test_an_agent_goes_on_after_tags_in_the_text(at: Make, emulator: Emulator) -> None:
    emulator.script(
        Answer(text=f"<seed:think>Hm.</seed:think>{BLOCK}"),
        Answer(text="<seed:think>Hm.</seed:think>Sunny."),
    )
    llm = at(Row("compatible", "chat"), read_markup=True)
    assert (await run(FunctionAgent(tools=TOOLS, llm=llm), "Weather?"))[0] == "Sunny."
    answered = posts(emulator)[-1].body["messages"][1]
    assert answered["tool_calls"][0]["function"]["name"] == "get_weather"
    assert "<seed:" not in str(answered.get("content"))


@ways
async def test_thoughts_in_tags_are_never_read_as_the_object(
    way: str, at: Make, emulator: Emulator
) -> None:
    emulator.script(Answer(text=f'<seed:think>{{"title": "No"}}</seed:think>{TEXT}', piece=4))
    llm = at(Row("compatible", "chat"), read_markup=True)
    assert (await ask(llm, way))[-1] == ALIEN
