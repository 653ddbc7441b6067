"""Where fal's services stand: its own addresses, and one of the user's own."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from seed_core.errors import ConfigurationError
from seed_core.providers import PROVIDERS, resolve, resolve_all
from seed_core.types import Options, Prompt
from tests.providers.fal.asking import KEY, turn

OWN = "https://gateway.example/fal"


def test_an_address_that_a_value_was_given_stays() -> None:
    moved = replace(PROVIDERS["fal"], base_url=OWN)
    assert resolve(moved, api_key=KEY).base_url == OWN
    assert resolve(moved, api="queue", api_key=KEY).base_url == OWN
    again = resolve(resolve("fal", base_url=OWN, api_key=KEY), api="queue")
    assert again.base_url == OWN


def test_a_wire_s_own_address_goes_with_the_wire() -> None:
    queue = resolve("fal", api="queue", api_key=KEY)
    assert queue.base_url == "https://queue.fal.run"
    assert resolve(queue, api="sync").base_url == "https://fal.run"
    chat = resolve(queue, api="chat")
    assert chat.url == "https://fal.run/openrouter/router/openai/v1/chat/completions"


def test_the_root_of_the_chat_route_is_completed_at_any_address() -> None:
    host = resolve("fal", api="chat", base_url="https://gateway.example", api_key=KEY)
    assert host.url == "https://gateway.example/openrouter/router/openai/v1/chat/completions"
    assert resolve("fal", api="chat", base_url=OWN, api_key=KEY).url == f"{OWN}/chat/completions"


@pytest.mark.parametrize(
    ("base_url", "known"),
    [
        (None, True),
        ("https://fal.run/", True),
        ("https://FAL.run/fal-ai/bytedance/seed/v2/mini", True),
        (OWN, False),
    ],
)
def test_files_are_brought_to_fal_s_storage_from_its_own_addresses(
    base_url: str | None, *, known: bool
) -> None:
    host = resolve("fal", base_url=base_url, api_key=KEY)
    assert host.storage == ("https://rest.fal.ai" if known else None)
    unresolved = replace(PROVIDERS["fal"], base_url=OWN, api_key=SecretStr(KEY))
    assert unresolved.storage is None


def test_two_services_of_fal_share_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", KEY)
    both = resolve_all([{"provider": "fal"}, {"provider": "fal", "api": "queue"}])
    assert [one.api_name for one in both] == ["sync", "queue"]
    with pytest.raises(ConfigurationError, match="FAL_KEY or FAL_KEY_ID and FAL_KEY_SECRET; say"):
        resolve_all([{"provider": "fal"}, {"provider": "fal", "base_url": OWN}])


def test_both_halves_of_a_key_are_kept_out_of_errors() -> None:
    host = resolve("fal", api_key="an-identifier:and-its-secret")
    assert host.scrub("an-identifier is unknown, and so is and-its-secret") == (
        "*** is unknown, and so is ***"
    )


def test_what_fal_takes_in_headers_never_stands_in_a_body() -> None:
    host = resolve("fal", api="chat", api_key=KEY)
    said = {"fal": {"no_retry": True, "request_timeout": 2.5, "top_k": 3}}
    prompt = Prompt((turn("user", "Hello"),), options=Options(host_options=said))
    request = host.request(prompt, stream=False)
    assert b'"top_k":3' in b"".join(part for part in request.body.parts if isinstance(part, bytes))
    assert not any(b"no_retry" in part for part in request.body.parts if isinstance(part, bytes))
    assert request.headers["x-fal-no-retry"] == "1"
    assert request.headers["x-fal-request-timeout"] == "2.5"
    odd = Options(host_options={"fal": {"runner_hint": "zwei\nZeilen"}})
    with pytest.raises(ConfigurationError, match=r"x-fal-runner-hint.*printable ASCII"):
        host.request(replace(prompt, options=odd), stream=False)
