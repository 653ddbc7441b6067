"""What a model object knows of its hosts: profile, addresses, keys; and how it is written down."""

import json
import pickle
from typing import Any, cast

import pytest
from langchain_core.load import dumpd, load
from langchain_core.runnables import ConfigurableField

from langchain_seed import ChatSeed
from seed_core import resolve
from seed_core.emulator import Answer, Emulator, Fault
from seed_core.providers import PROVIDERS
from seed_core.providers.base import Provider
from tests.langchain.asking import How, Make, ask, beta
from tests.langchain.samples import MODEL
from tests.rows import ROWS, Row

CHAT = Row("openrouter", "chat")
IN_BODY = Row("modelslab", "chat")
EUROPE = "https://ark.eu-west.bytepluses.com/api/v3"
MEDIA = {"image": "image_inputs", "video": "video_inputs", "document": "pdf_inputs"}


def every(emulator: Emulator) -> list[dict[str, Any]]:
    """Several hosts with everything that can be said of one."""
    return [
        Row("empiriolabs", "messages").settings(emulator),
        CHAT.settings(emulator),
        {**IN_BODY.settings(emulator), "key_in": "body"},
        {"provider": "byteplus", "region": "eu-west-1", "api_key": "ark-0123456789abcdef"},
    ]


def places(llm: ChatSeed) -> list[tuple[str, ...]]:
    """Where a model's calls go, in order."""
    return [(h.name, h.api_name, h.model, h.base_url, h.key_in) for h in llm.hosts]


def profile_of(llm: ChatSeed) -> dict[str, Any]:
    """A model's profile, empty where nothing is known."""
    return dict(llm.profile or {})


def _load(written: Any) -> ChatSeed:
    again = load(written, valid_namespaces=["langchain_seed"], allowed_objects=[ChatSeed])
    assert isinstance(again, ChatSeed)
    return again


# --- profile --------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_profile_is_of_the_host_and_the_wire(row: Row, at: Make) -> None:
    profile = at(row).profile
    if not row.can.yes:
        assert not profile
        return
    assert profile is not None
    assert profile["name"] == row.model
    assert profile["max_input_tokens"] == row.can.context_window
    for feature, field in {
        **MEDIA,
        "tools": "tool_calling",
        "tool_choice": "tool_choice",
        "json_schema": "structured_output",
    }.items():
        assert profile.get(field) == row.can.serves(feature), field  # type: ignore[arg-type]  # one


def test_the_profile_of_several_is_of_what_all_can(at: Make) -> None:
    profile = at(CHAT, Row("empiriolabs", "messages"), Row("byteplus", "chat")).profile
    assert profile is not None
    assert profile["max_input_tokens"] == 256_000
    assert profile["max_output_tokens"] == 65_536
    assert profile["image_inputs"] is True
    assert profile["video_inputs"] is False
    assert "tool_calling" not in profile, "it is not known of one of them"


def test_the_profile_follows_the_model_the_wire_and_the_host(at: Make) -> None:
    llm = at(CHAT)
    assert profile_of(llm)["video_inputs"] is True
    llm.api = "messages"
    assert profile_of(llm)["video_inputs"] is False
    llm.model = "somebody/else"
    assert not profile_of(llm)
    llm.model = None
    assert profile_of(llm)["name"] == MODEL
    llm.base_url, llm.api, llm.api_key = None, None, None
    llm.provider = "byteplus"
    assert profile_of(llm)["name"] == "seed-2-0-mini-260215"


def test_the_profile_is_none_while_a_host_is_not_said_in_full(at: Make) -> None:
    llm = at(CHAT)
    llm.model = llm.base_url = None
    llm.provider = "compatible"
    assert not profile_of(llm)
    llm.provider = "openrouter"
    assert profile_of(llm)["name"] == MODEL


def test_a_copy_with_another_model_has_its_profile(at: Make) -> None:
    llm = at(CHAT)
    assert llm.model_copy(update={"model": "somebody/else"}).profile is None
    assert profile_of(llm.model_copy(update={"api": "messages"}))["video_inputs"] is False
    assert profile_of(llm.model_copy(update={"temperature": 0.5}))["video_inputs"] is True
    assert profile_of(llm)["name"] == MODEL


def test_a_configured_model_has_its_own_profile(at: Make) -> None:
    model = ConfigurableField(id="model")
    field: Any = at(CHAT).configurable_fields(model=model)
    prepared, _ = field.prepare({"configurable": {"model": "somebody/else"}})
    assert not profile_of(prepared)
    own: Any = at(CHAT, profile={"max_input_tokens": 5}).configurable_fields(model=model)
    prepared, _ = own.prepare({"configurable": {"model": "somebody/else"}})
    assert profile_of(prepared) == {"max_input_tokens": 5}


def test_a_profile_of_the_users_own_stays_whatever_is_asked(at: Make) -> None:
    own: Any = {"max_input_tokens": 5}
    llm = at(CHAT, profile=own)
    llm.model = "somebody/else"
    assert llm.profile == own
    assert llm.model_copy(update={"model": MODEL}).profile == own
    given: Any = {"max_input_tokens": 6}
    assert llm.model_copy(update={"model": MODEL, "profile": given}).profile == given


# --- addresses and keys ---------------------------------------------------------------------------


async def test_the_key_stands_in_the_body_where_that_is_said(
    at: Make, emulator: Emulator, how: How
) -> None:
    await ask(at(IN_BODY, key_in="body"), how, "Hello")
    [seen] = emulator.requests
    assert seen.body["key"] == IN_BODY.key
    assert seen.body["model_id"] == IN_BODY.model
    assert "model" not in seen.body
    assert IN_BODY.key not in str(seen.headers)


async def test_a_key_in_the_body_is_told_to_nobody(at: Make, emulator: Emulator, how: How) -> None:
    llm = at(IN_BODY, key_in="body", max_retries=0)
    emulator.script(Fault.status(400, message=f"{IN_BODY.key} is bad"), host="modelslab")
    with pytest.raises(Exception, match="is bad") as caught:
        await ask(llm, how, "Hello")
    assert IN_BODY.key not in f"{caught.value} {llm!r} {json.dumps(dumpd(llm))} {llm.asdict()}"


def test_a_region_is_another_address(make: Make) -> None:
    llm = make(provider="byteplus", api_key=None, base_url=None, region="eu-west-1")
    assert llm.host.url == f"{EUROPE}/chat/completions"
    llm.region = "ap-southeast-1"
    assert llm.host.url == "https://ark.ap-southeast.bytepluses.com/api/v3/chat/completions"


async def test_fields_for_one_host_go_to_that_host_alone(
    at: Make, emulator: Emulator, how: How
) -> None:
    own = {"openrouter": {"route": "fallback"}, "byteplus": {"safety_identifier": "a"}}
    llm = at(CHAT, Row("byteplus", "chat"), max_retries=0, host_options=own)
    emulator.script(Fault.status(503))
    await ask(llm, how, "Hello", host_options={"byteplus": {"prompt_cache_key": "b"}})
    first, second = (seen.body for seen in emulator.requests)
    names = {"route", "safety_identifier", "prompt_cache_key"}
    assert {name: first[name] for name in names & first.keys()} == own["openrouter"]
    asked = {"safety_identifier": "a", "prompt_cache_key": "b"}
    assert {name: second[name] for name in names & second.keys()} == asked


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_headers_are_kept_where_they_are_wanted(row: Row, at: Make, how: How) -> None:
    message = await ask(at(row, include_response_headers=True), how, "Hello")
    headers = message.response_metadata["headers"]
    streamed = row.streams and "stream" in how
    assert headers["content-type"] == ("text/event-stream" if streamed else "application/json")
    assert "headers" not in (await ask(at(row), how, "Hello")).response_metadata


# --- written down ---------------------------------------------------------------------------------


def test_nothing_written_of_several_hosts_holds_a_key(emulator: Emulator) -> None:
    given = every(emulator)
    llm = ChatSeed(provider=given)
    shown = f"{llm!r} {llm} {llm.model_dump()} {llm.model_dump_json()} {llm.asdict()} "
    shown += json.dumps(dumpd(llm)) + pickle.dumps(llm).decode("latin-1")
    for one in given:
        assert one["api_key"] not in shown, one["provider"]


@beta
def test_several_hosts_come_back_in_their_order(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENROUTER", "EMPIRIOLABS", "MODELSLAB", "ARK"):
        monkeypatch.setenv(f"{name}_API_KEY", f"{name}-of-the-environment")
    llm = ChatSeed(provider=every(emulator), temperature=0.5)
    before = places(llm)
    assert [name for name, *_ in before] == ["empiriolabs", "openrouter", "modelslab", "byteplus"]
    assert before[2][-1] == "body"
    assert before[3][3] == EUROPE
    for again in (
        _load(json.loads(json.dumps(dumpd(llm)))),
        pickle.loads(pickle.dumps(llm)),
        ChatSeed(**llm.model_dump()),
        ChatSeed(**json.loads(llm.model_dump_json())),
    ):
        assert places(again) == before
        assert again.asdict() == llm.asdict()
        keys = [host.api_key.get_secret_value() for host in again.hosts if host.api_key]
        assert [key.endswith("of-the-environment") for key in keys] == [True] * 4


@beta
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_one_host_comes_back_however_it_was_said(
    row: Row, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(row.key_name, row.key)
    # How often a job is looked at is no setting, so it is not written down.
    monkeypatch.setitem(cast("dict[str, Provider]", PROVIDERS), row.provider, row.value)
    said = row.settings(emulator)
    for llm in (ChatSeed(**said), ChatSeed(provider=said), ChatSeed(provider=[said])):
        for again in (
            _load(json.loads(json.dumps(dumpd(llm)))),
            ChatSeed(**llm.model_dump()),
            pickle.loads(pickle.dumps(llm)),
        ):
            assert places(again) == places(llm)
            assert again.invoke("Hello").text


BESIDE: list[tuple[str, dict[str, Any], str]] = [
    ("fal", {"api": "queue"}, "https://queue.fal.run/fal-ai/bytedance/seed/v2/mini"),
    (
        "fal",
        {"base_url": "https://gate.example"},
        "https://gate.example/fal-ai/bytedance/seed/v2/mini",
    ),
    ("byteplus", {"region": "eu-west-1"}, f"{EUROPE}/chat/completions"),
    (
        "openrouter",
        {"base_url": "https://gate.example/v1"},
        "https://gate.example/v1/chat/completions",
    ),
    ("openrouter", {"api": "responses"}, "https://openrouter.ai/api/v1/responses"),
]
"""A host's value, what the settings beside it say, and where calls go then."""


@beta
@pytest.mark.parametrize(
    ("name", "said", "url"), BESIDE, ids=[f"{n}-{next(iter(s))}" for n, s, _ in BESIDE]
)
def test_what_is_said_beside_a_value_comes_back_with_it(
    name: str, said: dict[str, Any], url: str
) -> None:
    llm = ChatSeed(provider=resolve(name, api_key="k"), **said)
    for again in (
        llm,
        _load(json.loads(json.dumps(dumpd(llm)))),
        ChatSeed(**llm.model_dump()),
        ChatSeed(**json.loads(llm.model_dump_json())),
        pickle.loads(pickle.dumps(llm)),
    ):
        host = again.host
        assert host.url == url
        assert bool(host.storage) == (name == "fal" and "base_url" not in said)


def test_a_trace_names_every_host_and_no_key(emulator: Emulator) -> None:
    params = ChatSeed(provider=every(emulator)).asdict()
    assert [one["provider"] for one in params["provider"]] == [
        "empiriolabs",
        "openrouter",
        "modelslab",
        "byteplus",
    ]
    assert params["provider"][0]["api"] == "messages"
    assert params["provider"][3]["base_url"] == EUROPE


def test_a_bound_model_of_several_hosts_can_be_pickled(
    at: Make, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = at(CHAT, Row("byteplus", "chat"), max_retries=0).bind_tools(
        [{"type": "function", "function": {"name": "f"}}]
    )
    monkeypatch.setenv("OPENROUTER_API_KEY", CHAT.key)
    monkeypatch.setenv("ARK_API_KEY", "ark-0123456789abcdef")
    emulator.script(Fault.status(503))
    emulator.script(Answer(text="Here"), host="byteplus")
    assert pickle.loads(pickle.dumps(bound)).invoke("Hello").text == "Here"
