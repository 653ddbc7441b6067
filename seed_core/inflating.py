"""Bodies without their compression, a bounded piece at a time. There is no I/O here."""

from __future__ import annotations

import zlib

from seed_core.limits import INFLATED_BYTES


class Inflater:
    r"""Undoes gzip or deflate, however much would come of a block.

    Args:
        coding: what the header `content-encoding` says, in lower case.

    Attributes:
        pending: more comes without another block: ask with an empty one.

    Example:
        >>> squeezed = zlib.compress(b"hello")
        >>> inflater = Inflater("deflate")
        >>> inflater.feed(squeezed), inflater.pending
        (b'hello', False)
    """

    __slots__ = ("_begin", "_coding", "_fed", "_squeezed", "pending")

    def __init__(self, coding: str) -> None:
        """Nothing has come yet."""
        self.pending = False
        self._coding = coding
        self._begin = b""
        self._fed = False
        gzip = coding in ("gzip", "x-gzip")
        self._squeezed = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if gzip else None

    def feed(self, block: bytes) -> bytes:
        """Take the next bytes; return what they become, at most `INFLATED_BYTES` of it.

        Raises:
            ValueError: the coding is not known, or the bytes are not of it.
        """
        self._fed = self._fed or bool(block)
        squeezed = self._squeezed
        if squeezed is None:
            block = self._begin = self._begin + block
            if self._coding == "deflate" and len(block) < 2:
                return b""
            squeezed = self._squeezed = self._deflated(block)
        if squeezed.eof:  # what follows is nothing: it would be kept, for whoever asks
            self.pending = False
            return b""
        try:
            plain = squeezed.decompress(squeezed.unconsumed_tail + block, INFLATED_BYTES)
        except zlib.error as error:
            raise ValueError(str(error)) from error
        self.pending = len(plain) == INFLATED_BYTES
        return plain

    def end(self) -> None:
        """All bytes have come.

        Raises:
            ValueError: there should be more.
        """
        if self._fed and (self._squeezed is None or not self._squeezed.eof):
            raise ValueError("it stops in the middle")

    def _deflated(self, begin: bytes) -> zlib._Decompress:
        """Deflate in the frame that the standard asks for, or without, as some servers send it."""
        if self._coding != "deflate":
            words = "is not known here; leave accept-encoding out of the headers"
            raise ValueError(f"its coding {self._coding[:40]!r} {words}")
        framed = begin[0] & 15 == 8 and int.from_bytes(begin[:2], "big") % 31 == 0
        return zlib.decompressobj(wbits=zlib.MAX_WBITS if framed else -zlib.MAX_WBITS)
