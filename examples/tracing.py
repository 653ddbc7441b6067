"""Spans of OpenTelemetry (pip install openinference-instrumentation-langchain)."""

from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from openinference.instrumentation import TraceConfig
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from langchain_seed import ChatSeed

TRACING = LangChainInstrumentor()


class Missing(BaseCallbackHandler):
    """Adds to a span what the instrumentation leaves out: first token, who answered, cost."""

    run_inline = True  # in async code, too, before the instrumentation ends the span

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **_: Any) -> None:
        if (span := TRACING.get_span(run_id)) and not getattr(span, "events", ()):
            span.add_event("First Token Stream Event")

    def on_llm_end(self, response: Any, *, run_id: UUID, **_: Any) -> None:
        told = response.generations[0][0].message.response_metadata
        if span := TRACING.get_span(run_id):
            known = {"seed.host": told.get("provider"), "llm.cost.total": told.get("cost")}
            span.set_attributes({name: value for name, value in known.items() if value is not None})


llm = ChatSeed().with_config(callbacks=[Missing()])  # before the instrumentation's own
spans, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))  # yours sends them: OTLPSpanExporter()
TRACING.instrument(tracer_provider=provider, config=TraceConfig(enable_genai_semconv=True))
print("".join(chunk.text for chunk in llm.stream("Why is the sky blue?")))
print(*(span.to_json() for span in spans.get_finished_spans()), sep="\n")
