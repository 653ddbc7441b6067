"""Spans of OpenTelemetry (pip install openinference-instrumentation-llama-index)."""

from typing import Any, ClassVar
from weakref import WeakValueDictionary

from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index_instrumentation import get_dispatcher
from openinference.instrumentation import TraceConfig
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor, get_current_span
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from llamaindex_seed import SeedLLM


class Missing(BaseEventHandler):
    """Adds to a span what the instrumentation leaves out: who answered, and the cost."""

    spans: ClassVar[Any] = WeakValueDictionary()  # those that are open

    def handle(self, event: Any, **_: Any) -> None:
        if event.class_name() in {"LLMChatStartEvent", "LLMCompletionStartEvent"}:
            self.spans[event.span_id] = get_current_span()
        elif event.class_name() in {"LLMChatEndEvent", "LLMCompletionEndEvent"}:
            told = getattr(getattr(event, "response", None), "additional_kwargs", {})
            known = {"seed.host": told.get("provider"), "llm.cost.total": told.get("cost")}
            if span := self.spans.pop(event.span_id, None):
                span.set_attributes({name: one for name, one in known.items() if one is not None})


llm = SeedLLM()
spans, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))  # yours sends them: OTLPSpanExporter()
get_dispatcher().add_event_handler(Missing())  # before the instrumentation, which ends the spans
config = TraceConfig(enable_genai_semconv=True)
LlamaIndexInstrumentor().instrument(tracer_provider=provider, config=config)
print("".join(str(one.delta) for one in llm.stream_complete("Why is the sky blue?")))
print(*(span.to_json() for span in spans.get_finished_spans()))
