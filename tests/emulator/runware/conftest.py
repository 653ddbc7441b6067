"""A plain HTTP client on the emulated Runware, and tasks to bend."""

import base64
import uuid
from typing import Any

import httpx
import pytest

from seed_core.emulator import Emulator

MODEL = "bytedance:seedance@2.0-mini"
PNG = b"\x89PNG\r\n\x1a\n...."
MP4 = b"\x00\x00\x00\x18ftypmp42"
WAV = b"RIFF\x04\x00\x00\x00WAVE"
IMAGE = "data:image/png;base64," + base64.b64encode(PNG).decode()
VIDEO = "data:video/mp4;base64," + base64.b64encode(MP4).decode()
SOUND = "data:audio/wav;base64," + base64.b64encode(WAV).decode()
URL = "https://example.com/a"
UUID = "c64351d5-4c59-42f7-95e1-eace013eddab"


def new() -> str:
    return str(uuid.uuid4())


class Tasks:
    """POSTs to the one address."""

    def __init__(self, http: httpx.Client, url: str) -> None:
        self.http = http
        self.url = url

    def post(self, *tasks: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(self.url, json=list(tasks), headers=named)

    def video(self, **fields: Any) -> dict[str, Any]:
        """A task that is accepted; a field of `...` is left out."""
        task = {
            "taskType": "videoInference",
            "taskUUID": new(),
            "model": MODEL,
            "positivePrompt": "A boat",
            "width": 1280,
            "height": 720,
            **fields,
        }
        return {name: value for name, value in task.items() if value is not ...}

    def make(self, **fields: Any) -> str:
        """Have a video accepted and give its id."""
        task = self.video(**fields)
        response = self.post(task)
        assert response.status_code == 200, response.text
        return str(task["taskUUID"])

    def ask(self, ident: str) -> httpx.Response:
        return self.post({"taskType": "getResponse", "taskUUID": ident})

    def wait(self, ident: str, polls: int = 10) -> list[dict[str, Any]]:
        """Ask until nothing is processing, and give the items."""
        for _ in range(polls):
            items: list[dict[str, Any]] = self.ask(ident).json()["data"]
            if items and all(item["status"] != "processing" for item in items):
                return items
        pytest.fail(f"{ident} is still processing")

    def upload(self, media: str, **fields: Any) -> dict[str, Any]:
        """Have something stored and give the item that tells of it."""
        task = {"taskType": "mediaStorage", "taskUUID": new(), "operation": "upload"}
        response = self.post({**task, "media": media, **fields})
        assert response.status_code == 200, response.text
        (item,) = response.json()["data"]
        told: dict[str, Any] = item
        return told


def refusal(response: httpx.Response, status: int = 400) -> dict[str, Any]:
    """The one error of a refusal."""
    assert response.status_code == status, response.text
    body = response.json()
    assert body["data"] == []
    (error,) = body["errors"]
    told: dict[str, Any] = error
    return told


@pytest.fixture
def tasks(emulator: Emulator, _one_client: httpx.Client) -> Tasks:
    _one_client.headers = httpx.Headers({"Authorization": "Bearer test"})
    return Tasks(_one_client, emulator.url("runware"))


@pytest.fixture
def web(tasks: Tasks) -> Any:
    """Anyone without a key: what gets a file."""
    with httpx.Client(trust_env=False) as client:
        yield client.get


@pytest.fixture
def script(emulator: Emulator) -> Any:
    return lambda *items: emulator.script(*items, host="runware")
