"""What of a message's blocks reaches the host, beyond what the conformance suite asks."""

import io
import json
import os
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from llamaindex_seed import SeedLLM
from llamaindex_seed.blocks import content_of
from llamaindex_seed.to_prompt import to_messages, video_fps_of
from seed_core import ConfigurationError, MediaError, UnsupportedError
from seed_core.types import Document, Image, Reasoning, ReplayState, Text, Url, Video
from tests.llamaindex.conftest import Body
from tests.llamaindex.samples import DETAILS, MP4, PDF, PNG, PNG64, user

PDF64 = b64encode(PDF).decode()
MP464 = b64encode(MP4).decode()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with one file of each kind."""
    (tmp_path / "dot.png").write_bytes(PNG)
    (tmp_path / "clip.mp4").write_bytes(MP4)
    (tmp_path / "report.pdf").write_bytes(PDF)
    (tmp_path / "note.txt").write_text("Nine apples. Äpfel.", encoding="utf-8")
    return tmp_path


async def content(llm: SeedLLM, body: Body, *blocks: Any) -> Any:
    """The content of a question that holds blocks, as the host gets it."""
    await llm.achat([ChatMessage(blocks=list(blocks))])
    return body()["messages"][0]["content"]


async def test_media_from_paths_is_sent(llm: SeedLLM, body: Body, files: Path) -> None:
    image, video, document = await content(
        llm,
        body,
        ImageBlock(path=files / "dot.png"),
        VideoBlock(path=files / "clip.mp4"),
        DocumentBlock(path=files / "report.pdf"),
    )
    assert image["image_url"]["url"] == f"data:image/png;base64,{PNG64}"
    assert video["video_url"]["url"] == f"data:video/mp4;base64,{MP464}"
    assert document["file"] == {
        "filename": "report.pdf",
        "file_data": f"data:application/pdf;base64,{PDF64}",
    }


async def test_media_from_bytes_and_open_files_is_sent(llm: SeedLLM, body: Body) -> None:
    parts = await content(
        llm,
        body,
        ImageBlock(image=PNG),
        ImageBlock(image=io.BytesIO(PNG)),
        VideoBlock(video=MP4),
        VideoBlock(video=io.BytesIO(MP4)),
        DocumentBlock(data=PDF, title="a.pdf"),
    )
    assert [part["type"] for part in parts] == ["image_url", "image_url"] + ["video_url"] * 2 + [
        "file"
    ]
    assert parts[0] == parts[1]
    assert parts[2] == parts[3]


async def test_media_from_data_urls_is_sent(llm: SeedLLM, body: Body) -> None:
    address = f"data:image/png;base64,{PNG64}"
    [part] = await content(llm, body, ImageBlock(url=address))
    assert part["image_url"]["url"] == address


def test_addresses_are_passed_on_with_their_queries() -> None:
    blocks = [
        ImageBlock(url="https://example.com/a.png?x=1&y=%20"),
        VideoBlock(url="https://example.com/a.mp4?x=1"),
        DocumentBlock(url="https://example.com/My%20report.pdf?x=1"),
    ]
    image, video, document = content_of(blocks)
    assert image == Image(Url("https://example.com/a.png?x=1&y=%20"), "image/png")
    assert video == Video(Url("https://example.com/a.mp4?x=1"), "video/mp4")
    assert document == Document(
        Url("https://example.com/My%20report.pdf?x=1"), "application/pdf", "My report.pdf"
    )


def test_a_url_is_never_read_as_a_path(files: Path) -> None:
    with pytest.raises(MediaError, match="must begin with"):
        content_of([ImageBlock(url=f"file://{files}/dot.png")])


def test_detail_of_a_picture_is_kept() -> None:
    [part] = content_of([ImageBlock(image=PNG, detail="high")])
    assert isinstance(part, Image)
    assert part.detail == "high"


async def test_a_text_document_is_sent_as_text(llm: SeedLLM, body: Body, files: Path) -> None:
    said = await content(llm, body, DocumentBlock(path=files / "note.txt"))
    assert said == "note.txt\n\nNine apples. Äpfel."
    held = DocumentBlock(data=b"# Apples\n\nNine.", title="a.md", document_mimetype="text/markdown")
    assert await content(llm, body, held) == "a.md\n\n# Apples\n\nNine."


def test_a_text_document_that_is_no_text_is_a_media_error() -> None:
    block = DocumentBlock(data=b"\xff\xfe\x00", document_mimetype="text/plain")
    with pytest.raises(MediaError, match="UTF-8"):
        content_of([block])


def test_a_document_is_what_its_content_is_and_not_its_name(tmp_path: Path) -> None:
    path = tmp_path / "p.md"
    path.write_bytes(PDF)
    for block in (DocumentBlock(path=path), DocumentBlock(data=PDF, title="p.md")):
        [part] = content_of([block])
        assert isinstance(part, Document)
        assert (part.mime, part.filename) == ("application/pdf", "p.md")
    held = DocumentBlock(data=io.BytesIO(b"Nine."), title="a.txt")
    assert content_of([held]) == [Text("a.txt\n\nNine.")]


def test_a_text_that_is_taken_for_base64_is_an_error_that_says_so() -> None:
    with pytest.raises(MediaError, match="valid base64 is taken for base64"):
        content_of([DocumentBlock(data=b"test", title="a.txt")])
    encoded = DocumentBlock(data=b64encode(b"test"), title="a.txt")
    assert content_of([encoded]) == [Text("a.txt\n\ntest")]


@pytest.mark.parametrize(
    "block",
    [
        ImageBlock(image="some/path.png"),
        ImageBlock(image=io.BytesIO(b"no picture")),
        VideoBlock(video=b"some/path.mp4"),
    ],
)
def test_bytes_that_are_no_media_are_an_error_that_names_path(block: Any) -> None:
    with pytest.raises(MediaError, match="named with path="):
        content_of([block])


def test_a_type_that_is_said_is_taken_for_bytes_that_nobody_knows() -> None:
    [part] = content_of([ImageBlock(image=b"<svg/>", image_mimetype="image/svg+xml")])
    assert isinstance(part, Image)
    assert part.mime == "image/svg+xml"


def test_an_open_file_is_left_where_it_stood() -> None:
    file = io.BytesIO(PNG)
    file.seek(5)
    content_of([ImageBlock(image=file)])
    assert file.tell() == 5


def test_an_open_file_that_cannot_be_read_is_a_media_error(tmp_path: Path) -> None:
    closed = io.BytesIO(PNG)
    closed.close()
    to_read, to_write = os.pipe()
    os.write(to_write, PNG)
    os.close(to_write)
    with os.fdopen(to_read, "rb") as pipe:
        for file in (closed, pipe):
            with pytest.raises(MediaError, match="cannot be read"):
                content_of([ImageBlock(image=file)])
    with pytest.raises(MediaError, match="binary mode"):
        content_of([ImageBlock(image=io.StringIO("Nine."))])


@pytest.mark.parametrize(
    "block", [ThinkingBlock(content="hm"), ToolCallBlock(tool_name="f", tool_kwargs={})]
)
@pytest.mark.parametrize("role", ["user", "system", "tool"])
def test_what_belongs_into_an_answer_is_an_error_elsewhere(role: str, block: Any) -> None:
    with pytest.raises(ConfigurationError, match="assistant message"):
        to_messages([ChatMessage(role=role, blocks=[block])])


@pytest.mark.parametrize(
    "block", [ImageBlock(), VideoBlock(), DocumentBlock(), DocumentBlock(path="no-such-file.pdf")]
)
def test_media_that_is_not_there_is_a_media_error(block: Any) -> None:
    with pytest.raises(MediaError):
        content_of([block])


def test_media_of_another_kind_is_a_media_error() -> None:
    with pytest.raises(MediaError, match="video/mp4"):
        content_of([ImageBlock(image=MP4)])


def test_audio_is_an_error_that_says_so(llm: SeedLLM) -> None:
    with pytest.raises(UnsupportedError, match="audio"):
        llm.chat([ChatMessage(blocks=[AudioBlock(audio=b"RIFF0000WAVE", format="wav")])])


async def test_a_cache_point_marks_the_text_before_it(llm: SeedLLM, body: Body) -> None:
    point = CachePoint(cache_control=CacheControl(type="ephemeral", ttl="1h"))
    first, second = await content(llm, body, TextBlock(text="Long."), point, TextBlock(text="Q?"))
    assert first["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert "cache_control" not in second


def test_a_cache_point_after_a_picture_or_nothing_says_nothing() -> None:
    point = CachePoint(cache_control=CacheControl(type="ephemeral"))
    parts = content_of([point, ImageBlock(image=PNG), point])
    assert len(parts) == 1


def test_citable_and_citation_blocks_are_told_with_their_source() -> None:
    pdf = DocumentBlock(data=PDF, title="a.pdf")
    citable = CitableBlock(title="Report", source="s3://a", content=[TextBlock(text="Nine."), pdf])
    citation = CitationBlock(
        cited_content="Ten.", source="b.txt", title="B", additional_location_info={}
    )
    parts = content_of([citable, citation])
    texts = [part.text for part in parts if isinstance(part, Text)]
    assert texts == ["Report (s3://a):", "Nine.", "B (b.txt):", "Ten."]
    assert isinstance(parts[2], Document)


def test_frames_a_second_of_a_video_are_an_option_of_the_call(llm: SeedLLM) -> None:
    def clip(fps: int | None) -> ChatMessage:
        return ChatMessage(blocks=[VideoBlock(video=MP4, fps=fps)])

    assert video_fps_of([clip(2), clip(None)]) == 2.0
    assert video_fps_of([user()]) is None
    with pytest.raises(ConfigurationError, match="1, 2"):
        video_fps_of([clip(2), clip(1)])
    with pytest.raises(UnsupportedError, match="video_fps"):
        llm.chat([clip(2)])


def test_media_in_an_answer_is_an_error_that_says_where_to_put_it(llm: SeedLLM) -> None:
    answer = ChatMessage(role="assistant", blocks=[ImageBlock(image=PNG)])
    with pytest.raises(ConfigurationError, match="user message"):
        llm.chat([user(), answer, user()])


def reasoning(*blocks: Any, **kwargs: Any) -> list[Reasoning]:
    """The reasoning of an answer of these blocks."""
    message = ChatMessage(
        role="assistant", blocks=[*blocks, TextBlock(text="Yes.")], additional_kwargs=kwargs
    )
    [turn] = to_messages([message])
    return [part for part in turn.parts if isinstance(part, Reasoning)]


def test_reasoning_goes_back_with_the_state_of_its_issuer() -> None:
    info = {"issuer": "openrouter", "reasoning_details": DETAILS}
    [part] = reasoning(ThinkingBlock(content="I think.", additional_information=info))
    assert part == Reasoning("I think.", ReplayState("openrouter", tuple(DETAILS)))


def test_reasoning_that_another_integration_signed_stays_behind() -> None:
    signed = ThinkingBlock(content="I think.", additional_information={"signature": "abc"})
    assert reasoning(signed) == []


def test_bare_reasoning_goes_back_as_text_also_out_of_the_metadata() -> None:
    assert reasoning(ThinkingBlock(content="I think.")) == [Reasoning("I think.")]
    assert reasoning(reasoning_content="I think.") == [Reasoning("I think.")]
    both = reasoning(ThinkingBlock(content="I think."), reasoning_content="I think.")
    assert both == [Reasoning("I think.")]


async def test_reasoning_of_another_host_is_not_sent(llm: SeedLLM, body: Body) -> None:
    info = {"issuer": "elsewhere", "reasoning_details": DETAILS}
    block = ThinkingBlock(content="Secret.", additional_information=info)
    answer = ChatMessage(role="assistant", blocks=[block, TextBlock(text="Yes.")])
    await llm.achat([user(), answer, user()])
    assert "Secret." not in json.dumps(body())
    assert "I think." not in json.dumps(body())


@pytest.mark.parametrize("arguments", ['{"city": "Paris"}', {"city": "Paris"}])
async def test_calls_that_only_the_mirror_holds_are_sent(
    llm: SeedLLM, body: Body, arguments: Any
) -> None:
    call = {"id": "c", "function": {"name": "get_weather", "arguments": arguments}}
    answer = ChatMessage(role="assistant", additional_kwargs={"tool_calls": [call]})
    result = ChatMessage(role="tool", content="sunny", additional_kwargs={"tool_call_id": "c"})
    await llm.achat([user(), answer, result])
    [sent] = body()["messages"][1]["tool_calls"]
    assert json.loads(sent["function"]["arguments"]) == {"city": "Paris"}


async def test_broken_arguments_go_back_as_they_came(llm: SeedLLM, body: Body) -> None:
    block = ToolCallBlock(tool_call_id="c", tool_name="f", tool_kwargs='{"a": ')
    result = ChatMessage(role="tool", content="no", additional_kwargs={"tool_call_id": "c"})
    await llm.achat([user(), ChatMessage(role="assistant", blocks=[block]), result])
    assert body()["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"a": '
