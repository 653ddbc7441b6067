"""What a model says of itself: profile, traces, serialisation. The key is in none of it."""

import copy
import json
import logging
import pickle
from typing import Any

import httpx
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumpd, dumps, load
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool

from langchain_seed import ChatSeed
from seed_core import resolve
from seed_core.emulator import Emulator
from tests.langchain.asking import Body, How, Make, ask, beta
from tests.langchain.posting import Posted
from tests.langchain.samples import KEY, MODEL

UNKNOWN = "bytedance-seed/seed-1.6"


def _params(llm: ChatSeed, **call: Any) -> Any:
    """What LangChain asks for the traces; it is how an integration is made, though private."""
    return llm._get_ls_params(**call)  # noqa: SLF001


def test_the_profile_tells_what_the_model_can_do(llm: ChatSeed) -> None:
    profile = llm.profile
    assert profile is not None
    assert profile["max_input_tokens"] == 262_144
    assert profile["max_output_tokens"] == 131_072
    for able in (
        "text_inputs",
        "image_inputs",
        "image_url_inputs",
        "video_inputs",
        "pdf_inputs",
        "image_tool_message",
        "pdf_tool_message",
        "reasoning_output",
        "tool_calling",
        "tool_choice",
        "tool_call_streaming",
        "structured_output",
        "text_outputs",
        "temperature",
        "attachment",
    ):
        assert profile[able] is True, able
    for unable in ("audio_inputs", "audio_outputs", "image_outputs", "video_outputs"):
        assert profile[unable] is False, unable
    assert profile["reasoning_effort_levels"] == ["minimal", "low", "medium", "high"]
    assert profile["reasoning_effort_default"] == "medium"


def test_of_an_unknown_model_no_profile_is_made_up(make: Make) -> None:
    assert not make(model="somebody/else").profile


def test_the_users_own_profile_stays(make: Make) -> None:
    assert make(profile={"max_input_tokens": 5}).profile == {"max_input_tokens": 5}


@pytest.mark.parametrize(("model", "format_is_used"), [(MODEL, True), (UNKNOWN, False)])
def test_agents_choose_by_the_profile(
    make: Make, emulator: Emulator, model: str, format_is_used: bool
) -> None:
    agents = pytest.importorskip("langchain.agents")
    schema = {
        "title": "Report",
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    }
    agent = agents.create_agent(make(model=model), response_format=schema)
    state = agent.invoke({"messages": [HumanMessage("Weather in Paris?")]})
    assert set(state["structured_response"]) == {"city"}
    assert ("response_format" in emulator.requests[-1].body) is format_is_used


def test_the_parameters_of_traces(make: Make) -> None:
    llm = make(temperature=0.5, max_tokens=9, stop=["END"])
    assert _params(llm) == {
        "ls_provider": "seed",
        "ls_model_name": MODEL,
        "ls_model_type": "chat",
        "ls_temperature": 0.5,
        "ls_max_tokens": 9,
        "ls_stop": ["END"],
    }
    params = _params(llm, stop=["X"], model="m", temperature=0.1, max_tokens=1)
    assert params["ls_model_name"] == "m"
    assert params["ls_temperature"] == 0.1
    assert params["ls_max_tokens"] == 1
    assert params["ls_stop"] == ["X"]
    assert llm._llm_type == "chat-seed"  # noqa: SLF001


async def test_the_provider_of_traces_is_that_of_messages(llm: ChatSeed, how: How) -> None:
    message = await ask(llm, how, "Hello")
    assert message.response_metadata["model_provider"] == _params(llm)["ls_provider"]


def test_identifying_parameters_tell_settings_and_no_secrets(make: Make) -> None:
    params = make(temperature=0.5, reasoning_effort="low", default_headers={"x": KEY}).asdict()
    assert (params["model"], params["provider"]) == (MODEL, "openrouter")
    assert (params["temperature"], params["reasoning_effort"]) == (0.5, "low")
    assert KEY not in str(params)


class _Everything(BaseCallbackHandler):
    """Keeps all that callbacks, and so tracers, are told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        self.told.append((args, kwargs))

    def on_llm_end(self, *args: Any, **kwargs: Any) -> None:
        self.told.append((args, kwargs))

    def on_llm_error(self, *args: Any, **kwargs: Any) -> None:
        self.told.append((args, kwargs))


async def test_no_callback_is_told_the_key(make: Make, how: How) -> None:
    seen = _Everything()
    secret = {"x-secret": f"secret-{KEY}"}
    llm = make(default_headers=secret, include_response_headers=True)
    await ask(llm.bind_tools([]), how, "Hello", config={"callbacks": [seen]})
    assert len(seen.told) == 2
    assert seen.told[0][1]["invocation_params"]["model"] == MODEL
    assert seen.told[0][1]["metadata"]["ls_provider"] == "seed"
    assert "seed-integrations" in str(seen.told[0][1]["metadata"])
    assert KEY not in repr(seen.told)


async def test_no_run_that_goes_to_langsmith_holds_the_key(make: Make, how: How) -> None:
    posted = Posted()
    await ask(make(), how, "Hello", config={"callbacks": [posted.tracer]})
    written = posted.written()
    assert MODEL in written
    assert '"ls_provider":"seed"' in written.replace(" ", "")
    assert KEY not in written


def test_the_key_is_nowhere_to_be_seen(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    llm = make(default_headers={"x-secret": KEY})
    llm.invoke("Hello")
    shown = f"{llm!r} {llm} {llm.model_dump()} {dumps(llm)} {llm.host!r} {caplog.text}"
    assert KEY not in shown
    assert KEY.encode() not in pickle.dumps(llm)
    assert KEY not in llm.model_dump_json(exclude={"profile"})


@beta
def test_dumpd_and_load_give_the_same_model_back(make: Make, body: Body) -> None:
    llm = make(temperature=0.5, reasoning_effort="low", stop=["END"], extra_body={"top_k": 3})
    written = json.loads(json.dumps(dumpd(llm)))
    assert written["kwargs"]["api_key"] == {
        "lc": 1,
        "type": "secret",
        "id": ["OPENROUTER_API_KEY"],
    }
    again = _load(written)
    assert isinstance(again, ChatSeed)
    assert again.asdict() == llm.asdict()
    again.invoke("Hello")
    sent = body()
    llm.invoke("Hello")
    assert body() == sent


def _load(written: Any) -> Any:
    return load(
        written,
        valid_namespaces=["langchain_seed"],
        allowed_objects=[ChatSeed],
        secrets_map={"OPENROUTER_API_KEY": KEY},
    )


def test_a_copy_is_a_model_of_its_own(make: Make, body: Body) -> None:
    llm = make(temperature=0.5, extra_body={"a": [1]})
    for again in (copy.deepcopy(llm), copy.copy(llm), llm.model_copy(deep=True)):
        again.temperature = 0.9
        again.invoke("Hello")
        assert body()["temperature"] == 0.9
    llm.invoke("Hello")
    assert body()["temperature"] == 0.5


def test_a_copy_shares_the_users_own_http_client(make: Make) -> None:
    with httpx.Client(trust_env=False) as client:
        again = copy.deepcopy(make(http_client=client))
        assert again.http_client is client
        assert again.invoke("Hello").text


def test_a_pickle_finds_its_key_in_the_environment(
    make: Make, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    llm = make(temperature=0.5)
    llm.invoke("Hello")
    monkeypatch.setenv("OPENROUTER_API_KEY", "another")
    again = pickle.loads(pickle.dumps(llm))
    assert again.api_key is None
    again.invoke("Hello")
    assert emulator.requests[-1].headers["authorization"] == "Bearer another"
    assert emulator.requests[-1].body["temperature"] == 0.5


def test_a_pickle_of_a_provider_value_has_no_key(emulator: Emulator) -> None:
    host = resolve("openrouter", api_key=KEY, base_url=emulator.url("openrouter"))
    data = pickle.dumps(ChatSeed(provider=host))
    assert KEY.encode() not in data
    assert pickle.loads(data).host.base_url == emulator.url("openrouter")


def test_a_bound_model_can_be_pickled(llm: ChatSeed, monkeypatch: pytest.MonkeyPatch) -> None:
    bound = llm.bind_tools([{"type": "function", "function": {"name": "f"}}])
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    assert pickle.loads(pickle.dumps(bound)).invoke("Hello").text


@tool
def a_tool(city: str) -> str:
    """Something about a city."""
    return city


def test_tokens_are_counted_without_a_network(make: Make) -> None:
    # No address is asked: the guard of the tests lets nothing out, and this port is closed.
    llm = make(base_url="http://127.0.0.1:9")
    assert llm.get_num_tokens("") == 0
    assert llm.get_num_tokens("four words of text") == 5
    assert llm.get_num_tokens("北京" * 100) > 100
    short = llm.get_num_tokens_from_messages([HumanMessage("Hello")])
    long = llm.get_num_tokens_from_messages(
        [
            SystemMessage("Be kind."),
            HumanMessage([{"type": "image_url", "image_url": {"url": "https://127.0.0.1/a.png"}}]),
            ToolMessage("a result", tool_call_id="c1"),
        ],
        tools=[a_tool],
    )
    assert 1 < short < 20
    assert long > 1000
    with pytest.raises(NotImplementedError, match="no tokenizer"):
        llm.get_token_ids("text")
    own = make(custom_get_token_ids=lambda text: [1, 2])
    assert own.get_token_ids("text") == [1, 2]
