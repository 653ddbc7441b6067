"""What ModelsLab takes and writes in its chat completions.

The documentation has text alone and roles without "tool"; tools are shown on another page of it,
and parts and `reasoning` are taken as OpenRouter has them, which serves the model [assumed].
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from seed_core.emulator import chat
from seed_core.emulator.chat.reading import Effort
from seed_core.emulator.checks import (
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
from seed_core.emulator.mind import Conversation

__all__ = ["DIALECT", "FORM", "lacks_json", "read", "streamed"]

_DEFAULT_MAX_TOKENS = 1000
_EFFORTS: dict[str, Effort] = {
    "none": "none",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
_MEDIA = frozenset({"text", "image_url", "video_url", "file"})
_STOP = either(string(shortest=1), each(string(shortest=1), least=1, most=4))
DIALECT = chat.Dialect(
    fields={
        "frequency_penalty": nullable(number(-2, 2)),
        "key": string(),
        "max_tokens": nullable(integer(1)),
        "model": string(),
        "model_id": string(),
        # The route has one choice whatever is asked for [assumed].
        "n": nullable(integer(1, 10)),
        "parallel_tool_calls": nullable(boolean),
        "presence_penalty": nullable(number(-2, 2)),
        "reasoning": nullable(
            optional_fields(effort=nullable(one_of(*_EFFORTS)), enabled=nullable(boolean))
        ),
        "repetition_penalty": nullable(number(0, 2)),
        "seed": nullable(integer()),
        "stop": nullable(_STOP),
        "stream": nullable(boolean),
        "streaming": nullable(boolean),
        "stream_options": nullable(mapping),
        "temperature": nullable(number(0, 2)),
        "top_k": nullable(integer(0)),
        "top_p": nullable(number(0, 1)),
    },
    roles={"system": chat.TEXT, "user": _MEDIA, "assistant": _MEDIA, "tool": _MEDIA},
)
FORM = chat.Form(thoughts=chat.Mirrored(), refusals=False)


def streamed(body: Mapping[str, Any]) -> bool:
    """Whether a stream is asked for, under either of its names."""
    return bool(body.get("stream") or body.get("streaming"))


def lacks_json(body: Mapping[str, Any]) -> bool:
    """Whether a JSON object is wanted of a prompt that does not ask for JSON, as it must."""
    wanted = (body.get("response_format") or {}).get("type") == "json_object"
    return wanted and "json" not in json.dumps(body["messages"]).lower()


def read(body: Mapping[str, Any]) -> Conversation:
    """Read a request; a schema is taken and ignored, as nothing says that it is passed on."""
    if (body.get("response_format") or {}).get("type") == "json_schema":
        body = {**body, "response_format": None}
    return chat.read(
        body,
        effort=_effort(body.get("reasoning") or {}),
        max_tokens=body.get("max_tokens") or _DEFAULT_MAX_TOKENS,
        stop=chat.stops(body),
    )


def _effort(reasoning: Mapping[str, Any]) -> Effort:
    if reasoning.get("enabled") is False:
        return "none"
    return _EFFORTS[reasoning.get("effort") or "medium"]
