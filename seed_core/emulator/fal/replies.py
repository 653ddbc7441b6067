"""How fal's JSON goes out: as it is, or as a script has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from seed_core.emulator.delivery import Delivery
from seed_core.emulator.fal.errors import fault_body, with_headers
from seed_core.emulator.scripts import Answer, Fault, Raw
from seed_core.emulator.sending import Sheet, send_answer, send_raw

__all__ = ["send", "send_events"]


def send(
    body: Mapping[str, Any],
    scripted: Raw | Fault | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    answer: Answer | None = None,
    submitted: Any = None,
) -> Delivery:
    """Send a body, unless `scripted` stands in its place or goes wrong with it.

    `answer` is what the body tells, where it tells one; `submitted` is what a refusal echoes.
    """
    if isinstance(scripted, Raw):
        return send_raw(scripted, streamed=False)
    sheet = Sheet(
        answer=answer or Answer(),
        streamed=False,
        whole=_with_error(body, scripted),
        chunks=(),
        broken=lambda fault: fault_body(fault, submitted),
        refusal=lambda fault: fault_body(fault, submitted),
        padding=b"",
        headers=headers or {},
    )
    if scripted is not None:
        return send_answer(sheet, with_headers(scripted, submitted))
    return replace(send_answer(sheet, None), status=status)


def send_events(bodies: Sequence[Mapping[str, Any]], scripted: Fault | None = None) -> Delivery:
    """Send bodies as events of a stream that ends with the last of them."""
    sheet = Sheet(
        answer=Answer(comments=0),
        streamed=True,
        whole={},
        chunks=bodies,
        broken=lambda fault: fault_body(fault, None),
        refusal=lambda fault: fault_body(fault, None),
        keep_alive=b"",
        end_mark=b"",
    )
    return send_answer(sheet, None if scripted is None else with_headers(scripted, None))


def _with_error(body: Mapping[str, Any], scripted: Fault | None) -> Mapping[str, Any]:
    """Write an error beside a partial answer, as the router's endpoints do in a 200."""
    if scripted is None or scripted.kind != "error_in_choice":
        return body
    return {**body, "error": scripted.message, **(scripted.metadata or {})}
