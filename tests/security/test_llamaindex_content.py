"""What is retrieved may come from anywhere: no address and no metadata in it opens a file."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("llama_index.core", exc_type=ImportError)

from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    VideoBlock,
)
from llama_index.core.schema import (
    ImageDocument,
    ImageNode,
    MediaResource,
    Node,
    NodeWithScore,
    TextNode,
)

from llamaindex_seed import SeedMultiModal
from seed_core.emulator import Emulator
from seed_core.errors import SeedError
from tests.security.opening import PICTURE, opened

KEY = "sk-or-v1-0123456789abcdef"
ADDRESSES = (
    "{path}",
    "file://{path}",
    "FILE://{path}",
    "file:{path}",
    "//127.0.0.1{path}",
    "ftp://127.0.0.1{path}",
    "jar:file://{path}!/a",
    "data:image/png,{path}",
    "data:{path}",
)
BLOCKS: dict[str, Callable[[str], Any]] = {
    "image": lambda said: ImageBlock(url=said),
    "video": lambda said: VideoBlock(url=said),
    "document": lambda said: DocumentBlock(url=said),
    "text document": lambda said: DocumentBlock(url=said, document_mimetype="text/plain"),
    "audio": lambda said: AudioBlock(url=said),
}
NODES: dict[str, Callable[[str], Any]] = {
    "image node": lambda said: ImageNode(image_url=said),
    "scored": lambda said: NodeWithScore(node=ImageNode(image_url=said)),
    "node": lambda said: Node(image_resource=MediaResource(url=said)),
    "node of a video": lambda said: Node(video_resource=MediaResource(url=said)),
    "with a text": lambda said: ImageNode(image_url=said, text="A picture."),
}


@pytest.fixture
def llm(emulator: Emulator) -> SeedMultiModal:
    return SeedMultiModal(provider="openrouter", api_key=KEY, base_url=emulator.url("openrouter"))


@pytest.mark.parametrize("name", BLOCKS)
def test_no_address_in_a_block_opens_a_file(
    llm: SeedMultiModal, emulator: Emulator, secret: Path, name: str
) -> None:
    for address in ADDRESSES:
        with opened() as names, pytest.raises((SeedError, ValueError)):
            llm.chat([ChatMessage(blocks=[BLOCKS[name](address.format(path=secret))])])
        assert str(secret) not in names, address
    assert emulator.requests == []


@pytest.mark.parametrize("name", NODES)
def test_no_address_in_a_node_opens_a_file(
    llm: SeedMultiModal, emulator: Emulator, secret: Path, name: str
) -> None:
    for address in ADDRESSES:
        with opened() as names, pytest.raises((SeedError, ValueError)):
            llm.complete("What is it?", image_documents=[NODES[name](address.format(path=secret))])
        assert str(secret) not in names, address
    assert emulator.requests == []


def test_the_metadata_of_a_node_names_no_file(
    llm: SeedMultiModal, emulator: Emulator, secret: Path
) -> None:
    """A loader fills metadata with whatever a document says of itself."""
    metadata = {"file_path": str(secret), "image_path": str(secret), "path": str(secret)}
    with opened() as names, pytest.raises(SeedError, match="neither data, path nor url"):
        llm.complete("What is it?", image_documents=[ImageNode(metadata=metadata)])
    assert emulator.requests == []
    with opened() as more:
        there = ImageNode(metadata=metadata, image_url="https://example.com/a.png")
        llm.complete("What is it?", image_documents=[there])
        others = [TextNode(text="Hi", metadata=metadata), ImageDocument(metadata=metadata)]
        llm.complete("What is it?", image_documents=others)
    assert str(secret) not in [*names, *more]
    assert "https://example.com/a.png" in str(emulator.requests[0].body)
    assert metadata == there.metadata


def test_a_path_that_the_caller_names_is_read(
    llm: SeedMultiModal, emulator: Emulator, secret: Path
) -> None:
    for shown in (
        ImageBlock(path=secret),
        ImageNode(image_path=str(secret)),
        Node(image_resource=MediaResource(path=secret)),
    ):
        emulator.clear()
        with opened() as names:
            llm.complete("What is it?", image_documents=[shown])
        assert str(secret) in names
        assert b64encode(PICTURE).decode() in str(emulator.requests[-1].body)


def test_a_text_is_a_text(llm: SeedMultiModal, emulator: Emulator, secret: Path) -> None:
    for text in (f"file://{secret}", str(secret), f"![](file://{secret})"):
        with opened() as names:
            llm.chat([ChatMessage(content=text), ChatMessage(blocks=[TextBlock(text=text)])])
        assert str(secret) not in names
        assert text in str(emulator.requests[-1].body)
