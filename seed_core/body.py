"""A request body as parts: JSON text with media spliced in where it belongs.

Base64 has nothing that JSON must escape, so media is never copied into the JSON: its place is
marked while the rest is written, and whoever sends the body renders the media there, piece by
piece, as often as a retry needs. The length is known beforehand. No file is opened here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic_core import PydanticSerializationError, to_json
from typing_extensions import assert_never

from seed_core.errors import ConfigurationError
from seed_core.types import Base64, Bytes, File


class Splice:
    """A JSON string made of a prefix (`data:image/png;base64,`) and the base64 of some media.

    Not a dataclass, because pydantic writes those as JSON objects by itself.
    """

    __slots__ = ("media", "prefix")

    def __init__(self, prefix: str, media: Base64 | Bytes | File) -> None:
        """Say what stands before the media, and which media it is."""
        self.prefix = prefix
        self.media = media


class Unshown:
    """A JSON string that no repr shows: a key that a host takes in the body."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        """Say the string."""
        self.text = text


@dataclass(frozen=True, slots=True)
class Raw:
    """Media as the bytes that it is, or a stretch of them: what is uploaded.

    Attributes:
        media: where the bytes are.
        start: how many of them come before the stretch.
        size: how many the stretch has.
    """

    media: Base64 | Bytes | File
    start: int
    size: int


BodyPart: TypeAlias = bytes | Base64 | Bytes | File | Raw


def base64_length(size: int) -> int:
    """How many characters `size` bytes take in padded base64."""
    return (size + 2) // 3 * 4


def part_length(part: BodyPart) -> int:
    """How many bytes a part takes on the wire."""
    match part:
        case bytes():
            return len(part)
        case Base64():
            return len(part.data)
        case Bytes():
            return base64_length(len(part.data))
        case File():
            return base64_length(part.size)
        case Raw():
            return part.size
        case _:
            assert_never(part)


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent, in order: bytes as they are, media as the base64 of its bytes, `Raw` raw.

    Its repr shows none of it: it has the prompt, and at some hosts the key.
    """

    parts: tuple[BodyPart, ...] = field(default=(), repr=False)

    @property
    def length(self) -> int:
        """The content-length, in bytes."""
        return sum(part_length(part) for part in self.parts)


def encode_json(value: Mapping[str, Any]) -> Body:
    """Write a JSON object whose leaves may be `Splice` values.

    Raises:
        ConfigurationError: a value has no JSON form (half of a surrogate pair, an object that is
            not JSON).
    """
    splices: list[Splice] = []
    mark = _write(value, splices, "\x00media\x00")
    text = mark.text
    if not splices:
        return Body((text,))
    pieces = text.split(mark.token)
    parts: list[BodyPart] = []
    for piece, splice in zip(pieces, [*splices, None], strict=True):
        if splice is None:
            parts.append(piece)
        else:
            parts += [piece + _json(splice.prefix)[1:-1], splice.media]
    return Body(tuple(parts))


@dataclass(frozen=True, slots=True)
class _Marked:
    """JSON text and the token that stands in it for each splice."""

    text: bytes
    token: bytes


def _write(value: Mapping[str, Any], splices: list[Splice], word: str) -> _Marked:
    """Serialise with `word` in place of media; take a longer word if the prompt contains it."""

    def place(leaf: object) -> str | dict[str, Any]:
        if isinstance(leaf, Splice):
            splices.append(leaf)
            return word
        if isinstance(leaf, Unshown):
            return leaf.text
        if isinstance(leaf, Mapping):
            return dict(leaf)
        msg = f"{type(leaf).__name__} has no JSON form"
        raise TypeError(msg)

    text, token = _json(value, place), to_json(word)[1:-1]
    if text.count(token) != len(splices):
        splices.clear()
        return _write(value, splices, word * 2)
    return _Marked(text, token)


def _json(value: Any, fallback: Callable[[Any], Any] | None = None) -> bytes:
    """JSON text, or an error that says why there is none."""
    try:
        return to_json(value, fallback=fallback)
    except (PydanticSerializationError, UnicodeEncodeError, TypeError) as error:
        msg = f"the request cannot be written as JSON: {error}"
        raise ConfigurationError(msg) from error
