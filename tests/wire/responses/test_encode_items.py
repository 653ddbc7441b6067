"""Every part of every message in the body."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from seed_core.errors import ConfigurationError
from seed_core.media import document, image, video
from seed_core.types import (
    Base64,
    Bytes,
    Document,
    FileId,
    Image,
    Json,
    Media,
    Options,
    Prompt,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Url,
    Video,
)
from seed_core.wire.responses import ResponsesWire
from tests.wire.responses.sent import HELLO, body_of, items_of, turn

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(30)
PDF = b"%PDF-1.7 " + bytes(range(20))


def b64(data: bytes) -> str:
    return b64encode(data).decode()


# --- messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["system", "user"])
def test_text_alone_is_a_string_and_names_stay_behind(role: Role) -> None:
    assert items_of(turn(role, Text("Hi"), name="ann")) == [{"role": role, "content": "Hi"}]
    assert items_of(turn(role)) == [{"role": role, "content": ""}]


def test_several_system_turns_stand_where_they_were_said() -> None:
    items = items_of(
        turn("system", Text("a")), HELLO, turn("assistant", Text("b")), turn("system", Text("c"))
    )
    assert [(item["role"], item["content"]) for item in items] == [
        ("system", "a"),
        ("user", "Hello"),
        ("assistant", "b"),
        ("system", "c"),
    ]
    assert "instructions" not in body_of(Prompt((turn("system", Text("a")), HELLO)))


def test_cache_marks_are_breakpoints() -> None:
    marked = turn("user", Text("a", {"type": "ephemeral", "ttl": "1h"}), Text("b"))
    assert items_of(marked)[0]["content"] == [
        {"type": "input_text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}},
        {"type": "input_text", "text": "b"},
    ]
    alone = turn("user", Text("a", {"type": "ephemeral"}))
    assert isinstance(items_of(alone)[0]["content"], list)


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        (Image(Url("https://a.example/a.png")), {"image_url": "https://a.example/a.png"}),
        (Image(Base64("AAAA"), "image/webp"), {"image_url": "data:image/webp;base64,AAAA"}),
        (Image(Bytes(PNG)), {"image_url": f"data:image/png;base64,{b64(PNG)}"}),
        (Image(FileId("file-1")), {"file_id": "file-1"}),
        (Image(Url("https://a.example")), {"image_url": "https://a.example"}),
        (Video(Url("https://a.example/a.mp4")), {"video_url": "https://a.example/a.mp4"}),
        (Video(Bytes(MP4)), {"video_url": f"data:video/mp4;base64,{b64(MP4)}"}),
        (Video(FileId("file-1")), {"file_id": "file-1"}),
        (Document(Url("https://a.example/a.pdf")), {"file_url": "https://a.example/a.pdf"}),
        (
            Document(Bytes(PDF), None, "b.pdf"),
            {"filename": "b.pdf", "file_data": f"data:application/pdf;base64,{b64(PDF)}"},
        ),
        (
            Document(Base64("AAAA"), "text/plain"),
            {"filename": "document.pdf", "file_data": "data:text/plain;base64,AAAA"},
        ),
        (Document(FileId("file-1"), None, "b.pdf"), {"file_id": "file-1"}),
    ],
)
def test_media_has_its_address_as_a_string_beside_its_type(part: Media, sent: Json) -> None:
    kinds = {Image: "input_image", Video: "input_video", Document: "input_file"}
    (item,) = items_of(turn("user", Text("Look:"), part))
    assert item["content"] == [
        {"type": "input_text", "text": "Look:"},
        {"type": kinds[type(part)], **sent},
    ]


def test_files_are_spliced_in(tmp_path: Path) -> None:
    for name, data in (("a.png", PNG), ("a.mp4", MP4), ("a.pdf", PDF)):
        (tmp_path / name).write_bytes(data)
    parts = (
        image(tmp_path / "a.png"),
        video(tmp_path / "a.mp4"),
        document(tmp_path / "a.pdf"),
    )
    (item,) = items_of(turn("user", *parts))
    assert item["content"][0]["image_url"] == f"data:image/png;base64,{b64(PNG)}"
    assert item["content"][1]["video_url"] == f"data:video/mp4;base64,{b64(MP4)}"
    assert item["content"][2]["file_data"] == f"data:application/pdf;base64,{b64(PDF)}"
    assert item["content"][2]["filename"] == "a.pdf"


def test_a_pictures_own_detail_goes_before_the_calls() -> None:
    parts = (Image(FileId("a"), detail="low"), Image(FileId("b")), Document(FileId("c")))
    prompt = Prompt((turn("user", *parts),), options=Options(image_detail="high"))
    content = body_of(prompt)["input"][0]["content"]
    assert [part.get("detail") for part in content] == ["low", "high", None]


def test_a_host_may_want_more_beside_media() -> None:
    def fields(part: Media, options: Options) -> Json:
        return {"fps": options.video_fps} if isinstance(part, Video) else {"kind": "d"}

    wire = ResponsesWire(part_fields=fields)
    message = turn("user", Video(FileId("a")), Document(FileId("b")))
    content = body_of(Prompt((message,), options=Options(video_fps=2.5)), wire=wire)["input"][0]
    assert content["content"] == [
        {"type": "input_video", "file_id": "a", "fps": 2.5},
        {"type": "input_file", "file_id": "b", "kind": "d"},
    ]


def test_a_part_of_another_role_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="a ToolCall cannot stand"):
        items_of(turn("user", ToolCall("a", "f", "{}")))


# --- results of tools -----------------------------------------------------------------------------


def output_of(*parts: Any, **fields: Any) -> Any:
    """The output of a result with these parts."""
    (item,) = items_of(turn("tool", ToolResult("call_1", parts, **fields)))
    assert (item["type"], item["call_id"]) == ("function_call_output", "call_1")
    assert item.keys() == {"type", "call_id", "output"}
    return item["output"]


def test_a_result_of_text_is_a_string() -> None:
    assert output_of(Text("sunny"), name="weather") == "sunny"
    assert output_of(Text("a"), Text("b")) == "a\nb"
    assert output_of() == ""
    assert output_of(Text("")) == ""


def test_an_error_of_a_tool_says_so() -> None:
    assert output_of(Text("no such town"), is_error=True) == "Error: no such town"
    assert output_of(Text("Error: none"), is_error=True) == "Error: none"
    assert output_of(is_error=True) == "Error: "


def test_media_stays_in_the_result_in_its_place() -> None:
    parts = (Text("a:"), Image(FileId("a")), Text("b:"), Document(FileId("b")))
    assert output_of(*parts, is_error=True) == [
        {"type": "input_text", "text": "Error: a:"},
        {"type": "input_image", "file_id": "a"},
        {"type": "input_text", "text": "b:"},
        {"type": "input_file", "file_id": "b"},
    ]
    assert output_of(Image(FileId("a")), is_error=True)[0]["text"] == "Error: "


def test_a_marked_result_keeps_its_mark() -> None:
    (part,) = output_of(Text("a", {"type": "ephemeral"}))
    assert part["prompt_cache_breakpoint"] == {"mode": "explicit"}


def test_media_that_a_result_may_not_hold_follows_the_results_of_its_turn() -> None:
    items = items_of(
        turn("tool", ToolResult("call_1", (Text("a"), Video(FileId("v"))), "film")),
        turn("tool", ToolResult("call_2", (Video(FileId("w")),))),
        turn("user", Text("And?")),
    )
    assert items == [
        {"type": "function_call_output", "call_id": "call_1", "output": "a"},
        {
            "type": "function_call_output",
            "call_id": "call_2",
            "output": "The result is shown in the next message.",
        },
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Returned by tool call call_1 (film):"},
                {"type": "input_video", "file_id": "v"},
                {"type": "input_text", "text": "Returned by tool call call_2:"},
                {"type": "input_video", "file_id": "w"},
            ],
        },
        {"role": "user", "content": "And?"},
    ]


def test_a_host_may_take_text_alone_in_results() -> None:
    wire = ResponsesWire(in_results=frozenset())
    result = ToolResult("call_1", (Image(FileId("a")), Text("done")))
    items = items_of(turn("tool", result, Text("no part of a tool turn")), wire=wire)
    assert items[0]["output"] == "done"
    assert items[1]["content"][1] == {"type": "input_image", "file_id": "a"}
