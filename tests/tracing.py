"""What the tests of traces share: an answer with every count, and what OpenInference exports."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from seed_core.emulator import Answer, Raw, ToolUse

PLANTED = "sk-or-v1-planted-0123456789abcdef"
PLANTED_HEADER = "planted-header-that-nobody-may-see"
REFUSED = Raw(
    401,
    body=json.dumps(
        {"error": {"code": 401, "message": f"No such key: {PLANTED}, {PLANTED_HEADER}"}}
    ).encode(),
)
"""A host that repeats both."""

ANSWER = Answer(
    text="Hello there",
    reasoning="Hm.",
    piece=3,
    usage={
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "total_tokens": 150,
        "prompt_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 20},
        "completion_tokens_details": {"reasoning_tokens": 40},
        "cost": 0.00125,
    },
)
TOLD = {
    "llm.finish_reason": "stop",
    "llm.token_count.prompt": 100,
    "llm.token_count.completion": 50,
    "llm.token_count.completion_details.reasoning": 40,
    "llm.token_count.prompt_details.cache_read": 30,
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.response.finish_reasons": ("stop",),
}
"""What a span says of that answer, whichever framework asked."""

AGENT = (
    Answer(tool_calls=[ToolUse("get_weather", '{"city": "Lisbon"}')]),
    Answer(text="Warm."),
)
INSTRUMENTORS = {
    "langchain": "LangChainInstrumentor",
    "llama_index": "LlamaIndexInstrumentor",
}
"""OpenInference's class for each framework, in the package of that name."""


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"{city}: 21 degrees"


@contextmanager
def exporting(framework: str) -> Iterator[Any]:
    """What OpenInference exports of a framework's calls; a skip where it is not installed."""
    package = pytest.importorskip(f"openinference.instrumentation.{framework}")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    in_memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    config = pytest.importorskip("openinference.instrumentation").TraceConfig

    exporter, provider = in_memory.InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    instrumentor = getattr(package, INSTRUMENTORS[framework])()
    instrumentor.instrument(tracer_provider=provider, config=config(enable_genai_semconv=True))
    try:
        yield exporter
    finally:
        instrumentor.uninstrument()
        provider.shutdown()


def of_kind(spans: Any, kind: str) -> list[Any]:
    """The spans of one kind, as OpenInference calls it."""
    return [
        span
        for span in spans.get_finished_spans()
        if span.attributes["openinference.span.kind"] == kind
    ]


def written(spans: Any) -> str:
    """Everything that would be exported."""
    return "".join(span.to_json() for span in spans.get_finished_spans())
