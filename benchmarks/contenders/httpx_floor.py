"""The floor: raw httpx, bytes split on newlines, a fast parser of JSON; and httpx over aiohttp."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import orjson

from benchmarks.contenders.base import KEY, SECONDS, Ask, Contender, Piece, body_of, read_json


class Httpx(Contender):
    """httpx as it comes, with its default pool."""

    abilities = frozenset({"tools", "images", "video"})

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._url = f"{address}/chat/completions"
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        self._said: dict[str, Any] = {"headers": headers, "timeout": SECONDS, "trust_env": False}
        self._sync: httpx.Client | None = None
        self._async: httpx.AsyncClient | None = None

    def _client(self) -> httpx.Client:
        if self._sync is None:
            self._sync = httpx.Client(**self._said)
        return self._sync

    def _async_client(self) -> httpx.AsyncClient:
        if self._async is None:
            self._async = httpx.AsyncClient(**self._said)
        return self._async

    def call(self, ask: Ask) -> Any:
        """One post."""
        body = orjson.dumps(body_of(ask, stream=False))
        return orjson.loads(self._client().post(self._url, content=body).content)

    def stream(self, ask: Ask) -> Iterator[Any]:
        """Blocks as they come, split on newlines."""
        body = orjson.dumps(body_of(ask, stream=True))
        with self._client().stream("POST", self._url, content=body) as response:
            rest = b""
            for block in response.iter_raw():
                lines = (rest + block).split(b"\n")
                rest = lines.pop()
                for line in lines:
                    if line.startswith(b"data: {"):
                        yield orjson.loads(line[6:])

    async def acall(self, ask: Ask) -> Any:
        """One post."""
        body = orjson.dumps(body_of(ask, stream=False))
        response = await self._async_client().post(self._url, content=body)
        return orjson.loads(response.content)

    async def astream(self, ask: Ask) -> AsyncIterator[Any]:
        """Blocks as they come, split on newlines."""
        return self._events(orjson.dumps(body_of(ask, stream=True)))

    async def _events(self, body: bytes) -> AsyncIterator[Any]:
        async with self._async_client().stream("POST", self._url, content=body) as response:
            rest = b""
            async for block in response.aiter_raw():
                lines = (rest + block).split(b"\n")
                rest = lines.pop()
                for line in lines:
                    if line.startswith(b"data: {"):
                        yield orjson.loads(line[6:])

    def read(self, got: Any) -> Piece:
        """It hands out JSON."""
        return read_json(got)

    def tool_arguments(self, ask: Ask) -> Any:
        """Join the fragments."""
        return "".join(read_json(event).arguments for event in self.stream(ask))

    async def aclose(self) -> None:
        """Close both clients."""
        if self._sync is not None:
            self._sync.close()
        if self._async is not None:
            await self._async.aclose()


class HttpxOverAiohttp(Httpx):
    """httpx's interface, aiohttp's connections."""

    without = frozenset({"call", "stream"})
    abilities = frozenset()

    def _async_client(self) -> httpx.AsyncClient:
        if self._async is None:
            from httpx_aiohttp import AiohttpTransport  # noqa: PLC0415 - of the bench group only

            self._async = httpx.AsyncClient(**self._said, transport=AiohttpTransport())
        return self._async
