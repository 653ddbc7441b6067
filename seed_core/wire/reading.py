"""What the decoders of all wires share: lines to payloads, the ends of streams, and failures.

A wire's decoder reads payloads (`_take`) and knows when an answer is over; everything that can go
wrong around them is here, once.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import NoReturn

from pydantic_core import from_json

from seed_core.errors import InvalidReplyError, SeedError, StreamBrokenError
from seed_core.events import (
    Cost,
    Event,
    Finish,
    FinishReason,
    ReasoningDelta,
    Usage,
    collect,
)
from seed_core.flow import Headers, Response
from seed_core.limits import EVENT_BYTES, STREAM_BYTES, too_much
from seed_core.sse import EventReader, ServerEvent
from seed_core.types import Json
from seed_core.wire.context import Context

_log = logging.getLogger("seed_core")
_WHOLE = 1_000_000
"""Bytes of a stream without events that are kept, to be read as a whole reply at its end."""
_BEGINNING = 4096
"""Bytes of what came that are looked at for the beginning that an error shows, without the key."""

ODD = (AttributeError, KeyError, OverflowError, TypeError)
"""What a value of another type than the protocol's raises where it is read."""


class Reading(ABC):
    """Reads one answer, streamed or whole. See `seed_core.flow.Decoder`."""

    def __init__(self, context: Context, headers: Headers, *, each_line: bool = False) -> None:
        """Start at the beginning of an answer; `each_line` is `EventReader`'s."""
        self.failure: SeedError | None = None
        self.done = False
        self._context = context
        self._headers = headers
        self._begun = False
        self._hid = False
        self._reader = EventReader(each_line=each_line)
        self._blocks: list[bytes] = []
        self._unread = 0
        self._size = 0

    # --- what a wire says -------------------------------------------------------------------------

    @abstractmethod
    def _take(self, payload: Json, events: list[Event], *, name: bytes = b"") -> None:
        """Read one payload of a stream into events, or set `failure`.

        Sets `_begun` with the first payload that belongs to an answer. `name` is that of the
        server-sent event, if it had one.
        """

    @abstractmethod
    def _take_whole(self, payload: Json, events: list[Event]) -> None:
        """Read a whole reply up to its finish into events, or set `failure`."""

    @abstractmethod
    def _finish(self) -> list[Event]:
        """The last events, the `Finish` among them; sets `done`, or `failure`."""

    def _complete(self) -> bool:
        """Whether the answer is whole although its end mark has not come."""
        return False

    # --- bytes ------------------------------------------------------------------------------------

    def feed(self, block: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        events: list[Event] = []
        if not self._begun and self._unread < _WHOLE:
            self._blocks.append(block)
            self._unread += len(block)
        self._lines(self._reader.feed(block), events)
        self._count(block)
        return events

    def _count(self, block: bytes) -> None:
        """Take no more of a stream than anybody does."""
        self._size += len(block)
        if self._size > EVENT_BYTES:
            self._check_size()

    def end(self) -> list[Event]:
        """The bytes are over."""
        events: list[Event] = []
        self._lines(self._reader.end(), events, last=True)
        if not self.done and self.failure is None:
            if self._complete():
                events += self._finish()
            elif not self._begun and (payload := _object(b"".join(self._blocks))) is not None:
                events += self._not_streamed(payload)
            else:
                self.failure = self._broken_off()
        return events

    def cut(self) -> list[Event]:
        """End the answer here, on this side: what it has come to, and its finish."""
        self.failure = None
        events = self._finish()
        if self.failure is not None:  # what was open is not part of the answer any more
            self.failure, self.done = None, True
            return [self._closing("stop", {}, usage=None, cost=None, native=None)]
        return events

    def whole(self, payload: Json) -> list[Event]:
        """Read a whole reply."""
        events: list[Event] = []
        try:
            self._take_whole(payload, events)
        except ODD:
            self._malformed("a reply of unknown form", payload)
        if self.failure is None:
            events += self._finish()
        return events

    def _not_streamed(self, payload: Json) -> list[Event]:
        """A whole reply in the place of a stream, which its content type did not give away."""
        try:
            return self.whole(payload)
        except InvalidReplyError as error:
            self.failure = error
            return []

    def _check_size(self) -> None:
        """End a stream, or an event of it, that has grown too large."""
        if self._reader.held > EVENT_BYTES:
            failure = too_much(self._context.issuer, EVENT_BYTES, "without a whole event")
        elif self._size > STREAM_BYTES:
            failure = too_much(self._context.issuer, STREAM_BYTES, "in one stream")
        else:
            return
        if not self.done:
            self.failure = self.failure or failure
        # An error is kept for long, now and then: what is not read goes.
        self._reader = EventReader()
        self._blocks.clear()

    def _lines(self, found: list[ServerEvent], events: list[Event], *, last: bool = False) -> None:
        """Read server-sent events, up to the end of the answer."""
        for name, data in found:
            if self.done or self.failure is not None:
                return
            try:
                self._read(name, data, events)
            except ValueError:
                if data.startswith(b"[DONE]"):
                    self._end_mark(data, events)
                elif not last:
                    self.failure = self._invalid("a line that is not JSON", data)
            except InvalidReplyError as error:
                self.failure = error
            except ODD:
                self.failure = self._invalid("a chunk of unknown form", data)

    def _read(self, name: bytes, data: bytes, events: list[Event]) -> Json:
        """Read the data of one server-sent event, and return it parsed."""
        payload: Json = from_json(data)
        if type(payload) is not dict:
            self._malformed("a chunk that is not an object", data)
        if name and name == b"error" and "error" not in payload:
            payload = {"error": payload}
        self._take(payload, events, name=name)
        return payload

    def _end_mark(self, data: bytes, events: list[Event]) -> None:
        """`[DONE]`: the stream is over, whatever has come."""
        if not self._begun:
            self.failure = self._invalid("the end of a stream that had not begun", data)
        elif self._complete():
            events += self._finish()
        else:
            self.failure = self._broken_off()

    def _reasoning_piece(self, text: str, events: list[Event]) -> None:
        """A piece of reasoning; where it shall be hidden, the fact that it came, once.

        From then on the answer is billed, so a stream that breaks is not asked for again.
        """
        if not self._context.hide_reasoning:
            events.append(ReasoningDelta(text))
        elif not self._hid:
            self._hid = True
            events.append(ReasoningDelta(""))

    def _closing(
        self,
        reason: FinishReason,
        raw: Json,
        *,
        usage: Usage | None,
        cost: Cost | None,
        native: str | None,
    ) -> Finish:
        """The finish, from the host's top-level fields, which every wire calls alike."""
        model = text_or_none(raw.get("model"))
        return Finish(
            reason=reason,
            usage=usage,
            cost=cost or self._context.estimate(usage, model),
            provider=self._context.issuer,
            model=model,
            upstream_provider=text_or_none(raw.get("provider")),
            response_id=text_or_none(raw.get("id")),
            native_reason=native,
            raw=raw,
            headers=self._headers,
            failed=self._context.failed,
        )

    # --- failures ---------------------------------------------------------------------------------

    def _broken_off(self) -> StreamBrokenError:
        """The failure of a stream that gave no reason for its end."""
        issuer = self._context.issuer
        return StreamBrokenError(
            f"{issuer}'s stream stopped before its end; what came is in .partial, and it is not "
            "the whole answer",
            provider=issuer,
        )

    def _shown(self, value: object) -> object:
        """What an error may show of what came: all of it, unless the wire repeats the prompt."""
        return value

    def _malformed(self, what: str, value: object) -> NoReturn:
        """The answer is not this protocol."""
        raise self._invalid(what, value)

    def _invalid(self, what: str, value: object) -> InvalidReplyError:
        """An error that shows the beginning of what came."""
        value = self._shown(value)
        if isinstance(value, bytes):
            shown = value[:_BEGINNING].decode("utf-8", "replace")
        else:
            shown = repr(value)
        issuer = self._context.issuer
        shown = self._context.scrub(shown)[:200]
        return InvalidReplyError(f"{issuer} sent {what}: {shown}", provider=issuer)

    def without(self, holds: str, payload: object) -> InvalidReplyError:
        """The error of a reply that lacks what every reply has."""
        return self._invalid(f"a reply without {holds}", payload)

    def _warn_of_emptiness(self) -> None:
        """Say why an answer is empty when its tokens went into reasoning."""
        _log.warning(
            "%s: the answer is empty because the limit on tokens was reached while the model "
            "was reasoning; raise max_tokens or lower reasoning_effort",
            self._context.issuer,
        )


def read_whole(
    response: Response, context: Context, decoder: Reading, *, holds: str
) -> list[Event]:
    """Read the body of a whole reply.

    Args:
        response: what the host answered.
        context: the call.
        decoder: a fresh decoder of the wire.
        holds: the field without which a body is no reply of this wire.

    Raises:
        APIStatusError: the body is an error although the status is 200.
        InvalidReplyError: the body is not of this wire.
    """
    issuer = context.issuer
    try:
        payload = from_json(response.body)
    except ValueError:
        kind = response.headers.get("content-type", "no content type")[:100]
        begin = response.body[:_BEGINNING].decode("utf-8", "replace")
        shown = context.scrub(begin)[:200].strip()
        message = f"{issuer} answered {response.status} with {kind}, not JSON: {shown!r}"
        raise InvalidReplyError(f"{message}; check base_url=", provider=issuer) from None
    if not isinstance(payload, dict) or not (
        payload.get(holds) is not None or context.error_of(payload)
    ):
        raise decoder.without(holds, payload)
    events = decoder.whole(payload)
    if decoder.failure is not None:
        decoder.failure.partial = collect(events)
        if events:  # something was answered, and billed: asking again would pay for it twice
            decoder.failure.retryable = False
        raise decoder.failure
    return events


def text_or_none(value: object) -> str | None:
    """Text that is not empty, or None."""
    return value if isinstance(value, str) and value else None


def place_or_none(value: object) -> int | None:
    """A place in the answer, or None."""
    return value if type(value) is int and value >= 0 else None


def _object(data: bytes) -> Json | None:
    """A JSON object, or None."""
    try:
        value = from_json(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
