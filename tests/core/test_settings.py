"""The settings that both frameworks share: what they check, and what they become."""

import copy
import pickle
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from seed_core.arguments import read_timeout, reasoning_options
from seed_core.errors import ConfigurationError
from seed_core.providers import resolve
from seed_core.settings import Settings
from seed_core.timeouts import Timeout
from seed_core.types import Options

KEY = "sk-or-v1-a-key-that-nobody-may-see"


def settings(**given: Any) -> Settings:
    return Settings(**{"api_key": KEY, **given})


def test_the_host_is_found_when_the_settings_are_made() -> None:
    made = settings()
    assert (made.host.name, made.model_name) == ("openrouter", "bytedance-seed/seed-2.0-mini")
    with pytest.raises(ConfigurationError, match="no key found"):
        Settings()
    with pytest.raises(ConfigurationError, match="unknown provider"):
        settings(provider="nobody")


def test_a_new_address_means_a_new_host() -> None:
    made = settings()
    before = made.host
    made.temperature = 0.5
    assert made.host is before
    made.model = "other/model"
    assert made.model_name == "other/model"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"temprature": 1}, "did you mean 'temperature'"),
        ({"zzz": 1}, "extra_body="),
        ({"provider": 5}, "takes a name or a seed_core.Provider"),
        ({"timeout": "soon"}, "timeout= takes seconds"),
        ({"timeout": 0}, "more than 0 seconds"),
        ({"reasoning": "high"}, "reasoning= takes an object"),
        ({"reasoning": {"efort": "high"}}, "did you mean 'effort'"),
        ({"base_url": "a.example", "provider": "openrouter"}, "base_url must begin"),
    ],
)
def test_a_mistake_is_told_at_once_in_our_own_words(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        settings(**given)


def test_a_value_of_the_wrong_type_is_pydantics_own_error() -> None:
    with pytest.raises(ValidationError):
        settings(temperature="hot")
    with pytest.raises(ValidationError):
        Settings.model_validate("text")


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ({"effort": "none"}, {"thinking": "disabled"}),
        ({"effort": "low", "exclude": True}, {"reasoning_effort": "low", "hide_reasoning": True}),
        ({"max_tokens": 5, "enabled": True}, {"thinking_budget": 5, "thinking": "enabled"}),
        ({"enabled": False}, {"thinking": "disabled"}),
    ],
)
def test_openrouters_reasoning_object_becomes_our_options(
    said: dict[str, Any], options: dict[str, Any]
) -> None:
    assert reasoning_options(said) == options
    made = settings(reasoning=said).options({})
    assert {name: getattr(made, name) for name in options} == options


def test_the_arguments_of_a_call_go_before_the_settings() -> None:
    made = settings(
        temperature=0.1,
        top_p=0.2,
        stop_sequences="a",
        openrouter={"models": ["a"], "route": "x"},
        model_kwargs={"k": 1, "l": 1},
        extra_body={"k": 2},
    )
    assert made.options({}) == Options(
        temperature=0.1,
        top_p=0.2,
        stop=("a",),
        host_options={"openrouter": {"models": ["a"], "route": "x"}},
        extra_body={"k": 2, "l": 1},
    )
    call = {
        "temperature": 0.0,
        "top_p": None,
        "stop": "b",
        "openrouter": {"route": "y"},
        "model_kwargs": {"k": 3},
        "extra_body": {"l": 4},
    }
    assert made.options(call) == Options(
        temperature=0.0,
        top_p=0.2,
        stop=("b",),
        host_options={"openrouter": {"models": ["a"], "route": "y"}},
        extra_body={"k": 3, "l": 4},
    )
    assert made.options({"stop": ["c", "d"]}).stop == ("c", "d")


@pytest.mark.parametrize(
    ("said", "timeout"),
    [
        (None, None),
        (5, Timeout(total=5)),
        (0.5, Timeout(total=0.5)),
        (Timeout(read=1), Timeout(read=1)),
        ((1, 2), Timeout(connect=1, read=2, first_token=2, idle=2)),
        (
            httpx.Timeout(3, connect=1),
            Timeout(connect=1, read=3, write=3, pool=3, first_token=3, idle=3),
        ),
    ],
)
def test_a_timeout_is_read_in_every_form(said: object, timeout: Timeout | None) -> None:
    assert read_timeout(said) == timeout
    assert settings(timeout=said).client().timeout == (timeout or Timeout())


@pytest.mark.parametrize("said", [True, "5", (1, 2, 3), {"reed": 1}])
def test_what_is_no_timeout_is_refused(said: object) -> None:
    with pytest.raises(ConfigurationError, match="timeout="):
        read_timeout(said)


async def test_clients_are_made_of_the_settings() -> None:
    made = settings(max_retries=5, max_retry_wait=7, retry_timeouts=True, coalesce=False)
    for client in (made.client(), made.async_client()):
        assert client.provider is made.host
        assert (client.retry.max_retries, client.retry.max_wait) == (5, 7)
        assert client.retry.timeouts
        assert not client.coalesce
    made.close()
    await made.aclose()


def test_the_key_is_neither_shown_nor_pickled() -> None:
    host = resolve("openrouter", api_key=KEY)
    with httpx.Client() as own:
        headers = {"authorization": KEY}
        made = settings(provider=host, default_headers=headers, http_client=own)
        assert KEY not in f"{made!r} {made} {made.model_dump()}"
        data = pickle.dumps(made)
        assert KEY.encode() not in data
        assert copy.deepcopy(made).http_client is own
        assert copy.deepcopy(made).host.api_key is not None
    again = pickle.loads(data)
    assert again.http_client is None
    assert again.provider.name == "openrouter"
