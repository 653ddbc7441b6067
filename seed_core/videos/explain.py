"""What an error of Runware's means. Its codes are many and change, so they are read by classes.

The order of the classes matters: `invalidProviderContent` is about safety and `invalidApiKey`
about the key, before both are about a value that is invalid.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from pydantic_core import from_json

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
from seed_core.events import request_id
from seed_core.flow import Headers, Response
from seed_core.types import Json
from seed_core.videos.envelope import errors_in

PROVIDER = "runware"
KEY_NAME = "RUNWARE_API_KEY"
_Classes: TypeAlias = tuple[tuple[re.Pattern[str], type[APIStatusError]], ...]
_SHOWN = 500
"""Characters of the host's own words that a message repeats."""
_LONGEST_CODE = 200
"""Characters of a code that are looked at: the time for it grows with their square."""


def _codes(pattern: str) -> re.Pattern[str]:
    """Codes, in whatever case: the host writes `timeoutProvider` and `providerTimeout`."""
    return re.compile(pattern, re.IGNORECASE)


_CERTAIN: _Classes = (
    (
        _codes(".*(credits|quota|balance(?!r)).*|paymentRequired|environmentPaused"),
        InsufficientCreditError,
    ),
    (_codes(".*rateLimit.*"), RateLimitError),
    (
        _codes(
            "(provider)?contentPolicyViolation|(sensitive|unsafe|nsfw)ContentDetected|promptBlocked"
            "|imageBlocked|(content)?moderationFailed|invalidProviderContent"
        ),
        ContentFilterError,
    ),
    # What begins with "provider" is about the keys of the model's maker, not about the caller's.
    (
        _codes(
            "(?!provider).*apiKey.*|unauthorized|authenticationFailed|authFailed|authTimeout"
            "|invalidAuthentication|invalidCredentials|missingAuthentication|token.*"
        ),
        AuthenticationError,
    ),
    (
        _codes(
            "forbidden|permissionDenied|insufficientPermissions|(account|organization|workspace).*"
        ),
        PermissionDeniedError,
    ),
)
"""Classes of codes that say more than the status does."""

_BROAD: _Classes = (
    (_codes(".*timeout.*|.*timedOut.*"), ServerError),
    (_codes(".*(NotFound|Expired)|taskCancelled|unknownModel"), NotFoundError),
    (
        _codes(
            "internalServerError|serviceUnavailable|serverUnavailable|standardError|unknownError"
            "|undefinedError|defaultError|unrecognizedResponse"
        ),
        ServerError,
    ),
    (
        _codes(
            "provider.*|inferenceError|processingFailed|taskFailed|downloadFailed|uploadFailed"
            "|noAvailableServer|modelUnavailable|modelDisabled|modelNotReady"
        ),
        ServerError,
    ),
    (
        _codes(
            "(invalid|missing|conflict|duplicate|unsupported|value|array|max).*|unknownParameter"
            "|incompatibleParameters|validationFailed"
        ),
        BadRequestError,
    ),
)
"""Classes that count where the status says no more than that it is an error."""

_STATUSES: Mapping[int, type[APIStatusError]] = {
    401: AuthenticationError,
    402: InsufficientCreditError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}
_REFUSED = (400, 413, 422)

_MODERATION = re.compile(
    "DataInspectionFailed|SensitiveContentDetected|PolicyViolation|PrivacyInformation|moderation"
    "|content policy|safety",
    re.IGNORECASE,
)
"""Words by which a model's maker refuses. They come as a failure of the provider, and only the
message, or a code that is a sentence, tells."""


def explain(
    entries: Sequence[Json],
    *,
    status: int | None = None,
    headers: Headers | None = None,
    body: Any = None,
    job: bool = False,
) -> APIStatusError:
    """The error that the host's entries are: the first says which, all of them what.

    Args:
        entries: objects with `code` and `message`, at least one.
        status: the HTTP status, or None for an error inside a 200 or a webhook.
        headers: the response's headers, lower case.
        body: what to keep as `.body` instead of the first entry.
        job: whether a task failed, rather than a request.
    """
    headers = headers or {}
    code = _text(entries[0].get("code"))
    words = "; ".join(filter(None, map(_words, entries)))
    kind = _kind(status, code or "", words)
    # Below 500 the host is certain, whatever the code says of its provider.
    refused = kind is ServerError and status is not None and status < 500 and status != 408
    retryable = not refused and (kind.retryable or status == 408)
    wait = retry_after(headers)
    said = words[:_SHOWN].rstrip(". ") or "no further words"
    answered = f"{PROVIDER} answered {status}" if status else f"{PROVIDER} failed"
    advice = _advice(kind, wait, job=job and retryable)
    return kind(
        f"{answered}: {said}" + (f" ({advice})" if advice else ""),
        provider=PROVIDER,
        status_code=status,
        code=code,
        request_id=request_id(headers),
        body=entries[0] if body is None else body,
        retry_after=wait,
        headers=headers,
        retryable=retryable,
    )


def explain_response(response: Response) -> APIStatusError:
    """The error that a response with an error status is.

    A body that is none of the API's is told of by its kind.
    """
    text = response.body.decode("utf-8", "replace")
    try:
        body = from_json(text)
    except ValueError:
        body = text[:_SHOWN].strip()
    entries = errors_in(body)
    if not entries and isinstance(body, Mapping):  # `application/problem+json`, or a bare entry
        words = body.get("detail") or body.get("message") or body.get("title")
        entries = ({"code": body.get("code"), "message": words},)
    if not entries:
        entries = ({"message": _words_of_page(response, text.strip())},)
    return explain(entries, status=response.status, headers=response.headers, body=body)


def retry_after(headers: Headers) -> float | None:
    """Seconds that the host asks to wait: a number, or a date against the answer's own date.

    Example:
        >>> retry_after({"retry-after": "2"})
        2.0
    """
    said = headers.get("retry-after")
    if not said:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", said.strip()):
        return _finite(float(said))
    try:
        until, now = (parsedate_to_datetime(text) for text in (said, headers.get("date", "")))
        return max(0.0, (until - now).total_seconds())
    except (OverflowError, TypeError, ValueError):
        return None


def _finite(seconds: float) -> float | None:
    """Seconds, unless they never end."""
    return seconds if seconds < math.inf else None


def _kind(status: int | None, code: str, words: str) -> type[APIStatusError]:
    """The class: what the code says for certain, then the status, then the code's broad class."""
    certain = _first(_CERTAIN, code)
    if certain in (AuthenticationError, PermissionDeniedError):
        return {401: AuthenticationError, 403: PermissionDeniedError}.get(status or 0, certain)
    if certain is not None:
        return certain
    broad = _first(_BROAD, code)
    unclear = broad in (None, ServerError) and status not in (401, 402, 404, 429)
    if unclear and _MODERATION.search(words):
        return ContentFilterError
    if status is not None and status in _STATUSES:
        return _STATUSES[status]
    if status is not None and status >= 500:
        return ServerError
    if broad is None and status in _REFUSED:
        return BadRequestError
    return broad or APIStatusError


def _first(classes: _Classes, code: str) -> type[APIStatusError] | None:
    """The first class that a code is of."""
    code = code[:_LONGEST_CODE]
    return next((kind for pattern, kind in classes if pattern.fullmatch(code)), None)


def _words(entry: Json) -> str:
    """The host's own words: code and message, since either may be the one that helps."""
    told = [_text(entry.get("code")), _text(entry.get("message"))]
    words = ": ".join(text for text in told if text)
    named = entry.get("parameter")
    names = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    if not names:
        return words
    return f"{words.rstrip('. ')} (parameter {', '.join(map(str, names))})"


def _advice(kind: type[APIStatusError], wait: float | None, *, job: bool) -> str:
    """What the caller can do."""
    if job:
        return "a new task may succeed, and is a new charge"
    if kind is AuthenticationError:
        return f"check {KEY_NAME}, or api_key="
    if kind is InsufficientCreditError:
        return "add credit; video needs an account that has paid before"
    again = "" if wait is None else f"retry after {wait:g} s"
    return ", or ".join(filter(None, (again, kind.advice)))


def _words_of_page(response: Response, text: str) -> str:
    """What to say of a body that is not an object."""
    if "html" in response.headers.get("content-type", "") or text[:1] == "<":
        return "an HTML page, not the API's JSON"
    if 300 <= response.status < 400:
        return "a redirect, which is not followed because it would carry the key; check base_url="
    return text or "an empty body"


def _text(value: object) -> str | None:
    """Text that is not empty, or None."""
    return value if isinstance(value, str) and value else None
