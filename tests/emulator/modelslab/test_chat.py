"""ModelsLab's chat: what its documentation takes, refuses and answers."""

import json
from typing import Any

import pytest

from seed_core.emulator import Answer, Fault, Raw, ToolUse
from tests.emulator import bodies
from tests.emulator.conftest import WEATHER
from tests.emulator.modelslab.conftest import MODEL

HELLO = [{"role": "user", "content": "Hello"}]
BAD: dict[str, Any] = {
    "model missing": {"model_id": ...},
    "model unknown": {"model_id": "bytedance-seed/seed-2.0-mini"},
    "temperature": {"temperature": 2.1},
    "top_p": {"top_p": 1.1},
    "top_k": {"top_k": -1},
    "presence_penalty": {"presence_penalty": 3},
    "frequency_penalty": {"frequency_penalty": -3},
    "repetition_penalty": {"repetition_penalty": "1"},
    "max_tokens": {"max_tokens": 0},
    "n": {"n": 11},
    "stop": {"stop": list("abcde")},
    "seed": {"seed": 1.5},
    "stream": {"stream": "yes"},
    "streaming": {"streaming": "yes"},
    "parallel_tool_calls": {"parallel_tool_calls": 1},
    "reasoning": {"reasoning": {"effort": "hard"}},
    "response_format": {"response_format": {"type": "xml"}},
    "json without saying so": {"response_format": {"type": "json_object"}},
    "tools": {"tools": [{"type": "function"}]},
    "tool_choice": {"tools": [WEATHER], "tool_choice": "any"},
    "messages": {"messages": []},
    "role developer": {"messages": [{"role": "developer", "content": "x"}, *HELLO]},
    "sound": bodies.parts(
        {"type": "input_audio", "input_audio": {"data": "eA==", "format": "wav"}}
    ),
}


def chunks(response):
    """The chunks of a stream whose records end with a single newline."""
    lines = [line for line in response.text.split("\n") if line.startswith("data: ")]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line[6:]) for line in lines[:-1]]


@pytest.mark.parametrize("case", BAD)
def test_400(chat, script, case):
    script(Answer(text="not taken"))
    response = chat.post(**BAD[case])
    assert response.status_code == 400, response.text
    assert response.json()["error"].keys() == {"message", "type", "code"}
    assert chat.message()["choices"][0]["message"]["content"] == "not taken"


def test_the_key_has_three_places(chat, lab):
    assert chat.post().status_code == 200
    for headers in ({"authorization": "Bearer k"}, {"x-api-key": "k"}):
        lab.headers.update(headers)
        assert chat.post(key=...).status_code == 200
        for name in headers:
            del lab.headers[name]
    for key in (..., "invalid", "", 1):
        response = chat.post(key=key)
        assert response.status_code == 401
        assert response.json()["error"]["message"] == "Invalid API key"


def test_the_model_has_two_names(chat):
    assert chat.post(model=MODEL, model_id=...).status_code == 200
    assert chat.post(model=MODEL).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 2, "seed": 1, "top_k": 5, "stop": "x", "parallel_tool_calls": False},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}},
        bodies.image(bodies.PNG),
        bodies.file(file_data=bodies.PDF),
        bodies.parts({"type": "video_url", "video_url": {"url": bodies.MP4}}),
    ],
)
def test_200(chat, fields):
    assert chat.post(**fields).status_code == 200


def test_whole(chat, script):
    script(Answer(text="Hi", reasoning="Hm.", tool_calls=[ToolUse("f")]))
    body = chat.message()
    assert set(body) == {"id", "object", "created", "model", "choices", "usage"}
    assert set(body["usage"]) == {"prompt_tokens", "completion_tokens", "total_tokens"}
    assert body["model"] == MODEL
    message = body["choices"][0]["message"]
    assert message["reasoning"] == message["reasoning_details"][0]["text"] == "Hm."
    assert message["tool_calls"][0]["function"]["name"] == "f"
    assert "refusal" not in message
    assert body["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("word", ["stream", "streaming"])
def test_a_stream_has_single_newlines_and_bare_chunks(chat, script, word):
    script(Answer(text="Hello", piece=2, reasoning="Hm.", comments=1))
    response = chat.post(**{word: True})
    assert response.headers["content-type"] == "text/event-stream"
    comment, _, rest = response.text.partition("\n\n")
    assert comment == ": OPENROUTER PROCESSING"
    assert "\n\n" not in rest
    told = chunks(response)
    assert {frozenset(chunk) for chunk in told} == {frozenset({"id", "object", "choices"})}
    deltas = [chunk["choices"][0]["delta"] for chunk in told]
    assert "".join(delta.get("content") or "" for delta in deltas) == "Hello"
    assert "".join(delta.get("reasoning") or "" for delta in deltas) == "Hm."
    assert told[-1]["choices"][0]["finish_reason"] == "stop"


def test_max_tokens_is_1000_unless_given(chat):
    fields = {f"field{number}": {"type": "string"} for number in range(80)}
    schema = json.dumps({"properties": fields, "required": list(fields)})
    long = f"Fill in what follows, at great length: {schema}"
    cut = chat.message(long)
    assert cut["choices"][0]["finish_reason"] == "length"
    assert cut["usage"]["completion_tokens"] == 1000
    assert chat.message(long, max_tokens=9000)["choices"][0]["finish_reason"] == "stop"


def test_reasoning_may_take_all_tokens(chat):
    choice = chat.message(max_tokens=4)["choices"][0]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("length", "")


@pytest.mark.parametrize("off", [{"enabled": False}, {"effort": "none"}])
def test_reasoning_off(chat, off):
    assert chat.message(reasoning=off)["choices"][0]["message"]["reasoning"] is None


def test_json(chat):
    wanted: dict[str, Any] = {"type": "json_object"}
    said = chat.message('Give JSON with "city".', response_format=wanted)
    assert set(json.loads(said["choices"][0]["message"]["content"])) == {"city"}
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    ignored = chat.message("Give JSON.", response_format=wanted)
    assert ignored["choices"][0]["message"]["content"].startswith("You said")


def test_a_tool_loop(chat):
    ask = [{"role": "user", "content": "What is the weather in Paris?"}]
    message = chat.message(messages=ask, tools=[WEATHER])["choices"][0]["message"]
    (call,) = message["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"location": "Paris"}
    result = {"role": "tool", "tool_call_id": call["id"], "content": "It's sunny."}
    second = chat.message(messages=[*ask, message, result], tools=[WEATHER])
    assert "It's sunny." in second["choices"][0]["message"]["content"]


# Errors


def test_the_houses_own_errors(chat, script):
    script(*[Fault.status(status) for status in (402, 403, 429, 500, 503)])
    for status in (402, 403, 429, 500, 503):
        response = chat.post()
        assert response.status_code == status
        assert response.json()["status"] == "error"
        assert response.json()["message"]
        assert ("retry_after" in response.json()) is (status == 429)


def test_429_as_documented(chat, script):
    script(
        Fault.status(429), Fault.status(429, retry_after=0.5), Fault.status(429, retry_after="x")
    )
    response = chat.post()
    assert response.json() == {
        "status": "error",
        "message": "Rate limit exceeded. Maximum 5 queued requests allowed.",
        "retry_after": 30,
    }
    response = chat.post()
    # The hint is in the body, and in no header.
    assert response.json()["retry_after"] == 0.5
    assert "retry-after" not in response.headers
    assert chat.post().json()["retry_after"] == "x"


def test_openais_form_for_400_and_401_unless_the_script_says_otherwise(chat, script):
    script(
        Fault.status(400),
        Fault.status(401, message="Gone"),
        Fault.status(401, code="error"),
        Fault.status(400, code="messege", message="Old"),
    )
    assert chat.post().json()["error"]["type"] == "invalid_request_error"
    assert chat.post().json()["error"]["message"] == "Gone"
    assert chat.post().json() == {"status": "error", "message": "Invalid API key"}
    assert chat.post().json() == {"status": "error", "messege": "Old"}


@pytest.mark.parametrize("stream", [False, True])
def test_errors_in_a_200(chat, script, stream):
    script(
        Fault.error_in_body(message="Model is down"),
        Fault.error_in_body("processing", "Please wait", {"id": 7, "eta": 2.5}),
        Fault.error_in_body("success", "Hello", {"meta": {}}),
    )
    told = []
    for _ in range(3):
        response = chat.post(stream=stream)
        assert response.status_code == 200
        told.append(json.loads(response.text.removeprefix("data: ")))
    assert told == [
        {"status": "error", "message": "Model is down"},
        {"status": "processing", "message": "Please wait", "id": 7, "eta": 2.5},
        {"status": "success", "message": "Hello", "meta": {}},
    ]


def test_an_error_in_mid_stream(chat, script):
    script(Fault.error_mid_stream(2, message="Gone"))
    last = chat.post(stream=True).text.strip().split("\n")[-1]
    assert json.loads(last[6:]) == {"error": {"message": "Gone", "type": "api_error", "code": 502}}


def test_an_error_in_a_choice(chat, script):
    script(Fault.error_in_choice(message="Gone", answer=Answer(text="a")))
    choice = chat.message()["choices"][0]
    assert (choice["finish_reason"], choice["error"]["message"]) == ("error", "Gone")


def test_raw(chat, script):
    script(Raw(body=b"{}"))
    assert chat.post().text == "{}"


def test_a_body_that_is_no_object(lab):
    lab.headers["x-api-key"] = "k"
    assert lab.post("/chat/completions", content=b"[]").status_code == 400


# Other addresses


def test_models_are_listed_under_v1_alone(lab):
    lab.headers["x-api-key"] = "k"
    listed = lab.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [set(record) for record in listed["data"]] == [{"id", "object", "created", "owned_by"}]
    assert listed["data"][0]["id"] == MODEL
    assert lab.get("/models").status_code == 404
    assert lab.post("/responses", json={}).json() == {"status": "error", "message": "Not Found"}
    del lab.headers["x-api-key"]
    assert lab.get("/v1/models").status_code == 401
