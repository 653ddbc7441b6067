r"""HTTP/1.1 as bytes: a request's head out, a response in, whatever the cuts. There is no I/O here.

`h11` writes and reads the heads, so what it refuses is refused. It hands bodies out one HTTP chunk
at a time, which takes ten times as long as what is done here: bodies are read one block of the
socket at a time, under the same rules (RFC 9112, sections 6 and 7).

Example:
    >>> reader = ResponseReader("GET")
    >>> reader.feed(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel")
    b'hel'
    >>> reader.feed(b"lo")
    b'lo'
    >>> reader.done, reader.reusable
    (True, True)
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping

import h11

from seed_core.http1_heads import Head, any_request, read_usual_head
from seed_core.limits import INTERIM_BYTES

# How many bytes of something unfinished are kept while its end has not come.
_HEAD_LIMIT = 100 * 1024
_SIZE_LINE_LIMIT = 16 * 1024
_TRAILERS_LIMIT = 64 * 1024

# What stands between the bytes of two chunks: the line end of the one, the size of the next and
# extensions, which nobody uses. It accepts what h11 does: at most 20 digits, blanks after them,
# anything but a line feed in an extension. 32 bytes of the limit are for what is no extension.
_BETWEEN_CHUNKS = re.compile(
    rb"\r\n([0-9A-Fa-f]{1,20})(?:;[^\n]{0,%(most)d}|[ \t]{0,%(most)d})\r\n"
    % {b"most": _SIZE_LINE_LIMIT - 32}
)

# The size of a chunk without extensions.
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,20})\r\n")

# The beginning of a response of which nothing but the trailers is missing.
_ONLY_TRAILERS_MISSING = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"


class ProtocolError(Exception):
    """The bytes are not HTTP/1.1, or stopped too early."""


class ResponseReader:
    """One response, out of blocks of bytes cut anywhere.

    Interim responses (1xx) are skipped; 101 is an error, because nobody asked for another
    protocol. Once a `ProtocolError` has been raised, the connection has nothing more to say.

    Args:
        method: that of the request: the response to HEAD has no body. CONNECT is not supported.

    Attributes:
        head: the status and the headers; None until they have come.

    Raises:
        ValueError: HTTP/1.1 has no such method, or it is CONNECT.
    """

    __slots__ = ("_body", "_connection", "_keep_alive", "_method", "_seen", "head")

    def __init__(self, method: str) -> None:
        self.head: Head | None = None
        self._method = method
        any_request(method)
        self._connection: h11.Connection | None = None
        self._seen = 0
        self._body: _Body | None = None
        self._keep_alive = False

    @property
    def done(self) -> bool:
        """Whether the whole body has come."""
        return self._body is not None and self._body.done

    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request: all was read and nothing is left."""
        body = self._body
        return self._keep_alive and body is not None and body.done and not body.left_over

    def feed(self, block: bytes) -> bytes:
        """Take the next bytes, of which there may be none; return the bytes of the body in them.

        Raises:
            ProtocolError: this is not HTTP/1.1. What the block held before that is lost with it.
        """
        if self._body is not None:
            return self._body.feed(block)
        # To h11 an empty block means the end of the connection.
        return self._feed_head(block) if block else b""

    def end(self) -> None:
        """The other side closed the connection.

        Raises:
            ProtocolError: the response is not complete; the message says how far it got.
        """
        self._keep_alive = False
        if self._body is not None:
            self._body.end()
            return
        where = f"after {self._seen} bytes, in" if self._seen else "before"
        raise ProtocolError(f"the connection closed {where} the head of the response")

    def _feed_head(self, block: bytes) -> bytes:
        """Go on with the head; return the bytes of the body that came with its end."""
        usual = read_usual_head(block) if self._seen == 0 else None
        self._seen += len(block)
        if usual is not None:
            head, rest = usual
            return self._begin(head, b"1.1", rest)
        if self._connection is None:
            self._connection = _asked(self._method, _HEAD_LIMIT)
        self._connection.receive_data(block)
        event = _next_event(self._connection, "the head of the response")
        while isinstance(event, h11.InformationalResponse):
            event = _next_event(self._connection, "the head of the response")
        if not isinstance(event, h11.Response):
            if self._seen > INTERIM_BYTES:
                raise ProtocolError("interim responses without end, and no head of a response")
            return b""
        headers: dict[str, str] = {}
        for raw_name, raw_value in event.headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        rest, _ = self._connection.trailing_data
        self._connection = None  # it would keep the first bytes of the body
        return self._begin(Head(event.status_code, headers), event.http_version, rest)

    def _begin(self, head: Head, version: bytes, rest: bytes) -> bytes:
        """The head has come: go on with the body."""
        self.head = head
        self._keep_alive = _keeps_alive(version, head.headers)
        self._body = _body_of(self._method, head)
        return self._body.feed(rest)


class _Body(ABC):
    """A body under one of the three framings.

    Attributes:
        done: all of it has come.
        left_over: bytes came after its end.
    """

    __slots__ = ("done", "left_over")

    def __init__(self) -> None:
        self.done = False
        self.left_over = False

    @abstractmethod
    def feed(self, block: bytes) -> bytes:
        """Take the next bytes; return those of the body."""

    @abstractmethod
    def end(self) -> None:
        """The connection closed: raise a `ProtocolError` if something is missing."""


class _UntilClosed(_Body):
    """A body that only the end of the connection ends."""

    __slots__ = ()

    def feed(self, block: bytes) -> bytes:
        return block

    def end(self) -> None:
        self.done = True


class _Counted(_Body):
    """A body whose length is known."""

    __slots__ = ("_length", "_missing")

    def __init__(self, length: int) -> None:
        super().__init__()
        self._length = self._missing = length

    def feed(self, block: bytes) -> bytes:
        missing = self._missing
        if len(block) < missing:
            self._missing = missing - len(block)
            return block
        self._missing = 0
        self.done = True
        self.left_over = self.left_over or len(block) > missing
        return block[:missing]

    def end(self) -> None:
        if not self.done:
            raise ProtocolError(
                f"the connection closed after {self._length - self._missing} of {self._length} "
                "bytes of the body"
            )


class _Chunked(_Body):
    """A body in chunks, each after its size.

    The reader is within a chunk (`_missing` of its bytes are to come), or between two (`_between`
    is what has come of that), or behind the last one, in the trailers.
    """

    __slots__ = ("_between", "_in_trailers", "_missing", "_trailers")

    def __init__(self) -> None:
        super().__init__()
        # The line end that closes the head stands in for that of a chunk before the first.
        self._between = bytearray(b"\r\n")
        self._missing = 0
        self._in_trailers = False
        self._trailers: h11.Connection | None = None

    def feed(self, block: bytes) -> bytes:
        missing = self._missing
        if len(block) <= missing:
            self._missing = missing - len(block)
            return block
        if self._in_trailers:
            self._feed_trailers(block)
            return b""
        if missing:
            self._missing = 0
            return self._feed_chunks(block, missing)
        whole = _SIZE.match(block) if len(self._between) == 2 else None
        if (
            whole
            and 0 < int(whole[1], 16) == len(block) - whole.end() - 2
            and block[-2:] == b"\r\n"
        ):
            # Just one chunk and its line end, as a stream comes event by event: that line end is
            # now the one that stands in `_between`.
            return block[whole.end() : -2]
        if b"\n" not in block:
            # Not searched again from its start: a line may come byte by byte.
            self._between += block
            self._check_between()
            return b""
        block = b"".join((self._between, block))
        self._between.clear()
        return self._feed_chunks(block, 0)

    def end(self) -> None:
        if not self.done:
            raise ProtocolError("the connection closed in the body, before the end of its chunks")

    def _feed_chunks(self, block: bytes, at: int) -> bytes:
        """Read on, within a chunk that ends at that place, or between two if it is the start."""
        pieces = [block[:at]] if at else []
        length = len(block)
        between = _BETWEEN_CHUNKS.match
        while match := between(block, at):
            start = match.end()
            size = int(match[1], 16)
            if not size:
                self._in_trailers = True
                self.feed(block[start:])
                break
            at = start + size
            pieces.append(block[start:at])
            if at > length:
                self._missing = at - length
                break
        else:
            self._between += block[at:]
            self._check_between()
        return b"".join(pieces)

    def _check_between(self) -> None:
        """Raise if what has come between two chunks can never become what belongs there."""
        between = self._between
        if between[:2] != b"\r\n"[: len(between)]:
            raise ProtocolError("the body is not in chunks: one does not end where its size says")
        if between.find(b"\n", 2) >= 0 or len(between) > _SIZE_LINE_LIMIT:
            raise ProtocolError(
                "the body is not in chunks: a line with the size of one has no hexadecimal number, "
                f"or more than {_SIZE_LINE_LIMIT} bytes"
            )

    def _feed_trailers(self, block: bytes) -> None:
        """Go on with the trailers: h11 reads them, if there are any, and they are dropped."""
        if self.done:
            self.left_over = True
            return
        if self._trailers is None:
            if block.startswith(b"\r\n"):
                self.done = True
                self.left_over = len(block) > 2
                return
            self._trailers = _asked("GET", _TRAILERS_LIMIT)
            self._trailers.receive_data(_ONLY_TRAILERS_MISSING)
            _next_event(self._trailers, "the body")
        self._trailers.receive_data(block)
        self.done = isinstance(_next_event(self._trailers, "the body"), h11.EndOfMessage)
        self.left_over = self.done and self._trailers.trailing_data[0] != b""


def _body_of(method: str, head: Head) -> _Body:
    """Which framing the body has: h11 has made sure that the headers do not contradict it."""
    if method == "HEAD" or head.status in {204, 304}:
        return _Counted(0)
    if "transfer-encoding" in head.headers:
        return _Chunked()
    length = head.headers.get("content-length")
    return _UntilClosed() if length is None else _Counted(int(length))


def _keeps_alive(version: bytes, headers: Mapping[str, str]) -> bool:
    """Whether the other side lets the connection live, and its end of the body can be trusted."""
    words = {word.strip().lower() for word in headers.get("connection", "").split(",")}
    if "close" in words:
        return False
    if "transfer-encoding" in headers and (version < b"1.1" or "content-length" in headers):
        # RFC 9112, 6.1: what is between us and the host may see another end than we do.
        return False
    return version >= b"1.1" or (version == b"1.0" and "keep-alive" in words)


def _next_event(connection: h11.Connection, what: str) -> object:
    """The next event of h11, its complaint as one of ours."""
    try:
        return connection.next_event()
    except h11.RemoteProtocolError as error:
        # Behind the colon it quotes the bytes, which may be anything of any length.
        words = str(error).partition(": b")[0]
    raise ProtocolError(f"{what} is not HTTP/1.1: {words}")


def _asked(method: str, limit: int) -> h11.Connection:
    """A connection that waits for a response, and keeps at most so many unfinished bytes of it."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=limit)
    connection.send(any_request(method))
    return connection
