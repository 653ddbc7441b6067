"""A token count without a tokenizer and without a network: an estimate, and a rough one.

No tokenizer of Seed 2.0 is published. Text is counted as a quarter of its UTF-8 bytes: four
letters of English, or a little over one Chinese character, a token. Media is counted by what the
model's maker documents: a picture's pixels by 1764, at most 1280 tokens; a video's frames like
pictures, each with the time before it, at most 80,000 tokens. Local media is looked at, a few bytes
of it; what is elsewhere is never fetched and counts as the most. docs/cost.md says how far off it
is.
"""

from __future__ import annotations

from functools import partial
from math import ceil

from pydantic_core import PydanticSerializationError, to_json
from typing_extensions import assert_never

from seed_core.errors import ConfigurationError
from seed_core.measuring import clip_of, pages_of, picture_size
from seed_core.media import read_part
from seed_core.types import (
    Annotation,
    Document,
    Image,
    Json,
    Options,
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

PIXELS = 1764
"""Pixels of a picture that are a token."""
IMAGE_TOKENS = 1280
"""The most that a picture counts, unless more detail (`xhigh`) or more pixels are asked for."""
VIDEO_TOKENS = 80_000
"""The most that a video counts."""
STAMP_TOKENS = 6
"""The time before each frame of a video, `[12.0 second]`."""
PAGE_TOKENS = 1_500
"""A page of a document. Nothing is documented; it is what a page counts elsewhere."""
DOCUMENT_TOKENS = 10 * PAGE_TOKENS
"""A document whose pages cannot be counted here. Nothing is documented either."""
MESSAGE_TOKENS = 4
"""What the marks around one message take; four is usual for chat templates."""
CALL_TOKENS = 20
"""What the marks around a tool call and its parameters take, about: Seed's own are tags."""


def estimate_text(text: str) -> int:
    """Tokens of a text, estimated.

    Example:
        >>> estimate_text("four words of text")
        5
    """
    return (len(text.encode("utf-8", "replace")) + 3) // 4


def estimate_tokens(prompt: Prompt) -> int:
    """Input tokens of a prompt, estimated: messages, media and tools.

    Raises:
        ConfigurationError: a tool cannot be written as JSON, and so not be sent either.
    """
    total = 0
    for message in prompt.messages:
        total += MESSAGE_TOKENS + sum(_part(part, prompt.options) for part in message.parts)
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


def _part(part: Part, options: Options) -> int:
    """Tokens of one part, estimated."""
    match part:
        case Text() | Refusal() | Reasoning():
            return estimate_text(part.text)
        case Image():
            size = picture_size(partial(read_part, part.source))
            return _picture(size, part.detail or options.image_detail, options)
        case Video():
            return _video(part, options)
        case Document():
            pages = pages_of(partial(read_part, part.source))
            return DOCUMENT_TOKENS if pages is None else pages * PAGE_TOKENS
        case ToolCall():
            return CALL_TOKENS + estimate_text(part.name) + estimate_text(part.arguments)
        case ToolResult():
            return sum(_part(inner, options) for inner in part.parts)
        case Annotation():
            return 0
        case _:
            assert_never(part)


def _picture(size: tuple[int, int] | None, detail: str | None, options: Options) -> int:
    """Tokens of a picture or a frame. Its pixels are brought within the limits, then counted."""
    limit = options.image_pixel_limit or {}
    # What `xhigh` ends at is not documented; below `high` nothing is, so that is counted as such.
    most = limit.get("max_pixels") or (None if detail == "xhigh" else IMAGE_TOKENS * PIXELS)
    if size is None:
        return IMAGE_TOKENS if most is None else ceil(most / PIXELS)
    pixels = max(size[0] * size[1], limit.get("min_pixels") or 0)
    return ceil(min(pixels, most or pixels) / PIXELS)


def _video(part: Video, options: Options) -> int:
    """Tokens of a video: its frames, one a second unless the prompt says otherwise."""
    clip = clip_of(partial(read_part, part.source))
    if clip is None:
        return VIDEO_TOKENS
    size = (clip.width, clip.height) if clip.width and clip.height else None
    frames = max(ceil(clip.seconds * (options.video_fps or 1.0)), 1)
    frame = _picture(size, options.image_detail, options) + STAMP_TOKENS
    return min(frames * frame, VIDEO_TOKENS)
