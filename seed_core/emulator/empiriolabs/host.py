"""EmpirioLabs' addresses: who may call, what is accepted, and which answer goes out.

Knows the order in which the host decides: key, body, model, then the request itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from seed_core.emulator import chat, messages, responses
from seed_core.emulator.chat import Envelope, Flaw, Form
from seed_core.emulator.checks import nullable
from seed_core.emulator.delivery import Delivery
from seed_core.emulator.empiriolabs import errors, fields
from seed_core.emulator.empiriolabs.formatting import citation, formatted
from seed_core.emulator.empiriolabs.models import CONTEXT, Catalogue, price
from seed_core.emulator.meter import Memory, count
from seed_core.emulator.mind import Conversation
from seed_core.emulator.responses import Asked, Responses, Stamp
from seed_core.emulator.scripts import Answer, Fault, Item, Raw
from seed_core.emulator.seen import Seen
from seed_core.emulator.sending import as_json, send_answer, send_raw
from seed_core.emulator.serving import answering
from seed_core.emulator.words import reply

__all__ = ["IDENTITY", "EmpirioLabs"]

IDENTITY = "You are Seed 2.0 Mini, a model of ByteDance, served by EmpirioLabs."
"""What the host puts in front of a conversation that brings no instructions; its words are ours."""

_STARTED = 1_772_131_107
_MAX_TOKENS = 4096
_FORM = Form()


class EmpirioLabs:
    """The host: its routes and what it remembers between requests."""

    name = "empiriolabs"
    base = "/v1"

    def __init__(self, take: Callable[[], Item | None], models: Sequence[str] = ()) -> None:
        """Serve Seed 2.0 Mini and some more; `take` gives the next scripted reply."""
        self._take = take
        self._catalogue = Catalogue(models)
        self._memory = Memory()
        self._count = 0
        self._responses = Responses(_responses_dialect())
        self._messages = messages.Messages(take, _messages_dialect(self._catalogue))

    def routes(self) -> list[Route]:
        """List the addresses below the base."""
        return [
            Route("/chat/completions", answering(self._chat), methods=["POST"]),
            Route("/responses", answering(self._respond), methods=["POST"]),
            *self._messages.routes("/messages", counts=False),
            Route("/models", answering(self._models)),
            Route("/models/{model:path}", answering(self._model)),
            Route("/{rest:path}", answering(_nowhere), methods=["GET", "POST"]),
        ]

    def forget(self) -> None:
        """Forget the prompts that were cached and the responses that were stored."""
        self._memory = Memory()
        self._responses.forget()
        self._messages.forget()

    # Chat completions.

    def _chat(self, request: Request) -> Delivery:
        seen: Seen = request.scope["seen"]
        _authorize(seen)
        body = self._accept(seen)
        given = {**body, "messages": _introduced(body["messages"])}
        prompt = chat.prompt_tokens(given)
        _refuse_overflow(prompt)
        cached = self._recall(given) if body.get("enable_caching") else 0
        item, streamed = self._take(), bool(body.get("stream"))
        self._count += 1
        if isinstance(item, Raw):
            return send_raw(item, streamed=streamed)
        conversation = _read(given)
        answer, fault = chat.settle(item, lambda: reply(conversation), self._call_id)
        if body.get("enable_web_search") and not answer.annotations:
            answer = replace(answer, annotations=[citation(conversation.prompt)])
        options = body.get("stream_options") or {}
        envelope = Envelope(
            id=f"chatcmpl-{self._count:024d}",
            created=_STARTED + self._count,
            model=answer.model or str(body["model"]),
            # That a stream tells it only when asked is assumed, from OpenAI.
            usage=_usage(answer, prompt, cached, searched=bool(body.get("enable_web_search")))
            if not streamed or options.get("include_usage")
            else None,
        )
        sheet = chat.sheet(
            answer if fields.is_raw(body) else formatted(answer),
            envelope,
            _FORM,
            fault,
            streamed=streamed,
            error=errors.faulty,
            keep_alive=b"",
            padding=b"",
        )
        return send_answer(sheet, fault)

    def _accept(self, seen: Seen) -> Mapping[str, Any]:
        body = seen.body
        if not isinstance(body, Mapping):
            message = "The body must be a JSON object."
            raise errors.refused(400, message)
        self._choose(body.get("model"))
        with chat.refused_as(errors.flawed):
            chat.check_fields(body, fields.DIALECT)
            chat.check_messages(body.get("messages"), fields.DIALECT)
        return body

    def _choose(self, model: Any) -> str:
        if not isinstance(model, str) or not model:
            message = "model: must be a string"
            raise errors.refused(400, message, param="model")
        if model not in self._catalogue.ids:
            message = f"The model '{model}' does not exist."
            raise errors.refused(404, message, param="model")
        return model

    def _recall(self, body: Mapping[str, Any]) -> int:
        weights = [chat.message_tokens(message) for message in body["messages"]]
        return self._memory.recall(list(map(chat.cache_key, body["messages"])), weights)

    def _call_id(self, index: int) -> str:
        return f"call_{self._count:08d}{index:02d}"

    # Responses.

    def _respond(self, request: Request) -> Delivery:
        seen: Seen = request.scope["seen"]
        _authorize(seen)
        asked = self._responses.accept(seen.body)
        model = self._choose(asked.body.get("model"))
        prompt, cached = responses.measure(asked, self._memory)
        prompt += 0 if _instructs(asked) else count(IDENTITY)
        _refuse_overflow(prompt)
        self._count += 1

        def usage(answer: Answer) -> Mapping[str, Any] | None:
            paid = price(prompt, chat.spent(answer).completion)
            return responses.usage(answer, prompt, cached, cost_usd=_or(answer.cost, paid))

        ident = f"resp_{self._count:032d}"
        stamp = Stamp(ident, _STARTED + self._count, model, usage)
        return self._responses.respond(asked, self._take(), stamp)

    # What stands beside: it needs no key.

    def _models(self, _request: Request) -> Delivery:
        return as_json(self._catalogue.listed())

    def _model(self, request: Request) -> Delivery:
        model = self._choose(request.path_params["model"])
        return as_json(self._catalogue.record(model))


def _nowhere(_request: Request) -> Delivery:
    message = "There is nothing at this address."
    raise errors.refused(404, message, "not_found")


def _authorize(seen: Seen) -> None:
    key = messages.header_key(seen)
    if not key:
        message = "Send your API key as a bearer token or as x-api-key."
        raise errors.refused(401, message, "missing_api_key")
    if key == "invalid":
        message = "The API key is invalid."
        raise errors.refused(401, message)


def _refuse_overflow(prompt: int) -> None:
    if prompt > CONTEXT:
        message = f"The prompt has {prompt} tokens; the context window has {CONTEXT}."
        raise errors.refused(400, message, "context_length_exceeded")


def _introduced(given: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Put the host's own instructions in front, unless the conversation brings some."""
    instructed = any(message["role"] in {"system", "developer"} for message in given)
    return given if instructed else [{"role": "system", "content": IDENTITY}, *given]


def _read(body: Mapping[str, Any]) -> Conversation:
    return chat.read(
        body,
        effort=fields.effort(body),
        # That the limit holds the reasoning too is assumed.
        max_tokens=int(body.get("max_tokens") or _MAX_TOKENS),
        stop=fields.stops(body),
    )


def _usage(answer: Answer, prompt: int, cached: int, *, searched: bool) -> dict[str, Any] | None:
    """Write the usage: what the call cost, and which tools ran, if any did."""
    told = chat.usage(answer, prompt, cached)
    told["cost_usd"] = _or(answer.cost, price(prompt, told["completion_tokens"]))
    if searched:
        told["tool_usage"] = {"web_search": 1}
    return chat.overlaid(told, answer)


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _instructs(asked: Asked) -> bool:
    roles = {item.get("role") for item in asked.items}
    return bool(asked.body.get("instructions") or roles & {"system", "developer"})


def _responses_dialect() -> responses.Dialect:
    """Documented are `model`, `input`, the two fields of thinking, and that there is a state."""

    def effort(body: Mapping[str, Any]) -> Any:
        return "none" if body.get("enable_thinking") is False else responses.effort(body)

    def failure(fault: Fault) -> dict[str, Any]:
        told = errors.faulty(fault)
        return {"error": {"code": str(told["code"]), "message": told["message"]}}

    def refuse(flaw: Flaw) -> Any:
        return errors.flawed(flaw)

    return responses.Dialect(
        refuse=refuse,
        fields={
            **responses.STANDARD,
            **fields.THINKING,
            "reasoning": nullable(responses.reasoning(*fields.EFFORTS)),
        },
        store="kept",
        effort=effort,
        max_output=_MAX_TOKENS,
        # Whether reasoning can be had encrypted is unknown.
        seals=lambda _body: False,
        refusal=lambda fault: {"error": errors.faulty(fault)},
        failure=failure,
        keep_alive=b"",
        padding=b"",
    )


def _messages_dialect(catalogue: Catalogue) -> messages.Dialect:
    """Translated from OpenAI's form inside, so thinking is assumed to have an empty signature."""

    def thinking(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if body.get("enable_thinking") is False:
            return {"type": "disabled"}
        given: Mapping[str, Any] | None = body.get("thinking")
        return given

    def usage(bill: messages.Bill) -> dict[str, Any]:
        return {**messages.standard_usage(bill), "cost_usd": price(bill.prompt, bill.output)}

    return messages.Dialect(
        choose=messages.serving_models(catalogue.ids),
        name="empiriolabs",
        missing_key="Send your API key as a bearer token or as x-api-key.",
        wrong_key="The API key is invalid.",
        context=CONTEXT,
        fields=fields.THINKING,
        thinking=thinking,
        signs=False,
        usage=usage,
        keep_alive=b"",
    )
