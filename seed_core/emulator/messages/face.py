"""The addresses of Messages at one host: who may call, what is accepted, and which answer goes out.

Knows the order of the decisions: key, version, fields, messages, model, length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.routing import Route

from seed_core.emulator.delivery import Delivery
from seed_core.emulator.messages.dialect import Bill, Body, Denied, Dialect, Problem
from seed_core.emulator.messages.fields import check_fields
from seed_core.emulator.messages.reading import keys_and_weights, marked, one_call_at_most, read
from seed_core.emulator.messages.signing import call_id
from seed_core.emulator.messages.turns import check_messages
from seed_core.emulator.messages.writing import Envelope, events, whole
from seed_core.emulator.meter import Memory, count
from seed_core.emulator.scripts import Answer, Fault, Item, Raw
from seed_core.emulator.seen import Seen
from seed_core.emulator.sending import Sheet, as_json, send_answer, send_raw
from seed_core.emulator.serving import Refused, answering
from seed_core.emulator.words import reply

__all__ = ["Messages"]

_PADDED = b"    \n\n"


class Messages:
    """Messages at one host, to be mounted beside its other addresses.

    Args:
        take: Gives the next scripted reply.
        dialect: The host's own ways.

    Example:
        >>> face = Messages(lambda: None, Dialect(choose=serving_models(["seed-2-0-mini"])))
        >>> [route.path for route in face.routes("/messages")]
        ['/messages', '/messages/count_tokens']
    """

    def __init__(self, take: Callable[[], Item | None], dialect: Dialect) -> None:
        """Serve one host."""
        self._take = take
        self._dialect = dialect
        self._memory = Memory()
        self._count = 0

    def routes(self, path: str = "/v1/messages", *, counts: bool = True) -> list[Route]:
        """List the addresses, with or without that which counts tokens."""
        answer = answering(lambda request: self.answer(request.scope["seen"]))
        count_tokens = answering(lambda request: self.count(request.scope["seen"]))
        counting = [Route(f"{path}/count_tokens", count_tokens, methods=["POST"])]
        return [Route(path, answer, methods=["POST"]), *(counting if counts else [])]

    def forget(self) -> None:
        """Forget the prompts that were cached."""
        self._memory = Memory()

    def answer(self, seen: Seen) -> Delivery:
        """Answer a request, whole or streamed."""
        body, model = self._accept(seen)
        bill = self._bill(body)
        item = self._take()
        self._count += 1
        if isinstance(item, Raw):
            return send_raw(item, streamed=bool(body.get("stream")))
        fault = item if isinstance(item, Fault) else item.fault if item else None
        given = item.answer if isinstance(item, Fault) else item
        answer, stopped = (given, None) if given else self._reply(body)
        if given is not None and given.finish == "stop_sequence":
            stopped = next(iter(body.get("stop_sequences") or []), None)
        answer = self._named(answer)
        envelope = self._envelope(body, model, answer, replace(bill, **_spent(answer)))
        sheet = self._sheet(body, answer, replace(envelope, stop_sequence=stopped))
        return send_answer(sheet, _translated(fault, sheet))

    def count(self, seen: Seen) -> Delivery:
        """Count the tokens of a prompt."""
        body, _ = self._accept(seen, counting=True)
        return as_json({"input_tokens": sum(keys_and_weights(body)[1])})

    def _accept(self, seen: Seen, *, counting: bool = False) -> tuple[Body, str]:
        """Give the body and the model of a request, or refuse it in the host's words."""
        try:
            self._authorize(seen)
            body = _object(seen)
            check_fields(body, self._dialect, counting=counting)
            check_messages(body, self._dialect)
            model = self._dialect.choose(body)
            if not counting:
                self._refuse_overflow(body)
        except Denied as denied:
            problem = Problem(denied.status, denied.message)
            raise Refused(denied.status, self._dialect.error(problem)) from None
        return body, model

    def _authorize(self, seen: Seen) -> None:
        key = self._dialect.key(seen)
        if not key:
            raise Denied(401, self._dialect.missing_key)
        if key == "invalid":
            raise Denied(401, self._dialect.wrong_key)
        if self._dialect.needs_version and not seen.headers.get("anthropic-version"):
            message = "anthropic-version: header is required"
            raise Denied(400, message)

    def _refuse_overflow(self, body: Body) -> None:
        prompt, limit = sum(keys_and_weights(body)[1]), body.get("max_tokens") or 0
        if prompt + limit > self._dialect.context:
            message = (
                f"prompt is too long: {prompt} tokens + {limit} max_tokens > "
                f"{self._dialect.context} maximum"
            )
            raise Denied(400, message)

    def _bill(self, body: Body) -> Bill:
        keys, weights = keys_and_weights(body)
        cached = self._memory.recall(keys, weights)
        prompt = sum(weights)
        return Bill(prompt, cached, prompt - cached if marked(body) else 0)

    def _reply(self, body: Body) -> tuple[Answer, str | None]:
        """Answer by the rules; and give the stop sequence that ended the answer, if one did."""
        conversation = read(body, self._dialect)
        answer = reply(conversation)
        if one_call_at_most(body):
            answer = replace(answer, tool_calls=answer.tool_calls[:1])
        unstopped = reply(replace(conversation, stop=(), max_tokens=None)).text
        rest = unstopped[len(answer.text) :]
        stops = [stop for stop in conversation.stop if rest.startswith(stop)]
        return answer, stops[0] if stops else None

    def _named(self, answer: Answer) -> Answer:
        """Give each tool call an id."""
        thought = self._dialect.signs and bool(answer.reasoning or answer.reasoning_details)
        calls = [
            call
            if call.id is not None
            else replace(call, id=call_id(self._dialect.name, self._count, index, thought=thought))
            for index, call in enumerate(answer.tool_calls)
        ]
        return replace(answer, tool_calls=tuple(calls))

    def _envelope(self, body: Body, model: str, answer: Answer, bill: Bill) -> Envelope:
        dialect = self._dialect
        usage = dialect.usage(bill)
        if "cost" in usage and answer.cost is not None:
            usage["cost"] = answer.cost
        usage |= answer.usage or {}
        told = {name: value for name, value in usage.items() if value is not ...}
        return Envelope(
            id=dialect.ident(self._count),
            model=answer.model or model,
            usage=told if answer.usage_shape else None,
            signed=dialect.signs,
            shown=(dialect.thinking(body) or {}).get("display") != "omitted",
            further=dialect.further(answer),
        )

    def _sheet(self, body: Body, answer: Answer, envelope: Envelope) -> Sheet:
        return Sheet(
            answer=answer,
            streamed=bool(body.get("stream")),
            whole=whole(answer, envelope),
            chunks=list(events(answer, envelope)),
            broken=lambda fault: self._dialect.broken(_problem(fault)),
            refusal=lambda fault: self._dialect.error(_problem(fault)),
            keep_alive=self._dialect.keep_alive,
            headers=self._dialect.headers(envelope.id),
            named=True,
            end_mark=b"",
            separator=_PADDED,
        )


def _problem(fault: Fault) -> Problem:
    status = fault.status_code
    if fault.kind != "status":
        status = fault.code if isinstance(fault.code, int) else 502
    return Problem(status, fault.message, fault.code, fault.metadata)


def _object(seen: Seen) -> Body:
    if isinstance(seen.body, Mapping):
        return seen.body
    message = "The request body is not a valid JSON object"
    raise Denied(400, message)


def _spent(answer: Answer) -> dict[str, int]:
    calls = sum(count(call.name) + count(call.arguments) for call in answer.tool_calls)
    thinking = count(answer.reasoning)
    output = thinking + count(answer.text) + count(answer.refusal) + calls
    return {"output": output, "thinking": thinking}


def _translated(fault: Fault | None, sheet: Sheet) -> Fault | None:
    """This wire has no choice that could carry an error: it breaks before the message's end."""
    if fault is None or fault.kind != "error_in_choice":
        return fault
    ending = [event["type"] for event in sheet.chunks].index("message_delta")
    return replace(fault, kind="error_mid_stream", after=ending, text="error")
