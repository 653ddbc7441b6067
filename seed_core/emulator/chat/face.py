"""From a scripted or rule-based answer to what is sent: names for calls, faults, the sheet.

Knows the parts of this folder; a host calls `settle`, makes its `Envelope`, and calls `sheet`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from seed_core.emulator.chat.writing import Envelope, Form, chunks, whole
from seed_core.emulator.scripts import Answer, Fault
from seed_core.emulator.sending import Sheet

__all__ = ["FaultWriter", "settle", "sheet"]

FaultWriter: TypeAlias = Callable[[Fault], Mapping[str, Any]]


def settle(
    item: Answer | Fault | None, think: Callable[[], Answer], name: Callable[[int], str]
) -> tuple[Answer, Fault | None]:
    """Give the answer that goes out, and what goes wrong meanwhile.

    `item` is what was scripted; without one, or with a fault that brings none, `think` answers.
    `name` gives the id of a tool call, by its number, where the script gives none.
    """
    fault = item if isinstance(item, Fault) else item.fault if item else None
    answer = (item.answer if isinstance(item, Fault) else item) or think()
    calls = [
        call if call.id is not None else replace(call, id=name(number))
        for number, call in enumerate(answer.tool_calls)
    ]
    answer = replace(answer, tool_calls=tuple(calls))
    if fault is not None and fault.kind == "error_in_choice":
        answer = replace(answer, finish="error")
    return answer, fault


def sheet(
    answer: Answer,
    envelope: Envelope,
    form: Form,
    fault: Fault | None,
    *,
    streamed: bool,
    error: FaultWriter,
    refusal: FaultWriter | None = None,
    broken: FaultWriter | None = None,
    **sending: Any,
) -> Sheet:
    """Write an answer as it will be sent or broken.

    `error` writes the `error` object of a fault. `refusal` is the whole body of a refused request
    and `broken` the event that breaks a stream; both are that object alone where they are left
    out. The rest are fields of `Sheet`: headers, keep-alives, the mark at the end.
    """

    def alone(broken_by: Fault) -> dict[str, Any]:
        return {"error": dict(error(broken_by))}

    body, events = whole(answer, envelope, form), list(chunks(answer, envelope, form))
    if fault is not None and fault.kind == "error_in_choice":
        _break_choices([body, *events], error(fault))
    return Sheet(
        answer=answer,
        streamed=streamed,
        whole=body,
        chunks=events,
        broken=broken or alone,
        refusal=refusal or alone,
        **sending,
    )


def _break_choices(objects: Sequence[dict[str, Any]], error: Mapping[str, Any]) -> None:
    for written in objects:
        for choice in written["choices"]:
            if choice.get("finish_reason") == "error":
                choice["error"] = dict(error)
