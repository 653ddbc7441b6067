"""Pictures, clips and sounds from whatever the caller has."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from seed_core.body import Splice
from seed_core.errors import MediaError
from seed_core.media import image, video
from seed_core.types import Base64, Bytes, Document, File, FileId, Image, Url, Video
from seed_core.videos.inputs import Uploaded, as_leaf, read_image, read_remote
from tests.video.asking import OTHER, PNG, task

URL = "https://example.com/a.png"
BASE64 = b64encode(PNG).decode()


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (URL, URL),
        ("HTTP://EXAMPLE.com/a", "HTTP://EXAMPLE.com/a"),
        (f" {OTHER} ", OTHER),
        (OTHER.upper(), OTHER.upper()),
        (Uploaded(OTHER, URL), OTHER),
        (Image(Url(URL)), URL),
        (Image(FileId(OTHER)), OTHER),
    ],
)
def test_what_the_host_holds_or_fetches_is_its_text(said: Any, text: str) -> None:
    assert read_image(said) == text
    assert as_leaf(text) == text


@pytest.mark.parametrize(
    ("said", "prefix", "source"),
    [
        (PNG, "data:image/png;base64,", Bytes(PNG)),
        (BASE64, "data:image/png;base64,", Base64(BASE64)),
        (f"data:image/png;base64,{BASE64}", "data:image/png;base64,", Base64(BASE64)),
        (f"DATA:;base64,{BASE64}", "data:image/png;base64,", Base64(BASE64)),
        ("QUJD" * 64, "", Base64("QUJD" * 64)),
        (b"BM of a kind that does not show", "", Bytes(b"BM of a kind that does not show")),
        (Image(Bytes(b"x"), "image/bmp"), "data:image/bmp;base64,", Bytes(b"x")),
        (image(PNG), "data:image/png;base64,", Bytes(PNG)),
    ],
)
def test_what_is_local_is_spliced(said: Any, prefix: str, source: Any) -> None:
    read = read_image(said)
    assert isinstance(read, Image)
    leaf = as_leaf(read)
    assert isinstance(leaf, Splice)
    assert (leaf.prefix, leaf.media) == (prefix, source)


def test_a_file_is_named_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    read = read_image(path)
    assert isinstance(read, Image)
    assert isinstance(read.source, File)
    assert task(frame_images=[path]).frames[0].image == read


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("cat.png", "'cat.png'; name a local file with pathlib.Path"),
        ("logo", "is a UUID, a URL, a data URI or base64, not 'logo'"),
        ("", "not ''"),
        ("ftp://example.com/a.png", "is a UUID"),
        ("/tmp/" + "a" * 60, "'/tmp/a{35}'; name"),
        ("no base64! " * 40, "not padded standard base64"),
        (b64encode(b"%PDF" + bytes(200)).decode(), "application/pdf"),
        ("data:image/png,plain", "data:<mime>;base64,<data>"),
        ("data:video/mp4;base64,QUJD", "video/mp4"),
        (b"", "empty"),
        (b"%PDF-1.7", "application/pdf"),
        (Path("/no/such.png"), "cannot be read"),
        (7, "not a int"),
        (None, "not a NoneType"),
        (video("https://example.com/a.mp4"), "not a Video"),
    ],
)
def test_what_is_no_picture_is_refused(said: Any, words: str) -> None:
    with pytest.raises(MediaError, match=words):
        task(frame_images=[said])


@pytest.mark.parametrize(
    "said",
    [URL, OTHER, f" {URL}", Uploaded(OTHER), Video(Url(URL)), Video(FileId(OTHER))],
)
def test_a_clip_is_named(said: Any) -> None:
    assert read_remote(said, "a reference video") in (URL, OTHER)
    assert task(reference_videos=[said]).reference_videos[0] in (URL, OTHER)


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\x00\x00\x18ftypmp42",
        Path("walk.mp4"),
        "walk.mp4",
        "data:video/mp4;base64,QUJD",
        "QUJD" * 100,
        Video(Bytes(b"x"), "video/mp4"),
        Document(Url(URL)),
        None,
    ],
)
@pytest.mark.parametrize("kind", ["video", "audio"])
def test_a_clip_or_sound_that_is_local_has_to_be_uploaded(said: Any, kind: str) -> None:
    with pytest.raises(MediaError, match=rf"a reference {kind} .*upload .*VideoClient\.upload"):
        task(reference_images=[URL], **{f"reference_{kind}s": [said]})
