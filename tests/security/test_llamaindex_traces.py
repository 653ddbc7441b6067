"""What LlamaIndex's handlers are told, and what is written down, holds no key."""

import asyncio
import copy
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("llama_index.core", exc_type=ImportError)

from llama_index.core.callbacks import CallbackManager, LlamaDebugHandler
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.span import SimpleSpan
from llama_index.core.instrumentation.span_handlers import SimpleSpanHandler
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index_instrumentation import get_dispatcher

from llamaindex_seed import SeedanceToolSpec, SeedLLM, SeedMultiModal
from seed_core.emulator import Emulator, Fault, Raw
from seed_core.errors import SeedError
from tests.contract.rows import Row, all_rows
from tests.security.planted import HEADER, KEY, QUERY, found, planted

REFUSED = json.dumps({"error": {"code": 401, "message": f"No such key: {KEY}, {HEADER}"}})
HELLO = [ChatMessage(content="Hello")]


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """All that handlers of events and spans are told, as they would write it down."""
    heard: list[str] = []

    class Events(BaseEventHandler):
        @classmethod
        def class_name(cls) -> str:
            return "events"

        def handle(self, event: Any, **_: Any) -> None:
            heard.append(f"{event!r} {event.model_dump(mode='json', fallback=repr)}")

    class Spans(SimpleSpanHandler):
        def new_span(
            self, id_: str, bound_args: Any, instance: Any = None, *args: Any, **kwargs: Any
        ) -> SimpleSpan:
            said = {name: repr(value) for name, value in bound_args.arguments.items()}
            heard.append(f"{id_} {said} {instance!r}")
            return super().new_span(id_, bound_args, instance, *args, **kwargs)

        def prepare_to_drop_span(
            self, id_: str, bound_args: Any, *args: Any, **kwargs: Any
        ) -> SimpleSpan | None:
            heard.append(f"{args!r} {kwargs!r}")
            return super().prepare_to_drop_span(id_, bound_args, *args, **kwargs)

    dispatcher = get_dispatcher()
    events, spans = Events(), Spans()
    dispatcher.add_event_handler(events)
    dispatcher.add_span_handler(spans)
    yield heard
    dispatcher.event_handlers.remove(events)
    dispatcher.span_handlers.remove(spans)


def add(a: int, b: int) -> int:
    """Adds."""
    return a + b


@pytest.mark.parametrize("trouble", [None, "refused", "closed"])
@pytest.mark.parametrize("row", all_rows(), ids=str)
def test_no_handler_is_told_a_secret(
    emulator: Emulator, heard: list[str], row: Row, trouble: str | None
) -> None:
    troubles: dict[str, Raw | Fault] = {
        "refused": Raw(401, body=REFUSED.encode()),
        "closed": Fault.refuse(),
    }
    debug = LlamaDebugHandler(print_trace_on_end=False)
    llm = SeedLLM(**planted(row, emulator), callback_manager=CallbackManager([debug]))
    if trouble:
        emulator.script(*[troubles[trouble]] * 2, host=row.emulated)
        with pytest.raises(SeedError):
            llm.chat(HELLO)
        with pytest.raises(SeedError):
            asyncio.run(llm.acomplete("Hello"))
    else:
        llm.chat(HELLO)
        if row.serves("tools"):
            llm.predict_and_call([FunctionTool.from_defaults(add)], "1 and 2?")
    written = f"{heard} {debug.get_event_pairs()}"
    assert row.model in written
    assert not found(written)


@pytest.mark.parametrize("kind", [SeedLLM, SeedMultiModal])
@pytest.mark.parametrize("row", all_rows(), ids=str)
def test_nothing_that_is_written_down_holds_a_secret(
    emulator: Emulator, row: Row, kind: Any
) -> None:
    llm = kind(**planted(row, emulator))
    several = kind(
        provider=[
            {"provider": "openrouter", "api_key": f"sk-or-v1-{KEY}", "headers": {"x": HEADER}},
            {"provider": "fal", "api_key": KEY, "query": {"sig": QUERY}},
        ]
    )
    for one in (llm, several):
        for each in (one, copy.copy(one), copy.deepcopy(one)):
            shown = f"{each!r} {each} {each.to_dict()} {each.to_json()} {each.model_dump()}"
            assert not found(f"{shown} {each.metadata}")
        assert not found(pickle.dumps(one))
    assert emulator.requests == []


def test_no_tool_shows_its_key(emulator: Emulator, heard: list[str]) -> None:
    spec = SeedanceToolSpec(KEY, base_url=emulator.url("runware"))
    emulator.script(Raw(401, body=REFUSED.encode()), host="runware")
    (tool, *_) = tools = spec.to_tool_list()
    with pytest.raises(SeedError):
        tool.call(prompt="A cat")
    shown = [f"{one!r} {one} {one.metadata} {vars(one)}" for one in tools]
    assert KEY not in f"{shown} {spec!r} {vars(spec)} {heard}"
