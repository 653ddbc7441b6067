"""LlamaIndex's own ways to ask a model at OpenRouter."""

from __future__ import annotations

from typing import Any

from benchmarks.contenders.base import KEY, SECONDS
from benchmarks.contenders.llamaindex_floor import LlamaIndex
from benchmarks.wire import MODEL


class Like(LlamaIndex):
    """`OpenAILike` with another base address."""

    def make(self, address: str) -> Any:
        """The LLM, for an address."""
        from llama_index.llms.openai_like import OpenAILike  # noqa: PLC0415 - the peers apart

        return OpenAILike(
            model=MODEL,
            api_base=address,
            api_key=KEY,
            timeout=SECONDS,
            is_chat_model=True,
            is_function_calling_model=True,
        )


class Router(LlamaIndex):
    """LlamaIndex's `OpenRouter`."""

    def make(self, address: str) -> Any:
        """The LLM, for an address."""
        from llama_index.llms.openrouter import OpenRouter  # noqa: PLC0415 - likewise

        return OpenRouter(
            model=MODEL,
            api_base=address,
            api_key=KEY,
            timeout=SECONDS,
            is_function_calling_model=True,
        )
