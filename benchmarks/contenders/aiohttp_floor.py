"""aiohttp, which is the reference for event loops."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson

from benchmarks.contenders.base import KEY, SECONDS, Ask, Contender, Piece, body_of, read_json


class Aiohttp(Contender):
    """aiohttp with as many connections as there are calls."""

    without = frozenset({"call", "stream"})

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._url = f"{address}/chat/completions"
        self._session: aiohttp.ClientSession | None = None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"authorization": f"Bearer {KEY}", "content-type": "application/json"},
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=SECONDS),
            )
        return self._session

    async def acall(self, ask: Ask) -> Any:
        """One post."""
        body = orjson.dumps(body_of(ask, stream=False))
        async with self._client().post(self._url, data=body) as response:
            return orjson.loads(await response.read())

    async def astream(self, ask: Ask) -> AsyncIterator[Any]:
        """Blocks as they come, split on newlines."""
        return self._events(orjson.dumps(body_of(ask, stream=True)))

    async def _events(self, body: bytes) -> AsyncIterator[Any]:
        async with self._client().post(self._url, data=body) as response:
            rest = b""
            async for block in response.content.iter_any():
                lines = (rest + block).split(b"\n")
                rest = lines.pop()
                for line in lines:
                    if line.startswith(b"data: {"):
                        yield orjson.loads(line[6:])

    def read(self, got: Any) -> Piece:
        """It hands out JSON."""
        return read_json(got)

    async def aclose(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
