"""The official SDKs on `/responses`, used as a developer would."""

from typing import Any

import pytest

from seed_core.emulator import Answer, Fault, ToolUse
from tests.emulator.bodies import MP4, PNG
from tests.emulator.conftest import MODEL
from tests.emulator.responses.conftest import WEATHER

openai = pytest.importorskip("openai")
openrouter = pytest.importorskip("openrouter")
errors = openrouter.errors

ASK = "What is the weather in San Francisco, CA?"
PARIS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


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
    reply = client.responses.create(model=MODEL, input="Hello", store=False)
    assert reply.status == "completed"
    assert reply.output_text.startswith('You said: "Hello"')
    thought, message = reply.output
    assert thought.content[0].text
    assert message.content[0].annotations == []
    assert reply.usage.output_tokens_details.reasoning_tokens > 0
    assert reply.usage.cost > 0


def test_openai_stream(client):
    with client.responses.create(model=MODEL, input="Hello", stream=True) as stream:
        events = list(stream)
    said = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert said == events[-1].response.output_text
    thought = "".join(e.delta for e in events if e.type == "response.reasoning_text.delta")
    assert thought == events[-1].response.output[0].content[0].text


def test_openai_stream_helper(client, emulator):
    emulator.script(Answer(text="Hm.", tool_calls=[ToolUse("f", '{"a": 1}')]))
    with client.responses.stream(model=MODEL, input=ASK, tools=[WEATHER]) as stream:
        for _ in stream:
            pass
        message, call = stream.get_final_response().output
    assert (message.content[0].text, call.arguments) == ("Hm.", '{"a": 1}')


def test_openais_helper_does_not_take_ids_that_rotate(client, emulator):
    emulator.script(Answer(text="Hm.", rotate_ids=True))
    with (
        pytest.raises(RuntimeError, match="identity changed"),
        client.responses.stream(model=MODEL, input="Hello") as stream,
    ):
        stream.until_done()


@pytest.mark.parametrize("stream", [False, True])
def test_openai_tool_loop(client, stream):
    asked = {"model": MODEL, "tools": [WEATHER], "include": ["reasoning.encrypted_content"]}
    talk: list[Any] = [{"role": "user", "content": ASK}]

    def turn():
        if not stream:
            return client.responses.create(input=talk, **asked)
        with client.responses.stream(input=talk, **asked) as events:
            return events.get_final_response()

    first = turn()
    (call,) = [item for item in first.output if item.type == "function_call"]
    assert call.arguments == '{"location": "San Francisco, CA"}'
    # The output goes back as it came, with its sealed reasoning.
    talk += first.output
    talk.append({"type": "function_call_output", "call_id": call.call_id, "output": "Sunny."})
    assert "get_weather answered: Sunny." in turn().output_text


def test_openai_media(client):
    content = [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": PNG, "detail": "auto"},
        {"type": "input_video", "video_url": MP4},
    ]
    reply = client.responses.create(model=MODEL, input=[{"role": "user", "content": content}])
    assert "1 image (image/png, 8 bytes) and 1 video (video/mp4, 8 bytes)" in reply.output_text


def test_openai_parse(client):
    from pydantic import BaseModel

    class Home(BaseModel):
        city: str

    reply = client.responses.parse(model=MODEL, input="I live in Paris.", text_format=Home)
    assert reply.output_parsed == Home(city="Paris")


def test_openai_errors(client, emulator):
    with pytest.raises(openai.BadRequestError, match="Invalid Responses API request") as caught:
        client.responses.create(model=MODEL, input="Hello", temperature=3)
    assert caught.value.code == "invalid_prompt"
    assert "must be a number" in caught.value.response.json()["metadata"]["raw"]
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model=MODEL, input="Hello", store=True)
    with pytest.raises(openai.AuthenticationError, match="User not found"):
        client.with_options(api_key="invalid").responses.create(model=MODEL, input="Hello")
    emulator.script(Fault.status(429, retry_after=1), Fault.status(502))
    with pytest.raises(openai.RateLimitError) as limited:
        client.responses.create(model=MODEL, input="Hello")
    assert limited.value.response.headers["retry-after"] == "1"
    with pytest.raises(openai.InternalServerError):
        client.responses.create(model=MODEL, input="Hello")


def test_openai_raises_a_nested_error_and_only_that(client, emulator):
    emulator.script(
        Fault.error_mid_stream(2, message="Gone"),
        Fault.error_mid_stream(2, finish=None, message="Gone"),
        Fault.error_in_choice(message="Gone"),
    )

    def events():
        return list(client.responses.create(model=MODEL, input="Hello", stream=True))

    with pytest.raises(openai.APIError, match="Gone"):
        events()
    assert (events()[-1].type, events()[-1].type) == ("error", "response.failed")


def test_openai_incomplete(client):
    reply = client.responses.create(model=MODEL, input="Hello", max_output_tokens=5)
    assert (reply.status, reply.incomplete_details.reason) == ("incomplete", "max_output_tokens")


async def test_openai_async(emulator):
    async with openai.AsyncOpenAI(base_url=emulator.url(), api_key="test") as client:
        stream: Any = await client.responses.create(model=MODEL, input="Hello", stream=True)
        events = [event async for event in stream]
    assert events[-1].response.usage.total_tokens > 0


# openrouter


def test_openrouter_whole(router):
    reply = router.responses.send(model=MODEL, input="Hello")
    thought, message = reply.output
    assert thought.content[0].text
    assert message.content[0].text.startswith("You said")
    assert reply.usage.cost > 0


def test_openrouter_stream(router):
    with router.responses.send(model=MODEL, input="Hello", stream=True) as stream:
        events = list(stream)
    said = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert said.startswith("You said")
    assert events[-1].response.usage.total_tokens > 0


def test_openrouter_tools(router):
    ask: Any = {"role": "user", "content": ASK}
    first = router.responses.send(model=MODEL, input=[ask], tools=[WEATHER])
    (call,) = [item for item in first.output if item.type == "function_call"]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny."}
    again = [ask, *(item.model_dump(by_alias=True) for item in first.output), result]
    second = router.responses.send(model=MODEL, input=again, tools=[WEATHER])
    assert "Sunny." in second.output[-1].content[0].text


def test_openrouter_structured(router):
    wanted = {"type": "json_schema", "name": "home", "schema": PARIS, "strict": True}
    reply = router.responses.send(
        model=MODEL, input="I live in Paris.", text={"format": wanted}, reasoning={"effort": "none"}
    )
    assert reply.output[0].content[0].text == '{"city": "Paris"}'
