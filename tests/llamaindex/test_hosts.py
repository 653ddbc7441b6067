"""What a model object knows of its hosts: metadata, addresses, keys; how it is written down."""

import json
import pickle
from typing import Any

import pytest

from llamaindex_seed import SeedLLM, SeedMultiModal
from seed_core import BadRequestError
from seed_core.emulator import Emulator, Fault
from seed_core.providers import PROVIDERS
from tests.llamaindex.asking import CHATS, METHODS, call
from tests.llamaindex.conftest import Make
from tests.llamaindex.samples import MODEL, user
from tests.rows import ROWS, Row

CHAT = Row("openrouter", "chat")
IN_BODY = Row("modelslab", "chat")
EUROPE = "https://ark.eu-west.bytepluses.com/api/v3"


def every(emulator: Emulator) -> list[dict[str, Any]]:
    """Several hosts with everything that can be said of one."""
    return [
        Row("empiriolabs", "messages").settings(emulator),
        CHAT.settings(emulator),
        {**IN_BODY.settings(emulator), "key_in": "body"},
        {"provider": "byteplus", "region": "eu-west-1", "api_key": "ark-0123456789abcdef"},
    ]


def places(llm: SeedLLM) -> list[tuple[str, ...]]:
    """Where a model's calls go, in order."""
    return [(h.name, h.api_name, h.model, h.base_url, h.key_in) for h in llm.hosts]


# --- metadata -------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_metadata_is_of_the_host(row: Row, at: Make) -> None:
    metadata = at(row).metadata
    assert metadata.model_name == row.model
    assert metadata.context_window == (row.can.context_window or 262_144)
    assert metadata.is_function_calling_model is row.may("tools")


def test_the_metadata_follows_the_model_the_wire_and_the_host(at: Make) -> None:
    llm = at(CHAT)
    assert llm.metadata.context_window == 262_144
    llm.model = "somebody/else"
    assert llm.metadata.model_name == "somebody/else"
    llm.model = llm.base_url = llm.api_key = None
    assert llm.metadata.model_name == MODEL
    llm.provider, llm.api = "empiriolabs", "messages"
    assert llm.metadata.model_name == "seed-2-0-mini"
    assert llm.metadata.context_window == 256_000


# --- addresses and keys ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
async def test_the_key_stands_in_the_body_where_that_is_said(
    at: Make, emulator: Emulator, method: str
) -> None:
    await call(at(IN_BODY, key_in="body"), method)
    [seen] = emulator.requests
    assert seen.body["key"] == IN_BODY.key
    assert seen.body["model_id"] == IN_BODY.model
    assert "model" not in seen.body
    assert IN_BODY.key not in str(seen.headers)


@pytest.mark.parametrize("method", CHATS)
async def test_a_key_in_the_body_is_told_to_nobody(
    at: Make, emulator: Emulator, method: str
) -> None:
    llm = at(IN_BODY, key_in="body", max_retries=0)
    emulator.script(Fault.status(400, message=f"{IN_BODY.key} is bad"), host="modelslab")
    with pytest.raises(BadRequestError, match="is bad") as caught:
        await call(llm, method)
    assert IN_BODY.key not in f"{caught.value} {llm!r} {llm.to_dict()} {llm.to_json()}"


def test_a_region_is_another_address(make: Make) -> None:
    llm = make(provider="byteplus", api_key=None, base_url=None, region="eu-west-1")
    assert llm.host.url == f"{EUROPE}/chat/completions"
    again = SeedLLM.from_dict(llm.to_dict(), api_key="ark-0123456789abcdef")
    assert again.host.url == llm.host.url


@pytest.mark.parametrize("method", METHODS)
async def test_fields_for_one_host_go_to_that_host_alone(
    at: Make, emulator: Emulator, method: str
) -> None:
    own = {"openrouter": {"route": "fallback"}, "byteplus": {"safety_identifier": "a"}}
    llm = at(CHAT, Row("byteplus", "chat"), max_retries=0, host_options=own)
    emulator.script(Fault.status(503))
    await call(llm, method, host_options={"byteplus": {"prompt_cache_key": "b"}})
    first, second = (seen.body for seen in emulator.requests)
    names = {"route", "safety_identifier", "prompt_cache_key"}
    assert {name: first[name] for name in names & first.keys()} == own["openrouter"]
    asked = {"safety_identifier": "a", "prompt_cache_key": "b"}
    assert {name: second[name] for name in names & second.keys()} == asked


# --- written down ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [SeedLLM, SeedMultiModal])
def test_nothing_written_of_several_hosts_holds_a_key(
    emulator: Emulator, kind: type[SeedLLM]
) -> None:
    given = every(emulator)
    llm = kind(provider=given)
    shown = f"{llm!r} {llm} {llm.model_dump()} {llm.to_dict()} {llm.to_json()}"
    shown += pickle.dumps(llm).decode("latin-1")
    for one in given:
        assert one["api_key"] not in shown, one["provider"]


@pytest.mark.parametrize("kind", [SeedLLM, SeedMultiModal])
def test_several_hosts_come_back_in_their_order(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, kind: type[SeedLLM]
) -> None:
    for name in ("OPENROUTER", "EMPIRIOLABS", "MODELSLAB", "ARK"):
        monkeypatch.setenv(f"{name}_API_KEY", f"{name}-of-the-environment")
    llm = kind(provider=every(emulator), temperature=0.5)
    before = places(llm)
    assert [name for name, *_ in before] == ["empiriolabs", "openrouter", "modelslab", "byteplus"]
    assert before[2][-1] == "body"
    assert before[3][3] == EUROPE
    for again in (
        kind.from_dict(llm.to_dict()),
        kind.from_json(llm.to_json()),
        kind.from_dict(json.loads(json.dumps(llm.to_dict()))),
        pickle.loads(pickle.dumps(llm)),
    ):
        assert places(again) == before
        assert again.temperature == 0.5
        keys = [host.api_key.get_secret_value() for host in again.hosts if host.api_key]
        assert [key.endswith("of-the-environment") for key in keys] == [True] * 4


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_one_host_comes_back_however_it_was_said(
    row: Row, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(row.key_name, row.key)
    monkeypatch.setitem(PROVIDERS, row.provider, row.value)  # found by its name, it waits as little
    said = row.settings(emulator)
    for llm in (SeedLLM(**said), SeedLLM(provider=said), SeedLLM(provider=[said])):
        for again in (
            SeedLLM.from_dict(json.loads(json.dumps(llm.to_dict()))),
            pickle.loads(pickle.dumps(llm)),
        ):
            assert places(again) == places(llm)
            assert again.chat([user()]).message.content


def test_where_the_key_goes_comes_back_too(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELSLAB_API_KEY", "modelslab-of-the-environment")
    said = {**IN_BODY.settings(emulator), "key_in": "body"}
    for llm in (SeedLLM(**said), SeedLLM(provider=said), SeedLLM(provider=[said])):
        SeedLLM.from_dict(llm.to_dict()).complete("Hello")
        assert emulator.requests[-1].body["key"] == "modelslab-of-the-environment"
