"""What the host posts to a webhook."""

import json
from typing import Any

import pytest

from seed_core.errors import ContentFilterError, InvalidReplyError
from seed_core.videos.webhook import parse_webhook
from tests.video.asking import OTHER, TASK, data, error, errors, failed, item, made


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (made(), "success"),
        (item(videoUUID="v", videoURL="https://vm.runware.ai/a.mp4"), "success"),
        (item(status="processing"), "processing"),
        (failed("inferenceError"), "error"),
        ({**error("timeoutProvider"), "status": "error"}, "error"),
        (error("timeoutProvider"), "error"),
        (data(made()), "success"),
        ({"data": made()}, "success"),
        (data(failed("inferenceError")), "error"),
        (errors(error("timeoutProvider")), "error"),
        ({"errors": [error("timeoutProvider")]}, "error"),
        ({"error": error("timeoutProvider")}, "error"),
    ],
)
def test_each_form_in_each_type(body: dict[str, Any], state: str) -> None:
    text = json.dumps(body)
    for form in (body, text, text.encode()):
        (status,) = parse_webhook(form)
        assert (status.task_uuid, status.state) == (TASK, state)


def test_tasks_are_told_apart() -> None:
    both = {
        **data(made(1), {**made(2), "taskUUID": OTHER}, made(3)),
        "errors": [error("promptBlocked", task_uuid=OTHER)],
    }
    first, second = parse_webhook(both)
    assert [one.uuid for one in first.results] == ["video-1", "video-3"]
    assert first.failures == ()
    assert (second.task_uuid, len(second.results)) == (OTHER, 1)
    assert isinstance(second.failures[0].reason, ContentFilterError)
    assert second.failures[0].task_uuid == OTHER


def test_a_uuid_is_the_same_in_either_case() -> None:
    (status,) = parse_webhook(data(made(1), {**made(2), "taskUUID": TASK.upper()}))
    assert (status.task_uuid, len(status.results)) == (TASK, 2)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        "null",
        "[]",
        "7",
        "{}",
        None,
        7,
        {},
        {"status": "success"},
        {"taskUUID": 7, "status": "success"},
        data(),
        errors(),
        errors(error("invalidApiKey", task_uuid=None)),
        data({"videoURL": "https://a.example/v"}),
        [made()],
    ],
)
def test_anything_else_is_refused(body: Any) -> None:
    with pytest.raises(InvalidReplyError, match="the webhook's body"):
        parse_webhook(body)
