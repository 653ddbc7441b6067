"""fal's OpenAI-compatible chat: OpenRouter's, with fal's key and fal's errors."""

import json
from typing import Any

import pytest

from seed_core.emulator import Answer, Fault, Job, Raw, ToolUse
from tests.emulator import bodies
from tests.emulator.conftest import WEATHER

openai = pytest.importorskip("openai")

BAD: dict[str, dict[str, Any]] = {
    "model": {"model": "x/y"},
    "fal's own id": {"model": "fal-ai/bytedance/seed/v2/mini"},
    "temperature": {"temperature": 3},
    "both budgets": {"reasoning": {"effort": "low", "max_tokens": 9}},
    "messages": {"messages": []},
    "a file": bodies.image("/a.png"),
    "too long": {"messages": [bodies.user("word " * 250_000)]},
}


@pytest.mark.parametrize("case", BAD)
def test_400(chat, script, case):
    script(Answer(text="not taken"))
    response = chat.post(**BAD[case])
    assert response.status_code == 400
    assert response.json().keys() == {"error"}
    assert response.json()["error"].keys() == {"message", "code"}
    assert chat.message()["content"] == "not taken"


def test_a_body_that_is_no_object(http):
    assert http.post("/chat/completions", content=b"[]").json()["error"]["code"] == 400


def test_whole(chat, script):
    script(Answer(text="Hi", reasoning="Hm.", tool_calls=[ToolUse("f")]))
    response = chat.post()
    assert response.headers["x-fal-request-id"]
    body = response.json()
    assert body["model"] == "bytedance-seed/seed-2.0-mini"
    assert body["usage"]["cost"] > 0
    assert body["usage"]["total_tokens"] > body["usage"]["completion_tokens"] > 0
    message = body["choices"][0]["message"]
    assert message["reasoning"] == message["reasoning_details"][0]["text"] == "Hm."
    assert message["tool_calls"][0]["function"]["name"] == "f"


def test_stream(chat, script):
    script(Answer(text="Hello", piece=2, reasoning="Hm.", comments=1))
    text = chat.post(stream=True).text
    assert text.startswith(": OPENROUTER PROCESSING\n\n")
    assert text.endswith("data: [DONE]\n\n")
    events = [json.loads(line[6:]) for line in text.split("\n") if line.startswith("data: {")]
    deltas = [event["choices"][0]["delta"] for event in events]
    assert "".join(delta["content"] for delta in deltas) == "Hello"
    assert "".join(delta.get("reasoning") or "" for delta in deltas) == "Hm."
    # Told without being asked for.
    assert events[-1]["usage"]["total_tokens"] > 0


def test_a_tool_loop(chat):
    ask = [bodies.user("What is the weather in Paris?")]
    message = chat.message(messages=ask, tools=[WEATHER])
    (call,) = message["tool_calls"]
    result = {"role": "tool", "tool_call_id": call["id"], "content": "It's sunny."}
    second = chat.message(messages=[*ask, message, result], tools=[WEATHER])
    assert "It's sunny." in second["content"]


def test_errors(chat, script):
    script(
        Fault.status(429),
        Fault.status(503, message="Busy", code="busy", metadata={"x": 1}),
        Fault.error_in_body(),
        Fault.error_mid_stream(1, message="Gone"),
    )
    response = chat.post()
    assert response.status_code == 429
    assert response.json() == {"error": {"message": "Too many requests", "code": 429}}
    assert chat.post().json() == {"error": {"message": "Busy", "code": "busy", "x": 1}}
    response = chat.post()
    assert response.status_code == 200
    assert response.json() == {"error": {"message": "Provider returned error", "code": 502}}
    assert chat.events()[-1] == {"error": {"message": "Gone", "code": 502}}


def test_other_items(chat, script):
    script(Raw(body=b"{}"), Job(Answer(text="mine")), Answer(text="x", cost=0.5))
    assert chat.post().text == "{}"
    assert chat.message()["content"] == "mine"
    assert chat.whole()["usage"]["cost"] == 0.5


def test_there_is_no_more(http):
    response = http.post("/responses", json={})
    assert (response.status_code, response.json()["error"]["code"]) == (404, 404)
    assert http.get("/models").status_code == 404


def test_openais_client_needs_the_keys_scheme(emulator):
    address = emulator.url("fal", "chat")
    model = "bytedance-seed/seed-2.0-mini"
    headers = {"Authorization": "Key test"}
    ask = [{"role": "user", "content": "Hello"}]
    with openai.OpenAI(base_url=address, api_key="test", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError):
            client.chat.completions.create(model=model, messages=ask)
        keyed = client.with_options(default_headers=headers)
        reply = keyed.chat.completions.create(model=model, messages=ask)
        assert reply.choices[0].message.content.startswith("You said")
        stream = keyed.chat.completions.create(model=model, messages=ask, stream=True)
        assert list(stream)[-1].usage.total_tokens > 0
