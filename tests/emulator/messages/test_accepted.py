"""What is taken in a request in Anthropic's form, and what it does to the answer."""

from typing import Any

import pytest

from tests.emulator.messages.asking import (
    CLOCK,
    PDF,
    PNG,
    WEATHER,
    assistant,
    call,
    document,
    image,
    loop,
    result,
    said,
    shown,
    text,
    user,
)

EPHEMERAL = {"type": "ephemeral", "ttl": "1h"}
GOOD: dict[str, Any] = {
    "no max_tokens": {"max_tokens": ...},
    "all plain fields": {
        "cache_control": EPHEMERAL,
        "metadata": {"user_id": None},
        "service_tier": "auto",
        "stop_sequences": [],
        "temperature": 1,
        "top_k": 0,
        "top_p": 0.5,
        "unknown": 1,
    },
    "routing": {"provider": {"only": ["seed"]}, "models": ["x/y"], "session_id": "s"},
    "system blocks": {"system": [text(cache_control=EPHEMERAL)]},
    "empty system": {"system": ""},
    "thinking": {"thinking": {"type": "adaptive", "display": None}},
    "no tools": {"tools": []},
    "custom tool": {"tools": [{**CLOCK, "type": "custom", "cache_control": EPHEMERAL}]},
    "server tool": {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
    "forced server tool": {
        "tools": [{"type": "web_search_20250305", "name": "web_search"}],
        "tool_choice": {"type": "tool", "name": "web_search"},
    },
    "roles in a row": said(user("Hi"), user("there"), assistant(text("A")), assistant(text("B"))),
    "prefill": said(user("Hi"), {"role": "assistant", "content": ""}),
    "system in the middle": said(
        user("Hi"), {"role": "system", "content": "Be brief."}, user("Go")
    ),
    "documents": shown(
        document(type="base64", media_type="application/pdf", data=PDF),
        document(type="text", media_type="text/plain", data="x"),
        document(type="url", url="https://x.y/z.pdf"),
        document(type="content", content="x"),
        document(type="content", content=[text(), image(type="url", url="https://x.y")]),
    ),
    "search result": shown(
        {"type": "search_result", "source": "https://x.y", "title": "T", "content": [text()]}
    ),
    "results, then text": loop(result(), text()),
    "results in two messages": said(
        user("Hi"), assistant(call(), call("b")), user([result()]), user([result("b")])
    ),
    "results of all forms": loop(
        result(
            content=[
                text(),
                image(type="url", url="https://x.y"),
                document(type="url", url="https://x.y"),
            ]
        ),
        {"type": "tool_result", "tool_use_id": "b", "is_error": True},
        calls=(call(), call("b")),
    ),
    "server tools that were run": said(
        user("Hi"),
        assistant(
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
            {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
            text(),
        ),
        user("Go"),
    ),
    "redacted thinking": said(
        user("Hi"), assistant({"type": "redacted_thinking", "data": "x"}, text()), user("Go")
    ),
}


@pytest.mark.parametrize("case", GOOD)
def test_200(ask, case):
    response = ask.post(**GOOD[case])
    assert response.status_code == 200, response.text


def test_media_are_seen(ask):
    shows = shown(
        image(type="base64", media_type="image/png", data=PNG),
        {**document(type="base64", media_type="application/pdf", data=PDF), "title": "Bill"},
    )
    said = ask.text(**shows)
    assert "1 image (image/png, 8 bytes)" in said
    assert "1 document (Bill, application/pdf, 8 bytes)" in said


def test_messages_of_one_role_are_one(ask):
    assert "One Two" in ask.text(**said(user("One"), user([text("Two")])))


def test_a_tool_is_called_and_its_result_is_quoted(ask):
    answer = ask.message("What is the weather in San Francisco, CA?", tools=[WEATHER])
    used = answer["content"][-1]
    assert (used["name"], used["input"]) == ("get_weather", {"location": "San Francisco, CA"})
    assert answer["stop_reason"] == "tool_use"
    history = [user("The weather?"), assistant(*answer["content"]), user([result(used["id"])])]
    assert "get_weather answered: It's sunny." in ask.text(tools=[WEATHER], **said(*history))


def test_tool_choice(ask):
    tools = [WEATHER, CLOCK]
    both = "Call get_weather for Paris and get_time."
    assert ask.calls(both, tools=tools) == ["get_weather", "get_time"]
    assert ask.calls("Hello", tools=tools, tool_choice={"type": "any"}) == ["get_weather"]
    assert ask.calls(both, tools=tools, tool_choice={"type": "none"}) == []
    forced = {"type": "tool", "name": "get_time"}
    assert ask.calls("Hello", tools=tools, tool_choice=forced) == ["get_time"]
    single = {"type": "auto", "disable_parallel_tool_use": True}
    assert ask.calls(both, tools=tools, tool_choice=single) == ["get_weather"]


def test_a_schema_is_filled(ask):
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    wanted = {"format": {"type": "json_schema", "schema": schema}}
    assert ask.text("Seven is 7.", output_config=wanted) == '{"n": 7}'


def test_thinking(ask):
    def thoughts(**fields):
        blocks = ask.message(**fields)["content"]
        return [block["thinking"] for block in blocks if block["type"] == "thinking"]

    (medium,) = thoughts()
    (low,) = thoughts(output_config={"effort": "low"})
    (high,) = thoughts(thinking={"type": "adaptive"}, output_config={"effort": "max"})
    assert len(high) > len(medium) > len(low)
    assert thoughts(thinking={"type": "disabled"}) == []
    assert thoughts(thinking={"type": "adaptive", "display": "omitted"}) == [""]


def test_max_tokens(ask):
    answer = ask.message("A long question, which is repeated.", max_tokens=20)
    assert answer["stop_reason"] == "max_tokens"
    assert answer["usage"]["output_tokens"] == 20
    cut = ask.message(max_tokens=5)
    assert [block["type"] for block in cut["content"]] == ["thinking"]


def test_stop_sequences(ask):
    answer = ask.message("one two three", stop_sequences=["three", " two"])
    assert answer["content"][-1]["text"] == 'You said: "one'
    assert (answer["stop_reason"], answer["stop_sequence"]) == ("stop_sequence", " two")
    assert ask.message("one", stop_sequences=["four"])["stop_sequence"] is None
    # The tokens ran out before the sequence came.
    cut = ask.message("one two three", max_tokens=18, stop_sequences=["three"])
    assert (cut["stop_reason"], cut["stop_sequence"]) == ("max_tokens", None)


def test_the_prompt_cache(ask, emulator):
    long = [text("word " * 2000, cache_control={"type": "ephemeral"})]
    first = ask.message(system=long)["usage"]
    assert (
        first["cache_creation_input_tokens"] == first["cache_creation"]["ephemeral_5m_input_tokens"]
    )
    assert first["cache_creation_input_tokens"] > 2000
    assert (first["input_tokens"], first["cache_read_input_tokens"]) == (0, 0)
    again = ask.message("Another", system=[text("word " * 2000)])["usage"]
    assert again["cache_read_input_tokens"] > 2000
    assert again["input_tokens"] == 6
    emulator.clear()
    assert ask.message(system=long)["usage"]["cache_read_input_tokens"] == 0
