"""What the server answers, rendered beforehand: OpenRouter's chat completions, in HTTP/1.1.

A scenario is named in the address, so that a contender needs a base address and nothing else:
`http://127.0.0.1:8000/events-2000_pace-1/v1`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

MODEL = "bytedance-seed/seed-2.0-mini"
TOOL_NAME = "write_letter"

_HEAD = {
    "id": "gen-1772131107-Qm8ZkD",
    "provider": "Seed",
    "model": MODEL,
    "created": 1772131107,
}
_THOUGHTS = (" the", " tides", " follow", " the", " moon", ", so", " first", " its", " phase")
_WORDS = (" Low", " water", " comes", " at", " eleven", ", high", " water", " at", " five", ".")


@dataclass(frozen=True)
class Scenario:
    """One answer of the server.

    Attributes:
        events: deltas of the stream, the first half reasoning, the rest text; the whole reply
            holds the same words.
        fragments: pieces of the arguments of one tool call, after the text.
        pace: milliseconds between two events, at least; 0 sends them all at once.
        delay: milliseconds before the answer begins.
    """

    events: int = 20
    fragments: int = 0
    pace: int = 0
    delay: int = 0

    @property
    def path(self) -> str:
        """What names it in an address.

        Example:
            >>> Scenario(events=50, delay=200).path
            '/events-50_fragments-0_pace-0_delay-200/v1'
        """
        return (
            "/" + "_".join(f"{one.name}-{getattr(self, one.name)}" for one in fields(self)) + "/v1"
        )

    @classmethod
    def of(cls, path: str) -> Scenario:
        """The scenario that an address names; what it leaves out is the default."""
        said = re.findall(r"[/_](events|fragments|pace|delay)-(\d+)", path)
        return cls(**{name: int(number) for name, number in said})

    @property
    def deltas(self) -> int:
        """Events that hold a part of the answer: what a figure "per event" is divided by."""
        return self.events + self.fragments

    @property
    def thoughts(self) -> list[str]:
        """The reasoning, delta by delta."""
        return [_part(_THOUGHTS, number) for number in range(self.events // 2)]

    @property
    def words(self) -> list[str]:
        """The text, delta by delta."""
        return [_part(_WORDS, number) for number in range(self.events - self.events // 2)]

    @property
    def reasoning(self) -> str:
        """All of the reasoning."""
        return "".join(self.thoughts)

    @property
    def text(self) -> str:
        """All of the text."""
        return "".join(self.words)

    @property
    def arguments(self) -> str:
        """All of the tool call's arguments: a JSON object."""
        return "".join(_argument_pieces(self.fragments))


def _part(words: tuple[str, ...], number: int) -> str:
    """A delta's words. A number among them, so that a lost, doubled or moved one shows."""
    return f"{words[number % len(words)]} {number}"


def _argument_pieces(count: int) -> list[str]:
    """A JSON object cut into that many pieces."""
    if count == 0:
        return []
    inner = [_part(_WORDS, number) for number in range(max(count - 2, 0))]
    return ['{"letter": "', *inner, '"}'] if count > 1 else ['{"letter": ""}']


def _usage(scenario: Scenario) -> dict[str, Any]:
    total = 20 + scenario.deltas
    return {
        "prompt_tokens": 20,
        "completion_tokens": scenario.deltas,
        "total_tokens": total,
        "cost": total / 10**7,
        "is_byok": False,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "cost_details": {"upstream_inference_cost": None},
        "completion_tokens_details": {"reasoning_tokens": scenario.events // 2, "image_tokens": 0},
    }


def _details(text: str) -> list[dict[str, Any]]:
    return [{"type": "reasoning.text", "text": text, "index": 0, "format": None}]


def _event(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    choice: dict[str, Any] = {
        "index": 0,
        "delta": {"role": "assistant", **delta},
        "finish_reason": finish,
        "native_finish_reason": finish,
    }
    body = {**_HEAD, "object": "chat.completion.chunk", "choices": [choice], **more}
    return b"data: " + json.dumps(body, separators=(",", ":")).encode() + b"\n\n"


def _call_delta(number: int, piece: str) -> dict[str, Any]:
    """A fragment of the tool call; only the first names it."""
    function: dict[str, Any] = {"arguments": piece}
    call: dict[str, Any] = {"index": 0, "type": "function", "function": function}
    if number == 0:
        call["id"] = "call_benchmark_1"
        function["name"] = TOOL_NAME
    return {"content": None, "tool_calls": [call]}


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@lru_cache(maxsize=16)
def streamed(scenario: Scenario) -> tuple[bytes, ...]:
    """The answer as a stream: the head, then one HTTP chunk an event, then the end."""
    events = [b": OPENROUTER PROCESSING\n\n"]
    for said in scenario.thoughts:
        thought = {"content": "", "reasoning": said, "reasoning_details": _details(said)}
        events.append(_event(thought))
    none: dict[str, Any] = {"reasoning": None, "reasoning_details": []}
    events += [_event({"content": said, **none}) for said in scenario.words]
    pieces = _argument_pieces(scenario.fragments)
    events += [_event(_call_delta(number, piece)) for number, piece in enumerate(pieces)]
    events.append(_event({"content": ""}, "tool_calls" if pieces else "stop"))
    events.append(_event({"content": ""}, None, usage=_usage(scenario)))
    events.append(b"data: [DONE]\n\n")
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    return (head, *map(_chunk, events), b"0\r\n\r\n")


@lru_cache(maxsize=16)
def whole(scenario: Scenario) -> bytes:
    """The answer in one piece, with a length."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": scenario.text,
        "refusal": None,
        "reasoning": scenario.reasoning,
        "reasoning_details": _details(scenario.reasoning),
    }
    if scenario.fragments:
        function = {"name": TOOL_NAME, "arguments": scenario.arguments}
        message["tool_calls"] = [
            {"index": 0, "id": "call_benchmark_1", "type": "function", "function": function}
        ]
    finish = "tool_calls" if scenario.fragments else "stop"
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": finish,
        "native_finish_reason": finish,
        "logprobs": None,
    }
    usage = _usage(scenario)
    # Its own client insists on a fingerprint.
    more = {"object": "chat.completion", "system_fingerprint": None, "usage": usage}
    return reply({**_HEAD, **more, "choices": [choice]})


def reply(values: Any) -> bytes:
    """An HTTP response of a JSON value."""
    body = json.dumps(values).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body
