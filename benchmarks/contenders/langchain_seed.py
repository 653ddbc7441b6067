"""`ChatSeed`, as it comes, event by event, and over httpx."""

from __future__ import annotations

from typing import Any, ClassVar

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import HumanMessage

from benchmarks.contenders.base import KEY, QUESTION, SECONDS, Ask
from benchmarks.contenders.langchain_floor import LangChain
from langchain_seed import ChatSeed


class Seed(LangChain):
    """`ChatSeed` as it comes."""

    abilities = LangChain.abilities | {"video"}
    settings: ClassVar[dict[str, Any]] = {}

    def make(self, address: str) -> Any:
        """The model, for an address."""
        return ChatSeed(
            provider="openrouter", base_url=address, api_key=KEY, timeout=SECONDS, **self.settings
        )

    def messages(self, ask: Ask) -> LanguageModelInput:
        """The question; files by their paths."""
        parts: list[str | dict[Any, Any]] = [{"type": "image", "path": path} for path in ask.images]
        if ask.video:
            parts.append({"type": "video", "path": ask.video})
        return [HumanMessage([{"type": "text", "text": QUESTION}, *parts])] if parts else QUESTION


class EventByEvent(Seed):
    """A chunk for each event, also of those that came together."""

    settings: ClassVar = {"coalesce": False}


class OverHttpx(Seed):
    """Over httpx's transport, where the class can be told so."""

    settings: ClassVar = {"transport": "httpx"}
