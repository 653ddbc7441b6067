"""Tools and JSON where the host has no field for them: asked for in words, answered by rule."""

import json

import pytest

from seed_core.emulator import Answer, ToolUse
from tests.emulator.bodies import PNG
from tests.emulator.conftest import WEATHER, tool

FORM = "Call them so: <seed:tool_call>\n<function=NAME>\n</function>\n</seed:tool_call>"
TIME = tool("get_time", "Get the time of day.", zone={"type": "string"})
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
}
PARIS = (
    "<seed:tool_call>\n<function=get_weather>\n<parameter=location>Paris</parameter>\n"
    "</function>\n</seed:tool_call>"
)


def tools(*offered, words=""):
    described = "\n".join(json.dumps(one) for one in offered or (WEATHER, TIME))
    return f"You have tools:\n{described}\n{FORM}\n{words}"


def turn(role, content):
    return {"role": role, "content": content}


# Tools.


def test_a_tool_is_called(fal):
    assert fal.output("What is the weather in Paris?", system_prompt=tools()) == PARIS


def test_small_talk_calls_nothing(fal):
    assert fal.output("Hello!", system_prompt=tools()).startswith('You said: "Hello!"')


def test_a_tools_schema_is_not_that_of_the_answer(fal):
    assert fal.output("Hello!", system_prompt=tools(words=FORM)).startswith("You said")


@pytest.mark.parametrize(
    ("words", "called"),
    [("You must call a tool.", "get_weather"), ("You must call `get_time`.", "get_time")],
)
def test_a_forced_call(fal, words, called):
    assert f"<function={called}>" in fal.output("Hello!", system_prompt=tools(words=words))


def test_a_result_is_quoted(fal):
    history = [turn("user", "Weather in Paris?"), turn("assistant", PARIS)]
    shown = {"image_urls": [PNG]}
    text = fal.output("It's sunny.", messages=history, system_prompt=tools(), **shown)
    assert text.startswith("get_weather answered: It's sunny. 1 image (image/png, 8 bytes)")


def test_instructions_may_be_among_the_messages(fal):
    history = [turn("system", tools())]
    assert fal.output("What is the weather in Paris?", messages=history) == PARIS


def test_a_second_question_calls_again(fal):
    history = fal.whole("What is the weather in Oslo?", system_prompt=tools())["messages"]
    history = fal.whole("Rain.", messages=history)["messages"]
    assert fal.output("And what is the weather in Paris?", messages=history) == PARIS


def test_a_call_that_is_cut_off(fal):
    text = fal.output(
        "What is the weather in Paris?",
        system_prompt=tools(),
        thinking="disabled",
        max_completion_tokens=8,
    )
    assert text == '<seed:tool_call>\n<function=get_weather>\n{"location": "Paris"'


def test_a_broken_call_is_mended(fal, script):
    ask = "What is the weather in Paris?"
    script(Answer(tool_calls=[ToolUse("get_weather", '{"loc')]))
    history = fal.whole(ask, system_prompt=tools())["messages"]
    assert not history[-1]["content"].endswith(">")
    again = fal.output("That call does not parse. Try again.", messages=history)
    assert "<function=get_weather>\n<parameter=location>" in again
    assert again.endswith("</seed:tool_call>")


def test_a_call_that_was_forgotten_is_made(fal, script):
    script(Answer(text="No."))
    forced = tools(words="You must call `get_weather`.")
    history = fal.whole("about Paris?", system_prompt=forced)["messages"]
    assert fal.output("you did not.", messages=history) == PARIS


# JSON.


def test_a_schema_is_filled(fal):
    system = f"Answer with JSON alone, of this schema: {json.dumps(PERSON)}"
    answer = json.loads(fal.output("Ann is 30.", system_prompt=system))
    assert answer == {"name": "Ann", "age": 30}


def test_a_schema_without_required_fields_is_one_too(fal):
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}}
    system = f"Answer with JSON of this schema: {json.dumps(schema)}"
    assert json.loads(fal.output("The age is 30.", system_prompt=system)) == {"age": 30}


@pytest.mark.parametrize(
    "words", ["Answer with one JSON object.", "Only a JSON object, please: no prose"]
)
def test_an_object_is_made(fal, words):
    assert json.loads(fal.output("Who?", system_prompt=words)) == {"answer": "Who?"}
    assert json.loads(fal.output(f"Who? {words}"))


def test_a_tools_json_object_is_not_the_answers(fal):
    words = "Each tool is described by a JSON object. Arguments make no JSON object."
    assert fal.output("Hello!", system_prompt=tools(words=words)).startswith("You said")


def test_tools_and_json_together(fal):
    system = tools(words=f"When done, answer with JSON of this schema: {json.dumps(PERSON)}")
    history = fal.whole("What is the weather in Paris?", system_prompt=system)["messages"]
    assert history[-1]["content"] == PARIS
    assert set(json.loads(fal.output("Sunny.", messages=history))) == {"name", "age"}


@pytest.mark.parametrize("bad", ["I cannot.", '{"name": "Ann"', '{"name": "Ann"}', "[]"])
def test_a_bad_answer_is_mended(fal, script, bad):
    script(Answer(text=bad))
    system = f"Answer with JSON alone, of this schema: {json.dumps(PERSON)}"
    history = fal.whole("Ann is 30.", system_prompt=system)["messages"]
    again = fal.output("not valid, once more.", messages=history)
    assert json.loads(again) == {"name": "Ann", "age": 30}


def test_after_a_good_answer_the_next_question_is_alone(fal):
    system = f"Answer with JSON alone, of this schema: {json.dumps(PERSON)}"
    history = fal.whole("Ann is 30.", system_prompt=system)["messages"]
    assert json.loads(fal.output("Ben is 20.", messages=history)) == {"name": "Ben", "age": 20}
