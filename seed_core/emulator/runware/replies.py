"""How Runware's answers go out: what the tasks of a POST got, joined, or what a script has instead.

Knows the pair of `data` and `errors`, and in which status it comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from seed_core.emulator.delivery import Delivery, Pause, Piece
from seed_core.emulator.runware.errors import fault_body
from seed_core.emulator.scripts import Answer, Fault, Raw
from seed_core.emulator.sending import Sheet, send_answer, send_raw

__all__ = ["Part", "join", "refusal", "send", "send_file"]

_WORDS = {403: "AccessDenied", 404: "NoSuchKey", 410: "Gone"}


@dataclass(frozen=True)
class Part:
    """What one task got."""

    body: Mapping[str, Any]
    """Its own pair; as it is, if the task was alone."""
    status: int = 200
    harm: Raw | Fault | None = None
    """What takes the place of the whole answer, or breaks it on its way."""
    task: Mapping[str, Any] = field(default_factory=dict)


def join(parts: Sequence[Part], greeting: Mapping[str, Any] | None) -> Delivery:
    """Send what the tasks of one POST got.

    The status is that of the first task if all were refused; if any was taken, it is 200 [assumed].
    """
    harmed = next((part for part in parts if part.harm), Part({}))
    status = parts[0].status if parts and all(part.status != 200 for part in parts) else 200
    body = parts[0].body if len(parts) == 1 and not greeting else _merged(parts, greeting)
    return send(body, harmed.harm, status=status, task=harmed.task)


def _merged(parts: Sequence[Part], greeting: Mapping[str, Any] | None) -> Mapping[str, Any]:
    pair: dict[str, list[Any]] = {"data": [greeting] if greeting else [], "errors": []}
    others: dict[str, Any] = {}
    for part in parts:
        for name, value in part.body.items():
            if name in pair:
                pair[name].extend(value if isinstance(value, list) else [value])
            else:
                others[name] = value
    errors = {"errors": pair["errors"]} if pair["errors"] else {}
    return {"data": pair["data"], **errors, **others}


def send(
    body: Mapping[str, Any],
    scripted: Raw | Fault | None = None,
    *,
    status: int = 200,
    task: Mapping[str, Any] | None = None,
) -> Delivery:
    """Send a body, unless `scripted` stands in its place or breaks it, naming the task."""
    if isinstance(scripted, Raw):
        return send_raw(scripted, streamed=False)
    if scripted is not None and scripted.kind == "cut" and scripted.after < 0:
        return Delivery([], silent=True, ending=_ending(scripted))
    sheet = Sheet(
        answer=Answer(),
        streamed=False,
        whole=body,
        chunks=(),
        broken=lambda fault: fault_body(fault, task or {}),
        refusal=lambda fault: fault_body(fault, task or {}),
        padding=b"",
    )
    delivery = send_answer(sheet, scripted)
    return delivery if scripted is not None else replace(delivery, status=status)


def send_file(media_type: str, content: bytes, scripted: Raw | Fault | None = None) -> Delivery:
    """Send a file, unless `scripted` stands in its place or breaks it half-way."""
    head = {"content-type": media_type, "content-length": str(len(content))}
    if scripted is None:
        return Delivery([content], headers=head)
    if isinstance(scripted, Raw):
        return send_raw(scripted, streamed=False)
    if scripted.kind == "status":
        return refusal(scripted.status_code, scripted.message, scripted.headers)
    middle = len(content) // 2 if scripted.after else 0
    if scripted.kind == "cut" and scripted.after >= 0:
        return Delivery([content[:middle]], headers=head, ending=_ending(scripted))
    if scripted.kind == "stall" and scripted.after >= 0:
        pieces: list[Piece] = [content[:middle], Pause(scripted.seconds), content[middle:]]
        return Delivery(pieces, headers=head)
    if scripted.kind == "stall":
        return Delivery([content], headers=head, hold=scripted.seconds)
    return send({}, scripted)


def refusal(
    status: int, message: str | None = None, headers: Mapping[str, str] | None = None
) -> Delivery:
    """Refuse a file, in XML as object stores do [assumed]."""
    code = _WORDS.get(status, "InternalError" if status >= 500 else "InvalidRequest")
    body = f"<Error><Code>{code}</Code><Message>{message or code}</Message></Error>"
    head = {"content-type": "application/xml", **(headers or {})}
    return Delivery([body.encode()], status, head)


def _ending(cut: Fault) -> Literal["close", "reset"]:
    return "reset" if cut.text == "reset" else "close"
