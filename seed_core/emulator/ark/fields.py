"""What Ark takes in the fields of a request: ranges, thinking, formats, and what models lack.

From the vendor's documentation and the types of its SDK; which combinations are refused is from
live probes of 2026. Fields that it does not know are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seed_core.emulator import chat
from seed_core.emulator.ark.models import Build
from seed_core.emulator.ark.parts import chat_parts
from seed_core.emulator.chat import MEDIA, Dialect, Flaw
from seed_core.emulator.chat.parts import FileCheck
from seed_core.emulator.chat.reading import Effort
from seed_core.emulator.checks import (
    Check,
    boolean,
    each,
    either,
    integer,
    mapping,
    nullable,
    number,
    one_of,
    optional_fields,
    string,
)

__all__ = [
    "EFFORT",
    "SERVICE",
    "THINKING",
    "check_format",
    "check_request",
    "check_thinking",
    "dialect",
    "effort",
]

_EFFORTS: dict[str, Effort] = {
    # Both turn thinking off.
    "none": "none",
    "minimal": "none",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
EFFORT = nullable(one_of(*_EFFORTS))
SERVICE = nullable(one_of("auto", "default", "fast"))
_MODES = one_of("enabled", "disabled", "auto")


def _thinking(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return "must be an object"
    said = _MODES(value.get("type"))
    return f"has a field type that {said}" if said else None


THINKING = nullable(_thinking)
_STREAMING = optional_fields(include_usage=nullable(boolean), chunk_include_usage=nullable(boolean))
_FIELDS: dict[str, Check] = {
    "frequency_penalty": nullable(number(-2, 2)),
    "logit_bias": nullable(mapping),
    "logprobs": nullable(boolean),
    "max_completion_tokens": nullable(integer(1, 65_536)),
    "max_tokens": nullable(integer(0)),
    "n": nullable(integer(1, 5)),
    "parallel_tool_calls": nullable(boolean),
    "presence_penalty": nullable(number(-2, 2)),
    "reasoning_effort": EFFORT,
    "repetition_penalty": nullable(number(0, 2)),
    "service_tier": SERVICE,
    "stop": nullable(either(string(), each(string()))),
    "stream": nullable(boolean),
    "stream_options": nullable(_STREAMING),
    # Ignored: the sampling of Seed 2.0 is fixed at 1 and 0.95.
    "temperature": nullable(number(0, 2)),
    "thinking": THINKING,
    "top_logprobs": nullable(integer(0, 20)),
    "top_p": nullable(number(0, 1)),
    "user": nullable(string()),
}
# Models that think have none of them, and every Seed model here thinks.
_UNSUPPORTED = ("stop", "logprobs", "top_logprobs", "logit_bias")
_PENALTIES = ("frequency_penalty", "presence_penalty")


def dialect(file: FileCheck, genuine: Callable[[str], bool]) -> Dialect:
    """Make Ark's dialect of chat.

    `file` checks the ids of uploads; `genuine` says whether encrypted content is as it was issued.
    """

    def check_assistant(message: Mapping[str, Any], where: str) -> None:
        thought = message.get("reasoning_content")
        if said := nullable(either(string(), each(mapping)))(thought):
            raise Flaw(f"{where}.reasoning_content", said)
        seal = message.get("encrypted_content")
        if said := nullable(string())(seal):
            raise Flaw(f"{where}.encrypted_content", said)
        if seal and not genuine(seal):
            raise Flaw(f"{where}.encrypted_content", "Invalid signature", "model")

    return Dialect(
        fields=_FIELDS,
        roles=dict.fromkeys(("system", "assistant", "user", "tool"), MEDIA),
        # Their content is "normalized to an empty string" (types of the SDK).
        silent=frozenset({"assistant", "tool"}),
        parts=chat_parts(file),
        assistant=check_assistant,
    )


def check_request(body: Mapping[str, Any], build: Build, dialect: Dialect) -> None:
    """Refuse what a chat request to a build may not say."""
    chat.check_fields(body, dialect)
    chat.check_messages(body.get("messages"), dialect)
    if body.get("stream_options") is not None and not body.get("stream"):
        raise Flaw("stream_options", "is only allowed when stream is true")
    if None not in (body.get("max_tokens"), body.get("max_completion_tokens")):
        raise Flaw("max_completion_tokens", "cannot be set together with max_tokens")
    lacks = (*_UNSUPPORTED, *(() if build.penalised else _PENALTIES))
    for name in lacks:
        if body.get(name) is not None:
            raise Flaw(name, f"is not supported by {build.id}", "unsupported")
    check_thinking(body.get("thinking"), body.get("reasoning_effort"), build)
    texts = [str(message.get("content")) for message in body["messages"]]
    check_format(body.get("response_format"), "response_format", build, texts)
    if not build.hears and any(map(_holds_sound, body["messages"])):
        raise Flaw("messages", f"input_audio is not supported by {build.id}")


def check_thinking(thinking: Any, asked: str | None, build: Build) -> None:
    """Refuse a mode that a build lacks, and an effort when thinking is off."""
    mode = (thinking or {}).get("type")
    if mode == "auto" and not build.decides:
        raise Flaw("", "thinking.type `auto` is not supported by this model.")
    if mode == "disabled" and asked not in (None, "minimal"):
        raise Flaw("", "Invalid combination of reasoning_effort and thinking type.")


def check_format(wanted: Any, where: str, build: Build, texts: list[str]) -> None:
    """Refuse structured output that a build lacks, and an object that no text asks for."""
    kind = (wanted or {}).get("type", "text")
    if kind == "text":
        return
    if not build.structured:
        raise Flaw(f"{where}.type", f"`{kind}` is not supported by this model")
    if kind == "json_object" and not any("json" in text.lower() for text in texts):
        raise Flaw(f"{where}.type", "json_object needs the word `json` in the messages")


def effort(mode: str | None, asked: str | None, build: Build) -> Effort:
    """Give the effort of a request: of its thinking mode, its effort, or the build's default."""
    return "none" if mode == "disabled" else _EFFORTS[asked or build.effort]


def _holds_sound(message: Mapping[str, Any]) -> bool:
    content = message.get("content")
    return isinstance(content, list) and any(part["type"] == "input_audio" for part in content)
