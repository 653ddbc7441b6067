"""Media from whatever the caller has: what it is, and what is refused."""

import io
import os
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed_core.errors import MediaError
from seed_core.media import (
    Kind,
    document,
    from_base64,
    from_bytes,
    from_path,
    from_url,
    image,
    sniff,
    video,
)
from seed_core.types import Base64, Bytes, File, Url

PAD = b"\x00" * 20
SAMPLES: dict[str, bytes] = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/gif": b"GIF89a",
    "image/webp": b"RIFF\x00\x00\x00\x00WEBP",
    "image/tiff": b"II*\x00",
    "image/heic": b"\x00\x00\x00\x18ftypheic",
    "image/avif": b"\x00\x00\x00\x18ftypavif",
    "video/mp4": b"\x00\x00\x00\x18ftypisom",
    "video/quicktime": b"\x00\x00\x00\x14ftypqt  ",
    "video/webm": b"\x1aE\xdf\xa3",
    "video/mpeg": b"\x00\x00\x01\xba",
    "video/x-msvideo": b"RIFF\x00\x00\x00\x00AVI ",
    "application/pdf": b"%PDF-1.7",
}
PNG = SAMPLES["image/png"] + PAD
MAKERS: dict[Kind, Any] = {"image": image, "video": video, "document": document}


def kind_of(mime: str) -> Kind:
    return "image" if "image" in mime else "video" if "video" in mime else "document"


@pytest.mark.parametrize(("mime", "head"), SAMPLES.items())
def test_content_says_what_it_is(mime: str, head: bytes, tmp_path: Path) -> None:
    data = head + PAD
    kind = kind_of(mime)
    assert sniff(data) == mime
    assert from_bytes(data, kind) == (Bytes(data), mime)
    assert from_base64(b64encode(data).decode(), kind)[1] == mime
    (tmp_path / "misnamed.xyz").write_bytes(data)
    assert from_path(tmp_path / "misnamed.xyz", kind)[1] == mime
    for wrong in MAKERS.keys() - {kind}:
        with pytest.raises(MediaError, match=f"this is {mime}, which is not an? {wrong}"):
            from_bytes(data, wrong)


def test_big_endian_tiff_and_elementary_mpeg_are_known() -> None:
    assert sniff(b"MM\x00*") == "image/tiff"
    assert sniff(b"\x00\x00\x01\xb3") == "video/mpeg"


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"msf1", b"hevc"])
def test_pictures_of_telephones_are_pictures(brand: bytes) -> None:
    assert (sniff(b"\x00\x00\x00\x18ftyp" + brand) or "").startswith("image/hei")


@given(st.binary(max_size=80))
def test_sniffing_never_fails(data: bytes) -> None:
    assert sniff(data) is None or "/" in str(sniff(data))


def test_content_goes_before_what_was_said_and_before_the_name(tmp_path: Path) -> None:
    assert image(PNG, mime="image/jpeg").mime == "image/png"
    (tmp_path / "a.jpg").write_bytes(PNG)
    assert image(tmp_path / "a.jpg").mime == "image/png"


def test_unknown_content_is_what_was_said_then_what_the_name_says(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"unknown")
    assert image(tmp_path / "a.jpg").mime == "image/jpeg"
    assert image(tmp_path / "a.jpg", mime="IMAGE/X-Own").mime == "image/x-own"
    assert image(b"unknown").mime is None
    (tmp_path / "a.mp4").write_bytes(b"unknown")
    assert image(tmp_path / "a.mp4").mime is None  # a name of another kind says nothing
    with pytest.raises(MediaError, match=r"video/mp4, which is not an image"):
        image(b"unknown", mime="video/mp4")


@pytest.mark.parametrize(
    ("url", "kind", "mime"),
    [
        ("https://a.example/b.png", "image", "image/png"),
        ("HTTP://a.example/b.PNG?x=y.mp4", "image", "image/png"),
        ("https://a.example/b", "video", None),
        ("https://a.example/b.mp4?sig=1", "video", "video/mp4"),
        ("https://a.example/b.pdf#page=2", "document", "application/pdf"),
        ("https://a.example/b.pdf", "document", "application/pdf"),
        ("https://[a/b.mp4", "video", "video/mp4"),  # for the host to refuse
    ],
)
def test_a_url_is_passed_through(url: str, kind: Kind, mime: str | None) -> None:
    assert from_url(url, kind) == (Url(url), mime)
    assert MAKERS[kind](url).source == Url(url)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "/etc/passwd",
        "../secret.png",
        "C:\\secret.png",
        "ftp://a.example/b.png",
        "http:/a",
        "https://",
        "https:// a",
        "javascript:1",
        "",
        "x" * 1000,
    ],
)
def test_a_messages_url_never_opens_a_file(url: str) -> None:
    with pytest.raises(MediaError, match="must begin with http") as caught:
        from_url(url, "image")
    assert len(str(caught.value)) < 400


def test_a_local_file_is_kept_as_a_name_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    for given_path in (path, str(path)):
        source = image(given_path, detail="low").source
        assert source == File(str(path), len(PNG), path.stat().st_mtime_ns)
    assert document_name(tmp_path, "my report.pdf") == "my report.pdf"


def document_name(folder: Path, name: str) -> str | None:
    (folder / name).write_bytes(b"%PDF-1.4")
    assert document(folder / name, filename="given.pdf").filename == "given.pdf"
    assert document(b"%PDF-1.4").filename is None
    return document(folder / name).filename


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_path_that_is_no_file_is_refused_without_waiting(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "other")
    with pytest.raises(MediaError, match="is not a file"):
        image(tmp_path / "other")


@pytest.mark.parametrize("bad", ["missing.png", "file:///etc/hostname", "nul\0byte.png"])
def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(MediaError, match="cannot be read"):
        image(str(tmp_path / bad) if ":" not in bad else bad)


@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_nothing_is_no_media(tmp_path: Path, kind: Kind) -> None:
    (tmp_path / "empty").write_bytes(b"")
    for nothing in (b"", tmp_path / "empty", io.BytesIO(), "data:;base64,"):
        with pytest.raises(MediaError, match="empty"):
            MAKERS[kind](nothing)
    with pytest.raises(MediaError, match="empty"):
        from_base64("  \n", kind)


def test_an_open_binary_file_is_read_where_it_stands() -> None:
    file = io.BytesIO(b"skip" + PNG)
    file.seek(4)
    assert image(file).source == Bytes(PNG)


def test_a_file_opened_as_text_is_refused() -> None:
    with pytest.raises(MediaError, match="binary"):
        image(io.StringIO("text"))  # type: ignore[arg-type]  # that is the mistake


# --- base64 and data URLs -------------------------------------------------------------------------

GOOD = b64encode(PNG).decode()


@pytest.mark.parametrize("text", [GOOD, f" {GOOD[:10]}\n{GOOD[10:]}\r\n"])
def test_base64_may_have_line_ends(text: str) -> None:
    assert from_base64(text, "image") == (Base64(GOOD), "image/png")


@pytest.mark.parametrize(
    "text",
    ["A", "AA", "AAA", "A===", "====", "AAA-", "AA_A", "AA=A", "AAAA=", "é", "{}", "AAAA\x00AAA"],
)
def test_what_is_not_padded_standard_base64_is_refused(text: str) -> None:
    with pytest.raises(MediaError, match="base64"):
        from_base64(text, "image")


@given(st.binary(min_size=1, max_size=100))
def test_any_bytes_come_through_base64(data: bytes) -> None:
    text = b64encode(data).decode()
    mime = sniff(data)
    if mime is None or kind_of(mime) == "document":
        assert from_base64(text, "document") == (Base64(text), mime)


@pytest.mark.parametrize(
    ("url", "mime"),
    [
        (f"data:image/png;base64,{GOOD}", "image/png"),
        (f"DATA:image/webp;BASE64,{GOOD}", "image/png"),
        (f"data:;base64,{GOOD}", "image/png"),
        (f"data:image/png;name=a.png;base64,{GOOD}", "image/png"),
        ("data:IMAGE/X-OWN;base64,AAAA", "image/x-own"),
        ("data:;base64,AAAA", None),
    ],
)
def test_a_data_url_is_its_media(url: str, mime: str | None) -> None:
    source, found = from_url(url, "image")
    assert isinstance(source, Base64)
    assert found == mime
    assert image(url).source == source


@pytest.mark.parametrize(
    "url",
    ["data:image/png,plain", "data:image/png;base64", "data:", "data:image/png;charset=x,AAAA"],
)
def test_a_data_url_without_base64_is_refused(url: str) -> None:
    with pytest.raises(MediaError, match="data URL"):
        from_url(url, "image")


def test_a_data_url_of_another_kind_is_refused() -> None:
    with pytest.raises(MediaError, match="not an image"):
        from_url("data:application/pdf;base64,AAAA", "image")
    with pytest.raises(MediaError, match="not a document"):
        from_url(f"data:application/pdf;base64,{GOOD}", "document")


@pytest.mark.parametrize("tail", ["", "!"])
def test_huge_data_is_checked_in_linear_time(tail: str) -> None:
    data = "A" * 10_000_000
    start = time.perf_counter()
    if tail:
        with pytest.raises(MediaError) as caught:
            from_url(f"data:image/png;base64,{data}{tail}", "image")
        assert len(str(caught.value)) < 400
    else:
        from_url(f"data:image/png;base64,{data}", "image")
        with pytest.raises(MediaError):
            from_url("data:" + "a;" * 1_000_000, "image")
    assert time.perf_counter() - start < 5
