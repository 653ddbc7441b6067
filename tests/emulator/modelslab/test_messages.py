"""ModelsLab's Messages: Anthropic's form with the house's keys, models, usage and errors."""

import pytest

from seed_core.emulator import Answer, Fault
from tests.emulator.messages.asking import CLOCK, events_of, said, user
from tests.emulator.modelslab.conftest import MODEL


def test_whole(ask, script):
    script(Answer(text="Hi"))
    body = ask.message()
    assert body["id"].startswith("msg_")
    assert body["model"] == MODEL
    assert set(body["usage"]) == {"input_tokens", "output_tokens"}


def test_usage_counts_the_whole_prompt(ask):
    long = "word " * 2000
    assert ask.message(long)["usage"]["input_tokens"] == ask.message(long)["usage"]["input_tokens"]


def test_stream(ask, script):
    script(Answer(text="Hi", comments=1))
    wire = ask.post(stream=True).text
    assert wire.startswith('event: ping\ndata: {"type": "ping"}\n\nevent: message_start')
    events = events_of(wire)
    assert set(events[1]["message"]["usage"]) == {"input_tokens", "output_tokens"}
    assert set(events[-2]["usage"]) == {"input_tokens", "output_tokens"}


@pytest.mark.parametrize(
    "fields",
    [
        {"max_tokens": ...},
        {"model": "x"},
        {"model": ...},
        {"temperature": 1.5},
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {"tools": [CLOCK], "tool_choice": {"type": "required"}},
        said(user("Hi"), {"role": "system", "content": "x"}, user("Go")),
    ],
)
def test_400(ask, fields):
    response = ask.post(**fields)
    assert response.status_code == 400
    assert response.json()["error"].keys() == {"message", "type", "code"}


def test_the_key_and_the_model_have_the_houses_other_names_too(ask, lab):
    assert ask.post(model=..., model_id=MODEL).status_code == 200
    lab.headers["x-api-key"] = "k"
    assert ask.post(key=...).status_code == 200
    lab.headers["x-api-key"] = "invalid"
    assert ask.post(key=...).json()["error"]["message"] == "Invalid API key"


def test_errors(ask, script):
    script(
        Fault.status(429, retry_after=2),
        Fault.status(500),
        Fault.error_in_body("processing", "Wait", {"eta": 1}),
        Fault.error_in_body("processing", "Wait", {"eta": 1}),
        Fault.error_mid_stream(1, code=529, message="Overloaded"),
    )
    limited = ask.post()
    assert limited.json()["retry_after"] == 2
    assert "retry-after" not in limited.headers
    assert ask.post().json()["status"] == "error"
    assert ask.post().json() == {"status": "processing", "message": "Wait", "eta": 1}
    # No event has a name where the body has no type.
    assert ask.post(stream=True).text.startswith('data: {"status":"processing"')
    broken = ask.events()[-1]
    assert broken["error"] == {"type": "overloaded_error", "message": "Overloaded"}


def test_counting(ask):
    def count(**fields):
        body = {"model": MODEL, "key": "k", "messages": [user("Hello")], **fields}
        response = ask.http.post("/v1/messages/count_tokens", json=body)
        return response.json()

    assert count() == {"input_tokens": 6}
    assert count(system="Be brief.")["input_tokens"] > 6
    assert count(model="x")["error"]["message"] == "Invalid model: x"
    assert count(key="")["error"]["message"] == "Invalid API key"
