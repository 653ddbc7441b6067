"""What OpenRouter refuses, the emulator refuses, in the host's own words and forms."""

from typing import Any

import pytest

from tests.emulator.bodies import (
    MP4,
    PDF,
    PNG,
    assistant,
    call,
    details,
    file,
    function,
    image,
    parts,
    schema,
    user,
)
from tests.emulator.conftest import MODEL, WEATHER

BAD: dict[str, Any] = {
    # fields
    "temperature high": {"temperature": 2.1},
    "temperature low": {"temperature": -0.1},
    "temperature text": {"temperature": "1"},
    "temperature boolean": {"temperature": True},
    "top_p zero": {"top_p": 0},
    "top_p high": {"top_p": 1.1},
    "frequency penalty": {"frequency_penalty": 2.5},
    "presence penalty": {"presence_penalty": -2.5},
    "max_tokens zero": {"max_tokens": 0},
    "max_tokens fraction": {"max_tokens": 1.5},
    "max_completion_tokens": {"max_completion_tokens": 0},
    "stop empty": {"stop": []},
    "stop five": {"stop": list("abcde")},
    "stop empty text": {"stop": ""},
    "stop empty entry": {"stop": ["a", ""]},
    "stop number": {"stop": 1},
    "seed text": {"seed": "1"},
    "stream text": {"stream": "true"},
    "session_id": {"session_id": "x" * 257},
    "models text": {"models": "x"},
    "metadata": {"metadata": []},
    "service_tier": {"service_tier": "gold"},
    "top_logprobs": {"top_logprobs": 21},
    "stop_server_tools_when": {"stop_server_tools_when": []},
    "cache_control": {"cache_control": {"type": "forever"}},
    # reasoning
    "reasoning text": {"reasoning": "high"},
    "reasoning effort unknown": {"reasoning": {"effort": "hard"}},
    "reasoning both": {"reasoning": {"effort": "low", "max_tokens": 10}},
    "reasoning enabled": {"reasoning": {"enabled": "yes"}},
    "reasoning max_tokens": {"reasoning": {"max_tokens": 0}},
    "reasoning_effort": {"reasoning_effort": "hard"},
    # plugins and routing
    "plugins object": {"plugins": {}},
    "plugin unknown": {"plugins": [{"id": "magic"}]},
    "plugin engine": {"plugins": [{"id": "file-parser", "pdf": {"engine": "ocr"}}]},
    "plugin enabled": {"plugins": [{"id": "web", "enabled": "no"}]},
    "provider text": {"provider": "seed"},
    "provider order": {"provider": {"order": "seed"}},
    "provider sort": {"provider": {"sort": "cheap"}},
    # tools
    "tools object": {"tools": {}},
    "tools empty": {"tools": []},
    "tool type": {"tools": [{"type": "tool", "function": {"name": "f"}}]},
    "tool server unknown": {"tools": [{"type": "openrouter:magic"}]},
    "tool server parameters": {"tools": [{"type": "openrouter:web_search", "parameters": 1}]},
    "tool without function": {"tools": [{"type": "function"}]},
    "tool name missing": function(name=None),
    "tool name long": function(name="f" * 65),
    "tool name spaced": function(name="get weather"),
    "tool parameters": function(parameters=[]),
    "tool parameters type": function(parameters={"type": "string"}),
    "tool description": function(description=1),
    "tool strict": function(strict="yes"),
    "tools twice": {"tools": [WEATHER, WEATHER]},
    "choice without tools": {"tool_choice": "auto"},
    "choice word": {"tools": [WEATHER], "tool_choice": "any"},
    "choice unknown tool": {
        "tools": [WEATHER],
        "tool_choice": {"type": "function", "function": {"name": "other"}},
    },
    "choice malformed": {"tools": [WEATHER], "tool_choice": {"name": "get_weather"}},
    # response_format
    "format type": {"response_format": {"type": "xml"}},
    "format text": {"response_format": "json_object"},
    "format grammar": {"response_format": {"type": "grammar"}},
    "format no schema object": {"response_format": {"type": "json_schema"}},
    "format no name": schema(schema={}),
    "format long name": schema(name="x" * 65, schema={}),
    "format no schema": schema(name="x"),
    "format strict": schema(name="x", schema={}, strict="yes"),
    # messages
    "no messages": {"messages": []},
    "messages null": {"messages": None},
    "messages text": {"messages": "Hello"},
    "message text": {"messages": ["Hello"]},
    "role unknown": {"messages": [{"role": "human", "content": "Hi"}]},
    "role missing": {"messages": [{"content": "Hi"}]},
    "name": {"messages": [{**user("Hi"), "name": 1}]},
    "content null": {"messages": [user(None)]},
    "content number": {"messages": [user(1)]},
    "content empty": {"messages": [user([])]},
    "content of texts": {"messages": [user(["Hi"])]},
    "part unknown": parts({"type": "image", "base64": "aaaa"}),
    "part tool_use": parts({"type": "tool_use", "id": "a"}),
    "part without type": parts({"text": "Hi"}),
    "text part": parts({"type": "text"}),
    "text part cache": parts({"type": "text", "text": "Hi", "cache_control": {"type": "x"}}),
    "system image": {
        "messages": [{"role": "system", "content": [{"type": "image_url", "image_url": {}}]}]
    },
    "developer image": {
        "messages": [
            {"role": "developer", "content": [{"type": "image_url", "image_url": {"url": PNG}}]}
        ]
    },
    # media
    "image url as text": parts({"type": "image_url", "image_url": PNG}),
    "image without url": parts({"type": "image_url", "image_url": {}}),
    "image url empty": image(""),
    "image ftp": image("ftp://example.com/a.png"),
    "image path": image("/tmp/a.png"),
    "image bare base64": image(PNG.partition(",")[2]),
    "image bmp": image(PNG.replace("png", "bmp")),
    "image jpg": image(PNG.replace("png", "jpg")),
    "image not base64": image("data:image/png;base64,a*b="),
    "image unpadded": image("data:image/png;base64,aaaaa"),
    "image no base64 mark": image("data:image/png,aaaa"),
    "image empty": image("data:image/png;base64,"),
    "image detail": image(PNG, detail="huge"),
    "image a video": image(MP4),
    "video without url": parts({"type": "video_url", "video_url": {}}),
    "video avi": parts({"type": "video_url", "video_url": {"url": MP4.replace("mp4", "avi")}}),
    "video bare base64": parts({"type": "video_url", "video_url": {"url": "AAAA"}}),
    "file nothing": file(filename="a.pdf"),
    "file bare base64": file(filename="a.pdf", file_data="JVBERi0="),
    "file an image": file(filename="a.png", file_data=PNG),
    "file name empty": file(filename="", file_data=PDF),
    "file flat": parts({"type": "file", "file_data": PDF}),
    "audio data url": parts(
        {
            "type": "input_audio",
            "input_audio": {"data": "data:audio/wav;base64,AA", "format": "wav"},
        }
    ),
    "audio without format": parts({"type": "input_audio", "input_audio": {"data": "AAAA"}}),
    # assistant turns
    "assistant nothing": {"messages": [user("Hi"), {"role": "assistant"}]},
    "assistant reasoning": assistant(reasoning=["x"]),
    "assistant reasoning_content": assistant(reasoning_content=1),
    "calls empty": assistant(tool_calls=[]),
    "calls object": assistant(tool_calls={}),
    "call without id": assistant(tool_calls=[{**call(), "id": None}]),
    "call without type": assistant(tool_calls=[{"id": "a", "function": {}}]),
    "call flat": assistant(tool_calls=[{"id": "a", "type": "function", "name": "f"}]),
    "call without name": assistant(tool_calls=[call(name=None)]),
    "call arguments an object": assistant(tool_calls=[call(arguments={})]),
    "details an object": assistant(reasoning_details={}),
    "details of texts": details("x"),
    "details unknown type": details({"type": "reasoning.thought", "text": "x"}),
    "details summary missing": details({"type": "reasoning.summary"}),
    "details data missing": details({"type": "reasoning.encrypted"}),
    "details text a number": details({"type": "reasoning.text", "text": 1}),
    "details server call": details({"type": "reasoning.server_tool_call", "tool_name": "x"}),
    "details format doubled": details(
        {"type": "reasoning.text", "text": "x", "format": "unknownunknown"}
    ),
    "details index text": details({"type": "reasoning.text", "text": "x", "index": "0"}),
    "details id number": details({"type": "reasoning.text", "text": "x", "id": 1}),
    "details twice": details(
        {"type": "reasoning.encrypted", "data": "x", "id": "rs_1"},
        {"type": "reasoning.encrypted", "data": "x", "id": "rs_1"},
    ),
    # pairing
    "result without id": {"messages": [user("Hi"), {"role": "tool", "content": "x"}]},
    "result of nothing": {
        "messages": [user("Hi"), {"role": "tool", "tool_call_id": "a", "content": "x"}]
    },
    "result twice": {
        "messages": [
            user("Hi"),
            {"role": "assistant", "content": None, "tool_calls": [call()]},
            *[{"role": "tool", "tool_call_id": "a", "content": "x"}] * 2,
        ]
    },
    "call without result": assistant(tool_calls=[call()]),
    "one result of two": {
        "messages": [
            user("Hi"),
            {"role": "assistant", "content": None, "tool_calls": [call("a"), call("b")]},
            {"role": "tool", "tool_call_id": "a", "content": "x"},
            user("Go"),
        ]
    },
    "last call open": {
        "messages": [user("Hi"), {"role": "assistant", "content": None, "tool_calls": [call()]}]
    },
    # models
    "model unknown": {"model": "bytedance-seed/seed-9"},
    "model suffix unknown": {"model": f"{MODEL}:fast"},
    "model number": {"model": 1},
    "model missing": {"model": None},
}


@pytest.mark.parametrize("fields", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_bad_request_is_400(chat, emulator, fields, stream):
    response = chat.post(**{"stream": stream, **fields})
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert body["error"]["code"] == 400
    assert body["error"]["message"]
    assert body["user_id"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("model unknown", "bytedance-seed/seed-9 is not a valid model ID"),
        ("model missing", "model: must be a string"),
        ("temperature high", "temperature: must be a number from 0 to 2"),
        ("result of nothing", "Provider returned error"),
    ],
)
def test_the_words_of_a_refusal(chat, name, words):
    assert chat.post(**BAD[name]).json()["error"]["message"] == words


def test_an_upstream_refusal_says_whose_it_is(chat):
    error = chat.post(tools=[]).json()["error"]
    assert error["metadata"] == {"provider_name": "Seed", "raw": "[] is too short - 'tools'"}


def test_no_model_at_all(http):
    body = {"messages": [user("Hello")]}
    response = http.post("/chat/completions", json=body)
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "No models provided"


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Basic abc"}])
def test_no_key_is_401(http, headers):
    http.headers.pop("Authorization")
    response = http.post("/chat/completions", json={}, headers=headers)
    assert response.status_code == 401
    assert response.json() == {"error": {"message": "Missing Authentication header", "code": 401}}


@pytest.mark.parametrize("key", ["invalid", "sk-or-invalid-1"])
@pytest.mark.parametrize("path", ["/key", "/credits", "/generation"])
def test_a_wrong_key_is_401(http, chat, key, path):
    http.headers["Authorization"] = f"Bearer {key}"
    assert chat.post().json() == {"error": {"message": "User not found.", "code": 401}}
    assert http.get(path).status_code == 401


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b'{"temperature": NaN}', b"\xff"])
def test_a_body_that_is_no_json_object_is_400(http, emulator, raw):
    response = http.post("/chat/completions", content=raw)
    assert response.status_code == 400
    assert emulator.requests[-1].raw == raw


ROUTES_AWAY: dict[str, Any] = {
    "only another": {"provider": {"only": ["OpenAI"]}},
    "ignored": {"provider": {"ignore": ["seed"]}},
    "pinned elsewhere": {"provider": {"order": ["OpenAI"], "allow_fallbacks": False}},
    "free variant": {"model": f"{MODEL}:free"},
    "audio": parts({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}),
    "parameters": {"provider": {"require_parameters": True}, "seed": 1},
}


@pytest.mark.parametrize("fields", ROUTES_AWAY.values(), ids=ROUTES_AWAY.keys())
def test_nobody_left_to_serve_is_404(chat, fields):
    response = chat.post(**fields)
    assert response.status_code == 404
    error = response.json()["error"]
    # The documented form of these errors has no code.
    assert "code" not in error
    assert error["http_status"] == 404
    assert error["availability"]["retryable"] is False


def test_required_parameters_filter_by_what_the_model_lists(chat):
    fields = {"seed": 1, "top_k": 3, "presence_penalty": 0.5, "parallel_tool_calls": True}
    assert chat.post(**fields).status_code == 200
    error = chat.post(provider={"require_parameters": True}, **fields).json()["error"]
    assert error["availability"]["code"] == "constraint_filtered"
    assert error["availability"]["constraint"]["detail"] == ", ".join(sorted(fields))
    listed = {"temperature": 0.5, "max_tokens": 50, "tools": [WEATHER], "reasoning": {}}
    assert chat.post(provider={"require_parameters": True}, **listed).status_code == 200


def test_too_long_a_prompt_is_refused_in_the_recorded_words(chat):
    response = chat.post("word " * 250_000)
    error = response.json()["error"]
    assert response.status_code == error["code"] == 400
    assert error["message"].startswith("This endpoint's maximum context length is 262144 tokens.")
    assert error["metadata"]["previous_errors"][0]["message"] == error["message"]
    assert chat.post(max_tokens=262_144).status_code == 400
