"""The conversation on Anthropic's messages wire: `system`, and turns of content blocks.

Turns of one role that follow each other are one turn here, so that user and assistant alternate
everywhere; the wire has no names of participants, and no notes on earlier answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from typing_extensions import assert_never

from seed_core.body import Splice
from seed_core.errors import ConfigurationError
from seed_core.types import (
    Annotation,
    Document,
    FileId,
    Image,
    Json,
    Media,
    Message,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
    Video,
)
from seed_core.wire.messages_blocks import THOUGHTS, Block, input_of, state_issuer
from seed_core.wire.writing import said, texts_of

Beside: TypeAlias = Callable[[Media], Json]
"""What stands beside the source of a picture or document."""


def conversation(
    messages: Sequence[Message], issuer: str, beside: Beside, *, system_turns: bool
) -> dict[str, Any]:
    """The fields `system` and `messages`.

    Args:
        messages: all turns of the prompt.
        issuer: the provider, to whom its own blocks go back.
        beside: what stands beside the source of a picture or document.
        system_turns: whether a system turn after the first others may stay where it is. Where not,
            it goes to the end of `system`.

    Raises:
        ConfigurationError: the conversation does not begin with a user turn, or holds what this
            wire has no block for.
    """
    begin = next((i for i, turn in enumerate(messages) if turn.role != "system"), len(messages))
    system: list[Block] = []
    turns: list[dict[str, Any]] = []
    for place, message in enumerate(messages):
        role = "user" if message.role == "tool" else message.role
        if role == "assistant":
            blocks = _answer(message, issuer)
        else:
            blocks = list(_blocks(message.parts, beside))
        if role == "system" and (place < begin or not system_turns):
            system += blocks
        elif turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    if not turns or turns[0]["role"] != "user":
        msg = "the messages wire wants a user turn with something in it before any other turn"
        raise ConfigurationError(f"{msg}; begin the conversation with one")
    for turn in turns:
        # Results of tools go first in their turn; the host refuses them anywhere else.
        content = sorted(turn["content"], key=lambda block: block.get("type") != "tool_result")
        turn["content"] = _plain(content)
    return said({"system": _plain(system) or None, "messages": turns})


def _plain(blocks: list[Block]) -> str | list[Block]:
    """A string where that says it all."""
    if len(blocks) == 1 and set(blocks[0]) == {"type", "text"}:
        return str(blocks[0]["text"])
    return blocks


# --- what the user and the tools say --------------------------------------------------------------


def _blocks(parts: Sequence[Part], beside: Beside) -> Iterator[Block]:
    """A turn's parts; an empty text is left out, because hosts refuse it."""
    for part in parts:
        match part:
            case Text():
                if part.text:
                    yield _text(part)
            case Image() | Video() | Document():
                yield _media(part, beside)
            case ToolResult():
                yield _result(part, beside)
            case _:
                raise ConfigurationError(f"a {type(part).__name__} cannot stand in this turn")


def _text(part: Text) -> Block:
    """A text with its mark, if it has one."""
    return said({"type": "text", "text": part.text, "cache_control": part.cache_control})


def _media(part: Media, beside: Beside) -> Block:
    """A picture or a document."""
    match part:
        case Image():
            return {"type": "image", "source": _source(part, "image/png"), **beside(part)}
        case Document():
            block = {"type": "document", "source": _source(part, "application/pdf")}
            return {**said({**block, "title": part.filename}), **beside(part)}
        case Video():
            msg = "the messages wire has no block for a video; ask over the chat wire (api='chat')"
            raise ConfigurationError(msg)
        case _:
            assert_never(part)


def _source(part: Media, otherwise: str) -> dict[str, Any]:
    """Where the host finds the bytes."""
    match part.source:
        case Url():
            return {"type": "url", "url": part.source.url}
        case FileId():
            return {"type": "file", "file_id": part.source.file_id}
        case _:
            data = Splice("", part.source)
            return {"type": "base64", "media_type": part.mime or otherwise, "data": data}


def _result(result: ToolResult, beside: Beside) -> Block:
    """What a tool gave back: a string where it is text only.

    A mark on one of its texts stands on the whole result: what is inside cannot be marked
    (Anthropic's page on prompt caching).
    """
    texts = texts_of(result, flagged=True)
    marks = [text.cache_control for text in texts if text.cache_control is not None]
    content: str | list[Block] = "\n".join(text.text for text in texts)
    if len(texts) < len(result.parts):
        unmarked = [Text(part.text) if isinstance(part, Text) else part for part in result.parts]
        content = list(_blocks(unmarked, beside))
    return said(
        {
            "type": "tool_result",
            "tool_use_id": result.call_id,
            "content": content,
            "is_error": True if result.is_error else None,
            "cache_control": marks[-1] if marks else None,
        }
    )


# --- what the model said --------------------------------------------------------------------------


def _answer(message: Message, issuer: str) -> list[Block]:
    """An earlier answer: its own blocks where it still says what they say, else its parts.

    Reasoning goes first in an answer that was changed. It cannot stand last: a host refuses that
    ("The final block in an assistant message cannot be `thinking`"), so it is left out of an
    answer that was cut off while the model was thinking. A refusal has no block, and is text.
    """
    received = _received(message, issuer)
    if not received or not _same(message, received):
        thoughts = [block for block in received if block.get("type") in THOUGHTS]
        received = [*thoughts, *_fresh(message.parts)]
    refusals = [Text(part.text) for part in message.parts if isinstance(part, Refusal)]
    blocks = [block for block in (*received, *map(_text, refusals)) if _speaks(block)]
    while blocks and blocks[-1].get("type") in THOUGHTS:
        blocks.pop()
    return _marked(blocks, message)


def _received(message: Message, issuer: str) -> list[Block]:
    """The blocks of the answer as this host sent them on this wire."""
    return [
        dict(block)
        for part in message.parts
        if isinstance(part, Reasoning) and part.state is not None
        if part.state.issuer == state_issuer(issuer)
        for block in part.state.details or ()
    ]


def _same(message: Message, blocks: list[Block]) -> bool:
    """Whether an answer still has the text and the calls of its blocks."""
    text = "".join(part.text for part in message.parts if isinstance(part, Text))
    calls = [
        (part.id, part.name, input_of(part.arguments))
        for part in message.parts
        if isinstance(part, ToolCall)
    ]
    texts = [str(block.get("text") or "") for block in blocks if block.get("type") == "text"]
    uses = [
        (block.get("id"), block.get("name"), block.get("input") or {})
        for block in blocks
        if block.get("type") == "tool_use"
    ]
    return text == "".join(texts) and calls == uses


def _fresh(parts: Sequence[Part]) -> Iterator[Block]:
    """Text and calls of an answer, in order."""
    for part in parts:
        match part:
            case Text():
                yield {"type": "text", "text": part.text}
            case ToolCall():
                arguments = input_of(part.arguments)
                yield {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments}
            case Reasoning() | Refusal() | Annotation():
                pass
            case _:
                raise ConfigurationError(f"a {type(part).__name__} cannot stand in an answer")


def _speaks(block: Block) -> bool:
    """Whether a block says anything.

    Models do send blank texts, beside calls as a rule, and hosts refuse them when they come back
    ("text content blocks must contain non-whitespace text").
    """
    match block.get("type"):
        case "text":
            return bool((block.get("text") or "").strip())
        case "thinking":
            return bool(block.get("thinking") or block.get("signature"))
        case _:
            return True


def _marked(blocks: list[Block], message: Message) -> list[Block]:
    """The answer with the cache mark of its texts on the last of them."""
    texts = [part for part in message.parts if isinstance(part, Text)]
    marks = [text.cache_control for text in texts if text.cache_control is not None]
    places = [place for place, block in enumerate(blocks) if block.get("type") == "text"]
    if marks and places:
        blocks[places[-1]] = {**blocks[places[-1]], "cache_control": marks[-1]}
    return blocks
