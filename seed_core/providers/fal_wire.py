"""What fal's own Seed endpoint takes and gives: one prompt, the turns before it, one output.

The last turn of the user is `prompt`, with its media beside it; what was said before is `messages`;
the host appends the one to the other. No `finish_reason` exists, so nobody can know whether an
answer was cut off, unless nothing is left of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from seed_core.body import Body, encode_json
from seed_core.capabilities import Feature
from seed_core.errors import ConfigurationError
from seed_core.events import Cost, Event, TextDelta, request_id
from seed_core.flow import Decoder, DecoderFactory, Headers, Response
from seed_core.types import (
    Document,
    Image,
    Json,
    Media,
    Message,
    Options,
    Prompt,
    Refusal,
    ReplayState,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from seed_core.wire.context import Context
from seed_core.wire.reading import Reading, read_whole
from seed_core.wire.writing import address, said

_log = logging.getLogger("seed_core")


@dataclass(frozen=True, slots=True)
class FalWire:
    """fal's own form. See `seed_core.providers.base.Wire`.

    Attributes:
        unit_prices: USD for one of the units that a reply's header counts, by the model's id.
        max_tokens_default: the limit that is sent when the user says none, in tokens.
    """

    unit_prices: Mapping[str, float]
    max_tokens_default: int
    path: str = "/{model}"
    headers: Mapping[str, str] = field(default_factory=dict)
    key_headers: tuple[str, ...] = ("authorization",)
    # No stream route is documented for the Seed endpoint.
    streams: bool = False
    cannot: frozenset[Feature] = frozenset(
        {
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "json_schema",
            "json_object",
            "document",
            "file_id",
            "stop",
            "seed",
            "frequency_penalty",
            "presence_penalty",
            "thinking_budget",
            "image_detail",
            "image_pixel_limit",
            "video_fps",
            "web_search",
            "caching",
            "service_tier",
            "user",
        }
    )

    def encode(self, prompt: Prompt, *, model: str, issuer: str, stream: bool) -> Body:
        """Write the input. Media is spliced in, not copied.

        Raises:
            ConfigurationError: the conversation does not end with words of the user.
        """
        system, before, last = _parted(prompt.messages, issuer)
        fields = prompt.options.host_options.get(issuer, {})
        body = {
            "prompt": _words(last),
            "system_prompt": system or None,
            "image_urls": _addresses(last, Image) or None,
            "video_urls": _addresses(last, Video) or None,
            "messages": [_turn(message) for message in before] or None,
            **_options(prompt.options, self.max_tokens_default),
            **fields,
        }
        return encode_json({**said(body), **prompt.options.extra_body})

    def decode(self, response: Response, context: Context) -> list[Event]:
        """Read a whole answer.

        Raises:
            SeedError: the answer is an error, or not this form.
        """
        return read_whole(
            response, context, self._reading(context, response.headers), holds="output"
        )

    def decoder(self, context: Context) -> DecoderFactory:
        """A maker of readers, for what cannot happen: a stream."""

        def fresh(headers: Headers) -> Decoder:
            return self._reading(context, headers)

        return fresh

    def _reading(self, context: Context, headers: Headers) -> FalReading:
        return FalReading(context, headers, self.unit_prices.get(context.model))


class FalReading(Reading):
    """Reads one reply: `output`, `reasoning_content`, and the whole conversation."""

    def __init__(self, context: Context, headers: Headers, unit_price: float | None) -> None:
        """Nothing is read yet; `unit_price` is in USD, if it is known."""
        super().__init__(context, headers)
        self._unit_price = unit_price
        self._raw: Json = {}
        self._said = False
        self._thought = False

    def _take(self, payload: Json, events: list[Event], *, name: bytes = b"") -> None:
        self._malformed("an event stream", payload)

    def _take_whole(self, payload: Json, events: list[Event]) -> None:
        if self._context.error_of(payload) is not None:
            self.failure = self._context.explain(payload, self._headers)
            return
        self._raw = payload
        text, reasoning = payload["output"], payload.get("reasoning_content")
        if not isinstance(text, str) or not isinstance(reasoning, (str, type(None))):
            self._malformed("a reply of unknown form", payload)
        if reasoning:
            self._thought = True
            self._reasoning_piece(reasoning, events)
        if text:
            self._said = True
            events.append(TextDelta(text))

    def _shown(self, value: object) -> object:
        # The whole conversation comes back as `messages`.
        if isinstance(value, dict):
            return {name: said for name, said in value.items() if name != "messages"}
        return value

    def _finish(self) -> list[Event]:
        """The end. The host gives no reason for it: only an answer without words has a likely one.

        The id of the request is in a header, and the endpoint that was asked is the model.
        """
        self.done = True
        spent = self._thought and not self._said
        if spent:
            self._warn_of_emptiness()
        elif not self._said:
            _log.warning("%s: the answer is empty", self._context.issuer)
        closing = self._closing(
            "length" if spent else "unknown", self._raw, usage=None, cost=self._cost(), native=None
        )
        ident = request_id(self._headers)
        finish = replace(closing, model=self._context.model, response_id=ident)
        # The host takes no reasoning back; the state keeps it from going to another.
        return [ReplayState(self._context.issuer), finish] if self._thought else [finish]

    def _cost(self) -> Cost | None:
        """The units that the host bills, in USD, where their price is known."""
        try:
            units = float(self._headers.get("x-fal-billable-units", ""))
        except ValueError:
            return None
        if self._unit_price is None or not 0 <= units < float("inf"):
            return None
        return Cost(units * self._unit_price, "reported", {"billable_units": units})


def _parted(messages: tuple[Message, ...], issuer: str) -> tuple[str, tuple[Message, ...], Message]:
    """The instructions, the turns before, and the last turn of the user.

    Instructions at the beginning and at the end are the system prompt, which the host puts before
    the last turn; what stands between turns stays there.
    """
    start, end = 0, len(messages)
    while start < end and messages[start].role == "system":
        start += 1
    while end > start and messages[end - 1].role == "system":
        end -= 1
    outer = (*messages[:start], *messages[end:])
    if start == end or messages[end - 1].role != "user":
        msg = f"{issuer} answers the last turn of the user: the conversation must end with one"
        raise ConfigurationError(msg, provider=issuer)
    last = messages[end - 1]
    if not _words(last).strip():
        shown = any(not isinstance(part, Text) for part in last.parts)
        beside = ": put a text beside its media" if shown else ""
        msg = f"{issuer} wants words in the last turn of the user{beside}"
        raise ConfigurationError(msg, provider=issuer)
    if any(not isinstance(part, Text) for turn in outer for part in turn.parts):
        msg = f"{issuer} takes text only as instructions: move the media into a turn of the user"
        raise ConfigurationError(msg, provider=issuer)
    return "\n\n".join(_words(turn) for turn in outer), messages[start : end - 1], last


def _words(message: Message) -> str:
    """The text of a turn."""
    return "\n".join(part.text for part in message.parts if isinstance(part, (Text, Refusal)))


def _addresses(message: Message, kind: type[Image | Video]) -> list[Any]:
    """The media of one kind, as addresses."""
    return [_address(part) for part in message.parts if isinstance(part, kind)]


def _address(part: Media) -> Any:
    """An address, or the data itself."""
    otherwise = "image/png" if isinstance(part, Image) else "video/mp4"
    return address(part, otherwise, url="url")["url"]


def _turn(message: Message) -> dict[str, Any]:
    """A turn before the last: a text, or parts in OpenAI's form [assumed] where it has media."""
    parts = list(_parts(message))
    if any(part["type"] != "text" for part in parts):
        return {"role": message.role, "content": parts}
    return {"role": message.role, "content": _words(message)}


def _parts(message: Message) -> Iterable[dict[str, Any]]:
    """The parts of a turn. Reasoning has no place: the host takes none back."""
    for part in message.parts:
        match part:
            case Text() | Refusal():
                yield {"type": "text", "text": part.text}
            case Image():
                yield {"type": "image_url", "image_url": {"url": _address(part)}}
            case Video():
                yield {"type": "video_url", "video_url": {"url": _address(part)}}
            case ToolCall() | ToolResult() | Document():
                raise ConfigurationError(f"a {type(part).__name__} cannot stand in this turn")
            case _:
                pass


def _options(options: Options, max_tokens_default: int) -> dict[str, Any]:
    """The options that are one field each; an effort only where the model thinks at all."""
    off = options.thinking == "disabled"
    return {
        "thinking": options.thinking,
        "reasoning_effort": None if off else options.reasoning_effort,
        "max_completion_tokens": options.max_tokens or max_tokens_default,
        "temperature": options.temperature,
        "top_p": options.top_p,
    }
