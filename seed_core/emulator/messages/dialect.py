"""How hosts differ in their Messages: keys, models, errors, usage; the defaults are Anthropic's.

Knows values only; the checks, the reading and the writing ask these fields.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from seed_core.emulator.checks import Check
from seed_core.emulator.scripts import Answer
from seed_core.emulator.seen import Seen
from seed_core.emulator.serving import bearer

__all__ = [
    "PING",
    "Bill",
    "Body",
    "Denied",
    "Dialect",
    "Problem",
    "header_key",
    "serving_models",
    "standard_error",
    "standard_usage",
]

PING = b'event: ping\ndata: {"type": "ping"}\n\n'
Body: TypeAlias = Mapping[str, Any]

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    504: "timeout_error",
    524: "timeout_error",
    529: "overloaded_error",
}
_WORDS = {
    "invalid_request_error": "Invalid request",
    "authentication_error": "invalid x-api-key",
    "billing_error": "Your credit balance is too low",
    "permission_error": "You do not have permission to do this",
    "not_found_error": "Not found",
    "request_too_large": "Request exceeds the maximum size",
    "rate_limit_error": "This request would exceed your rate limit",
    "timeout_error": "Request timed out",
    "api_error": "Internal server error",
    "overloaded_error": "Overloaded",
}


class Denied(Exception):  # noqa: N818  (it is the host's answer, not a failure of this code)
    """A request that is refused, in no host's form yet."""

    def __init__(self, status: int, message: str) -> None:
        """Hold the status and the words."""
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error's body is written from."""

    status: int
    message: str | None = None
    """None leaves the words to the host."""
    code: int | str | None = None
    """As scripted. A text is the error's type here."""
    metadata: Mapping[str, Any] | None = None

    @property
    def type(self) -> str:
        """The wire's name for it."""
        if isinstance(self.code, str):
            return self.code
        status = self.status if self.code is None else self.code
        return _TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")

    @property
    def words(self) -> str:
        """The message, or what the wire says for the type."""
        return self.message or _WORDS.get(self.type, self.type)


@dataclass(frozen=True, slots=True)
class Bill:
    """The tokens of a request and of its answer."""

    prompt: int
    """All of the prompt: cached, written to the cache, and neither."""
    cached: int = 0
    written: int = 0
    output: int = 0
    """Thinking included."""
    thinking: int = 0


def header_key(seen: Seen) -> str:
    """Give the key of `x-api-key`, else of `Authorization: Bearer`."""
    return seen.headers.get("x-api-key", "").strip() or bearer(seen)


def serving_models(names: Collection[str]) -> Callable[[Body], str]:
    """Make the choice of a model among some; another one is 404, in the recorded words."""

    def choose(body: Body) -> str:
        name = str(body.get("model", ""))
        if not name:
            raise Denied(400, "model: Field required")
        if name not in names:
            raise Denied(404, f"model: {name}")
        return name

    return choose


def standard_usage(bill: Bill) -> dict[str, Any]:
    """Write the usage of a whole message; what is cached is not in `input_tokens`."""
    usage: dict[str, Any] = {
        "input_tokens": bill.prompt - bill.cached - bill.written,
        "cache_creation_input_tokens": bill.written,
        "cache_read_input_tokens": bill.cached,
        "cache_creation": {
            "ephemeral_5m_input_tokens": bill.written,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": bill.output,
        "service_tier": "standard",
        "inference_geo": "not_available",
    }
    if bill.thinking:
        usage["output_tokens_details"] = {"thinking_tokens": bill.thinking}
    return usage


def standard_error(problem: Problem) -> dict[str, Any]:
    """Write an error's body, the same for a response and for a stream's `error` event."""
    error = {"type": problem.type, "message": problem.words}
    body: dict[str, Any] = {"type": "error", "error": error, "request_id": "req_emulator"}
    return body if problem.metadata is None else {**body, "metadata": dict(problem.metadata)}


def _thinking(body: Body) -> Mapping[str, Any] | None:
    given: Mapping[str, Any] | None = body.get("thinking")
    return given


def _nothing(_answer: Answer) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Dialect:
    """One host's way to serve Messages."""

    choose: Callable[[Body], str]
    """Gives the model that a request asks for, or raises `Denied`."""
    name: str = "anthropic"
    """The host's name: it knows the ids of its own calls again, and no other's."""
    key: Callable[[Seen], str] = header_key
    """Gives the caller's key, empty if there is none."""
    missing_key: str = "x-api-key header is required"
    wrong_key: str = "invalid x-api-key"
    needs_version: bool = False
    """Whether `anthropic-version` must be sent."""
    needs_max_tokens: bool = True
    roles: tuple[str, ...] = ("user", "assistant", "system")
    """A system message in mid-conversation is a newer thing."""
    context: int = 262_144
    fields: Mapping[str, Check] = field(default_factory=dict)
    """Checks of the host's own fields of a request."""
    server_tools: tuple[str, ...] = ()
    """How the types begin of the tools that the host runs itself."""
    thinking: Callable[[Body], Mapping[str, Any] | None] = _thinking
    """Gives `thinking` as the wire has it; None leaves it to the model, which thinks."""
    signs: bool = True
    """Whether thinking is signed, and must come back as it was. Else its signature is empty."""
    usage: Callable[[Bill], dict[str, Any]] = standard_usage
    error: Callable[[Problem], dict[str, Any]] = standard_error
    """Writes the body of a refusal."""
    broken: Callable[[Problem], dict[str, Any]] = standard_error
    """Writes the event that breaks a stream."""
    further: Callable[[Answer], Mapping[str, Any]] = _nothing
    """Gives a message's further fields."""
    ident: Callable[[int], str] = "msg_{:024d}".format
    headers: Callable[[str], Mapping[str, str]] = lambda ident: {"request-id": f"req_{ident}"}
    """Gives a response's headers out of the message's id."""
    keep_alive: bytes = PING
