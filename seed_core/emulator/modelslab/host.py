"""ModelsLab's addresses: who may call, how many at a time, and which answer goes out.

The chat has no `/v1` in its address, and the others have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from seed_core.emulator import chat
from seed_core.emulator.checks import string
from seed_core.emulator.delivery import Delivery
from seed_core.emulator.messages import Bill, Denied, Dialect, Messages, Problem, header_key
from seed_core.emulator.messages.dialect import Body
from seed_core.emulator.modelslab.chatting import DIALECT, FORM, lacks_json, read, streamed
from seed_core.emulator.modelslab.errors import bad, error_body, refused
from seed_core.emulator.modelslab.queue import Queue
from seed_core.emulator.scripts import Answer, Fault, Item, Raw
from seed_core.emulator.seen import Seen
from seed_core.emulator.sending import as_json, send_answer, send_raw
from seed_core.emulator.serving import answering
from seed_core.emulator.words import reply

__all__ = ["ModelsLab"]

_CREATED = 1_772_131_107
_MODEL = "bytedance-seed-seed-2.0-mini"
_PLACES = 5
_LINE = b"\n"
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


class ModelsLab:
    """The host: its routes and who is in its queue."""

    name = "modelslab"
    base = "/api/v7/llm"

    def __init__(self, take: Callable[[], Item | None], models: Sequence[str] = ()) -> None:
        """Serve Seed 2.0 Mini and some more; `take` gives the next scripted reply."""
        self._take: Callable[[], Item | None] = lambda: _hinting_in_the_body(take())
        self._models = (_MODEL, *models)
        self._queue = Queue(_PLACES)
        self._count = 0
        self._messages = Messages(self._take, self._dialect())

    def routes(self) -> list[Route]:
        """List the addresses below the base."""
        count = self._queued(self._messages.count)
        return [
            Route("/chat/completions", self._queued(self._chat), methods=["POST"]),
            Route("/v1/messages", self._queued(self._messages.answer), methods=["POST"]),
            Route("/v1/messages/count_tokens", count, methods=["POST"]),
            Route("/v1/models", answering(self._list)),
            Route("/{rest:path}", answering(_nowhere), methods=["GET", "POST"]),
        ]

    def forget(self) -> None:
        """Forget the prompts that were cached; who is in the queue stays there."""
        self._messages.forget()

    def _queued(self, act: Callable[[Seen], Delivery]) -> Callable[[Request], Any]:
        """Make an endpoint that checks the key, and holds a place in the queue while it answers."""

        def endpoint(request: Request) -> Delivery:
            seen: Seen = request.scope["seen"]
            key = _authorize(seen)
            if self._queue.full(key):
                raise refused(429)
            return self._queue.hold(key, act(seen))

        return answering(endpoint)

    def _choose(self, body: Body) -> str:
        """Give the model that a request names, by either name of the field."""
        name = body.get("model") or body.get("model_id")
        if name not in self._models:
            raise Denied(400, f"Invalid model: {name}" if name else "model_id is required")
        return str(name)

    # Chat completions

    def _chat(self, seen: Seen) -> Delivery:
        body, model = self._accept(seen)
        item = self._take()
        self._count += 1
        if isinstance(item, Raw):
            return send_raw(item, streamed=streamed(body))
        answer, fault = chat.settle(item, lambda: reply(read(body)), self._call_id)
        sheet = chat.sheet(
            answer,
            self._envelope(body, model, answer),
            FORM,
            fault,
            streamed=streamed(body),
            error=_error,
            refusal=_refusal,
            # Comments of OpenRouter may leak through [assumed]; records end with one newline.
            keep_alive=b": OPENROUTER PROCESSING\n\n",
            separator=_LINE,
            end_mark=b"data: [DONE]" + _LINE,
        )
        return send_answer(sheet, fault)

    def _accept(self, seen: Seen) -> tuple[Body, str]:
        body = seen.body
        if not isinstance(body, Mapping):
            message = "The request body must be a JSON object"
            raise bad(message)
        with chat.refused_as(lambda flaw: bad(str(flaw))):
            chat.check_fields(body, DIALECT)
            chat.check_messages(body.get("messages"), DIALECT)
        if lacks_json(body):
            message = "messages: must contain the word json to use response_format json_object"
            raise bad(message)
        try:
            return body, self._choose(body)
        except Denied as denied:
            raise refused(denied.status, denied.message) from None

    def _call_id(self, index: int) -> str:
        return f"call_{self._count:08d}{index:02d}"

    def _envelope(self, body: Body, model: str, answer: Answer) -> chat.Envelope:
        """Write what stands around an answer: a stream's chunks name no model, time or usage."""
        ident = f"chat-{self._count:032x}"
        if streamed(body):
            return chat.Envelope(ident, None, None, None)
        told = chat.usage(answer, chat.prompt_tokens(body))
        counts = {name: told[name] for name in _COUNTS}
        usage = chat.overlaid(counts, answer)
        return chat.Envelope(ident, _CREATED + self._count, answer.model or model, usage)

    # What stands beside the chat

    def _dialect(self) -> Dialect:
        return Dialect(
            choose=self._choose,
            name=self.name,
            key=_key,
            roles=("user", "assistant"),
            fields={"key": string(), "model_id": string()},
            usage=_usage,
            error=_problem,
            headers=lambda _ident: {},
        )

    def _list(self, request: Request) -> Delivery:
        _authorize(request.scope["seen"])
        records = [
            {"id": name, "object": "model", "created": _CREATED, "owned_by": "bytedance-seed"}
            for name in self._models
        ]
        return as_json({"object": "list", "data": records})


def _key(seen: Seen) -> str:
    """Give the caller's key: of a header, else of the body. Which one goes first is not told."""
    in_body = seen.body.get("key") if isinstance(seen.body, Mapping) else None
    return header_key(seen) or (in_body if isinstance(in_body, str) else "")


def _authorize(seen: Seen) -> str:
    key = _key(seen)
    if not key or key == "invalid":
        raise refused(401)
    return key


def _nowhere(_request: Request) -> Delivery:
    raise refused(404)


def _hinting_in_the_body(item: Item | None) -> Item | None:
    """Move the time to wait from a scripted error's headers into its body, where it stands here."""
    if not isinstance(item, Fault) or "retry-after" not in item.headers:
        return item
    headers = {name: value for name, value in item.headers.items() if name != "retry-after"}
    hint = item.headers["retry-after"]
    seconds: Any = float(hint) if hint.replace(".", "", 1).isdigit() else hint
    return replace(
        item, headers=headers, metadata={"retry_after": seconds, **(item.metadata or {})}
    )


def _error(fault: Fault) -> dict[str, Any]:
    return {"message": fault.message, "type": "api_error", "code": fault.code}


def _refusal(fault: Fault) -> dict[str, Any]:
    return error_body(fault.status_code, fault.message, fault.code, fault.metadata)


def _problem(problem: Problem) -> dict[str, Any]:
    return error_body(problem.status, problem.message, problem.code, problem.metadata)


def _usage(bill: Bill) -> dict[str, Any]:
    return {"input_tokens": bill.prompt, "output_tokens": bill.output}
