"""fal's ways to say no: a list of problems, a text with a type, a text alone.

The first is the model's own, mostly with 422, and echoes what was submitted. The second is the
infrastructure's. What is plain comes before either: keys, rights, addresses, limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from seed_core.emulator.scripts import Fault
from seed_core.emulator.serving import Refused

__all__ = [
    "CANCELLED",
    "Problem",
    "Problems",
    "fault_body",
    "plain",
    "typed",
    "with_headers",
]

_PAGE = "https://docs.fal.ai/errors#"
CANCELLED = "Request was cancelled"
_TYPED = {
    500: ("internal_error", "Internal server error"),
    502: ("runner_incomplete_response", "Runner sent an incomplete response"),
    503: ("runner_disconnected", "Runner disconnected"),
    504: ("request_timeout", "Request timed out"),
}
_STATUSES = {
    "internal_error": 500,
    "runner_server_error": 500,
    "internal_server_error": 500,
    "runner_incomplete_response": 502,
    "runner_scheduling_failure": 503,
    "runner_connection_timeout": 503,
    "runner_disconnected": 503,
    "runner_connection_refused": 503,
    "runner_connection_error": 503,
    "request_timeout": 504,
    "startup_timeout": 504,
    # That a cancelled job ends in this type and this status is assumed.
    "request_cancelled": 499,
}
"""The status of each type of the infrastructure's errors."""
_PLAIN = {
    400: "Bad request",
    401: "No user found for Key ID and Secret",
    403: "This key has no access to this application.",
    404: "Not Found",
    408: "Request timeout",
    409: "Conflict",
    429: "Too many requests",
    499: CANCELLED,
}
# Codes that say no more than their words do: the body has the words alone.
_WORDED = {
    "exhausted_balance": (
        "User is locked. Reason: Exhausted balance. Top up your balance at "
        "fal.ai/dashboard/billing."
    ),
    "concurrent_requests_limit": "You have reached your limit of concurrent requests.",
}
# The model's own errors that are not 422 have the same form.
_LISTED = frozenset(
    {"generation_timeout", "downstream_service_error", "downstream_service_unavailable"}
)
_PROBLEMS = {
    "content_policy_violation": (
        "The content could not be processed because it contained material flagged by a content "
        "checker."
    ),
    "value_error": "Value error",
}


@dataclass(frozen=True)
class Problem:
    """One entry of the list: what is wrong, and where."""

    loc: tuple[str | int, ...]
    msg: str
    type: str
    input: Any
    """What was submitted there."""
    ctx: Mapping[str, Any] | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The entry as it is written."""
        context = {} if self.ctx is None else {"ctx": dict(self.ctx)}
        return {
            "loc": ["body", *self.loc],
            "msg": self.msg,
            "type": self.type,
            "url": _PAGE + self.type,
            **context,
            "input": self.input,
        }


class Problems(Refused):
    """422: the model does not take the body. It costs nothing."""

    def __init__(self, *problems: Problem) -> None:
        """List the problems."""
        body = {"detail": [problem.body for problem in problems]}
        super().__init__(422, body, {"x-fal-billable-units": "0"})


def plain(status: int, words: str | None = None) -> Refused:
    """Refuse with a text alone."""
    return Refused(status, {"detail": words or _PLAIN[status]})


def typed(kind: str, words: str) -> Refused:
    """Refuse as the infrastructure does, which says its type in a header too."""
    body = {"detail": words, "error_type": kind}
    return Refused(_STATUSES.get(kind, 500), body, {"X-Fal-Error-Type": kind})


def fault_body(fault: Fault, submitted: Any) -> dict[str, Any]:
    """Write the body of a scripted error, in the form that belongs to its status.

    `metadata` are more fields of the body, or of the one entry of the list; a value of `...` leaves
    that field out.
    """
    status = fault.status_code
    if fault.kind != "status":
        status = fault.code if isinstance(fault.code, int) else 500
    code = fault.code if isinstance(fault.code, str) else None
    if status == 422 or code in _LISTED:
        return {"detail": [_entry(fault, code or "value_error", submitted)]}
    kind, words = _TYPED.get(status) or ("internal_error", _PLAIN.get(status, "Request failed"))
    body: dict[str, Any] = {"detail": fault.message or _WORDED.get(code or "") or words}
    if code not in _WORDED and (code or status >= 500):
        body["error_type"] = code or kind
    return _merged(body, fault)


def with_headers(fault: Fault, submitted: Any) -> Fault:
    """Add what a scripted error says in its headers too: its type, and that it costs nothing."""
    if fault.kind != "status":
        return fault
    body = fault_body(fault, submitted)
    given = {name.lower(): value for name, value in fault.headers.items()}
    added = {"x-fal-billable-units": "0" if isinstance(body.get("detail"), list) else ""}
    if isinstance(body.get("error_type"), str):
        added["x-fal-error-type"] = body["error_type"]
    return replace(fault, headers={**added, **given})


def _entry(fault: Fault, code: str, submitted: Any) -> dict[str, Any]:
    words = fault.message or _PROBLEMS.get(code, code.replace("_", " ").capitalize())
    return _merged(Problem(("prompt",), words, code, submitted).body, fault)


def _merged(body: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
    merged = {**body, **(fault.metadata or {})}
    return {name: value for name, value in merged.items() if value is not ...}
