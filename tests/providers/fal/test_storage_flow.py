"""Uploads step by step, driven by hand: who gets the key, and what goes where."""

import base64
import json
import os
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic_core import to_json

from seed_core.errors import (
    APIConnectionError,
    AuthenticationError,
    ConfigurationError,
    InvalidReplyError,
    MediaError,
    UnsupportedError,
)
from seed_core.flow import Flow, Opened, Response, Retry
from seed_core.media import image, video
from seed_core.providers import resolve
from seed_core.providers.fal import MAX_TOKENS
from seed_core.providers.fal_storage import PART, PARTS_ABOVE
from seed_core.providers.uploading import UPLOAD_ABOVE
from seed_core.render import render
from seed_core.types import (
    Base64,
    Bytes,
    Image,
    Message,
    Options,
    Prompt,
    Text,
    ToolCall,
    ToolResult,
    Url,
    Video,
)
from tests.core.playing import play
from tests.providers.fal.asking import FAL, KEY, turn

PNG = b"\x89PNG\r\n\x1a\n"
PLACE = {
    "file_url": "https://v3b.fal.media/files/a.png",
    "upload_url": "https://up.example/a?sig=1",
}
TOKEN = {
    "token": "t-1",
    "token_type": "Bearer",
    "base_url": "https://v3.fal.media",
    "expires_at": "later",
}
BEGUN = {"access_url": "https://v3.fal.media/files/b", "uploadId": "u-1"}
ANSWER = {"output": "Nice", "messages": []}
AT_ONCE = Retry(2, jitter=lambda: 0.0)


def says(body: Any, status: int = 200, **headers: str) -> Response:
    return Response(status, {"content-type": "application/json", **headers}, to_json(body))


def calling(
    *turns: Message, upload: Literal["auto", "always", "never"] | None = None
) -> Flow[Opened]:
    prompt = Prompt(turns, options=Options(upload=upload))
    return FAL.call(prompt, stream=False, retry=AT_ONCE)


def picture(size: int) -> Image:
    return Image(Bytes(PNG + bytes(size - len(PNG))), "image/png")


def last_body(sends: list[Any]) -> dict[str, Any]:
    told = json.loads(b"".join(render(sends[-1].request.body)))
    assert isinstance(told, dict)
    return told


def test_a_large_picture_is_announced_with_the_key_and_sent_without_it() -> None:
    flow = calling(turn("user", "Look", picture(UPLOAD_ABOVE + 1)))
    sends, _ = play(flow, says(PLACE), says({}), says(ANSWER))
    announce, put, ask = (send.request for send in sends)
    assert announce.url == "https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3"
    assert announce.headers["authorization"] == f"Key {KEY}"
    assert json.loads(b"".join(render(announce.body))) == {
        "content_type": "image/png",
        "file_name": "file.png",
    }
    assert (put.method, put.url) == ("PUT", "https://up.example/a?sig=1")
    assert put.headers["content-type"] == "image/png"
    assert KEY not in str(put.headers)
    assert "authorization" not in put.headers
    assert b"".join(render(put.body)) == PNG + bytes(UPLOAD_ABOVE + 1 - len(PNG))
    assert last_body(sends) == {
        "prompt": "Look",
        "image_urls": ["https://v3b.fal.media/files/a.png"],
        "max_completion_tokens": MAX_TOKENS,
    }
    assert ask.url == "https://fal.run/fal-ai/bytedance/seed/v2/mini"


@pytest.mark.parametrize(
    ("upload", "size", "uploaded"),
    [
        (None, UPLOAD_ABOVE, False),
        ("auto", UPLOAD_ABOVE, False),
        ("auto", UPLOAD_ABOVE + 1, True),
        ("always", 20, True),
        ("never", UPLOAD_ABOVE + 1, False),
    ],
)
def test_what_is_uploaded_is_the_user_s_choice(upload: Any, size: int, *, uploaded: bool) -> None:
    flow = calling(turn("user", "Look", picture(size)), upload=upload)
    answers = (says(PLACE), says({})) if uploaded else ()
    sends, _ = play(flow, *answers, says(ANSWER))
    assert last_body(sends)["image_urls"][0].startswith("https" if uploaded else "data:image/png")


def test_an_address_is_passed_on_and_never_uploaded() -> None:
    here = Image(Url("https://a.example/a.png"), "image/png")
    sends, _ = play(calling(turn("user", "Look", here), upload="always"), says(ANSWER))
    assert last_body(sends)["image_urls"] == ["https://a.example/a.png"]


def test_the_same_picture_is_uploaded_once_wherever_it_stands() -> None:
    same = picture(50)
    shown = ToolResult("call_1", (Text("Here"), same), "look")
    turns = (
        turn("user", "Look", same),
        turn("assistant", ToolCall("call_1", "look", "{}")),
        turn("tool", shown),
        turn("user", "And", same, picture(60)),
    )
    other = {**PLACE, "file_url": "https://v3b.fal.media/files/b.png"}
    answers = (says(PLACE), says({}), says(other), says({}), says(ANSWER))
    sends, _ = play(calling(*turns, upload="always"), *answers)
    body = last_body(sends)
    assert body["image_urls"] == [PLACE["file_url"], other["file_url"]]
    assert str(body["messages"]).count(PLACE["file_url"]) == 2


def test_a_file_keeps_its_name_but_not_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "my clip.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(20))
    sends, _ = play(
        calling(turn("user", "Look", video(path)), upload="always"),
        says(PLACE),
        says({}),
        says(ANSWER),
    )
    told = json.loads(b"".join(render(sends[0].request.body)))
    assert told == {"content_type": "video/mp4", "file_name": "my clip.mp4"}


def test_base64_is_sent_as_its_bytes() -> None:
    text = Image(Base64(base64.b64encode(PNG + b"x").decode()), "image/png")
    sends, _ = play(
        calling(turn("user", "Look", text), upload="always"), says(PLACE), says({}), says(ANSWER)
    )
    assert b"".join(render(sends[1].request.body)) == PNG + b"x"
    assert sends[1].request.body.length == len(PNG) + 1


def test_a_large_file_goes_in_parts_with_a_token(tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypmp42")
    os.truncate(path, PARTS_ABOVE + 1)
    parts = PARTS_ABOVE // PART + 1
    taken = [says({}, etag=f'"e{n}"') for n in range(1, parts + 1)]
    flow = calling(turn("user", "Look", video(path)))
    sends, _ = play(flow, says(TOKEN), says(BEGUN), *taken, says({}), says(ANSWER))
    requests = [send.request for send in sends]
    assert requests[0].url == "https://rest.fal.ai/storage/auth/token?storage_type=fal-cdn-v3"
    assert requests[0].headers["authorization"] == f"Key {KEY}"
    assert requests[1].url == "https://v3.fal.media/files/upload/multipart"
    assert requests[1].headers["x-fal-file-name"] == "long.mp4"
    assert requests[1].headers["content-type"] == "video/mp4"
    puts = requests[2:-2]
    assert [put.url for put in puts] == [
        f"{BEGUN['access_url']}/multipart/u-1/{n}" for n in range(1, parts + 1)
    ]
    assert [put.body.length for put in puts] == [PART] * (parts - 1) + [1]
    for request in requests[1:-1]:
        assert request.headers["authorization"] == "Bearer t-1"
    assert requests[-2].url == f"{BEGUN['access_url']}/multipart/u-1/complete"
    assert json.loads(b"".join(render(requests[-2].body))) == {
        "parts": [{"partNumber": n, "etag": f'"e{n}"'} for n in range(1, parts + 1)]
    }
    assert last_body(sends)["video_urls"] == [BEGUN["access_url"]]


def test_an_upload_that_was_lost_is_sent_again() -> None:
    lost = APIConnectionError("broke in the middle", retryable=False)
    flow = calling(turn("user", "Look", picture(50)), upload="always")
    sends, _ = play(flow, lost, says(PLACE), lost, says({}, 503), says({}), says(ANSWER))
    assert [send.request.method for send in sends] == ["POST", "POST", "PUT", "PUT", "PUT", "POST"]


def test_a_refused_upload_is_an_error_and_nothing_is_asked() -> None:
    flow = calling(turn("user", "Look", picture(50)), upload="always")
    _, error = play(flow, says({"detail": "No such key"}, 401))
    assert isinstance(error, AuthenticationError)


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"file_url": "https://a.example/a"},
        {**PLACE, "upload_url": "http://up.example/a"},
        {**PLACE, "file_url": "ftp://a.example/a"},
        {**PLACE, "upload_url": 7},
        {**PLACE, "upload_url": "https://[up.example/a"},
        {**PLACE, "file_url": "https://a.example/a\nb"},
        [],
    ],
)
def test_a_place_that_is_none_is_an_error(place: Any) -> None:
    flow = calling(turn("user", "Look", picture(50)), upload="always")
    sends, error = play(flow, says(place))
    assert isinstance(error, InvalidReplyError)
    assert len(sends) == 1


def test_a_part_without_its_mark_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypmp42")
    os.truncate(path, PARTS_ABOVE + 1)
    _, error = play(calling(turn("user", "Look", video(path))), says(TOKEN), says(BEGUN), says({}))
    assert isinstance(error, InvalidReplyError)
    assert "etag" in str(error)


def test_a_recorded_place_has_the_fields_that_are_read(recordings: Path) -> None:
    place = json.loads((recordings / "fal" / "storage_initiate_response.json").read_bytes())
    flow = calling(turn("user", "Look", picture(50)), upload="always")
    sends, _ = play(flow, says(place), says({}), says(ANSWER))
    assert sends[1].request.url == place["upload_url"]
    assert last_body(sends)["image_urls"] == [place["file_url"]]


# --- where there is no storage --------------------------------------------------------------------


def test_behind_another_address_large_media_stays_inline() -> None:
    proxy = resolve("fal", base_url="https://proxy.example", api_key=KEY)
    asked = Prompt((turn("user", "Look", picture(UPLOAD_ABOVE + 1)),))
    sends, _ = play(proxy.call(asked, stream=False, retry=AT_ONCE), says(ANSWER))
    assert sends[0].request.url.startswith("https://proxy.example/")


def test_behind_another_address_an_upload_that_is_wanted_is_an_error() -> None:
    proxy = resolve("fal", base_url="https://proxy.example", api_key=KEY)
    asked = Prompt((turn("user", "Look", picture(50)),), options=Options(upload="always"))
    with pytest.raises(ConfigurationError, match="base_url= is another address"):
        next(proxy.call(asked, stream=False, retry=AT_ONCE))


@pytest.mark.parametrize("name", ["openrouter", "byteplus"])
def test_a_host_without_storage_refuses_only_what_needs_it(name: str) -> None:
    host = resolve(name, api_key="k-0123456789")
    for upload in ("auto", "never", None):
        host.check(Prompt((turn("user", "Hi"),), options=Options(upload=upload)))
    with pytest.raises(
        UnsupportedError, match=r"does not support upload .*\(fal \(sync, queue\) can"
    ):
        host.check(Prompt((turn("user", "Hi"),), options=Options(upload="always")))


def test_a_file_that_is_gone_is_an_error_before_anything_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    gone = image(path)
    path.unlink()
    flow = calling(turn("user", "Look", gone), upload="always")
    next(flow)
    put = flow.send(says(PLACE))
    with pytest.raises(MediaError, match=r"a\.png"):
        list(render(put.request.body))


def test_a_clip_is_a_clip() -> None:
    assert isinstance(video("https://a.example/a.mp4"), Video)
