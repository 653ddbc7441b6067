"""How LangChain's chat models are asked, and the least of them: one that answers from memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any, ClassVar, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from benchmarks.contenders.base import QUESTION, TOOL, Ability, Ask, Contender, Piece, data_url
from benchmarks.contenders.sockets import BlockingSocket
from benchmarks.wire import Scenario


class LangChain(Contender):
    """A chat model, asked as its user asks it: nothing stands between but what LangChain has."""

    abilities: ClassVar[frozenset[Ability]] = frozenset({"tools", "images", "events v3"})

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.llm: BaseChatModel = self.make(address)

    def make(self, address: str) -> Any:
        """The model, for an address."""
        raise NotImplementedError

    def messages(self, ask: Ask) -> LanguageModelInput:
        """The question, and what goes beside it."""
        parts: list[str | dict[Any, Any]] = [
            {"type": "image_url", "image_url": {"url": data_url(path, "image/png")}}
            for path in ask.images
        ]
        if ask.video:
            url = data_url(ask.video, "video/mp4")
            parts.append({"type": "video_url", "video_url": {"url": url}})
        return [HumanMessage([{"type": "text", "text": QUESTION}, *parts])] if parts else QUESTION

    def call(self, ask: Ask) -> Any:
        """`invoke`."""
        return self._offering(ask).invoke(self.messages(ask))

    def stream(self, ask: Ask) -> Iterator[Any]:
        """`stream`."""
        return cast("Iterator[Any]", self._offering(ask).stream(self.messages(ask)))

    async def acall(self, ask: Ask) -> Any:
        """`ainvoke`."""
        return await self._offering(ask).ainvoke(self.messages(ask))

    async def astream(self, ask: Ask) -> AsyncIterator[Any]:
        """`astream`."""
        return cast("AsyncIterator[Any]", self._offering(ask).astream(self.messages(ask)))

    def _offering(self, ask: Ask) -> Any:
        return self.llm.bind_tools([TOOL]) if ask.tools else self.llm

    def read(self, got: Any) -> Piece:
        """Text and reasoning of a message, wherever its maker keeps the reasoning."""
        more = got.additional_kwargs
        reasoning = more.get("reasoning_content") or ""
        if not reasoning and isinstance(got.content, list):
            blocks = [part for part in got.content if isinstance(part, dict)]
            reasoning = "".join(
                part.get("reasoning") or part.get("thinking", "") for part in blocks
            )
        fragments = getattr(got, "tool_call_chunks", None) or ()
        return Piece(got.text, reasoning, "".join(one["args"] or "" for one in fragments))

    def tool_arguments(self, ask: Ask) -> Any:
        """Add the chunks up, as the docs of LangChain say."""
        full = None
        for chunk in self.stream(ask):
            full = chunk if full is None else full + chunk
        return full.tool_calls[0]["args"] if full is not None else None

    def events_v3(self) -> Iterator[Any]:
        """All events of `stream_events(version="v3")`."""
        return iter(cast("Any", self.llm.stream_events(QUESTION, version="v3")))


class _Ready(BaseChatModel):
    """Yields chunks that were made beforehand."""

    # Private: LangChain writes every field down at an object's first call.
    _chunks: list[AIMessageChunk] = PrivateAttr()
    _reply: AIMessage = PrivateAttr()

    def __init__(self, scenario: Scenario) -> None:
        super().__init__()
        more = {"reasoning_content": scenario.reasoning}
        self._reply = AIMessage(scenario.text, additional_kwargs=more)
        self._chunks = [
            *(
                AIMessageChunk(content="", additional_kwargs={"reasoning_content": said})
                for said in scenario.thoughts
            ),
            *(AIMessageChunk(content=said) for said in scenario.words),
        ]

    @property
    def _llm_type(self) -> str:
        return "ready"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._reply)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._reply)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._chunks:
            yield ChatGenerationChunk(message=chunk)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks:
            yield ChatGenerationChunk(message=chunk)


class InMemory(LangChain):
    """LangChain's own work: what no integration can be below, event by event."""

    abilities = frozenset({"events v3"})

    def make(self, address: str) -> Any:
        """A model that holds the answer of its address."""
        return _Ready(Scenario.of(address))


class _Paced(_Ready):
    """Yields each of them when an event comes, which is parsed."""

    _socket: BlockingSocket = PrivateAttr()

    def __init__(self, address: str) -> None:
        super().__init__(Scenario.of(address))
        self._socket = BlockingSocket(address)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        chunks = super()._stream(messages, stop, run_manager, **kwargs)
        for _ in self._socket.stream(Ask()):
            yield from islice(chunks, 1)


class OverSocket(LangChain):
    """LangChain's own work on events that come one by one: what no integration can be below."""

    without = frozenset({"call", "acall", "astream"})
    abilities = frozenset()

    def make(self, address: str) -> Any:
        """A model that holds the answer of its address, and waits for its events."""
        return _Paced(address)
