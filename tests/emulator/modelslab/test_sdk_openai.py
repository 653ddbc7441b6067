"""The official SDK of OpenAI at ModelsLab: what works, and what its documentation only promises."""

import json
from typing import Any

import pytest

from seed_core.emulator import Fault
from tests.emulator.conftest import WEATHER
from tests.emulator.modelslab.conftest import MODEL

openai = pytest.importorskip("openai")

ASK: Any = [{"role": "user", "content": "What is the weather in San Francisco, CA?"}]


@pytest.fixture
def client(emulator):
    with openai.OpenAI(base_url=emulator.url("modelslab"), api_key="test", max_retries=0) as client:
        yield client


def test_whole(client):
    reply = client.chat.completions.create(model=MODEL, messages=ASK)
    assert reply.choices[0].message.content.startswith("You said")
    assert reply.choices[0].message.reasoning
    assert reply.usage.total_tokens > 0


def test_a_tool_loop(client):
    first = client.chat.completions.create(model=MODEL, messages=ASK, tools=[WEATHER])
    message = first.choices[0].message
    (call,) = message.tool_calls
    assert json.loads(call.function.arguments) == {"location": "San Francisco, CA"}
    result = {"role": "tool", "tool_call_id": call.id, "content": "It's sunny."}
    second = client.chat.completions.create(
        model=MODEL, messages=[*ASK, message, result], tools=[WEATHER]
    )
    assert "It's sunny." in second.choices[0].message.content


def test_errors(client, script):
    with pytest.raises(openai.BadRequestError, match="temperature: must be a number"):
        client.chat.completions.create(model=MODEL, messages=ASK, temperature=3)
    with pytest.raises(openai.AuthenticationError, match="Invalid API key"):
        client.with_options(api_key="invalid").chat.completions.create(model=MODEL, messages=ASK)
    script(Fault.status(429), Fault.error_in_body())
    with pytest.raises(openai.RateLimitError, match="Maximum 5 queued requests"):
        client.chat.completions.create(model=MODEL, messages=ASK)
    # It does not notice an error in a 200.
    assert client.chat.completions.create(model=MODEL, messages=ASK).choices is None


def test_it_looks_for_models_at_another_address(client):
    with pytest.raises(openai.NotFoundError):
        client.models.list()


def test_it_reads_nothing_of_a_stream_without_blank_lines(client):
    # The records are as the documentation has them; a client has to read line by line.
    assert not list(client.chat.completions.create(model=MODEL, messages=ASK, stream=True))
