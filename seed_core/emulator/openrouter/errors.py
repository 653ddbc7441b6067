"""OpenRouter's way to say no: statuses, words and bodies.

Two shapes are in use: `{"error": {"message", "code", "metadata"?}, "user_id"?}` for most, and the
newer documented one with `error_type`, `http_status` and `availability` instead of a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seed_core.emulator import serving
from seed_core.emulator.chat import Flaw

__all__ = [
    "ERROR_TYPES",
    "USER",
    "Refused",
    "bad",
    "error_body",
    "flawed",
    "no_endpoints",
    "unauthorized",
    "upstream",
]

USER = "user_emulator"

_WORDS = {
    400: "Invalid request parameters",
    401: "User not found.",
    402: "Insufficient credits. Add more using https://openrouter.ai/credits",
    403: "You do not have permission to do this",
    404: "No endpoints found",
    408: "Operation timed out. Please try again later.",
    412: "Precondition failed",
    413: "Request payload too large",
    422: "Invalid argument",
    500: "Internal Server Error",
    503: "No available model provider that meets your routing requirements",
    504: "Operation timed out. Please try again later.",
    524: "Request timed out. Please try again later.",
}
ERROR_TYPES = {
    400: "invalid_request",
    401: "authentication",
    402: "payment_required",
    403: "permission_denied",
    404: "not_found",
    408: "timeout",
    412: "precondition_failed",
    413: "payload_too_large",
    422: "unprocessable",
    429: "rate_limit_exceeded",
    500: "server",
    502: "provider_unavailable",
    503: "provider_unavailable",
    504: "timeout",
    524: "timeout",
    529: "provider_overloaded",
}
"""The `error_type` of a status on the responses and messages wires."""

# An upstream's limit, as recorded in 2025.
_LIMITED = {
    "provider_name": "Seed",
    "raw": "The model is temporarily rate-limited upstream. Please retry shortly.",
}


class Refused(serving.Refused):
    """A request that OpenRouter refuses."""

    def __init__(
        self, status: int, error: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        """Put the `error` object into its body; a key that is not known has no user."""
        body = {"error": dict(error)}
        super().__init__(status, body if status == 401 else {**body, "user_id": USER}, headers)


def bad(message: str) -> Refused:
    """400: OpenRouter itself does not take the request."""
    return Refused(400, {"message": message, "code": 400})


def upstream(raw: str) -> Refused:
    """400: OpenRouter took the request, and the model's own server did not."""
    metadata = {"provider_name": "Seed", "raw": raw}
    return Refused(400, {"message": "Provider returned error", "code": 400, "metadata": metadata})


def flawed(flaw: Flaw) -> Refused:
    """400, said by OpenRouter or by the model's own server."""
    return upstream(str(flaw)) if flaw.kind == "model" else bad(str(flaw))


def unauthorized(message: str) -> Refused:
    """401."""
    return Refused(401, {"message": message, "code": 401})


def no_endpoints(message: str, model: str, **constraint: str) -> Refused:
    """404: no provider is left that would serve the request."""
    availability: dict[str, Any] = {
        "code": "constraint_filtered" if constraint else "no_endpoints",
        "retryable": False,
        "requested_models": [model],
        "docs_url": "https://openrouter.ai/docs/guides/routing/provider-selection",
    }
    if constraint:
        availability["constraint"] = constraint
    error = {
        "message": message,
        "error_type": "not_found",
        "http_status": 404,
        "availability": availability,
    }
    return Refused(404, error)


def error_body(
    status: int,
    message: str | None = None,
    code: int | str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Build the `error` object that the host sends with a status."""
    error: dict[str, Any] = {
        "message": message or _WORDS.get(status, "Provider returned error"),
        "code": status if code is None else code,
    }
    if metadata is None and message is None and status == 429:
        metadata = _LIMITED
    if metadata is not None:
        error["metadata"] = dict(metadata)
    return error
