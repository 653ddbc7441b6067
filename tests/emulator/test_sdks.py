"""The official SDKs, used as a developer would: what they send is taken, what they get parses."""

from typing import Any

import pytest

from seed_core.emulator import Answer, Fault, ToolUse
from tests.emulator.conftest import MODEL, WEATHER

openai = pytest.importorskip("openai")
openrouter = pytest.importorskip("openrouter")
errors = openrouter.errors

ASK: Any = [{"role": "user", "content": "What is the weather in San Francisco, CA?"}]
RESULT = {"role": "tool", "tool_call_id": "", "content": "It's sunny."}


@pytest.fixture
def client(emulator):
    with openai.OpenAI(base_url=emulator.url(), api_key="test", max_retries=0) as client:
        yield client


@pytest.fixture
def router(emulator):
    # Without an explicit policy the SDK retries a 5xx for up to an hour.
    never = openrouter.utils.RetryConfig(
        "none", openrouter.utils.BackoffStrategy(1, 1, 1.0, 1), retry_connection_errors=False
    )
    with openrouter.OpenRouter(
        api_key="test", server_url=emulator.url(), retry_config=never
    ) as router:
        yield router


# openai


def test_openai_whole(client):
    reply = client.chat.completions.create(model=MODEL, messages=ASK)
    assert reply.choices[0].message.content.startswith("You said")
    assert reply.choices[0].message.reasoning
    assert reply.usage.completion_tokens_details.reasoning_tokens > 0
    assert reply.usage.cost > 0


def test_openai_stream(client):
    chunks = list(
        client.chat.completions.create(
            model=MODEL, messages=ASK, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text.startswith("You said")
    assert chunks[-1].usage.total_tokens > 0


def test_openai_stream_helper(client):
    with client.chat.completions.stream(model=MODEL, messages=ASK, tools=[WEATHER]) as stream:
        for _ in stream:
            pass
        (call,) = stream.get_final_completion().choices[0].message.tool_calls
    assert call.function.arguments == '{"location": "San Francisco, CA"}'


def test_openai_tool_loop(client):
    first = client.chat.completions.create(model=MODEL, messages=ASK, tools=[WEATHER])
    message = first.choices[0].message
    (call,) = message.tool_calls
    assert call.function.name == "get_weather"
    # The message goes back as it came, reasoning_details and the index of the call included.
    history = [*ASK, message, {**RESULT, "tool_call_id": call.id}]
    second = client.chat.completions.create(model=MODEL, messages=history, tools=[WEATHER])
    assert "It's sunny." in second.choices[0].message.content


def test_openai_errors(client, emulator):
    with pytest.raises(openai.BadRequestError, match="temperature: must be a number"):
        client.chat.completions.create(model=MODEL, messages=ASK, temperature=3)
    with pytest.raises(openai.AuthenticationError, match="User not found"):
        client.with_options(api_key="invalid").chat.completions.create(model=MODEL, messages=ASK)
    emulator.script(Fault.status(429, retry_after=1), Fault.status(502))
    with pytest.raises(openai.RateLimitError) as limited:
        client.chat.completions.create(model=MODEL, messages=ASK)
    assert limited.value.response.headers["retry-after"] == "1"
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model=MODEL, messages=ASK)


@pytest.mark.parametrize("finish", ["error", None])
def test_openai_error_in_mid_stream(client, emulator, finish):
    emulator.script(Fault.error_mid_stream(2, finish=finish, message="Gone"))
    stream = client.chat.completions.create(model=MODEL, messages=ASK, stream=True)
    with pytest.raises(openai.APIError, match="Gone"):
        list(stream)


def test_openai_does_not_notice_an_error_in_a_200(client, emulator):
    emulator.script(Fault.error_in_body(502))
    reply = client.chat.completions.create(model=MODEL, messages=ASK)
    assert reply.choices is None


async def test_openai_async(emulator):
    async with openai.AsyncOpenAI(base_url=emulator.url(), api_key="test") as client:
        stream: Any = await client.chat.completions.create(model=MODEL, messages=ASK, stream=True)
        chunks = [chunk async for chunk in stream]
    assert chunks[-1].usage.total_tokens > 0


# openrouter


def test_openrouter_whole(router):
    reply = router.chat.send(model=MODEL, messages=ASK)
    assert reply.choices[0].message.content.startswith("You said")
    assert reply.choices[0].message.reasoning_details[0].text == reply.choices[0].message.reasoning
    assert reply.usage.cost > 0


def test_openrouter_stream(router):
    with router.chat.send(model=MODEL, messages=ASK, stream=True) as stream:
        chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text.startswith("You said")
    assert chunks[-1].usage.total_tokens > 0


@pytest.mark.parametrize("shape", [1, 2, 3])
def test_openrouter_takes_every_usage_shape(router, emulator, shape):
    emulator.script(Answer(text="a", tool_calls=[ToolUse("f")], usage_shape=shape, mixed=True))
    with router.chat.send(model=MODEL, messages=ASK, stream=True) as stream:
        assert list(stream)[-1].usage.total_tokens > 0


def test_openrouter_tools(router):
    reply = router.chat.send(model=MODEL, messages=ASK, tools=[WEATHER])
    (call,) = reply.choices[0].message.tool_calls
    assert call.function.arguments == '{"location": "San Francisco, CA"}'
    history = [*ASK, reply.choices[0].message, {**RESULT, "tool_call_id": call.id}]
    second = router.chat.send(model=MODEL, messages=history, tools=[WEATHER])
    assert "It's sunny." in second.choices[0].message.content


def test_openrouter_errors(router, emulator):
    with pytest.raises(errors.BadRequestResponseError, match="x/y is not a valid model ID"):
        router.chat.send(model="x/y", messages=ASK)
    emulator.script(Fault.status(429), Fault.status(402), Fault.error_in_body())
    with pytest.raises(errors.TooManyRequestsResponseError):
        router.chat.send(model=MODEL, messages=ASK)
    with pytest.raises(errors.PaymentRequiredResponseError, match="Insufficient credits"):
        router.chat.send(model=MODEL, messages=ASK)
    with pytest.raises(errors.ResponseValidationError):
        router.chat.send(model=MODEL, messages=ASK)


def test_openrouter_wrong_key(emulator):
    with (
        openrouter.OpenRouter(api_key="invalid", server_url=emulator.url()) as router,
        pytest.raises(errors.UnauthorizedResponseError, match="User not found"),
    ):
        router.chat.send(model=MODEL, messages=ASK)


# The SDK warns when it reads the `rate_limit` of a key, and its jsonpath warns on Python 3.13.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_openrouter_beside_the_chat(router):
    assert MODEL in [model.id for model in router.models.list().result.data]
    endpoints = router.endpoints.list(author="bytedance-seed", slug="seed-2.0-mini")
    assert endpoints.data.endpoints[0].provider_name == "Seed"
    reply = router.chat.send(model=MODEL, messages=ASK)
    assert router.generations.get_generation(id=reply.id).data.total_cost == reply.usage.cost
    assert router.api_keys.get_current_key_metadata().data.usage >= reply.usage.cost
