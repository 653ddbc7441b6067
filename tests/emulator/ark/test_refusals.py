"""What Ark refuses in a chat request, with its dotted codes."""

import base64
from typing import Any

import pytest

from seed_core.emulator import Answer, Emulator
from tests.emulator.ark.conftest import NEW
from tests.emulator.bodies import (
    MP4,
    PDF,
    PNG,
    assistant,
    call,
    file,
    function,
    image,
    parts,
    schema,
    user,
)
from tests.emulator.conftest import WEATHER

SOUND = {"type": "input_audio", "input_audio": {"data": "eA==", "format": "wav"}}
LARGE = "data:image/png;base64," + base64.b64encode(b"\0" * (11 << 20)).decode()


def video(**fields: Any) -> dict[str, Any]:
    return parts({"type": "video_url", "video_url": {"url": MP4, **fields}})


def loop(*results: str) -> dict[str, Any]:
    """A question, two calls, and what follows."""
    return {
        "messages": [
            user("Hi"),
            {"role": "assistant", "content": "", "tool_calls": [call("a"), call("b")]},
            *({"role": "tool", "tool_call_id": ident, "content": "x"} for ident in results),
            user("Go"),
        ]
    }


BAD: dict[str, tuple[dict[str, Any], str]] = {
    # fields
    "temperature": ({"temperature": 2.1}, "InvalidParameter"),
    "top_p": ({"top_p": -0.1}, "InvalidParameter"),
    "max_tokens": ({"max_tokens": -1}, "InvalidParameter"),
    "max_completion_tokens zero": ({"max_completion_tokens": 0}, "InvalidParameter"),
    "max_completion_tokens high": ({"max_completion_tokens": 65_537}, "InvalidParameter"),
    "both limits": ({"max_tokens": 5, "max_completion_tokens": 50}, "InvalidParameter"),
    "n": ({"n": 6}, "InvalidParameter"),
    "repetition_penalty": ({"repetition_penalty": 2.1}, "InvalidParameter"),
    "service_tier": ({"service_tier": "flex"}, "InvalidParameter"),
    "stream": ({"stream": "yes"}, "InvalidParameter"),
    "stream_options alone": ({"stream_options": {"include_usage": True}}, "InvalidParameter"),
    "stream_options": (
        {"stream": True, "stream_options": {"include_usage": 1}},
        "InvalidParameter",
    ),
    # what a thinking model lacks
    **{
        name: ({name: value}, "InvalidParameter.UnsupportedParameter")
        for name, value in {
            "frequency_penalty": 0.5,
            "presence_penalty": 0,
            "stop": ["x"],
            "logprobs": True,
            "top_logprobs": 3,
            "logit_bias": {"1": 2},
        }.items()
    },
    # thinking
    "thinking text": ({"thinking": "enabled"}, "InvalidParameter"),
    "thinking type": ({"thinking": {"type": "on"}}, "InvalidParameter"),
    "thinking empty": ({"thinking": {}}, "InvalidParameter"),
    "thinking auto": ({"thinking": {"type": "auto"}}, "InvalidParameter"),
    "effort": ({"reasoning_effort": "hard"}, "InvalidParameter"),
    "disabled and effort": (
        {"thinking": {"type": "disabled"}, "reasoning_effort": "low"},
        "InvalidParameter",
    ),
    "disabled and none": (
        {"thinking": {"type": "disabled"}, "reasoning_effort": "none"},
        "InvalidParameter",
    ),
    # tools
    "tool type of the documentation": (
        {"tools": [{**WEATHER, "type": "function_call"}]},
        "InvalidParameter",
    ),
    "tool flat": ({"tools": [{"type": "function", "name": "f"}]}, "InvalidParameter"),
    "tool hosted": ({"tools": [{"type": "web_search"}]}, "InvalidParameter"),
    "tool name": (function(name="get weather"), "InvalidParameter"),
    "tools twice": ({"tools": [WEATHER, WEATHER]}, "InvalidParameter"),
    "choice word": ({"tools": [WEATHER], "tool_choice": "any"}, "InvalidParameter"),
    "choice flat": (
        {"tools": [WEATHER], "tool_choice": {"type": "function", "name": "get_weather"}},
        "InvalidParameter",
    ),
    # formats
    "format": ({"response_format": {"type": "xml"}}, "InvalidParameter"),
    "object unasked": ({"response_format": {"type": "json_object"}}, "InvalidParameter"),
    "schema without name": (schema(schema={}), "InvalidParameter"),
    "schema, newer build": ({**schema(name="x", schema={}), "model": NEW}, "InvalidParameter"),
    "object, newer build": (
        {"response_format": {"type": "json_object"}, "messages": [user("JSON")], "model": NEW},
        "InvalidParameter",
    ),
    # messages
    "no messages": ({"messages": []}, "InvalidParameter"),
    "messages missing": ({"messages": None}, "MissingParameter"),
    "role developer": (
        {"messages": [{"role": "developer", "content": "x"}, user("Hi")]},
        "InvalidParameter",
    ),
    "content null": ({"messages": [user(None)]}, "InvalidParameter"),
    "part unknown": (parts({"type": "image", "image": PNG}), "InvalidParameter"),
    "encrypted altered": (assistant(encrypted_content="djFabc="), "InvalidParameter"),
    "encrypted number": (assistant(encrypted_content=1), "InvalidParameter"),
    "reasoning number": (assistant(reasoning_content=1), "InvalidParameter"),
    # order of calls and results
    "result skipped": (loop("a"), "InvalidParameter"),
    "result of nothing": (loop("a", "b", "c"), "InvalidParameter"),
    "result twice": (loop("a", "b", "a"), "InvalidParameter"),
    # media
    "image empty": (image(""), "InvalidImageURL.EmptyURL"),
    "image path": (image("/tmp/a.png"), "InvalidImageURL.InvalidFormat"),
    "image not base64": (image("data:image/png;base64,a*b="), "InvalidImageURL.InvalidFormat"),
    "image too large": (image(LARGE), "InvalidParameter"),
    "detail": (image(PNG, detail="huge"), "InvalidArgumentError.InvalidImageDetail"),
    "pixels": (image(PNG, image_pixel_limit=5), "InvalidArgumentError.InvalidPixelLimit"),
    "pixels text": (
        image(PNG, image_pixel_limit={"max_pixels": "5"}),
        "InvalidArgumentError.InvalidPixelLimit",
    ),
    "pixels crossed": (
        image(PNG, image_pixel_limit={"min_pixels": 9, "max_pixels": 5}),
        "InvalidArgumentError.InvalidPixelLimit",
    ),
    "fps low": (video(fps=0.1), "InvalidParameter"),
    "fps high": (video(fps=5.1), "InvalidParameter"),
    "video flv": (video(url="data:video/x-flv;base64,eA=="), "InvalidParameter"),
    "file nothing": (file(filename="a.pdf"), "MissingParameter"),
    "file an image": (file(filename="a.png", file_data=PNG), "InvalidParameter"),
    "file unknown": (file(file_id="file-none"), "InvalidParameter"),
    "image file unknown": (
        parts({"type": "image_url", "image_url": {"file_id": "file-none"}}),
        "InvalidParameter",
    ),
    "sound, older build": (parts(SOUND), "InvalidParameter"),
    "sound without format": (
        {"model": NEW, **parts({"type": "input_audio", "input_audio": {"data": "eA=="}})},
        "InvalidParameter",
    ),
    "sound not base64": (
        {"model": NEW, **parts({"type": "input_audio", "input_audio": {"data": "é"}})},
        "InvalidParameter",
    ),
    "sound text": (
        {"model": NEW, **parts({"type": "input_audio", "input_audio": "x"})},
        "InvalidParameter",
    ),
    "sound url": (
        {"model": NEW, **parts({"type": "input_audio", "input_audio": {"url": ""}})},
        "InvalidParameter",
    ),
    "sound file": (
        {"model": NEW, **parts({"type": "input_audio", "input_audio": {"file_id": "file-none"}})},
        "InvalidParameter",
    ),
    # models
    "model missing": ({"model": None}, "MissingParameter"),
    "too long": ({"messages": [user("word " * 250_000)]}, "OutofContextError"),
}


@pytest.mark.parametrize(("fields", "code"), BAD.values(), ids=BAD.keys())
def test_a_bad_request_is_400(chat, script, fields, code):
    script(Answer(text="untouched"))
    response = chat.post(**fields)
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert set(error) == {"code", "message", "param", "type"}
    assert (error["code"], error["type"]) == (code, "BadRequest")
    assert response.headers["x-request-id"] in error["message"]
    assert chat.message()["content"] == "untouched"


GOOD: dict[str, dict[str, Any]] = {
    "nulls": dict.fromkeys(
        ["temperature", "stop", "tools", "response_format", "thinking", "max_tokens", "logprobs"]
    ),
    "ignored sampling": {"temperature": 0, "top_p": 0.1},
    "edges": {"n": 5, "max_completion_tokens": 65_536, "service_tier": "fast", "user": "ann"},
    "effort alone": {"reasoning_effort": "max"},
    "disabled and minimal": {"thinking": {"type": "disabled"}, "reasoning_effort": "minimal"},
    "object asked for": {
        "response_format": {"type": "json_object"},
        "messages": [user("Answer in JSON.")],
    },
    "schema": schema(name="x", schema={"type": "object", "properties": {}}, strict=True),
    "strict tool": function(name="f", strict=True),
    "loop": loop("b", "a"),
    "assistant silent": {"messages": [user("Hi"), {"role": "assistant"}, user("Go")]},
    "result silent": {
        "messages": [
            user("Hi"),
            {"role": "assistant", "tool_calls": [call("a")]},
            {"role": "tool", "tool_call_id": "a", "content": None, "name": "get_weather"},
        ]
    },
    "prefill": {"messages": [user("Hi"), {"role": "assistant", "content": "Well,"}]},
    "reasoning back": assistant(reasoning_content="thought"),
    "image": image(PNG, detail="xhigh", image_pixel_limit={"min_pixels": 1, "max_pixels": 9}),
    "image bare": parts({"type": "image_url", "image_url": PNG}),
    "system image": {
        "messages": [
            {"role": "system", "content": [{"type": "image_url", "image_url": {"url": PNG}}]},
            user("Hi"),
        ]
    },
    "video": video(fps=0.2, detail="low"),
    "file data": file(filename="a.pdf", file_data=PDF),
    "file url": file(file_url="https://example.com/a.pdf"),
    "sound, newer build": {"model": NEW, **parts(SOUND)},
    "sound url": {
        "model": NEW,
        **parts({"type": "input_audio", "input_audio": {"url": "https://example.com/a.mp3"}}),
    },
    "older model, penalties": {"model": "seed-1-6-250915", "presence_penalty": 0.5},
    "unknown fields": {"made_up": 1},
    "alias": {"model": "seed-2-1-turbo-260628"},
}


@pytest.mark.parametrize("fields", GOOD.values(), ids=GOOD.keys())
def test_what_the_host_takes_is_taken(chat, fields):
    response = chat.post(**fields)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"thinking": {"type": "auto"}}, "thinking.type `auto` is not supported by this model"),
        (
            {"thinking": {"type": "disabled"}, "reasoning_effort": "high"},
            "Invalid combination of reasoning_effort and thinking type",
        ),
        (assistant(encrypted_content="djFabc="), "Invalid signature"),
        (
            {"messages": [{"role": "developer", "content": "x"}]},
            "invalid value: `developer`, supported values are: `system`, `assistant`, `user`, ",
        ),
    ],
)
def test_the_recorded_words_of_a_refusal(chat, fields, words):
    assert chat.post(**fields).json()["error"]["message"].startswith(words)


def test_auto_is_for_one_model_of_volcengine(volc):
    body = {"messages": [user("Hi")], "thinking": {"type": "auto"}}
    for model, status in (("doubao-seed-1-6-250615", 200), ("doubao-seed-2-0-mini-260215", 400)):
        response = volc.post("/chat/completions", json={"model": model, **body})
        assert response.status_code == status


@pytest.mark.parametrize(
    "model", ["doubao-seed-2-0-mini-260215", "seed-2-0-mini", "seed-2.0-mini", "gpt-5"]
)
def test_an_unknown_or_undated_model_is_404(chat, model):
    response = chat.post(model=model)
    assert response.status_code == 404
    error = response.json()["error"]
    assert (error["code"], error["type"]) == ("InvalidEndpointOrModel.NotFound", "NotFound")


@pytest.mark.parametrize("host", ["byteplus", "volcengine", "empiriolabs"])
def test_more_models_may_be_served(http, host):
    with Emulator(models=["mine"]) as emulator:
        url = f"{emulator.url(host)}/chat/completions"
        body = {"model": "mine", "messages": [user("Hi")]}
        assert http.post(url, json=body).json()["model"] == "mine"


def test_each_cloud_knows_its_own_names(volc):
    for model, status in (("doubao-seed-2-0-mini-260215", 200), ("seed-2-0-mini-260215", 404)):
        body = {"model": model, "messages": [user("Hi")]}
        assert volc.post("/chat/completions", json=body).status_code == status


@pytest.mark.parametrize("key", ["", "Bearer invalid", "Basic abc"])
@pytest.mark.parametrize("path", ["/chat/completions", "/responses", "/files"])
def test_a_missing_or_wrong_key_is_401(http, key, path):
    http.headers["Authorization"] = key
    response = http.post(path, json={})
    assert response.status_code == 401
    error = response.json()["error"]
    assert (error["code"], error["type"]) == ("AuthenticationError", "Unauthorized")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]"])
def test_a_body_that_is_no_json_object_is_400(http, raw):
    assert http.post("/chat/completions", content=raw).status_code == 400


def test_a_batch_needs_an_endpoint_and_no_stream(http):
    body = {"model": "ep-20260215-abc", "messages": [user("Hi")]}
    assert http.post("/batch/chat/completions", json=body).status_code == 200
    for fields in ({"model": "seed-2-0-mini-260215"}, {"stream": True}):
        response = http.post("/batch/chat/completions", json={**body, **fields})
        assert response.status_code == 400


def test_elsewhere_is_404_without_a_body(http):
    response = http.post("/tokenization", json={})
    assert (response.status_code, response.content) == (404, b"")
