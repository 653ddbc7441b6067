"""Answers that do not fit what was asked for in words, kept where an error shall not be raised.

Such an answer is an error before LangChain has a message, although it came whole and was paid for.
With `include_raw=True` the message is what the caller wants to see, and the error stands beside it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig

from langchain_seed.errors import InvalidReplyError
from langchain_seed.from_events import to_result
from langchain_seed.names import MISFIT


class KeptMisfits(Runnable[Any, Any]):
    """A model that hands on such an answer, with what is wrong in its metadata."""

    def __init__(self, asking: Runnable[Any, Any]) -> None:
        """Stand before a model, with whatever is bound to it."""
        self.asking = asking

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        """The answer, whether it fits or not."""
        try:
            return self.asking.invoke(input, config, **kwargs)
        except InvalidReplyError as error:
            return _kept(error)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        """The answer, whether it fits or not."""
        try:
            return await self.asking.ainvoke(input, config, **kwargs)
        except InvalidReplyError as error:
            return _kept(error)

    def stream(
        self,
        input: Any,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """The chunks of an answer, or one that does not fit, whole."""
        begun = False
        try:
            for chunk in self.asking.stream(input, config, **kwargs):
                begun = True
                yield chunk
        except InvalidReplyError as error:
            if begun:
                raise
            yield _kept(error)

    async def astream(
        self,
        input: Any,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """The chunks of an answer, or one that does not fit, whole."""
        begun = False
        try:
            async for chunk in self.asking.astream(input, config, **kwargs):
                begun = True
                yield chunk
        except InvalidReplyError as error:
            if begun:
                raise
            yield _kept(error)


def _kept(error: InvalidReplyError) -> BaseMessage:
    """The answer that an error is about, if there is a whole one."""
    reply = error.partial
    if reply is None or reply.finish is None:
        raise error
    message = to_result(reply).generations[0].message
    message.response_metadata[MISFIT] = str(error)
    return message
