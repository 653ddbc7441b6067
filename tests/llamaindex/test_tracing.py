"""What OpenTelemetry is told of a call through OpenInference: model, tokens, end, and no key."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent

from llamaindex_seed import SeedLLM
from seed_core.emulator import Answer, Emulator, Raw, ToolUse
from seed_core.errors import AuthenticationError
from tests.llamaindex.asking import METHODS, call
from tests.llamaindex.conftest import Make
from tests.llamaindex.samples import MODEL

PLANTED = "sk-or-v1-planted-0123456789abcdef"
PLANTED_HEADER = "planted-header-that-nobody-may-see"
ANSWER = Answer(
    text="Hello there",
    reasoning="Hm.",
    piece=3,
    usage={
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "total_tokens": 150,
        "prompt_tokens_details": {"cached_tokens": 30},
        "completion_tokens_details": {"reasoning_tokens": 40},
    },
)


@pytest.fixture
def spans() -> Iterator[Any]:
    openinference = pytest.importorskip("openinference.instrumentation.llama_index")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    in_memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    config = pytest.importorskip("openinference.instrumentation").TraceConfig

    exporter, provider = in_memory.InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    instrumentor = openinference.LlamaIndexInstrumentor()
    instrumentor.instrument(tracer_provider=provider, config=config(enable_genai_semconv=True))
    yield exporter
    instrumentor.uninstrument()
    provider.shutdown()


def of_kind(spans: Any, kind: str) -> list[Any]:
    return [
        span
        for span in spans.get_finished_spans()
        if span.attributes["openinference.span.kind"] == kind
    ]


def written(spans: Any) -> str:
    """Everything that would be exported."""
    return "".join(span.to_json() for span in spans.get_finished_spans())


@pytest.mark.parametrize("method", METHODS)
async def test_a_span_tells_model_tokens_and_end(
    make: Make, emulator: Emulator, method: str, spans: Any
) -> None:
    emulator.script(ANSWER)
    await call(make(coalesce=False), method)
    [span] = of_kind(spans, "LLM")
    told = span.attributes
    assert told["llm.model_name"] == MODEL
    assert told["llm.finish_reason"] == "stop"
    assert told["llm.token_count.prompt"] == 100
    assert told["llm.token_count.completion"] == 50
    assert told["llm.token_count.completion_details.reasoning"] == 40
    assert told["llm.token_count.prompt_details.cache_read"] == 30
    assert told["gen_ai.request.model"] == MODEL
    assert told["gen_ai.usage.input_tokens"] == 100
    assert told["gen_ai.usage.output_tokens"] == 50
    assert told["gen_ai.response.finish_reasons"] == ("stop",)
    assert "Hello there" in str(told["output.value"])
    first = [event for event in span.events if event.name == "First Token Stream Event"]
    assert len(first) == ("stream" in method)
    assert all(event.timestamp >= span.start_time for event in first)


async def test_an_agents_spans_hang_together(make: Make, emulator: Emulator, spans: Any) -> None:
    def get_weather(city: str) -> str:
        """Tell the weather of a city."""
        return f"{city}: 21 degrees"

    emulator.script(
        Answer(tool_calls=[ToolUse("get_weather", '{"city": "Lisbon"}')]), Answer(text="Warm.")
    )
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
        said = {"error": {"code": 401, "message": f"No such key: {PLANTED}, {PLANTED_HEADER}"}}
        emulator.script(Raw(401, body=json.dumps(said).encode()))
        with pytest.raises(AuthenticationError):
            await call(llm, method)
    else:
        await call(llm, method)
    [span] = of_kind(spans, "LLM")
    assert span.status.is_ok is not refused
    assert MODEL in written(spans)
    assert PLANTED not in written(spans)
    assert PLANTED_HEADER not in written(spans)
