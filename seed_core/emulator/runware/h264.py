"""Grey pictures in H.264: the least that a decoder shows.

Knows the bits of ITU-T H.264 (baseline profile): one picture whose every block is predicted and
nothing more, and pictures that skip every block, so that they repeat it.
"""

from __future__ import annotations

import re

__all__ = ["LEVEL", "PROFILE", "Picture"]

PROFILE, LEVEL = bytes([66, 0xC0]), 31
"""Constrained baseline; the level takes 1280x720 at 30 pictures a second."""
_BLOCK = 16
_PARAMETERS, _SET, _WHOLE, _REPEATED = 0x67, 0x68, 0x65, 0x61
_I, _P = 7, 5
_COUNT_BITS = 4
# A block in 8 bits: Intra_16x16 predicted as a mean (mb_type 3), its colours as well, the same
# quantiser, and no coefficients.
_MEAN = "00100" + "1" + "1" + "1"
_FORBIDDEN = re.compile(rb"\x00\x00(?=[\x00-\x03])")


class Picture:
    """Grey pictures of one size, as units without their lengths."""

    def __init__(self, width: int, height: int) -> None:
        """Cut the size into blocks; both sides are even numbers."""
        self._size = width, height
        self._columns, self._rows = -(-width // _BLOCK), -(-height // _BLOCK)

    @property
    def parameters(self) -> bytes:
        """The sequence parameter set."""
        width, height = self._size
        # What the last blocks have too much, in units of two pixels: left, right, top, bottom.
        right = (self._columns * _BLOCK - width) // 2
        bottom = (self._rows * _BLOCK - height) // 2
        head = f"{PROFILE[0]:08b}{PROFILE[1]:08b}{LEVEL:08b}" + _ue(0, _COUNT_BITS - 4)
        # Pictures are shown in the order in which they are coded, and refer to one before.
        order = _ue(2, 1) + "0"
        size = _ue(self._columns - 1, self._rows - 1) + "1" + "1"
        return _unit(_PARAMETERS, head + order + size + "1" + _ue(0, right, 0, bottom) + "0")

    @property
    def set(self) -> bytes:
        """The picture parameter set: every default, and a say in what smooths the blocks."""
        return _unit(_SET, _ue(0, 0) + "00" + _ue(0, 0, 0) + "0" + "00" + _ue(0, 0, 0) + "100")

    def whole(self) -> bytes:
        """Give a picture that stands alone."""
        # The counts of the picture; no marks on others; the quantiser; no smoothing.
        head = _ue(0, _I, 0) + "0" * _COUNT_BITS + _ue(0) + "00" + _ue(0) + _ue(1)
        return _unit(_WHOLE, head + _MEAN * self._blocks)

    def repeated(self, number: int) -> bytes:
        """Give the picture that comes as this number after the whole one, and shows the same."""
        count = f"{number % (1 << _COUNT_BITS):0{_COUNT_BITS}b}"
        head = _ue(0, _P, 0) + count + "0" + "0" + "0" + _ue(0) + _ue(1)
        return _unit(_REPEATED, head + _ue(self._blocks))

    @property
    def _blocks(self) -> int:
        return self._columns * self._rows


def _ue(*values: int) -> str:
    """Write numbers as exponential-Golomb codes, which is also how the signed ones write a zero."""
    codes = (f"{value + 1:b}" for value in values)
    return "".join("0" * (len(code) - 1) + code for code in codes)


def _unit(kind: int, bits: str) -> bytes:
    """Close the bits with a one, fill up the last byte, and keep start codes out of them."""
    closed = bits + "1"
    closed += "0" * (-len(closed) % 8)
    payload = int(closed, 2).to_bytes(len(closed) // 8, "big")
    return bytes([kind]) + _FORBIDDEN.sub(b"\x00\x00\x03", payload)
