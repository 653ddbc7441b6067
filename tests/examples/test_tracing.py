"""The handlers of the examples on tracing, beyond the one call that each example makes."""

import gc
import runpy
import sys
from typing import Any

import pytest

pytest.importorskip("langchain")
pytest.importorskip("openinference.instrumentation.langchain")
pytest.importorskip("openinference.instrumentation.llama_index")

from seed_core.emulator import Emulator
from seed_core.errors import AuthenticationError
from tests.conftest import ROOT
from tests.llamaindex.asking import METHODS, call
from tests.tracing import AGENT, get_weather

# OpenInference asks LlamaIndex's metadata for JSON in a way that pydantic has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")

FIRST = "First Token Stream Event"


def ran(name: str) -> dict[str, Any]:
    """What an example has made: it is still in place, and what it saw is forgotten."""
    names = runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")
    names["spans"].clear()
    return names


@pytest.fixture
def langchain(hosts: Emulator) -> dict[str, Any]:
    return ran("tracing")


@pytest.fixture
def llamaindex(hosts: Emulator) -> dict[str, Any]:
    return ran("llamaindex/tracing")


def told(names: dict[str, Any]) -> list[tuple[bool, Any, bool]]:
    """Of each span of a call with tokens: has it a cost, who answered, a first token."""
    return [
        (
            span.attributes.get("llm.cost.total", 0) > 0,
            span.attributes.get("seed.host"),
            [event.name for event in span.events] == [FIRST],
        )
        for span in names["spans"].get_finished_spans()
        if "llm.token_count.total" in span.attributes
    ]


async def test_every_call_of_langchain_has_its_cost(langchain: dict[str, Any]) -> None:
    llm = langchain["llm"]
    llm.invoke("Hello")
    await llm.ainvoke("Hello")
    llm.batch(["One", "Two"])
    assert told(langchain) == [(True, "openrouter", False)] * 4
    langchain["spans"].clear()
    assert list(llm.stream("Hello"))
    assert [chunk async for chunk in llm.astream("Hello")]
    assert told(langchain) == [(True, "openrouter", True)] * 2


@pytest.mark.skipif(sys.version_info < (3, 11), reason="LangGraph hands on no chunks there")
async def test_every_call_of_an_agent_has_its_cost(
    langchain: dict[str, Any], hosts: Emulator
) -> None:
    from langchain.agents import create_agent

    model = langchain["ChatSeed"]()
    agent = create_agent(model, [get_weather]).with_config(callbacks=[langchain["Missing"]()])
    asked: Any = {"messages": [("user", "Weather?")]}
    hosts.script(*AGENT, *AGENT)
    agent.invoke(asked)
    assert told(langchain) == [(True, "openrouter", False)] * 2
    langchain["spans"].clear()
    assert [piece async for piece in agent.astream(asked, stream_mode="messages")]
    assert told(langchain) == [(True, "openrouter", True)] * 2


@pytest.mark.parametrize("method", METHODS)
async def test_every_call_of_llamaindex_has_its_cost(
    llamaindex: dict[str, Any], method: str
) -> None:
    await call(llamaindex["llm"], method)
    assert told(llamaindex) == [(True, "openrouter", "stream" in method)]


def test_a_host_that_tells_no_cost_is_named_all_the_same(
    langchain: dict[str, Any], llamaindex: dict[str, Any]
) -> None:
    model = langchain["ChatSeed"](provider="modelslab")
    model.invoke("Hello", {"callbacks": [langchain["Missing"]()]})
    assert told(langchain) == [(False, "modelslab", False)]
    llamaindex["SeedLLM"](provider="modelslab").complete("Hello")
    assert told(llamaindex) == [(False, "modelslab", False)]


def test_a_span_that_failed_is_not_kept(
    llamaindex: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "invalid")
    llm = llamaindex["SeedLLM"]()
    with pytest.raises(AuthenticationError) as caught:
        llm.complete("Hello")
    del caught  # whose traceback would hold it
    gc.collect()
    [span] = llamaindex["spans"].get_finished_spans()
    assert not span.status.is_ok
    assert not llamaindex["Missing"].spans
