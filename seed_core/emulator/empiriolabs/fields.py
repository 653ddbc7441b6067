"""What EmpirioLabs takes in a request: its page's parameters, with their ranges and words.

Fields that are not on the page are ignored. Image, video and document parts are assumed to have the
forms of OpenAI and of the model's own home.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seed_core.emulator.chat import MEDIA, Dialect, parts
from seed_core.emulator.chat.parts import FieldChecks
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
    string,
)

__all__ = ["DIALECT", "EFFORTS", "THINKING", "effort", "is_raw", "stops"]

EFFORTS = ("low", "medium", "high")
# One switch under four names.
_RAW = ("disable_formatting", "raw", "passthrough", "raw_response")
_STOP = either(string(), each(string()))
THINKING: dict[str, Check] = {
    "enable_thinking": nullable(boolean),
    "thinking_budget": nullable(integer(1)),
}
"""Fields that the responses and messages have too."""
_FIELDS: dict[str, Check] = {
    **dict.fromkeys(_RAW, nullable(boolean)),
    "enable_caching": nullable(boolean),
    "enable_thinking": nullable(boolean),
    "enable_web_search": nullable(boolean),
    "frequency_penalty": nullable(number(-2, 2)),
    "image_detail": nullable(one_of("low", "high", "xhigh")),
    "max_tokens": nullable(integer(1, 65_536)),
    "parallel_tool_calls": nullable(boolean),
    "presence_penalty": nullable(number(-2, 2)),
    # There is no `minimal` and no `none`: `enable_thinking` is the switch.
    "reasoning_effort": nullable(one_of(*EFFORTS)),
    # Documented as one text with commas; that an array works too is assumed.
    "stop": nullable(_STOP),
    "stream": nullable(boolean),
    "stream_options": nullable(mapping),
    # Ignored by the model, which is fixed at 1 and 0.95; the ranges hold all the same.
    "temperature": nullable(number(0, 2)),
    "top_p": nullable(number(0, 1)),
    "video_fps": nullable(number(0.2, 5)),
}
_DETAIL: FieldChecks = {"detail": (one_of("auto", "low", "high", "xhigh"), "detail")}
_TAKEN = MEDIA - {"input_audio"}
DIALECT = Dialect(
    fields=_FIELDS,
    roles={
        "system": frozenset({"text"}),
        "developer": frozenset({"text"}),
        "user": _TAKEN,
        "assistant": frozenset({"text"}),
        "tool": _TAKEN,
    },
    parts={
        "text": parts.text,
        "image_url": parts.linked("image_url", parts.IMAGES, _DETAIL),
        "video_url": parts.linked("video_url", parts.VIDEOS),
        "file": parts.document(url=True),
    },
)
"""What it takes in a chat request."""


def effort(body: Mapping[str, Any]) -> Effort:
    """Give the effort of a chat request."""
    if body.get("enable_thinking") is False:
        return "none"
    asked: Effort = body.get("reasoning_effort") or "medium"
    return asked


def stops(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the stop sequences: the parts of one text between commas, or an array."""
    stop = body.get("stop") or ()
    given = stop.split(",") if isinstance(stop, str) else stop
    return tuple(text for text in given if text)


def is_raw(body: Mapping[str, Any]) -> bool:
    """Whether the answer is left as the model's own server wrote it."""
    return any(body.get(name) for name in _RAW)
