"""What a host's error means: its status first, then its documented words, never its prose.

The one exception is OpenRouter's context overflow, which real replies mark by nothing else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from pydantic_core import from_json, to_json

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
from seed_core.events import request_id
from seed_core.flow import Headers, Response
from seed_core.providers.standards import without_rows, words_of_rows
from seed_core.types import Json

if TYPE_CHECKING:
    from seed_core.providers.base import Provider

_KINDS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: InsufficientCreditError,
    403: PermissionDeniedError,
    404: NotFoundError,
    413: BadRequestError,
    422: BadRequestError,
    429: RateLimitError,
}


class Kind(NamedTuple):
    """What a host's error word means.

    Attributes:
        error: the class.
        retryable: whether the same request may succeed later, where the class does not say.
    """

    error: type[APIStatusError]
    retryable: bool | None = None


_WORDS: Mapping[str, Kind] = {
    "context_length_exceeded": Kind(ContextOverflowError),
    # OpenAI's and LiteLLM's word for an account without credit, under status 429.
    "insufficient_quota": Kind(InsufficientCreditError),
}
"""Words that mean the same at every host, whatever the status."""

_WORDS_ALONE: Mapping[str, Kind] = {
    "invalid_request_error": Kind(BadRequestError),
    "authentication_error": Kind(AuthenticationError),
    "billing_error": Kind(InsufficientCreditError),
    "permission_error": Kind(PermissionDeniedError),
    "not_found_error": Kind(NotFoundError),
    "request_too_large": Kind(BadRequestError),
    "rate_limit_error": Kind(RateLimitError),
    "rate_limit_exceeded": Kind(RateLimitError),
    "invalid_prompt": Kind(BadRequestError),
    "image_content_policy_violation": Kind(ContentFilterError),
}
"""Words of the messages and responses wires, which stand for a status where there is none: in a
stream, or inside a 200. All others mean that the host failed."""

_RETRYABLE = (408, 409, 425)
_LONGEST_WORD = 200
"""Characters of a host's word for an error that are looked at."""
_SHOWN = 500
"""Characters of a host's own words that a message repeats."""


def explain_response(provider: Provider, response: Response) -> APIStatusError:
    """The error that a response with an error status is."""
    said = provider.scrub(response.body.decode("utf-8", "replace"))
    payload = _object(said)
    if payload is None:
        text = said[:_SHOWN].strip()
        payload = {"error": {"message": _words_of_page(response, text)}}
        return explain_error(provider, payload, response.headers, response.status, body=text)
    return explain_error(provider, payload, response.headers, response.status)


def _object(text: str) -> Json | None:
    """A JSON object, also one that was cut off: of a very long error only the beginning is read.

    What it says is then known all the same, and what it repeats of the prompt can be left out.
    """
    for partly in (False, True):
        try:
            payload = from_json(text, allow_partial=partly)
        except ValueError:
            continue
        return payload if isinstance(payload, dict) and (payload or not partly) else None
    return None


def explain_error(
    provider: Provider,
    payload: Json,
    headers: Headers,
    status: int | None = None,
    *,
    body: Any = None,
) -> APIStatusError:
    """The error that an error payload is, wherever it was found.

    Args:
        provider: who said it.
        payload: the parsed body or chunk; its `error` is an object or a text.
        headers: the response's headers, lower case.
        status: the HTTP status, or None for an error inside a 200 or a stream.
        body: what to keep as `.body` instead of the payload.
    """
    payload = from_json(provider.scrub(to_json(payload).decode()))
    payload = without_rows(provider.without_echo(payload))
    said = provider.error_of(payload)
    plain = said or payload.get("message") or words_of_rows(payload.get("detail"))
    error: Json = said if isinstance(said, dict) else {"message": plain}
    code = status or _status(error)
    word = _word(error) or (headers.get(provider.code_header) if provider.code_header else None)
    kind, retryable = _kind(provider, code, word, error)
    retry_after = read_retry_after(headers, error)
    said_so = provider.says_retry(headers)
    if said_so is not None:
        retryable = said_so
    if retryable is None:
        retryable = _retryable(kind, code, headers, error)
    words = _message(error)
    message = _sentence(provider, kind, status or code, words, retry_after, retryable=retryable)
    return kind(
        message,
        provider=provider.name,
        status_code=code,
        code=word,
        request_id=request_id(headers) or _text(payload.get("request_id")),
        body=payload if body is None else body,
        retry_after=retry_after,
        headers={name: provider.scrub(value) for name, value in headers.items()},
        retryable=retryable,
    )


def read_retry_after(headers: Headers, error: Json) -> float | None:
    """Seconds that the host asks to wait, from its headers or its body.

    `retry-after-ms` is in milliseconds; `Retry-After` is in seconds or an HTTP date.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    said = headers.get("retry-after")
    seconds = _number(said)
    if seconds is not None:
        return seconds
    if said:
        try:
            return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
        except (OverflowError, ValueError):
            return None
    availability = error.get("availability")
    hints = availability if isinstance(availability, dict) else error
    return _number(hints.get("retry_after"))


def _kind(provider: Provider, code: int | None, word: str | None, error: Json) -> Kind:
    """The class of an error: the host's word where it says more, else the status."""
    if code == 400 and "maximum context length" in _message(error):
        return Kind(ContextOverflowError)
    known = _known(provider.error_kinds, word)
    if known is not None:
        return known if isinstance(known, Kind) else Kind(known)
    if word is not None and word in _WORDS:
        return _WORDS[word]
    metadata = error.get("metadata")
    if code == 403 and isinstance(metadata, dict) and metadata.get("reasons"):
        return Kind(ContentFilterError)  # OpenRouter's moderation says why; nothing else tells it
    if code is None:
        words = (_WORDS_ALONE.get(str(said)) for said in (word, error.get("type")))
        return next(filter(None, words), Kind(ServerError))
    return Kind(ServerError if code >= 500 else _KINDS.get(code, APIStatusError))


def _known(kinds: Mapping[str, type[APIStatusError] | Kind], word: str | None) -> Any:
    """What a host's word means to it; of a dotted word the longest beginning that is known."""
    word = word and word[:_LONGEST_WORD]  # the time for it grows with the square of its length
    while word:
        if word in kinds:
            return kinds[word]
        word = word.rpartition(".")[0]
    return None


def _retryable(kind: type[APIStatusError], code: int | None, headers: Headers, error: Json) -> bool:
    """Whether the same request may succeed later: the host's word goes before the status."""
    said = headers.get("x-should-retry")
    if said in ("true", "false"):
        return said == "true"
    availability = error.get("availability")
    if isinstance(availability, dict) and isinstance(availability.get("retryable"), bool):
        return bool(availability["retryable"])
    return kind.retryable or (code in _RETRYABLE and kind is APIStatusError)


def _status(error: Json) -> int | None:
    """The HTTP status that an error object names, if it does."""
    for name in ("code", "http_status", "status_code", "status"):
        value = error.get(name)
        if isinstance(value, str) and re.fullmatch("[45][0-9]{2}", value):
            value = int(value)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return None


def _word(error: Json) -> str | None:
    """The host's own word for an error."""
    metadata = error.get("metadata")
    availability = error.get("availability")
    places: tuple[object, ...] = (
        metadata.get("error_type") if isinstance(metadata, dict) else None,
        error.get("error_type"),
        availability.get("code") if isinstance(availability, dict) else None,
        error.get("code"),
        error.get("type"),
    )
    return next((word for word in places if isinstance(word, str) and word), None)


def _message(error: Json) -> str:
    """The host's own words, with those of the upstream behind it."""
    words = error.get("message")
    text = words if isinstance(words, str) else to_json(words).decode() if words else ""
    metadata = error.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    if isinstance(raw, str) and raw and raw not in text:
        text = f"{text}: {raw}" if text else raw
    return text


def _sentence(
    provider: Provider,
    kind: type[APIStatusError],
    status: int | None,
    words: str,
    retry_after: float | None,
    *,
    retryable: bool,
) -> str:
    """Who said what, and what to do next."""
    words = words[:_SHOWN].rstrip(". ") or "no further words"
    advice = kind.advice
    if kind is AuthenticationError and provider.key_names:
        advice = f"check {' or '.join(provider.key_names)}, or api_key="
    if kind is RateLimitError and provider.max_concurrency is not None:
        advice += f"; the smallest account may make {provider.max_concurrency} calls at once"
    if kind is RateLimitError and not retryable:
        advice = "the quota is used up; sending it again will not help"
    if retry_after is not None:
        advice = f"retry after {retry_after:g} s" + (f", or {advice}" if advice else "")
    answered = f"{provider.name} answered {status}" if status else f"{provider.name} failed"
    return f"{answered}: {words}" + (f" ({advice})" if advice else "")


def _words_of_page(response: Response, text: str) -> str:
    """What to say of a body that is not JSON."""
    kind = response.headers.get("content-type", "").partition(";")[0]
    if 300 <= response.status < 400:
        to = _where(response.headers.get("location", ""))
        return f"a redirect{to}, which is not followed: it would carry the key; check base_url="
    if "html" in kind or text[:1] == "<":
        return "an HTML page, not the API's JSON"
    return text or "an empty body"


def _text(value: object) -> str | None:
    """Text that is not empty, or None."""
    return value if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    """A number of seconds that is not negative, or None."""
    try:
        number = float(value)  # type: ignore[arg-type]  # what is not a number is caught
    except (OverflowError, TypeError, ValueError):
        return None
    return number if 0 <= number < float("inf") else None


def _where(location: str) -> str:
    """Where a redirect points, in words: only whose it is, since the rest may be signed."""
    try:
        parts = urlsplit(location)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    plain = host.isascii() and host.isprintable()
    scheme = f"{parts.scheme}:" if parts.scheme else ""
    return f" to {scheme}//{host[:_SHOWN]}{port}" if host and plain else ""
