"""Runware's way to say no: a list of errors, each with the task and the parameter it is about.

The form is documented and recorded. Of the codes `missingDimensionParameters`, `invalidApiKey`,
`conflictTaskUUID`, `unknownParameter` and `incompatibleParameters` are the host's; that others are
`missing` or `invalid` with the parameter's name follows from the ones that are known [assumed].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seed_core.emulator.scripts import Fault
from seed_core.emulator.serving import Refused

__all__ = ["Rejected", "fault_body", "incompatible", "invalid", "missing", "unauthorized"]

_PAGES = {
    "videoInference": "https://runware.ai/docs/models/bytedance-seedance-2-0-mini",
    "getResponse": "https://runware.ai/docs/platform/task-polling",
    "imageUpload": "https://runware.ai/docs/utilities/image-upload",
    "mediaStorage": "https://runware.ai/docs/platform/media-storage",
}
_INTRODUCTION = "https://runware.ai/docs/platform/introduction"
_CODES = {
    400: ("validationFailed", "The request was not acceptable."),
    401: ("invalidApiKey", "Invalid API key. Get one at https://my.runware.ai/signup"),
    402: ("videoInferenceInsufficientCredits", "Insufficient credits for this video."),
    403: ("permissionDenied", "The API key has no permission for this request."),
    404: ("resourceNotFound", "The resource was not found."),
    408: ("requestTimeout", "The request took too long."),
    429: ("rateLimitExceeded", "Too many requests. Slow down."),
    500: ("internalServerError", "Something went wrong on our side."),
    502: ("providerError", "The provider answered with an error."),
    503: ("serviceUnavailable", "The service is not available for the moment."),
    504: ("timeoutProvider", "The provider did not answer in time."),
}
_UNKNOWN = ("unknownError", "An error has occurred, please read the documentation.")
# The statuses whose errors are about a task, and name it; the others come before any task is read.
_OF_A_TASK = frozenset({200, 400, 402})


class Rejected(Exception):  # noqa: N818  (it is the host's answer, not a failure of this code)
    """A task that the host does not take."""

    def __init__(
        self,
        code: str,
        message: str,
        parameter: str | Sequence[str] = (),
        kind: str = "",
        *,
        status: int = 400,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """Say what is wrong, with which parameters, and which type they should be of."""
        super().__init__(message)
        self.status = status
        told: dict[str, Any] = {"code": code, "message": message}
        self._first = parameter if isinstance(parameter, str) else next(iter(parameter), "")
        if self._first:
            told["parameter"] = parameter if isinstance(parameter, str) else list(parameter)
        if kind:
            told["type"] = kind
        self._told = {**told, **(limits or {})}

    def entry(self, task: Any) -> dict[str, Any]:
        """Write the entry of the list."""
        given = task if isinstance(task, Mapping) else {}
        page = _PAGES.get(str(given.get("taskType")), _INTRODUCTION)
        anchor = f"#request-{self._first.lower().replace('.', '-')}" if self._first else ""
        named = {name: given.get(name) for name in ("taskType", "taskUUID")}
        echoed = {name: value for name, value in named.items() if isinstance(value, str)}
        return {**self._told, "documentation": page + anchor, **echoed}


def missing(parameter: str, kind: str = "string") -> Rejected:
    """A parameter is not there."""
    code = f"missing{_pascal(parameter)}"
    return Rejected(code, f"Missing required parameter '{parameter}'.", parameter, kind)


def invalid(
    parameter: str, said: str, kind: str = "", limits: Mapping[str, int] | None = None
) -> Rejected:
    """A parameter is not what it must be."""
    message = f"Invalid value for '{parameter}' parameter. It {said}."
    return Rejected(f"invalid{_pascal(parameter)}", message, parameter, kind, limits=limits)


def incompatible(*parameters: str) -> Rejected:
    """Some parameters exclude each other."""
    first, *others = parameters
    message = f"'{first}' cannot be used with {', '.join(map(repr, others))}."
    return Rejected("incompatibleParameters", message, parameters)


def unauthorized() -> Refused:
    """Refuse a caller without a good key, as documented: no `data`, and no task is named."""
    code, message = _CODES[401]
    entry = {"code": code, "message": message, "parameter": "apiKey", "taskType": "authentication"}
    return Refused(401, {"errors": [entry]})


def fault_body(fault: Fault, task: Mapping[str, Any]) -> dict[str, Any]:
    """Write the body of a scripted error.

    `metadata` are more fields of its entry; a value of `...` leaves that field out.
    """
    status = fault.status_code
    number = fault.code if fault.kind != "status" and isinstance(fault.code, int) else status
    code, message = _CODES.get(number, _UNKNOWN)
    entry: dict[str, Any] = {
        "code": fault.code if isinstance(fault.code, str) else code,
        "message": fault.message or message,
    }
    about_task = status in _OF_A_TASK and "taskUUID" in task
    if about_task:
        entry |= {"taskType": task["taskType"], "taskUUID": task["taskUUID"]}
    entry |= fault.metadata or {}
    errors = [{name: value for name, value in entry.items() if value is not ...}]
    return {"data": [], "errors": errors} if about_task else {"errors": errors}


def _pascal(parameter: str) -> str:
    last = parameter.rpartition(".")[2]
    return last[:1].upper() + last[1:]
