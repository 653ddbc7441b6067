"""How large a picture is, how long a video, how many pages a document: read off a few bytes.

Nothing is decoded. What is of another format, or odd, has no measure: None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

Read: TypeAlias = Callable[[int, int], bytes]
"""Gives the bytes from a place on, as many as are asked for and there."""

_STEPS = 256
"""Segments or boxes that are looked at, so that nobody's file keeps anybody busy."""
_BLOCK = 1 << 20
_MOST_BLOCKS = 16
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_OVERLAP = 32
"""Bytes of a block that are looked at again with the next, since a match may lie across both."""


def picture_size(read: Read) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, JPEG, GIF or WebP.

    Example:
        >>> gif = b"GIF89a" + bytes([2, 0, 3, 0])
        >>> picture_size(lambda start, size: gif[start : start + size])
        (2, 3)
    """
    head = read(0, 30)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        found = (_big(head[16:20]), _big(head[20:24])) if head[12:16] == b"IHDR" else None
    elif head.startswith(b"GIF8"):
        found = (_little(head[6:8]), _little(head[8:10]))
    elif head[8:12] == b"WEBP":
        found = _webp(head)
    elif head.startswith(b"\xff\xd8"):
        found = _jpeg(read)
    else:
        found = None
    return found if found and all(found) else None


def _webp(head: bytes) -> tuple[int, int] | None:
    """The size in the first chunk of a WebP: lossy, lossless, or extended."""
    kind = head[12:16]
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        return _little(head[26:28]) & 0x3FFF, _little(head[28:30]) & 0x3FFF
    if kind == b"VP8L" and head[20:21] == b"\x2f":
        bits = _little(head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return _little(head[24:27]) + 1, _little(head[27:30]) + 1
    return None


def _jpeg(read: Read) -> tuple[int, int] | None:
    """The size in the frame header of a JPEG, which comes after any number of segments."""
    place = 2
    for _ in range(_STEPS):
        head = read(place, 9)
        if len(head) < 9 or head[0] != 0xFF:
            return None
        marker = head[1]
        if marker == 0xFF:  # a fill byte
            place += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _big(head[7:9]), _big(head[5:7])
        else:
            place += 2 + _big(head[2:4])
    return None


@dataclass(frozen=True, slots=True)
class Clip:
    """A video: seconds, and width and height in pixels where its track says so."""

    seconds: float
    width: int = 0
    height: int = 0


def clip_of(read: Read) -> Clip | None:
    """Length and size of an MP4 or MOV; None where its header has no length."""
    for kind, start, end in _boxes(read, 0, 1 << 62):
        if kind == b"moov":
            return _movie(read, start, end)
    return None


def _movie(read: Read, start: int, end: int) -> Clip | None:
    """What the header of the movie and those of its tracks say."""
    seconds, width, height = 0.0, 0, 0
    for kind, body, over in _boxes(read, start, end):
        if kind == b"mvhd":
            head = read(body, 32)
            long = head[:1] == b"\x01"
            scale = _big(head[20:24] if long else head[12:16])
            length = _big(head[24:32] if long else head[16:20])
            unknown = length == (1 << (64 if long else 32)) - 1
            seconds = length / scale if scale and not unknown else 0.0
        elif kind == b"trak":
            for inner, place, _ in _boxes(read, body, over):
                if inner == b"tkhd":
                    head = read(place, 96)
                    at = 88 if head[:1] == b"\x01" else 76
                    # Fixed point, 16 bits of it behind the point.
                    width = max(width, _big(head[at : at + 4]) >> 16)
                    height = max(height, _big(head[at + 4 : at + 8]) >> 16)
    return Clip(seconds, width, height) if seconds else None


def _boxes(read: Read, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes of a stretch of MP4: kind, where the body begins, where it ends."""
    for _ in range(_STEPS):
        head = read(start, 16)
        if start >= end or len(head) < 8:
            return
        size, body = _big(head[:4]), start + 8
        if size == 1:
            size, body = _big(head[8:16]), start + 16
        if size == 0:  # as far as there is something
            size = end - start
        if size < 8:
            return
        yield head[4:8], body, min(start + size, end)
        start += size


def pages_of(read: Read) -> int | None:
    """Pages of a PDF whose objects are not packed into streams."""
    if not read(0, 5).startswith(b"%PDF"):
        return None
    count = 0
    for number in range(_MOST_BLOCKS):
        start = number * _BLOCK
        block = read(max(start - _OVERLAP, 0), _BLOCK + min(start, _OVERLAP))
        new = min(start, _OVERLAP)
        # One that ends in what was looked at before is counted already.
        count += sum(match.end() > new for match in _PAGE.finditer(block))
        if len(block) < _BLOCK:
            break
    return count or None


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
