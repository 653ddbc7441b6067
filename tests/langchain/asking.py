"""One way to ask a model in every colour."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message

from langchain_seed import ChatSeed

How: TypeAlias = Literal["invoke", "ainvoke", "stream", "astream"]
Make: TypeAlias = Callable[..., ChatSeed]
Body: TypeAlias = Callable[[], Any]

HOWS: tuple[How, ...] = ("invoke", "ainvoke", "stream", "astream")
STREAMS: tuple[How, ...] = ("stream", "astream")

beta = pytest.mark.filterwarnings(
    # LangChain calls its events of version 3 a beta.
    "ignore::langchain_core._api.beta_decorator.LangChainBetaWarning"
)


async def ask(model: Any, how: How, prompt: Any, /, **call: Any) -> Any:
    """The model's answer, whichever way it is asked for; chunks are added up."""
    match how:
        case "invoke":
            return model.invoke(prompt, **call)
        case "ainvoke":
            return await model.ainvoke(prompt, **call)
        case "stream":
            return added(list(model.stream(prompt, **call)))
        case "astream":
            return added([chunk async for chunk in model.astream(prompt, **call)])


def added(chunks: Sequence[Any]) -> AIMessage:
    """The message that chunks add up to."""
    full: AIMessageChunk = chunks[0]
    for chunk in chunks[1:]:
        full += chunk
    message = message_chunk_to_message(full)
    assert isinstance(message, AIMessage)
    return message
