"""Seed's own tags in text that comes in pieces.

    <seed:tool_call>
    <function=get_weather>
    <parameter=location>Beijing</parameter>
    </function>
    </seed:tool_call>

What a tag means depends on where it stands; that is for the reader to say.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias, get_args

Kind: TypeAlias = Literal[
    "",
    "<seed:tool_call>",
    "</seed:tool_call>",
    "<function=",
    "</function>",
    "<parameter=",
    "</parameter>",
    "<seed:think>",
    "</seed:think>",
]
"""Plain text, or the tag; of a tag with a name, what stands before the name."""

_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_NAMED = ("<function=", "<parameter=")
_PLAIN = (
    "<seed:tool_call>",
    "</seed:tool_call>",
    "</function>",
    "</parameter>",
    "<seed:think>",
    "</seed:think>",
)
_LONGEST_NAME = 256
_NAME = rf"[^<>\n]{{0,{_LONGEST_NAME}}}"
_TAG = re.compile(rf"{'|'.join(_PLAIN)}|({'|'.join(_NAMED)})({_NAME})>")
_OPEN_TAG = re.compile(rf"(?:{'|'.join(_NAMED)}){_NAME}")
_TAG_LIKE = re.compile(r"</?(?:seed:|function|parameter)")


class Token(NamedTuple):
    """A piece of plain text or one tag: as it was written, what it is, and the name in it."""

    text: str
    kind: Kind = ""
    name: str = ""


def tag_like(text: str) -> bool:
    """Whether a text holds what could be taken for a tag."""
    return _TAG_LIKE.search(text) is not None


def fits_a_tag(name: str) -> bool:
    """Whether a tag can hold a name such that it is read back as it is."""
    return bool(re.fullmatch(_NAME, name)) and name == name.strip() != ""


class Tokens:
    """Cuts text into tokens, wherever it was cut before.

    Held back is only the beginning of a tag at the end of the text, which is short.
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = ""

    def take(self, text: str) -> list[Token]:
        """The tokens that are certain after the next piece of text."""
        text = self._held + text
        tokens: list[Token] = []
        start = 0
        for found in _TAG.finditer(text):
            name = (found[2] or "").strip()
            if found[1] and not name:
                continue
            if found.start() > start:
                tokens.append(Token(text[start : found.start()]))
            tokens.append(Token(found[0], _KINDS[found[1] or found[0]], name))
            start = found.end()
        end = max(start, len(text) - unsure(text))
        if end > start:
            tokens.append(Token(text[start:end]))
        self._held = text[end:]
        return tokens

    def rest(self) -> str:
        """What was held back."""
        held, self._held = self._held, ""
        return held


def unsure(text: str) -> int:
    """How many characters at the end of a text could begin a tag. No tag holds a second `<`."""
    place = text.rfind("<")
    tail = text[place:] if place >= 0 else ""
    begins = any(tag.startswith(tail) for tag in (*_PLAIN, *_NAMED)) or _OPEN_TAG.fullmatch(tail)
    return len(tail) if begins else 0
