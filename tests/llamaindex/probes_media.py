"""Probes of content blocks: what of a message reaches the host."""

from typing import Any

from llama_index.core.base.llms.types import (
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    VideoBlock,
)

from seed_core.emulator import Answer, ToolUse
from tests.asked import Shown
from tests.llamaindex.conformance import Bench, only, probe, with_documents
from tests.llamaindex.samples import MP4, PDF, PNG, PNG_URL, get_weather, tool, user


async def sent(bench: Bench, block: Any) -> Shown:
    """What the host is shown for a question with a block."""
    await bench.llm().achat([ChatMessage(blocks=[TextBlock(text="What is it?"), block])])
    shown = bench.asked.turns[-1].shown
    assert shown, f"only text was sent: {bench.asked.text!r}"
    return shown[-1]


@probe
async def an_image_is_sent(bench: Bench) -> None:
    assert await sent(bench, ImageBlock(image=PNG)) == Shown("image", PNG_URL)


@probe
async def an_image_url_is_passed_on_and_not_downloaded(bench: Bench) -> None:
    address = f"{bench.url}/chart.png?size=1"
    assert await sent(bench, ImageBlock(url=address)) == Shown("image", address)
    assert bench.downloads == 0


@probe
@only(lambda row: row.may("video"))
async def a_video_is_sent(bench: Bench) -> None:
    shown = await sent(bench, VideoBlock(video=MP4))
    assert shown.kind == "video"
    assert shown.address.startswith("data:video/mp4;base64,")


@probe
@only(lambda row: row.may("video"))
async def a_video_url_with_a_query_is_passed_on(bench: Bench) -> None:
    address = f"{bench.url}/clip.mp4?token=1"
    assert await sent(bench, VideoBlock(url=address)) == Shown("video", address)
    assert bench.downloads == 0


@probe
@only(with_documents)
async def a_pdf_is_sent_under_its_title(bench: Bench) -> None:
    shown = await sent(bench, DocumentBlock(data=PDF, title="report.pdf"))
    assert (shown.kind, shown.name) == ("document", "report.pdf")
    assert shown.address.startswith("data:application/pdf;base64,")


@probe
@only(lambda row: with_documents(row) and row.api != "messages")
async def a_pdf_without_a_title_gets_a_name_with_an_extension(bench: Bench) -> None:
    name = (await sent(bench, DocumentBlock(data=PDF))).name
    assert name is not None
    assert name.endswith(".pdf"), name


@probe
@only(with_documents)
async def a_document_url_is_passed_on_and_not_downloaded(bench: Bench) -> None:
    address = f"{bench.url}/report.pdf"
    shown = await sent(bench, DocumentBlock(url=address, document_mimetype="application/pdf"))
    assert shown.address == address
    assert bench.downloads == 0


@probe
async def an_image_in_a_tool_result_reaches_the_model(bench: Bench) -> None:
    llm = bench.llm()
    bench.script(Answer(tool_calls=[ToolUse("get_weather", '{"city": "Paris"}', "call_1")]))
    asked = [user("Weather in Paris?")]
    answer = (await llm.achat_with_tools([tool(get_weather)], chat_history=asked)).message
    result = ChatMessage(
        role="tool",
        blocks=[TextBlock(text="A photo:"), ImageBlock(image=PNG)],
        additional_kwargs={"tool_call_id": "call_1"},
    )
    await llm.achat([*asked, answer, result])
    assert [one.address for one in bench.asked.shown] == [PNG_URL]


@probe
async def a_cache_point_is_no_error(bench: Bench) -> None:
    point = CachePoint(cache_control=CacheControl(type="ephemeral"))
    await bench.llm().achat([ChatMessage(blocks=[TextBlock(text="Long."), point])])
    assert "Long." in bench.asked.text


@probe
async def a_citable_block_is_told_as_text(bench: Bench) -> None:
    block = CitableBlock(title="Report", source="report.txt", content="Nine apples.")
    await bench.llm().achat([ChatMessage(blocks=[TextBlock(text="How many?"), block])])
    assert "Nine apples." in bench.asked.text
