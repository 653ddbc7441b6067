"""Ark's pictures, clips, documents and uploaded files, in the forms of its two wires."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from seed_core.emulator import Emulator
from seed_core.errors import BadRequestError, ConfigurationError, UnsupportedError
from seed_core.types import Document, FileId, Image, Url, Video
from tests.core.calling import ask
from tests.providers.ark.hosts import CHAT, CLOUDS, KEY, RESPONSES, at
from tests.providers.sending import prompt, sent

PICTURE, CLIP = Image(Url("https://a.example/b.png")), Video(Url("https://a.example/b.mp4"))
PDF = Document(Url("https://a.example/b.pdf"), "application/pdf", "b.pdf")
LOOK: dict[str, Any] = {
    "image_detail": "xhigh",
    "video_fps": 0.5,
    "image_pixel_limit": {"min_pixels": 100, "max_pixels": 5000},
}


def test_what_is_looked_at_stands_beside_each_part_of_the_chat() -> None:
    picture, own, clip, _ = sent(
        CHAT, prompt(PICTURE, replace(PICTURE, detail="low"), CLIP, PDF, **LOOK)
    )["messages"][0]["content"]
    limit = {"min_pixels": 100, "max_pixels": 5000}
    url = "https://a.example/b.png"
    assert picture["image_url"] == {"url": url, "detail": "xhigh", "image_pixel_limit": limit}
    assert own["image_url"] == {"url": url, "detail": "low", "image_pixel_limit": limit}
    assert clip["video_url"] == {
        "url": "https://a.example/b.mp4",
        "fps": 0.5,
        "detail": "xhigh",
        "image_pixel_limit": limit,
    }


def test_what_is_looked_at_stands_beside_each_part_of_the_responses() -> None:
    picture, pdf = sent(RESPONSES, prompt(PICTURE, PDF, **LOOK))["input"][0]["content"]
    (clip,) = sent(RESPONSES, prompt(CLIP, video_fps=0.5))["input"][0]["content"]
    limit = {"min_pixels": 100, "max_pixels": 5000}
    assert picture == {
        "type": "input_image",
        "image_url": "https://a.example/b.png",
        "detail": "xhigh",
        "image_pixel_limit": limit,
    }
    assert clip == {"type": "input_video", "video_url": "https://a.example/b.mp4", "fps": 0.5}
    assert (pdf["type"], pdf["file_url"]) == ("input_file", "https://a.example/b.pdf")
    with pytest.raises(UnsupportedError, match="pixels of pictures only"):
        sent(RESPONSES, prompt(CLIP, **LOOK))


@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_host_takes_all_of_it(emulator: Emulator, cloud: str, api: str) -> None:
    host = at(emulator, cloud, api=api)
    media = (PICTURE, CLIP) if api == "chat" else (PICTURE, CLIP, PDF)
    look = LOOK if api == "chat" else {**LOOK, "image_pixel_limit": None}
    outcome = ask("sync", host, stream=False, prompt=prompt(*media, **look))
    assert "1 image" in outcome.reply.text
    assert "1 video" in outcome.reply.text


@pytest.mark.parametrize(
    "limit", [{}, {"pixels": 5}, {"min_pixels": 0}, {"max_pixels": 1.5}, {"max_pixels": "9"}]
)
def test_a_pixel_limit_of_another_form_is_refused(limit: dict[str, Any]) -> None:
    with pytest.raises(
        ConfigurationError, match="image_pixel_limit takes min_pixels and max_pixels"
    ):
        sent(CHAT, prompt(PICTURE, image_pixel_limit=limit))


@pytest.mark.parametrize("fps", [0.1, 5.1])
def test_frames_a_second_have_a_range(fps: float) -> None:
    with pytest.raises(ConfigurationError, match=r"is outside 0.2 to 5"):
        CHAT.check(prompt(CLIP, video_fps=fps))


def test_uploaded_files_go_by_their_ids() -> None:
    parts = (Image(FileId("file-1")), Video(FileId("file-2")), Document(FileId("file-3")))
    picture, clip, pdf = sent(CHAT, prompt(*parts))["messages"][0]["content"]
    assert picture["image_url"] == {"file_id": "file-1"}
    assert clip["video_url"] == {"file_id": "file-2"}
    assert pdf["file"] == {"file_id": "file-3"}
    picture, clip, pdf = sent(RESPONSES, prompt(*parts))["input"][0]["content"]
    assert [part["file_id"] for part in (picture, clip, pdf)] == ["file-1", "file-2", "file-3"]


def test_a_document_at_an_address_has_the_hosts_own_field_on_chat() -> None:
    (part,) = sent(CHAT, prompt(PDF))["messages"][0]["content"]
    assert part["file"]["file_url"] == "https://a.example/b.pdf"


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_an_uploaded_file_is_seen_once_it_is_active(emulator: Emulator, api: str) -> None:
    host = at(emulator, api=api)
    with httpx.Client(headers={"authorization": f"Bearer {KEY}"}, trust_env=False) as http:
        files = host.address("/files")
        upload = {"file": ("b.png", b"\x89PNG\r\n\x1a\n", "image/png")}
        ident = http.post(files, data={"purpose": "user_data"}, files=upload).json()["id"]
        asked = prompt(Image(FileId(ident)))
        early = ask("sync", host, stream=False, prompt=asked).failure(BadRequestError)
        assert "processing" in str(early)
        for _ in range(2):
            http.get(f"{files}/{ident}")
    assert "1 image" in ask("sync", host, stream=False, prompt=asked).reply.text
