"""What LangSmith and OpenTelemetry are told of a call: model, tokens, cost, and no key."""

import json
from collections.abc import Iterator
from typing import Any

import langsmith
import pytest
import requests
from langchain_core.messages import HumanMessage
from langchain_core.tracers import LangChainTracer

from langchain_seed import ChatSeed
from seed_core.emulator import Answer, Emulator, Raw, ToolUse
from seed_core.errors import AuthenticationError
from tests.langchain.asking import HOWS, STREAMS, How, Make, ask
from tests.langchain.samples import MODEL

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
        "prompt_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 20},
        "completion_tokens_details": {"reasoning_tokens": 40},
        "cost": 0.00125,
    },
)
TOLD_USAGE = {
    "input_tokens": 100,
    "output_tokens": 50,
    "total_tokens": 150,
    "input_token_details": {"cache_read": 30, "cache_creation": 20},
    "output_token_details": {"reasoning": 40},
}


# --- LangSmith ------------------------------------------------------------------------------------


class _Post(requests.Session):
    """Keeps what would be posted to LangSmith."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Any] = []

    def request(self, method: Any, url: Any, *_: Any, **kwargs: Any) -> requests.Response:
        if data := kwargs.get("data"):
            self.sent.append(json.loads(data))
        response = requests.Response()
        response.status_code = 202
        return response

    def run(self) -> dict[str, Any]:
        """The one run as it stood at its end: what was posted, and patched after that."""
        whole: dict[str, Any] = {}
        for part in self.sent:
            whole.update({name: value for name, value in part.items() if value is not None})
        return whole


@pytest.fixture
def traced() -> Iterator[tuple[_Post, LangChainTracer]]:
    post = _Post()
    client = langsmith.Client(
        api_url="http://127.0.0.1:9", api_key="ls", session=post, auto_batch_tracing=False, info={}
    )
    tracer = LangChainTracer(client=client)
    yield post, tracer
    tracer.wait_for_futures()


async def test_langsmith_is_told_of_a_call_what_it_asks_for(
    make: Make, emulator: Emulator, how: How, traced: tuple[_Post, LangChainTracer]
) -> None:
    post, tracer = traced
    emulator.script(ANSWER)
    llm = make(temperature=0.5, max_tokens=700, coalesce=False)
    await ask(llm, how, "Hello", stop=["END"], config={"callbacks": [tracer]})
    tracer.wait_for_futures()
    run = post.run()
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
    make: Make, how: How, traced: tuple[_Post, LangChainTracer]
) -> None:
    post, tracer = traced
    other = "bytedance-seed/seed-2.0-lite"
    await ask(make(), how, "Hello", model=other, config={"callbacks": [tracer]})
    tracer.wait_for_futures()
    assert post.run()["extra"]["metadata"]["ls_model_name"] == other


# --- OpenTelemetry --------------------------------------------------------------------------------


@pytest.fixture
def spans() -> Iterator[Any]:
    """What OpenInference tells, of calls that are made with the example's handler."""
    openinference = pytest.importorskip("openinference.instrumentation.langchain")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    in_memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    config = pytest.importorskip("openinference.instrumentation").TraceConfig

    exporter, provider = in_memory.InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    instrumentor = openinference.LangChainInstrumentor()
    instrumentor.instrument(tracer_provider=provider, config=config(enable_genai_semconv=True))
    yield exporter
    instrumentor.uninstrument()
    provider.shutdown()


def written(spans: Any) -> str:
    """Everything that would be exported."""
    return "".join(span.to_json() for span in spans.get_finished_spans())


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
    assert told["llm.finish_reason"] == "stop"
    assert told["llm.token_count.prompt"] == 100
    assert told["llm.token_count.completion"] == 50
    assert told["llm.token_count.completion_details.reasoning"] == 40
    assert told["llm.token_count.prompt_details.cache_read"] == 30
    assert json.loads(told["llm.invocation_parameters"])["temperature"] == 0.5
    assert told["gen_ai.request.model"] == MODEL
    assert told["gen_ai.usage.input_tokens"] == 100
    assert told["gen_ai.usage.output_tokens"] == 50
    assert told["gen_ai.response.finish_reasons"] == ("stop",)
    assert '"cost": 0.00125' in told["output.value"]


def test_an_agents_spans_hang_together(make: Make, emulator: Emulator, spans: Any) -> None:
    agents = pytest.importorskip("langchain.agents")

    def get_weather(city: str) -> str:
        """Tell the weather of a city."""
        return f"{city}: 21 degrees"

    emulator.script(
        Answer(tool_calls=[ToolUse("get_weather", '{"city": "Lisbon"}')]), Answer(text="Warm.")
    )
    agent = agents.create_agent(make(), [get_weather])
    agent.invoke({"messages": [HumanMessage("Weather?")]})
    told = spans.get_finished_spans()
    kinds = [span.attributes["openinference.span.kind"] for span in told]
    assert kinds.count("LLM") == 2
    assert kinds.count("TOOL") == 1
    assert len({span.context.trace_id for span in told}) == 1
    called = next(span for span in told if span.attributes["openinference.span.kind"] == "LLM")
    calls = "llm.output_messages.0.message.tool_calls.0.tool_call.function"
    assert called.attributes[f"{calls}.name"] == "get_weather"
    assert json.loads(called.attributes[f"{calls}.arguments"]) == {"city": "Lisbon"}


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
        said = {"error": {"code": 401, "message": f"No such key: {PLANTED}, {PLANTED_HEADER}"}}
        emulator.script(Raw(401, body=json.dumps(said).encode()))
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
