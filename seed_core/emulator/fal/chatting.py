"""fal's OpenAI-compatible chat, which hands a request on to OpenRouter.

So what it takes and writes is OpenRouter's [assumed], but for the key, the ids and the errors,
which are fal's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from seed_core.emulator import chat
from seed_core.emulator.chat import Envelope, Flaw
from seed_core.emulator.delivery import Delivery
from seed_core.emulator.openrouter import fields, reading
from seed_core.emulator.openrouter.models import CONTEXT, Catalogue, price
from seed_core.emulator.openrouter.writing import FORM
from seed_core.emulator.scripts import Answer, Fault, Raw
from seed_core.emulator.seen import Seen
from seed_core.emulator.sending import send_answer, send_raw
from seed_core.emulator.serving import Refused
from seed_core.emulator.words import reply

__all__ = ["Chat", "refused"]

_CREATED = 1_772_131_107
_WORDS = {
    400: "Invalid request",
    401: "Authentication failed",
    402: "Insufficient credits",
    403: "Forbidden",
    404: "Not Found",
    429: "Too many requests",
    503: "No available model provider",
}


class Chat:
    """The route; it serves OpenRouter's ids."""

    def __init__(self, models: Sequence[str]) -> None:
        """Serve the Seed models and some more."""
        self._catalogue = Catalogue(models)

    def accept(self, seen: Seen) -> tuple[Mapping[str, Any], str]:
        """Take a request and the model that it names, or refuse it."""
        body = seen.body
        if not isinstance(body, Mapping):
            raise refused(400, "The body must be a JSON object")
        with _in_own_words():
            fields.check_fields(body)
            model, suffix = self._catalogue.choose(body)
            chat.check_messages(body.get("messages"), fields.DIALECT)
            fields.check_routing(body, model, suffix)
        if chat.prompt_tokens(body) > CONTEXT:
            raise refused(400, f"This endpoint's maximum context length is {CONTEXT} tokens.")
        return body, model

    def answer(
        self,
        body: Mapping[str, Any],
        model: str,
        item: Answer | Raw | Fault | None,
        headers: Mapping[str, str],
        number: int,
    ) -> Delivery:
        """Answer an accepted request, the host's `number`th."""
        streamed = bool(body.get("stream"))
        if isinstance(item, Raw):
            return send_raw(item, streamed=streamed)
        answer, fault = chat.settle(
            item, lambda: reply(reading.read(body)), lambda index: f"call_{number:08d}{index:02d}"
        )
        sheet = chat.sheet(
            answer,
            Envelope(
                id=f"gen-{_CREATED + number}-{number:020d}",
                created=_CREATED + number,
                model=answer.model or model,
                # Told in every stream, as OpenRouter does [assumed].
                usage=_usage(answer, chat.prompt_tokens(body)),
                frame={"provider": answer.provider},
                show_reasoning=not reading.hides_reasoning(body),
            ),
            FORM,
            fault,
            streamed=streamed,
            error=_error,
            keep_alive=b": OPENROUTER PROCESSING\n\n",
            headers=headers,
        )
        return send_answer(sheet, fault)


def refused(status: int, message: str | None = None) -> Refused:
    """Refuse in the form of this route."""
    return Refused(status, {"error": {"message": message or _WORDS[status], "code": status}})


@contextmanager
def _in_own_words() -> Iterator[None]:
    """Hand on what OpenRouter refuses: its message and its code."""
    try:
        yield
    except Flaw as flaw:
        raise refused(400, str(flaw)) from None
    except Refused as theirs:
        raise refused(theirs.status, theirs.body["error"]["message"]) from None


def _error(fault: Fault) -> dict[str, Any]:
    status = fault.status_code
    if fault.kind != "status":
        status = fault.code if isinstance(fault.code, int) else 502
    message = fault.message or _WORDS.get(status, "Provider returned error")
    code = status if fault.code is None else fault.code
    return {"message": message, "code": code, **(fault.metadata or {})}


def _usage(answer: Answer, prompt: int) -> dict[str, Any] | None:
    told = chat.usage(answer, prompt)
    paid = sum(price(prompt, told["completion_tokens"]))
    cost = round(paid, 12) if answer.cost is None else answer.cost
    return chat.overlaid({**told, "cost": cost}, answer)
