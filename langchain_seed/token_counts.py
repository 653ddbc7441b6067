"""How many tokens a prompt has: estimated here, or counted by the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import BaseMessage

from langchain_seed.errors import model_errors
from langchain_seed.to_prompt import as_openai_tool, to_messages
from seed_core.openai_form import read_tools
from seed_core.settings import Settings
from seed_core.tokens import estimate_text, estimate_tokens
from seed_core.types import Prompt


class TokenCounts(Settings, BaseChatModel):
    """The part of `ChatSeed` that counts before anything is asked."""

    def get_num_tokens(self, text: str) -> int:
        """Tokens of a text, estimated without a network. See `seed_core.tokens`."""
        return estimate_text(text)

    def get_num_tokens_from_messages(
        self, messages: Sequence[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Input tokens of messages and tools, estimated without a network.

        Pictures, videos and documents are looked at where they are local, and never downloaded.
        """
        with model_errors:
            return estimate_tokens(self._counted(messages, tools))

    def count_tokens(self, input: LanguageModelInput, tools: Sequence[Any] | None = None) -> int:  # noqa: A002 - LangChain's name
        """Input tokens of messages and tools as the (first) host counts them; nothing is billed.

        Raises:
            UnsupportedError: the host does not count; `get_num_tokens_from_messages` estimates.
            SeedError: it did not answer.

        Example:
            >>> ChatSeed(provider="modelslab").count_tokens("Hello")  # doctest: +SKIP
            5
        """
        with model_errors:
            return self.client().count_tokens(self._counted(self._messages(input), tools))

    async def acount_tokens(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's name
        tools: Sequence[Any] | None = None,
    ) -> int:
        """The same, on an event loop. See `count_tokens`."""
        with model_errors:
            prompt = self._counted(self._messages(input), tools)
            return await self.async_client().count_tokens(prompt)

    def get_token_ids(self, text: str) -> list[int]:
        """Not available: no tokenizer of Seed 2.0 is published."""
        if self.custom_get_token_ids is not None:
            return self.custom_get_token_ids(text)
        raise NotImplementedError("no tokenizer of Seed 2.0 is published; get_num_tokens estimates")

    def _messages(self, input: LanguageModelInput) -> list[BaseMessage]:  # noqa: A002 - LangChain's name
        """A text, messages or a prompt's value as messages."""
        return self._convert_input(input).to_messages()

    def _counted(self, messages: Sequence[BaseMessage], tools: Sequence[Any] | None) -> Prompt:
        """What is counted, as a value: with this model's options, which say how media is seen."""
        offered = read_tools([as_openai_tool(tool, None) for tool in tools or ()])
        return Prompt(to_messages(messages), offered, options=self.options({}))
