"""What fal's errors mean: four families, their types, and who is to blame."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json

from seed_core.errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ContentFilterError,
    ContextOverflowError,
    InsufficientCreditError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from seed_core.flow import Response, Retry
from seed_core.providers import resolve
from seed_core.providers.explain import explain_response
from seed_core.providers.fal import PERMANENT, STATUSES, TRANSIENT

FAL = resolve("fal", api_key="a-key-that-nobody-may-see")
SECRET = "the whole prompt, which nobody else may read"


def explained(
    status: int, body: Any, headers: dict[str, str] | None = None, kind: str = "application/json"
) -> APIStatusError:
    said = body if isinstance(body, bytes) else to_json(body)
    return explain_response(FAL, Response(status, {"content-type": kind, **(headers or {})}, said))


def model_error(kind: str, **fields: Any) -> dict[str, Any]:
    return {"detail": [{"loc": ["body", "prompt"], "msg": "Not so.", "type": kind, **fields}]}


@pytest.mark.parametrize("kind", PERMANENT)
def test_a_type_that_blames_the_request_is_not_tried_again(kind: str) -> None:
    error = explained(422, model_error(kind))
    assert type(error) is BadRequestError
    assert (error.retryable, error.code, error.status_code) == (False, kind, 422)
    assert "body.prompt: Not so" in str(error)


@pytest.mark.parametrize("kind", TRANSIENT)
def test_a_type_that_may_pass_is_tried_again_whatever_its_status(kind: str) -> None:
    error = explained(422, model_error(kind))
    assert type(error) is ServerError
    assert (error.retryable, error.code) == (True, kind)


def test_an_unknown_type_under_422_is_not_tried_again() -> None:
    error = explained(422, model_error("something_new"))
    assert type(error) is BadRequestError
    assert not error.retryable


@pytest.mark.parametrize("kind", STATUSES)
def test_an_infrastructure_error_is_tried_again(kind: str) -> None:
    error = explained(STATUSES[kind], {"detail": "Down", "error_type": kind})
    assert type(error) is ServerError
    assert (error.retryable, error.code) == (True, kind)


def test_the_type_may_stand_in_the_header_alone() -> None:
    headers = {"x-fal-error-type": "runner_disconnected"}
    error = explained(503, b"<html>nginx</html>", headers, "text/html")
    assert (type(error), error.code) == (ServerError, "runner_disconnected")


@pytest.mark.parametrize(
    ("status", "said", "kind", "retryable"),
    [
        (401, "Invalid key", AuthenticationError, False),
        (403, "No access", PermissionDeniedError, False),
        (404, "Application not found", NotFoundError, False),
        (408, "Too slow", APIStatusError, True),
        (409, "Not now", APIStatusError, True),
        (429, "Too many concurrent requests", RateLimitError, True),
        (499, "Client closed request", APIStatusError, False),
        (500, "Oh no", ServerError, True),
    ],
)
def test_a_plain_error_is_its_status(
    status: int, said: str, kind: type[APIStatusError], *, retryable: bool
) -> None:
    for body in ({"detail": said}, {"error": said}):
        error = explained(status, body)
        assert (type(error), error.retryable) == (kind, retryable)
        assert said in str(error)


def test_a_limit_on_calls_at_once_says_how_many() -> None:
    assert "may make 2 calls at once" in str(explained(429, {"detail": "Busy"}))


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_page_of_html_is_the_host_s_failure(status: int) -> None:
    error = explained(status, b"<html><h1>502 Bad Gateway</h1>nginx</html>", kind="text/html")
    assert (type(error), error.retryable) == (ServerError, True)
    assert "an HTML page" in str(error)


@pytest.mark.parametrize("said", ["true", "True"])
def test_the_host_s_own_word_on_trying_again_goes_first(said: str) -> None:
    assert explained(422, model_error("missing"), {"x-fal-retryable": said}).retryable
    no = explained(
        503, {"detail": "x", "error_type": "runner_disconnected"}, {"x-fal-retryable": "false"}
    )
    assert not no.retryable


def test_a_limit_of_the_user_s_own_is_not_tried_again() -> None:
    body = {"detail": "Request timed out", "error_type": "request_timeout"}
    assert explained(504, body).retryable
    own = explained(504, body, {"x-fal-request-timeout-type": "user", "x-fal-retryable": "true"})
    assert not own.retryable


def test_the_prompt_that_is_echoed_is_told_to_nobody() -> None:
    body = {
        "detail": [
            {
                "loc": ["body"],
                "msg": "Flagged.",
                "type": "content_policy_violation",
                "input": SECRET,
            },
            {"loc": ["body"], "msg": "And more.", "type": "missing", "input": {"prompt": SECRET}},
            "a row that is none",
        ]
    }
    error = explained(422, body)
    assert type(error) is ContentFilterError
    assert "Flagged.; body: And more" in str(error)
    assert SECRET not in f"{error} {error.body} {vars(error)}"
    assert error.body["detail"][0]["type"] == "content_policy_violation"


def test_the_prompt_is_not_told_although_the_error_is_too_long_to_be_read_whole() -> None:
    body = to_json(model_error("sequence_too_long", input=SECRET * 30_000))
    error = explained(422, body[:1_000_000])
    assert type(error) is ContextOverflowError
    assert "body.prompt: Not so" in str(error)
    assert SECRET not in f"{error} {error.body}"


@pytest.mark.parametrize(
    "detail", [[], {}, {"a": 1}, 3, True, [["x"]], [{"loc": "body", "msg": None, "type": 7}]]
)
def test_details_of_another_form_are_still_errors(detail: Any) -> None:
    error = explained(422, {"detail": detail})
    assert type(error) is BadRequestError
    assert str(error)


def test_the_request_is_named() -> None:
    error = explained(500, {"detail": "x"}, {"x-fal-request-id": "req-1"})
    assert error.request_id == "req-1"


# --- recorded -------------------------------------------------------------------------------------

RECORDED: dict[str, tuple[int, type[APIStatusError], bool]] = {
    "400_not_ready.json": (400, BadRequestError, False),
    "403_exhausted_balance.json": (403, InsufficientCreditError, False),
    "422_audio_duration_too_short.json": (422, BadRequestError, False),
    "422_content_policy_on_result.json": (422, ContentFilterError, False),
    "422_feature_not_supported.json": (422, BadRequestError, False),
    "422_invalid_request_layerize.json": (422, BadRequestError, False),
    "422_sequence_too_long.json": (422, ContextOverflowError, False),
    "504_request_timeout.json": (504, ServerError, True),
}
ELSEWHERE = {
    "status_completed_request_timeout.json",
    "status_completed_runner_disconnected.json",
    "status_in_queue.json",
    "storage_initiate_response.json",
}
"""Recorded bodies that are no errors: the tests of the queue and of the storage read them."""


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_error_is_what_it_is(recordings: Path, name: str) -> None:
    status, kind, retryable = RECORDED[name]
    body = (recordings / "fal" / name).read_bytes()
    error = explained(status, body)
    assert (type(error), error.retryable) == (kind, retryable)
    detail = json.loads(body)["detail"]
    words = detail if isinstance(detail, str) else detail[0]["msg"]
    assert words.rstrip(".") in str(error)
    assert '"input"' not in json.dumps(error.body)


def test_no_recorded_body_is_forgotten(recordings: Path) -> None:
    assert {path.name for path in (recordings / "fal").iterdir()} == RECORDED.keys() | ELSEWHERE


def test_an_empty_account_lets_another_host_answer() -> None:
    error = explained(403, {"detail": "User is locked. Reason: Exhausted balance."})
    assert Retry().moves_on(error)
    assert not Retry().moves_on(explained(403, {"detail": "No access"}))
