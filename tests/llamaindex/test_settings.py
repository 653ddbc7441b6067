"""Settings, metadata, and what is written down."""

import copy
import json
import pickle
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from llama_index.core.llms import LLM

from llamaindex_seed import SeedLLM, SeedMultiModal
from seed_core import ConfigurationError, Timeout, resolve
from seed_core.emulator import Emulator
from tests.llamaindex.conftest import Body, Make
from tests.llamaindex.samples import KEY, MODEL, user
from tests.llamaindex.without_tools import model_without_tools


@pytest.fixture
def own_client() -> Iterator[httpx.Client]:
    """An httpx client of the user's own."""
    with httpx.Client() as client:
        yield client


def test_api_base_is_base_url(emulator: Emulator) -> None:
    settings: dict[str, Any] = {"provider": "openrouter", "api_base": emulator.url("openrouter")}
    llm = SeedLLM(api_key=KEY, **settings)
    assert llm.base_url == emulator.url("openrouter")
    assert llm.complete("Hello").text


def test_additional_kwargs_are_fields_of_the_body(make: Make, body: Body) -> None:
    make(additional_kwargs={"user": "me"}).complete("Hello")
    assert body()["user"] == "me"


def test_an_unknown_option_is_named_with_the_one_that_was_meant(make: Make) -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'temperature'"):
        make(temprature=0.5)


def test_without_a_key_the_error_names_the_variable() -> None:
    with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
        SeedLLM()


def test_an_unknown_argument_of_a_call_is_refused(llm: SeedLLM) -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'max_tokens'"):
        llm.complete("Hello", max_token=9)


def test_arguments_of_a_call_do_not_stick(llm: SeedLLM, body: Body) -> None:
    llm.chat([user()], temperature=0.25, model="bytedance-seed/seed-2.0-lite")
    assert (body()["temperature"], body()["model"]) == (0.25, "bytedance-seed/seed-2.0-lite")
    llm.chat([user()])
    assert "temperature" not in body()
    assert body()["model"] == MODEL


@pytest.mark.parametrize(
    ("settings", "window", "output"),
    [
        ({}, 262_144, 8192),
        ({"max_tokens": 500}, 262_144, 500),
        ({"context_window": 4096}, 4096, 1024),
    ],
)
def test_metadata_leaves_room_for_the_answer(
    make: Make, settings: dict[str, Any], window: int, output: int
) -> None:
    metadata = make(**settings).metadata
    assert (metadata.context_window, metadata.num_output) == (window, output)
    assert metadata.model_name == MODEL
    assert metadata.is_chat_model


def test_metadata_of_a_model_that_nobody_knows_is_complete() -> None:
    llm = SeedLLM(provider="compatible", base_url="http://127.0.0.1:9/v1", model="my-model")
    assert llm.metadata.model_name == "my-model"
    assert llm.metadata.is_function_calling_model
    assert llm.metadata.context_window == 262_144


def test_metadata_follows_what_the_host_says_of_tools(emulator: Emulator) -> None:
    assert model_without_tools(emulator).metadata.is_function_calling_model, "in words"
    off = model_without_tools(emulator, tool_calling="off")
    assert not off.metadata.is_function_calling_model


def test_metadata_never_raises_even_where_the_key_did_not_travel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    llm = pickle.loads(pickle.dumps(SeedLLM(api_key=KEY)))
    assert llm.metadata.context_window == 262_144
    with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
        llm.complete("Hello")
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    assert llm.host.name == "openrouter"


def test_a_dict_holds_the_settings_and_no_secret(make: Make, own_client: httpx.Client) -> None:
    llm = make(
        default_headers={"x-secret": "s3cret"}, http_client=own_client, timeout=Timeout(read=5)
    )
    data = json.loads(llm.to_json())
    assert data["class_name"] == "seed_llm"
    assert not {"api_key", "default_headers", "http_client"} & data.keys()
    assert KEY not in llm.to_json()
    assert "s3cret" not in llm.to_json() + repr(llm)
    again = SeedLLM.from_dict(data, api_key=KEY)
    assert again.to_dict() == llm.to_dict()
    assert again.client().timeout == Timeout(read=5)


def test_a_provider_value_is_written_as_its_address(emulator: Emulator) -> None:
    value = resolve("openrouter", api_key=KEY, base_url=emulator.url("openrouter"), model="m/x")
    data = SeedLLM(provider=value).to_dict()
    assert KEY not in json.dumps(data, default=str)
    again = SeedLLM.from_dict(data, api_key=KEY)
    assert (again.host.url, again.host.model) == (value.url, "m/x")


def test_the_host_that_was_found_by_its_key_stays_the_same_elsewhere() -> None:
    llm = SeedLLM(api_key=KEY)
    assert llm.to_dict()["provider"] == "openrouter"
    assert pickle.loads(pickle.dumps(llm)).provider == "openrouter"


def test_pickle_and_copies_work_and_pickle_takes_no_secret(
    make: Make, own_client: httpx.Client
) -> None:
    llm = make(http_client=own_client, default_headers={"x-secret": "s3cret"}, max_tokens=77)
    state = pickle.dumps(llm)
    assert KEY.encode() not in state
    assert b"s3cret" not in state
    assert pickle.loads(state).max_tokens == 77
    assert copy.deepcopy(llm).complete("Hello").text
    assert llm.model_copy().complete("Hello").text
    assert llm.complete("Hello").text, "pickling left the object as it was"


def test_a_pickled_provider_value_keeps_its_address_and_finds_its_key_anew(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = resolve("openrouter", api_key=KEY, base_url=emulator.url("openrouter"))
    state = pickle.dumps(SeedLLM(provider=value))
    assert KEY.encode() not in state
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    again = pickle.loads(state)
    assert again.complete("Hello").text
    assert emulator.requests[-1].path.endswith("/chat/completions")


def test_it_is_one_of_llamaindexs_llms(llm: SeedLLM, multi_modal: SeedMultiModal) -> None:
    names = [base.__name__ for base in SeedLLM.__mro__]
    assert {"BaseLLM", "FunctionCallingLLM"} <= set(names)
    assert isinstance(llm, LLM)
    assert (llm.class_name(), multi_modal.class_name()) == ("seed_llm", "seed_multi_modal_llm")


async def test_closing_lets_the_next_call_open_anew(llm: SeedLLM) -> None:
    llm.complete("Hello")
    llm.close()
    assert llm.complete("Hello").text
    await llm.acomplete("Hello")
    await llm.aclose()
    assert (await llm.acomplete("Hello")).text


def test_a_copy_with_another_model_asks_the_other_model(llm: SeedLLM, body: Body) -> None:
    llm.model_copy(update={"model": "bytedance-seed/seed-2.0-lite"}).complete("Hello")
    assert body()["model"] == "bytedance-seed/seed-2.0-lite"
    llm.complete("Hello")
    assert body()["model"] == MODEL
