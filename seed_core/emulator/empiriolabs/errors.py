"""EmpirioLabs' way to say no: codes, and OpenAI's envelope around them.

The codes are documented; their types, and the statuses of the last three, are assumed.
"""

from __future__ import annotations

from typing import Any

from seed_core.emulator.chat import Flaw
from seed_core.emulator.scripts import Fault
from seed_core.emulator.serving import Refused

__all__ = ["faulty", "flawed", "refused"]

_CODES = {
    400: ("invalid_request", "invalid_request_error", "The request is invalid."),
    401: ("invalid_api_key", "authentication_error", "The API key is invalid."),
    402: ("insufficient_credits", "billing_error", "Your credits are used up."),
    404: ("model_not_found", "not_found_error", "The model does not exist."),
    429: ("rate_limit_exceeded", "rate_limit_error", "Too many requests. Slow down."),
    502: ("upstream_error", "api_error", "The model's own server failed."),
    503: ("model_unavailable", "api_error", "The model is temporarily offline. Try again."),
}
_OTHER = ("upstream_error", "api_error", "The request failed.")


def _error(
    status: int, message: str | None, code: int | str | None = None, param: str | None = None
) -> dict[str, Any]:
    known, kind, words = _CODES.get(status) or (_CODES[400] if status < 500 else _OTHER)
    return {
        "message": message or words,
        "type": kind,
        "code": known if code is None else code,
        "param": param,
    }


def refused(
    status: int, message: str, code: str | None = None, param: str | None = None
) -> Refused:
    """Refuse a request."""
    return Refused(status, {"error": _error(status, message, code, param)})


def flawed(flaw: Flaw) -> Refused:
    """400 for a flaw in a request."""
    return refused(400, str(flaw), param=flaw.where or None)


def faulty(fault: Fault) -> dict[str, Any]:
    """Build the `error` object of a scripted fault; its metadata are more keys."""
    status = fault.status_code
    if fault.kind != "status":
        status = fault.code if isinstance(fault.code, int) else 502
    code = fault.code if isinstance(fault.code, str) else None
    return {**_error(status, fault.message, code), **(fault.metadata or {})}
