"""OpenAI's chat completions wire: bytes to events.

A whole reply is read as a stream of one chunk, so that every peculiarity has one place.
"""

from __future__ import annotations

import logging
from typing import Any, NoReturn

from pydantic_core import from_json

from seed_core.errors import InvalidReplyError, SeedError, StreamBrokenError
from seed_core.events import (
    Citation,
    Event,
    FileAnnotation,
    Finish,
    FinishReason,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    collect,
)
from seed_core.flow import Headers, Response
from seed_core.sse import EventReader
from seed_core.types import Json, ReplayState
from seed_core.wire.chat_usage import read_cost, read_usage
from seed_core.wire.context import Context
from seed_core.wire.details import DetailsMerger
from seed_core.wire.tool_calls import ToolCalls

_log = logging.getLogger("seed_core")
_WHOLE = 1_000_000
"""Bytes of a stream without events that are kept, to be read as a whole reply at its end."""

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
# What a value of another type than the protocol's raises where it is read.
_ODD = (AttributeError, KeyError, OverflowError, TypeError)


class ChatDecoder:
    """Reads one answer, streamed or whole. See `seed_core.flow.Decoder`."""

    def __init__(
        self,
        context: Context,
        headers: Headers,
        *,
        each_line: bool = False,
        needs_reason: bool = False,
    ) -> None:
        """Start at the beginning of an answer. `ChatWire` says what the settings mean."""
        self.failure: SeedError | None = None
        self.done = False
        self._context = context
        self._headers = headers
        self._needs_reason = needs_reason
        self._reader = EventReader(each_line=each_line)
        self._calls = ToolCalls()
        self._details = DetailsMerger()
        self._reasoned = False
        self._reason: str | None = None
        self._native: str | None = None
        self._fields: dict[str, Any] = {}
        self._logprobs: list[Any] = []
        self._blocks: list[bytes] = []
        self._unread = 0
        self._begun = False
        self._said = False
        self._spoke = False

    def feed(self, block: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        events: list[Event] = []
        if not self._begun and self._unread < _WHOLE:
            self._blocks.append(block)
            self._unread += len(block)
        for name, data in self._reader.feed(block):
            if self.done or self.failure is not None:
                break
            self._line(name, data, events)
        return events

    def end(self) -> list[Event]:
        """The bytes are over."""
        events: list[Event] = []
        for name, data in self._reader.end():
            if self.done or self.failure is not None:
                break
            self._line(name, data, events, last=True)
        if not self.done and self.failure is None:
            if self._reason is not None:
                events += self._finish()
            elif not self._begun and (payload := _object(b"".join(self._blocks))) is not None:
                events += self._not_streamed(payload)
            else:
                self.failure = self._broken_off()
        return events

    def _not_streamed(self, payload: Json) -> list[Event]:
        """A whole reply in the place of a stream, which its content type did not give away."""
        try:
            return self.whole(payload)
        except InvalidReplyError as error:
            self.failure = error
            return []

    def _broken_off(self) -> StreamBrokenError:
        """The failure of a stream that gave no reason for its end."""
        issuer = self._context.issuer
        return StreamBrokenError(
            f"{issuer}'s stream stopped before its end; what came is in .partial, and it is not "
            "the whole answer",
            provider=issuer,
        )

    def whole(self, payload: Json) -> list[Event]:
        """Read a whole reply, whose message is its only chunk."""
        events: list[Event] = []
        try:
            self._take(payload, events, whole=True)
        except _ODD:
            self._malformed("a reply of unknown form", payload)
        if self.failure is None and not self._said:
            self._malformed("a reply without a message", payload)
        if self.failure is None:
            events += self._finish()
        return events

    def _line(self, name: bytes, data: bytes, events: list[Event], *, last: bool = False) -> None:
        """Read one server-sent event."""
        if data.startswith(b"[DONE]"):
            if not self._begun:
                self.failure = self._invalid("the end of a stream that had not begun", data)
            elif self._reason is None and self._needs_reason:
                self.failure = self._broken_off()
            else:
                events += self._finish()
            return
        try:
            payload = from_json(data)
            if not isinstance(payload, dict):
                self._malformed("a chunk that is not an object", data)
            if name == b"error" and "error" not in payload:
                payload = {"error": payload}
            self._take(payload, events)
        except ValueError:
            if not last:
                self.failure = self._invalid("a line that is not JSON", data)
        except InvalidReplyError as error:
            self.failure = error
        except _ODD:
            self.failure = self._invalid("a chunk of unknown form", data)

    def _take(self, payload: Json, events: list[Event], *, whole: bool = False) -> None:
        """Read one chunk."""
        choices = payload.get("choices") or ()
        if not isinstance(choices, (list, tuple)):
            self._malformed("choices that are not a list", choices)
        choice = choices[0] if choices else {}
        if not isinstance(choice, dict):
            self._malformed("a choice that is not an object", choice)
        if choice.get("index"):
            choice = {}  # a second answer that was asked for through extra_body: one is read
        if not choices or "usage" in payload or not self._fields or whole:
            self._keep(payload)
        self._begun = self._begun or bool(choice)
        delta = choice.get("delta") or choice.get("message")
        if delta:
            self._said = True
            self._delta(delta, events, whole=whole)
        if choice.get("logprobs"):
            self._logprobs += choice["logprobs"].get("content") or ()
        error = payload.get("error") or choice.get("error")
        if payload.get("object") == "error":  # vLLM's older form, without an envelope
            error = payload
        if error:
            self.failure = self._context.explain({"error": error}, self._headers)
            return
        reason = choice.get("finish_reason")
        if reason == "error":
            words = {"error": {"message": "the host ended the answer with an error"}}
            self.failure = self._context.explain(words, self._headers)
        elif reason:
            # Repeated on the usage chunk, or followed by null there: neither changes it.
            self._reason = str(reason)
            self._native = _text(choice.get("native_finish_reason")) or self._native

    def _delta(self, delta: Any, events: list[Event], *, whole: bool) -> None:
        """Read what a chunk adds: reasoning first, as the model wrote it."""
        if not isinstance(delta, dict):
            self._malformed("a delta that is not an object", delta)
        self._reasoning(delta, events, whole=whole)
        content = delta.get("content")
        if content:
            self._spoke = True
            events.append(TextDelta(content if type(content) is str else self._joined(content)))
        if delta.get("refusal"):
            events.append(RefusalDelta(str(delta["refusal"])))
        if delta.get("tool_calls"):
            try:
                events += self._calls.take(delta["tool_calls"])
            except (AttributeError, TypeError, KeyError):
                self._malformed("a tool call of unknown form", delta["tool_calls"])
        for note in delta.get("annotations") or ():
            events += _annotation(note, self._context.issuer)

    def _reasoning(self, delta: Json, events: list[Event], *, whole: bool) -> None:
        """One of the three fields that hold reasoning: they mirror each other."""
        text = ""
        details = delta.get("reasoning_details")
        if details is not None:
            if not isinstance(details, list) or not all(isinstance(d, dict) for d in details):
                self._malformed("reasoning_details that are not a list of objects", details)
            text = self._details.add_whole(details) if whole else self._details.add(details)
        text = text or delta.get("reasoning_content") or delta.get("reasoning") or ""
        if not isinstance(text, str):
            self._malformed("reasoning that is not text", text)
        if text:
            self._reasoned = True
            if not self._context.hide_reasoning:
                events.append(ReasoningDelta(text))

    def _keep(self, payload: Json) -> None:
        """Remember the top-level fields; a later one replaces an earlier, but null does not."""
        for name, value in payload.items():
            if name not in ("choices", "error", "object") and value is not None:
                self._fields[name] = value

    def _finish(self) -> list[Event]:
        """The last events: calls that were cut off, replay state, then the finish."""
        if self._calls.nameless:
            self.failure = self._invalid("a tool call without a name", b"")
            return []
        self.done = True
        issuer = self._context.issuer
        reason = _REASONS.get(self._reason or "", "unknown")
        events: list[Event] = []
        if reason in ("length", "content_filter"):
            events += self._calls.cut_off()
        if self._details.seen or self._reasoned:
            details = self._details.merged() if self._details.seen else None
            events.append(ReplayState(issuer, details))
        raw = dict(self._fields)
        if self._logprobs:
            raw["logprobs"] = {"content": self._logprobs}
        if self._calls.count and reason in ("stop", "unknown"):
            reason = "tool_calls"
        if reason == "length" and not self._spoke and not self._calls.count:
            _log.warning(
                "%s: the answer is empty because the limit on tokens was reached while the model "
                "was reasoning; raise max_tokens or lower reasoning_effort",
                issuer,
            )
        usage = read_usage(raw.get("usage"))
        model = _text(raw.get("model"))
        events.append(
            Finish(
                reason=reason,
                usage=usage,
                cost=read_cost(raw.get("usage")) or self._context.estimate(usage, model),
                provider=issuer,
                model=model,
                upstream_provider=_text(raw.get("provider")),
                response_id=_text(raw.get("id")),
                native_reason=self._native or self._reason,
                raw=raw,
                headers=self._headers,
            )
        )
        return events

    def _joined(self, content: object) -> str:
        """Content as a list of text parts, which some servers send."""
        if not isinstance(content, list):
            self._malformed("content that is not text", content)
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))

    def _malformed(self, what: str, value: object) -> NoReturn:
        """The answer is not this protocol."""
        raise self._invalid(what, value)

    def _invalid(self, what: str, value: object) -> InvalidReplyError:
        """An error that shows the beginning of what came."""
        shown = value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)
        issuer = self._context.issuer
        shown = self._context.scrub(shown)[:200]
        return InvalidReplyError(f"{issuer} sent {what}: {shown}", provider=issuer)


def decode_chat(response: Response, context: Context) -> list[Event]:
    """Read a whole chat completion.

    Raises:
        APIStatusError: the body is an error although the status is 200.
        InvalidReplyError: the body is not a chat completion.
    """
    decoder = ChatDecoder(context, response.headers)
    issuer = context.issuer
    try:
        payload = from_json(response.body)
    except ValueError:
        kind = response.headers.get("content-type", "no content type")
        shown = context.scrub(response.body.decode("utf-8", "replace"))[:200].strip()
        message = f"{issuer} answered {response.status} with {kind}, not JSON: {shown!r}"
        raise InvalidReplyError(f"{message}; check base_url=", provider=issuer) from None
    if not isinstance(payload, dict) or not (payload.get("choices") or payload.get("error")):
        shown = context.scrub(response.body.decode("utf-8", "replace"))[:200]
        message = f"{issuer} answered without choices: {shown!r}"
        raise InvalidReplyError(message, provider=issuer)
    events = decoder.whole(payload)
    if decoder.failure is not None:
        decoder.failure.partial = collect(events)
        raise decoder.failure
    return events


def _object(data: bytes) -> Json | None:
    """A JSON object, or None."""
    try:
        value = from_json(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _annotation(note: object, issuer: str) -> list[Event]:
    """A citation, or the parse of a file; other notes stay in the host's own hands."""
    if not isinstance(note, dict):
        return []
    cited = note.get("url_citation")
    if note.get("type") == "url_citation" and isinstance(cited, dict) and cited.get("url"):
        return [
            Citation(
                url=str(cited["url"]),
                title=_text(cited.get("title")),
                text=_text(cited.get("content")),
                start=_place(cited.get("start_index")),
                end=_place(cited.get("end_index")),
            )
        ]
    return [FileAnnotation(note, issuer)]


def _place(value: object) -> int | None:
    """A place in the answer, or None."""
    return value if isinstance(value, int) else None


def _text(value: object) -> str | None:
    """Text that is not empty, or None."""
    return value if isinstance(value, str) and value else None
