"""Who takes part. What a contender imports is imported in its own process only."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from benchmarks.contenders.base import Contender

FLOOR = "httpx floor"
IMPORTS = {
    "raw": "import json",
    "langchain": (
        "import langchain_core.callbacks, langchain_core.language_models.chat_models, "
        "langchain_core.messages, langchain_core.outputs, langchain_core.runnables, "
        "langchain_core.tools, langchain_core.utils.function_calling"
    ),
    "llamaindex": (
        "import llama_index.core, llama_index.core.base.llms.types, "
        "llama_index.core.llms.callbacks, llama_index.core.llms.function_calling, "
        "llama_index.core.tools"
    ),
}
"""What the least integration of a framework imports: its floor."""

Family = Literal["raw", "langchain", "llamaindex"]


@dataclass(frozen=True)
class Entry:
    """A contender, by name.

    Attributes:
        family: what it is built on.
        place: module and class of its adapter.
        imports: what its user writes; empty where the cost of an import is not of interest.
        ours: whether it is of this project.
        slow: so slow that it is left out of the short run where a suite is long.
        only: the one suite that it takes part in; all, where that is not said.
    """

    family: Family
    place: str
    imports: str = ""
    ours: bool = False
    slow: bool = False
    only: str = ""

    def load(self) -> type[Contender]:
        """Its adapter; ImportError where its package is not installed."""
        module, _, name = self.place.partition(":")
        found: type[Contender] = getattr(import_module(f"benchmarks.contenders.{module}"), name)
        return found


_CHAT = "from langchain_seed import ChatSeed"
_LLM = "from llamaindex_seed import SeedLLM"

CONTENDERS: dict[str, Entry] = {
    "socket": Entry("raw", "sockets:BlockingSocket"),
    FLOOR: Entry("raw", "httpx_floor:Httpx", "import httpx"),
    "aiohttp": Entry("raw", "aiohttp_floor:Aiohttp", "import aiohttp"),
    "httpx over aiohttp": Entry("raw", "httpx_floor:HttpxOverAiohttp"),
    "LangChain floor": Entry("langchain", "langchain_floor:InMemory"),
    "LangChain over a socket": Entry("langchain", "langchain_floor:OverSocket", only="paced"),
    "ChatSeed": Entry("langchain", "langchain_seed:Seed", _CHAT, ours=True),
    "ChatSeed, coalesce=False": Entry("langchain", "langchain_seed:EventByEvent", ours=True),
    "ChatSeed, httpx": Entry("langchain", "langchain_seed:OverHttpx", ours=True),
    "ChatOpenAI": Entry(
        "langchain", "langchain_peers:OpenAI", "from langchain_openai import ChatOpenAI"
    ),
    "ChatDeepSeek": Entry(
        "langchain",
        "langchain_peers:DeepSeek",
        "from langchain_deepseek import ChatDeepSeek",
        slow=True,
    ),
    "ChatOpenRouter": Entry(
        "langchain",
        "langchain_peers:OpenRouter",
        "from langchain_openrouter import ChatOpenRouter",
        slow=True,
    ),
    "LlamaIndex floor": Entry("llamaindex", "llamaindex_floor:InMemory"),
    "LlamaIndex over a socket": Entry("llamaindex", "llamaindex_floor:OverSocket", only="paced"),
    "SeedLLM": Entry("llamaindex", "llamaindex_seed:Seed", _LLM, ours=True),
    "SeedLLM, coalesce=False": Entry("llamaindex", "llamaindex_seed:EventByEvent", ours=True),
    "SeedLLM, httpx": Entry("llamaindex", "llamaindex_seed:OverHttpx", ours=True),
    "OpenAILike": Entry(
        "llamaindex",
        "llamaindex_peers:Like",
        "from llama_index.llms.openai_like import OpenAILike",
    ),
    "LlamaIndex OpenRouter": Entry(
        "llamaindex",
        "llamaindex_peers:Router",
        "from llama_index.llms.openrouter import OpenRouter",
        slow=True,
    ),
}
