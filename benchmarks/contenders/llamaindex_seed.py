"""`SeedLLM`, as it comes, event by event, and over httpx."""

from __future__ import annotations

from typing import Any, ClassVar

from benchmarks.contenders.base import KEY, SECONDS
from benchmarks.contenders.llamaindex_floor import LlamaIndex
from llamaindex_seed import SeedLLM


class Seed(LlamaIndex):
    """`SeedLLM` as it comes."""

    abilities = LlamaIndex.abilities | {"video"}
    settings: ClassVar[dict[str, Any]] = {}

    def make(self, address: str) -> Any:
        """The LLM, for an address."""
        return SeedLLM(
            provider="openrouter", base_url=address, api_key=KEY, timeout=SECONDS, **self.settings
        )


class EventByEvent(Seed):
    """A response for each event, also of those that came together."""

    settings: ClassVar = {"coalesce": False}


class OverHttpx(Seed):
    """Over httpx's transport, where the class can be told so."""

    settings: ClassVar = {"transport": "httpx"}
