"""Ark's addresses: who may call, what is accepted, and which answer goes out.

Knows the order in which the host decides: key, body, model, then the request itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from seed_core.emulator import chat
from seed_core.emulator.ark import errors, fields, responses
from seed_core.emulator.ark.files import Files
from seed_core.emulator.ark.models import CONTEXT, Build, Catalogue, Cloud
from seed_core.emulator.chat import Envelope, Flaw, Form, Plain
from seed_core.emulator.chat.thoughts import flat
from seed_core.emulator.delivery import Delivery
from seed_core.emulator.meter import Memory, count
from seed_core.emulator.responses import Responses, Stamp, is_sealed, measure, seal, usage
from seed_core.emulator.scripts import Answer, Fault, Item, Raw
from seed_core.emulator.seen import Seen
from seed_core.emulator.sending import as_json, send_answer, send_raw
from seed_core.emulator.serving import Refused, answering, bearer
from seed_core.emulator.words import reply

__all__ = ["Ark"]

_STARTED = 1_772_131_107
_MAX_TOKENS = 4096
FORM = Form(
    thoughts=Plain("reasoning_content", sealed="encrypted_content"),
    every_role=True,
    silent="",
    beside_calls={"content": ""},
    lead=(),
    finish_with_call=True,
    finish_always=False,
    refusals=False,
    usage_always=True,
)
"""How Ark writes: as recorded, but for the finish reason on the last piece of a call [live]."""


class Ark:
    """The host: its routes and what it remembers between requests."""

    base = "/api/v3"

    def __init__(
        self, cloud: Cloud, take: Callable[[], Item | None], models: Sequence[str] = ()
    ) -> None:
        """Serve the Seed models of a cloud and some more; `take` gives the next scripted reply."""
        self.name = cloud.name
        self._take = take
        self._catalogue = Catalogue(cloud, models)
        self._count = 0
        self._ident = ""
        """The id of the request that is being answered: it stands in every reply, and in errors."""
        self._files = Files()
        self._memory = Memory()
        self._issued: set[str] = set()
        self._dialect = fields.dialect(self._check_file, self._genuine)
        self._responses = Responses(
            responses.dialect(
                self._build, cloud.hosted_tools, self._check_file, self._refuse, self._error
            )
        )

    def routes(self) -> list[Route]:
        """List the addresses below the base."""
        return [
            Route("/chat/completions", answering(self._chat), methods=["POST"]),
            Route("/batch/chat/completions", answering(self._batch), methods=["POST"]),
            Route("/responses", answering(self._respond), methods=["POST"]),
            Route("/responses/{ident}", answering(self._stored), methods=["GET", "DELETE"]),
            Route("/responses/{ident}/input_items", answering(self._inputs)),
            Route("/files", answering(self._upload), methods=["POST"]),
            Route("/files/{ident}", answering(self._file)),
            Route("/{rest:path}", answering(_nowhere), methods=["GET", "POST", "DELETE"]),
        ]

    def forget(self) -> None:
        """Forget prompts, files and responses."""
        self._files = Files()
        self._memory = Memory()
        self._issued = set()
        self._responses.forget()

    # Chat completions.

    def _chat(self, request: Request) -> Delivery:
        seen = self._enter(request)
        return self._complete(seen, self._body(seen))

    def _batch(self, request: Request) -> Delivery:
        seen = self._enter(request)
        body = self._body(seen)
        with chat.refused_as(self._refuse):
            if not str(body.get("model")).startswith("ep-"):
                raise Flaw("model", "must be the id of a batch endpoint (ep-...)")
            if body.get("stream"):
                raise Flaw("stream", "is not supported in a batch")
        return self._complete(seen, body)

    def _complete(self, seen: Seen, body: Mapping[str, Any]) -> Delivery:
        build = self._build(body)
        with chat.refused_as(self._refuse):
            fields.check_request(body, build, self._dialect)
        weights = [chat.message_tokens(message) for message in body["messages"]]
        prompt = chat.prompt_tokens(body)
        self._refuse_overflow(prompt)
        keys = [chat.cache_key(message) for message in body["messages"]]
        cached = self._memory.recall(keys, weights)
        item, streamed = self._take(), bool(body.get("stream"))
        if isinstance(item, Raw):
            return send_raw(item, streamed=streamed)
        answer, fault = chat.settle(item, lambda: _think(body, build), self._call_id)
        answer = self._sealed(answer, build)
        options = body.get("stream_options") or {}
        told = chat.overlaid(chat.usage(answer, prompt, cached), answer)
        envelope = Envelope(
            id=self._ident,
            created=self._created,
            model=answer.model or build.id,
            usage=told if not streamed or options.get("include_usage") else None,
            frame={"service_tier": "default"},
        )
        sheet = chat.sheet(
            answer,
            envelope,
            FORM,
            fault,
            streamed=streamed,
            error=self._error,
            keep_alive=b"",
            padding=b"",
            headers=self._headers(seen),
        )
        if options.get("chunk_include_usage"):
            sheet = replace(sheet, chunks=[{**event, "usage": told} for event in sheet.chunks])
        return send_answer(sheet, fault)

    def _call_id(self, index: int) -> str:
        return f"call_{hashlib.sha256(f'{self._ident} {index}'.encode()).hexdigest()[:24]}"

    def _sealed(self, answer: Answer, build: Build) -> Answer:
        """Add the encrypted original of what a newer build sums up, or note what a script gives."""
        if answer.reasoning_details is None and answer.reasoning and build.seals:
            entry = {"type": "reasoning.encrypted", "data": seal(answer.reasoning)}
            return replace(answer, reasoning_details=[entry])
        self._issued |= {str(entry.get("data")) for entry in flat(answer.reasoning_details or ())}
        return answer

    def _genuine(self, data: str) -> bool:
        return is_sealed(data) or data in self._issued

    # Responses.

    def _respond(self, request: Request) -> Delivery:
        seen = self._enter(request)
        asked = self._responses.accept(self._body(seen))
        build = self._build(asked.body)
        with chat.refused_as(self._refuse):
            responses.check_asked(asked, build)
        prompt, cached = measure(asked, self._memory)
        self._refuse_overflow(prompt)
        searched = {"tool_usage": {"web_search": 1}} if asked.searches else {}
        stamp = Stamp(
            id=f"resp_{self._ident}",
            created=self._created,
            model=build.id,
            usage=lambda answer: usage(answer, prompt, cached, **searched),
            headers=self._headers(seen),
            extra=responses.told_beside(self._created),
        )
        return self._responses.respond(asked, self._take(), stamp)

    def _stored(self, request: Request) -> Delivery:
        seen = self._enter(request)
        ident = request.path_params["ident"]
        if request.method == "DELETE":
            return as_json(self._responses.delete(ident), headers=self._headers(seen))
        return as_json(self._responses.stored(ident), headers=self._headers(seen))

    def _inputs(self, request: Request) -> Delivery:
        seen = self._enter(request)
        listed = self._responses.inputs(request.path_params["ident"])
        return as_json(listed, headers=self._headers(seen))

    # Files.

    def _upload(self, request: Request) -> Delivery:
        seen = self._enter(request)
        unique = hashlib.sha256(self._ident.encode()).hexdigest()[:20]
        with chat.refused_as(self._refuse):
            record = self._files.add(seen, unique, self._created)
        return as_json(record, headers=self._headers(seen))

    def _file(self, request: Request) -> Delivery:
        seen = self._enter(request)
        record = self._files.ask(request.path_params["ident"])
        if record is None:
            raise errors.refused(404, "NotFound.File", "The file does not exist.", self._ident)
        return as_json(record, headers=self._headers(seen))

    def _check_file(self, ident: Any, where: str) -> None:
        self._files.check(ident, where)

    # What every request goes through.

    @property
    def _created(self) -> int:
        return _STARTED + self._count

    def _enter(self, request: Request) -> Seen:
        """Give the request its id, and refuse who may not call."""
        self._count += 1
        digest = hashlib.sha256(str(self._count).encode()).hexdigest()
        self._ident = f"02{self._created * 1000}{digest[:38]}"
        seen: Seen = request.scope["seen"]
        if bearer(seen) in {"", "invalid"}:
            message = "The API key in the request is missing or invalid."
            raise errors.refused(401, "AuthenticationError", message, self._ident)
        return seen

    def _body(self, seen: Seen) -> Mapping[str, Any]:
        body = seen.body
        if not isinstance(body, Mapping):
            message = "The body must be a JSON object."
            raise errors.refused(400, "InvalidParameter", message, self._ident)
        return body

    def _build(self, body: Mapping[str, Any]) -> Build:
        name = body.get("model")
        if not name or not isinstance(name, str):
            message = "The request is missing the parameter `model`."
            raise errors.refused(400, "MissingParameter", message, self._ident, param="model")
        build = self._catalogue.find(name)
        if build is None:
            message = f"The model or endpoint {name} does not exist or you have no access to it."
            raise errors.refused(404, "InvalidEndpointOrModel.NotFound", message, self._ident)
        return build

    def _refuse_overflow(self, prompt: int) -> None:
        if prompt > CONTEXT:
            message = f"Input length {prompt} exceeds the maximum length {CONTEXT}."
            raise errors.refused(400, "OutofContextError", message, self._ident)

    def _refuse(self, flaw: Flaw) -> Refused:
        return errors.flawed(flaw, self._ident)

    def _error(self, fault: Fault) -> dict[str, Any]:
        return errors.faulty(fault, self._ident)

    def _headers(self, seen: Seen) -> dict[str, str]:
        given = seen.headers.get("x-client-request-id")
        return {
            "server": "istio-envoy",
            "x-request-id": self._ident,
            "x-client-request-id": given or f"unknown-{self._created}-emulated",
        }


def _nowhere(_request: Request) -> Delivery:
    """404 without a body, as seen on an address that the host has not."""
    return Delivery([], 404, {"content-length": "0"})


def _think(body: Mapping[str, Any], build: Build) -> Answer:
    """Answer by rule; `max_tokens` limits the answer alone, `max_completion_tokens` all of it."""
    mode = (body.get("thinking") or {}).get("type")
    effort = fields.effort(mode, body.get("reasoning_effort"), build)
    total = body.get("max_completion_tokens")
    if total is not None:
        return reply(chat.read(body, effort=effort, max_tokens=int(total)))
    asked = chat.read(body, effort=effort)
    most = body.get("max_tokens")
    room = _MAX_TOKENS if most is None else int(most)
    return reply(replace(asked, max_tokens=count(reply(asked).reasoning) + room))
