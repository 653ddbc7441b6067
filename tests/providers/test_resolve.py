"""Which provider is meant, and what it lacks: every rule and every message."""

import dataclasses
from typing import Any

import pytest
from pydantic import SecretStr

from seed_core.errors import ConfigurationError
from seed_core.providers import PROVIDERS, resolve, resolve_all, who_can
from seed_core.providers.address import endpoint, with_query
from seed_core.providers.base import Provider
from seed_core.providers.openrouter import OPENROUTER
from seed_core.types import Message, Prompt, Text

HELLO = Prompt((Message("user", (Text("Hi"),)),))
KEY = "sk-or-v1-given"


def key_of(provider: Provider) -> str | None:
    return None if provider.api_key is None else provider.api_key.get_secret_value()


def test_a_name_gives_the_built_in_provider() -> None:
    found = resolve("openrouter", api_key=KEY)
    assert (found.name, found.model) == ("openrouter", "bytedance-seed/seed-2.0-mini")
    assert found.url == "https://openrouter.ai/api/v1/chat/completions"
    assert key_of(found) == KEY
    assert key_of(resolve("openrouter", api_key=SecretStr(KEY))) == KEY


def test_an_unknown_name_is_told_with_those_that_are_known() -> None:
    with pytest.raises(ConfigurationError, match=r"unknown provider 'opnrouter'.*openrouter, "):
        resolve("opnrouter")


def test_a_value_is_taken_as_it_is_and_its_settings_may_be_replaced() -> None:
    own = dataclasses.replace(OPENROUTER, name="mine", base_url="https://a.example/v1")
    found = resolve(own, model="m", api_key=KEY)
    assert (found.name, found.model, found.base_url) == ("mine", "m", "https://a.example/v1")
    assert own.model == OPENROUTER.model


def test_the_key_is_the_given_one_then_the_providers_then_the_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", " sk-or-v1-environment\n")
    own = dataclasses.replace(OPENROUTER, api_key=SecretStr("sk-or-v1-own"))
    assert key_of(resolve("openrouter")) == "sk-or-v1-environment"
    assert key_of(resolve("openrouter", api_key="")) == "sk-or-v1-environment"
    assert key_of(resolve(own)) == "sk-or-v1-own"
    assert key_of(resolve(own, api_key=KEY)) == KEY


def test_without_a_name_the_first_host_whose_key_is_set_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ConfigurationError, match=r"no key found: set one of .*OPENROUTER_API_KEY"):
        resolve()
    monkeypatch.setenv("OPENROUTER_API_KEY", "   ")
    with pytest.raises(ConfigurationError, match="no key found"):
        resolve()
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    assert resolve().name == "openrouter"


def test_without_a_name_a_key_may_tell_its_host() -> None:
    assert resolve(api_key=f" {KEY}").name == "openrouter"
    with pytest.raises(ConfigurationError, match="does not tell its host") as caught:
        resolve(api_key="some-other-key")
    assert "some-other-key" not in str(caught.value)


def test_an_address_without_a_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    with pytest.raises(ConfigurationError, match="base_url= needs provider="):
        resolve(base_url="https://a.example/v1")


def test_a_wire_that_the_host_does_not_speak_is_refused() -> None:
    assert resolve("openrouter", api="chat", api_key=KEY).wire is OPENROUTER.wires["chat"]
    with pytest.raises(ConfigurationError, match=r"openrouter has no api='smoke'; it has chat"):
        resolve("openrouter", api="smoke", api_key=KEY)


@pytest.mark.parametrize(
    ("settings", "lacks"),
    [({}, "base_url"), ({"base_url": "https://a.example"}, "model"), ({"model": "m"}, "base_url")],
)
def test_a_compatible_server_needs_an_address_and_a_model(
    settings: dict[str, str], lacks: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"provider='compatible' needs {lacks}="):
        resolve("compatible", **settings)  # type: ignore[arg-type]  # the value is a parameter


def test_a_compatible_server_works_with_and_without_a_key() -> None:
    bare = resolve("compatible", base_url="http://127.0.0.1:8000", model="m")
    assert bare.url == "http://127.0.0.1:8000/v1/chat/completions"
    assert "authorization" not in bare.request(HELLO, stream=False).headers
    keyed = resolve("compatible", base_url="http://127.0.0.1:8000", model="m", api_key="k")
    assert keyed.request(HELLO, stream=False).headers["authorization"] == "Bearer k"


def test_a_missing_key_is_told_when_it_is_needed() -> None:
    found = resolve("openrouter")
    with pytest.raises(ConfigurationError, match="no key for openrouter: set OPENROUTER_API_KEY"):
        found.request(HELLO, stream=False)
    own = resolve("openrouter", headers={"Authorization": "Bearer mine"})
    assert own.request(HELLO, stream=False).headers["authorization"] == "Bearer mine"


def test_headers_and_query_of_the_user_win() -> None:
    found = resolve(
        "openrouter",
        api_key=KEY,
        headers={"User-Agent": "mine", "X-Own": "1"},
        query={"a": "b c", "d": "1"},
        base_url="https://a.example/api/v1?x=y",
    )
    request = found.request(HELLO, stream=True)
    assert request.headers["user-agent"] == "mine"
    assert request.headers["x-own"] == "1"
    assert request.headers["accept"] == "text/event-stream"
    assert request.url == "https://a.example/api/v1/chat/completions?x=y&a=b+c&d=1"
    assert found.request(HELLO, stream=False).headers["accept"] == "application/json"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {}),
        ({"app_url": "https://a.example"}, {"http-referer": "https://a.example"}),
        ({"app_title": "T"}, {"x-openrouter-title": "T", "x-title": "T"}),
        (
            {"app_title": "T", "headers": {"x-title": "U"}},
            {"x-openrouter-title": "T", "x-title": "U"},
        ),
        ({"app_title": "", "app_url": ""}, {}),
    ],
)
def test_the_calling_app_is_named_in_openrouters_headers(
    settings: dict[str, str], expected: dict[str, str]
) -> None:
    sent = resolve("openrouter", api_key=KEY, **settings).request(HELLO, stream=False).headers  # type: ignore[arg-type]  # the value is a parameter
    names = ("http-referer", "x-openrouter-title", "x-title")
    assert {name: value for name, value in sent.items() if name in names} == expected


def test_other_hosts_are_not_told_of_the_app() -> None:
    found = resolve(
        "compatible", base_url="http://a.example", model="m", app_url="https://b.example"
    )
    assert "b.example" not in str(dict(found.request(HELLO, stream=False).headers))


def test_a_model_of_the_prompt_goes_before_the_providers() -> None:
    found = resolve("openrouter", api_key=KEY, model="")
    assert found.model == OPENROUTER.model
    prompt = dataclasses.replace(HELLO, model="other/model")
    sent = b"".join(
        part for part in found.request(prompt, stream=False).body.parts if isinstance(part, bytes)
    )
    assert b'"model":"other/model"' in sent


def test_the_automatic_order_and_the_registry_agree() -> None:
    assert next(iter(PROVIDERS)) == "openrouter"
    assert all(name == row.name for name, row in PROVIDERS.items())
    assert "openrouter (chat, responses)" in who_can("video")
    assert not any(name.startswith("openrouter") for name in who_can("video_fps"))


# --- every provider -------------------------------------------------------------------------------


def test_the_first_key_in_the_order_of_the_registry_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve()
    names = ("OPENROUTER_API_KEY", "EMPIRIOLABS_API_KEY", "MODELSLAB_API_KEY")
    assert "set one of " + ", ".join(names) in str(caught.value)
    # From the last to the first: each goes before those that are set already.
    for name in reversed(names):
        monkeypatch.setenv(name, f"key of {name}")
        found = resolve()
        assert found.name == name.removesuffix("_API_KEY").lower()
        assert key_of(found) == f"key of {name}"


def test_a_name_that_is_nearly_right_is_named() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'openrouter'"):
        resolve("OpenRuoter")


def test_a_key_of_an_ark_cloud_chooses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARK_API_KEY", "k")
    with pytest.raises(ConfigurationError, match="ARK_API_KEY is set, which does not say"):
        resolve()
    monkeypatch.setenv("SEED_API_KEY", "k")
    with pytest.raises(ConfigurationError, match="ARK_API_KEY is set, which does not say"):
        resolve()


def test_a_key_tells_its_host_by_its_beginning() -> None:
    assert resolve(api_key="sk-or-v1-x").name == "openrouter"
    assert resolve(api_key="sk-empiriolabs-x").name == "empiriolabs"
    with pytest.raises(ConfigurationError, match="does not tell its host; pass provider="):
        resolve(api_key="a-key-of-modelslab")


@pytest.mark.parametrize("name", PROVIDERS)
def test_an_unknown_wire_is_told_with_those_that_a_host_speaks(name: str) -> None:
    wires = ", ".join(PROVIDERS[name].wires)
    with pytest.raises(ConfigurationError, match=f"{name} has no api='smoke'; it has {wires}"):
        resolve(name, api="smoke", api_key=KEY, base_url="https://a.example", model="m")


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name != "compatible"])
def test_the_address_may_end_with_any_wires_path(name: str) -> None:
    row = PROVIDERS[name]
    for api in row.wires:
        right = resolve(name, api=api)
        paths = [wire.path.replace("{model}", right.model) for wire in row.wires.values()]
        for path in ("", *paths):
            given = right.base_url + path
            assert resolve(name, api=api, base_url=given, api_key=KEY).url == right.url


def test_several_providers_are_resolved_in_order() -> None:
    found = resolve_all(
        ["openrouter", {"provider": "byteplus", "region": "eu-west-1", "api_key": "k"}, "modelslab"]
    )
    assert [one.name for one in found] == ["openrouter", "byteplus", "modelslab"]
    assert "eu-west" in found[1].url
    assert resolve_all("modelslab", api="messages")[0].api_name == "messages"
    assert resolve_all({"provider": "modelslab", "key_in": "body"})[0].key_in == "body"
    (first, second) = resolve_all([{"provider": "byteplus", "model": "a"}, "byteplus"])
    assert (first.model, second.model) == ("a", PROVIDERS["byteplus"].model)


@pytest.mark.parametrize(
    ("given", "settings", "words"),
    [
        ([], {}, "provider= is an empty list"),
        (["modelslab", "modelslab"], {}, "the same host, model and key twice"),
        (["openrouter", "modelslab"], {"api_key": "k"}, "api_key= cannot be said for several"),
        (["openrouter", "modelslab"], {"model": "m"}, "model= cannot be said for several"),
        (["openrouter", "byteplus"], {"region": "eu-west-1"}, "region= cannot be said for several"),
        (["modelslab", "openrouter"], {"key_in": "body"}, "key_in= cannot be said for several"),
        ([{"provider": "modelslab", "modle": "m"}], {}, "modle"),
        (["openrouter", "smoke"], {}, "unknown provider 'smoke'"),
        (["openrouter", "byteplus"], {"api": "messages"}, "byteplus has no api='messages'"),
    ],
)
def test_several_providers_must_add_up(
    given: list[Any], settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        resolve_all(given, **settings)


def test_who_can_names_wires_where_not_all_of_a_host_can() -> None:
    assert "volcengine (responses)" in who_can("web_search")
    assert who_can("caching") == ("empiriolabs",)
    assert "empiriolabs (chat)" in who_can("video")
    assert who_can("image_pixel_limit") == ("byteplus", "volcengine")


# --- addresses ------------------------------------------------------------------------------------

FULL = "https://a.example/api/v1/chat/completions"


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://a.example", FULL),
        ("https://a.example/", FULL),
        ("https://a.example/api", FULL),
        ("https://a.example/api/", FULL),
        ("https://a.example/api/v1", FULL),
        ("https://a.example/api/v1///", FULL),
        (FULL, FULL),
        (f"{FULL}/", FULL),
        (f"  {FULL}\n", FULL),
        (f"{FULL}#part", FULL),
        ("https://a.example/chat/completions", FULL),
        ("https://a.example?a=1", f"{FULL}?a=1"),
        (f"{FULL}?a=1&b=%20", f"{FULL}?a=1&b=%20"),
        ("https://a.example/ap", "https://a.example/ap/chat/completions"),
        ("https://a.example/v1", "https://a.example/v1/chat/completions"),
        ("https://a.example/gate/api/v1", "https://a.example/gate/api/v1/chat/completions"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x/chat/completions"),
        ("http://[::1]:8000", "http://[::1]:8000/api/v1/chat/completions"),
        ("HTTPS://A.example", "https://A.example/api/v1/chat/completions"),
    ],
)
def test_an_address_may_be_a_root_a_version_or_the_endpoint(base_url: str, expected: str) -> None:
    assert endpoint(base_url, "/api/v1", "/chat/completions") == expected


def test_query_parameters_are_added_to_those_of_the_address() -> None:
    got = with_query(endpoint("https://a.example?a=1", "/v1", "/chat/completions"), {"b": "x&y"})
    assert got == "https://a.example/v1/chat/completions?a=1&b=x%26y"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "a.example/v1",
        "ftp://a.example",
        "https://",
        "http:///v1",
        "//a.example",
        "localhost:8000",
        "http://[::1",
        "http://a.example:99999",
        "http://a.example:port",
        "http://:80",
        "http://a..example",
        "http://" + "x" * 64 + ".example",
    ],
)
def test_what_is_no_address_is_refused(bad: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        endpoint(bad, "/v1", "/chat/completions")


def test_a_wrong_address_is_told_when_the_provider_is_chosen() -> None:
    with pytest.raises(ConfigurationError, match="base_url must begin with http"):
        resolve("openrouter", api_key=KEY, base_url="a.example")
