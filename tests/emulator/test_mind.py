"""The rule-based replies: when a tool is called, with what, and what is said otherwise."""

import base64
import json

import pytest

from seed_core.emulator.mind import Conversation, Offer, Turn, reply
from tests.emulator.conftest import WEATHER, tool

INTEGER = {"type": "integer"}
STRING = {"type": "string"}
MAGIC = tool("magic_function", "Apply a magic function to an input.", input=INTEGER)
ADDER = tool("my_adder_tool", "Takes two integers, a and b.", a=INTEGER, b=INTEGER)


def user(content):
    return {"role": "user", "content": content}


def test_echo(chat):
    assert chat.message("How do you do?")["content"] == (
        'You said: "How do you do?". (A canned answer of the emulator, not of the model.)'
    )


def test_it_does_not_pretend_to_be_the_model(chat):
    for text in ("Hello", "Write a poem", "你好"):
        assert "not of the model" in chat.message(text)["content"]


def test_the_same_request_has_the_same_answer(chat):
    first, second = chat.whole("Hello"), chat.whole("Hello")
    for body in (first, second):
        del body["id"], body["created"]
    assert first == second


def test_stream_and_whole_say_the_same(chat):
    message = chat.message("Hello")
    events = [event["choices"][0]["delta"] for event in chat.events("Hello")]
    assert "".join(delta["content"] for delta in events) == message["content"]
    assert "".join(delta.get("reasoning") or "" for delta in events) == message["reasoning"]


# Thinking.


def test_it_thinks_by_default(chat):
    assert chat.message()["reasoning"] == (
        "This is message 1 of the conversation. I shall answer by rule."
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning": {"effort": "none"}},
        {"reasoning": {"enabled": False}},
        {"reasoning_effort": "none"},
    ],
)
def test_thinking_can_be_off(chat, fields):
    body = chat.whole(**fields)
    assert body["choices"][0]["message"]["reasoning"] is None
    assert "reasoning_details" not in body["choices"][0]["message"]
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 0


def test_more_effort_thinks_longer(chat):
    efforts = ["minimal", "low", "medium", "high"]
    lengths = [len(chat.message(reasoning={"effort": e})["reasoning"]) for e in efforts]
    assert lengths == sorted(set(lengths))
    assert (
        chat.message(reasoning={"effort": "max"})["reasoning"]
        == (chat.message(reasoning={"effort": "high"})["reasoning"])
    )


def test_a_thinking_budget_cuts_the_thought(chat):
    assert chat.message(reasoning={"max_tokens": 3})["reasoning"] == "This is mess"


# Limits.


def test_max_tokens_cuts_the_thought_first(chat):
    body = chat.whole(max_tokens=5)
    choice = body["choices"][0]
    assert choice["finish_reason"] == "length"
    assert choice["message"]["content"] == ""
    assert choice["message"]["reasoning"] == "This is message 1 of"
    assert body["usage"]["completion_tokens"] == 5


def test_max_tokens_cuts_the_text(chat):
    body = chat.whole(max_completion_tokens=20)
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["choices"][0]["message"]["content"] == 'You said: "Hello'
    assert body["usage"]["completion_tokens"] == 20


def test_max_tokens_cuts_the_arguments(chat):
    fields = {"max_tokens": 8, "reasoning": {"effort": "none"}}
    body = chat.whole("Weather in Paris?", tools=[WEATHER], **fields)
    assert body["choices"][0]["finish_reason"] == "length"
    call = body["choices"][0]["message"]["tool_calls"][0]
    assert call["function"]["arguments"] == '{"location": "Paris"'[:20]
    fields["max_tokens"] = 5
    call = chat.message("Weather in Paris?", tools=[WEATHER], **fields)["tool_calls"][0]
    assert call["function"]["arguments"] == '{"locati'
    fields["max_tokens"] = 3
    assert "tool_calls" not in chat.message("Weather in Paris?", tools=[WEATHER], **fields)


def test_a_hundred_tokens_are_enough_for_some_text(chat):
    for effort in ("low", "medium", "high"):
        body = chat.whole("word " * 500, max_tokens=100, reasoning={"effort": effort})
        assert body["choices"][0]["message"]["content"]


@pytest.mark.parametrize("stop", ["said", ["(A", "said"]])
def test_stop_cuts_before_itself(chat, stop):
    choice = chat.whole(stop=stop)["choices"][0]
    assert choice["message"]["content"] == "You "
    assert choice["finish_reason"] == "stop"


# Which tool is called.


def test_a_tool_that_is_named_is_called(chat):
    text = "What is the value of magic_function(3)? Use the tool."
    assert chat.arguments(text, MAGIC) == {"magic_function": {"input": 3}}


def test_a_tool_is_called_when_a_telling_word_of_it_occurs(chat):
    text = "What is the weather in San Francisco, CA?"
    assert chat.arguments(text, WEATHER) == {"get_weather": {"location": "San Francisco, CA"}}


def test_a_tool_that_needs_numbers_is_called_with_them(chat):
    assert chat.arguments("What is 1 + 2", ADDER) == {"my_adder_tool": {"a": 1, "b": 2}}
    assert chat.arguments("What is 1", ADDER) == {}


def test_several_tools_that_fit_are_called_together(chat):
    mail = tool("send_mail", "Send a letter.", to=STRING)
    called = chat.arguments("Send a mail about the weather in Rome", WEATHER, mail, MAGIC)
    assert set(called) == {"get_weather", "send_mail"}


def test_a_tool_that_is_spelled_out_comes_alone(chat):
    called = chat.arguments("Use get_weather, not magic, in Rome", WEATHER, MAGIC)
    assert called == {"get_weather": {"location": "Rome"}}


def test_no_tool_is_called_for_small_talk(chat):
    assert chat.arguments("Hello, how are you today?", WEATHER, MAGIC, ADDER) == {}


def test_choice_none_calls_nothing(chat):
    assert chat.arguments("Weather in Rome?", WEATHER, tool_choice="none") == {}


def test_choice_required_always_calls(chat):
    assert chat.arguments("Hello!", MAGIC, WEATHER, tool_choice="required") == {
        "magic_function": {"input": 1}
    }


def test_a_named_choice_calls_that_tool(chat):
    choice = {"type": "function", "function": {"name": "get_weather"}}
    called = chat.arguments("What is magic_function(3) in Oslo", MAGIC, WEATHER, tool_choice=choice)
    assert called == {"get_weather": {"location": "Oslo"}}


def after_result(**fields):
    call = {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    return [
        user("Weather in Rome?"),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a", "content": "It's sunny.", **fields},
    ]


def test_after_a_result_it_is_quoted(chat):
    message = chat.message(messages=after_result(), tools=[WEATHER])
    assert "tool_calls" not in message
    assert message["content"].startswith("get_weather answered: It's sunny.")


def test_a_forced_choice_after_a_result_prefers_a_tool_not_yet_called(chat):
    report = tool("WeatherReport", "The answer.", summary=STRING)
    message = chat.message(messages=after_result(), tools=[WEATHER, report], tool_choice="required")
    assert [call["function"]["name"] for call in message["tool_calls"]] == ["WeatherReport"]


def test_a_second_question_calls_again(chat):
    messages = [
        *after_result(),
        {"role": "assistant", "content": "Sunny."},
        user("Weather in Oslo"),
    ]
    assert chat.arguments("", WEATHER, messages=messages) == {"get_weather": {"location": "Oslo"}}


# What a tool is called with.


def test_a_tool_without_parameters(chat):
    bare = {"type": "function", "function": {"name": "now"}}
    called = chat.message("What is now()?", tools=[bare])["tool_calls"]
    assert called[0]["function"]["arguments"] == "{}"


@pytest.mark.parametrize("name", ["你好啊集团", "こんにちは株式会社", "한국 회사"])
def test_text_of_other_scripts_is_copied(chat, name):
    customer = tool("unicode_customer", "Create a customer.", customer_name=STRING, note=STRING)
    called = chat.arguments(f"Create a customer named '{name}' (Hello Group) - a company", customer)
    assert called["unicode_customer"] == {"customer_name": name, "note": "Hello Group"}


def test_the_first_capital_of_a_sentence_is_no_name(chat):
    greeter = tool("greeting_generator", "Generate a greeting.", answer_style=STRING)
    called = chat.arguments("Using the tool, generate a Pirate greeting.", greeter)
    assert called == {"greeting_generator": {"answer_style": "Pirate"}}


def test_words_after_a_preposition_are_better_than_nothing(chat):
    assert chat.arguments("what is the weather in paris?", WEATHER) == {
        "get_weather": {"location": "paris"}
    }


def test_labelled_values(chat):
    book = tool("book_table", "Book a table.", guests=INTEGER, place=STRING)
    called = chat.arguments("Book a table in Rome, place: Luigi, guests=4, at 8", book)
    assert called == {"book_table": {"guests": 4, "place": "Luigi"}}


# JSON.

JOKE = {
    "type": "object",
    "properties": {"setup": STRING, "punchline": STRING, "rating": INTEGER},
    "required": ["setup", "punchline"],
}


def test_a_wanted_schema_is_filled(chat):
    wanted = {"type": "json_schema", "json_schema": {"name": "joke", "schema": JOKE}}
    got = json.loads(chat.message("A joke about cats", response_format=wanted)["content"])
    assert set(got) == {"setup", "punchline"}
    got = json.loads(chat.message("A joke, rating 7", response_format=wanted)["content"])
    assert got["rating"] == 7


def test_a_wanted_object_has_the_keys_that_the_prompt_quotes(chat):
    text = "A joke. Return a JSON with 'setup' and 'punchline' keys."
    got = json.loads(chat.message(text, response_format={"type": "json_object"})["content"])
    assert set(got) == {"setup", "punchline"}
    got = json.loads(chat.message("Hi", response_format={"type": "json_object"})["content"])
    assert got == {"answer": "Hi"}


def test_a_schema_in_the_text_is_filled(chat):
    text = f"A joke about cats.\nAnswer with JSON of this schema: {{x}} {json.dumps(JOKE)}"
    assert set(json.loads(chat.message(text)["content"])) == {"setup", "punchline"}


def test_tools_come_before_the_schema(chat):
    wanted = {"type": "json_schema", "json_schema": {"name": "joke", "schema": JOKE}}
    called = chat.arguments("Weather in Rome?", WEATHER, response_format=wanted)
    assert set(called) == {"get_weather"}
    message = chat.message(messages=after_result(), tools=[WEATHER], response_format=wanted)
    assert set(json.loads(message["content"])) == {"setup", "punchline"}


# What is shown.


def data(kind, content):
    return f"data:{kind};base64," + base64.b64encode(content).decode()


def test_media_is_listed_with_kind_and_size(chat):
    parts = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": data("image/png", b"x" * 1234)}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "video_url", "video_url": {"url": data("video/mp4", b"x" * 99)}},
    ]
    body = chat.whole(messages=[user(parts)])
    assert body["choices"][0]["message"]["content"] == (
        'You said: "Look". I was shown 2 images (image/png, 1234 bytes; https://example.com/a.png) '
        "and 1 video (video/mp4, 99 bytes). (A canned answer of the emulator, not of the model.)"
    )
    usage = body["usage"]
    assert usage["prompt_tokens"] == 4 + 1 + 2 * 256 + 1024
    assert usage["prompt_tokens_details"]["video_tokens"] == 1024


def test_a_document_is_parsed_into_an_annotation_once(chat):
    pdf = data("application/pdf", b"%PDF-1.4 x")
    asked = user([{"type": "file", "file": {"filename": "a.pdf", "file_data": pdf}}])
    message = chat.message(messages=[asked])
    assert "1 document (a.pdf, application/pdf, 10 bytes)" in message["content"]
    (annotation,) = message["annotations"]
    assert annotation["type"] == "file"
    assert annotation["file"]["name"] == "a.pdf"
    assert len(annotation["file"]["hash"]) == 64
    texts = [part["text"] for part in annotation["file"]["content"]]
    assert (texts[0], texts[-1]) == ('<file name="a.pdf">', "</file>")
    again = [asked, message, user("And now?")]
    assert "annotations" not in chat.message(messages=again)
    del message["annotations"]
    assert "annotations" in chat.message(messages=again)


def test_a_prompt_without_a_user():
    assert reply(Conversation((Turn("system", "Be kind"),))).text.startswith("(A canned")


def test_after_a_prefill_no_tool_is_called():
    offer = Offer("get_weather")
    turns = (Turn("user", "weather"), Turn("assistant", "Well,"))
    assert reply(Conversation(turns, (offer,))).tool_calls == ()
