"""How many tokens a conversation has: estimated here, or counted by the host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llamaindex_seed.tools import to_openai_tools
from seed_core.settings import Settings
from seed_core.tokens import estimate_tokens

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.core.tools import BaseTool

    from seed_core.types import Prompt


class TokenCounts(Settings):
    """The part of `SeedLLM` that counts before anything is asked."""

    def estimate_tokens(
        self, messages: Sequence[ChatMessage], tools: Sequence[BaseTool] | None = None
    ) -> int:
        """Input tokens of messages and tools, estimated without a network.

        Pictures, videos and documents are looked at where they are local, and never downloaded.

        Example:
            >>> SeedLLM().estimate_tokens([ChatMessage("Hello")])  # doctest: +SKIP
            6
        """
        return estimate_tokens(self._counted(messages, tools))

    def count_tokens(
        self, messages: Sequence[ChatMessage], tools: Sequence[BaseTool] | None = None
    ) -> int:
        """Input tokens of messages and tools as the (first) host counts them; nothing is billed.

        Raises:
            UnsupportedError: the host does not count; `estimate_tokens` estimates.
            SeedError: it did not answer.
        """
        return self.client().count_tokens(self._counted(messages, tools))

    async def acount_tokens(
        self, messages: Sequence[ChatMessage], tools: Sequence[BaseTool] | None = None
    ) -> int:
        """The same, on an event loop. See `count_tokens`."""
        return await self.async_client().count_tokens(self._counted(messages, tools))

    def _counted(self, messages: Sequence[ChatMessage], tools: Sequence[BaseTool] | None) -> Prompt:
        """What is counted, as a value."""
        return self._prompt(messages, {"tools": to_openai_tools(tools)} if tools else {})

    def _prompt(self, messages: Sequence[ChatMessage], call: Mapping[str, Any]) -> Prompt:
        """Everything that one call asks, as a value."""
        raise NotImplementedError
