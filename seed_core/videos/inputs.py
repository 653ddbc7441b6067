"""What a video is made from: pictures, clips and sounds, by id, by address, or from here.

What the host holds or can fetch is its text: a UUID or a URL. What is local is an `Image`, whose
bytes are read while they are sent.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from seed_core.body import Splice
from seed_core.errors import ConfigurationError, MediaError
from seed_core.media import from_base64, from_url, image
from seed_core.types import FileId, Image, Media, Url, Video

T = TypeVar("T")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HTTP = re.compile(r"https?://[^/\s]", re.IGNORECASE)
_A_PICTURE = 256
"""Characters from which on base64 of no known kind is taken for a picture; less is a mistake."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What the host stored: its UUID, which stands for it in a task, and its address if told."""

    uuid: str
    url: str | None = None


ImageInput: TypeAlias = str | os.PathLike[str] | bytes | Image | Uploaded
"""A UUID, URL, data URI or base64 as text; a path; bytes; or a value of this project."""

RemoteInput: TypeAlias = str | Video | Uploaded
"""A clip or a sound: a UUID or a URL, since the host takes no bytes of these in a task."""

Position: TypeAlias = Literal["first", "last", 0, -1]


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture that a video begins or ends with. Without a position the order says which.

    Attributes:
        image: the picture; once made, a UUID or URL as text, or an `Image` with its bytes.
        position: "first" or 0, "last" or -1, or None.

    Raises:
        ConfigurationError: there is no such position.
        MediaError: the picture is none.

    Example:
        >>> Frame("https://example.com/end.png", "last").position
        'last'
    """

    image: ImageInput
    position: Position | None = None

    def __post_init__(self) -> None:
        """Read the picture."""
        said = self.position
        # False is 0 and True is 1 to Python; neither is a position.
        if isinstance(said, bool) or said not in (None, "first", "last", 0, -1):
            msg = f"a frame's position is 'first', 'last', 0 or -1, not {said!r}"
            raise ConfigurationError(msg)
        object.__setattr__(self, "image", read_image(self.image, "a frame"))

    @property
    def is_last(self) -> bool:
        """Whether the video ends with it, as far as its position says."""
        return self.position in ("last", -1)


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID, of whatever version."""
    return _UUID.fullmatch(text) is not None


def is_url(text: str) -> bool:
    """Whether a text is an address of the web."""
    return _HTTP.match(text) is not None


def read_many(said: object, name: str, read: Callable[[Any], T]) -> tuple[T, ...]:
    """The items of a list.

    Args:
        said: what the caller gave.
        name: how it is called there.
        read: makes one item of what was given for it.

    Raises:
        ConfigurationError: it is no list.
    """
    if isinstance(said, (str, bytes, os.PathLike)) or not isinstance(said, Iterable):
        raise ConfigurationError(f"{name}= takes a list, with one item for each input")
    return tuple(read(one) for one in said)


def read_image(said: object, what: str = "a picture") -> str | Image:
    """A picture: its UUID or URL as text, or an `Image` with its bytes.

    Args:
        said: a text, a path, bytes, an `Image`, or what an upload gave.
        what: what it is there for, for the error.

    Raises:
        MediaError: it is none of these, or no picture.

    Example:
        >>> read_image("https://example.com/cat.png")
        'https://example.com/cat.png'
    """
    match said:
        case Uploaded():
            return said.uuid
        case Image(source=Url() | FileId() as source):
            return _remote(source)
        case Image():
            return said
        case bytes() | os.PathLike():
            return image(said)
        case str():
            return _read_text(said.strip(), what)
        case _:
            kind = type(said).__name__
            raise MediaError(f"{what} is text, a path, bytes or an Image, not a {kind}")


def read_remote(said: object, what: str) -> str:
    """A clip or a sound: its UUID or URL.

    Raises:
        MediaError: it is local, and has to be uploaded first.

    Example:
        >>> read_remote("https://example.com/walk.mp4", "a reference video")
        'https://example.com/walk.mp4'
    """
    match said:
        case Uploaded():
            return said.uuid
        case Video(source=Url() | FileId() as source):
            return _remote(source)
        case str() if is_uuid(said.strip()) or is_url(said.strip()):
            return said.strip()
        case _:
            msg = (
                f"{what} is a UUID or a URL; upload a local one first (VideoClient.upload) and "
                "give what comes back"
            )
            raise MediaError(msg)


def as_leaf(media: str | Media) -> str | Splice:
    """Media as it stands in a task: its UUID or URL, or its bytes as a data URI or base64."""
    if isinstance(media, str):
        return media
    match media.source:
        case Url() | FileId() as source:
            return _remote(source)
        case source:
            # Base64 without a type is taken as well; a type that is not known is not made up.
            return Splice(f"data:{media.mime};base64," if media.mime else "", source)


def _remote(source: Url | FileId) -> str:
    """What the host can fetch, or holds, as its text."""
    return source.url if isinstance(source, Url) else source.file_id


def _read_text(text: str, what: str) -> str | Image:
    """A picture that is given as text."""
    if is_uuid(text) or is_url(text):
        return text
    if text[:5].lower() == "data:":
        return Image(*from_url(text, "image"))
    try:
        found = Image(*from_base64(text, "image"))
    except MediaError:
        if len(text) >= _A_PICTURE:
            raise
    else:
        if found.mime or len(text) >= _A_PICTURE:
            return found
    msg = (
        f"{what} is a UUID, a URL, a data URI or base64, not {text[:40]!r}; name a local file "
        "with pathlib.Path"
    )
    raise MediaError(msg)
