"""Ark's own SDK, used as a developer would: what it sends is taken, what it gets parses."""

import json
from typing import Any

import pytest

from seed_core.emulator import Answer, Fault
from tests.emulator.conftest import WEATHER

# Its declared dependencies are 140 packages of 640 MB; these are all that it imports.
arkruntime = pytest.importorskip(
    "arkruntime",
    reason="pip install --no-deps arkruntime volcenginesdk-ark volcenginesdk-core; "
    "pip install six urllib3",
)
errors = pytest.importorskip("arkruntime._exceptions")

CLOUDS = {"byteplus": "seed-2-0-mini-260215", "volcengine": "doubao-seed-2-0-mini-260215"}
ASK: Any = [{"role": "user", "content": "What is the weather in Paris?"}]
FLAT = {"type": "function", **WEATHER["function"]}


@pytest.fixture(params=CLOUDS)
def cloud(request):
    return request.param


@pytest.fixture
def ark(emulator, cloud):
    make = arkruntime.Ark.byteplus if cloud == "byteplus" else arkruntime.Ark.volc
    client = make(api_key="test", base_url=emulator.url(cloud), max_retries=0)
    with client:
        yield client


@pytest.fixture
def ask(ark, cloud):
    def create(**fields: Any) -> Any:
        return ark.chat.completions.create(**{"model": CLOUDS[cloud], "messages": ASK, **fields})

    return create


def test_whole(ask):
    reply = ask(thinking={"type": "enabled"}, reasoning_effort="high")
    assert reply.choices[0].message.content.startswith("You said")
    assert reply.choices[0].message.reasoning_content
    assert reply.usage.completion_tokens_details.reasoning_tokens > 0
    assert reply.service_tier == "default"


def test_stream(ask):
    chunks = list(ask(stream=True, stream_options={"include_usage": True}))
    told = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in told).startswith("You said")
    assert "".join(delta.reasoning_content or "" for delta in told)
    assert chunks[-1].usage.total_tokens > 0


def test_tool_loop_with_encrypted_reasoning(ask, cloud):
    newer = CLOUDS[cloud].replace("260215", "260428")
    reply = ask(model=newer, tools=[WEATHER])
    message = reply.choices[0].message
    assert message.encrypted_content.startswith("djF")
    (call,) = message.tool_calls
    assert json.loads(call.function.arguments) == {"location": "Paris"}
    result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny."}
    history = [*ASK, message.model_dump(exclude_none=True), result]
    second = ask(model=newer, messages=history, tools=[WEATHER])
    assert "Sunny." in second.choices[0].message.content


def test_streamed_tools(ask):
    chunks = list(ask(stream=True, tools=[WEATHER]))
    pieces = [
        piece
        for chunk in chunks
        for choice in chunk.choices
        for piece in choice.delta.tool_calls or []
    ]
    assert pieces[0].function.name == "get_weather"
    assert "".join(piece.function.arguments for piece in pieces) == '{"location": "Paris"}'


def test_errors(ask, emulator, cloud):
    with pytest.raises(errors.ArkBadRequestError) as bad:
        ask(thinking={"type": "auto"})
    assert bad.value.code == "InvalidParameter"
    with pytest.raises(errors.ArkNotFoundError):
        ask(model="seed-2-0-mini")
    emulator.script(Fault.status(429, code="QuotaExceeded"), Fault.error_mid_stream(2), host=cloud)
    with pytest.raises(errors.ArkRateLimitError) as limited:
        ask()
    assert limited.value.code == "QuotaExceeded"
    with pytest.raises(errors.ArkAPIError):
        list(ask(stream=True))


def test_a_wrong_key(emulator, cloud):
    with (
        arkruntime.Ark(api_key="invalid", base_url=emulator.url(cloud), max_retries=0) as client,
        pytest.raises(errors.ArkAuthenticationError),
    ):
        client.chat.completions.create(model=CLOUDS[cloud], messages=ASK)


def test_a_batch(ark):
    reply = ark.batch.chat.completions.create(model="ep-20260215-abc", messages=ASK)
    assert reply.choices[0].message.content.startswith("You said")


def test_files(ark, ask):
    uploaded = ark.files.create(file=("a.pdf", b"%PDF-1.4"), purpose="user_data")
    assert uploaded.status == "processing"
    ready = ark.files.wait_for_processing(uploaded.id, poll_interval=0.001)
    assert ready.status == "active"
    part = {"type": "file", "file": {"file_id": uploaded.id}}
    reply = ask(messages=[{"role": "user", "content": [part]}])
    assert uploaded.id in reply.choices[0].message.content


def test_responses(ark, emulator, cloud):
    emulator.script(Answer(text="Hello!", reasoning="A greeting."), host=cloud)
    told = ark.responses.create(model=CLOUDS[cloud], input="Hi")
    assert [item.type for item in told.output] == ["reasoning", "message"]
    assert ark.responses.retrieve(told.id).id == told.id
    events = list(
        ark.responses.create(
            model=CLOUDS[cloud], input=ASK[0]["content"], tools=[FLAT], stream=True
        )
    )
    assert events[-1].type == "response.completed"
    (call,) = [item for item in events[-1].response.output if item.type == "function_call"]
    assert json.loads(call.arguments) == {"location": "Paris"}


async def test_async(emulator, cloud):
    async with arkruntime.AsyncArk(api_key="test", base_url=emulator.url(cloud)) as client:
        stream: Any = await client.chat.completions.create(
            model=CLOUDS[cloud], messages=ASK, stream=True
        )
        chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices[0].finish_reason == "stop"
