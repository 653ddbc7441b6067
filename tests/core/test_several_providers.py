"""Several providers, as users say them: names, values, dicts, and the key of each."""

import pickle
from typing import Any

import pytest

from seed_core.capabilities import Capabilities, shared
from seed_core.client import AsyncClient, Client
from seed_core.errors import ConfigurationError
from seed_core.providers import resolve, resolve_all
from seed_core.settings import Settings

# --- saying several -------------------------------------------------------------------------------


def test_several_are_said_as_names_values_and_dicts() -> None:
    own = resolve("compatible", base_url="http://localhost:1/v1", model="m")
    lite = {"provider": "openrouter", "model": "bytedance-seed/seed-2.0-lite", "api_key": "k" * 9}
    found = resolve_all(["openrouter", own, lite], app_title="Orchard")
    assert [row.name for row in found] == ["openrouter", "compatible", "openrouter"]
    assert [row.model for row in found][1:] == ["m", "bytedance-seed/seed-2.0-lite"]
    assert all("k" * 9 not in repr(row) for row in found)


@pytest.mark.parametrize("name", ["model", "api_key", "base_url", "region", "headers", "query"])
def test_what_belongs_to_one_provider_cannot_be_said_for_several(name: str) -> None:
    said: Any = {"a": "b"} if name in ("headers", "query") else "x"
    with pytest.raises(ConfigurationError, match=f"{name}= cannot be said for several"):
        resolve_all(["openrouter", "modelslab"], **{name: said})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([], "empty list"),
        (["openrouter", "openrouter"], "the same host, model and key twice"),
        (["openrouter", {"provider": "modelslab", "modle": "x"}], "did you mean 'model'"),
        (["openrouter", "nowhere"], "unknown provider 'nowhere'"),
    ],
)
def test_a_mistake_in_the_list_is_told_at_once(said: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        resolve_all(said)


def test_a_client_takes_a_list_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-one")
    for client in (Client(["openrouter", "modelslab"]), AsyncClient(["openrouter", "modelslab"])):
        assert [row.name for row in client.providers] == ["openrouter", "modelslab"]


def test_several_can_do_what_all_of_them_can() -> None:
    one = Capabilities(
        yes=frozenset({"tools", "image"}),
        efforts=("low", "high"),
        context_window=100,
        max_output_tokens=10,
    )
    other = Capabilities(
        yes=frozenset({"image"}), no=frozenset({"tools"}), efforts=("high",), context_window=90
    )
    both = shared([one, other])
    assert (both.has("image"), both.has("tools"), both.has("video")) == (True, False, None)
    assert (both.efforts, both.context_window, both.max_output_tokens) == (("high",), 90, 10)
    assert shared([one]) is one
    assert shared([Capabilities(), Capabilities()]) == Capabilities()


# --- keys -----------------------------------------------------------------------------------------


def test_one_clouds_key_does_not_go_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARK_API_KEY", "ark-key-of-one-cloud")
    europe = {"provider": "byteplus", "region": "eu-west-1"}
    for second in ("volcengine", europe):
        with pytest.raises(ConfigurationError, match=r"sent the key of byteplus.*ARK_API_KEY"):
            resolve_all(["byteplus", second])
    with pytest.raises(ConfigurationError, match="sent the key of byteplus"):
        Settings(provider=["byteplus", {"provider": "volcengine"}])
    own = {"provider": "volcengine", "api_key": "another-key"}
    assert [row.name for row in resolve_all(["byteplus", own])] == ["byteplus", "volcengine"]


def test_two_keys_of_one_host_are_two_chances() -> None:
    keys = ("sk-or-v1-first-key", "sk-or-v1-second-key")
    found = resolve_all([{"provider": "openrouter", "api_key": key} for key in keys])
    assert len({row.api_key for row in found}) == 2


def test_what_a_dict_says_goes_before_the_settings_of_all() -> None:
    own = {"provider": "openrouter", "api": "responses", "app_title": "Own"}
    said: list[Any] = [own, "empiriolabs"]
    first, second = resolve_all(said, api="chat", app_title="All")
    assert (first.api_name, second.api_name) == ("responses", "chat")
    assert first.headers["X-Title"] == "Own"
    settings = Settings(provider=said, api="chat", app_title="All")
    assert [(row.api_name, dict(row.headers)) for row in settings.hosts] == [
        (row.api_name, dict(row.headers)) for row in (first, second)
    ]
    with pytest.raises(ConfigurationError, match="api= is said twice"):
        Settings(provider=own, api="chat")
    alone = {"provider": "compatible", "model": "m"}
    assert Settings(provider=alone, base_url="http://localhost:1").host.model == "m"
    with pytest.raises(ConfigurationError, match="did you mean 'model'"):
        Settings(provider={"provider": "openrouter", "modle": "m"})


def test_a_key_that_was_said_is_not_replaced_by_anothers_after_a_pickle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARK_API_KEY", "ark-key-of-one-cloud")
    own = {"provider": "volcengine", "api_key": "key-of-the-other-cloud"}
    again = pickle.loads(pickle.dumps(Settings(provider=["byteplus", own])))
    with pytest.raises(ConfigurationError, match="sent the key of byteplus"):
        _ = again.hosts
