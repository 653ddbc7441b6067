"""Storing media at the host, and deleting it."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from seed_core.errors import (
    APIConnectionError,
    APITimeoutError,
    BadRequestError,
    ConfigurationError,
    InvalidReplyError,
    MediaError,
    ServerError,
)
from seed_core.render import render
from seed_core.types import Bytes, Document, File, FileId, Image, Url, Video
from seed_core.videos.inputs import Uploaded
from seed_core.videos.storage import delete_media, upload_image, upload_media
from tests.core.playing import play
from tests.video.asking import AT_ONCE, HOST, OTHER, PNG, TASK, data, error, errors, says, sent

URL = "https://example.com/a"
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(20)
SOUND = b"ID3 of a sound"


def stored(kind: str, **fields: Any) -> dict[str, Any]:
    return {"taskType": "x", "taskUUID": TASK, f"{kind}UUID": OTHER, **fields}


def base64_of(content: bytes) -> str:
    return b64encode(content).decode()


# --- pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "wire"),
    [
        (URL, URL),
        (PNG, f"data:image/png;base64,{base64_of(PNG)}"),
        (base64_of(PNG), f"data:image/png;base64,{base64_of(PNG)}"),
        (Image(Bytes(PNG), "image/png"), f"data:image/png;base64,{base64_of(PNG)}"),
        (b"BM of no known kind", base64_of(b"BM of no known kind")),
    ],
)
def test_a_picture_is_stored(said: Any, wire: str) -> None:
    answer = says(data(stored("image", imageURL="https://im.runware.ai/a.png")))
    sends, kept = play(upload_image(HOST, said, TASK, AT_ONCE), answer)
    (send,) = sends
    assert sent(send) == {"taskType": "imageUpload", "taskUUID": TASK, "image": wire}
    assert kept == Uploaded(OTHER, "https://im.runware.ai/a.png")


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (Image(Bytes(b"II*\x00"), "image/tiff"), MediaError, "not image/tiff; convert it first"),
        (b"%PDF", MediaError, "application/pdf"),
        (OTHER, ConfigurationError, "stored already"),
        (Uploaded(OTHER), ConfigurationError, "stored already"),
        (Path("/no/such.png"), MediaError, "cannot be read"),
    ],
)
def test_what_is_not_stored_as_a_picture(said: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        next(upload_image(HOST, said, TASK, AT_ONCE))


# --- media of all kinds ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "mime", "wire"),
    [
        (URL, None, URL),
        (Video(Url(URL)), None, URL),
        (MP4, None, f"data:video/mp4;base64,{base64_of(MP4)}"),
        (PNG, None, f"data:image/png;base64,{base64_of(PNG)}"),
        (SOUND, "audio/mpeg", f"data:audio/mpeg;base64,{base64_of(SOUND)}"),
        (Video(Bytes(b"x"), "video/webm"), None, f"data:video/webm;base64,{base64_of(b'x')}"),
        (Document(Bytes(SOUND)), "audio/mpeg", f"data:audio/mpeg;base64,{base64_of(SOUND)}"),
        (Document(Bytes(SOUND), "audio/wav"), None, f"data:audio/wav;base64,{base64_of(SOUND)}"),
        ("data:audio/mpeg;base64,QUJD", None, "data:audio/mpeg;base64,QUJD"),
        ("data:video/mp4;base64,QUJD", None, "data:video/mp4;base64,QUJD"),
        ("data:image/png;base64,QUJD", None, "data:image/png;base64,QUJD"),
    ],
)
def test_media_is_stored(said: Any, mime: str | None, wire: str) -> None:
    answer = says(data(stored("media", operation="upload")))
    sends, kept = play(upload_media(HOST, said, TASK, AT_ONCE, mime=mime), answer)
    (send,) = sends
    assert sent(send) == {
        "taskType": "mediaStorage",
        "taskUUID": TASK,
        "operation": "upload",
        "media": wire,
    }
    assert kept == Uploaded(OTHER)


@pytest.mark.parametrize(
    ("name", "content", "mime"),
    [
        ("walk.mp4", MP4, "video/mp4"),
        ("walk", MP4, "video/mp4"),
        ("walk.mp4", PNG, "image/png"),
        ("steps.mp3", SOUND, "audio/mpeg"),
        ("walk.webm", b"of no known kind", "video/webm"),
    ],
)
def test_a_file_is_named_by_what_it_is_and_not_read(
    tmp_path: Path, name: str, content: bytes, mime: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    sends, _ = play(upload_media(HOST, path, TASK, AT_ONCE), says(data(stored("media"))))
    body = sends[0].request.body
    assert [type(part) for part in body.parts if not isinstance(part, bytes)] == [File]
    assert sent(sends[0])["media"] == f"data:{mime};base64,{base64_of(content)}"
    assert body.length == len(b"".join(render(body)))


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (SOUND, MediaError, "of a kind that does not show; say mime='audio/mpeg'"),
        (b"%PDF", MediaError, "this is application/pdf"),
        (Document(Bytes(b"%PDF"), "application/pdf"), MediaError, "this is application/pdf"),
        (Path("/no/such.mp4"), MediaError, "the video '/no/such.mp4' cannot be read"),
        ("walk.mp4", MediaError, "as a pathlib.Path"),
        ("data:text/plain;base64,QUJD", MediaError, "this is text/plain"),
        (b"", MediaError, "empty"),
        (7, MediaError, "not a int"),
        (OTHER, ConfigurationError, "stored already"),
        (Image(FileId(OTHER)), ConfigurationError, "stored already"),
    ],
)
def test_what_is_not_stored(said: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        next(upload_media(HOST, said, TASK, AT_ONCE))


# --- what the host answers ------------------------------------------------------------------------


def test_the_data_can_be_an_object() -> None:
    answer = says({"data": stored("image")})
    assert play(upload_image(HOST, URL, TASK, AT_ONCE), answer)[1] == Uploaded(OTHER)


@pytest.mark.parametrize(
    "body",
    [
        data(),
        data(stored("other")),
        data({**stored("image"), "taskUUID": OTHER}),
        data({"taskUUID": TASK, "imageUUID": ""}),
    ],
)
def test_an_answer_that_names_nothing(body: Any) -> None:
    _, raised = play(upload_image(HOST, URL, TASK, AT_ONCE), says(body))
    assert isinstance(raised, InvalidReplyError)
    assert "under which UUID" in str(raised)


@pytest.mark.parametrize(
    "answer",
    [
        says(errors(error("invalidImage")), 400),
        says(errors(error("invalidImage"))),
        says(errors(error("invalidImage", task_uuid=None))),
        says(data({"taskUUID": TASK, "status": "error", "error": {"code": "invalidImage"}})),
    ],
)
def test_a_refusal(answer: Any) -> None:
    _, raised = play(upload_image(HOST, URL, TASK, AT_ONCE), answer)
    assert isinstance(raised, BadRequestError)
    assert raised.code == "invalidImage"


def test_a_uuid_is_taken_once_so_only_what_did_not_arrive_is_sent_again() -> None:
    unmade = APIConnectionError("could not connect", reached=False)
    answers = (unmade, says(b"", 503), says(data(stored("image"))))
    sends, _ = play(upload_image(HOST, PNG, TASK, AT_ONCE), *answers)
    assert len({str(sent(send)) for send in sends}) == 1
    for lost in (APITimeoutError("late", phase="read"), says(b"", 502)):
        sends, raised = play(upload_image(HOST, PNG, TASK, AT_ONCE), lost)
        assert len(sends) == 1
        assert isinstance(raised, (APITimeoutError, ServerError))


def test_a_task_of_the_storage_has_a_uuid_too() -> None:
    with pytest.raises(ConfigurationError, match="version 4"):
        next(upload_image(HOST, URL, "x", AT_ONCE))


@pytest.mark.parametrize("named", [OTHER, Uploaded(OTHER, URL)])
@pytest.mark.parametrize("body", [data(stored("media", operation="delete")), data()])
def test_what_was_stored_is_deleted(named: Any, body: Any) -> None:
    sends, result = play(delete_media(HOST, named, TASK, AT_ONCE), says(body))
    assert sent(sends[0]) == {
        "taskType": "mediaStorage",
        "taskUUID": TASK,
        "operation": "delete",
        "media": OTHER,
    }
    assert result is None


@pytest.mark.parametrize("named", [URL, "", None])
def test_only_a_uuid_is_deleted(named: Any) -> None:
    with pytest.raises(ConfigurationError, match="by its UUID"):
        next(delete_media(HOST, named, TASK, AT_ONCE))
