"""Which error an answer is: by status, then by the host's documented word, never by prose."""

import json
from pathlib import Path
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
ARK = resolve("byteplus", api_key="ark-key-of-nobody")


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
        (b'{"error": {"message": {"odd": 1}}}', "application/json", '{"odd":1}'),
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


# --- other hosts and wires ------------------------------------------------------------------------

EMPIRIOLABS, MODELSLAB, ARK = (
    resolve(name, api_key="sk-a-key-of-nobody") for name in ("empiriolabs", "modelslab", "byteplus")
)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("invalid_request_error", BadRequestError),
        ("authentication_error", AuthenticationError),
        ("billing_error", InsufficientCreditError),
        ("permission_error", PermissionDeniedError),
        ("not_found_error", NotFoundError),
        ("request_too_large", BadRequestError),
        ("rate_limit_error", RateLimitError),
        ("rate_limit_exceeded", RateLimitError),
        ("invalid_prompt", BadRequestError),
        ("image_content_policy_violation", ContentFilterError),
        ("overloaded_error", ServerError),
        ("api_error", ServerError),
        ("server_error", ServerError),
        ("context_length_exceeded", ContextOverflowError),
        ("insufficient_quota", InsufficientCreditError),
        ("a_word_of_tomorrow", ServerError),
    ],
)
def test_the_words_of_the_other_wires_stand_for_a_status_where_there_is_none(
    word: str, kind: type[APIStatusError]
) -> None:
    for field in ("type", "code"):
        error = explain_error(SERVER, {"error": {field: word, "message": "m"}}, {})
        assert type(error) is kind
        assert (error.code, error.status_code) == (word, None)


def test_a_status_goes_before_those_words_and_not_before_those_that_say_more() -> None:
    def at(status: int, word: str) -> type[APIStatusError]:
        body = json.dumps({"error": {"type": word, "message": "m"}}).encode()
        return type(explain_response(SERVER, Response(status, {}, body)))

    assert at(500, "invalid_request_error") is ServerError
    assert at(429, "insufficient_quota") is InsufficientCreditError
    assert at(400, "context_length_exceeded") is ContextOverflowError


@pytest.mark.parametrize(
    ("word", "kind", "retryable"),
    [
        ("InvalidParameter.UnsupportedParameter.more", BadRequestError, False),
        ("OutputTextSensitiveContentDetected.PolicyViolation", ContentFilterError, False),
        ("InputVideoRiskDetection", ContentFilterError, False),
        ("RateLimitExceeded.EndpointTPMExceeded", RateLimitError, True),
        ("QuotaExceeded", RateLimitError, False),
        ("ContentSecurityDetectionError", ServerError, True),
        ("ContentSecurityDetectionError.Other", ServerError, True),
        ("OutofContextError", ContextOverflowError, False),
    ],
)
def test_a_dotted_word_of_ark_is_known_by_its_beginning(
    word: str, kind: type[APIStatusError], retryable: bool
) -> None:
    error = explain_error(ARK, {"error": {"code": word, "message": "m", "type": "BadRequest"}}, {})
    assert type(error) is kind
    assert (error.code, error.retryable) == (word, retryable)


def test_a_words_beginning_ends_at_a_dot() -> None:
    error = explain_error(ARK, {"error": {"code": "QuotaExceededSomewhat", "message": "m"}}, {})
    assert (type(error), error.retryable) == (ServerError, True)


def test_recorded_refusals_of_ark_are_read(recordings: Path) -> None:
    for name in ("error_developer_role.json", "error_unsupported_thinking.json"):
        body = (recordings / "ark" / name).read_bytes()
        error = explain_response(ARK, Response(400, {}, body))
        assert type(error) is BadRequestError
        assert error.code == "InvalidParameter"


def test_the_words_of_a_host_are_its_own() -> None:
    error = {"error": {"code": "model_unavailable", "message": "m"}}
    assert explain_error(EMPIRIOLABS, error, {}).retryable
    body = json.dumps({"error": {"code": "model_not_found", "message": "m"}}).encode()
    assert type(explain_response(EMPIRIOLABS, Response(400, {}, body))) is NotFoundError
    assert type(explain_response(ARK, Response(400, {}, body))) is BadRequestError


def test_the_advice_names_the_variable_of_each_host() -> None:
    for host in (EMPIRIOLABS, MODELSLAB, ARK):
        error = explain_response(host, Response(401, {}, b""))
        assert f"check {host.key_names[0]}, or api_key=" in str(error)


def test_a_wait_is_read_from_wherever_it_stands() -> None:
    body = json.dumps({"status": "error", "message": "m", "retry_after": 30}).encode()
    assert explain_response(MODELSLAB, Response(429, {}, body)).retry_after == 30
    headers = {"retry-after": "5"}
    assert explain_response(MODELSLAB, Response(429, headers, body)).retry_after == 5


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"type": "authentication_error", "code": "invalid_api_key"}, AuthenticationError),
        ({"type": "invalid_request_error", "code": "invalid_value"}, BadRequestError),
        ({"type": "rate_limit_error", "code": "slow_down"}, RateLimitError),
        ({"type": "api_error", "code": "server_error"}, ServerError),
    ],
)
def test_of_two_words_without_a_status_the_one_that_says_something_counts(
    error: dict[str, str], kind: type[APIStatusError]
) -> None:
    made = explain_error(SERVER, {"error": {"message": "no", **error}}, {})
    assert type(made) is kind
    assert made.retryable == kind.retryable


def test_a_used_up_quota_is_not_told_to_be_asked_for_more_often() -> None:
    body = b'{"error": {"code": "QuotaExceeded", "message": "The quota is used up"}}'
    made = explain_response(ARK, Response(429, {}, body))
    assert type(made) is RateLimitError
    assert not made.retryable
    assert "max_retries" not in str(made)
    assert "will not help" in str(made)
