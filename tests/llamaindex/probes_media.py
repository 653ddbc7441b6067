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
from tests.llamaindex.conformance import Bench, probe
from tests.llamaindex.samples import MP4, PDF, PNG, PNG64, get_weather, tool, user


async def sent(bench: Bench, *blocks: Any) -> list[Any]:
    """The content parts that the host gets for a question with blocks."""
    await bench.llm().achat([ChatMessage(blocks=[TextBlock(text="What is it?"), *blocks])])
    content = bench.body["messages"][-1]["content"]
    assert isinstance(content, list), f"only text was sent: {content!r}"
    return content


def downloads(bench: Bench) -> int:
    """How often somebody fetched an address of the emulator."""
    return sum(seen.method == "GET" for seen in bench.emulator.requests)


@probe
async def an_image_is_sent(bench: Bench) -> None:
    parts = await sent(bench, ImageBlock(image=PNG))
    assert parts[-1]["image_url"]["url"] == f"data:image/png;base64,{PNG64}"


@probe
async def an_image_url_is_passed_on_and_not_downloaded(bench: Bench) -> None:
    address = f"{bench.emulator.url('openrouter')}/chart.png?size=1"
    parts = await sent(bench, ImageBlock(url=address))
    assert parts[-1]["image_url"]["url"] == address
    assert downloads(bench) == 0


@probe
async def a_video_is_sent(bench: Bench) -> None:
    parts = await sent(bench, VideoBlock(video=MP4))
    assert parts[-1]["type"] == "video_url"
    assert parts[-1]["video_url"]["url"].startswith("data:video/mp4;base64,")


@probe
async def a_video_url_with_a_query_is_passed_on(bench: Bench) -> None:
    address = f"{bench.emulator.url('openrouter')}/clip.mp4?token=1"
    parts = await sent(bench, VideoBlock(url=address))
    assert parts[-1]["video_url"]["url"] == address
    assert downloads(bench) == 0


@probe
async def a_pdf_is_sent_under_its_title(bench: Bench) -> None:
    parts = await sent(bench, DocumentBlock(data=PDF, title="report.pdf"))
    file = parts[-1]["file"]
    assert file["filename"] == "report.pdf"
    assert file["file_data"].startswith("data:application/pdf;base64,")


@probe
async def a_pdf_without_a_title_gets_a_name_with_an_extension(bench: Bench) -> None:
    parts = await sent(bench, DocumentBlock(data=PDF))
    assert parts[-1]["file"]["filename"].endswith(".pdf"), parts[-1]["file"]["filename"]


@probe
async def a_document_url_is_passed_on_and_not_downloaded(bench: Bench) -> None:
    address = f"{bench.emulator.url('openrouter')}/report.pdf"
    parts = await sent(bench, DocumentBlock(url=address, document_mimetype="application/pdf"))
    assert parts[-1]["file"]["file_data"] == address
    assert downloads(bench) == 0


@probe
async def an_image_in_a_tool_result_reaches_the_model(bench: Bench) -> None:
    llm = bench.llm()
    bench.emulator.script(
        Answer(tool_calls=[ToolUse("get_weather", '{"city": "Paris"}', "call_1")])
    )
    asked = [user("Weather in Paris?")]
    answer = (await llm.achat_with_tools([tool(get_weather)], chat_history=asked)).message
    result = ChatMessage(
        role="tool",
        blocks=[TextBlock(text="A photo:"), ImageBlock(image=PNG)],
        additional_kwargs={"tool_call_id": "call_1"},
    )
    await llm.achat([*asked, answer, result])
    assert PNG64 in str(bench.body["messages"])


@probe
async def a_cache_point_is_no_error(bench: Bench) -> None:
    point = CachePoint(cache_control=CacheControl(type="ephemeral"))
    await bench.llm().achat([ChatMessage(blocks=[TextBlock(text="Long."), point])])
    assert "Long." in str(bench.body["messages"])


@probe
async def a_citable_block_is_told_as_text(bench: Bench) -> None:
    block = CitableBlock(title="Report", source="report.txt", content="Nine apples.")
    await bench.llm().achat([ChatMessage(blocks=[TextBlock(text="How many?"), block])])
    assert "Nine apples." in str(bench.body["messages"])
