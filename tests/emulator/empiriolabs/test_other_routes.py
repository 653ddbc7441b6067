"""What stands beside EmpirioLabs' chat: models, responses, messages."""

import httpx
import pytest

from seed_core.emulator import Answer, Fault
from tests.emulator.empiriolabs.conftest import MODEL

CAPABILITIES = {
    "streaming",
    "system_prompt",
    "tool_calling",
    "vision",
    "audio_input",
    "video_input",
    "web_search",
    "thinking",
    "citations",
}


def test_models_need_no_key(emulator):
    url = emulator.url("empiriolabs")
    (listed,) = httpx.get(f"{url}/models", trust_env=False).json()["data"]
    record = httpx.get(f"{url}/models/{MODEL}", trust_env=False).json()
    assert record == listed
    assert record["id"] == MODEL
    assert set(record["capabilities"]) == CAPABILITIES
    assert record["input_modalities"] == ["text", "image", "video", "document"]
    parameters = {given["name"]: given for given in record["supported_parameters"]}
    assert parameters["max_tokens"]["range"] == {"min": 1, "max": 65_536}
    assert parameters["reasoning_effort"]["allowed"] == ["low", "medium", "high"]
    assert parameters["enable_thinking"]["default"] is True
    assert [row["rate"] for row in record["pricing_rows"]] == [0.12, 0.24, 0.5, 1.0]
    assert "POST /v1/messages" in record["supported_endpoints"]


def test_an_unknown_model_or_address_is_404(http):
    for path in ("/models/gpt-5", "/nowhere"):
        assert http.get(path).status_code == 404


# Responses


def test_a_response(http, script):
    script(Answer(text="Hello!", reasoning="A greeting."))
    body = http.post("/responses", json={"model": MODEL, "input": "Hi"}).json()
    assert [item["type"] for item in body["output"]] == ["reasoning", "message"]
    assert body["output"][0]["summary"][0]["text"] == "A greeting."
    assert "encrypted_content" not in body["output"][0]
    assert body["usage"]["cost_usd"] > 0
    instructed = {"model": MODEL, "input": "Hi", "instructions": "x"}
    usage = http.post("/responses", json=instructed).json()["usage"]
    assert usage["input_tokens"] < body["usage"]["input_tokens"]


def test_a_response_remembers_the_one_before(http):
    first = http.post("/responses", json={"model": MODEL, "input": "Hello " * 50}).json()
    again = {"model": MODEL, "input": "Go on", "previous_response_id": first["id"]}
    usage = http.post("/responses", json=again).json()["usage"]
    assert usage["input_tokens"] > first["usage"]["input_tokens"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"enable_thinking": "no"}, 400),
        ({"thinking_budget": 0}, 400),
        ({"reasoning": {"effort": "minimal"}}, 400),
        ({"model": "gpt-5"}, 404),
        ({"input": "word " * 250_000}, 400),
    ],
)
def test_a_bad_request_for_a_response(http, fields, status):
    response = http.post("/responses", json={"model": MODEL, "input": "Hi", **fields})
    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "type", "code", "param"}


def test_a_response_without_thinking(http):
    fields = {"model": MODEL, "input": "Hi", "enable_thinking": False}
    (item,) = http.post("/responses", json=fields).json()["output"]
    assert item["type"] == "message"


def test_faults_of_a_response(http, script):
    script(Fault.status(503), Fault.error_mid_stream(2))
    fields = {"model": MODEL, "input": "Hi"}
    response = http.post("/responses", json=fields)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "model_unavailable")
    text = http.post("/responses", json={**fields, "stream": True}).text
    assert "event: response.failed" in text
    assert '"code":"upstream_error"' in text


# Messages


def test_a_message(http, script):
    script(Answer(text="Hello!", reasoning="A greeting."))
    del http.headers["Authorization"]
    http.headers["x-api-key"] = "test"
    fields = {"model": MODEL, "max_tokens": 500, "messages": [{"role": "user", "content": "Hi"}]}
    body = http.post("/messages", json=fields).json()
    thought, text = body["content"]
    assert (thought["thinking"], thought["signature"]) == ("A greeting.", "")
    assert text["text"] == "Hello!"
    assert body["usage"]["cost_usd"] > 0
    off = http.post("/messages", json={**fields, "enable_thinking": False}).json()
    assert [block["type"] for block in off["content"]] == ["text"]
    assert http.post("/messages/count_tokens", json=fields).status_code == 404


@pytest.mark.parametrize(
    ("fields", "status", "kind"),
    [
        ({"max_tokens": None}, 400, "invalid_request_error"),
        ({"enable_thinking": 1}, 400, "invalid_request_error"),
        ({"model": "gpt-5"}, 404, "not_found_error"),
    ],
)
def test_messages_refuse_in_anthropics_envelope(http, fields, status, kind):
    asked = {"model": MODEL, "max_tokens": 500, "messages": [{"role": "user", "content": "Hi"}]}
    response = http.post("/messages", json={**asked, **fields})
    assert response.status_code == status, response.text
    assert response.json()["type"] == "error"
    assert response.json()["error"]["type"] == kind
