"""ModelsLab: where the key goes, what is sent unasked, and its two ways to say that it failed."""

import asyncio
import json
import logging
from typing import Any, Literal

import pytest

from seed_core.client import AsyncClient
from seed_core.emulator import Answer, Emulator, Fault, Raw
from seed_core.errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InsufficientCreditError,
    InvalidReplyError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from seed_core.flow import Response, Retry
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.providers.explain import explain_response
from tests.core.calling import COLOURS, HELLO, ONCE, Colour, ask, eventually
from tests.providers.sending import fields, prompt, sent

KEY = "ml-a-key-that-nobody-may-see"
MODEL = "bytedance-seed-seed-2.0-mini"
CHAT = resolve("modelslab", api_key=KEY)
IN_BODY = resolve("modelslab", api_key=KEY, key_in="body")
MESSAGES = resolve("modelslab", api="messages", api_key=KEY)


def at(emulator: Emulator, **settings: Any) -> Provider:
    return resolve("modelslab", base_url=emulator.url("modelslab"), api_key=KEY, **settings)


# --- addresses and keys ---------------------------------------------------------------------------


def test_the_chat_has_no_version_in_its_address_and_the_others_have() -> None:
    root = "https://modelslab.com/api/v7/llm"
    assert CHAT.url == f"{root}/chat/completions"
    assert MESSAGES.url == f"{root}/v1/messages"
    for given in ("https://modelslab.com", root, f"{root}/", CHAT.url, MESSAGES.url):
        assert resolve("modelslab", base_url=given, api_key=KEY).url == CHAT.url
        assert resolve("modelslab", base_url=given, api="messages", api_key=KEY).url == MESSAGES.url


def test_the_key_goes_into_the_header_of_its_wire() -> None:
    assert sent(CHAT) == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 8192,
    }
    headers = CHAT.request(prompt(), stream=False).headers
    assert (headers["authorization"], headers.get("x-api-key")) == (f"Bearer {KEY}", None)
    headers = MESSAGES.request(prompt(), stream=False).headers
    assert (headers["x-api-key"], headers.get("authorization")) == (KEY, None)
    assert headers["anthropic-version"] == "2023-06-01"


def test_the_key_in_the_body_makes_the_request_of_the_models_page() -> None:
    assert sent(IN_BODY) == {
        "model_id": MODEL,
        "key": KEY,
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 8192,
    }
    headers = IN_BODY.request(prompt(), stream=False).headers
    assert not {"authorization", "x-api-key"} & set(headers)
    assert KEY not in str(dict(headers))


def test_the_key_in_the_body_is_for_chat_alone() -> None:
    with pytest.raises(ConfigurationError, match=r"no key in the body with api='messages'.*chat"):
        resolve("modelslab", api="messages", key_in="body", api_key=KEY)
    with pytest.raises(ConfigurationError, match=r"openrouter takes no key in the body.*none"):
        resolve("openrouter", key_in="body", api_key=KEY)


def test_without_a_key_the_body_is_not_sent_either() -> None:
    bare = resolve("modelslab", key_in="body")
    with pytest.raises(ConfigurationError, match="no key for modelslab: set MODELSLAB_API_KEY"):
        bare.request(prompt(), stream=False)


@pytest.mark.parametrize("key_in", ["header", "body"])
@pytest.mark.parametrize("colour", COLOURS)
def test_the_key_is_in_no_repr_log_or_error(
    emulator: Emulator,
    colour: Colour,
    key_in: Literal["header", "body"],
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider = at(emulator, key_in=key_in)
    emulator.script(Fault.status(400, message=f"bad key {KEY}"), host="modelslab")
    with caplog.at_level(logging.DEBUG):
        error = ask(colour, provider, stream=False).failure(BadRequestError)
        assert ask(colour, provider, stream=True).reply.text
    request = provider.request(HELLO, stream=False)
    for shown in (repr(provider), repr(request), str(error), repr(error.body), caplog.text):
        assert KEY not in shown
    assert KEY not in repr(provider.without_key())
    assert KEY not in str(provider.said())
    with pytest.raises(ConfigurationError) as caught:
        provider.check(prompt(video_fps=1.0))
    assert KEY not in str(caught.value)


def test_the_key_that_the_user_writes_into_the_body_wins() -> None:
    assert sent(IN_BODY, prompt(extra_body={"key": "another"}))["key"] == "another"


# --- options --------------------------------------------------------------------------------------


def test_a_limit_is_always_sent_as_the_hosts_own_would_empty_answers() -> None:
    for host in (CHAT, IN_BODY, MESSAGES):
        assert sent(host)["max_tokens"] == 8192
        assert sent(host, prompt(max_tokens=50))["max_tokens"] == 50


@pytest.mark.parametrize("host", [CHAT, IN_BODY])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5, "top_p": 0.5}),
        ({"stop": ("a", "b")}, {"stop": ["a", "b"]}),
        ({"seed": 7}, {"seed": 7}),
        (
            {"frequency_penalty": 0.5, "presence_penalty": -1},
            {"frequency_penalty": 0.5, "presence_penalty": -1},
        ),
        ({"parallel_tool_calls": False}, {"parallel_tool_calls": False}),
        ({"thinking": "enabled"}, {"reasoning": {"enabled": True}}),
        ({"thinking": "disabled"}, {"reasoning": {"effort": "none"}}),
        ({"thinking": "disabled", "reasoning_effort": "high"}, {"reasoning": {"effort": "none"}}),
        ({"reasoning_effort": "low"}, {"reasoning": {"effort": "low"}}),
        (
            {"thinking": "enabled", "reasoning_effort": "high"},
            {"reasoning": {"enabled": True, "effort": "high"}},
        ),
        ({"hide_reasoning": True}, {}),
    ],
)
def test_options_of_the_chat(
    host: Provider, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert fields(host, **options) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"stop": ("a", "b")}, {"stop_sequences": ["a", "b"]}),
        ({"temperature": 1.0}, {"temperature": 1.0}),
        ({"user": "u"}, {"metadata": {"user_id": "u"}}),
        ({"thinking": "disabled"}, {"thinking": {"type": "disabled"}}),
        ({"reasoning_effort": "minimal"}, {"thinking": {"type": "disabled"}}),
        (
            {"thinking_budget": 2000},
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
        ),
    ],
)
def test_options_of_the_messages(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert fields(MESSAGES, **options) == expected


def test_ranges_differ_between_the_wires() -> None:
    assert fields(CHAT, temperature=1.5) == {"temperature": 1.5}
    with pytest.raises(ConfigurationError, match=r"temperature=1\.5 is outside 0 to 1"):
        sent(MESSAGES, prompt(temperature=1.5))
    assert sent(MESSAGES, prompt(stop=tuple("abcdef")))["stop_sequences"] == list("abcdef")
    with pytest.raises(ConfigurationError, match="at most 4 stop texts"):
        sent(CHAT, prompt(stop=tuple("abcde")))


# --- errors ---------------------------------------------------------------------------------------


def said(status: int, body: object) -> APIStatusError:
    return explain_response(CHAT, Response(status, {}, json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("status", "words", "kind", "retryable"),
    [
        (400, "Invalid request", BadRequestError, False),
        (401, "Invalid API key", AuthenticationError, False),
        (402, "Insufficient credits. Add funds.", InsufficientCreditError, False),
        (403, "Not yours", PermissionDeniedError, False),
        (429, "Rate limit exceeded. Maximum 5 queued requests allowed.", RateLimitError, True),
        (500, "Internal server error", ServerError, True),
        (503, "Down", ServerError, True),
    ],
)
@pytest.mark.parametrize("field", ["message", "messege"])
def test_the_houses_own_envelope_is_read(
    status: int, words: str, kind: type[APIStatusError], retryable: bool, field: str
) -> None:
    error = said(status, {"status": "error", field: words})
    assert type(error) is kind
    assert (error.status_code, error.retryable) == (status, retryable)
    assert words.rstrip(".") in str(error)


def test_openais_envelope_is_read() -> None:
    body = {"error": {"message": "no", "type": "authentication_error", "code": "invalid_api_key"}}
    error = said(401, body)
    assert type(error) is AuthenticationError
    assert error.code == "invalid_api_key"
    assert "check MODELSLAB_API_KEY, or api_key=" in str(error)


def test_the_wait_stands_in_the_body_and_the_limit_in_the_advice() -> None:
    words = "Rate limit exceeded. Maximum 5 queued requests allowed."
    error = said(429, {"status": "error", "message": words, "retry_after": 30})
    assert error.retry_after == 30
    assert "retry after 30 s" in str(error)
    assert "the smallest account may make 5 calls at once" in str(error)


@pytest.mark.parametrize("api", ["chat", "messages"])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ({"status": "error", "message": "Invalid API key"}, AuthenticationError, "Invalid API key"),
        ({"status": "error", "messege": "Insufficient credits."}, InsufficientCreditError, "Insuf"),
        ({"status": "error", "message": "Something broke"}, ServerError, "Something broke"),
        (
            {"status": "processing", "id": 77, "eta": 12, "message": "Try later"},
            ServerError,
            "the call was queued (id 77, 12 s to go)",
        ),
        ({"status": "success", "message": "Hello!"}, ServerError, "check base_url="),
    ],
)
def test_an_error_at_status_200_is_an_error(
    emulator: Emulator,
    api: str,
    stream: bool,
    body: dict[str, Any],
    kind: type[APIStatusError],
    words: str,
) -> None:
    raw = json.dumps(body).encode()
    emulator.script(Raw(body=raw, headers={"content-type": "application/json"}), host="modelslab")
    error = ask("sync", at(emulator, api=api), stream=stream, retry=ONCE).failure(kind)
    assert words in str(error)


@pytest.mark.parametrize("status", ["processing", "success"])
def test_what_may_have_been_billed_is_not_asked_for_again(emulator: Emulator, status: str) -> None:
    raw = json.dumps({"status": status, "id": 1, "eta": 1, "message": "m"}).encode()
    emulator.script(Raw(body=raw), Answer(text="never"), host="modelslab")
    error = ask("sync", at(emulator), stream=False).failure(ServerError)
    assert not error.retryable
    assert len(emulator.requests) == 1


def test_a_200_without_an_answer_is_no_answer(emulator: Emulator) -> None:
    emulator.script(Raw(body=b'{"id": "chat-1", "message": "?"}'), host="modelslab")
    ask("sync", at(emulator), stream=False, retry=ONCE).failure(InvalidReplyError)


@pytest.mark.parametrize("colour", COLOURS)
async def test_the_sixth_call_at_once_is_refused_and_may_be_tried_again(
    emulator: Emulator, colour: Colour
) -> None:
    provider = at(emulator)
    emulator.script(*[Fault.comments(0.01)] * 5, host="modelslab")
    client = AsyncClient(provider, retry=ONCE)
    held = [asyncio.ensure_future(client.call(HELLO)) for _ in range(5)]
    assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) == 5)
    sixth = await asyncio.to_thread(ask, colour, provider, stream=False, retry=ONCE)
    error = sixth.failure(RateLimitError)
    assert "Maximum 5 queued requests" in str(error)
    assert Retry().wait(error, 0, 0.0) == 30
    for call in held:
        call.cancel()
    await asyncio.gather(*held, return_exceptions=True)
    assert await asyncio.to_thread(
        eventually, lambda: all(seen.disconnected for seen in emulator.requests[:5])
    )
    assert (await client.call(HELLO)).text
    await client.aclose()
