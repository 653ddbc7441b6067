"""Tools and forms of an answer where a host has none: asked for in words, checked, mended once."""

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from seed_core.emulator import Answer, Emulator, Fault, Raw, ToolUse
from seed_core.errors import BadRequestError, InvalidReplyError, ServerError, UnsupportedError
from seed_core.events import ReasoningDelta, TextDelta, ToolCallDelta, collect
from seed_core.flow import Retry
from seed_core.providers.base import Provider
from seed_core.types import (
    JsonObject,
    JsonSchema,
    Message,
    NamedTool,
    Options,
    Prompt,
    ServerTool,
    Tool,
    ToolCall,
)
from tests.core.calling import COLOURS, Colour, ask
from tests.providers.fal.asking import turn

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("get_weather", "The weather in a city.", CITY)
TIME = Tool("get_time", "The time in a city.", CITY)
PERSON = JsonSchema(
    "person",
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    },
)
GOOD = '{"name": "Ada", "age": 36}'


def asking(text: str = "Who?", *tools: Tool | ServerTool, **said: Any) -> Prompt:
    options = Options(**said.pop("options", {}))
    return Prompt((turn("user", text),), tools, options=options, **said)


def posts(emulator: Emulator) -> list[dict[str, Any]]:
    return [seen.body for seen in emulator.requests if seen.method == "POST"]


@pytest.fixture(params=["sync", "queue"])
def fal(request: pytest.FixtureRequest, emulator: Emulator) -> Provider:
    return emulator.provider("fal", api=request.param)


# --- forms of the answer --------------------------------------------------------------------------


@pytest.mark.parametrize("colour", COLOURS)
def test_a_good_answer_is_taken_at_once(emulator: Emulator, fal: Provider, colour: Colour) -> None:
    said = f"Here you are:\n```json\n{GOOD}\n```\nAnything else?"
    emulator.script(Answer(text=said, reasoning="Easy"), host="fal")
    reply = ask(colour, fal, stream=True, prompt=asking(response_format=PERSON)).reply
    assert (reply.text, reply.reasoning) == (GOOD, "Easy")
    assert len(posts(emulator)) == 1


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("Ada, I think, and 36.", "no JSON"),
        ('{"name": "Ada"}', "'age' is a required property"),
        ('{"name": "Ada", "age": "thirty-six"}', "$.age"),
        ('{"name": "Ada", "age": 3', "stops before its end"),
    ],
)
@pytest.mark.parametrize("colour", COLOURS)
def test_a_bad_answer_is_mended_once(
    emulator: Emulator, fal: Provider, colour: Colour, bad: str, why: str
) -> None:
    emulator.script(Answer(text=bad, cost=0.001), Answer(text=GOOD, cost=0.002), host="fal")
    reply = ask(colour, fal, stream=False, prompt=asking(response_format=PERSON)).reply
    assert reply.text == GOOD
    first, second = posts(emulator)
    assert second["messages"] == [
        {"role": "user", "content": "Who?"},
        {"role": "assistant", "content": bad},
    ]
    assert why in second["prompt"]
    assert second["system_prompt"] == first["system_prompt"]
    assert reply.finish is not None
    assert reply.finish.cost is not None
    assert reply.finish.cost.usd == pytest.approx(0.003), "both were paid for"


@pytest.mark.parametrize("colour", COLOURS)
def test_a_second_bad_answer_is_an_error_with_the_model_s_words(
    emulator: Emulator, fal: Provider, colour: Colour
) -> None:
    emulator.script(Answer(text="No."), Answer(text="Never, ever."), host="fal")
    outcome = ask(colour, fal, stream=True, prompt=asking(response_format=PERSON))
    error = outcome.failure(InvalidReplyError)
    assert "'Never, ever.'" in str(error)
    assert "no JSON" in str(error)
    assert error.provider == "fal"
    assert error.partial.text == "Never, ever."
    assert error.partial.finish.cost.usd > 0
    assert outcome.events == [], "what must fit is not shown before it does"
    assert len(posts(emulator)) == 2


def test_an_answer_that_reasoning_used_up_says_so_itself(
    emulator: Emulator, fal: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.script(Answer(reasoning="So much to think about"), host="fal")
    with caplog.at_level(logging.WARNING, "seed_core"):
        reply = ask("sync", fal, stream=False, prompt=asking(response_format=PERSON)).reply
    assert reply.finish is not None
    assert (reply.text, reply.finish.reason) == ("", "length")
    assert "raise max_tokens" in caplog.text
    assert len(posts(emulator)) == 1, "asking again would cost the same again"


def test_an_empty_answer_is_not_mended(emulator: Emulator, fal: Provider) -> None:
    emulator.script(Answer(), host="fal")
    error = ask("sync", fal, stream=False, prompt=asking(response_format=PERSON)).failure(
        InvalidReplyError
    )
    assert "it said nothing" in str(error)
    assert len(posts(emulator)) == 1


def test_any_object_will_do_where_no_schema_is_said(emulator: Emulator, fal: Provider) -> None:
    emulator.script(Answer(text="[1, 2]"), Answer(text='So: {"a": [1]}'), host="fal")
    reply = ask("sync", fal, stream=False, prompt=asking(response_format=JsonObject())).reply
    assert reply.text == '{"a": [1]}'


def test_a_failure_of_the_second_round_is_that_failure(emulator: Emulator) -> None:
    sync = emulator.provider("fal")
    emulator.script(Answer(text="No."), Fault.status(500), host="fal")
    outcome = ask("sync", sync, stream=False, prompt=asking(response_format=PERSON), retry=Retry(0))
    outcome.failure(ServerError)


def test_a_reference_in_a_schema_is_followed_nowhere(emulator: Emulator, fal: Provider) -> None:
    schema = JsonSchema("x", {"$ref": "http://169.254.169.254/latest"})
    emulator.script(Answer(text='{"a": 1}'), host="fal")
    assert ask("sync", fal, stream=False, prompt=asking(response_format=schema)).reply.text


# --- tools ----------------------------------------------------------------------------------------


def call_of(city: str, text: str = "") -> Answer:
    return Answer(text=text, tool_calls=[ToolUse("get_weather", json.dumps({"city": city}))])


@pytest.mark.parametrize("colour", COLOURS)
def test_a_call_is_read_out_of_the_answer(
    emulator: Emulator, fal: Provider, colour: Colour
) -> None:
    emulator.script(call_of("Paris", "I look."), host="fal")
    reply = ask(colour, fal, stream=False, prompt=asking("Weather?", WEATHER, TIME)).reply
    assert reply.text == "I look."
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [
        ("get_weather", '{"city":"Paris"}')
    ]
    assert reply.finish is not None
    assert reply.finish.reason == "tool_calls"


def test_without_tools_the_markup_is_text(emulator: Emulator, fal: Provider) -> None:
    emulator.script(call_of("Paris"), call_of("Paris"), host="fal")
    for prompt in (asking("Weather?"), asking("Weather?", WEATHER, tool_choice="none")):
        reply = ask("sync", fal, stream=False, prompt=prompt).reply
        assert reply.text.startswith("<seed:tool_call>")
        assert reply.tool_calls == ()


@pytest.mark.parametrize("choice", ["required", NamedTool("get_weather")])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_forced_call_that_does_not_come_is_asked_for_once_more(
    emulator: Emulator, fal: Provider, colour: Colour, choice: Any
) -> None:
    emulator.script(Answer(text="It is sunny."), call_of("Paris"), host="fal")
    prompt = asking("Weather?", WEATHER, TIME, tool_choice=choice)
    outcome = ask(colour, fal, stream=True, prompt=prompt)
    assert [call.name for call in outcome.reply.tool_calls] == ["get_weather"]
    assert "You must call" in posts(emulator)[0]["system_prompt"]
    assert posts(emulator)[1]["messages"][-1]["content"] == "It is sunny."


@pytest.mark.parametrize(
    "wrong",
    [
        Answer(tool_calls=[ToolUse("get_time", '{"city": "Paris"}')]),
        Answer(tool_calls=[ToolUse("get_weather", "{}")]),
        Answer(text="No."),
    ],
)
def test_a_forced_call_that_never_comes_is_an_error(
    emulator: Emulator, fal: Provider, wrong: Answer
) -> None:
    emulator.script(wrong, wrong, host="fal")
    prompt = asking("Weather?", WEATHER, TIME, tool_choice=NamedTool("get_weather"))
    error = ask("sync", fal, stream=False, prompt=prompt).failure(InvalidReplyError)
    assert "get_weather" in str(error)
    assert len(posts(emulator)) == 2


def test_a_forced_call_with_wrong_arguments_is_kept_as_the_call_that_it_is(
    emulator: Emulator, fal: Provider
) -> None:
    wrong = Answer(tool_calls=[ToolUse("get_weather", '{"town": "Paris"}')])
    emulator.script(wrong, wrong, host="fal")
    prompt = asking("Weather?", WEATHER, tool_choice="required")
    error = ask("sync", fal, stream=False, prompt=prompt).failure(InvalidReplyError)
    assert [call.name for call in error.partial.tool_calls] == ["get_weather"]


def test_a_tool_of_the_host_s_own_is_refused_where_it_has_none(
    emulator: Emulator, fal: Provider
) -> None:
    own = ServerTool({"type": "web_search"})
    for tools in ((own,), (own, WEATHER)):
        error = ask("sync", fal, stream=False, prompt=asking("Weather?", *tools)).failure(
            UnsupportedError
        )
        assert "fal runs no tools itself over this wire, so 'web_search'" in str(error)
    assert emulator.requests == []


def test_a_call_goes_before_a_form(emulator: Emulator, fal: Provider) -> None:
    emulator.script(call_of("Paris"), Answer(text=GOOD), host="fal")
    prompt = asking("Weather?", WEATHER, response_format=PERSON)
    assert ask("sync", fal, stream=False, prompt=prompt).reply.tool_calls
    assert ask("sync", fal, stream=False, prompt=prompt).reply.text == GOOD


def test_a_stop_text_never_cuts_a_call(emulator: Emulator, fal: Provider) -> None:
    prompt = asking("Weather?", WEATHER, options={"stop": ("Par", "</function>")})
    for choice in (None, "required"):
        emulator.script(call_of("Paris"), host="fal")
        asked = replace(prompt, tool_choice=choice)
        (call,) = ask("sync", fal, stream=False, prompt=asked).reply.tool_calls
        assert call.arguments == '{"city":"Paris"}'


# --- by the user's choice -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fal"])
@pytest.mark.parametrize(
    "prompt",
    [
        asking("Weather?", WEATHER),
        asking(response_format=PERSON),
        asking(response_format=JsonObject()),
    ],
)
def test_words_can_be_turned_off(emulator: Emulator, name: str, prompt: Prompt) -> None:
    off = replace(prompt, options=Options(tool_calling="off"))
    ask("sync", emulator.provider(name), stream=False, prompt=off).failure(UnsupportedError)
    assert emulator.requests == []


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", ["openrouter", "byteplus", "empiriolabs"])
def test_tools_can_be_described_in_words_where_the_host_has_its_own(
    emulator: Emulator, colour: Colour, name: str, *, stream: bool
) -> None:
    prompt = asking("get_weather in Paris", WEATHER, options={"tool_calling": "prompted"})
    outcome = ask(colour, emulator.provider(name), stream=stream, prompt=prompt)
    assert [call.name for call in outcome.reply.tool_calls] == ["get_weather"]
    (body,) = posts(emulator)
    assert "tools" not in body
    assert "<seed:tool_call>" in json.dumps(body["messages"])


def test_a_stream_with_tools_in_words_is_still_a_stream(emulator: Emulator) -> None:
    said = "I shall look up the weather.\n\n"
    markup = "<seed:tool_call>\n<function=get_weather>\n<parameter=city>Paris</parameter>\n"
    emulator.script(Answer(text=f"{said}{markup}</function>\n</seed:tool_call>\n", piece=3))
    prompt = asking("Weather?", WEATHER, options={"tool_calling": "prompted"})
    host = emulator.provider("openrouter")
    events = ask("sync", host, stream=True, prompt=prompt, coalesce=False).events
    texts = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(texts) > 5
    assert "".join(texts) == said.strip()
    (call,) = [event for event in events if isinstance(event, ToolCallDelta)]
    assert (call.name, call.arguments) == ("get_weather", '{"city":"Paris"}')


LEAKED = (
    "<seed:think>The user wants <b>weather</b>.</seed:think>I look.\n<seed:tool_call>\n"
    "<function=get_weather>\n<parameter=city>Paris</parameter>\n</function>\n</seed:tool_call>"
)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("api", ["chat", "responses", "messages"])
def test_what_a_server_leaves_in_the_text_is_read_if_asked_for(
    emulator: Emulator, colour: Colour, api: str, *, stream: bool
) -> None:
    server = emulator.provider("openrouter", api=api)
    emulator.script(Answer(text=LEAKED, piece=5), Answer(text=LEAKED, piece=5))
    read = asking("Weather?", WEATHER, options={"read_markup": True})
    reply = ask(colour, server, stream=stream, prompt=read).reply
    assert (reply.reasoning, reply.text) == ("The user wants <b>weather</b>.", "I look.")
    assert [call.name for call in reply.tool_calls] == ["get_weather"]
    assert posts(emulator)[0]["tools"], "they are offered as ever"
    reply = ask(colour, server, stream=stream, prompt=asking("Weather?", WEATHER)).reply
    assert (reply.text, reply.tool_calls) == (LEAKED, ())


@pytest.mark.parametrize("stream", [False, True])
def test_reasoning_that_is_read_can_be_hidden(emulator: Emulator, *, stream: bool) -> None:
    server = emulator.provider("openrouter")
    emulator.script(Answer(text=LEAKED, piece=5))
    read = asking("Weather?", WEATHER, options={"read_markup": True, "hide_reasoning": True})
    outcome = ask("sync", server, stream=stream, prompt=read)
    assert (outcome.reply.reasoning, outcome.reply.text) == ("", "I look.")
    # In a stream the first of it says that the answer has begun, and is billed.
    assert outcome.events.count(ReasoningDelta("")) == int(stream)


def test_calls_of_before_are_told_in_words_where_those_of_now_are(emulator: Emulator) -> None:
    called = Message("assistant", (ToolCall("c1", "get_weather", "{}"),))
    turns = (turn("user", "Weather?"), called, turn("user", "Well?"))
    for server, said in (("fal", Options()), ("openrouter", Options(tool_calling="prompted"))):
        host = emulator.provider(server)
        prompt = Prompt(turns, options=said)
        assert ask("sync", host, stream=False, prompt=prompt).reply.text
        assert "<function=get_weather>" in json.dumps(posts(emulator)[-1])


def test_a_reply_that_is_none_shows_no_conversation(emulator: Emulator) -> None:
    odd = b'{"output": 7, "messages": [{"role": "user", "content": "a secret"}]}'
    emulator.script(*[Raw(200, {"content-type": "application/json"}, odd)] * 2, host="fal")
    error = ask("sync", emulator.provider("fal"), stream=False).failure(InvalidReplyError)
    assert "'output': 7" in str(error)
    assert "a secret" not in str(error)


def test_an_error_is_told_as_ever(emulator: Emulator, fal: Provider) -> None:
    prompt = asking(
        "Weather?", WEATHER, response_format=PERSON, options={"extra_body": {"top_p": 9}}
    )
    ask("sync", fal, stream=False, prompt=prompt).failure(BadRequestError)


def test_whole_and_streamed_answers_are_the_same(emulator: Emulator) -> None:
    server = emulator.provider("openrouter")
    prompt = asking("get_weather in Paris", WEATHER, options={"tool_calling": "prompted"})
    replies = [
        collect(ask("sync", server, stream=stream, prompt=prompt).events)
        for stream in (False, True)
    ]
    first, second = ((r.text, r.reasoning, r.tool_calls[0].arguments) for r in replies)
    assert first == second
