"""ModelsLab's two ways to say no: the house's own form, and OpenAI's for 400 and 401.

The OpenAPI file of the language models has the second for these two statuses; the page on error
codes, written for all of its APIs, has the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seed_core.emulator.serving import Refused

__all__ = ["bad", "error_body", "refused"]

_WORDS = {
    400: "Invalid request",
    401: "Invalid API key",
    402: "Insufficient credits. Please add funds to your wallet.",
    403: "You do not have access to this resource",
    404: "Not Found",
    429: "Rate limit exceeded. Maximum 5 queued requests allowed.",
    500: "Internal server error",
    503: "Service temporarily unavailable",
}
_OPENAI = {400: "invalid_request", 401: "invalid_api_key"}
_RETRY_AFTER = 30


def error_body(
    status: int,
    message: str | None = None,
    code: int | str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write the body of an error.

    A `code` that is a text is the `status` word of the house's form ("error", "processing",
    "success"); "messege" is that form as some older addresses misspell it. `metadata` are more
    fields of the body.
    """
    words = message or _WORDS.get(status, "Something went wrong")
    if not isinstance(code, str) and status in _OPENAI:
        kind = "authentication_error" if status == 401 else "invalid_request_error"
        error = {"message": words, "type": kind, "code": _OPENAI[status]}
        return {"error": error, **(metadata or {})}
    field = "messege" if code == "messege" else "message"
    word = code if isinstance(code, str) and field == "message" else "error"
    hint = {"retry_after": _RETRY_AFTER} if status == 429 else {}
    return {"status": word, field: words, **hint, **(metadata or {})}


def bad(message: str) -> Refused:
    """400."""
    return refused(400, message)


def refused(status: int, message: str | None = None) -> Refused:
    """Refuse with a status, in the host's words where there are none."""
    return Refused(status, error_body(status, message))
