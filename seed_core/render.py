"""A request body on its way out: media is read, and becomes base64, about 1 MB at a time."""

from __future__ import annotations

import asyncio
import os
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator

from seed_core.body import Body, BodyPart, Raw
from seed_core.errors import MediaError
from seed_core.types import Base64, Bytes, File

_SLICE = 768 * 1024
"""Bytes that are read at a time: a multiple of three, so that no slice needs padding, and 1 MB of
base64."""


def render(body: Body) -> Iterator[bytes]:
    """The bytes of a body, at most about 1 MB at a time; every call begins anew.

    Raises:
        MediaError: a file is gone, or is not the one that was named.
    """
    for part in body.parts:
        yield from _render_part(part)


async def arender(body: Body) -> AsyncIterator[bytes]:
    """The same, without holding up the event loop while a file is read."""
    for part in body.parts:
        if isinstance(part.media if isinstance(part, Raw) else part, File):
            slices = _render_part(part)
            while (piece := await asyncio.to_thread(next, slices, b"")) != b"":
                yield piece
        else:
            for piece in _render_part(part):
                yield piece


def _render_part(part: BodyPart) -> Iterator[bytes]:
    """The bytes of one part."""
    match part:
        case bytes():
            yield part
        case Base64():
            for start in range(0, len(part.data), _SLICE):
                yield part.data[start : start + _SLICE].encode("ascii")
        case Bytes():
            view = memoryview(part.data)
            for start in range(0, len(view), _SLICE):
                yield b64encode(view[start : start + _SLICE])
        case File():
            yield from map(b64encode, _read_file(part, 0, part.size))
        case Raw():
            yield from _render_raw(part)


def _render_raw(part: Raw) -> Iterator[bytes]:
    """A stretch of media, as it is."""
    media, end = part.media, part.start + part.size
    match media:
        case Bytes():
            view = memoryview(media.data)
            for start in range(part.start, end, _SLICE):
                yield bytes(view[start : min(start + _SLICE, end)])
        case Base64():
            # Four characters hold three bytes, so a slice begins at the four that hold its first.
            for start in range(part.start, end, _SLICE):
                stop = min(start + _SLICE, end)
                first = start // 3
                text = media.data[first * 4 : (stop + 2) // 3 * 4]
                yield b64decode(text)[start - first * 3 : stop - first * 3]
        case File():
            yield from _read_file(media, part.start, part.size)


def _read_file(part: File, start: int, size: int) -> Iterator[bytes]:
    """A stretch of a file, if it is still the file that was named."""
    try:
        with open(part.path, "rb") as file:  # noqa: PTH123 - the name is kept as it was given
            status = os.fstat(file.fileno())
            if (status.st_size, status.st_mtime_ns) != (part.size, part.modified):
                msg = f"{part.path!r} changed after it was put into the prompt; build it again"
                raise MediaError(msg)
            file.seek(start)
            left = size
            while left:
                piece = file.read(min(_SLICE, left))
                if not piece:
                    msg = f"{part.path!r} became shorter while it was sent"
                    raise MediaError(msg)
                left -= len(piece)
                yield piece
    except OSError as error:
        msg = f"{part.path!r} cannot be read: {error.strerror or error}"
        raise MediaError(msg) from error
