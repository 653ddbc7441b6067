"""Chunks are copies of what LlamaIndex checked: as good as any that it makes itself."""

import copy
import pickle
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from pydantic import BaseModel

from seed_core.events import Event, ReasoningDelta, TextDelta, ToolCallDelta
from tests.llamaindex.test_from_events import streamed

THOUGHT = ReasoningDelta("Hm.")
MIRRORED = {"reasoning_content": "Hm."}
CASES: list[tuple[list[Event], list[Any], dict[str, Any], str]] = [
    ([TextDelta("Hi")], [TextBlock(text="Hi")], {}, "Hi"),
    ([THOUGHT], [ThinkingBlock(content="Hm.")], MIRRORED, ""),
    (
        [THOUGHT, TextDelta("Hi")],
        [ThinkingBlock(content="Hm."), TextBlock(text="Hi")],
        MIRRORED,
        "Hi",
    ),
    (
        [ToolCallDelta(0, "{", "1", "f")],
        [ToolCallBlock(tool_call_id="1", tool_name="f", tool_kwargs="{")],
        {
            "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{"}}
            ]
        },
        "",
    ),
]


def everything(value: Any) -> Any:
    """All that pydantic keeps of an object and of those in it."""
    match value:
        case BaseModel():
            kept = {name: everything(one) for name, one in value.__dict__.items()}
            return type(value), kept, value.__pydantic_extra__, value.__pydantic_private__
        case list():
            return [everything(one) for one in value]
        case _:
            return value


@pytest.mark.parametrize(("events", "blocks", "kwargs", "delta"), CASES)
def test_a_chunk_is_what_llamaindex_would_have_made(
    events: list[Event], blocks: list[Any], kwargs: dict[str, Any], delta: str
) -> None:
    message = ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks, additional_kwargs=kwargs)
    told = {"thinking_delta": "Hm."} if events[-1] is THOUGHT else {}
    expected = ChatResponse(message=message, delta=delta, additional_kwargs=told)
    chunk = streamed(events)[-1]
    assert everything(chunk) == everything(expected)
    assert chunk == expected
    assert chunk.model_dump() == expected.model_dump()
    assert chunk.message.model_dump(exclude_unset=True) == message.model_dump(exclude_unset=True)
    assert pickle.loads(pickle.dumps(chunk)) == expected
    assert copy.deepcopy(chunk) == expected
    assert str(chunk) == str(expected)


def test_no_two_chunks_share_what_can_be_changed() -> None:
    one, other = streamed([THOUGHT])[0], streamed([THOUGHT])[0]
    assert one.message is not other.message
    assert one.message.blocks is not other.message.blocks
    assert one.message.additional_kwargs is not other.message.additional_kwargs
    assert one.additional_kwargs is not other.additional_kwargs
    first, second = one.message.blocks[0], other.message.blocks[0]
    assert isinstance(first, ThinkingBlock)
    assert isinstance(second, ThinkingBlock)
    assert first.additional_information is not second.additional_information
