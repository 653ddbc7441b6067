"""What OpenTelemetry is told of a call through OpenInference: model, tokens, end, and no key."""

from collections.abc import Iterator
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent

from llamaindex_seed import SeedLLM
from seed_core.emulator import Emulator
from seed_core.errors import AuthenticationError
from tests.llamaindex.asking import METHODS, call
from tests.llamaindex.conftest import Make
from tests.llamaindex.samples import MODEL
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


@pytest.fixture
def spans() -> Iterator[Any]:
    with exporting("llama_index") as spans:
        yield spans


@pytest.mark.parametrize("method", METHODS)
async def test_a_span_tells_model_tokens_and_end(
    make: Make, emulator: Emulator, method: str, spans: Any
) -> None:
    emulator.script(ANSWER)
    await call(make(coalesce=False), method)
    [span] = of_kind(spans, "LLM")
    told = span.attributes
    assert told["llm.model_name"] == MODEL
    assert told["gen_ai.request.model"] == MODEL
    assert {name: told[name] for name in TOLD} == TOLD
    assert "Hello there" in str(told["output.value"])
    first = [event for event in span.events if event.name == "First Token Stream Event"]
    assert len(first) == ("stream" in method)
    assert all(event.timestamp >= span.start_time for event in first)


async def test_an_agents_spans_hang_together(make: Make, emulator: Emulator, spans: Any) -> None:
    emulator.script(*AGENT)
    agent = FunctionAgent(tools=[get_weather], llm=make())
    assert str(await agent.run("Weather?")) == "Warm."
    # A span with tokens for each call; LlamaIndex has one without for the offer of tools around it.
    called = [one for one in of_kind(spans, "LLM") if "llm.token_count.total" in one.attributes]
    assert len(called) == 2, [(s.name, sorted(s.attributes)) for s in of_kind(spans, "LLM")]
    assert len(of_kind(spans, "TOOL")) == 1
    assert len({span.context.trace_id for span in spans.get_finished_spans()}) == 1
    assert [
        told
        for name, told in called[0].attributes.items()
        if name.endswith("tool_call.function.name")
    ] == ["get_weather"]


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("method", METHODS)
async def test_no_span_holds_a_secret(
    emulator: Emulator, method: str, spans: Any, refused: bool
) -> None:
    llm = SeedLLM(
        provider="openrouter",
        api_key=PLANTED,
        base_url=emulator.url("openrouter"),
        default_headers={"X-Gateway-Token": PLANTED_HEADER},
        max_retries=0,
    )
    if refused:
        emulator.script(REFUSED)
        with pytest.raises(AuthenticationError):
            await call(llm, method)
    else:
        await call(llm, method)
    [span] = of_kind(spans, "LLM")
    assert span.status.is_ok is not refused
    assert MODEL in written(spans)
    assert PLANTED not in written(spans)
    assert PLANTED_HEADER not in written(spans)
