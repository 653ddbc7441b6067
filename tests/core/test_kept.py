"""What a model object keeps between its calls never says what its settings no longer say."""

import copy
import pickle
from dataclasses import fields
from functools import partial
from typing import Any

import httpx
import pytest

from seed_core.kept import Kept
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.settings import Settings
from seed_core.spending import Spending
from seed_core.types import Message, Prompt, Text


def _travelled(made: Settings, protocol: int) -> Any:
    return pickle.loads(pickle.dumps(made, protocol))


def settings(**given: Any) -> Settings:
    return Settings(**{"provider": "openrouter", "api_key": "sk-or-v1-a-key", **given})


def test_calls_share_a_client_and_their_options() -> None:
    made = settings(temperature=0.5)
    assert made.client() is made.client()
    assert made.async_client() is made.async_client()
    assert made.options({}) is made.options({})
    assert made.options({}).temperature == 0.5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0.1),
        ("timeout", 5.0),
        ("max_retries", 7),
        ("coalesce", False),
        ("model", "other/model"),
        ("api_key", "sk-or-v1-another-key"),
        ("on_progress", print),
        ("transport", "httpx"),
    ],
)
def test_a_setting_that_changes_is_heeded_by_the_next_call(name: str, value: Any) -> None:
    made, fresh = settings(), settings(**{name: value})
    made.client()
    made.async_client()
    made.options({})
    setattr(made, name, value)
    for client, other in (
        (made.client(), fresh.client()),
        (made.async_client(), fresh.async_client()),
    ):
        assert client.timeout == other.timeout
        assert client.retry == other.retry
        assert client.coalesce == other.coalesce
        assert client.on_progress is other.on_progress
        assert client.providers == other.providers
    assert made.options({}) == fresh.options({})


def test_another_client_of_httpx_is_used_from_then_on() -> None:
    made = settings()
    before = made.client()
    with httpx.Client() as own:
        made.http_client = own
        assert made.client() is not before
        made.http_client = None
    assert made.client() is not before


def test_a_copy_of_pydantics_older_kind_heeds_what_it_is_given() -> None:
    made = settings(temperature=0.1, timeout=5.0)
    made.client()
    made.options({})
    with pytest.warns(match="deprecated"):
        other = made.copy(update={"temperature": 0.9, "timeout": 99.0})
    assert other.options({}).temperature == 0.9
    assert other.client().timeout.total == 99.0
    assert made.options({}).temperature == 0.1


def test_stop_texts_that_are_changed_in_place_are_heeded() -> None:
    made = settings()
    made.stop = ["A"]  # type: ignore[assignment]  # not validated, and users do it
    assert made.options({}).stop == ("A",)
    made.stop.append("B")  # type: ignore[union-attr]  # it is a list now
    assert made.options({}).stop == ("A", "B")


def test_a_request_has_headers_of_its_own() -> None:
    host = resolve("openrouter", api_key="sk-or-v1-a-key")
    prompt = Prompt((Message("user", (Text("Hello"),)),))
    first, second = (host.request(prompt, stream=False).headers for _ in range(2))
    assert first == second
    assert first is not second
    assert "a-key" not in f"{host!r} {vars_of(host)}"


def vars_of(host: Provider) -> dict[str, Any]:
    return {one.name: getattr(host, one.name) for one in fields(host)}


@pytest.mark.parametrize("name", ["model_kwargs", "extra_body"])
def test_fields_that_are_changed_in_place_are_heeded(name: str) -> None:
    made = settings()
    assert made.options({}).extra_body == {}
    getattr(made, name)["seed"] = 1
    assert made.options({}).extra_body == {"seed": 1}
    getattr(made, name)["seed"] = 2
    assert made.options({}).extra_body == {"seed": 2}
    getattr(made, name).clear()
    assert made.options({}).extra_body == {}


def test_fields_for_hosts_that_are_changed_in_place_are_heeded() -> None:
    made = settings(openrouter={"route": "fallback"})
    assert made.options({}).host_options == {"openrouter": {"route": "fallback"}}
    assert made.openrouter is not None
    made.openrouter["route"] = "other"
    assert made.options({}).host_options == {"openrouter": {"route": "other"}}


def test_what_one_call_says_is_not_kept() -> None:
    made = settings()
    assert made.options({"temperature": 0.9}).temperature == 0.9
    assert made.options({}).temperature is None


def test_who_counts_one_call_counts_no_other() -> None:
    made, spent = settings(), Spending()
    assert made.client([spent]).spending == (spent,)
    assert made.async_client([spent]).spending == (spent,)
    assert made.client().spending == made.client([object()]).spending == ()
    assert made.async_client().spending == ()


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda made: made.model_copy(),
        lambda made: made.model_copy(deep=True),
        lambda made: made.model_copy(update={"temperature": 0.5}),
        lambda made: made.copy(),
        *(partial(_travelled, protocol=number) for number in range(pickle.HIGHEST_PROTOCOL + 1)),
    ],
)
@pytest.mark.filterwarnings("ignore:The `copy` method is deprecated")
def test_a_copy_goes_its_own_way(copied: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-for-the-one-that-travelled")
    made = settings(temperature=0.5)
    client = made.client()
    made.options({})
    other = copied(made)
    other.temperature, other.timeout = 0.1, 3.0
    assert other.client().timeout.total == 3.0
    assert other.options({}).temperature == 0.1
    assert made.client() is client
    assert made.options({}).temperature == 0.5


def test_objects_with_equal_settings_are_equal_whatever_was_asked_of_them() -> None:
    asked, fresh = settings(), settings()
    asked.client()
    asked.options({})
    assert asked == fresh
    assert fresh == asked
    assert asked != settings(temperature=0.5)
    assert len({Kept(), Kept()}) == 1
