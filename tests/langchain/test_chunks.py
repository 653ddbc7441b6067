"""Chunks of words are copies of one that LangChain checked: as good as any that it makes itself."""

import copy
import pickle
from typing import Any

import pytest
from langchain_core.load import dumpd
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_seed.from_events import Chunks
from seed_core.events import Event, ReasoningDelta, TextDelta

PROVIDER = {"model_provider": "seed"}
CASES: list[tuple[Event, dict[str, Any]]] = [
    (TextDelta("Hello"), {"content": "Hello", "additional_kwargs": {}}),
    (
        ReasoningDelta("Hm."),
        {"content": "", "additional_kwargs": {"reasoning_content": "Hm."}},
    ),
]


def made(event: Event) -> ChatGenerationChunk:
    """The one chunk of an event."""
    [chunk] = Chunks(usage=True, headers=False).of(event)
    return chunk


def everything(value: Any) -> list[Any]:
    """All that pydantic keeps of an object."""
    return [
        type(value),
        value.__dict__,
        value.__pydantic_fields_set__,
        value.__pydantic_extra__,
        value.__pydantic_private__,
    ]


@pytest.mark.parametrize(("event", "fields"), CASES)
def test_a_chunk_is_what_langchain_would_have_made(event: Event, fields: dict[str, Any]) -> None:
    message = AIMessageChunk(response_metadata=PROVIDER, **fields)
    expected = ChatGenerationChunk(message=message)
    chunk = made(event)
    assert everything(chunk.message) == everything(message)
    assert everything(chunk) == everything(expected)
    assert chunk == expected
    assert chunk.model_dump() == expected.model_dump()
    assert dumpd(chunk) == dumpd(expected)
    assert pickle.loads(pickle.dumps(chunk)) == expected
    assert copy.deepcopy(chunk) == expected
    assert chunk + chunk == expected + expected


@pytest.mark.parametrize(("event", "fields"), CASES)
def test_no_two_chunks_share_what_can_be_changed(event: Event, fields: dict[str, Any]) -> None:
    one, other = made(event).message, made(event).message
    for name, value in one.__dict__.items():
        if isinstance(value, (dict, list)):
            assert value is not getattr(other, name), name
    assert isinstance(one, AIMessageChunk)
    one.additional_kwargs["mine"] = one.response_metadata["mine"] = True
    one.tool_calls.append({"name": "f", "args": {}, "id": "1"})
    one.id = "run-1"
    assert everything(made(event).message) == everything(other)
