"""Text of others beside Seed's own markup: what looks like a tag in it is none.

Where the markup is written into a prompt and read out of its answer, only calls that were made are
written in it. A user's text, a document or a tool's result that holds a tag could pose as a call of
the model's; and a model that quotes it would make the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from seed_core.types import Message, Part, Refusal, Text, ToolResult
from seed_core.wire.markup_tokens import unsure

# In any case: some of them are tokens of the model itself, which servers look for in their own way.
_TAG = re.compile(r"<(?=/?(?:seed:|(?:function|parameter)[=>]))", re.IGNORECASE)


def without_tags(text: str, *, more: bool = False) -> str:
    """A text in which no tag stands: its `<` is written as HTML writes it.

    Args:
        text: words of anybody.
        more: whether other words may follow at once, that would complete a tag.

    Example:
        >>> without_tags("a < b, <b>, <function=f>")
        'a < b, <b>, &lt;function=f>'
    """
    text = _TAG.sub("&lt;", text)
    begun = unsure(text) if more else 0
    return f"{text[:-begun]}&lt;{text[len(text) - begun + 1 :]}" if begun else text


def tag_free(messages: Iterable[Message]) -> Iterator[Message]:
    """The turns without tags in their texts. Calls are not texts: they stay."""
    for message in messages:
        last = len(message.parts) - 1
        # Some hosts join the parts of a turn without anything between them.
        parts = tuple(_part(part, more=i < last) for i, part in enumerate(message.parts))
        yield message if parts == message.parts else replace(message, parts=parts)


def _part(part: Part, *, more: bool) -> Part:
    """One part."""
    match part:
        case Text() | Refusal() if "<" in part.text:
            return replace(part, text=without_tags(part.text, more=more))
        case ToolResult():
            inner = tuple(_part(one, more=True) for one in part.parts)
            return replace(part, parts=inner)  # type: ignore[arg-type]  # of the same kinds
        case _:
            return part
