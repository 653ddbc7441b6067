"""One request over an httpx client, in both colours.

Silence is bounded by httpx's own read timeout, the deadlines between two reads. In async code
each read is also cut at the nearest limit; in sync code a read that has begun ends by httpx's
timeout, which for a stream is the greater of `first_token` and `idle`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import anyio
import httpx

from seed_core.errors import APIConnectionError, SeedError
from seed_core.flow import Request
from seed_core.http1_heads import write_head
from seed_core.render import arender, render
from seed_core.timeouts import Deadline
from seed_core.transport import (
    Opening,
    broken,
    check_before,
    garbled,
    unreachable,
    unsendable,
    unusable,
    words_of,
)


class HttpxTransport:
    """Sends requests over a client for threads."""

    def __init__(self, client: httpx.Client) -> None:
        """The client is used as it is, and closed by whoever made it."""
        self.client = client

    def open(self, request: Request, deadline: Deadline, *, streaming: bool) -> HttpxOpening:
        """Send a request and wait for the head of its answer."""
        check_before(deadline, request.provider)
        with _network_errors(request.provider, deadline, streaming=streaming):
            response = self.client.send(
                self.client.build_request(
                    **_arguments(request, deadline, streaming=streaming),
                    content=render(request.body),
                ),
                stream=True,
                follow_redirects=False,
            )
        return HttpxOpening(response, request)

    def close(self) -> None:
        """Close the client."""
        self.client.close()


class AsyncHttpxTransport:
    """Sends requests over a client for event loops."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """The client is used as it is, and closed by whoever made it."""
        self.client = client

    async def open(
        self, request: Request, deadline: Deadline, *, streaming: bool
    ) -> AsyncHttpxOpening:
        """Send a request and wait for the head of its answer."""
        check_before(deadline, request.provider)
        seconds, phase = deadline.nearest()
        try:
            with (
                _network_errors(request.provider, deadline, streaming=streaming),
                anyio.fail_after(seconds),
            ):
                response = await self.client.send(
                    self.client.build_request(
                        **_arguments(request, deadline, streaming=streaming),
                        content=arender(request.body),
                    ),
                    stream=True,
                    follow_redirects=False,
                )
        except TimeoutError:
            raise deadline.error(phase, request.provider) from None
        return AsyncHttpxOpening(response, request)

    async def close(self) -> None:
        """Close the client."""
        await self.client.aclose()


class HttpxOpening(Opening):
    """An open answer for threads."""

    def __init__(self, response: httpx.Response, request: Request) -> None:
        """Nothing of the body is read yet."""
        super().__init__(response.status_code, _lower(response.headers), request.provider)
        self._response = response
        # httpx would make everything of a block that it can become, and of what of it anew.
        self._blocks: Iterator[bytes]
        if response.is_stream_consumed:  # by a hook of the user's client
            self._inflate, self._blocks = None, response.iter_bytes()
        else:
            self._blocks = response.iter_raw()

    def read(self, deadline: Deadline, *, streaming: bool) -> bytes | None:
        """The next bytes, or None at the end."""
        plain = self._plain(b"")
        while not plain:
            deadline.check(self.provider)
            try:
                with _network_errors(self.provider, deadline, streaming=streaming):
                    block = next(self._blocks, None)
            except APIConnectionError as error:
                self._ends(error, streaming=streaming)
                return None
            if block is None:
                self._check_end()
                return None
            plain = self._plain(block)
        return plain

    def drain(self) -> None:
        """Nothing: httpx cannot be told to stop after a moment."""

    def close(self) -> None:
        """Let go of the connection."""
        self._response.close()


class AsyncHttpxOpening(Opening):
    """An open answer for event loops."""

    def __init__(self, response: httpx.Response, request: Request) -> None:
        """Nothing of the body is read yet."""
        super().__init__(response.status_code, _lower(response.headers), request.provider)
        self._response = response
        self._blocks: AsyncIterator[bytes]
        if response.is_stream_consumed:
            self._inflate, self._blocks = None, response.aiter_bytes()
        else:
            self._blocks = response.aiter_raw()

    async def read(self, deadline: Deadline, *, streaming: bool) -> bytes | None:
        """The next bytes, or None at the end."""
        plain = self._plain(b"")
        while not plain:
            deadline.check(self.provider)
            seconds, phase = deadline.silence(streaming=streaming)
            try:
                with (
                    _network_errors(self.provider, deadline, streaming=streaming),
                    anyio.fail_after(seconds),
                ):
                    block = await anext(self._blocks, None)
            except TimeoutError:
                if self.status < 400:
                    raise deadline.error(phase, self.provider) from None
                return None
            except APIConnectionError as error:
                self._ends(error, streaming=streaming)
                return None
            if block is None:
                self._check_end()
                return None
            plain = self._plain(block)
        return plain

    async def drain(self) -> None:
        """Nothing: see `HttpxOpening.drain`."""

    async def close(self) -> None:
        """Let go of the connection."""
        await self._response.aclose()


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _arguments(request: Request, deadline: Deadline, *, streaming: bool) -> dict[str, Any]:
    """What httpx builds a request from, the content aside.

    Raises:
        ConfigurationError: HTTP does not allow the headers. httpx would quote them, keys and all.
    """
    why = _fault(request)
    if why:
        raise unsendable(request.provider, why)
    return {
        "method": request.method,
        "url": request.url,
        "headers": _sent(request),
        "timeout": httpx.Timeout(**deadline.for_httpx(streaming=streaming)),
    }


def _sent(request: Request) -> dict[str, str]:
    """The headers, with a request for bodies as they are: httpx would ask for what it can undo."""
    coding = {"accept-encoding": "identity"}
    return coding | _lower(request.headers) | {"content-length": str(request.body.length)}


def _fault(request: Request) -> str:
    """What is wrong with the headers, told so that no frame that holds them is in a traceback."""
    others = {name: value for name, value in _sent(request).items() if name != "host"}
    try:
        write_head(request.method, "/", {"host": "host", **others})
    except ValueError as error:
        return str(error)
    return ""


@contextmanager
def _network_errors(provider: str | None, deadline: Deadline, *, streaming: bool) -> Iterator[None]:
    """Turn httpx's exceptions into ours. The address is named, its credentials are not."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise _timed_out(error, provider, deadline, streaming=streaming) from error
    except httpx.DecodingError as error:
        raise garbled(provider, error) from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError) as error:
        raise unusable(provider, error) from error
    except httpx.LocalProtocolError as error:
        # A header of the user's client. What is quoted may be a key.
        words = words_of(error).partition(" b'")[0].partition(' b"')[0]
        raise unsendable(provider, words) from None
    except httpx.ConnectError as error:
        raise unreachable(provider, error) from error
    except httpx.HTTPError as error:  # TransportError, or what a hook of the user's client raised
        raise broken(provider, error) from error


def _timed_out(
    error: httpx.TimeoutException, provider: str | None, deadline: Deadline, *, streaming: bool
) -> SeedError:
    """Which of the limits a timeout of httpx was."""
    match error:
        case _ if deadline.over():
            return deadline.error("total", provider)
        case httpx.ConnectTimeout():
            return deadline.error("connect", provider)
        case httpx.PoolTimeout():
            return deadline.error("pool", provider)
        case httpx.WriteTimeout():
            return deadline.error("write", provider)
        case _:
            return deadline.error(deadline.silence(streaming=streaming)[1], provider)
