"""LlamaIndex's messages as a Prompt's. Nothing is mutated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from llamaindex_seed.blocks import content_of
from llamaindex_seed.names import (
    ANNOTATIONS,
    DETAILS,
    ISSUER,
    REASONING,
    REFUSAL,
    TOOL_CALL_ID,
    TOOL_CALLS,
)
from seed_core.arguments import ODD, kept_objects, odd_message
from seed_core.errors import ConfigurationError, SeedError
from seed_core.types import (
    Annotation,
    Message,
    Part,
    Reasoning,
    Refusal,
    ReplayState,
    Role,
    Text,
    ToolCall,
    ToolResult,
)

_ROLES: dict[MessageRole, Role] = {
    MessageRole.SYSTEM: "system",
    MessageRole.DEVELOPER: "system",
    MessageRole.USER: "user",
    MessageRole.ASSISTANT: "assistant",
    MessageRole.CHATBOT: "assistant",
    MessageRole.MODEL: "assistant",
    MessageRole.TOOL: "tool",
    MessageRole.FUNCTION: "tool",
}


_UNSPOKEN = ("thinking", "tool_call", "citation", "cache")
"""Blocks of an answer that are none of its words."""


def to_messages(messages: Sequence[ChatMessage]) -> tuple[Message, ...]:
    """Every message of a conversation.

    Raises:
        ConfigurationError: something else than a message, a block that no wire can carry, or a
            field in one that holds something else than is known.
        MediaError: a picture, video or document that cannot be used.
        UnsupportedError: audio.
    """
    turns: list[Message] = []
    for place, message in enumerate(messages):
        try:
            turns.append(_message(message))
        except SeedError:
            raise
        except ODD as error:
            raise odd_message(place, message, error) from error
    return tuple(turns)


def video_fps_of(messages: Sequence[ChatMessage]) -> float | None:
    """The frames a second that video blocks ask for.

    Raises:
        ConfigurationError: two blocks ask for different rates; a call has only one.
    """
    said = {
        block.fps
        for message in messages
        for block in getattr(message, "blocks", ())
        if isinstance(block, VideoBlock) and block.fps is not None
    }
    if len(said) > 1:
        rates = ", ".join(str(fps) for fps in sorted(said))
        raise ConfigurationError(f"one call has one video_fps; the video blocks say {rates}")
    return said.pop() if said else None


def _message(message: ChatMessage) -> Message:
    """One message."""
    if not isinstance(message, ChatMessage):
        raise ConfigurationError(
            f"messages must be a list of ChatMessage, and this is none: {message!r:.80}"
        )
    role = _ROLES[MessageRole(message.role)]
    name = message.additional_kwargs.get("name")
    match role:
        case "assistant":
            return Message(role, tuple(_assistant(message)), name)
        case "tool":
            ident = str(message.additional_kwargs.get(TOOL_CALL_ID) or "")
            return Message(role, (ToolResult(ident, tuple(content_of(message.blocks)), name),))
        case _:
            return Message(role, tuple(content_of(message.blocks)), name)


def _assistant(message: ChatMessage) -> Iterator[Part]:
    """An earlier answer: reasoning, words, calls, notes."""
    kwargs = message.additional_kwargs
    thoughts = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
    for thought in thoughts:
        yield from _reasoning(thought)
    if not thoughts and isinstance(kwargs.get(REASONING), str) and kwargs[REASONING]:
        yield Reasoning(kwargs[REASONING])
    # Citations quote the sources, not the answer, so only its own words go back.
    text = "".join(block.text for block in message.blocks if isinstance(block, TextBlock))
    refusal = kwargs.get(REFUSAL)
    if refusal and refusal == text:
        yield Refusal(text)
    else:
        # Media in an answer is refused here with the words of `content_of`'s errors.
        yield from _answer(message)
    yield from _calls(message)
    for thought in thoughts:
        for note in kept_objects(thought.additional_information.get(ANNOTATIONS) or ()):
            yield Annotation(note, thought.additional_information.get(ISSUER))


def _answer(message: ChatMessage) -> Iterator[Text]:
    """The words of an answer."""
    spoken = [block for block in message.blocks if block.block_type not in _UNSPOKEN]
    for part in content_of(spoken):
        if not isinstance(part, Text):
            kind = type(part).__name__.lower()
            raise ConfigurationError(
                f"an assistant message holds a block of type {kind!r}; no host takes media there: "
                "move it into a user message"
            )
        if part.text:
            yield part


def _reasoning(block: ThinkingBlock) -> Iterator[Reasoning]:
    """Reasoning with its issuer's state. What another integration signed stays behind."""
    info = block.additional_information
    text = block.content or ""
    if ISSUER in info:
        details = info.get(DETAILS)
        yield Reasoning(
            text, ReplayState(info[ISSUER], None if details is None else kept_objects(details))
        )
    elif text and not info.keys() - {ANNOTATIONS}:
        yield Reasoning(text)


def _calls(message: ChatMessage) -> Iterator[ToolCall]:
    """The calls: the blocks, or the mirror where a message has no such blocks."""
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    for block in blocks:
        said = block.tool_kwargs
        # Not ASCII: the model wrote characters, and reads them better than escapes.
        arguments = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        yield ToolCall(block.tool_call_id or "", block.tool_name, arguments)
    if not blocks:
        yield from map(_mirrored_call, message.additional_kwargs.get(TOOL_CALLS) or ())


def _mirrored_call(call: Any) -> ToolCall:
    """A call in OpenAI's form: a dict, or the object of an SDK, as other integrations leave it."""
    said = call if isinstance(call, Mapping) else call.model_dump()
    function = said["function"]
    arguments = function.get("arguments") or "{}"
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return ToolCall(str(said.get("id") or ""), str(function["name"]), arguments)
