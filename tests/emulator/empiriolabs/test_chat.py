"""EmpirioLabs' chat: what its page takes, refuses and answers."""

import json
from typing import Any

import pytest

from seed_core.emulator import Answer, Fault, Raw, ToolUse
from tests.emulator.ark.conftest import deltas
from tests.emulator.bodies import MP4, PDF, PNG, assistant, call, file, function, image, parts, user
from tests.emulator.conftest import WEATHER

RAW = {"disable_formatting": True}
USAGE = {"stream_options": {"include_usage": True}}
THOUGHT = Answer(text="Hello!", reasoning="A greeting.")

BAD: dict[str, Any] = {
    "temperature": {"temperature": 2.1},
    "top_p": {"top_p": 1.1},
    "max_tokens zero": {"max_tokens": 0},
    "max_tokens high": {"max_tokens": 65_537},
    "frequency_penalty": {"frequency_penalty": -2.1},
    "presence_penalty": {"presence_penalty": 2.1},
    "stop": {"stop": 1},
    "enable_thinking": {"enable_thinking": "yes"},
    "effort minimal": {"reasoning_effort": "minimal"},
    "effort none": {"reasoning_effort": "none"},
    "enable_web_search": {"enable_web_search": 1},
    "enable_caching": {"enable_caching": "on"},
    "image_detail": {"image_detail": "auto"},
    "video_fps low": {"video_fps": 0.1},
    "video_fps high": {"video_fps": 5.1},
    "disable_formatting": {"disable_formatting": "yes"},
    "stream": {"stream": "yes"},
    "format": {"response_format": {"type": "xml"}},
    "tool name": function(name="get weather"),
    "tool type": {"tools": [{"type": "web_search"}]},
    "choice": {"tools": [WEATHER], "tool_choice": "any"},
    "messages": {"messages": []},
    "role": {"messages": [{"role": "human", "content": "x"}]},
    "image": image("/tmp/a.png"),
    "detail": image(PNG, detail="huge"),
    "file": file(filename="a.pdf"),
    "sound": parts({"type": "input_audio", "input_audio": {"data": "eA==", "format": "wav"}}),
    "call open": assistant(tool_calls=[call()]),
    "model missing": {"model": None},
}


@pytest.mark.parametrize("fields", BAD.values(), ids=BAD.keys())
def test_a_bad_request_is_400(chat, script, fields):
    script(Answer(text="untouched"))
    response = chat.post(**fields)
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "code", "param"}
    assert error["type"] == "invalid_request_error"
    assert chat.message()["content"] == "untouched"


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 0, "top_p": 0, "max_tokens": 65_536, "frequency_penalty": -2},
        {"stop": ["a", "b"], "presence_penalty": 2},
        {"thinking_budget": "unknown here", "made_up": 1},
        {"image_detail": "xhigh", "video_fps": 0.2, "reasoning_effort": "high"},
        {"enable_thinking": False, "reasoning_effort": "low"},
        {"messages": [{"role": "developer", "content": "x"}, user("Hi")]},
        {"response_format": {"type": "json_object"}},
        image("https://example.com/a.png"),
        parts({"type": "video_url", "video_url": {"url": MP4}}),
        file(filename="a.pdf", file_data=PDF),
        {"tools": [WEATHER], "tool_choice": "required", "parallel_tool_calls": False},
    ],
)
def test_what_the_host_takes_is_taken(chat, fields):
    response = chat.post(**fields)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "missing_api_key"),
        ({"Authorization": "Bearer invalid"}, "invalid_api_key"),
        ({"x-api-key": "invalid"}, "invalid_api_key"),
    ],
)
def test_a_missing_or_wrong_key_is_401(http, headers, code):
    del http.headers["Authorization"]
    for path in ("/chat/completions", "/responses"):
        response = http.post(path, json={}, headers=headers)
        assert (response.status_code, response.json()["error"]["code"]) == (401, code)


def test_the_key_may_stand_in_either_header(http, chat):
    del http.headers["Authorization"]
    http.headers["x-api-key"] = "test"
    assert chat.post().status_code == 200


def test_an_unknown_model_is_404(chat):
    response = chat.post(model="gpt-5")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]"])
def test_a_body_that_is_no_json_object_is_400(http, raw):
    assert http.post("/chat/completions", content=raw).status_code == 400


def test_too_long_a_prompt(chat):
    response = chat.post("word " * 250_000)
    assert (response.status_code, response.json()["error"]["code"]) == (
        400,
        "context_length_exceeded",
    )


# Shapes


def test_a_whole_reply(chat, script):
    script(THOUGHT)
    body = chat.whole(**RAW)
    assert set(body) == {"id", "object", "created", "model", "choices", "usage"}
    assert body["choices"][0]["message"] == {
        "role": "assistant",
        "content": "Hello!",
        "reasoning_content": "A greeting.",
        "refusal": None,
    }
    usage = {"prompt_tokens", "completion_tokens", "total_tokens", "cost_usd"}
    details = {"prompt_tokens_details", "completion_tokens_details"}
    assert set(body["usage"]) == usage | details


def test_a_stream(chat, script):
    script(Answer(text="Hello!", reasoning="A greeting.", piece=6))
    events = chat.events(**RAW, **USAGE)
    assert deltas(events) == [
        {"role": "assistant", "content": ""},
        {"content": "", "reasoning_content": "A gree"},
        {"content": "", "reasoning_content": "ting."},
        {"content": "Hello!"},
        {},
    ]
    reasons = [event["choices"][0]["finish_reason"] for event in events[:-1]]
    assert reasons == [None] * 4 + ["stop"]
    assert events[-1]["choices"] == []
    assert events[-1]["usage"]["cost_usd"] > 0
    assert not any("usage" in event for event in chat.events(**RAW))


def test_streamed_calls(chat, script):
    script(Answer(tool_calls=[ToolUse("f", '{"a": 1}', id="x")], piece=4))
    events = chat.events(**RAW)
    pieces = [delta["tool_calls"][0] for delta in deltas(events) if "tool_calls" in delta]
    assert pieces[0]["function"] == {"name": "f", "arguments": ""}
    assert "".join(piece["function"]["arguments"] for piece in pieces) == '{"a": 1}'
    assert events[-1]["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("name", ["disable_formatting", "raw", "passthrough", "raw_response"])
def test_without_formatting_reasoning_has_its_field(chat, script, name):
    script(THOUGHT, THOUGHT)
    assert chat.message(**{name: True})["reasoning_content"] == "A greeting."
    assert chat.message(**{name: False})["content"].startswith("**Thinking...**")


def test_formatting_pastes_reasoning_into_the_text(chat, script):
    script(THOUGHT, THOUGHT)
    body = chat.whole()
    pasted = "**Thinking...**\n\nA greeting.\n\n---\n\nHello!"
    assert body["choices"][0]["message"]["content"] == pasted
    assert "reasoning_content" not in body["choices"][0]["message"]
    # It is billed as what it was.
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 3
    assert body["usage"]["completion_tokens"] == 5
    streamed = deltas(chat.events())
    assert "".join(delta.get("content", "") for delta in streamed) == pasted


def test_a_search_is_counted_and_cited(chat):
    body = chat.whole("Look it up", enable_web_search=True, **RAW)
    assert body["usage"]["tool_usage"] == {"web_search": 1}
    (cited,) = body["choices"][0]["message"]["annotations"]
    assert cited["url_citation"]["url"] == "https://example.com/emulated"
    assert "tool_usage" not in chat.whole(**RAW)["usage"]
    text = chat.message("Look it up", enable_web_search=True)["content"]
    assert text.endswith("1. [An emulated search result](https://example.com/emulated)")


def test_stops_are_one_text_with_commas_or_an_array(chat):
    whole = chat.message("alpha beta", **RAW)["content"]
    assert "alpha" in whole
    assert "alpha" not in chat.message("alpha beta", stop="zeta,alpha", **RAW)["content"]
    cut = chat.message("alpha, beta", stop=["alpha, b"], **RAW)["content"]
    assert cut == 'You said: "'


def test_thinking_is_on_unless_switched_off(chat):
    def thought(**fields):
        return chat.message(**RAW, **fields).get("reasoning_content")

    assert thought() == thought(reasoning_effort="medium") == thought(enable_thinking=True)
    assert thought(reasoning_effort="low") != thought(reasoning_effort="high")
    assert thought(enable_thinking=False) is None


def test_max_tokens_counts_reasoning_too(chat):
    body = chat.whole(max_tokens=5, **RAW)
    assert body["usage"]["completion_tokens"] == 5
    assert body["choices"][0]["finish_reason"] == "length"


def test_the_host_introduces_itself_unless_there_are_instructions(chat):
    bare = chat.whole()["usage"]["prompt_tokens"]
    short = [{"role": "system", "content": "x"}, user("Hello")]
    assert chat.whole(messages=short)["usage"]["prompt_tokens"] < bare
    short[0]["role"] = "developer"
    assert chat.whole(messages=short)["usage"]["prompt_tokens"] < bare


def test_a_prompt_is_cached_when_asked(chat):
    def cached(**fields):
        usage = chat.whole("word " * 1000, **fields)["usage"]
        return usage["prompt_tokens_details"]["cached_tokens"]

    on = {"enable_caching": True}
    assert [cached(), cached(), cached(**on), cached(**on) > 1000] == [0, 0, 0, True]


def test_the_price_doubles_from_128000_prompt_tokens_on(chat, script):
    script(Answer(text="x" * 4), Answer(text="x" * 4), Answer(text="x", cost=0.25))
    short = chat.whole()["usage"]
    assert short["cost_usd"] == pytest.approx(short["prompt_tokens"] * 0.12e-6 + 0.5e-6)
    long = chat.whole("x" * 600_000)["usage"]
    assert long["cost_usd"] == pytest.approx(long["prompt_tokens"] * 0.24e-6 + 1e-6)
    assert chat.whole()["usage"]["cost_usd"] == 0.25


def test_a_tool_loop(chat):
    ask = [user("What is the weather in Paris?")]
    message = chat.message(messages=ask, tools=[WEATHER], **RAW)
    (called,) = message["tool_calls"]
    assert json.loads(called["function"]["arguments"]) == {"location": "Paris"}
    result = {"role": "tool", "tool_call_id": called["id"], "content": "Sunny."}
    text = chat.message(messages=[*ask, message, result], tools=[WEATHER], **RAW)["content"]
    assert "get_weather answered: Sunny." in text


# Faults


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "invalid_request"),
        (401, "invalid_api_key"),
        (402, "insufficient_credits"),
        (404, "model_not_found"),
        (429, "rate_limit_exceeded"),
        (502, "upstream_error"),
        (503, "model_unavailable"),
    ],
)
def test_a_status(chat, script, status, code):
    script(Fault.status(status))
    response = chat.post()
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_faults_within_a_reply(chat, script):
    script(
        Fault.status(429, code="tokens_exceeded", message="Slow.", metadata={"limit": 1}),
        Fault.error_in_body(503),
        Fault.error_mid_stream(2, message="Gone"),
        Fault.error_in_choice("upstream_error"),
        Fault.cut(1, how="end"),
    )
    assert chat.post().json()["error"] == {
        "message": "Slow.",
        "type": "rate_limit_error",
        "code": "tokens_exceeded",
        "param": None,
        "limit": 1,
    }
    response = chat.post()
    assert (response.status_code, response.json()["error"]["code"]) == (200, "model_unavailable")
    assert chat.events()[-1] == {
        "error": {"message": "Gone", "type": "api_error", "code": "upstream_error", "param": None}
    }
    assert chat.whole()["choices"][0]["error"]["code"] == "upstream_error"
    assert len(chat.events()) == 1


def test_exact_bytes(chat, script):
    script(Raw(418, body=b"short"))
    assert chat.post().text == "short"
