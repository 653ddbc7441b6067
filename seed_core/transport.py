"""One request over httpx: send, read, close, in both colours, with every failure as a `SeedError`.

Silence is bounded by httpx's own read timeout, the deadlines between two reads. In async code
each read is also cut at the nearest limit; in sync code a read that has begun ends by httpx's
timeout, which for a stream is the greater of `first_token` and `idle`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from seed_core.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    InvalidReplyError,
    SeedError,
)
from seed_core.flow import Request
from seed_core.render import arender, render
from seed_core.timeouts import Deadline

if TYPE_CHECKING:
    import httpx


class Opening:
    """An answer whose head has come.

    Attributes:
        good: whether its status says success.
        streaming: whether its body is an event stream.
    """

    def __init__(self, response: httpx.Response, request: Request) -> None:
        """Keep what both colours need."""
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.provider = request.provider
        kind = self.headers.get("content-type", "")
        # Not "is text/event-stream": some servers stream under another name, or under none.
        self.good = response.is_success
        self.streaming = self.good and "json" not in kind and "html" not in kind

    @contextmanager
    def _failures(self, deadline: Deadline, *, streaming: bool) -> Iterator[None]:
        """What goes wrong while the body is read.

        An error that breaks off still has its status: its body just ends. A reply that breaks off
        may have been billed, so it is not asked for again; a stream is the flow's matter.
        """
        try:
            with network_errors(self.provider, deadline, streaming=streaming):
                yield
        except APIConnectionError as error:
            if self.status >= 400:
                return
            if streaming or isinstance(error, APITimeoutError):
                raise
            msg = f"{error}, in the middle of the reply: it may be billed, so it was not retried"
            raise APIConnectionError(msg, provider=self.provider, retryable=False) from error


class SyncOpening(Opening):
    """An open answer for threads."""

    def __init__(self, response: httpx.Response, request: Request) -> None:
        """Nothing of the body is read yet."""
        super().__init__(response, request)
        self._response = response
        self._blocks: Iterator[bytes] = response.iter_bytes()

    def read(self, deadline: Deadline, *, streaming: bool) -> bytes | None:
        """The next bytes, or None at the end."""
        deadline.check(self.provider)
        with self._failures(deadline, streaming=streaming):
            return next(self._blocks, None)
        return None

    def close(self) -> None:
        """Let go of the connection."""
        self._response.close()


class AsyncOpening(Opening):
    """An open answer for event loops."""

    def __init__(self, response: httpx.Response, request: Request) -> None:
        """Nothing of the body is read yet."""
        super().__init__(response, request)
        self._response = response
        self._blocks: AsyncIterator[bytes] = response.aiter_bytes()

    async def read(self, deadline: Deadline, *, streaming: bool) -> bytes | None:
        """The next bytes, or None at the end."""
        import anyio  # noqa: PLC0415 - comes with httpx, which is imported late

        deadline.check(self.provider)
        seconds, phase = deadline.silence(streaming=streaming)
        try:
            with (
                self._failures(deadline, streaming=streaming),
                anyio.fail_after(seconds),
            ):
                return await anext(self._blocks, None)
            return None
        except TimeoutError:
            if self.status >= 400:
                return None
            raise deadline.error(phase, self.provider) from None

    async def close(self) -> None:
        """Let go of the connection."""
        await self._response.aclose()


def open_sync(
    client: httpx.Client, request: Request, deadline: Deadline, *, streaming: bool
) -> SyncOpening:
    """Send a request and wait for the head of its answer."""
    _check_before(deadline, request.provider)
    with network_errors(request.provider, deadline, streaming=streaming):
        built = client.build_request(
            **_arguments(request, deadline, streaming=streaming), content=render(request.body)
        )
        response = client.send(built, stream=True, follow_redirects=False)
    return SyncOpening(response, request)


async def open_async(
    client: httpx.AsyncClient, request: Request, deadline: Deadline, *, streaming: bool
) -> AsyncOpening:
    """Send a request and wait for the head of its answer."""
    import anyio  # noqa: PLC0415 - comes with httpx, which is imported late

    _check_before(deadline, request.provider)
    seconds, phase = deadline.nearest()
    try:
        with (
            network_errors(request.provider, deadline, streaming=streaming),
            anyio.fail_after(seconds),
        ):
            built = client.build_request(
                **_arguments(request, deadline, streaming=streaming), content=arender(request.body)
            )
            response = await client.send(built, stream=True, follow_redirects=False)
    except TimeoutError:
        raise deadline.error(phase, request.provider) from None
    return AsyncOpening(response, request)


def _check_before(deadline: Deadline, provider: str | None) -> None:
    """Raise if a deadline has passed: then nothing is sent."""
    try:
        deadline.check(provider)
    except APITimeoutError as error:
        error.reached = False
        raise


def _arguments(request: Request, deadline: Deadline, *, streaming: bool) -> dict[str, Any]:
    """What httpx builds a request from, the content aside."""
    import httpx  # noqa: PLC0415 - only the first call pays for it

    return {
        "method": request.method,
        "url": request.url,
        "headers": {**request.headers, "content-length": str(request.body.length)},
        "timeout": httpx.Timeout(**deadline.for_httpx(streaming=streaming)),
    }


@contextmanager
def network_errors(provider: str | None, deadline: Deadline, *, streaming: bool) -> Iterator[None]:
    """Turn httpx's exceptions into ours. The address is named, its credentials are not."""
    import httpx  # noqa: PLC0415 - only the first call pays for it

    name = provider or "the host"
    try:
        yield
    except httpx.TimeoutException as error:
        raise _timed_out(error, provider, deadline, streaming=streaming) from error
    except httpx.DecodingError as error:
        msg = f"{name} sent a body that does not decompress: {error}"
        raise InvalidReplyError(msg, provider=provider) from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        msg = f"the address of {name} cannot be used: {error}"
        raise ConfigurationError(msg, provider=provider) from error
    except httpx.ConnectError as error:
        msg = f"could not connect to {name}: {_words(error)}; check base_url="
        raise APIConnectionError(msg, provider=provider, reached=False) from error
    except httpx.HTTPError as error:  # TransportError, or what a hook of the user's client raised
        msg = f"the connection to {name} broke: {_words(error)}"
        raise APIConnectionError(msg, provider=provider) from error


def _timed_out(
    error: httpx.TimeoutException, provider: str | None, deadline: Deadline, *, streaming: bool
) -> SeedError:
    """Which of the limits a timeout of httpx was."""
    import httpx  # noqa: PLC0415 - only the first call pays for it

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


def _words(error: Exception) -> str:
    """What an exception says, or at least what it is."""
    return str(error) or type(error).__name__
