"""Uploads over a socket: what arrives is what was there, and the key stays with the host."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from seed_core.client import AsyncClient, Client
from seed_core.emulator import Emulator
from seed_core.errors import AuthenticationError, ConfigurationError, MediaError, UnsupportedError
from seed_core.media import image, video
from seed_core.providers.base import Provider
from seed_core.providers.fal_storage import PARTS_ABOVE
from seed_core.types import Options, Prompt, Url, Video
from tests.core.calling import COLOURS, Colour, ask
from tests.providers.fal.asking import turn

PNG = b"\x89PNG\r\n\x1a\n"
MP4 = b"\x00\x00\x00\x18ftypmp42"
KEY = "a-fal-key-that-nobody-may-see"


def at(emulator: Emulator, **settings: Any) -> Provider:
    return emulator.provider("fal", api_key=KEY, **settings)


def looking(*parts: Any, **options: Any) -> Prompt:
    return Prompt((turn("user", "What is it?", *parts),), options=Options(**options))


@pytest.mark.parametrize("api", ["sync", "queue"])
@pytest.mark.parametrize("colour", COLOURS)
def test_an_uploaded_file_is_shown_to_the_model(
    emulator: Emulator, tmp_path: Path, colour: Colour, api: str
) -> None:
    path = tmp_path / "clip.mp4"
    content = MP4 + os.urandom(1_200_000)
    path.write_bytes(content)
    outcome = ask(colour, at(emulator, api=api), stream=False, prompt=looking(video(path)))
    assert "I was shown 1 video (video/mp4, 1200012 bytes)" in outcome.reply.text
    (stored,) = emulator.stored_files
    assert (stored.size, stored.content_type) == (len(content), "video/mp4")
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    (put,) = [seen for seen in emulator.requests if seen.method == "PUT"]
    assert "authorization" not in put.headers
    assert KEY not in f"{put.path} {put.headers}"


def test_small_files_stay_inline_unless_all_shall_be_uploaded(emulator: Emulator) -> None:
    picture = image(PNG + bytes(50))
    assert ask("sync", at(emulator), stream=False, prompt=looking(picture)).reply.text
    assert emulator.stored_files == []
    always = looking(picture, upload="always")
    assert ask("sync", at(emulator), stream=False, prompt=always).reply.text
    assert [stored.size for stored in emulator.stored_files] == [58]


@pytest.mark.slow
@pytest.mark.parametrize("colour", COLOURS)
def test_a_large_file_arrives_whole_in_parts(
    emulator: Emulator, tmp_path: Path, colour: Colour
) -> None:
    path = tmp_path / "long.mp4"
    path.write_bytes(MP4 + os.urandom(1_000))
    os.truncate(path, PARTS_ABOVE + 5)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    reply = ask(colour, at(emulator), stream=False, prompt=looking(video(path))).reply
    assert "1 video" in reply.text
    (stored,) = emulator.stored_files
    assert (stored.size, stored.sha256) == (PARTS_ABOVE + 5, digest)
    to_cdn = [seen for seen in emulator.requests if seen.path.startswith("/cdn")]
    assert len(to_cdn) == 13
    assert all(KEY not in str(seen.headers) for seen in to_cdn)


def test_what_is_asked_about_often_can_be_uploaded_once(emulator: Emulator) -> None:
    client = Client(at(emulator))
    clip = client.upload(video(MP4 + bytes(100)))
    assert isinstance(clip, Video)
    assert isinstance(clip.source, Url)
    for _ in range(3):
        assert "1 video" in client.call(looking(clip)).text
    assert len(emulator.stored_files) == 1


async def test_a_file_can_be_uploaded_in_a_loop(emulator: Emulator) -> None:
    async with AsyncClient(at(emulator)) as client:
        picture = await client.upload(image(PNG + bytes(100)))
        assert "1 image" in (await client.call(looking(picture))).text


def test_an_address_cannot_be_uploaded(emulator: Emulator) -> None:
    with pytest.raises(ConfigurationError, match="nothing to upload"):
        Client(at(emulator)).upload(image("https://a.example/a.png"))


def test_a_host_without_storage_says_so(emulator: Emulator) -> None:
    with pytest.raises(UnsupportedError, match="openrouter has no storage for files here"):
        Client(emulator.provider("openrouter")).upload(image(PNG))


def test_a_wrong_key_is_told_before_anything_is_asked(emulator: Emulator) -> None:
    wrong = emulator.provider("fal", api_key="invalid")
    asked = looking(image(PNG), upload="always")
    ask("sync", wrong, stream=False, prompt=asked).failure(AuthenticationError)
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("colour", COLOURS)
def test_a_file_that_changed_is_an_error(
    emulator: Emulator, tmp_path: Path, colour: Colour
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    prompt = looking(image(path), upload="always")
    path.write_bytes(PNG + b"more")
    ask(colour, at(emulator), stream=False, prompt=prompt).failure(MediaError)
    assert emulator.stored_files == []
