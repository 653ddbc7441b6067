"""Events that differ in their words alone: read without parsing them again.

Nearly all events of an answer repeat each other byte for byte, but for a few letters in one JSON
string. Once one of them was parsed, the bytes around those letters are known to stand for the
same values; what is between them is a JSON string without escapes, and so its own text. Parsing
is most of what an event costs, and this is a tenth of it.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(rb'[^"\\\x00-\x1f]+')
"""What a JSON string may hold that stands for itself."""

_PATIENCE = 16
"""How many events are learned from in vain before that is given up: some hosts say something new
in each."""


class Likeness:
    """What stands around the words of an event.

    Example:
        >>> seen = Likeness()
        >>> seen.learn(b'{"id": 1, "delta": "Hello"}', "Hello", 1)
        >>> seen.words(b'{"id": 1, "delta": "there"}')
        'there'
        >>> seen.words(b'{"id": 2, "delta": "there"}')
        >>> seen.words(b'data: {"id": 1, "delta": "there"}', 6)
        'there'
    """

    __slots__ = ("_after", "_around", "_before", "_between", "_vain")

    def __init__(self) -> None:
        """Nothing is learned yet."""
        self._before = b""
        self._between: bytes | None = None
        self._after = b""
        self._around = 0
        self._vain = 0

    def learn(self, data: bytes, words: str, times: int) -> None:
        """Remember an event by its words.

        Args:
            data: a JSON object, parsed without a fault. One of several lines is not learned: as it
                came, they were apart.
            words: the text of `times` of its strings, all of which mean the same.
            times: 1 or 2. If they are found more often, another string says the same, and nothing
                is learned.
        """
        self.forget()
        if self._vain > _PATIENCE or b"\n" in data:
            return
        self._vain += 1
        pieces = data.split(b'"%b"' % words.encode("utf-8", "surrogatepass"))
        if len(pieces) != times + 1:
            return
        self._before = pieces[0] + b'"'
        self._between = b'"%b"' % pieces[1] if times == 2 else None
        self._after = b'"' + pieces[-1]
        self._around = len(self._before) + len(self._after)

    def forget(self) -> None:
        """Take no event for like the last one, until another is learned."""
        self._before = b""

    def words(self, data: bytes, begin: int = 0, after: int = 0) -> str | None:
        """The words of an event that is like the last one learned; None if it is not.

        Args:
            data: the event, maybe among other bytes.
            begin: how many of them stand before it.
            after: how many stand after it.
        """
        before = self._before
        end = len(data) - after
        if not (before and data.startswith(before, begin) and data.endswith(self._after, 0, end)):
            return None
        size = end - begin - self._around
        between = self._between
        if between is not None:
            size = (size - len(between)) // 2
        start = begin + len(before)
        said = data[start : start + size] if size > 0 else b""
        if between is not None:
            rest = b"%b%b%b%b" % (said, between, said, self._after)
            if data[start:end] != rest:
                return None
        if not _PLAIN.fullmatch(said):
            return None
        try:
            words = said.decode()
        except UnicodeDecodeError:
            return None
        self._vain = 0
        return words
