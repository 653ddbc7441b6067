"""The official SDK of Anthropic at each host: what it sends is taken, what it gets parses.

It uses httpx2, adds `/v1/messages` to its base URL, and takes no temperature: that goes through
`extra_body`.
"""

from typing import Any

import pytest

from seed_core.emulator import Answer, Fault, ToolUse
from tests.emulator.messages.asking import WEATHER

anthropic = pytest.importorskip("anthropic")

ASK: Any = [{"role": "user", "content": "What is the weather in San Francisco, CA?"}]
MODELS = {
    "openrouter": "bytedance-seed/seed-2.0-mini",
    "modelslab": "bytedance-seed-seed-2.0-mini",
}
THINKING: Any = {"type": "enabled", "budget_tokens": 1024}


@pytest.fixture(params=MODELS)
def host(request):
    return request.param


@pytest.fixture
def base(emulator, host):
    """The address to which the SDK adds /v1/messages."""
    return emulator.url(host).removesuffix("/v1")


@pytest.fixture
def client(base):
    # As `auth_token` the key goes into a Bearer header, which both hosts take.
    with anthropic.Anthropic(base_url=base, auth_token="test", max_retries=0) as client:
        yield client


@pytest.fixture
def given(host):
    return {"model": MODELS[host], "max_tokens": 2000, "messages": ASK}


@pytest.fixture
def script(emulator, host):
    return lambda *items: emulator.script(*items, host=host)


def test_whole(client, given):
    message = client.messages.create(**given, extra_body={"temperature": 0.5})
    assert message.content[-1].text.startswith("You said")
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0


def test_stream(client, given):
    with client.messages.stream(**given, thinking=THINKING) as stream:
        kinds = {event.type for event in stream}
        message = stream.get_final_message()
    assert {"thinking", "text", "signature"} <= kinds
    thought, said = message.content
    assert thought.thinking
    assert thought.signature
    assert said.text.startswith("You said")
    assert message.usage.output_tokens > 1


def test_raw_events(client, given):
    events = list(client.messages.create(**given, stream=True))
    assert (events[0].type, events[-1].type) == ("message_start", "message_stop")
    # It passes no ping on.
    assert "ping" not in {event.type for event in events}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop_with_thinking(client, given, streamed):
    asked: Any = {**given, "tools": [WEATHER], "thinking": THINKING}
    if streamed:
        with client.messages.stream(**asked) as stream:
            first = stream.get_final_message()
    else:
        first = client.messages.create(**asked)
    used = first.content[-1]
    assert first.stop_reason == "tool_use"
    assert (used.name, used.input) == ("get_weather", {"location": "San Francisco, CA"})
    result = {"type": "tool_result", "tool_use_id": used.id, "content": "It's sunny."}
    history = [
        *ASK,
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [result]},
    ]
    second = client.messages.create(**{**asked, "messages": history})
    assert "It's sunny." in second.content[-1].text


def test_all_kinds_of_content(client, given, script):
    script(
        Answer(
            text="a",
            reasoning_details=[{"type": "reasoning.encrypted", "data": "x"}],
            tool_calls=[ToolUse("f")],
            annotations=[{"type": "url_citation", "url_citation": {"url": "https://x.y"}}],
        )
    )
    with client.messages.stream(**given) as stream:
        redacted, said, used = stream.get_final_message().content
    assert redacted.data == "x"
    assert said.citations[0].url == "https://x.y"
    assert used.input == {}


def test_counting(client, given, host):
    asked = {name: given[name] for name in ("model", "messages")}
    if host == "openrouter":
        with pytest.raises(anthropic.NotFoundError):
            client.messages.count_tokens(**asked)
    else:
        assert client.messages.count_tokens(**asked, system="Be brief.").input_tokens > 0


def test_errors(client, given, script):
    with pytest.raises(anthropic.BadRequestError, match="temperature: must be a number"):
        client.messages.create(**given, extra_body={"temperature": 2})
    with pytest.raises(anthropic.AuthenticationError):
        client.with_options(auth_token="invalid").messages.create(**given)
    script(Fault.status(429), Fault.status(529), Fault.status(402))
    with pytest.raises(anthropic.RateLimitError):
        client.messages.create(**given)
    with pytest.raises(anthropic.InternalServerError):
        client.messages.create(**given)
    with pytest.raises(anthropic.APIStatusError) as unpaid:
        client.messages.create(**given)
    assert unpaid.value.status_code == 402


def test_an_error_in_mid_stream(client, given, script):
    script(Fault.error_mid_stream(3, code=529, message="Overloaded"))
    with (
        pytest.raises(anthropic.APIStatusError, match="Overloaded") as broken,
        client.messages.stream(**given) as stream,
    ):
        list(stream)
    assert broken.value.status_code == 200


def test_it_does_not_notice_an_error_in_a_200(client, given, script):
    script(Fault.error_in_body(502))
    assert client.messages.create(**given).content is None


async def test_async(base, given):
    async with (
        anthropic.AsyncAnthropic(base_url=base, auth_token="test") as client,
        client.messages.stream(**given) as stream,
    ):
        message = await stream.get_final_message()
    assert message.content[-1].text.startswith("You said")


def test_the_key_in_anthropics_own_header(emulator):
    with anthropic.Anthropic(base_url=emulator.url("modelslab"), api_key="test") as client:
        assert client.messages.create(
            model=MODELS["modelslab"], max_tokens=100, messages=ASK
        ).content
