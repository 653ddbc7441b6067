"""What is said for fal alone: in headers, and only as they can have it."""

import json
from typing import Any

import pytest

from seed_core.providers import resolve
from seed_core.providers.fal import MAX_TOKENS
from seed_core.types import Options
from tests.providers.fal.asking import KEY
from tests.providers.fal.by_hand import calling


def test_what_is_said_for_fal_alone_stands_in_headers() -> None:
    said = {
        "request_timeout": 30,
        "priority": "low",
        "no_retry": True,
        "runner_hint": "a-session",
        "store_io": False,
        "x_own": 1,
    }
    request = next(calling(options=Options(host_options={"fal": said}))).request
    assert request.headers["x-fal-request-timeout"] == "30"
    assert request.headers["x-fal-queue-priority"] == "low"
    assert request.headers["x-fal-no-retry"] == "1"
    assert request.headers["x-fal-runner-hint"] == "a-session"
    assert request.headers["x-fal-store-io"] == "0"
    (text,) = request.body.parts
    body = {"prompt": "Hello", "max_completion_tokens": MAX_TOKENS, "x_own": 1}
    assert json.loads(text) == body  # type: ignore[arg-type]  # bytes


def test_a_switch_that_is_off_sends_nothing() -> None:
    options = Options(host_options={"fal": {"no_retry": False, "store_io": True, "priority": None}})
    headers = next(calling(options=options)).request.headers
    assert not [name for name in headers if name.startswith("x-fal")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("request_timeout", 1),
        ("request_timeout", "soon"),
        ("request_timeout", True),
        ("request_timeout", float("inf")),
        ("priority", "high"),
        ("no_retry", "yes"),
        ("runner_hint", ""),
        ("store_io", 0.5),
    ],
)
def test_a_value_that_a_header_cannot_have_is_an_error(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"'{name}'.* takes "):
        next(calling(options=Options(host_options={"fal": {name: value}})))


def test_a_priority_is_for_the_queue_alone() -> None:
    sync = resolve("fal", api_key=KEY)
    with pytest.raises(ValueError, match="api='queue'"):
        next(calling(provider=sync, options=Options(host_options={"fal": {"priority": "low"}})))
