"""How LlamaIndex's LLMs are asked, and the least of them: one that answers from memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    ImageBlock,
    LLMMetadata,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    VideoBlock,
)
from llama_index.core.llms.callbacks import llm_chat_callback
from llama_index.core.llms.function_calling import FunctionCallingLLM
from pydantic import PrivateAttr

from benchmarks.contenders.base import QUESTION, TOOL, Ability, Ask, Contender, Piece
from benchmarks.contenders.sockets import BlockingSocket
from benchmarks.wire import Scenario


class LlamaIndex(Contender):
    """An LLM, asked as its user asks it: nothing stands between but what LlamaIndex has."""

    abilities: ClassVar[frozenset[Ability]] = frozenset({"tools", "images"})

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.llm: FunctionCallingLLM = self.make(address)

    def make(self, address: str) -> Any:
        """The LLM, for an address."""
        raise NotImplementedError

    def _messages(self, ask: Ask) -> list[ChatMessage]:
        blocks: list[Any] = [TextBlock(text=QUESTION)]
        blocks += [ImageBlock(path=path, image_mimetype="image/png") for path in ask.images]
        if ask.video:
            blocks.append(VideoBlock(path=ask.video, video_mimetype="video/mp4"))
        return [ChatMessage(role=MessageRole.USER, blocks=blocks)]

    def call(self, ask: Ask) -> Any:
        """`chat`."""
        return self.llm.chat(self._messages(ask), **_offer(ask))

    def stream(self, ask: Ask) -> Iterator[Any]:
        """`stream_chat`."""
        return self.llm.stream_chat(self._messages(ask), **_offer(ask))

    async def acall(self, ask: Ask) -> Any:
        """`achat`."""
        return await self.llm.achat(self._messages(ask), **_offer(ask))

    async def astream(self, ask: Ask) -> AsyncIterator[Any]:
        """`astream_chat`."""
        return await self.llm.astream_chat(self._messages(ask), **_offer(ask))

    def read(self, got: Any) -> Piece:
        """What a response brought: of a chunk the part that is new, of a reply all."""
        if got.delta is None:
            thoughts = (one.content for one in got.message.blocks if isinstance(one, ThinkingBlock))
            return Piece(got.message.content or "", "".join(one or "" for one in thoughts))
        return Piece(got.delta, got.additional_kwargs.get("thinking_delta") or "")

    def tool_arguments(self, ask: Ask) -> Any:
        """Take the call out of the last response."""
        response = None
        for response in self.stream(ask):  # noqa: B007 - the last one holds all
            pass
        assert response is not None
        return self.llm.get_tool_calls_from_response(response)[0].tool_kwargs


def _offer(ask: Ask) -> dict[str, Any]:
    return {"tools": [TOOL]} if ask.tools else {}


class _Ready(FunctionCallingLLM):
    """Yields responses whose words were made beforehand; each holds all before it."""

    _scenario: Scenario = PrivateAttr()
    _thoughts: list[str] = PrivateAttr()
    _words: list[str] = PrivateAttr()

    def __init__(self, scenario: Scenario) -> None:
        super().__init__()
        self._scenario = scenario
        self._thoughts = scenario.thoughts
        self._words = scenario.words

    @property
    def metadata(self) -> LLMMetadata:
        """Nothing special."""
        return LLMMetadata(is_chat_model=True, is_function_calling_model=True)

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The whole answer."""
        return self._reply()

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The whole answer."""
        return self._reply()

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The answer as it grows."""

        def grow() -> ChatResponseGen:
            yield from self._responses()

        return grow()

    @llm_chat_callback()
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        """The answer as it grows."""

        async def grow() -> ChatResponseAsyncGen:
            for response in self._responses():
                yield response

        return grow()

    def _reply(self) -> ChatResponse:
        blocks = [
            ThinkingBlock(content=self._scenario.reasoning),
            TextBlock(text=self._scenario.text),
        ]
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks))

    def _responses(self) -> Iterator[ChatResponse]:
        reasoning = text = ""
        for said in self._thoughts:
            reasoning += said
            message = ChatMessage(
                role=MessageRole.ASSISTANT, blocks=[ThinkingBlock(content=reasoning)]
            )
            more = {"thinking_delta": said}
            yield ChatResponse(message=message, delta="", additional_kwargs=more)
        thinking = ThinkingBlock(content=reasoning)
        for said in self._words:
            text += said
            message = ChatMessage(
                role=MessageRole.ASSISTANT, blocks=[thinking, TextBlock(text=text)]
            )
            yield ChatResponse(message=message, delta=said)

    # What LlamaIndex demands of every LLM, and nobody asks of this one.

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Not asked."""
        raise NotImplementedError

    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        """Not asked."""
        raise NotImplementedError

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """Not asked."""
        raise NotImplementedError

    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseAsyncGen:
        """Not asked."""
        raise NotImplementedError

    def _prepare_chat_with_tools(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        raise NotImplementedError


class InMemory(LlamaIndex):
    """LlamaIndex's own work: what no integration can be below, event by event."""

    abilities = frozenset()

    def make(self, address: str) -> Any:
        """An LLM that holds the answer of its address."""
        return _Ready(Scenario.of(address))


class _Paced(_Ready):
    """Yields each of them when an event comes, which is parsed."""

    _socket: BlockingSocket = PrivateAttr()

    def __init__(self, address: str) -> None:
        super().__init__(Scenario.of(address))
        self._socket = BlockingSocket(address)

    def _responses(self) -> Iterator[ChatResponse]:
        responses = super()._responses()
        for _ in self._socket.stream(Ask()):
            yield from islice(responses, 1)


class OverSocket(LlamaIndex):
    """LlamaIndex's own work on events that come one by one: what no integration can be below."""

    without = frozenset({"call", "acall", "astream"})
    abilities = frozenset()

    def make(self, address: str) -> Any:
        """An LLM that holds the answer of its address, and waits for its events."""
        return _Paced(address)
