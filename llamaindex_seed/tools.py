"""Tool calling as LlamaIndex asks for it: what a call offers, and what an answer selected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole, ToolCallBlock
from llama_index.core.llms.llm import ToolSelection
from pydantic_core import from_json

from llamaindex_seed.names import FINISH_REASON
from seed_core.errors import InvalidReplyError

if TYPE_CHECKING:
    from llama_index.core.tools import BaseTool


class NoToolCallError(InvalidReplyError, ValueError):
    """The model answered in words where a tool call was asked for.

    Also a ValueError, which is what LlamaIndex's own code expects here.
    """


def with_user_message(
    history: Sequence[ChatMessage] | None, user_msg: str | ChatMessage | None
) -> list[ChatMessage]:
    """The history and the new message, as a list of its own."""
    messages = list(history or ())
    if isinstance(user_msg, str):
        user_msg = ChatMessage(role=MessageRole.USER, content=user_msg)
    return messages if user_msg is None else [*messages, user_msg]


def to_openai_tools(tools: Sequence[BaseTool]) -> list[dict[str, Any]]:
    """Tools in OpenAI's form. Long descriptions are the host's to refuse, not ours."""
    return [tool.metadata.to_openai_tool(skip_length_check=True) for tool in tools]


def tool_calls_of(response: ChatResponse, *, required: bool) -> list[ToolSelection]:
    """The tools that an answer selected, of a whole answer or of a chunk.

    In a chunk, arguments are completed as far as they have come. At the end they must be a JSON
    object: LlamaIndex would call the tool without any otherwise.

    Args:
        response: a response of `SeedLLM`.
        required: raise if there is no call.

    Raises:
        NoToolCallError: there is no call and one is required.
        InvalidReplyError: the arguments of a finished call are not a JSON object.
    """
    calls = list(_selections(response))
    if required and not calls:
        said = response.message.content or ""
        raise NoToolCallError(f"the model called no tool; it said: {said[:200]!r}")
    return calls


def _selections(response: ChatResponse) -> Iterator[ToolSelection]:
    """The calls of a response, those whose name has not come yet left out."""
    reason = response.additional_kwargs.get(FINISH_REASON)
    for block in response.message.blocks:
        if isinstance(block, ToolCallBlock) and block.tool_name:
            arguments = block.tool_kwargs
            if isinstance(arguments, str):
                if reason is not None:
                    raise _malformed(block.tool_name, arguments, reason)
                arguments = partial_object(arguments)
            yield ToolSelection(
                tool_id=block.tool_call_id or "",
                tool_name=block.tool_name,
                tool_kwargs=arguments,
            )


def partial_object(text: str) -> dict[str, Any]:
    """The object that unfinished JSON has spelled so far; empty if it spells none.

    Example:
        >>> partial_object('{"city": "Par')
        {'city': 'Par'}
    """
    try:
        value = from_json(text, allow_partial="trailing-strings")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _malformed(name: str, arguments: str, reason: str) -> InvalidReplyError:
    """The error of a call that cannot be made."""
    why = "are not a JSON object"
    if reason == "length":
        why = "were cut off by the limit on tokens; raise max_tokens or lower reasoning_effort"
    return InvalidReplyError(f"the arguments of the call of {name!r} {why}: {arguments[:200]!r}")
