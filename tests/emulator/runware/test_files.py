"""Files at Runware: videos to download, and media that are uploaded, used and deleted."""

import base64
import hashlib

import httpx
import pytest

from seed_core.emulator import Fault, Job, Raw
from tests.emulator.runware.conftest import (
    IMAGE,
    MP4,
    PNG,
    SOUND,
    URL,
    UUID,
    VIDEO,
    WAV,
    new,
    refusal,
)

NO_SIZE = {"width": ..., "height": ...}


def bare(data_uri):
    return data_uri.partition(",")[2]


def image(tasks, source, **headers):
    task = {"taskType": "imageUpload", "taskUUID": new(), "image": source}
    return task, tasks.post(task, **headers)


def delete(tasks, ident, **headers):
    task = {"taskType": "mediaStorage", "taskUUID": new(), "operation": "delete", "media": ident}
    return tasks.post(task, **headers)


# Downloads


@pytest.fixture
def link(tasks):
    return tasks.wait(tasks.make())[0]["videoURL"]


def test_a_video_is_an_mp4(web, link):
    response = web(link)
    assert response.status_code == 200
    assert response.headers["content-type"] == "video/mp4"
    assert response.headers["content-length"] == str(len(response.content))
    assert response.content[4:12] == b"ftypisom"
    assert web(link).content == response.content


def test_each_result_is_a_file_of_its_own(tasks, web):
    items = tasks.wait(tasks.make(numberResults=2))
    first, second = (web(item["videoURL"]).content for item in items)
    assert first != second


@pytest.mark.parametrize(
    ("name", "kind", "brand"),
    [
        ("MP4", "video/mp4", b"isom"),
        ("MOV", "video/quicktime", b"qt  "),
        # The bytes are an MP4's.
        ("WEBM", "video/webm", b"isom"),
    ],
)
def test_formats(tasks, web, name, kind, brand):
    url = tasks.wait(tasks.make(outputFormat=name))[0]["videoURL"]
    assert url.endswith(f".{name.lower()}")
    response = web(url)
    assert response.headers["content-type"] == kind
    assert response.content[8:12] == brand


def test_a_download_takes_no_key(tasks, link):
    response = tasks.http.get(link)
    assert response.status_code == 403
    assert "AccessDenied" in response.text


def test_there_is_no_other_file(web, link, emulator):
    assert web(link.replace("0000-4000", "0001-4000")).status_code == 404
    assert web(link.replace("/video/", "/other/video/")).status_code == 404
    emulator.clear()
    assert web(link).status_code == 404


def test_a_link_expires_on_demand(tasks, web, script):
    script(Job(result=Fault.status(403, message="Request has expired")))
    url = tasks.wait(tasks.make())[0]["videoURL"]
    expired = web(url)
    assert expired.status_code == 403
    assert expired.text == (
        "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
    )
    assert web(url).status_code == 200


def test_downloads_one_by_one(tasks, web, script):
    script(
        Job(
            result=[
                Fault.status(500),
                Fault.cut(0),
                Fault.cut(1),
                Fault.cut(1, how="reset"),
                Fault.refuse(),
                Fault.html(),
                Raw(body=b"x"),
                Fault.stall(1, seconds=0.01),
                Fault.stall(-1, seconds=0.01),
            ]
        )
    )
    url = tasks.wait(tasks.make())[0]["videoURL"]
    assert "InternalError" in web(url).text
    for _ in range(4):
        with pytest.raises(httpx.TransportError):
            web(url)
    assert web(url).status_code == 502
    assert web(url).content == b"x"
    slow, late, last = (web(url).content for _ in range(3))
    assert slow == late == last
    assert len(last) > 5000


def test_half_of_a_video(tasks, web, script):
    script(Job(result=Fault.cut(1)))
    url = tasks.wait(tasks.make())[0]["videoURL"]
    with httpx.Client(trust_env=False) as client, client.stream("GET", url) as response:
        blocks = response.iter_raw()
        got = next(blocks)
        with pytest.raises(httpx.RemoteProtocolError):
            list(blocks)
    assert 0 < len(got) < int(response.headers["content-length"])


# Uploads


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"BM\0\0", "image/bmp"),
    ],
)
@pytest.mark.parametrize("form", ["data:image/png;base64,", ""])
def test_an_image(tasks, web, emulator, content, kind, form):
    task, response = image(tasks, form + base64.b64encode(content).decode())
    assert response.status_code == 200
    (item,) = response.json()["data"]
    assert set(item) == {"taskType", "taskUUID", "imageUUID", "imageURL"}
    assert (item["taskType"], item["taskUUID"]) == ("imageUpload", task["taskUUID"])
    (stored,) = emulator.stored_files
    assert (stored.url, stored.content_type) == (item["imageURL"], kind)
    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    got = web(item["imageURL"])
    assert (got.content, got.headers["content-type"]) == (content, kind)
    for name in (item["imageUUID"], item["imageURL"]):
        tasks.make(inputs={"frameImages": [name]}, **NO_SIZE)


def test_an_image_of_elsewhere_is_not_downloaded(tasks, emulator):
    _, response = image(tasks, URL)
    (item,) = response.json()["data"]
    assert item["imageURL"] == URL
    assert emulator.stored_files == []
    tasks.make(inputs={"referenceImages": [item["imageUUID"]]})


@pytest.mark.parametrize(
    "source", [VIDEO, SOUND, "", "https://", "./a.png", "????", UUID, bare(VIDEO), "QUJD", 1, None]
)
def test_what_is_no_image(tasks, emulator, source):
    _, response = image(tasks, source)
    error = refusal(response)
    assert (error["code"], error["parameter"]) == ("invalidImage", "image")
    assert error["documentation"].endswith("image-upload#request-image")
    assert emulator.stored_files == []


@pytest.mark.parametrize(
    ("source", "content", "kind"),
    [
        (IMAGE, PNG, "image/png"),
        (VIDEO, MP4, "video/mp4"),
        (SOUND, WAV, "audio/wav"),
        (bare(SOUND), WAV, "audio/wav"),
    ],
)
def test_media(tasks, web, emulator, source, content, kind):
    item = tasks.upload(source)
    assert set(item) == {"taskType", "taskUUID", "operation", "mediaUUID", "mediaURL"}
    assert item["operation"] == "upload"
    assert web(item["mediaURL"]).content == content
    assert [file.content_type for file in emulator.stored_files] == [kind]


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\0\0\0\x20ftypqt  ", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3", "video/webm"),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"OggS", "audio/ogg"),
        (b"fLaC", "audio/flac"),
    ],
)
def test_kinds_are_told_by_the_content(tasks, emulator, start, kind):
    tasks.upload("data:application/octet-stream;base64," + base64.b64encode(start).decode())
    assert emulator.stored_files[0].content_type == kind


def test_references_that_were_uploaded(tasks):
    video, sound = tasks.upload(VIDEO)["mediaUUID"], tasks.upload(SOUND)["mediaURL"]
    tasks.make(inputs={"referenceVideos": [video.upper()], "referenceAudios": [sound]})
    made = tasks.wait(tasks.make())[0]
    for name in (made["videoUUID"], made["videoURL"]):
        tasks.make(inputs={"referenceVideos": [name]})


def test_deleting(tasks, web, emulator):
    item = tasks.upload(VIDEO)
    response = delete(tasks, item["mediaUUID"])
    (told,) = response.json()["data"]
    assert set(told) == {"taskType", "taskUUID", "operation", "mediaUUID"}
    assert (told["operation"], told["mediaUUID"]) == ("delete", item["mediaUUID"])
    assert web(item["mediaURL"]).status_code == 404
    assert emulator.stored_files == []
    for name in (item["mediaUUID"], item["mediaURL"]):
        error = refusal(tasks.post(tasks.video(inputs={"referenceVideos": [name]})))
        assert "is not there" in error["message"]
    assert refusal(delete(tasks, item["mediaUUID"]), 404)["code"] == "mediaNotFound"


@pytest.mark.parametrize("source", [URL, IMAGE, "x"])
def test_what_is_deleted_is_named_by_its_id(tasks, source):
    assert refusal(delete(tasks, source))["code"] == "invalidMedia"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"media": "x"}, "invalidMedia"),
        ({"media": "QUJD"}, "invalidMedia"),
        ({"media": 1}, "invalidMedia"),
        ({"media": ...}, "missingMedia"),
        ({"operation": "list"}, "invalidOperation"),
        ({"operation": ...}, "missingOperation"),
        ({"taskUUID": "x"}, "invalidTaskUUID"),
        ({"taskUUID": ...}, "missingTaskUUID"),
        ({"name": "x"}, "unknownParameter"),
    ],
)
def test_a_bad_upload(tasks, emulator, fields, code):
    task = {"taskType": "mediaStorage", "operation": "upload", "taskUUID": new(), "media": IMAGE}
    task = {name: value for name, value in {**task, **fields}.items() if value is not ...}
    assert refusal(tasks.post(task))["code"] == code
    assert emulator.stored_files == []


def test_an_upload_uses_its_id_up(tasks):
    ident = new()
    tasks.upload(IMAGE, taskUUID=ident)
    assert refusal(tasks.post(tasks.video(taskUUID=ident)))["code"] == "conflictTaskUUID"


def test_an_upload_is_not_charged(tasks, emulator):
    tasks.upload(IMAGE)
    assert emulator.charges == []


def test_a_dry_run_stores_and_deletes_nothing(tasks, web, emulator):
    _, response = image(tasks, IMAGE, X_Runware_Dry_Run="1")
    assert response.json()["data"][0]["cost"] == 0
    assert emulator.stored_files == []
    item = tasks.upload(IMAGE)
    told = delete(tasks, item["mediaUUID"], X_Runware_Dry_Run="1").json()["data"][0]
    assert "mediaUUID" not in told
    assert web(item["mediaURL"]).status_code == 200


def test_an_upload_and_its_use_in_two_posts(tasks):
    first = tasks.upload(IMAGE)["mediaUUID"]
    second = {"taskType": "imageUpload", "taskUUID": new(), "image": IMAGE}
    task = tasks.video(inputs={"frameImages": [first]}, **NO_SIZE)
    assert [item["taskType"] for item in tasks.post(second, task).json()["data"]] == [
        "imageUpload",
        "videoInference",
    ]
