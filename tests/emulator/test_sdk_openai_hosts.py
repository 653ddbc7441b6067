"""OpenAI's SDK with the address of another host: its chat, used as a developer would."""

from typing import Any

import pytest

from seed_core.emulator import Fault
from tests.emulator.conftest import WEATHER

openai = pytest.importorskip("openai")

ASK: Any = [{"role": "user", "content": "What is the weather in Paris?"}]
HOSTS = {
    "empiriolabs": "seed-2-0-mini",
    "byteplus": "seed-2-0-mini-260428",
    "volcengine": "doubao-seed-2-0-mini-260215",
}
# Without it EmpirioLabs pastes its reasoning into the text; Ark ignores the field.
RAW = {"disable_formatting": True}


@pytest.fixture(params=HOSTS)
def host(request):
    return request.param


@pytest.fixture
def ask(emulator, host):
    with openai.OpenAI(base_url=emulator.url(host), api_key="test", max_retries=0) as client:

        def create(**fields: Any) -> Any:
            given = {"model": HOSTS[host], "messages": ASK, "extra_body": RAW, **fields}
            return client.chat.completions.create(**given)

        yield create


def test_whole(ask):
    reply = ask()
    assert reply.choices[0].message.content.startswith("You said")
    assert reply.choices[0].message.reasoning_content
    assert reply.usage.completion_tokens_details.reasoning_tokens > 0


def test_stream(ask):
    chunks = list(ask(stream=True, stream_options={"include_usage": True}))
    told = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in told).startswith("You said")
    assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in told)
    assert chunks[-1].usage.total_tokens > 0


def test_tool_loop(ask):
    message = ask(tools=[WEATHER]).choices[0].message
    (call,) = message.tool_calls
    assert call.function.arguments == '{"location": "Paris"}'
    result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny."}
    # The message goes back as it came, encrypted reasoning included.
    second = ask(messages=[*ASK, message, result], tools=[WEATHER])
    assert "Sunny." in second.choices[0].message.content


def test_errors(ask, emulator, host):
    with pytest.raises(openai.BadRequestError, match="temperature"):
        ask(temperature=3)
    with pytest.raises(openai.NotFoundError):
        ask(model="gpt-5")
    emulator.script(
        Fault.status(429, retry_after=1),
        Fault.status(503),
        Fault.error_mid_stream(2, message="Gone"),
        host=host,
    )
    with pytest.raises(openai.RateLimitError) as limited:
        ask()
    assert limited.value.response.headers["retry-after"] == "1"
    with pytest.raises(openai.InternalServerError):
        ask()
    with pytest.raises(openai.APIError, match="Gone"):
        list(ask(stream=True))
