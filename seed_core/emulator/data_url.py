"""`data:` URLs, taken apart strictly.

Knows RFC 2397 as hosts use it: a media type, `;base64`, and base64 without a stray character.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

__all__ = ["DataURL", "parse_data_url"]

_FORM = re.compile(r"data:([\w.+-]+/[\w.+-]+)((?:;[\w=.+-]+)*);base64,(.*)", re.DOTALL)


@dataclass(frozen=True)
class DataURL:
    """The media type and the bytes."""

    media_type: str
    content: bytes


def parse_data_url(url: str) -> DataURL | None:
    """Give what a data URL holds, None if it is not one or holds nothing.

    Example:
        >>> parse_data_url("data:image/png;base64,iVBORw==").media_type
        'image/png'
    """
    match = _FORM.fullmatch(url)
    if match is None:
        return None
    content = decode(match.group(3))
    return DataURL(match.group(1), content) if content else None


def decode(text: str) -> bytes | None:
    """Decode base64; None if there is a character in it that does not belong."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
