"""OpenRouter's own ways with OpenAI's Responses: stateless, temporary ids, raw thoughts, costs.

From its OpenAPI types, its guide to this API, and recorded streams. Its refusals name no field:
"Invalid Responses API request", with what is wrong as JSON in `metadata.raw`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from seed_core.emulator import responses, serving
from seed_core.emulator.chat import Flaw, refused_as, spent
from seed_core.emulator.chat.parts import audio
from seed_core.emulator.checks import boolean, each, integer, nullable, one_of, string
from seed_core.emulator.delivery import Delivery
from seed_core.emulator.meter import Memory
from seed_core.emulator.openrouter.errors import ERROR_TYPES, Refused, error_body, flawed
from seed_core.emulator.openrouter.fields import DIALECT as CHAT
from seed_core.emulator.openrouter.fields import check_fields, check_routing
from seed_core.emulator.openrouter.models import Catalogue, price
from seed_core.emulator.openrouter.reading import searches
from seed_core.emulator.openrouter.usage import generation
from seed_core.emulator.responses import Asked, Body, Responses, Stamp
from seed_core.emulator.scripts import Answer, Fault, Item
from seed_core.emulator.seen import Seen
from seed_core.emulator.sending import DONE

__all__ = ["Gate", "ResponsesRoute"]

_STARTED = 1_772_131_107
_CODES = {
    400: "invalid_prompt",
    403: "image_content_policy_violation",
    413: "invalid_prompt",
    422: "invalid_prompt",
    429: "rate_limit_exceeded",
}

_INCLUDES = (
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
    "message.input_image.image_url",
    "reasoning.encrypted_content",
)
_AS_IN_CHAT = (
    "cache_control",
    "debug",
    "frequency_penalty",
    "image_config",
    "models",
    "presence_penalty",
    "provider",
    "route",
    "session_id",
    "stop_server_tools_when",
    "top_k",
    "trace",
)
_UNKNOWN = ("conversation", "stream_options")


@dataclass(frozen=True, slots=True)
class Gate:
    """What the host does for this wire as for any other."""

    authorize: Callable[[Seen], None]
    fits: Callable[[int, int], None]
    """Refuses a prompt and a limit that together exceed the context."""
    keep: Callable[[dict[str, Any]], None]
    """Remembers the record of a generation."""


class ResponsesRoute:
    """`POST /responses`."""

    def __init__(self, take: Callable[[], Item | None], catalogue: Catalogue, gate: Gate) -> None:
        """Answer behind a gate; `take` gives the next scripted reply."""
        self._take = take
        self._catalogue = catalogue
        self._gate = gate
        self._face = Responses(_DIALECT)
        self._memory = Memory()
        self._count = 0

    def forget(self) -> None:
        """Forget the prompts that were cached, and what was issued."""
        self._memory = Memory()
        self._face.forget()

    def answer(self, request: Request) -> Delivery:
        """Answer one request."""
        seen: Seen = request.scope["seen"]
        self._gate.authorize(seen)
        asked = self._face.accept(seen.body)
        with _reworded():
            model = self._routed(asked)
            prompt, cached = responses.measure(asked, self._memory)
            self._gate.fits(prompt, asked.conversation.max_tokens or 0)
        item = self._take()
        self._count += 1
        return self._face.respond(asked, item, self._stamp(seen, asked, model, (prompt, cached)))

    def _routed(self, asked: Asked) -> str:
        with refused_as(flawed):
            check_fields({name: asked.body.get(name) for name in ("plugins", "reasoning")})
        model, suffix = self._catalogue.choose(asked.body)
        messages = [item for item in asked.items if "role" in item]
        check_routing({**asked.body, "messages": messages}, model, suffix)
        return model

    def _stamp(self, seen: Seen, asked: Asked, model: str, prompt: tuple[int, int]) -> Stamp:
        created = _STARTED + self._count
        unique = hashlib.sha256(f"responses/{created}".encode()).hexdigest()
        ident = f"gen-{created}-{unique[:20]}"
        # In a text the quotes would be escaped.
        marked = b'"cache_control"' in seen.raw or b'"prompt_cache_breakpoint"' in seen.raw
        return Stamp(
            id=ident,
            created=created,
            model=model,
            usage=lambda answer: _usage(answer, *prompt, marked=marked, searched=asked.searches),
            headers={"x-generation-id": ident},
            note=lambda told: self._gate.keep(_record(told, seen.headers, streamed=asked.streamed)),
        )


def _usage(
    answer: Answer, prompt: int, cached: int, *, marked: bool, searched: bool
) -> dict[str, Any] | None:
    paid = price(prompt, spent(answer).completion)
    total = round(sum(paid), 12)
    more: dict[str, Any] = {
        "cost": total if answer.cost is None else answer.cost,
        "is_byok": False,
        "cost_details": {
            "upstream_inference_cost": total,
            "upstream_inference_input_cost": paid[0],
            "upstream_inference_output_cost": paid[1],
        },
    }
    if marked:
        written = {"cache_write_tokens": prompt - cached}
        more["input_tokens_details"] = {"cached_tokens": cached, **written}
    if searched:
        names = ("web_search_requests", "tool_calls_requested", "tool_calls_executed")
        more["server_tool_use_details"] = dict.fromkeys(names, 1)
    return responses.usage(answer, prompt, cached, **more)


def _record(told: Body, headers: Mapping[str, str], *, streamed: bool) -> dict[str, Any]:
    """Write the record of a generation, which is in chat's words whatever the wire."""
    used = told["usage"] or {}
    kinds = {item["type"] for item in told["output"]}
    done = "tool_calls" if "function_call" in kinds else "stop"
    reason = {"completed": done, "incomplete": "length", "failed": "error"}.get(told["status"])
    usage = {
        "prompt_tokens": used.get("input_tokens", 0),
        "completion_tokens": used.get("output_tokens", 0),
        "prompt_tokens_details": used.get("input_tokens_details"),
        "completion_tokens_details": used.get("output_tokens_details"),
        "cost": used.get("cost"),
    }
    reply = {
        "id": told["id"],
        "model": told["model"],
        "provider": "Seed",
        "choices": [{"finish_reason": reason, "native_finish_reason": told["status"]}],
    }
    return generation(reply, usage, headers, streamed=streamed)


# Its words.


def _refused(status: int, message: str, metadata: Any) -> serving.Refused:
    error = {"code": _CODES.get(status, "server_error"), "message": message}
    return serving.Refused(status, {"error": error, "metadata": metadata})


def _refuse(flaw: Flaw) -> serving.Refused:
    if flaw.kind == "model":
        return _refused(400, flaw.said, None)
    path = [int(part) if part.isdigit() else part for part in flaw.where.split(".") if part]
    issue = {"code": "custom", "path": path, "message": flaw.said}
    return _refused(400, "Invalid Responses API request", {"raw": json.dumps([issue])})


@contextmanager
def _reworded() -> Iterator[None]:
    """Say in this wire's words what the host refuses on all of them."""
    try:
        yield
    except Refused as refused:
        error = refused.body["error"]
        about = {name: error[name] for name in ("availability",) if name in error}
        metadata = error.get("metadata") or about or None
        raise _refused(refused.status, error["message"], metadata) from None


def _status(fault: Fault) -> int:
    told = fault.code if fault.kind != "status" and isinstance(fault.code, int) else None
    return fault.status_code if told is None else told


def _error(fault: Fault) -> dict[str, Any]:
    status = _status(fault)
    code = fault.code if isinstance(fault.code, str) else _CODES.get(status, "server_error")
    return {"code": code, "message": error_body(status, fault.message)["message"]}


def _refusal(fault: Fault) -> dict[str, Any]:
    return {"error": _error(fault), "metadata": fault.metadata and dict(fault.metadata)}


def _failure(fault: Fault) -> dict[str, Any]:
    """Write a failure: many errors share a code, the type tells them apart."""
    kind = (fault.metadata or {}).get("error_type") or ERROR_TYPES.get(_status(fault), "unmapped")
    return {"error": _error(fault), "error_type": kind}


def _metadata(value: Any) -> str | None:
    if said := responses.metadata(value):
        return said
    return "has a key with brackets" if any({*"[]"} & {*key} for key in value) else None


def _no_upload(_ident: Any, where: str) -> None:
    raise Flaw(where, "is unknown: a picture needs image_url")


def _echo(body: Body) -> dict[str, Any]:
    told = {**responses.echo(body), "prompt_cache_options": body.get("prompt_cache_options")}
    for name in ("user", "prompt_cache_retention"):
        del told[name]
    thinking = told["reasoning"] if body.get("reasoning") else None
    text = {"format": {"type": "text"}, **(body.get("text") or {})}
    return {**told, "store": False, "reasoning": thinking, "text": text}


def _debug(body: Body) -> Sequence[dict[str, Any]]:
    if not (body.get("debug") or {}).get("echo_upstream_body"):
        return ()
    return ({"type": "response.debug", "debug": {"echo_upstream_body": dict(body)}},)


def _searches(body: Body) -> bool:
    return searches(body, str(body.get("model") or "").partition(":")[2])


_ENDPOINT = json.dumps(
    {"endpoint_slug": "bytedance-seed/seed-2.0-mini-20260224|seed"}, separators=(",", ":")
)
_DIALECT = responses.Dialect(
    refuse=_refuse,
    fields={
        **{name: check for name, check in responses.STANDARD.items() if name not in _UNKNOWN},
        **{name: CHAT.fields[name] for name in _AS_IN_CHAT},
        "include": nullable(each(one_of(*_INCLUDES))),
        "metadata": nullable(_metadata),
        "modalities": each(one_of("text", "image")),
        "reasoning": responses.reasoning(
            enabled=nullable(boolean), max_tokens=nullable(integer(1))
        ),
        "user": string(256),
    },
    parts={
        **responses.PARTS,
        "input_image": responses.linked(
            "image_url",
            responses.IMAGES,
            {"detail": (one_of("auto", "low", "high", "original"), "detail")},
            file=_no_upload,
        ),
        "input_video": responses.linked("video_url", responses.VIDEOS),
        "input_audio": audio,
    },
    # The types take an easy message of the assistant with the user's parts, too.
    said={**responses.SAID, "input_text": responses.PARTS["input_text"]},
    message_ids=True,
    server_tools=CHAT.server_tools,
    store="never",
    searches=_searches,
    shows_search=False,
    reasoning="text",
    # Recorded of raw reasoning in 2025; the SDK's types do not forbid it.
    closes_late=True,
    marks={"format": "unknown"},  # [assumed] for Seed; other values are of upstreams that seal
    seal_tail="." + base64.b64encode(_ENDPOINT.encode()).decode().rstrip("="),
    item_id=lambda prefix, unique: f"{prefix}_tmp_{unique[:11]}",
    echo=_echo,
    opening=_debug,
    refusal=_refusal,
    failure=_failure,
    named=False,
    end_mark=DONE,
    keep_alive=b": \n\n",
    padding=b"\n         \n",
)
