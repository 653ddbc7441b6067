"""What a user may say to the constructor and with a call, and what it becomes on the wire."""

from typing import Any

import httpx
import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.runnables import ConfigurableField
from pydantic import ValidationError

from langchain_seed import ChatSeed
from seed_core import ConfigurationError, Timeout
from seed_core.arguments import read_timeout
from tests.langchain.asking import Body, How, Make, ask
from tests.langchain.samples import KEY, MODEL

LITE = "bytedance-seed/seed-2.0-lite"


def test_the_names_that_langchain_made_standard_reach_the_wire(make: Make, body: Body) -> None:
    llm = make(
        model=MODEL,
        temperature=0,
        top_p=0.5,
        max_tokens=100,
        timeout=60,
        stop=["END"],
        max_retries=2,
        seed=7,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        user="u1",
        reasoning_effort="low",
        streaming=False,
        stream_usage=True,
        parallel_tool_calls=False,
    )
    llm.invoke("Hello")
    assert body() == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Hello"}],
        "temperature": 0,
        "top_p": 0.5,
        "max_tokens": 100,
        "stop": ["END"],
        "seed": 7,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "user": "u1",
        "reasoning": {"effort": "low"},
        "parallel_tool_calls": False,
    }


def test_what_is_not_said_is_not_sent(llm: ChatSeed, body: Body) -> None:
    llm.invoke("Hello")
    assert body() == {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}]}


def test_an_empty_list_of_stops_is_not_sent(make: Make, body: Body) -> None:
    make(stop=[]).invoke("Hello", stop=[])
    assert "stop" not in body()


def test_synonyms_are_taken_for_the_setting_they_mean(make: Make, body: Body) -> None:
    llm = make(model_name=LITE, stop_sequences=["END"], reasoning={"effort": "high"})
    assert (llm.model_name, llm.stop, llm.reasoning_effort) == (LITE, ("END",), "high")
    llm.invoke("Hello")
    assert body()["model"] == LITE
    assert body()["stop"] == ["END"]
    assert body()["reasoning"] == {"effort": "high"}


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({"effort": "none"}, {"effort": "none"}),
        ({"enabled": False}, {"effort": "none"}),
        ({"enabled": True}, {"enabled": True}),
        ({"max_tokens": 50}, {"max_tokens": 50}),
        ({"effort": "low", "exclude": True}, {"effort": "low", "exclude": True}),
    ],
)
def test_reasoning_may_be_said_as_an_object(make: Make, body: Body, said: Any, sent: Any) -> None:
    make(reasoning=said).invoke("Hello")
    assert body()["reasoning"] == sent
    make().invoke("Hello", reasoning=said)
    assert body()["reasoning"] == sent


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (None, None),
        (5, Timeout(total=5.0)),
        (2.5, Timeout(total=2.5)),
        ((1, 9), Timeout(connect=1, read=9, first_token=9, idle=9)),
        (Timeout(idle=3), Timeout(idle=3)),
        (
            httpx.Timeout(8, connect=2),
            Timeout(connect=2, read=8, write=8, pool=8, first_token=8, idle=8),
        ),
    ],
)
def test_a_timeout_may_be_said_in_every_usual_form(make: Make, said: Any, meant: Any) -> None:
    assert read_timeout(make(timeout=said).timeout) == meant


@pytest.mark.parametrize("said", ["5", True, -1, (1, 2, 3), {"reed": 5}])
def test_a_timeout_that_is_none_is_refused(make: Make, said: Any) -> None:
    with pytest.raises(ConfigurationError):
        make(timeout=said)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("temprature", "did you mean 'temperature'"),
        ("max_token", "did you mean 'max_tokens'"),
        ("logit_bias", "extra_body="),
    ],
)
def test_an_unknown_name_is_refused_with_a_hint_by_constructor_and_call(
    make: Make, name: str, hint: str
) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        make(**{name: 1})
    with pytest.raises(ModelInvalidRequestError, match=hint):
        make().bind(**{name: 1}).invoke("Hello")


@pytest.mark.parametrize("name", ["timeout", "max_retries", "api_key", "default_headers"])
def test_a_setting_that_no_call_can_change_is_called_so(llm: ChatSeed, name: str) -> None:
    with pytest.raises(ModelInvalidRequestError, match=f"{name}= is a setting of the model"):
        llm.bind(**{name: 1}).invoke("Hello")


def test_a_value_of_the_wrong_type_is_pydantics_error(make: Make) -> None:
    with pytest.raises(ValidationError, match="max_tokens"):
        make(max_tokens="many")


@pytest.mark.parametrize("name", ["temperature", "max_tokens"])
def test_a_value_out_of_range_is_refused_before_anything_is_sent(
    make: Make, emulator: Any, name: str
) -> None:
    with pytest.raises(ModelInvalidRequestError, match=name):
        make(**{name: 10**9}).invoke("Hello")
    assert emulator.requests == []


async def test_what_a_call_says_goes_before_the_fields(make: Make, body: Body, how: How) -> None:
    llm = make(temperature=0.1, max_tokens=500, stop=["A"], model=MODEL, reasoning_effort="low")
    await ask(
        llm,
        how,
        "Hello",
        temperature=0.9,
        max_tokens=400,
        stop=["B"],
        model=LITE,
        reasoning_effort="high",
    )
    said = body()
    assert said["temperature"] == 0.9
    assert said["max_tokens"] == 400
    assert said["stop"] == ["B"]
    assert said["model"] == LITE
    assert said["reasoning"] == {"effort": "high"}
    assert said.get("stream", False) is ("stream" in how)
    assert (llm.temperature, llm.model_name) == (0.1, MODEL)


async def test_what_is_bound_goes_before_the_fields_and_a_call_before_it(
    make: Make, body: Body, how: How
) -> None:
    bound = make(temperature=0.1, top_p=0.1).bind(temperature=0.2, top_p=0.2, stop=["A"])
    await ask(bound, how, "Hello", top_p=0.3)
    assert body()["temperature"] == 0.2
    assert body()["top_p"] == 0.3
    assert body()["stop"] == ["A"]


def test_a_call_can_switch_thinking_off(make: Make, body: Body) -> None:
    message = make(reasoning_effort="high").invoke("Hello", thinking="disabled")
    assert body()["reasoning"] == {"effort": "none"}
    assert "reasoning_content" not in message.additional_kwargs


def test_fields_of_the_body_are_laid_over_each_other_call_last(make: Make, body: Body) -> None:
    llm = make(
        temperature=0.1,
        model_kwargs={"a": 1, "b": 1, "c": 1},
        extra_body={"b": 2, "c": 2, "temperature": 0.7},
        openrouter={"provider": {"only": ["seed"]}},
    )
    llm.invoke("Hello", extra_body={"c": 3}, openrouter={"session_id": "s"})
    said = body()
    assert (said["a"], said["b"], said["c"], said["temperature"]) == (1, 2, 3, 0.7)
    assert said["provider"] == {"only": ["seed"]}
    assert said["session_id"] == "s"


def test_headers_query_and_the_calling_app_are_sent(make: Make, emulator: Any) -> None:
    llm = make(
        default_headers={"X-Mine": "1"},
        default_query={"q": "2"},
        app_url="https://app.example",
        app_title="App",
    )
    llm.invoke("Hello")
    [seen] = emulator.requests
    assert seen.headers["x-mine"] == "1"
    assert seen.headers["http-referer"] == "https://app.example"
    assert seen.headers["x-title"] == "App"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.path.endswith("?q=2")


@pytest.mark.parametrize(
    "path", ["", "/", "/api", "/api/v1", "/api/v1/", "/api/v1/chat/completions"]
)
def test_a_base_url_may_be_a_root_or_the_endpoint(path: str) -> None:
    llm = ChatSeed(provider="openrouter", api_key=KEY, base_url=f"https://gate.example{path}")
    assert llm.host.url == "https://gate.example/api/v1/chat/completions"


def test_without_a_key_the_error_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
        ChatSeed()
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    assert ChatSeed().host.name == "openrouter"


async def test_the_key_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, emulator: Any
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    ChatSeed(provider="openrouter", base_url=emulator.url("openrouter")).invoke("Hello")
    assert emulator.requests[-1].headers["authorization"] == f"Bearer {KEY}"


def test_configurable_fields_make_another_model_for_one_call(make: Make, body: Body) -> None:
    llm = make(temperature=0.1).configurable_fields(
        temperature=ConfigurableField(id="warmth"), model=ConfigurableField(id="which")
    )
    llm.with_config(configurable={"warmth": 0.8, "which": LITE}).invoke("Hello")
    assert (body()["temperature"], body()["model"]) == (0.8, LITE)
    llm.invoke("Hello")
    assert (body()["temperature"], body().get("model")) == (0.1, MODEL)


def test_a_setting_that_is_changed_later_counts(make: Make, body: Body) -> None:
    llm = make()
    llm.invoke("Hello")
    llm.model = LITE
    llm.temperature = 0.5
    llm.invoke("Hello")
    assert (body()["model"], body()["temperature"]) == (LITE, 0.5)


def test_langchains_own_arguments_stay_here(llm: ChatSeed, body: Body) -> None:
    llm.invoke("Hello", ls_structured_output_format={"kwargs": {}, "schema": {}}, strict=True)
    assert set(body()) == {"model", "messages"}


def test_the_users_own_http_client_is_used_and_left_open(make: Make, emulator: Any) -> None:
    with httpx.Client(headers={"x-own": "1"}, trust_env=False) as client:
        make(http_client=client).invoke("Hello")
        make(http_client=client).invoke("Hello")
        assert not client.is_closed
    assert [seen.headers["x-own"] for seen in emulator.requests] == ["1", "1"]


async def test_the_users_own_async_client_is_used_and_left_open(make: Make, emulator: Any) -> None:
    async with httpx.AsyncClient(headers={"x-own": "1"}, trust_env=False) as client:
        await make(http_async_client=client).ainvoke("Hello")
        assert not client.is_closed
    assert emulator.requests[-1].headers["x-own"] == "1"
