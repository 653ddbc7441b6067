"""Messages of this integration as LangChain's standard content blocks.

LangChain asks for a chunk's blocks whenever `output_version="v1"` or `stream_events` v3 is in use.
String indexes keep reasoning, text and each tool call apart while chunks merge; with numbers, or
with none, a tool call runs into the reasoning before it.
"""

from __future__ import annotations

from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages import content as types
from langchain_core.messages.block_translators import register_translator

from langchain_seed.names import CITATIONS, MODEL_PROVIDER, REASONING, REFUSAL

_TOLD_ELSEWHERE = ("reasoning", "tool_call", "tool_call_chunk", "invalid_tool_call", "tool_use")
"""Blocks of list content that other fields of the message repeat."""

_KNOWS_REFUSALS = hasattr(types, "RefusalContentBlock")


def translate_content(message: AIMessage) -> list[types.ContentBlock]:
    """The blocks of a whole message: reasoning, text with its citations, refusal, calls."""
    blocks = _spoken(message)
    blocks += _finished_calls(message)
    for block in blocks:
        block.pop("index", None)
    return cast("list[types.ContentBlock]", blocks)


def translate_content_chunk(message: AIMessageChunk) -> list[types.ContentBlock]:
    """The blocks of a chunk, each under the index by which it goes on in the next chunk."""
    blocks = _spoken(message)
    if message.chunk_position == "last":
        blocks += _finished_calls(message)
    else:
        blocks += [
            {**chunk, "type": "tool_call_chunk", "index": f"lc_tc_{chunk.get('index')}"}
            for chunk in message.tool_call_chunks
        ]
    return cast("list[types.ContentBlock]", blocks)


def _spoken(message: AIMessage) -> list[dict[str, Any]]:
    """What the model said."""
    kwargs = message.additional_kwargs
    blocks: list[dict[str, Any]] = []
    reasoning = kwargs.get(REASONING)
    if reasoning:
        blocks.append({"type": "reasoning", "reasoning": reasoning, "index": "lc_rs_0"})
    citations = kwargs.get(CITATIONS)
    text = message.content if isinstance(message.content, str) else ""
    if text or citations:
        block: dict[str, Any] = {"type": "text", "text": text, "index": "lc_txt_0"}
        if citations:
            block["annotations"] = list(citations)
        blocks.append(block)
    if isinstance(message.content, list):
        blocks += [
            {**block}
            for block in message.content
            if isinstance(block, dict) and block.get("type") not in _TOLD_ELSEWHERE
        ]
    if kwargs.get(REFUSAL):
        blocks.append(_refusal(str(kwargs[REFUSAL])))
    return blocks


def _refusal(text: str) -> dict[str, Any]:
    """A refusal block, which LangChain knows since 1.7.5."""
    if _KNOWS_REFUSALS:
        return {"type": "refusal", "refusal": text, "index": "lc_ref_0"}
    return {"type": "non_standard", "value": {"refusal": text}, "index": "lc_ref_0"}


def _finished_calls(message: AIMessage) -> list[dict[str, Any]]:
    """The calls of a whole message. They carry no index, so that nothing merges into them."""
    calls: list[dict[str, Any]] = [
        {"type": "tool_call", "id": call["id"], "name": call["name"], "args": call["args"]}
        for call in message.tool_calls
    ]
    calls += [{**bad, "type": "invalid_tool_call"} for bad in message.invalid_tool_calls]
    return calls


def register() -> None:
    """Tell LangChain whose messages these are."""
    register_translator(MODEL_PROVIDER, translate_content, translate_content_chunk)
