"""What LangSmith and OpenTelemetry are told of a call: model, tokens, cost, and no key."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from langchain_seed import ChatSeed
from seed_core.emulator import Emulator
from seed_core.errors import AuthenticationError
from tests.langchain.asking import HOWS, STREAMS, How, Make, ask
from tests.langchain.posting import Posted
from tests.langchain.samples import MODEL
from tests.tracing import (
    AGENT,
    ANSWER,
    PLANTED,
    PLANTED_HEADER,
    REFUSED,
    TOLD,
    exporting,
    get_weather,
    of_kind,
    written,
)

TOLD_USAGE = {
    "input_tokens": 100,
    "output_tokens": 50,
    "total_tokens": 150,
    "input_token_details": {"cache_read": 30, "cache_creation": 20},
    "output_token_details": {"reasoning": 40},
}


# --- LangSmith ------------------------------------------------------------------------------------


@pytest.fixture
def posted() -> Iterator[Posted]:
    posted = Posted()
    yield posted
    posted.tracer.wait_for_futures()


async def test_langsmith_is_told_of_a_call_what_it_asks_for(
    make: Make, emulator: Emulator, how: How, posted: Posted
) -> None:
    emulator.script(ANSWER)
    llm = make(temperature=0.5, max_tokens=700, coalesce=False)
    await ask(llm, how, "Hello", stop=["END"], config={"callbacks": [posted.tracer]})
    run = posted.run()
    said = run["extra"]["metadata"]
    assert {name: value for name, value in said.items() if name.startswith("ls_")} == {
        "ls_provider": "seed",
        "ls_model_name": MODEL,
        "ls_model_type": "chat",
        "ls_temperature": 0.5,
        "ls_max_tokens": 700,
        "ls_stop": ["END"],
        "ls_integration": "langchain_chat_model",
    }
    assert said["usage_metadata"] == TOLD_USAGE
    params = run["extra"]["invocation_params"]
    assert params["model"] == MODEL
    assert params["provider"] == "openrouter"
    assert (params["temperature"], params["max_tokens"], params["stop"]) == (0.5, 700, ["END"])
    [[generation]] = run["outputs"]["generations"]
    told = generation["message"]["kwargs"]
    assert told["response_metadata"]["cost"] == 0.00125
    assert told["response_metadata"]["finish_reason"] == "stop"
    # LangSmith takes the time to the first token from the first of these.
    tokens = [event for event in run["events"] if event["name"] == "new_token"]
    assert bool(tokens) == (how in STREAMS)


async def test_langsmith_is_told_the_model_of_the_call(
    make: Make, how: How, posted: Posted
) -> None:
    other = "bytedance-seed/seed-2.0-lite"
    await ask(make(), how, "Hello", model=other, config={"callbacks": [posted.tracer]})
    assert posted.run()["extra"]["metadata"]["ls_model_name"] == other


# --- OpenTelemetry --------------------------------------------------------------------------------


@pytest.fixture
def spans() -> Iterator[Any]:
    with exporting("langchain") as spans:
        yield spans


async def test_a_span_tells_model_tokens_and_end(
    make: Make, emulator: Emulator, how: How, spans: Any
) -> None:
    emulator.script(ANSWER)
    await ask(make(temperature=0.5), how, "Hello")
    [span] = spans.get_finished_spans()
    told = span.attributes
    assert told["openinference.span.kind"] == "LLM"
    assert told["llm.model_name"] == MODEL
    assert told["llm.provider"] == "seed"
    assert json.loads(told["llm.invocation_parameters"])["temperature"] == 0.5
    assert told["gen_ai.request.model"] == MODEL
    assert {name: told[name] for name in TOLD} == TOLD
    assert '"cost": 0.00125' in told["output.value"]


def test_an_agents_spans_hang_together(make: Make, emulator: Emulator, spans: Any) -> None:
    agents = pytest.importorskip("langchain.agents")

    emulator.script(*AGENT)
    agent = agents.create_agent(make(), [get_weather])
    agent.invoke({"messages": [HumanMessage("Weather?")]})
    called = of_kind(spans, "LLM")
    assert len(called) == 2
    assert len(of_kind(spans, "TOOL")) == 1
    assert len({span.context.trace_id for span in spans.get_finished_spans()}) == 1
    calls = "llm.output_messages.0.message.tool_calls.0.tool_call.function"
    assert called[0].attributes[f"{calls}.name"] == "get_weather"
    assert json.loads(called[0].attributes[f"{calls}.arguments"]) == {"city": "Lisbon"}


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("how", HOWS)
async def test_no_span_holds_a_secret(
    emulator: Emulator, how: How, spans: Any, refused: bool
) -> None:
    llm = ChatSeed(
        provider="openrouter",
        api_key=PLANTED,
        base_url=emulator.url("openrouter"),
        default_headers={"X-Gateway-Token": PLANTED_HEADER},
        include_response_headers=True,
        max_retries=0,
    )
    if refused:
        emulator.script(REFUSED)
        with pytest.raises(AuthenticationError):
            await ask(llm, how, "Hello")
    else:
        await ask(llm, how, "Hello")
    [span] = spans.get_finished_spans()
    assert span.status.is_ok is not refused
    assert bool([event for event in span.events if event.name == "exception"]) == refused
    assert MODEL in written(spans)
    assert PLANTED not in written(spans)
    assert PLANTED_HEADER not in written(spans)
