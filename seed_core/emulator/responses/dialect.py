"""What hosts differ in when they speak this wire; the defaults are OpenAI's own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from seed_core.emulator.chat.flaws import Flaw
from seed_core.emulator.chat.parts import PartCheck
from seed_core.emulator.chat.reading import Effort
from seed_core.emulator.checks import Check, mapping
from seed_core.emulator.responses.fields import STANDARD
from seed_core.emulator.responses.parts import PARTS, SAID
from seed_core.emulator.scripts import Fault
from seed_core.emulator.serving import Refused

__all__ = ["Body", "Dialect", "echo", "effort", "searches", "wants_seal", "without_empty"]

Body: TypeAlias = Mapping[str, Any]

_EFFORTS: dict[str, Effort] = {
    "none": "none",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}


def effort(body: Body) -> Effort:
    """Give the effort that `reasoning` asks for."""
    asked = body.get("reasoning") or {}
    if asked.get("enabled") is False:
        return "none"
    return _EFFORTS[asked.get("effort") or "medium"]


def searches(body: Body) -> bool:
    """Whether a hosted web search is among the tools that may be used."""
    kinds = [str(tool["type"]) for tool in body.get("tools") or []]
    return body.get("tool_choice") != "none" and any("web_search" in kind for kind in kinds)


def wants_seal(body: Body) -> bool:
    """Whether encrypted reasoning is asked for."""
    return "reasoning.encrypted_content" in (body.get("include") or [])


def echo(body: Body) -> dict[str, Any]:
    """Repeat a request's options in the response, as OpenAI was seen to do in 2026."""
    reasoning, text = body.get("reasoning") or {}, body.get("text") or {}
    return {
        "background": False,
        "frequency_penalty": 0,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "max_tool_calls": body.get("max_tool_calls"),
        "metadata": body.get("metadata") or {},
        "parallel_tool_calls": _or(body.get("parallel_tool_calls"), True),
        "presence_penalty": 0,
        "previous_response_id": body.get("previous_response_id"),
        "prompt_cache_key": body.get("prompt_cache_key"),
        "prompt_cache_retention": body.get("prompt_cache_retention"),
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "safety_identifier": body.get("safety_identifier"),
        "service_tier": body.get("service_tier") or "auto",
        "store": _or(body.get("store"), True),
        "temperature": _or(body.get("temperature"), 1),
        "text": {"format": {"type": "text"}, "verbosity": "medium", **text},
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": [_tool(tool) for tool in body.get("tools") or []],
        "top_logprobs": body.get("top_logprobs") or 0,
        "top_p": _or(body.get("top_p"), 1),
        "truncation": body.get("truncation") or "disabled",
        "user": body.get("user"),
    }


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _tool(tool: Body) -> dict[str, Any]:
    return {**tool, "strict": tool.get("strict")} if tool["type"] == "function" else dict(tool)


def without_empty(value: Any) -> Any:
    """Leave out nulls, empty texts and empty arrays at any depth, as Ark does.

    Example:
        >>> without_empty({"id": "rs_1", "summary": [], "part": {"text": ""}})
        {'id': 'rs_1', 'part': {}}
    """
    if isinstance(value, Mapping):
        kept = {key: without_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, "", [])}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


def _refusal(fault: Fault) -> dict[str, Any]:
    error = {"message": fault.message or "The server had an error.", "type": "server_error"}
    return {"error": {**error, "param": None, "code": fault.code}}


def _failure(fault: Fault) -> dict[str, Any]:
    code = fault.code if isinstance(fault.code, str) else "server_error"
    return {"error": {"code": code, "message": fault.message or "The server had an error."}}


def _nothing(_body: Body) -> Sequence[dict[str, Any]]:
    return ()


def _same(value: dict[str, Any]) -> dict[str, Any]:
    return value


def _joined(prefix: str, unique: str) -> str:
    return f"{prefix}_{unique}"


def _reasons() -> dict[str, str]:
    return {"length": "max_output_tokens", "content_filter": "content_filter"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one host takes in a request of this wire, and how it writes its responses.

    Example:
        >>> Dialect(refuse=my_refusal, roles=("user", "assistant", "system"), store="kept")
    """

    refuse: Callable[[Flaw], Refused]
    """Says no in the host's words. A flaw of the kind "model" is a sentence of its own."""

    fields: Mapping[str, Check] = field(default_factory=lambda: STANDARD)
    """Checks of top-level fields; tools, tool choice, text and input are checked beside them."""
    roles: tuple[str, ...] = ("user", "assistant", "system", "developer")
    parts: Mapping[str, PartCheck] = field(default_factory=lambda: PARTS)
    """What messages to the model, and results of tools, may hold."""
    said: Mapping[str, PartCheck] = field(default_factory=lambda: SAID)
    """What messages of the model may hold."""
    message: Check = mapping
    """What every message must pass besides."""
    message_ids: bool = False
    """A message of the model that is given in parts must have its id and its status."""
    terse: bool = False
    """A reasoning item may come back without a summary."""
    server_tools: frozenset[str] = frozenset()
    """Types of tools that the host runs itself."""
    store: Literal["kept", "never", "ignored"] = "ignored"
    """Whether responses are stored and can be continued by their id, unless `store` is false."""

    effort: Callable[[Body], Effort] = effort
    searches: Callable[[Body], bool] = searches
    shows_search: bool = True
    """A search is an item of its own, beside the citations."""
    max_output: int | None = None
    """The limit where the request sets none."""

    reasoning: Literal["text", "summary", "asked"] = "summary"
    """How a thought is shown: raw, summed up, or summed up if `reasoning.summary` is set."""
    closes_late: bool = False
    """Raw thoughts are done only after all other items."""
    marks: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of a finished reasoning item."""
    seals: Callable[[Body], bool] = wants_seal
    """Whether reasoning items carry encrypted content."""
    seal_tail: str = ""
    """What the host puts behind encrypted content."""

    item_id: Callable[[str, str], str] = _joined
    """Makes an item's id from "rs", "msg", "fc" or "ws" and something unique."""
    reasons: Mapping[str, str] = field(default_factory=_reasons)
    """Finish reasons that leave a response incomplete, in this wire's words."""
    echo: Callable[[Body], Mapping[str, Any]] = echo
    """What the response repeats of the request."""
    opening: Callable[[Body], Sequence[dict[str, Any]]] = _nothing
    """Events before the first."""
    polish: Callable[[dict[str, Any]], dict[str, Any]] = _same
    """The last hand on every event and every whole response."""
    refusal: Callable[[Fault], Mapping[str, Any]] = _refusal
    """Writes the body of an HTTP error."""
    failure: Callable[[Fault], Mapping[str, Any]] = _failure
    """Writes what a failed response says: `error` with code and message, and what else there is."""

    named: bool = True
    end_mark: bytes = b""
    keep_alive: bytes = b": keep-alive\n\n"
    padding: bytes = b"\n"
