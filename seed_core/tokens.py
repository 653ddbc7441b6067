"""A token count without a tokenizer and without a network: an estimate, and a rough one.

No tokenizer of Seed 2.0 is published. Text is counted as a quarter of its UTF-8 bytes: four
letters of English, or a little over one Chinese character, a token. A picture is counted as the
most that the model's maker documents for its default detail (1280 tokens). A video, whose length
is not known here, counts as a tenth of its documented maximum of 80,000; a document as 1500.
"""

from __future__ import annotations

from pydantic_core import PydanticSerializationError, to_json
from typing_extensions import assert_never

from seed_core.errors import ConfigurationError
from seed_core.types import (
    Annotation,
    Document,
    Image,
    Json,
    Part,
    Prompt,
    Reasoning,
    Refusal,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
    Video,
)

IMAGE_TOKENS = 1280
VIDEO_TOKENS = 8_000
DOCUMENT_TOKENS = 1_500
MESSAGE_TOKENS = 4
"""What the marks around one message take; four is usual for chat templates."""


def estimate_text(text: str) -> int:
    """Tokens of a text, estimated.

    Example:
        >>> estimate_text("four words of text")
        5
    """
    return (len(text.encode("utf-8", "replace")) + 3) // 4


def estimate_tokens(prompt: Prompt) -> int:
    """Input tokens of a prompt, estimated: messages and tools.

    Raises:
        ConfigurationError: a tool cannot be written as JSON, and so not be sent either.
    """
    total = 0
    for message in prompt.messages:
        total += MESSAGE_TOKENS + sum(_part(part) for part in message.parts)
    for tool in prompt.tools:
        value = tool.raw if isinstance(tool, ServerTool) else tool.parameters
        total += (_size(value) + 3) // 4
        if not isinstance(tool, ServerTool):
            total += estimate_text(tool.name) + estimate_text(tool.description)
    return total


def _size(value: Json) -> int:
    """Bytes of a tool's JSON."""
    try:
        return len(to_json(value, fallback=dict))
    except (PydanticSerializationError, UnicodeEncodeError, TypeError, ValueError) as error:
        raise ConfigurationError(f"a tool cannot be written as JSON: {error}") from error


def _part(part: Part) -> int:
    """Tokens of one part, estimated."""
    match part:
        case Text() | Refusal() | Reasoning():
            return estimate_text(part.text)
        case Image():
            return IMAGE_TOKENS
        case Video():
            return VIDEO_TOKENS
        case Document():
            return DOCUMENT_TOKENS
        case ToolCall():
            return estimate_text(part.name) + estimate_text(part.arguments)
        case ToolResult():
            return sum(_part(inner) for inner in part.parts)
        case Annotation():
            return 0
        case _:
            assert_never(part)
