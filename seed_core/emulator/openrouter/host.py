"""OpenRouter's addresses: who may call, what is accepted, and which answer goes out.

Knows the order in which the host decides: key, body, model, messages, routing, then the model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from seed_core.emulator import chat
from seed_core.emulator.chat import Envelope, chunk
from seed_core.emulator.delivery import Delivery
from seed_core.emulator.meter import Memory
from seed_core.emulator.openrouter import reading
from seed_core.emulator.openrouter.errors import (
    USER,
    Refused,
    bad,
    error_body,
    flawed,
    unauthorized,
)
from seed_core.emulator.openrouter.fields import DIALECT, check_fields, check_routing
from seed_core.emulator.openrouter.messages import check_duplicates
from seed_core.emulator.openrouter.messages_api import openrouter_messages
from seed_core.emulator.openrouter.models import CONTEXT, Catalogue
from seed_core.emulator.openrouter.responses import Gate, ResponsesRoute
from seed_core.emulator.openrouter.usage import Bill, generation, key_record, usage
from seed_core.emulator.openrouter.writing import FORM, WHOLE
from seed_core.emulator.scripts import Answer, Fault, Item, Raw
from seed_core.emulator.seen import Seen
from seed_core.emulator.sending import Sheet, as_json, send_answer, send_raw
from seed_core.emulator.serving import answering, bearer
from seed_core.emulator.words import reply

__all__ = ["OpenRouter"]

_STARTED = 1_772_131_107
_KEPT = 1000


@dataclass(frozen=True)
class _Call:
    """One accepted request."""

    body: Mapping[str, Any]
    model: str
    suffix: str
    headers: Mapping[str, str]
    marked: bool
    """Whether a part of the prompt is marked for the cache."""

    @property
    def streamed(self) -> bool:
        return bool(self.body.get("stream"))


class OpenRouter:
    """The host: its routes and what it remembers between requests."""

    name = "openrouter"
    base = "/api/v1"

    def __init__(self, take: Callable[[], Item | None], models: Sequence[str] = ()) -> None:
        """Serve the Seed models and some more; `take` gives the next scripted reply."""
        self._take = take
        self._catalogue = Catalogue(models)
        self._memory = Memory()
        self._anthropic = openrouter_messages(take, self._catalogue)
        gate = Gate(_authorize, _refuse_overflow, self._keep)
        self._responses = ResponsesRoute(take, self._catalogue, gate)
        self._count = 0
        self._spent = 0.0
        self._generations: dict[str, dict[str, Any]] = {}

    def routes(self) -> list[Route]:
        """List the addresses below the base."""
        return [
            Route("/chat/completions", answering(self._chat), methods=["POST"]),
            *self._anthropic.routes("/messages", counts=False),
            Route("/responses", answering(self._responses.answer), methods=["POST"]),
            Route("/models", answering(self._models)),
            Route("/models/{author}/{slug}/endpoints", answering(self._endpoints)),
            Route("/key", answering(self._key)),
            Route("/credits", answering(self._credits)),
            Route("/generation", answering(self._generation)),
            Route("/{rest:path}", answering(_nowhere), methods=["GET", "POST"]),
        ]

    def forget(self) -> None:
        """Forget the prompts that were cached."""
        self._memory = Memory()
        self._anthropic.forget()
        self._responses.forget()

    def _chat(self, request: Request) -> Delivery:
        seen: Seen = request.scope["seen"]
        _authorize(seen)
        call = self._accept(seen)
        bill = self._bill(call)
        item = self._take()
        self._count += 1
        if isinstance(item, Raw):
            return send_raw(item, streamed=call.streamed)
        return self._answer(call, bill, item)

    def _accept(self, seen: Seen) -> _Call:
        body = seen.body
        if not isinstance(body, Mapping):
            message = "Invalid request: the body must be a JSON object"
            raise bad(message)
        with chat.refused_as(flawed):
            check_fields(body)
        model, suffix = self._catalogue.choose(body)
        with chat.refused_as(flawed):
            chat.check_messages(body.get("messages"), DIALECT)
            check_duplicates(body["messages"])
        check_routing(body, model, suffix)
        # In a text the quotes would be escaped.
        marked = b'"cache_control"' in seen.raw
        return _Call(body, model, suffix, seen.headers, marked)

    def _bill(self, call: _Call) -> Bill:
        body = call.body
        weights = [chat.message_tokens(message) for message in body["messages"]]
        prompt = chat.prompt_tokens(body)
        _refuse_overflow(prompt, reading.max_tokens(body) or 0)
        keys = [chat.cache_key(message) for message in body["messages"]]
        cached = self._memory.recall(keys, weights)
        return Bill(
            prompt=prompt,
            cached=cached,
            written=sum(weights) - cached if call.marked else 0,
            video=chat.media_tokens(body, "video"),
            searched=reading.searches(body, call.suffix),
        )

    def _answer(self, call: _Call, bill: Bill, item: Answer | Fault | None) -> Delivery:
        answer, fault = chat.settle(item, lambda: reply(reading.read(call.body)), self._call_id)
        envelope = self._envelope(call, bill, answer)
        sheet = self._sheet(call, answer, envelope, fault)
        self._remember(sheet, envelope, call)
        return send_answer(sheet, fault)

    def _call_id(self, index: int) -> str:
        return f"call_{self._count:08d}{index:02d}"

    def _envelope(self, call: _Call, bill: Bill, answer: Answer) -> Envelope:
        created = _STARTED + self._count
        annotations = reading.file_annotations(call.body)
        if bill.searched:
            annotations += reading.citations(reading.read(call.body).prompt)
        return Envelope(
            id=f"gen-{created}-{hashlib.sha256(str(created).encode()).hexdigest()[:20]}",
            created=created,
            model=answer.model or call.model,
            usage=usage(answer, bill),
            frame={"provider": answer.provider},
            frame_of_whole=WHOLE,
            show_reasoning=not reading.hides_reasoning(call.body),
            annotations=() if answer.annotations else annotations,
        )

    def _sheet(self, call: _Call, answer: Answer, envelope: Envelope, fault: Fault | None) -> Sheet:
        sheet = chat.sheet(
            answer,
            envelope,
            FORM,
            fault,
            streamed=call.streamed,
            error=_error,
            refusal=lambda refused: {"error": _error(refused), "user_id": USER},
            broken=lambda broken: _broken(envelope, broken),
            keep_alive=b": OPENROUTER PROCESSING\n\n",
            padding=b"\n         \n",
            headers={"x-generation-id": envelope.id},
        )
        return _with_extras(call, envelope, sheet)

    def _remember(self, sheet: Sheet, envelope: Envelope, call: _Call) -> None:
        told = envelope.usage or {}
        self._keep(generation(sheet.whole, told, call.headers, streamed=call.streamed))

    def _keep(self, record: dict[str, Any]) -> None:
        self._spent += float(record["total_cost"])
        self._generations[record["id"]] = record
        if len(self._generations) > _KEPT:
            del self._generations[next(iter(self._generations))]

    # What stands beside the chat.

    def _models(self, request: Request) -> Delivery:
        return as_json(self._catalogue.records(request.query_params))

    def _endpoints(self, request: Request) -> Delivery:
        model = "{author}/{slug}".format(**request.path_params)
        return as_json({"data": self._catalogue.endpoints(model)})

    def _key(self, request: Request) -> Delivery:
        _authorize(request.scope["seen"])
        return as_json({"data": key_record(self._spent, manages=_manages(request))})

    def _credits(self, request: Request) -> Delivery:
        _authorize(request.scope["seen"])
        if not _manages(request):
            message = "Only management keys can fetch credits for an account"
            raise Refused(403, {"message": message, "code": 403})
        return as_json({"data": {"total_credits": 100, "total_usage": self._spent}})

    def _generation(self, request: Request) -> Delivery:
        _authorize(request.scope["seen"])
        wanted = request.query_params.get("id", "")
        if wanted not in self._generations:
            raise Refused(404, {"message": f"Generation {wanted} not found", "code": 404})
        return as_json({"data": self._generations[wanted]})


def _nowhere(_request: Request) -> Delivery:
    raise Refused(404, {"message": "Not Found", "code": 404})


def _authorize(seen: Seen) -> None:
    key = bearer(seen)
    if not key:
        message = "Missing Authentication header"
        raise unauthorized(message)
    if key == "invalid" or key.startswith("sk-or-invalid"):
        message = "User not found."
        raise unauthorized(message)


def _manages(request: Request) -> bool:
    return bearer(request.scope["seen"]).startswith("sk-or-management")


def _refuse_overflow(prompt: int, limit: int) -> None:
    if prompt + limit <= CONTEXT:
        return
    parts = f"{prompt} of text input" + (f", {limit} in the output" if limit else "")
    message = (
        f"This endpoint's maximum context length is {CONTEXT} tokens. However, you requested about "
        f"{prompt + limit} tokens ({parts}). Please reduce the length of either one, or use the "
        "context-compression plugin to compress your prompt automatically."
    )
    error = {"code": 400, "message": message}
    metadata = {"provider_name": None, "previous_errors": [error]}
    raise Refused(400, {**error, "metadata": metadata})


def _error(fault: Fault) -> dict[str, Any]:
    status = fault.status_code
    if fault.kind != "status" and isinstance(fault.code, int):
        status = fault.code
    return error_body(status, fault.message, fault.code, fault.metadata)


def _broken(envelope: Envelope, fault: Fault) -> dict[str, Any]:
    """Write the event that breaks a stream; the form of 2025 (no finish reason) told usage too."""
    event = chunk(envelope, FORM, {"content": "", "role": "assistant"}, fault.text or None)
    event["error"] = _error(fault)
    if not fault.text and envelope.usage is not None:
        event["usage"] = dict(envelope.usage)
    return event


def _with_extras(call: _Call, envelope: Envelope, sheet: Sheet) -> Sheet:
    """Add what a request can ask to be told besides: how it was routed, what was sent upstream."""
    body, events = dict(sheet.whole), list(sheet.chunks)
    if call.headers.get("x-openrouter-metadata") == "enabled":
        body["openrouter_metadata"] = _metadata(call)
        events[-1] = {**events[-1], "openrouter_metadata": _metadata(call)}
    if (call.body.get("debug") or {}).get("echo_upstream_body"):
        echo = {"echo_upstream_body": dict(call.body)}
        events.insert(0, {**chunk(envelope, FORM, {}), "choices": [], "debug": echo})
    return replace(sheet, whole=body, chunks=events)


def _metadata(call: _Call) -> dict[str, Any]:
    endpoint = {"model": call.model, "provider": "Seed", "selected": True}
    return {
        "requested": str(call.body.get("model") or call.model),
        "strategy": "direct",
        "region": None,
        "summary": f"{call.model} served by Seed",
        "attempt": 1,
        "is_byok": False,
        "endpoints": {"total": 1, "available": [endpoint]},
    }
