"""What the tests of the video flows share: a host, a task, answers, and what was sent."""

import json
from typing import Any

from pydantic_core import to_json

from seed_core.flow import Response, Retry, Send
from seed_core.render import render
from seed_core.videos.runware import Runware, resolve_runware
from seed_core.videos.seedance import SeedanceTask

KEY = "rw-a-key-that-nobody-may-see"
HOST: Runware = resolve_runware(KEY)
TASK = "24cd5dff-cb81-4db5-8506-b72a9425f9d1"
OTHER = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
AT_ONCE = Retry(2, jitter=lambda: 0.0)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)


def task(**fields: Any) -> SeedanceTask:
    """A task with what is said, and a size unless something stands in for it."""
    if not fields.keys() & {"width", "height", "size", "aspect_ratio", "tier", "frame_images"}:
        fields["size"] = "1280x720"
    return SeedanceTask(**{"prompt": "A cat walks", **fields})


def says(body: Any, status: int = 200, **headers: str) -> Response:
    """An answer of the host."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else to_json(body)
    return Response(status, {"content-type": "application/json", **named}, content)


def item(**fields: Any) -> dict[str, Any]:
    """An item about the task."""
    return {"taskType": "videoInference", "taskUUID": TASK, **fields}


def data(*items: dict[str, Any]) -> dict[str, Any]:
    """A frame with these items."""
    return {"data": list(items)}


def made(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A finished item."""
    url = f"https://vm.runware.ai/video/{number}.mp4"
    return item(status="success", videoUUID=f"video-{number}", videoURL=url, **fields)


def failed(code: str, message: str = "words", **fields: Any) -> dict[str, Any]:
    """A failed item."""
    return item(status="error", error={"code": code, "message": message}, **fields)


def error(code: str, message: str = "words", task_uuid: str | None = TASK) -> dict[str, Any]:
    """An entry of `errors`."""
    named = {} if task_uuid is None else {"taskUUID": task_uuid}
    return {"code": code, "message": message, **named}


def errors(*entries: dict[str, Any]) -> dict[str, Any]:
    """A frame with these errors."""
    return {"data": [], "errors": list(entries)}


def sent(send: Send) -> dict[str, Any]:
    """The one task that a send hands over."""
    (one,) = json.loads(b"".join(render(send.request.body)))
    assert isinstance(one, dict)
    return one


PROCESSING = data(item(status="processing", progress=40))
UNKNOWN = data()
ACCEPTED = data(item())
