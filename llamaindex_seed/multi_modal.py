"""`SeedMultiModal`: `SeedLLM` with the extra arguments of LlamaIndex's `MultiModalLLM`.

It is both an `LLM` and a `MultiModalLLM`. The two know nothing of each other in LlamaIndex, and
differ in two points. `MultiModalLLM` decorates a subclass's methods itself, so the methods below
carry no decorator, and each event still happens once. Its metadata has one field more, so
the metadata here is of both classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from llama_index.core.base.llms.generic_utils import image_node_to_image_block
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    DocumentBlock,
    ImageBlock,
    LLMMetadata,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)
from llama_index.core.multi_modal_llms.base import MultiModalLLM, MultiModalLLMMetadata
from llama_index.core.schema import BaseNode, ImageNode, MetadataMode, Node, NodeWithScore

from llamaindex_seed.from_events import to_completion
from llamaindex_seed.llm import SeedLLM, from_user, map_completions
from seed_core.errors import ConfigurationError

Shown: TypeAlias = (
    BaseNode | NodeWithScore | ImageBlock | VideoBlock | DocumentBlock | TextBlock | ChatMessage
)
"""What can be shown beside a prompt: nodes, blocks, and messages for the sake of their blocks."""

_INPUT_FILES = 10
"""Files that LlamaIndex should put into one call where the host says nothing: its own default."""


class SeedMultiModalMetadata(LLMMetadata, MultiModalLLMMetadata):
    """What LlamaIndex asks of an `LLM` and of a `MultiModalLLM`."""


class SeedMultiModal(SeedLLM, MultiModalLLM):
    """Seed 2.0 Mini with pictures, videos and documents as arguments of a call.

    Every method takes `image_documents=`, `video_documents=` and `documents=`; each holds nodes
    and blocks in any mixture. They are shown before the text of the prompt, or of the last message
    of the user. `SeedLLM` takes the same media as blocks of its messages.

    Example:
        >>> from llamaindex_seed import SeedMultiModal
        >>> llm = SeedMultiModal(provider="openrouter")  # doctest: +SKIP
        >>> image = ImageBlock(path="chart.png")  # doctest: +SKIP
        >>> llm.complete("What does it show?", image_documents=[image]).text  # doctest: +SKIP
        'Sales by month.'
    """

    @classmethod
    def class_name(cls) -> str:
        """The name; LlamaIndex's multimodal index warns of one without "multi"."""
        return "seed_multi_modal_llm"

    @property
    def metadata(self) -> SeedMultiModalMetadata:
        """Context, output and abilities of the model at its host."""
        return SeedMultiModalMetadata(**super().metadata.model_dump(), num_input_files=_INPUT_FILES)

    def complete(  # type: ignore[override]  # media comes first, as in MultiModalLLM
        self,
        prompt: str,
        image_documents: Sequence[Shown] | bool | None = None,
        *,
        formatted: bool = False,
        video_documents: Sequence[Shown] | None = None,
        documents: Sequence[Shown] | None = None,
        **kwargs: Any,
    ) -> CompletionResponse:
        """Ask about what is shown, and wait for the whole answer. See `SeedLLM.chat`."""
        messages = shown([from_user(prompt)], image_documents, video_documents, documents)
        return to_completion(self._ask(messages, kwargs))

    def stream_complete(  # type: ignore[override]  # media comes first, as in MultiModalLLM
        self,
        prompt: str,
        image_documents: Sequence[Shown] | bool | None = None,
        *,
        formatted: bool = False,
        video_documents: Sequence[Shown] | None = None,
        documents: Sequence[Shown] | None = None,
        **kwargs: Any,
    ) -> CompletionResponseGen:
        """Ask about what is shown; yield the answer as it grows. See `SeedLLM.chat`."""
        messages = shown([from_user(prompt)], image_documents, video_documents, documents)
        return map_completions(self._stream(messages, kwargs))

    def chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        image_documents: Sequence[Shown] | None = None,
        video_documents: Sequence[Shown] | None = None,
        documents: Sequence[Shown] | None = None,
        **kwargs: Any,
    ) -> ChatResponse:
        """Ask about what is shown, and wait for the whole answer. See `SeedLLM.chat`."""
        messages = shown(messages, image_documents, video_documents, documents)
        return self._ask(messages, kwargs)

    def stream_chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        image_documents: Sequence[Shown] | None = None,
        video_documents: Sequence[Shown] | None = None,
        documents: Sequence[Shown] | None = None,
        **kwargs: Any,
    ) -> ChatResponseGen:
        """Ask about what is shown; yield the answer as it grows. See `SeedLLM.chat`."""
        messages = shown(messages, image_documents, video_documents, documents)
        return self._stream(messages, kwargs)

    async def acomplete(  # type: ignore[override]  # media comes first, as in MultiModalLLM
        self,
        prompt: str,
        image_documents: Sequence[Shown] | bool | None = None,
        *,
        formatted: bool = False,
        video_documents: Sequence[Shown] | None = None,
        documents: Sequence[Shown] | None = None,
        **kwargs: Any,
    ) -> CompletionResponse:
        """Ask about what is shown, and wait for the whole answer. See `SeedLLM.chat`."""
        messages = shown([from_user(prompt)], image_documents, video_documents, documents)
        return to_completion(await self._aask(messages, kwargs))

    async def astream_complete(  # type: ignore[override]  # media comes first, as in MultiModalLLM
        self,
        prompt: str,
        image_documents: Sequence[Shown] | bool | None = None,
        *,
        formatted: bool = False,
        video_documents: Sequence[Shown] | None = None,
        documents: Sequence[Shown] | None = None,
        **kwargs: Any,
    ) -> CompletionResponseAsyncGen:
        """Ask about what is shown; return a generator of the answer. See `SeedLLM.chat`."""
        messages = shown([from_user(prompt)], image_documents, video_documents, documents)
        return self._astream_completion(messages, kwargs)

    async def achat(
        self,
        messages: Sequence[ChatMessage],
        *,
        image_documents: Sequence[Shown] | None = None,
        video_documents: Sequence[Shown] | None = None,
        documents: Sequence[Shown] | None = None,
        **kwargs: Any,
    ) -> ChatResponse:
        """Ask about what is shown, and wait for the whole answer. See `SeedLLM.chat`."""
        messages = shown(messages, image_documents, video_documents, documents)
        return await self._aask(messages, kwargs)

    async def astream_chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        image_documents: Sequence[Shown] | None = None,
        video_documents: Sequence[Shown] | None = None,
        documents: Sequence[Shown] | None = None,
        **kwargs: Any,
    ) -> ChatResponseAsyncGen:
        """Ask about what is shown; return a generator of the answer. See `SeedLLM.chat`."""
        messages = shown(messages, image_documents, video_documents, documents)
        return self._astream(messages, kwargs)


def shown(
    messages: Sequence[ChatMessage], *media: Sequence[Shown] | bool | None
) -> Sequence[ChatMessage]:
    """The messages with media before the text of the user's last one, which is copied.

    A bool is the `formatted` that an `LLM`'s completions take in the place of pictures.

    Raises:
        ConfigurationError: something that is neither a node nor a block.
    """
    given = [item for items in media if not isinstance(items, bool) for item in items or ()]
    blocks = [block for item in given for block in _blocks(item)]
    if not blocks:
        return messages
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if getattr(message, "role", None) == MessageRole.USER:
            full = message.model_copy(update={"blocks": [*blocks, *message.blocks]})
            return [*messages[:place], full, *messages[place + 1 :]]
    return [*messages, ChatMessage(role=MessageRole.USER, blocks=blocks)]


def _blocks(item: object) -> Iterator[Any]:
    """The blocks of one thing that is shown."""
    match item:
        case ChatMessage():
            for block in item.blocks:
                if not isinstance(block, (ThinkingBlock, ToolCallBlock)):
                    yield block
        case NodeWithScore():
            yield from _blocks(item.node)
        case ImageNode():
            if item.text:
                yield TextBlock(text=item.get_content(MetadataMode.LLM))
            # LlamaIndex would open the `file_path` of the metadata, which may come with a document.
            picture = image_node_to_image_block(item.model_copy(update={"metadata": {}}))
            picture.image_mimetype = picture.image_mimetype or item.image_mimetype
            yield picture
        case Node():
            text = item.get_content(MetadataMode.LLM)
            if text:
                yield TextBlock(text=text)
            yield from (b for b in item.get_content_blocks() if not isinstance(b, TextBlock))
        case BaseNode():
            yield TextBlock(text=item.get_content(MetadataMode.LLM))
        case ImageBlock() | VideoBlock() | DocumentBlock() | TextBlock():
            yield item
        case _:
            raise ConfigurationError(
                f"{item!r} cannot be shown: pass nodes, or image, video and document blocks"
            )
