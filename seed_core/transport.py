"""What all ways of sending share: the answer whose head has come, and what failures are.

There are two ways. Our own (`sockets` for threads, `loops` for event loops) reads bodies as the
socket brings them and keeps every limit to the moment. Plain httpx (`over_httpx`) is for what only
httpx knows: proxies, and a client that the user configured.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Protocol, TypeVar

from seed_core.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    InvalidReplyError,
)
from seed_core.flow import Request, Response
from seed_core.inflating import Inflater
from seed_core.limits import ERROR_BYTES, ERROR_SECONDS, REPLY_BYTES, too_much
from seed_core.timeouts import Deadline


class Opening:
    """An answer whose head has come.

    Attributes:
        good: whether its status says success.
        streaming: whether its body is an event stream.
    """

    def __init__(self, status: int, headers: Mapping[str, str], provider: str | None) -> None:
        """Keep what both colours need. Names of headers are lower case."""
        self.status = status
        self.headers = headers
        self.provider = provider
        kind = headers.get("content-type", "")
        # Not "is text/event-stream": some servers stream under another name, or under none.
        self.good = 200 <= status < 300
        self.streaming = self.good and "json" not in kind and "html" not in kind
        coding = headers.get("content-encoding", "identity").strip().lower()
        self._inflate = None if coding in ("identity", "") else Inflater(coding)
        self._spoiled = False

    def _plain(self, block: bytes) -> bytes:
        """Bytes of the body without their compression. With no bytes: what is left of the last.

        Raises:
            InvalidReplyError: they do not decompress.
        """
        if self._inflate is None:
            return block
        try:
            return b"" if self._spoiled else self._inflate.feed(block)
        except ValueError as error:
            self._garble(error)
            return b""

    def _check_end(self) -> None:
        """All bytes of the body have come: raise if its compression says otherwise."""
        if self._inflate is not None:
            try:
                self._inflate.end()
            except ValueError as error:
                self._garble(error)

    def _garble(self, error: ValueError) -> None:
        """A body does not decompress. An error's just ends then: it still has its status."""
        self._spoiled = True
        if self.status < 400:
            raise garbled(self.provider, error) from error

    def _ends(self, error: APIConnectionError, *, streaming: bool) -> None:
        """Raise what a failure is while the body is read.

        An error that breaks off still has its status: its body just ends. A reply that breaks off
        may have been billed, so it is not asked for again; a stream is the flow's matter.
        """
        if self.status >= 400:
            return
        if streaming or isinstance(error, APITimeoutError):
            raise error
        msg = f"{error}, in the middle of the reply: it may be billed, so it was not retried"
        raise APIConnectionError(msg, provider=self.provider, retryable=False) from error


class SyncOpening(Protocol):
    """An open answer, for threads."""

    status: int
    headers: Mapping[str, str]
    provider: str | None
    good: bool
    streaming: bool

    def read(self, deadline: Deadline, *, streaming: bool) -> bytes | None:
        """The next bytes, or None at the end."""
        ...

    def drain(self) -> None:
        """The answer is complete: read what is left of its body, if that takes no time."""
        ...

    def close(self) -> None:
        """Let go of the connection; one whose answer was read to its end is used again."""
        ...


class AsyncOpening(Protocol):
    """An open answer, for event loops. See `SyncOpening`."""

    status: int
    headers: Mapping[str, str]
    provider: str | None
    good: bool
    streaming: bool

    async def read(self, deadline: Deadline, *, streaming: bool) -> bytes | None:
        """The next bytes, or None at the end."""
        ...

    async def drain(self) -> None:
        """The answer is complete: read what is left of its body, if that takes no time."""
        ...

    async def close(self) -> None:
        """Let go of the connection; one whose answer was read to its end is used again."""
        ...


class Whole:
    """A whole body while it comes, as far as it may be kept.

    Attributes:
        deadline: the limits of reading it.
    """

    def __init__(self, opening: SyncOpening | AsyncOpening, deadline: Deadline) -> None:
        """Nothing has come yet."""
        self._opening = opening
        self._pieces: list[bytes] = []
        self._size = 0
        self._until = math.inf if opening.good else time.monotonic() + ERROR_SECONDS
        self.deadline = deadline if opening.good else deadline.for_error()

    def takes(self, block: bytes | None) -> bool:
        """Keep the next bytes; whether more are wanted. None is the end.

        Raises:
            APITimeoutError: they are but blanks, and have been for very long.
            InvalidReplyError: they are too many.
        """
        if block is None:
            return False
        self._pieces.append(block)
        self._size += len(block)
        if not self._opening.good:
            return self._size < ERROR_BYTES and time.monotonic() < self._until
        if self._size > REPLY_BYTES:
            self._pieces.clear()
            raise too_much(self._opening.provider, REPLY_BYTES, "in one reply")
        if block.isspace():
            self.deadline.barren(self._opening.provider, streaming=False)
        else:
            self.deadline.barren_since = None
        return True

    def response(self) -> Response:
        """The answer with what came."""
        return Response(self._opening.status, self._opening.headers, b"".join(self._pieces))


O_co = TypeVar("O_co", covariant=True)


class Transport(Protocol[O_co]):
    """Sends requests. `open` of a transport for event loops is to be awaited."""

    def open(self, request: Request, deadline: Deadline, *, streaming: bool) -> O_co:
        """Send a request and wait for the head of its answer."""
        ...


def check_before(deadline: Deadline, provider: str | None) -> None:
    """Raise if a deadline has passed: then nothing is sent."""
    try:
        deadline.check(provider)
    except APITimeoutError as error:
        error.reached = False
        raise


def unsendable(provider: str | None, why: str) -> ConfigurationError:
    """The error of a request that HTTP does not allow. `why` has no value of a header."""
    msg = f"the request to {_name(provider)} cannot be sent: {why}"
    return ConfigurationError(msg, provider=provider)


def unusable(provider: str | None, error: Exception) -> ConfigurationError:
    """The error of an address that cannot be one."""
    msg = f"the address of {_name(provider)} cannot be used: {words_of(error)}"
    return ConfigurationError(msg, provider=provider)


def unreachable(provider: str | None, error: Exception) -> APIConnectionError:
    """The error of a connection that was never made."""
    msg = f"could not connect to {_name(provider)}: {words_of(error)}; check base_url="
    return APIConnectionError(msg, provider=provider, reached=False)


def broken(provider: str | None, error: Exception) -> APIConnectionError:
    """The error of a connection that broke."""
    msg = f"the connection to {_name(provider)} broke: {words_of(error)}"
    return APIConnectionError(msg, provider=provider)


def garbled(provider: str | None, error: Exception) -> InvalidReplyError:
    """The error of a body whose compression cannot be undone."""
    msg = f"{_name(provider)} sent a body that does not decompress: {error}"
    return InvalidReplyError(msg, provider=provider)


def words_of(error: Exception) -> str:
    """What an exception says, or at least what it is."""
    return str(error) or type(error).__name__


def _name(provider: str | None) -> str:
    return provider or "the host"
