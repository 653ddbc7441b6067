"""One way to ask a model by each of the eight methods."""

import inspect
from typing import Any

from tests.llamaindex.samples import user

METHODS = (
    "chat",
    "achat",
    "stream_chat",
    "astream_chat",
    "complete",
    "acomplete",
    "stream_complete",
    "astream_complete",
)


async def call(llm: Any, method: str, what: Any = None, **kwargs: Any) -> list[Any]:
    """All responses of any of the eight methods."""
    asked = what or ("Hello" if "complete" in method else [user()])
    got = getattr(llm, method)(asked, **kwargs)
    if inspect.isawaitable(got):
        got = await got
    if inspect.isasyncgen(got):
        return [one async for one in got]
    return list(got) if inspect.isgenerator(got) else [got]


CHATS = METHODS[:4]
STREAMS = ("stream_chat", "astream_chat")


async def answer(llm: Any, method: str, what: Any = None, **kwargs: Any) -> Any:
    """The whole answer, which of a stream is the last chunk."""
    return (await call(llm, method, what, **kwargs))[-1]
