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
        ({"provider": 5}, "takes a name, a seed_core.Provider"),
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


def test_a_key_is_hidden_however_it_comes() -> None:
    made = settings()
    made.api_key = "sk-or-v1-set-later"  # type: ignore[assignment]  # pydantic makes it secret
    copied = made.model_copy(update={"api_key": "sk-or-v1-set-later"})
    for one in (made, copied):
        assert "set-later" not in repr(one)
        assert one.host.api_key is not None
        assert one.host.api_key.get_secret_value() == "sk-or-v1-set-later"


def test_a_mistake_leaves_no_values_behind_it() -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(temprature=1)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": [5]}, "max_tokens"),
        ({"extra_body": "x"}, "extra_body"),
        ({"openrouter": 5}, "openrouter"),
        ({"stop": 5}, "stop"),
        ({"thinking": "sometimes"}, "thinking"),
    ],
)
def test_a_call_takes_the_types_that_the_settings_take(call: dict[str, Any], name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"wrong type: {name}"):
        settings().options(call)


def test_a_number_that_is_written_as_text_is_read_as_in_the_settings() -> None:
    assert settings().options({"max_tokens": "50", "stop": "x"}) == Options(
        max_tokens=50, stop=("x",)
    )


@pytest.mark.parametrize(
    ("own", "call", "sent"),
    [
        ({"thinking": "disabled"}, {"reasoning_effort": "high"}, {"reasoning_effort": "high"}),
        ({"reasoning_effort": "low"}, {"thinking_budget": 500}, {"thinking_budget": 500}),
        ({"thinking_budget": 500}, {"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
        (
            {"reasoning_effort": "low"},
            {"thinking": "enabled"},
            {"reasoning_effort": "low", "thinking": "enabled"},
        ),
        (
            {"thinking": "enabled"},
            {"reasoning_effort": "low"},
            {"reasoning_effort": "low", "thinking": "enabled"},
        ),
    ],
)
def test_what_a_call_says_of_reasoning_replaces_what_contradicts_it(
    own: dict[str, Any], call: dict[str, Any], sent: dict[str, Any]
) -> None:
    assert settings(**own).options(call) == Options(**sent)


def test_a_setting_of_the_model_is_not_taken_from_a_call() -> None:
    with pytest.raises(ConfigurationError, match="timeout= is a setting of the model"):
        settings().call_arguments({"timeout": 5})


@pytest.mark.parametrize("model", [5, ["a"], b"a"])
def test_a_model_that_is_no_text_is_refused(model: Any) -> None:
    with pytest.raises(ConfigurationError, match="model= takes a str"):
        settings().call_arguments({"model": model})


def test_a_setting_named_as_pythons_own_is_unknown_like_any_other() -> None:
    with pytest.raises(ConfigurationError, match="no option 'self'"):
        settings(self=1)


@pytest.mark.parametrize(
    ("name", "client"), [("http_client", httpx.AsyncClient), ("http_async_client", httpx.Client)]
)
def test_a_client_of_the_other_colour_is_refused(name: str, client: type[Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}= takes an httpx"):
        settings(**{name: client()})
