"""The face of this wire: a request is accepted, or refused; an answer goes out, or breaks.

Holds what a host would know of earlier requests: the responses that it stored, and the encrypted
content that scripts made it issue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from seed_core.emulator.chat.face import settle
from seed_core.emulator.chat.flaws import Flaw, refused_as
from seed_core.emulator.delivery import Delivery
from seed_core.emulator.responses.dialect import Dialect
from seed_core.emulator.responses.events import Pace, events, numbered
from seed_core.emulator.responses.fields import check_fields
from seed_core.emulator.responses.history import check_history, check_seals
from seed_core.emulator.responses.items import as_items, check_items
from seed_core.emulator.responses.output import Namer, output
from seed_core.emulator.responses.reading import Asked, read
from seed_core.emulator.responses.shelf import Shelf
from seed_core.emulator.scripts import Answer, Fault, Item, Raw
from seed_core.emulator.sending import Sheet, send_answer, send_raw
from seed_core.emulator.words import reply

__all__ = ["Responses", "Stamp"]

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a host puts on a response."""

    id: str
    created: int
    model: str
    usage: Callable[[Answer], Mapping[str, Any] | None]
    """Counts an answer; None leaves usage null."""
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    """More keys of the response."""
    note: Callable[[Mapping[str, Any]], None] = lambda _response: None
    """Is shown the whole response, for what the host remembers of it."""


class Responses:
    """One host's `POST /responses`.

    Example:
        >>> face = Responses(Dialect(refuse=my_refusal))
        >>> asked = face.accept(seen.body)
        >>> prompt, cached = measure(asked, memory)
        >>> stamp = Stamp("resp_1", now, "seed", lambda answer: usage(answer, prompt, cached))
        >>> delivery = face.respond(asked, take(), stamp)
    """

    def __init__(self, dialect: Dialect) -> None:
        """Speak a dialect, and know nothing yet."""
        self._dialect = dialect
        self._shelf = Shelf()

    def forget(self) -> None:
        """Forget what was stored and issued."""
        self._shelf = Shelf()

    def accept(self, body: Any) -> Asked:
        """Refuse what the host refuses, and read the rest."""
        dialect = self._dialect
        with refused_as(dialect.refuse):
            if not isinstance(body, Mapping):
                raise Flaw("", "the body must be a JSON object")
            check_fields(body, dialect.fields, dialect.server_tools)
            self._check_store(body)
            given = as_items(body.get("input"))
            check_items(given, dialect)
            check_seals(given, dialect.seal_tail, self._shelf.issued)
            items = [*self._before(body), *self._resolved(given)]
            check_history(items)
        return read(body, items, dialect)

    def respond(self, asked: Asked, item: Item | None, stamp: Stamp) -> Delivery:
        """Send what was scripted, or an answer by rule."""
        if isinstance(item, Raw):
            return send_raw(item, streamed=asked.streamed)
        namer = Namer(stamp.id, self._dialect)
        answer, fault = settle(item, lambda: reply(asked.conversation), namer.call)
        items = output(answer, asked, self._dialect, namer)
        status = self._status(answer)
        if items and status != "completed":
            items[-1]["status"] = "incomplete"
        whole = self._whole(asked, answer, stamp, items, fault)
        if fault is None and self._dialect.store == "kept" and asked.body.get("store") is not False:
            self._shelf.put(whole, asked.items)
        if answer.reasoning_details is not None:
            self._shelf.issue(items)
        stamp.note(whole)
        return self._send(asked, answer, stamp, whole, fault)

    def stored(self, ident: str) -> Body:
        """Give a stored response."""
        with refused_as(self._dialect.refuse):
            return self._dialect.polish(self._shelf.get(ident, "response_id").response)

    def inputs(self, ident: str) -> Body:
        """List the items to which a stored response answered."""
        with refused_as(self._dialect.refuse):
            return self._shelf.inputs(ident)

    def delete(self, ident: str) -> Body:
        """Forget a stored response."""
        with refused_as(self._dialect.refuse):
            return self._shelf.delete(ident)

    # What comes before: the store.

    def _check_store(self, body: Mapping[str, Any]) -> None:
        if self._dialect.store != "never":
            return
        if body.get("store"):
            raise Flaw("store", "must be false: responses are not stored")
        if body.get("previous_response_id") is not None:
            raise Flaw("previous_response_id", "must be null: responses are not stored")

    def _before(self, body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Give the conversation that a request goes on with."""
        ident = body.get("previous_response_id")
        if ident is None or self._dialect.store != "kept":
            return ()
        return self._shelf.get(ident, "previous_response_id").conversation

    def _resolved(self, items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Put items in the place of references to them; what stores nothing cannot find any."""
        found = []
        for number, item in enumerate(items):
            if item.get("type") != "item_reference":
                found.append(item)
            elif self._dialect.store != "ignored":
                found.append(self._shelf.item(item["id"], f"input.{number}.id"))
        return found

    # The response, whole and in events.

    def _status(self, answer: Answer) -> str:
        if answer.finish is None:
            return "in_progress"
        if answer.finish == "error":
            return "failed"
        return "incomplete" if answer.finish in self._dialect.reasons else "completed"

    def _start(self, asked: Asked, answer: Answer, stamp: Stamp) -> Body:
        return {
            "id": stamp.id,
            "object": "response",
            "created_at": stamp.created,
            "completed_at": None,
            "status": "in_progress",
            "model": answer.model or stamp.model,
            "output": [],
            "error": None,
            "incomplete_details": None,
            "usage": None,
            **self._dialect.echo(asked.body),
            **stamp.extra,
        }

    def _whole(
        self, asked: Asked, answer: Answer, stamp: Stamp, items: list[Body], fault: Fault | None
    ) -> Body:
        status = self._status(answer)
        told = stamp.usage(answer)
        reason = self._dialect.reasons.get(answer.finish or "")
        whole = {
            **self._start(asked, answer, stamp),
            "status": status,
            "output": items,
            "usage": None if told is None else dict(told),
            "incomplete_details": {"reason": reason} if reason else None,
        }
        if status == "completed":
            whole["completed_at"] = stamp.created + 1
        if status == "failed":
            whole |= self._dialect.failure(fault or Fault.error_in_choice("server_error"))
        return whole

    def _send(
        self, asked: Asked, answer: Answer, stamp: Stamp, whole: Body, fault: Fault | None
    ) -> Delivery:
        dialect = self._dialect
        start = self._start(asked, answer, stamp)
        pace = Pace(answer.piece, dialect.closes_late, answer.rotate_ids)
        end = None if whole["status"] == "in_progress" else whole
        told = [*dialect.opening(asked.body), *events(start, whole["output"], end, pace)]
        if asked.streamed and fault is not None and fault.kind == "error_mid_stream":
            told = [*told[: fault.after], *self._broken(start, fault)]
            # The recorded form is the end of the stream.
            answer, fault = replace(answer, done=answer.done and not fault.text), None
        sheet = Sheet(
            answer=answer,
            streamed=asked.streamed,
            whole=dialect.polish(whole),
            chunks=[dialect.polish(event) for event in numbered(told)],
            broken=dialect.refusal,
            refusal=dialect.refusal,
            keep_alive=dialect.keep_alive,
            padding=dialect.padding,
            headers=stamp.headers,
            named=dialect.named,
            end_mark=dialect.end_mark,
        )
        return send_answer(sheet, fault)

    def _broken(self, start: Body, fault: Fault) -> list[Body]:
        """Write what breaks a stream.

        With a finish reason ("error"): the nested event and a failed response, as recorded.
        Without: the flat event of the SDK's types alone.
        """
        failed = self._dialect.failure(fault)
        error = {"code": failed["error"]["code"], "message": failed["error"]["message"]}
        if not fault.text:
            return [{"type": "error", **error, "param": None}]
        nested = {"type": error["code"], **error, "param": None}
        response = {**start, "status": "failed", **failed}
        return [
            {"type": "error", "error": nested},
            {"type": "response.failed", "response": response},
        ]
