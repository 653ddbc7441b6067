"""Ark's way to say no: statuses, dotted codes, and the request id inside the message.

The codes are the vendor's; of the words only the recorded ones are.
"""

from __future__ import annotations

from typing import Any

from seed_core.emulator.chat import Flaw
from seed_core.emulator.scripts import Fault
from seed_core.emulator.serving import Refused

__all__ = ["error", "faulty", "flawed", "refused"]

_TYPES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    429: "TooManyRequests",
}
# What a status says where a script gives no code.
_CODES = {
    400: "InvalidParameter",
    401: "AuthenticationError",
    403: "AccessDenied",
    404: "InvalidEndpointOrModel.NotFound",
    429: "ModelAccountRpmRateLimitExceeded",
}
_STORED = {"previous_response_id", "response_id"}
_WORDS = {
    "AccountOverdueError": "The account has an overdue balance.",
    "AuthenticationError": "The API key in the request is missing or invalid.",
    "ContentSecurityDetectionError": "The content could not be checked. Please try again.",
    "InvalidEndpointOrModel.NotFound": (
        "The model or endpoint does not exist or you do not have access to it."
    ),
    "ModelAccountRpmRateLimitExceeded": "The requests per minute of your account are used up.",
    "QuotaExceeded": "Your quota is used up.",
    "ServerOverloaded": "The service is overloaded. Please try again later.",
    "InternalServiceError": "The service encountered an unexpected internal error.",
}


def error(
    status: int, code: str, message: str, ident: str, *, param: str = "", **more: Any
) -> dict[str, Any]:
    """Build the `error` object."""
    return {
        "code": code,
        "message": f"{message} Request id: {ident}",
        "param": param,
        "type": _TYPES.get(status, "InternalServerError"),
        **more,
    }


def refused(status: int, code: str, message: str, ident: str, *, param: str = "") -> Refused:
    """Refuse a request."""
    body = {"error": error(status, code, message, ident, param=param)}
    return Refused(status, body, {"x-request-id": ident})


def flawed(flaw: Flaw, ident: str) -> Refused:
    """400 for a flaw in a request, 404 for a stored response that is not there."""
    if flaw.where in _STORED and flaw.kind == "missing":
        return refused(404, "NotFound.Response", flaw.said, ident, param=flaw.where)
    return refused(400, _code(flaw), _said(flaw), ident, param=_param(flaw))


def faulty(fault: Fault, ident: str) -> dict[str, Any]:
    """Build the `error` object of a scripted fault; its metadata are more keys."""
    status = fault.status_code
    if fault.kind != "status":
        status = fault.code if isinstance(fault.code, int) else 500
    code = fault.code if isinstance(fault.code, str) else _CODES.get(status, "InternalServiceError")
    message = fault.message or _WORDS.get(code, "The request failed.")
    return error(status, code, message, ident, **(fault.metadata or {}))


def _code(flaw: Flaw) -> str:
    match flaw.kind:
        case "missing":
            return "MissingParameter"
        case "unsupported":
            return "InvalidParameter.UnsupportedParameter"
        case "url_empty":
            return "InvalidImageURL.EmptyURL" if "image_url" in flaw.where else "InvalidParameter"
        case "url_form":
            form = "image_url" in flaw.where
            return "InvalidImageURL.InvalidFormat" if form else "InvalidParameter"
        case "detail":
            return "InvalidArgumentError.InvalidImageDetail"
        case "pixels":
            return "InvalidArgumentError.InvalidPixelLimit"
        # `developer` was seen to give this code, although the list has one for unknown roles.
        case "role" | "value" | "model":
            return "InvalidParameter"


def _said(flaw: Flaw) -> str:
    if flaw.where.endswith(".encrypted_content") and flaw.kind == "model":
        return "Invalid signature"
    if flaw.kind == "missing":
        return f"The request is missing the parameter `{flaw.where}`: {flaw.said}."
    if flaw.kind == "role" or not flaw.where:
        return flaw.said
    return f"The parameter `{flaw.where}` specified in the request is not valid: {flaw.said}."


def _param(flaw: Flaw) -> str:
    # The recorded refusal of a role names no parameter.
    return "" if flaw.kind == "role" else flaw.where
