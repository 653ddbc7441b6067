"""A real MP4 file of a wanted size and length: grey, and without sound.

Knows the boxes of ISO/IEC 14496-12 and -15 that one track of H.264 needs; `moov` comes first.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from seed_core.emulator.runware.h264 import LEVEL, PROFILE, Picture

__all__ = ["movie", "remark"]

_RATE = 24
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_BRANDS = {"mp4": b"isomiso2avc1mp41", "mov": b"qt  "}


@lru_cache(maxsize=16)
def movie(width: int, height: int, seconds: int, extension: str = "mp4") -> bytes:
    """Give the file. An extension that is not MP4's own or QuickTime's gives an MP4 all the same.

    Example:
        >>> movie(640, 640, 4)[4:12]
        b'ftypisom'
    """
    picture = Picture(width, height)
    count = _RATE * seconds
    pictures = [picture.whole(), *(picture.repeated(number) for number in range(1, count))]
    samples = [struct.pack(">I", len(unit)) + unit for unit in pictures]
    brands = _BRANDS.get(extension, _BRANDS["mp4"])
    kind = _box(b"ftyp", brands[:4], struct.pack(">I", 512), brands)

    def index(offset: int) -> bytes:
        table = _table(picture, (width, height), [len(sample) for sample in samples], offset)
        return _moov(table, (width, height), count)

    start = len(kind) + len(index(0)) + 8
    return kind + index(start) + _box(b"mdat", *samples)


def remark(text: str) -> bytes:
    """Give a box that players skip: behind a movie, it makes a file of its own of it."""
    return _box(b"free", text.encode())


def _box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8) + name + body


def _full(name: bytes, *content: bytes, flags: int = 0) -> bytes:
    return _box(name, struct.pack(">I", flags), *content)


def _moov(table: bytes, size: tuple[int, int], count: int) -> bytes:
    """Write what stands in front of the pictures; times are counted in pictures."""
    mvhd = _full(
        b"mvhd",
        struct.pack(">5IH", 0, 0, _RATE, count, 0x10000, 0x100),
        bytes(10),
        _MATRIX,
        bytes(24),
        struct.pack(">I", 2),
    )
    tkhd = _full(
        b"tkhd",
        struct.pack(">5I", 0, 0, 1, 0, count),
        bytes(16),
        _MATRIX,
        struct.pack(">2I", *(side << 16 for side in size)),
        flags=3,
    )
    mdhd = _full(b"mdhd", struct.pack(">4I2H", 0, 0, _RATE, count, 0x55C4, 0))
    hdlr = _full(b"hdlr", bytes(4), b"vide", bytes(12), b"grey\0")
    dinf = _box(b"dinf", _full(b"dref", struct.pack(">I", 1), _full(b"url ", flags=1)))
    minf = _box(b"minf", _full(b"vmhd", bytes(8), flags=1), dinf, table)
    return _box(b"moov", mvhd, _box(b"trak", tkhd, _box(b"mdia", mdhd, hdlr, minf)))


def _table(picture: Picture, size: tuple[int, int], lengths: list[int], offset: int) -> bytes:
    """Write where the pictures are: all of them in one chunk, the first one stands alone."""
    count = len(lengths)
    return _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1), _entry(picture, size)),
        _full(b"stts", struct.pack(">3I", 1, count, 1)),
        _full(b"stss", struct.pack(">2I", 1, 1)),
        _full(b"stsc", struct.pack(">4I", 1, 1, count, 1)),
        _full(b"stsz", struct.pack(f">{count + 2}I", 0, count, *lengths)),
        _full(b"stco", struct.pack(">2I", 1, offset)),
    )


def _entry(picture: Picture, size: tuple[int, int]) -> bytes:
    """Write how the pictures are coded."""
    parameters, chosen = picture.parameters, picture.set
    config = _box(
        b"avcC",
        bytes([1, *PROFILE, LEVEL, 0xFF, 0xE1]),
        struct.pack(">H", len(parameters)),
        parameters,
        struct.pack(">BH", 1, len(chosen)),
        chosen,
    )
    shape = struct.pack(">2H2I4xH", *size, 0x480000, 0x480000, 1)
    return _box(
        b"avc1", bytes(6), b"\0\1", bytes(16), shape, bytes(32), struct.pack(">Hh", 24, -1), config
    )
