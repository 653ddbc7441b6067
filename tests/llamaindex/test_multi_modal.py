"""`SeedMultiModal`: its eight methods, and every place of LlamaIndex that takes such a model."""

import inspect
import logging
from base64 import b64encode
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import MockEmbedding
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import (
    ChatMessage,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.chat_engine import (
    MultiModalCondensePlusContextChatEngine,
    MultiModalContextChatEngine,
)
from llama_index.core.chat_engine.types import ChatMode
from llama_index.core.embeddings import MockMultiModalEmbedding
from llama_index.core.evaluation.multi_modal import (
    MultiModalFaithfulnessEvaluator,
    MultiModalRelevancyEvaluator,
)
from llama_index.core.indices import MultiModalVectorStoreIndex
from llama_index.core.llms import LLM
from llama_index.core.multi_modal_llms import MultiModalLLM
from llama_index.core.program import MultiModalLLMCompletionProgram
from llama_index.core.query_engine import (
    CitationQueryEngine,
    RetrieverQueryEngine,
    SimpleMultiModalQueryEngine,
)
from llama_index.core.schema import (
    Document,
    ImageDocument,
    ImageNode,
    MediaResource,
    Node,
    NodeWithScore,
    QueryBundle,
    TextNode,
)

from llamaindex_seed import SeedLLM, SeedMultiModal
from llamaindex_seed.multi_modal import shown
from seed_core import ConfigurationError
from seed_core.emulator import Answer, Emulator
from tests.llamaindex.asking import METHODS, answer, call
from tests.llamaindex.conftest import Body
from tests.llamaindex.samples import KEY, MP4, PDF, PNG, PNG64, Film, user

needs_multimodal = pytest.mark.skipif(
    "multimodal" not in signature(RetrieverQueryEngine.from_args).parameters,
    reason="this LlamaIndex has no multimodal=True yet",
)
PICTURE = f"data:image/png;base64,{PNG64}"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture in a file."""
    path = tmp_path / "dot.png"
    path.write_bytes(PNG)
    return path


def sent(body: Any) -> list[str]:
    """The types of the content parts of the last message."""
    return [part["type"] for part in body["messages"][-1]["content"]]


@pytest.mark.parametrize("method", METHODS)
async def test_every_method_takes_mixed_nodes_and_blocks(
    multi_modal: SeedMultiModal, body: Body, method: str
) -> None:
    response = await answer(
        multi_modal,
        method,
        image_documents=[ImageNode(image=PNG64), ImageBlock(image=PNG)],
        video_documents=[VideoBlock(video=MP4)],
        documents=[DocumentBlock(data=PDF, title="a.pdf"), TextNode(text="Nine.")],
    )
    assert "2 images" in (response.text if "complete" in method else response.message.content)
    kinds = ["image_url", "image_url", "video_url", "file", "text", "text"]
    assert sent(body()) == kinds
    assert body()["messages"][-1]["content"][-1]["text"] == "Hello"


@pytest.mark.parametrize("method", METHODS)
async def test_without_media_it_is_an_llm_as_any_other(
    multi_modal: SeedMultiModal, body: Body, method: str
) -> None:
    await call(multi_modal, method)
    assert body()["messages"] == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize("method", METHODS)
async def test_every_method_emits_its_event_once(emulator: Emulator, method: str) -> None:
    debug = LlamaDebugHandler(print_trace_on_end=False)
    llm = SeedMultiModal(
        provider="openrouter",
        api_key=KEY,
        base_url=emulator.url("openrouter"),
        callback_manager=CallbackManager([debug]),
    )
    await call(llm, method, image_documents=[ImageBlock(image=PNG)])
    assert len(debug.get_event_pairs(CBEventType.LLM)) == 1


def test_it_is_both_of_llamaindexs_kinds(multi_modal: SeedMultiModal) -> None:
    assert isinstance(multi_modal, LLM)
    assert isinstance(multi_modal, MultiModalLLM)
    assert isinstance(multi_modal, SeedLLM)
    metadata = multi_modal.metadata
    assert metadata.num_input_files
    assert metadata.system_role == "system"
    again = SeedMultiModal.from_dict(multi_modal.to_dict(), api_key=KEY)
    assert again.to_dict() == multi_modal.to_dict()


async def test_the_second_argument_of_a_completion_may_be_the_pictures(
    multi_modal: SeedMultiModal, body: Body
) -> None:
    multi_modal.complete("What is it?", [ImageBlock(image=PNG)])
    assert sent(body()) == ["image_url", "text"]


def test_everything_that_can_be_shown_is(picture: Path) -> None:
    things: list[Any] = [
        ImageNode(image_path=str(picture)),
        ImageNode(image_url="https://example.com/a.png"),
        ImageDocument(image=PNG64),
        NodeWithScore(node=TextNode(text="one"), score=1.0),
        Document(text="two"),
        Node(video_resource=MediaResource(data=MP4, mimetype="video/mp4")),
        ChatMessage(blocks=[TextBlock(text="three"), ImageBlock(image=PNG)]),
    ]
    [message] = shown([user("Q?")], things, None)
    kinds = [block.block_type for block in message.blocks]
    assert kinds == ["image"] * 3 + ["text", "text", "video", "text", "image", "text"]


def test_texts_and_metadata_of_nodes_are_shown() -> None:
    metadata = {"page": "7", "secret": "x"}
    own: dict[str, Any] = {"metadata": metadata, "excluded_llm_metadata_keys": ["secret"]}
    for node in (
        ImageNode(image=PNG64, text="A chart.", **own),
        Document(text="A chart.", **own),
        TextNode(text="A chart.", **own),
    ):
        [message] = shown([user("Q?")], [node])
        assert isinstance(message.blocks[0], TextBlock)
        text = message.blocks[0].text
        assert "A chart." in text
        assert "page: 7" in text
        assert "secret" not in text


def test_the_type_that_an_image_node_says_is_kept() -> None:
    node = ImageNode(image=b64encode(b"<svg/>").decode(), image_mimetype="image/svg+xml")
    [message] = shown([user("Q?")], [node])
    assert isinstance(message.blocks[0], ImageBlock)
    assert message.blocks[0].image_mimetype == "image/svg+xml"


def test_of_an_answer_that_is_shown_its_thinking_and_calls_stay_behind() -> None:
    blocks = [ThinkingBlock(content="hm"), TextBlock(text="Yes.")]
    call = ToolCallBlock(tool_name="f", tool_kwargs={})
    [message] = shown([user("Q?")], [ChatMessage(role="assistant", blocks=[*blocks, call])])
    assert [block.block_type for block in message.blocks] == ["text", "text"]


@pytest.mark.parametrize("method", METHODS[4:])
async def test_the_second_argument_of_a_completion_may_be_formatted(
    multi_modal: SeedMultiModal, body: Body, method: str
) -> None:
    got = getattr(multi_modal, method)("Hello", True)
    got = await got if inspect.isawaitable(got) else got
    if inspect.isasyncgen(got):
        assert [one async for one in got]
    else:
        list(got)
    assert body()["messages"] == [{"role": "user", "content": "Hello"}]


def test_media_goes_to_the_last_message_of_the_user_and_nothing_is_changed() -> None:
    asked = [user("One"), ChatMessage(role="assistant", content="Two"), user("Three")]
    blocks = [ImageBlock(image=PNG)]
    full = shown([*asked, ChatMessage(role="assistant", content="Four")], blocks)
    assert [len(message.blocks) for message in full] == [1, 1, 2, 1]
    assert [len(message.blocks) for message in asked] == [1, 1, 1]
    assert len(blocks) == 1
    system = ChatMessage(role="system", content="Be brief.")
    assert [message.role for message in shown([system], blocks)] == ["system", "user"]


def test_what_is_neither_node_nor_block_is_an_error(multi_modal: SeedMultiModal) -> None:
    with pytest.raises(ConfigurationError, match="cannot be shown"):
        multi_modal.complete("What is it?", image_documents=["dot.png"])  # type: ignore[list-item]  # neither


# --- the places of LlamaIndex that take a multimodal model ---------------------------------------


class Shelf(BaseRetriever):
    """Gives everything that it holds."""

    def __init__(self, nodes: list[Any]) -> None:
        self._nodes = nodes
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=node, score=1.0) for node in self._nodes]


@pytest.fixture
def shelf(picture: Path) -> Shelf:
    """A text and a picture of it."""
    return Shelf([TextNode(text="Nine apples."), ImageNode(image_path=str(picture))])


@pytest.fixture
def index(picture: Path) -> MultiModalVectorStoreIndex:
    """LlamaIndex's multimodal index over a text and a picture."""
    return MultiModalVectorStoreIndex(
        # Nodes without text do not get into the index.
        nodes=[
            TextNode(text="Nine apples."),
            ImageNode(image_path=str(picture), text="A chart."),
        ],
        embed_model=MockEmbedding(embed_dim=3),
        image_embed_model=MockMultiModalEmbedding(embed_dim=3),
    )


async def test_the_completion_program(multi_modal: SeedMultiModal, emulator: Emulator) -> None:
    film = Film(title="Alien", year=1979)
    emulator.script(*[Answer(text=film.model_dump_json())] * 2)
    program: Any = MultiModalLLMCompletionProgram.from_defaults(
        output_cls=Film,
        prompt_template_str="Which film?",
        multi_modal_llm=multi_modal,
        image_documents=[ImageBlock(image=PNG)],
    )
    assert program() == film
    assert await program.acall(image_documents=[ImageNode(image=PNG64)]) == film
    assert PNG64 in str(emulator.requests[0].body)
    assert PNG64 in str(emulator.requests[1].body)


@pytest.mark.filterwarnings("ignore:.*SimpleMultiModalQueryEngine:DeprecationWarning")
async def test_the_query_engine_for_pictures(
    multi_modal: SeedMultiModal, shelf: Shelf, body: Body
) -> None:
    engine = SimpleMultiModalQueryEngine(shelf, multi_modal_llm=multi_modal)  # type: ignore[arg-type]  # it asks for retrieve() alone
    assert "1 image" in str(engine.query("How many?"))
    assert "1 image" in str(await engine.aquery("How many?"))
    assert PICTURE in str(body())


@needs_multimodal
async def test_the_general_query_engine(
    multi_modal: SeedMultiModal, shelf: Shelf, body: Body
) -> None:
    engine = RetrieverQueryEngine.from_args(shelf, llm=multi_modal, multimodal=True)
    assert "1 image" in str(await engine.aquery("How many?"))
    assert "Nine apples." in str(body())
    assert PICTURE in str(body())


async def test_the_citation_query_engine(
    multi_modal: SeedMultiModal, shelf: Shelf, body: Body
) -> None:
    engine = CitationQueryEngine.from_args(None, retriever=shelf, llm=multi_modal)  # type: ignore[arg-type]  # no index where there is a retriever
    assert str(await engine.aquery("How many?"))
    assert "Source 1" in str(body())


@pytest.mark.filterwarnings("ignore:.*SimpleMultiModalQueryEngine:DeprecationWarning")
async def test_the_index_takes_it_without_a_warning(
    multi_modal: SeedMultiModal,
    index: MultiModalVectorStoreIndex,
    body: Body,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, logger="llama_index"):
        engine = index.as_query_engine(llm=multi_modal)
        assert "1 image" in str(await engine.aquery("How many?"))
        for mode in (ChatMode.CONTEXT, ChatMode.CONDENSE_PLUS_CONTEXT):
            chat = index.as_chat_engine(chat_mode=mode, llm=multi_modal)
            assert str(await chat.achat("How many?"))
            assert PICTURE in str(body())
    assert "multi-modal LLM" not in caplog.text


@pytest.mark.parametrize(
    "kind", [MultiModalContextChatEngine, MultiModalCondensePlusContextChatEngine]
)
async def test_the_chat_engines_for_pictures(
    multi_modal: SeedMultiModal, shelf: Shelf, body: Body, kind: Any
) -> None:
    engine = kind.from_defaults(retriever=shelf, multi_modal_llm=multi_modal)
    assert "1 image" in str(engine.chat("How many?"))
    assert "1 image" in str(await engine.achat("And now?"))
    stream = await engine.astream_chat("And then?")
    assert "1 image" in "".join([token async for token in stream.async_response_gen()])
    assert PICTURE in str(body())


@pytest.mark.parametrize("kind", [MultiModalFaithfulnessEvaluator, MultiModalRelevancyEvaluator])
async def test_the_evaluators_for_pictures(
    multi_modal: SeedMultiModal, emulator: Emulator, picture: Path, body: Body, kind: Any
) -> None:
    emulator.script(*[Answer(text="YES", reasoning="no")] * 2)
    evaluator = kind(multi_modal_llm=multi_modal)
    given = {
        "query": "How many?",
        "response": "Nine.",
        "contexts": ["Nine apples."],
        "image_paths": [str(picture)],
    }
    assert evaluator.evaluate(**given).passing
    assert (await evaluator.aevaluate(**given)).passing
    assert PICTURE in str(body())
