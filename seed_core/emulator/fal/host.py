"""fal's addresses: who may call, what is accepted, and which answer goes out.

Knows the order in which the host decides: key, endpoint, headers, then the body. At once a body
that the model refuses is refused; in the queue it is a job like any other, and its result is the
refusal [the documentation of webhooks shows one].
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from starlette.requests import Request
from starlette.routing import Route

from seed_core.emulator.delivery import Delivery
from seed_core.emulator.fal.chatting import Chat, refused
from seed_core.emulator.fal.errors import Problems, plain
from seed_core.emulator.fal.queue import Outcome, Queue, Ticket
from seed_core.emulator.fal.replies import send
from seed_core.emulator.fal.seed import ENDPOINT, Call, accept
from seed_core.emulator.fal.storage import CDN, REST, Storage
from seed_core.emulator.scripts import Answer, Fault, Item, Job, Raw, Scripted
from seed_core.emulator.seen import Seen, StoredFile
from seed_core.emulator.serving import Refused, answering

__all__ = ["Fal"]

_RUN, _QUEUE = "/run", "/queue"
_CHAT = f"{_RUN}/openrouter/router/openai/v1"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_NAMESPACES = frozenset({"workflows", "comfy"})
# What keeps a submission from being acknowledged; the rest harms the result.
_AT_SUBMISSION = frozenset({"status", "refuse", "html", "empty", "error_in_body"})


class Fal:
    """The host: its routes and what it remembers between requests."""

    name = "fal"
    base = ""

    def __init__(self, take: Callable[[], Scripted | None], models: Sequence[str] = ()) -> None:
        """Serve Seed 2.0 Mini and some more endpoints; `take` gives the next scripted reply."""
        self._take = take
        self._endpoints = {ENDPOINT, *models}
        self._count = 0
        self._queue = Queue()
        self._chat_route = Chat(models)
        self._storage = Storage(_authorize, f"/{self.name}")

    @property
    def addresses(self) -> Mapping[str, str]:
        """The paths of its APIs; the real host has a domain for each."""
        return {"sync": _RUN, "queue": _QUEUE, "chat": _CHAT, "storage": REST, "cdn": CDN}

    @property
    def stored_files(self) -> Sequence[StoredFile]:
        """The files that were uploaded."""
        return self._storage.stored

    def routes(self) -> list[Route]:
        """List the addresses."""
        job = f"{_QUEUE}/{{app:path}}/requests/{{ident}}"
        return [
            Route(f"{_CHAT}/chat/completions", answering(self._chat), methods=["POST"]),
            Route(f"{_CHAT}/{{rest:path}}", answering(_no_chat), methods=_METHODS),
            Route(f"{_RUN}/{{endpoint:path}}", answering(self._run), methods=["POST"]),
            Route(f"{job}/status/stream", answering(self._stream)),
            Route(f"{job}/status", answering(self._poll)),
            Route(f"{job}/cancel", answering(self._cancel), methods=["PUT"]),
            Route(job, answering(self._result)),
            Route(f"{_QUEUE}/{{endpoint:path}}", answering(self._submit), methods=["POST"]),
            *self._storage.routes(),
            Route("/{rest:path}", answering(_nowhere), methods=_METHODS),
        ]

    def forget(self) -> None:
        """Forget jobs and files."""
        self._queue = Queue()
        self._storage.forget()

    def _enter(self, request: Request) -> tuple[Seen, str]:
        """Let a request for an endpoint in, and give its id."""
        seen: Seen = request.scope["seen"]
        _authorize(seen)
        endpoint: str = request.path_params["endpoint"]
        app = _app(endpoint)
        if endpoint not in self._endpoints:
            path = endpoint.removeprefix(app) or "/"
            known = app in map(_app, self._endpoints)
            raise plain(404, f"Path {path} not found" if known else f"Application {app} not found")
        _check_timeout(seen)
        return seen, endpoint

    def _next_ident(self) -> str:
        self._count += 1
        return f"00000000-0000-4000-8000-{self._count:012d}"

    def _next_item(self) -> Item | None:
        """Give the next scripted reply for a call that is answered at once."""
        item = self._take()
        return item.answer if isinstance(item, Job) else item

    # At once.

    def _run(self, request: Request) -> Delivery:
        seen, _ = self._enter(request)
        ident = self._next_ident()
        with _stamped(ident):
            call = accept(seen, self._storage.look_up)
        item = self._next_item()
        if isinstance(item, Raw):
            return send({}, item)
        answer, fault = call.settle(item)
        return _outcome(call, answer, ident)(fault)

    def _chat(self, request: Request) -> Delivery:
        seen: Seen = request.scope["seen"]
        # The gateway asks for the key, so it is refused in the gateway's form [assumed].
        _authorize(seen)
        body, model = self._chat_route.accept(seen)
        headers = {"x-fal-request-id": self._next_ident()}
        return self._chat_route.answer(body, model, self._next_item(), headers, self._count)

    # In the queue.

    def _submit(self, request: Request) -> Delivery:
        seen, endpoint = self._enter(request)
        if seen.headers.get("x-fal-queue-priority", "normal") not in {"normal", "low"}:
            raise plain(400, "X-Fal-Queue-Priority must be normal or low")  # assumed
        ident, app = self._next_ident(), _app(endpoint)
        headers = {"x-fal-request-id": ident}
        item, outcome, flaw = self._prepare(seen, ident)
        if isinstance(item, Raw) or (isinstance(item, Fault) and item.kind in _AT_SUBMISSION):
            return send({}, item, headers=headers, submitted=seen.body)
        silence = _silence(item)
        ticket = Ticket(
            ident=ident,
            app=app,
            key=_key(seen),
            url=f"{request.url.scheme}://{request.url.netloc}/{self.name}{_QUEUE}/{app}"
            f"/requests/{ident}",
            job=item if isinstance(item, Job) else Job(),
            outcome=outcome,
            flaw=None if silence else flaw,
        )
        self._queue.add(ticket)
        # The webhook is acknowledged and never called: nothing leaves this computer.
        told = ticket.acknowledgement(webhook="fal_webhook" in request.query_params)
        return send(told, silence, headers=headers)

    def _prepare(self, seen: Seen, ident: str) -> tuple[Scripted | None, Outcome, Fault | None]:
        """Give the scripted reply that a submission takes, the result, and what harms that."""
        try:
            call = accept(seen, self._storage.look_up)
        except Problems as problems:
            return None, _refusal(problems), None
        item = self._take()
        wanted = item.answer if isinstance(item, Job) else item
        answer, flaw = call.settle(None if isinstance(wanted, Raw) else wanted)
        return item, _outcome(call, answer, ident), flaw

    def _poll(self, request: Request) -> Delivery:
        return self._ticket(request).poll(logs=_wants_logs(request))

    def _stream(self, request: Request) -> Delivery:
        return self._ticket(request).stream(logs=_wants_logs(request))

    def _result(self, request: Request) -> Delivery:
        ticket = self._ticket(request)
        with _stamped(ticket.ident):
            return ticket.result()

    def _cancel(self, request: Request) -> Delivery:
        ticket = self._find(request)
        if ticket is None:
            raise Refused(404, {"status": "NOT_FOUND"})
        return ticket.cancel()

    def _ticket(self, request: Request) -> Ticket:
        ticket = self._find(request)
        if ticket is None:
            raise plain(404, "Request not found")
        return ticket

    def _find(self, request: Request) -> Ticket | None:
        key = _authorize(request.scope["seen"])
        # The app alone is the address: with the rest of the endpoint's id there is nothing.
        return self._queue.find(request.path_params["app"], request.path_params["ident"], key)


def _silence(item: Scripted | None) -> Fault | None:
    """Give silence before the first byte: it is the submission's, and the job is there by then."""
    if isinstance(item, Fault) and item.kind == "stall" and item.after < 0:
        return item
    return None


def _outcome(call: Call, answer: Answer, ident: str) -> Outcome:
    """Make what sends an answer, or what a script has in its place."""

    def deliver(scripted: Raw | Fault | None) -> Delivery:
        return send(
            call.written(answer),
            scripted,
            headers={"x-fal-request-id": ident, "x-fal-billable-units": call.units(answer)},
            answer=answer,
            submitted=call.body,
        )

    return deliver


def _refusal(problems: Problems) -> Outcome:
    def refuse(_scripted: Raw | Fault | None) -> Delivery:
        raise problems

    return refuse


@contextmanager
def _stamped(ident: str) -> Iterator[None]:
    """Name the request in what refuses it."""
    try:
        yield
    except Refused as refused:
        refused.headers["x-fal-request-id"] = ident
        raise


def _key(seen: Seen) -> str:
    scheme, _, key = seen.headers.get("authorization", "").strip().partition(" ")
    return key.strip() if scheme == "Key" else ""


def _authorize(seen: Seen) -> str:
    """Refuse a caller without a key, with one of another scheme, or with a wrong one."""
    key = _key(seen)
    if not key:
        raise plain(401, "Authentication is required to access this application")
    if key == "invalid":
        raise plain(401)
    return key


def _app(endpoint: str) -> str:
    """Give the part of an endpoint's id by which the queue knows its jobs."""
    parts = endpoint.split("/")
    return "/".join(parts[: 3 if parts[0] in _NAMESPACES else 2])


def _check_timeout(seen: Seen) -> None:
    """Refuse a limit that is no number above 1 [assumed of the host; its client refuses it]."""
    given = seen.headers.get("x-fal-request-timeout", "2")
    try:
        fits = 1 < float(given) < math.inf
    except ValueError:
        fits = False
    if not fits:
        raise plain(400, f"X-Fal-Request-Timeout must be a number above 1, not {given!r}")


def _wants_logs(request: Request) -> bool:
    return request.query_params.get("logs", "").lower() in {"1", "true"}


def _no_chat(_request: Request) -> Delivery:
    raise refused(404)


def _nowhere(_request: Request) -> Delivery:
    raise plain(404)
