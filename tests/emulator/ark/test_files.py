"""Ark's Files: an upload must be waited for before it can be used."""

import httpx
import pytest

from tests.emulator.bodies import file, parts

FORM = {"purpose": "user_data"}
# Bytes that look like ends of lines and of parts.
CONTENT = b"%PDF-1.4\r\n--x\r\n\n\r\x00\xff"


def upload(http, content=CONTENT, name="a.pdf", **form):
    data = {name: value for name, value in (FORM | form).items() if value is not None}
    return http.post("/files", data=data, files={"file": (name, content, "application/pdf")})


def test_a_file_is_processed_then_active(http, chat):
    record = upload(http).json()
    assert record["status"] == "processing"
    assert (record["bytes"], record["filename"]) == (len(CONTENT), "a.pdf")
    assert (record["mime_type"], record["purpose"]) == ("application/pdf", "user_data")
    assert (record["object"], record["id"][:5]) == ("file", "file-")
    assert record["expire_at"] > record["created_at"]
    early = chat.post(**file(file_id=record["id"]))
    assert "is processing, not active" in early.json()["error"]["message"]
    told = [http.get(f"/files/{record['id']}").json()["status"] for _ in range(3)]
    assert told == ["processing", "active", "active"]
    for part in (
        file(file_id=record["id"]),
        parts({"type": "image_url", "image_url": {"file_id": record["id"]}}),
        parts({"type": "video_url", "video_url": {"file_id": record["id"], "fps": 1}}),
    ):
        assert record["id"] in chat.message(**part)["content"]


def test_responses_take_files_too(http):
    ident = upload(http).json()["id"]
    content = [{"type": "input_file", "file_id": ident}]
    body = {"model": "seed-2-0-mini-260215", "input": [{"role": "user", "content": content}]}
    assert http.post("/responses", json=body).status_code == 400
    http.get(f"/files/{ident}")
    http.get(f"/files/{ident}")
    assert http.post("/responses", json=body).status_code == 200


def test_an_empty_file_fails(http, chat):
    ident = upload(http, b"").json()["id"]
    http.get(f"/files/{ident}")
    assert http.get(f"/files/{ident}").json()["status"] == "failed"
    response = chat.post(**file(file_id=ident))
    assert "is failed, not active" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"purpose": None}, "MissingParameter"),
        ({"purpose": "assistants"}, "InvalidParameter"),
        ({"preprocess_configs[video][fps]": "9"}, "InvalidParameter"),
        ({"preprocess_configs[video][fps]": "many"}, "InvalidParameter"),
    ],
)
def test_a_bad_upload_is_400(http, form, code):
    response = upload(http, **form)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_frames_per_second_may_be_given(http):
    assert upload(http, **{"preprocess_configs[video][fps]": "0.5"}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"json": FORM},
        {"data": FORM},
        {"files": {"purpose": (None, "user_data")}},
        {"files": {"purpose": (None, "user_data"), "file": (None, "no file")}},
        {
            "content": b"no form",
            "headers": {"content-type": "multipart/form-data; boundary=x"},
        },
    ],
)
def test_what_is_no_upload_is_400(http, body):
    assert http.post("/files", **body).status_code == 400


def test_an_unknown_file_is_404_and_clear_forgets(http, emulator):
    assert http.get("/files/file-none").status_code == 404
    ident = upload(http).json()["id"]
    emulator.clear()
    response = http.get(f"/files/{ident}")
    assert isinstance(response, httpx.Response)
    assert response.json()["error"]["code"] == "NotFound.File"
