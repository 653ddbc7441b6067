"""What the host's codes and statuses mean: every class of its page, in its order."""

from typing import Any

import pytest

from seed_core.errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ContentFilterError,
    InsufficientCreditError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from seed_core.flow import Response
from seed_core.types import Json
from seed_core.videos.explain import explain, explain_response, retry_after
from tests.video.asking import error, errors, says

CLASSES: dict[type[APIStatusError], tuple[str, ...]] = {
    InsufficientCreditError: (
        "insufficientCredits",
        "videoInferenceInsufficientCredits",
        "quotaExceeded",
        "monthlyQuotaReached",
        "insufficientBalance",
        "paymentRequired",
        "environmentPaused",
        "providerQuotaExceeded",
    ),
    RateLimitError: (
        "rateLimit",
        "rateLimitExceeded",
        "apiRateLimitExceeded",
        "providerRateLimitExceeded",
    ),
    ContentFilterError: (
        "contentPolicyViolation",
        "providerContentPolicyViolation",
        "sensitiveContentDetected",
        "unsafeContentDetected",
        "nsfwContentDetected",
        "promptBlocked",
        "imageBlocked",
        "moderationFailed",
        "contentModerationFailed",
        "invalidProviderContent",
    ),
    AuthenticationError: (
        "invalidApiKey",
        "missingApiKey",
        "apiKeyExpired",
        "unauthorized",
        "authTimeout",
        "tokenExpired",
        "tokenInvalid",
    ),
    PermissionDeniedError: (
        "forbidden",
        "permissionDenied",
        "insufficientPermissions",
        "accountSuspended",
        "organizationDisabled",
        "workspaceSuspended",
    ),
    ServerError: (
        "timeout",
        "timeoutProvider",
        "providerTimeout",
        "requestTimedOut",
        "internalServerError",
        "serviceUnavailable",
        "standardError",
        "unknownError",
        "providerError",
        "providerUnavailable",
        "providerInvalidApiKey",
        "inferenceError",
        "processingFailed",
        "taskFailed",
        "downloadFailed",
        "uploadFailed",
        "noAvailableServer",
        "modelUnavailable",
        "modelDisabled",
        "modelNotReady",
    ),
    NotFoundError: (
        "modelNotFound",
        "taskNotFound",
        "mediaExpired",
        "taskCancelled",
        "taskFailedOrNotFound",
        "unknownModel",
    ),
    BadRequestError: (
        "invalidValue",
        "missingDimensionParameters",
        "conflictTaskUUID",
        "duplicateTask",
        "unsupportedFormat",
        "valueTooLarge",
        "arrayTooLong",
        "maxLengthExceeded",
        "unknownParameter",
        "incompatibleParameters",
        "validationFailed",
    ),
    APIStatusError: ("", "somethingNew", "modelOwnership"),
}


@pytest.mark.parametrize(
    ("code", "kind"), [(code, kind) for kind, codes in CLASSES.items() for code in codes]
)
def test_a_code_by_its_class(code: str, kind: type[APIStatusError]) -> None:
    for cased in (code, code[:1].upper() + code[1:], code.lower()):
        found = explain((error(cased, "words of the host"),))
        assert type(found) is kind
        assert found.retryable == (kind in (RateLimitError, ServerError))
        assert (found.provider, found.status_code, found.code) == ("runware", None, cased or None)


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, BadRequestError, False),
        (401, AuthenticationError, False),
        (402, InsufficientCreditError, False),
        (403, PermissionDeniedError, False),
        (404, NotFoundError, False),
        (408, APIStatusError, True),
        (409, APIStatusError, False),
        (413, BadRequestError, False),
        (422, BadRequestError, False),
        (429, RateLimitError, True),
        (500, ServerError, True),
        (502, ServerError, True),
        (503, ServerError, True),
        (529, ServerError, True),
        (302, APIStatusError, False),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b"oops", b"{}", b"[]", b'"oops"'])
def test_a_status_by_itself(
    status: int, kind: type[APIStatusError], retryable: bool, body: bytes
) -> None:
    found = explain_response(says(body, status))
    assert type(found) is kind
    assert found.retryable == retryable
    assert str(found).startswith(f"runware answered {status}: ")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        # What the code says for certain goes before the status.
        (400, "videoInferenceInsufficientCredits", InsufficientCreditError),
        (429, "quotaExceeded", InsufficientCreditError),
        (403, "insufficientCredits", InsufficientCreditError),
        (403, "promptBlocked", ContentFilterError),
        (500, "sensitiveContentDetected", ContentFilterError),
        (400, "rateLimit", RateLimitError),
        (400, "invalidApiKey", AuthenticationError),
        # Of two words about the key the status chooses.
        (401, "forbidden", AuthenticationError),
        (403, "unauthorized", PermissionDeniedError),
        # Then the status, where it says more than that there is an error.
        (402, "invalidPlan", InsufficientCreditError),
        (403, "missingScope", PermissionDeniedError),
        (404, "invalidTask", NotFoundError),
        (429, "providerBusy", RateLimitError),
        (500, "invalidAnswer", ServerError),
        # Then the code.
        (400, "modelNotFound", NotFoundError),
        (400, "providerError", ServerError),
        (409, "conflictTaskUUID", BadRequestError),
    ],
)
def test_status_and_code_together(status: int, code: str, kind: type[APIStatusError]) -> None:
    found = explain_response(says(errors(error(code)), status))
    assert type(found) is kind
    assert (found.status_code, found.code) == (status, code)


def test_below_500_a_failure_of_the_provider_is_not_to_be_repeated() -> None:
    assert not explain_response(says(errors(error("providerError")), 400)).retryable
    assert explain_response(says(errors(error("providerTimeout")), 408)).retryable


@pytest.mark.parametrize(
    "words",
    [
        "responded with HTTP DataInspectionFailed.",
        "SensitiveContentDetected in the picture",
        "InputImageSensitiveContentDetected.PolicyViolation",
        "PrivacyInformation",
        "refused by Moderation",
        "it violates our content policy",
        "the safety system",
    ],
)
def test_a_refusal_that_comes_as_a_failure_of_the_provider(words: str) -> None:
    for told in (
        error("providerError", words),
        error("", words),
        error(words, "An error has occurred, please read documentation"),
    ):
        assert type(explain((told,))) is ContentFilterError
        assert not explain((told,)).retryable
    assert type(explain((error("invalidValue", words),))) is BadRequestError
    assert type(explain((error("rateLimit", words),))) is RateLimitError
    assert type(explain((error("providerError", words),), status=400)) is ContentFilterError
    assert type(explain((error("providerError", words),), status=403)) is ContentFilterError
    assert type(explain((error("providerError", words),), status=429)) is RateLimitError


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"code": "invalidValue", "message": "No."}, "runware failed: invalidValue: No ("),
        ({"message": "No"}, "runware failed: No"),
        ({"code": "the useful text"}, "runware failed: the useful text"),
        ({"code": 7, "message": None}, "runware failed: no further words"),
        (
            {"code": "missingValue", "message": "No.", "parameter": "width"},
            "missingValue: No (parameter width)",
        ),
        (
            {"code": "missingValue", "message": "No.", "parameter": ["width", "height"]},
            "missingValue: No (parameter width, height)",
        ),
        ({"code": "missingValue", "parameter": []}, "missingValue ("),
    ],
)
def test_code_and_message_are_both_shown(entry: Json, words: str) -> None:
    assert words in str(explain((entry,)))


def test_every_entry_is_told_and_the_first_names_it() -> None:
    found = explain((error("invalidWidth", "one"), error("invalidApiKey", "two")))
    assert type(found) is BadRequestError
    assert found.code == "invalidWidth"
    assert "invalidWidth: one; invalidApiKey: two" in str(found)


@pytest.mark.parametrize(
    ("code", "job", "words"),
    [
        ("invalidApiKey", False, "check RUNWARE_API_KEY, or api_key="),
        ("insufficientCredits", False, "add credit; video needs an account that has paid before"),
        ("providerError", False, "try again later"),
        ("providerError", True, "a new task may succeed, and is a new charge"),
        ("promptBlocked", True, "sending it again will not help"),
    ],
)
def test_it_is_said_what_to_do(code: str, job: bool, words: str) -> None:
    assert words in str(explain((error(code),), job=job))


def test_what_the_host_said_is_kept() -> None:
    body = errors(error("rateLimit", "x" * 900))
    found = explain_response(says(body, 429, retry_after="7", x_request_id="r1"))
    assert (found.request_id, found.retry_after, found.body) == ("r1", 7, body)
    assert found.headers["retry-after"] == "7"
    assert len(str(found)) < 700
    assert "retry after 7 s, or slow down" in str(found)


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (says(b"<html>x", 502), "an HTML page, not the API's JSON"),
        (
            Response(502, {"content-type": "text/html"}, b"Bad gateway"),
            "an HTML page, not the API's JSON",
        ),
        (says(b"", 307), "a redirect, which is not followed"),
        (says(b"  ", 500), "an empty body"),
        (says(b"upstream died", 500), "upstream died"),
        (
            says({"type": "about:blank", "title": "Bad", "detail": "The key is odd"}, 401),
            "runware answered 401: The key is odd",
        ),
        (says({"title": "Bad"}, 400), "runware answered 400: Bad"),
        (says({"code": "invalidValue", "message": "No"}, 400), "400: invalidValue: No"),
        (says({"errors": ["in words"]}, 400), "400: in words"),
        (says({"errors": [], "error": None}, 400), "400: no further words"),
    ],
)
def test_a_body_that_is_not_the_usual_one(response: Response, words: str) -> None:
    assert words in str(explain_response(response))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        (
            {
                "retry-after": "Fri, 31 Jul 2026 10:00:30 GMT",
                "date": "Fri, 31 Jul 2026 10:00:00 GMT",
            },
            30,
        ),
        (
            {
                "retry-after": "Fri, 31 Jul 2026 10:00:00 GMT",
                "date": "Fri, 31 Jul 2026 10:00:30 GMT",
            },
            0,
        ),
        ({"retry-after": "Fri, 31 Jul 2026 10:00:30 GMT"}, None),
        (
            {
                "retry-after": "Fri, 31 Jul 2026 10:00:30 -0000",
                "date": "Fri, 31 Jul 2026 10:00:00 GMT",
            },
            None,
        ),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: Any) -> None:
    assert retry_after(headers) == seconds
