"""What a task names as its media: a UUID, a URL, a data URI, bare base64; and what is in it.

The kind of a content is told by its first bytes, whatever its data URI says [assumed]. A URL or a
UUID of elsewhere is taken on trust, as nothing is downloaded here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from seed_core.emulator.data_url import decode, parse_data_url

__all__ = ["IMAGE", "Format", "Kind", "LookUp", "Missing", "Source", "inline", "is_url", "sniff"]

Kind: TypeAlias = Literal["image", "video", "audio"]
LookUp: TypeAlias = Callable[[str], "Kind | None"]
"""Gives the kind of a file of the host, None for any other; raises `Missing`."""
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class Missing(Exception):  # noqa: N818  (it is the storage's answer, not a failure of this code)
    """A file that the host held no longer, or never."""


@dataclass(frozen=True)
class Format:
    """What the first bytes of a content say that it is."""

    kind: Kind
    media_type: str
    extension: str
    mark: re.Pattern[bytes]


def _format(kind: Kind, media_type: str, extension: str, mark: bytes) -> Format:
    return Format(kind, media_type, extension, re.compile(mark, re.DOTALL))


_FORMATS = (
    _format("image", "image/png", "png", rb"\x89PNG"),
    _format("image", "image/jpeg", "jpg", rb"\xff\xd8\xff"),
    _format("image", "image/gif", "gif", rb"GIF8"),
    _format("image", "image/webp", "webp", rb"RIFF....WEBP"),
    _format("image", "image/bmp", "bmp", rb"BM"),
    _format("audio", "audio/mp4", "m4a", rb"....ftypM4A"),
    _format("video", "video/quicktime", "mov", rb"....ftypqt"),
    _format("video", "video/mp4", "mp4", rb"....ftyp"),
    _format("video", "video/webm", "webm", rb"\x1a\x45\xdf\xa3"),
    _format("audio", "audio/wav", "wav", rb"RIFF....WAVE"),
    _format("audio", "audio/mpeg", "mp3", rb"ID3|\xff[\xe2-\xff]"),
    _format("audio", "audio/ogg", "ogg", rb"OggS"),
    _format("audio", "audio/flac", "flac", rb"fLaC"),
)


def sniff(content: bytes) -> Format | None:
    """Tell a content by its first bytes.

    Example:
        >>> sniff(b"GIF89a").media_type
        'image/gif'
    """
    return next((known for known in _FORMATS if known.mark.match(content)), None)


def is_url(value: Any) -> bool:
    """Whether a value is a web address."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def inline(value: str) -> bytes | None:
    """Give the content that a data URI or bare base64 holds, None if it holds none."""
    if value.startswith("data:"):
        data = parse_data_url(value)
        return data.content if data else None
    return decode(value) or None


@dataclass(frozen=True)
class Source:
    """One way in for media."""

    kind: Kind
    takes_content: bool = True
    """Whether a data URI or base64 will do as well."""

    def problem(self, value: str, look_up: LookUp) -> str | None:
        """Give what is wrong with a value, None if nothing is."""
        if _UUID.fullmatch(value) or is_url(value):
            try:
                kind = look_up(value)
            except Missing:
                return f"names a file that is not there: {value[:80]!r}"
            return None if kind in {None, self.kind} else f"must be {self.kind}, not {kind}"
        if not self.takes_content:
            return "must be a UUID or a URL"
        content = inline(value)
        if content is None:
            return "must be a UUID, a URL, a data URI or base64"
        known = sniff(content)
        fits = known is not None and known.kind == self.kind
        return None if fits else f"must hold {self.kind}"


IMAGE = Source("image")
