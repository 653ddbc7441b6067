"""Ark's `POST /responses`: what the vendor adds to the wire, and what it leaves out.

From the types of the SDK and the examples of the documentation. Responses are kept for three days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seed_core.emulator.ark.fields import (
    SERVICE,
    THINKING,
    check_format,
    check_thinking,
    effort,
)
from seed_core.emulator.ark.models import Build
from seed_core.emulator.ark.parts import response_parts
from seed_core.emulator.chat import Flaw
from seed_core.emulator.chat.parts import FileCheck
from seed_core.emulator.checks import boolean, nullable, one_of, optional_fields
from seed_core.emulator.responses import STANDARD, Asked, Dialect, without_empty
from seed_core.emulator.scripts import Fault
from seed_core.emulator.serving import Refused

__all__ = ["check_asked", "dialect", "told_beside"]

_DAYS = 3 * 24 * 3600
_MOST = 32_768
_CACHING = optional_fields(type=one_of("enabled", "disabled"), prefix=nullable(boolean))
_FIELDS = {
    **STANDARD,
    "caching": nullable(_CACHING),
    "service_tier": SERVICE,
    "thinking": THINKING,
}


def dialect(
    build: Callable[[Mapping[str, Any]], Build],
    tools: frozenset[str],
    file: FileCheck,
    refuse: Callable[[Flaw], Refused],
    error: Callable[[Fault], dict[str, Any]],
) -> Dialect:
    """Make Ark's dialect of Responses.

    `build` finds what a body asks for; `tools` are hosted ones; `file` checks the ids of uploads;
    `refuse` and `error` say no in Ark's words.
    """

    def failure(fault: Fault) -> dict[str, Any]:
        told = error(fault)
        return {"error": {name: told[name] for name in ("code", "message")}}

    def wanted_effort(body: Mapping[str, Any]) -> Any:
        return effort(*_thinking(body), build(body))

    return Dialect(
        refuse=refuse,
        fields=_FIELDS,
        roles=("user", "assistant", "system"),
        parts=response_parts(file),
        message=optional_fields(partial=nullable(boolean)),
        # What is empty is not sent, so a summary may be missing when it comes back.
        terse=True,
        server_tools=tools,
        store="kept",
        effort=wanted_effort,
        max_output=_MOST,
        seals=lambda body: build(body).seals,
        echo=_echo,
        item_id=lambda prefix, unique: f"{prefix}_021{unique[:50]}",
        polish=_polished,
        refusal=lambda fault: {"error": error(fault)},
        failure=failure,
        keep_alive=b"",
        padding=b"",
    )


def check_asked(asked: Asked, build: Build) -> None:
    """Refuse what a request to a build may not say, beyond what the wire refuses."""
    body = asked.body
    check_thinking(body.get("thinking"), _thinking(body)[1], build)
    texts = [str(body.get("instructions")), *map(str, asked.items)]
    check_format((body.get("text") or {}).get("format"), "text.format", build, texts)
    if (body.get("caching") or {}).get("prefix"):
        for name in ("stream", "max_output_tokens"):
            if body.get(name):
                raise Flaw("caching.prefix", f"cannot be used together with {name}")


def told_beside(created: int) -> dict[str, Any]:
    """Give what stands in every response besides."""
    return {"service_tier": "default", "expire_at": created + _DAYS}


def _polished(told: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is empty, and what the recorded responses lack."""
    plain: dict[str, Any] = without_empty(told)
    if "response" in plain:
        return {**plain, "response": _polished(plain["response"])}
    running = plain.get("object") == "response" and plain.get("status") == "in_progress"
    left_out = {"completed_at", "status"} if running else {"completed_at"}
    return {name: value for name, value in plain.items() if name not in left_out}


def _thinking(body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Give the thinking mode and the effort that a request names."""
    return (body.get("thinking") or {}).get("type"), (body.get("reasoning") or {}).get("effort")


def _echo(body: Mapping[str, Any]) -> dict[str, Any]:
    names = ("instructions", "previous_response_id", "reasoning", "text", "tools", "temperature")
    return {
        **{name: body[name] for name in (*names, "top_p") if body.get(name) is not None},
        "max_output_tokens": body.get("max_output_tokens") or _MOST,
        "thinking": body.get("thinking") or {"type": "enabled"},
        "caching": body.get("caching") or {"type": "disabled"},
        "store": body.get("store") is not False,
    }
