"""Which error an answer is: by status, then by the host's documented word, never by prose."""

import json
from typing import Any

import pytest

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
from seed_core.flow import Response
from seed_core.providers import resolve
from seed_core.providers.explain import explain_error, explain_response

HOST = resolve("openrouter", api_key="sk-or-v1-secret")
SERVER = resolve("compatible", base_url="http://127.0.0.1:8000", model="m")


def refused(
    status: int, error: object = None, headers: dict[str, str] | None = None
) -> APIStatusError:
    body = {"error": {"code": status, "message": "words"} if error is None else error}
    return explain_response(HOST, Response(status, headers or {}, json.dumps(body).encode()))


def inside(error: dict[str, Any]) -> APIStatusError:
    """An error inside a 200 or a stream."""
    return explain_error(HOST, {"error": error}, {})


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, BadRequestError, False),
        (401, AuthenticationError, False),
        (402, InsufficientCreditError, False),
        (403, PermissionDeniedError, False),
        (404, NotFoundError, False),
        (408, APIStatusError, True),
        (409, APIStatusError, True),
        (412, APIStatusError, False),
        (413, BadRequestError, False),
        (418, APIStatusError, False),
        (422, BadRequestError, False),
        (425, APIStatusError, True),
        (429, RateLimitError, True),
        (500, ServerError, True),
        (502, ServerError, True),
        (503, ServerError, True),
        (504, ServerError, True),
        (524, ServerError, True),
        (529, ServerError, True),
    ],
)
def test_a_status_is_its_class_outside_and_inside_a_200(
    status: int, kind: type[APIStatusError], retryable: bool
) -> None:
    for error in (refused(status), inside({"code": status, "message": "words"})):
        assert type(error) is kind
        assert error.retryable == retryable
        assert (error.status_code, error.provider) == (status, "openrouter")
        assert f"openrouter answered {status}" in str(error) or "openrouter failed" in str(error)
        assert kind.advice in str(error) or kind is AuthenticationError


WORDS: dict[str, tuple[int, type[APIStatusError]]] = {
    "context_length_exceeded": (400, ContextOverflowError),
    "max_tokens_exceeded": (400, BadRequestError),
    "token_limit_exceeded": (400, ContextOverflowError),
    "string_too_long": (400, BadRequestError),
    "authentication": (401, AuthenticationError),
    "permission_denied": (403, PermissionDeniedError),
    "payment_required": (402, InsufficientCreditError),
    "rate_limit_exceeded": (429, RateLimitError),
    "provider_overloaded": (529, ServerError),
    "provider_unavailable": (502, ServerError),
    "invalid_request": (400, BadRequestError),
    "invalid_prompt": (400, BadRequestError),
    "not_found": (404, NotFoundError),
    "precondition_failed": (412, BadRequestError),
    "payload_too_large": (413, BadRequestError),
    "unprocessable": (422, BadRequestError),
    "content_policy_violation": (403, ContentFilterError),
    "refusal": (400, ContentFilterError),
    "invalid_image": (400, BadRequestError),
    "image_too_large": (400, BadRequestError),
    "image_too_small": (400, BadRequestError),
    "unsupported_image_format": (400, BadRequestError),
    "image_not_found": (400, BadRequestError),
    "image_download_failed": (400, BadRequestError),
    "server": (500, ServerError),
    "timeout": (504, ServerError),
    "unmapped": (500, ServerError),
}


@pytest.mark.parametrize(("word", "status", "kind"), [(w, s, k) for w, (s, k) in WORDS.items()])
def test_an_error_type_is_its_class_with_and_without_a_status(
    word: str, status: int, kind: type[APIStatusError]
) -> None:
    documented = {"code": status, "message": "m", "metadata": {"error_type": word}}
    without_status = {"message": "m", "metadata": {"error_type": word}}
    direct = {"message": "m", "error_type": word, "http_status": status}
    for error in (
        refused(status, documented),
        inside(documented),
        inside(without_status),
        inside(direct),
    ):
        assert type(error) is kind
        assert error.code == word
        assert error.retryable == kind.retryable
    assert inside(direct).status_code == status


@pytest.mark.parametrize(
    ("code", "status", "kind", "retryable"),
    [
        ("model_not_found", 400, NotFoundError, False),
        ("wrong_endpoint", 400, BadRequestError, False),
        ("no_endpoints", 404, NotFoundError, False),
        ("model_deprecated", 404, NotFoundError, False),
        ("model_unavailable_upstream", 404, NotFoundError, False),
        ("capacity_exhausted", 429, RateLimitError, True),
        ("temporarily_unavailable", 503, ServerError, True),
        ("region_restricted", 403, PermissionDeniedError, False),
        ("privacy_restricted", 404, NotFoundError, False),
        ("constraint_filtered", 404, NotFoundError, False),
        ("free_variant_ended", 404, NotFoundError, False),
    ],
)
def test_the_documented_availability_is_read(
    code: str, status: int, kind: type[APIStatusError], retryable: bool
) -> None:
    availability = {
        "code": code,
        "retryable": retryable,
        "retry_after": 5,
        "requested_models": ["m"],
    }
    error = refused(status, {"message": "m", "http_status": status, "availability": availability})
    assert type(error) is kind
    assert (error.code, error.retryable, error.retry_after) == (code, retryable, 5)


def test_a_context_overflow_is_known_by_its_words_where_there_is_no_code() -> None:
    words = "This endpoint's maximum context length is 200000 tokens. However, you asked for more."
    assert type(refused(400, {"code": 400, "message": words})) is ContextOverflowError
    assert (
        type(refused(400, {"code": 400, "message": "m", "metadata": {"raw": words}}))
        is ContextOverflowError
    )
    assert type(refused(429, {"code": 429, "message": words})) is RateLimitError


def test_the_words_of_the_upstream_are_told() -> None:
    metadata = {"provider_name": "Seed", "raw": "account rate limit reached"}
    error = refused(429, {"code": 429, "message": "Provider returned error", "metadata": metadata})
    assert "Provider returned error: account rate limit reached" in str(error)
    bare = refused(429, {"code": 429, "message": "", "metadata": {"raw": "upstream words"}})
    assert "answered 429: upstream words" in str(bare)
    same = refused(429, {"code": 429, "message": "the same", "metadata": {"raw": "the same"}})
    assert str(same).count("the same") == 1


def test_an_error_carries_status_word_id_body_and_headers() -> None:
    headers = {"x-generation-id": "gen-1", "x-request-id": "req-1", "retry-after": "3"}
    error = refused(429, headers=headers)
    assert error.request_id == "gen-1"
    assert error.retry_after == 3
    assert error.body == {"error": {"code": 429, "message": "words"}}
    assert error.headers == headers
    assert refused(500, headers={"x-request-id": "req-1"}).request_id == "req-1"
    assert refused(500).request_id is None


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"<!doctype html><h1>x", "text/html; charset=utf-8", "an HTML page, not the API's JSON"),
        (b"  <html>", "", "an HTML page"),
        (b"", "application/json", "an empty body"),
        (b"upstream connect error", "text/plain", "upstream connect error"),
        (b"\xff\xfe", "text/plain", "\ufffd"),
        (b'["a"]', "application/json", '["a"]'),
        (b'"a"', "application/json", '"a"'),
        (b"{}", "application/json", "no further words"),
        (b'{"message": "elsewhere"}', "application/json", "elsewhere"),
        (b'{"error": "only text"}', "application/json", "only text"),
        (b'{"error": {"message": {"odd": 1}}}', "application/json", "no further words"),
    ],
)
def test_a_body_of_any_form_is_told_as_far_as_it_goes(body: bytes, kind: str, words: str) -> None:
    error = explain_response(HOST, Response(503, {"content-type": kind} if kind else {}, body))
    assert type(error) is ServerError
    assert words in str(error)


def test_a_long_body_is_shown_by_its_beginning() -> None:
    error = explain_response(HOST, Response(500, {}, b"x" * 10_000))
    assert len(str(error)) < 800
    assert len(error.body) == 500


def test_an_authentication_error_names_the_variable() -> None:
    assert "check OPENROUTER_API_KEY, or api_key=" in str(refused(401))
    error = explain_response(SERVER, Response(401, {}, b""))
    assert "check SEED_API_KEY, or api_key=" in str(error)


def test_the_words_of_openrouter_mean_nothing_elsewhere() -> None:
    body = json.dumps({"error": {"message": "m", "type": "refusal"}}).encode()
    assert type(explain_response(SERVER, Response(400, {}, body))) is BadRequestError
    assert explain_response(SERVER, Response(400, {}, body)).code == "refusal"


def test_the_key_is_cut_out_of_what_a_host_says() -> None:
    error = refused(401, {"code": 401, "message": "No key sk-or-v1-secret here"})
    assert "No key *** here" in str(error)


def test_a_403_with_reasons_is_moderation() -> None:
    metadata = {"reasons": ["violence"], "flagged_input": "...", "provider_name": "Seed"}
    error = refused(403, {"code": 403, "message": "flagged", "metadata": metadata})
    assert type(error) is ContentFilterError
    assert not error.retryable
