"""LangChain's own ways to ask a model at OpenRouter."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from benchmarks.contenders.base import KEY, SECONDS
from benchmarks.contenders.langchain_floor import LangChain
from benchmarks.wire import MODEL


class OpenAI(LangChain):
    """`ChatOpenAI` with another base address."""

    def make(self, address: str) -> Any:
        """The model, for an address."""
        from langchain_openai import ChatOpenAI  # noqa: PLC0415 - the peers apart, also in memory

        return ChatOpenAI(model=MODEL, base_url=address, api_key=SecretStr(KEY), timeout=SECONDS)


class DeepSeek(LangChain):
    """`ChatDeepSeek`, which reads OpenRouter's reasoning."""

    def make(self, address: str) -> Any:
        """The model, for an address."""
        from langchain_deepseek import ChatDeepSeek  # noqa: PLC0415 - likewise

        return ChatDeepSeek(model=MODEL, api_base=address, api_key=SecretStr(KEY), timeout=SECONDS)


class OpenRouter(LangChain):
    """`ChatOpenRouter`, over OpenRouter's own client. It is told to wait in milliseconds."""

    abilities = LangChain.abilities | {"video"}

    def make(self, address: str) -> Any:
        """The model, for an address."""
        from langchain_openrouter import ChatOpenRouter  # noqa: PLC0415 - likewise

        milliseconds = int(SECONDS * 1000)
        return ChatOpenRouter(
            model=MODEL, base_url=address, api_key=SecretStr(KEY), timeout=milliseconds
        )
