"""Sizes, lengths and pages, read off headers: real ones, odd ones, and whatever else comes."""

import struct
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed_core.measuring import Clip, Read, clip_of, pages_of, picture_size
from seed_core.media import document, image, read_part, video
from seed_core.tokens import (
    DOCUMENT_TOKENS,
    IMAGE_TOKENS,
    MESSAGE_TOKENS,
    PAGE_TOKENS,
    PIXELS,
    STAMP_TOKENS,
    VIDEO_TOKENS,
    estimate_tokens,
)
from seed_core.types import (
    Base64,
    Bytes,
    Document,
    File,
    FileId,
    Image,
    Message,
    Options,
    Part,
    Prompt,
    Source,
    Url,
    Video,
)
from tests.conftest import ROOT

DATA = ROOT / "examples" / "data"


def reader(data: bytes) -> Read:
    return lambda start, size: data[start : start + size]


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + b"\x08" * 9


def jpeg(width: int, height: int, *before: bytes) -> bytes:
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", len(one) + 2) + one for one in before)
    frame = b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", height, width)
    return b"\xff\xd8" + segments + b"\xff\xc4\x00\x04ab\xff" + frame + b"\x03" * 8


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF\x00\x00\x00\x00WEBP" + kind + b"\x00\x00\x00\x00" + body


def box(kind: bytes, body: bytes, *, long: bool = False) -> bytes:
    if long:
        return struct.pack(">I", 1) + kind + struct.pack(">Q", len(body) + 16) + body
    return struct.pack(">I", len(body) + 8) + kind + body


def mp4(
    scale: int, length: int, size: tuple[int, int] = (640, 360), *, version: int = 0, **how: Any
) -> bytes:
    times = "QQIQ" if version else "IIII"
    mvhd = bytes([version, 0, 0, 0]) + struct.pack(f">{times}", 0, 0, scale, length)
    place = 84 if version else 72
    sides = struct.pack(">II", size[0] << 16, size[1] << 16)
    tkhd = bytes([version, 0, 0, 0]) + b"\x00" * place + sides
    sound = box(b"trak", box(b"tkhd", bytes(4) + bytes(80)))
    track = box(b"trak", box(b"edts", b"") + box(b"tkhd", tkhd))
    moov = box(b"moov", box(b"mvhd", mvhd + bytes(80)) + sound + track)
    return box(b"ftyp", b"isom\x00\x00\x02\x00") + box(b"mdat", b"x" * 99, **how) + moov


@pytest.mark.parametrize(
    "data",
    [
        png(640, 360),
        jpeg(640, 360),
        jpeg(640, 360, b"Exif" + b"\xff" * 65_000, b"ICC" * 20_000),
        b"GIF89a" + struct.pack("<HH", 640, 360) + b"\x00",
        webp(b"VP8 ", b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", 640, 360)),
        webp(b"VP8L", b"\x2f" + struct.pack("<I", 639 | 359 << 14)),
        webp(b"VP8X", b"\x10\x00\x00\x00" + b"\x7f\x02\x00" + b"\x67\x01\x00"),
    ],
    ids=["png", "jpeg", "jpeg with much before it", "gif", "lossy", "lossless", "extended"],
)
def test_the_size_of_a_picture_stands_in_its_header(data: bytes) -> None:
    assert picture_size(reader(data)) == (640, 360)


@pytest.mark.parametrize(
    "how",
    [
        {"format": "PNG"},
        {"format": "GIF"},
        {"format": "JPEG"},
        {"format": "JPEG", "progressive": True, "exif": b"Exif\0\0" + b"x" * 60_000},
        {"format": "WEBP"},
        {"format": "WEBP", "lossless": True},
        {"format": "WEBP", "exif": b"Exif\0\0" + b"x" * 99},
    ],
)
def test_pictures_of_another_writer_have_its_sizes(how: dict[str, Any]) -> None:
    images = pytest.importorskip("PIL.Image", exc_type=ImportError)
    made = BytesIO()
    images.new("RGB", (333, 77), "teal").save(made, **how)
    assert picture_size(reader(made.getvalue())) == (333, 77)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"GIF89a", b"BM" + b"\x00" * 40, png(0, 5), jpeg(640, 360)[:-12], b"\xff\xd8" * 99),
        webp(b"ALPH", b"\x00" * 20),
        jpeg(1, 1, *[b"a"] * 300),  # more segments than anybody looks at
        png(1, 1).replace(b"IHDR", b"CgBI"),
    ],
)
def test_a_picture_without_a_size_has_none(data: bytes) -> None:
    assert picture_size(reader(data)) is None


@pytest.mark.parametrize(
    ("data", "clip"),
    [
        (mp4(1000, 12_500), Clip(12.5, 640, 360)),
        (mp4(90_000, 90_000 * 7200, version=1), Clip(7200.0, 640, 360)),
        (mp4(1000, 1000, long=True), Clip(1.0, 640, 360)),
        (mp4(1000, 1000, (0, 0)), Clip(1.0)),
        (mp4(0, 1000), None),
        (mp4(1000, 0), None),
        (mp4(1000, 2**32 - 1), None),
        (box(b"ftyp", b"isom") + box(b"mdat", b""), None),
        (b"\x1aE\xdf\xa3webm", None),
        (b"", None),
    ],
)
def test_the_length_of_a_video_stands_in_its_header(data: bytes, clip: Clip | None) -> None:
    assert clip_of(reader(data)) == clip


def test_pages_are_counted_whatever_the_block_they_lie_across() -> None:
    pages = b"<< /Type /Page >>" * 3 + b"<</Type/Page/Parent 1 0 R>> << /Type /Pages /Count 4 >>"
    assert pages_of(reader(b"%PDF-1.7\n" + pages)) == 4
    for gap in range(1 << 20, (1 << 20) - 24, -1):
        data = b"%PDF-1.7" + b" " * (gap - 8) + b"/Type /Page " + b"x" * 50
        assert pages_of(reader(data)) == 1
    assert pages_of(reader(b"%PDF-1.7 /Type /ObjStm")) is None
    assert pages_of(reader(pages)) is None


@given(
    data=st.binary(max_size=200),
    start=st.sampled_from([b"", png(9, 9), jpeg(9, 9), mp4(9, 9), b"%PDF", webp(b"VP8X", b"")]),
    place=st.integers(0, 200),
)
def test_whatever_comes_is_measured_or_not(data: bytes, start: bytes, place: int) -> None:
    mixed = start[:place] + data + start[place + len(data) :]
    for measure in (picture_size, clip_of, pages_of):
        measure(reader(mixed))


@given(data=st.binary(min_size=1, max_size=99), start=st.integers(0, 120), size=st.integers(0, 120))
def test_local_media_is_read_alike_wherever_it_is(data: bytes, start: int, size: int) -> None:
    expected = data[start : start + size]
    assert read_part(Bytes(data), start, size) == expected
    assert read_part(Base64(b64encode(data).decode()), start, size) == expected


def test_a_file_is_read_in_part_and_what_is_not_here_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(7, 8))
    here = image(path).source
    assert read_part(here, 16, 4) == b"\x00\x00\x00\x07"
    path.unlink()
    for gone in (
        here,
        File("a\0b", 1, 1),
        Base64("?"),
        Url("http://127.0.0.1:9/a.png"),
        FileId("f"),
    ):
        assert read_part(gone, 0, 9) == b""


# --- tokens ---------------------------------------------------------------------------------------


def tokens_of(part: Part, **options: Any) -> int:
    prompt = Prompt((Message("user", (part,)),), options=Options(**options))
    return estimate_tokens(prompt) - MESSAGE_TOKENS


def test_a_picture_counts_its_pixels() -> None:
    wide = image(png(1000, 1764))
    assert tokens_of(wide) == 1000
    assert tokens_of(image(png(9, 9))) == 1
    huge = image(png(4000, 4000))
    assert tokens_of(huge) == tokens_of(huge, image_detail="low") == IMAGE_TOKENS
    assert tokens_of(huge, image_detail="xhigh") == -(-4000 * 4000 // PIXELS)
    assert tokens_of(image(png(4000, 4000), detail="low"), image_detail="xhigh") == IMAGE_TOKENS
    limits = {"min_pixels": 17_640, "max_pixels": 176_400}
    assert tokens_of(huge, image_pixel_limit=limits, image_detail="xhigh") == 100
    assert tokens_of(image(png(9, 9)), image_pixel_limit=limits) == 10
    assert tokens_of(image("https://a/b.png"), image_pixel_limit=limits) == 100
    assert tokens_of(image("https://a/b.png"), image_detail="xhigh") == IMAGE_TOKENS


def test_a_video_counts_its_frames() -> None:
    frame = -(-640 * 360 // PIXELS) + STAMP_TOKENS
    clip = video(mp4(1000, 12_500))
    assert tokens_of(clip) == 13 * frame
    assert tokens_of(clip, video_fps=0.2) == 3 * frame
    assert tokens_of(clip, video_fps=5) == 63 * frame
    assert tokens_of(video(mp4(1000, 100))) == frame
    assert tokens_of(video(mp4(1, 7200, (1920, 1080)))) == VIDEO_TOKENS
    unsized = video(mp4(1, 2, (0, 0)))
    assert tokens_of(unsized) == 2 * (IMAGE_TOKENS + STAMP_TOKENS)


@pytest.mark.parametrize("source", [str, Path, Path.read_bytes])
def test_the_files_of_the_examples_are_looked_at(source: Any) -> None:
    assert 0 < tokens_of(image(source(DATA / "chart.png"))) < IMAGE_TOKENS
    assert 0 < tokens_of(video(source(DATA / "clip.mp4"))) < 1000
    assert tokens_of(document(source(DATA / "report.pdf"))) == PAGE_TOKENS


@pytest.mark.parametrize("source", [Url("https://127.0.0.1/a"), FileId("file-1")])
def test_what_is_elsewhere_counts_as_the_most(source: Source) -> None:
    assert tokens_of(Image(source)) == IMAGE_TOKENS
    assert tokens_of(Video(source)) == VIDEO_TOKENS
    assert tokens_of(Document(source)) == DOCUMENT_TOKENS
