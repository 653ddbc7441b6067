"""Server-sent events out of bytes, cut anywhere.

Only CR, LF and CRLF end a line (the standard's rule): never U+2028 or form feed, which model text
contains. Comments and fields other than `data` and `event` are dropped. Nothing is decoded to
`str` here.
"""

from __future__ import annotations

from typing import TypeAlias

ServerEvent: TypeAlias = tuple[bytes, bytes]
"""One event: its name (empty when there was none) and its data. A plain tuple, because there is
one for each piece of an answer."""


_NONE = [b""]
"""What is left when the last block ended with a line."""
_NEXT = b"\n\ndata: "
"""What stands between the data of one event and that of the next, as hosts write it."""


class EventReader:
    r"""Turns blocks of bytes into server-sent events, whatever the cuts.

    Args:
        each_line: every `data:` line is an event of its own. Some hosts separate events by a
            single newline; the standard would join them.

    Attributes:
        held: bytes that have come, about, since the last block that completed an event.

    Example:
        >>> EventReader().feed(b"data: 1\n\nda")
        [(b'', b'1')]
    """

    __slots__ = ("_data", "_each_line", "_event", "_first", "_rest", "_skip_lf", "held")

    def __init__(self, *, each_line: bool = False) -> None:
        """Start at the beginning of a stream."""
        self._each_line = each_line
        self._rest: list[bytes] = []
        self._data: list[bytes] = []
        self._event = b""
        self._first = True
        self._skip_lf = False
        self.held = 0

    @property
    def between(self) -> bool:
        """Whether the next byte is the first of an event."""
        begun = self._first or self._skip_lf or self._data or self._event
        return not begun and self._rest == _NONE

    def feed(self, block: bytes) -> list[ServerEvent]:
        """Take the next bytes; return the events that they complete."""
        if self._skip_lf and block:
            # The last block ended in CR: an LF here belongs to that line end.
            self._skip_lf = False
            block = block.removeprefix(b"\n")
        if b"\r" in block:
            self._skip_lf = block.endswith(b"\r")
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n" not in block:
            if block:
                self._rest.append(block)
                self.held += len(block)
            return []
        self._rest.append(block)
        events: list[ServerEvent] = []
        # Nearly every event is one line of data: cut there, and look closer only at the others.
        begun, *more = b"".join(self._rest).split(_NEXT)
        if more:
            self._take([*begun.split(b"\n"), b""], events)
            begun = b"data: " + more.pop()
        for lines in more:
            if b"\n" in lines:
                self._take([*(b"data: " + lines).split(b"\n"), b""], events)
            else:
                events.append((b"", lines))
        *whole, rest = begun.split(b"\n")
        self._take(whole, events)
        self._rest = [rest]
        if events:
            self.held = 0  # but for what follows the last of them, which is no more than a block
        else:
            self.held += len(block)
        return events

    def end(self) -> list[ServerEvent]:
        """The stream is over: return what its last lines, left without an end, still say.

        The standard would drop an event that no blank line closes; hosts do end that way.
        """
        events: list[ServerEvent] = []
        lines = b"".join(self._rest).split(b"\n")
        self._rest = []
        self._take([*lines, b""], events)
        return events

    def _take(self, lines: list[bytes], events: list[ServerEvent]) -> None:
        """Read whole lines into events."""
        for line in lines:
            if self._first:
                self._first = False
                line = line.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901 - a byte order mark
            if not line:
                if self._data:
                    events.append(self._dispatch())
                self._event = b""
                continue
            if line.startswith(b"data:"):
                value = line[6:] if line.startswith(b"data: ") else line[5:]
                self._data.append(value)
                if self._each_line:
                    events.append(self._dispatch())
            elif line.startswith(b"event:"):
                self._event = line[6:].removeprefix(b" ")

    def _dispatch(self) -> ServerEvent:
        """The event whose lines have been read."""
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data = []
        return self._event, data
