"""OpenAI's chat completions wire: bytes to events.

A whole reply is read as a stream of one chunk, so that every peculiarity has one place.
"""

from __future__ import annotations

from typing import Any

from seed_core.events import (
    Citation,
    Event,
    FileAnnotation,
    FinishReason,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
)
from seed_core.flow import Headers, Response
from seed_core.types import Json, ReplayState
from seed_core.wire.chat_usage import read_cost, read_usage
from seed_core.wire.context import Context
from seed_core.wire.details import SEALED, DetailsMerger
from seed_core.wire.likeness import Likeness
from seed_core.wire.reading import Reading, place_or_none, read_whole, text_or_none
from seed_core.wire.tool_calls import ToolCalls

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


class ChatDecoder(Reading):
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
        super().__init__(context, headers, each_line=each_line)
        self._needs_reason = needs_reason
        self._calls = ToolCalls()
        self._details = DetailsMerger()
        self._likeness = Likeness()
        self._alike: type[TextDelta | ReasoningDelta] = TextDelta
        self._detailed = False
        self._reasoned = False
        self._sealed: str | None = None
        self._reason: str | None = None
        self._native: str | None = None
        self._fields: dict[str, Any] = {}
        self._logprobs: list[Any] = []
        self._said = False
        self._spoke = False

    def feed(self, block: bytes) -> list[Event]:
        """Take the next bytes. An event that comes alone, and is like the last, is no more work."""
        alone = block.startswith(b"data: ") and block.endswith(b"\n\n") and self._reader.between
        words = self._likeness.words(block, 6, 2) if alone else None
        if words is None or self.done or self.failure is not None:
            return super().feed(block)
        self._reader.held = 0
        self._count(block)
        return [self._worded(words)]

    def _complete(self) -> bool:
        return self._reason is not None

    def _end_mark(self, data: bytes, events: list[Event]) -> None:
        if self._begun and not self._needs_reason:
            events += self._finish()
        else:
            super()._end_mark(data, events)

    def _take_whole(self, payload: Json, events: list[Event]) -> None:
        """A whole reply's message is its only chunk."""
        self._take(payload, events, whole=True)
        if self.failure is None and not self._said:
            self._malformed("a reply without a message", payload)

    def _read(self, name: bytes, data: bytes, events: list[Event]) -> Json:
        words = None if name else self._likeness.words(data)
        if words is None:
            before = len(events)
            self._likeness.forget()  # what this one changes, the last did not know of
            payload = super()._read(name, data, events)
            if len(events) == before + 1 and self.failure is None:
                self._learn(data, payload, events[-1])
            return payload
        events.append(self._worded(words))
        return {}

    def _worded(self, words: str) -> TextDelta | ReasoningDelta:
        """The event that is like the last one but for its words."""
        if self._detailed:
            self._details.go_on(words)
        return self._alike(words)

    def _learn(self, data: bytes, payload: Json, event: Event) -> None:
        """Remember what an event looked like that only added words to the answer.

        Read a second time with other words, it would add those and change nothing else.
        """
        if not isinstance(event, (TextDelta, ReasoningDelta)) or not event.text:
            return
        choice = payload["choices"][0]
        delta = choice.get("delta") or {}
        details = delta.get("reasoning_details") or []
        field = self._details.field  # of the entry that this one adds to
        detailed = details[0].get(field) if details and field else None
        thought = [delta.get(name) for name in ("reasoning", "reasoning_content")]
        thought = [text for text in (*thought, detailed) if text]
        said = thought if isinstance(event, ReasoningDelta) else [delta.get("content")]
        adds_more = choice.get("logprobs") or (thought and said is not thought)
        runs_on = not details or (len(details) == 1 and field is not None)
        if (
            runs_on
            and not adds_more
            and len(said) in (1, 2)
            and all(text == event.text for text in said)
        ):
            self._alike, self._detailed = type(event), bool(detailed)
            self._likeness.learn(data, event.text, len(said))

    def _take(
        self, payload: Json, events: list[Event], *, name: bytes = b"", whole: bool = False
    ) -> None:
        """Read one chunk."""
        choices = payload.get("choices")
        if not choices:
            choice: Json = {}
        elif type(choices) is not list or type(choice := choices[0]) is not dict:
            self._malformed("choices that are not a list of objects", choices)
        elif choice.get("index"):
            choice = {}  # a second answer that was asked for through extra_body: one is read
        if not choices or "usage" in payload or not self._fields or whole:
            self._keep(payload)
        if choice:
            self._begun = True
        delta = choice.get("delta") or choice.get("message")
        if delta:
            self._said = True
            self._delta(delta, events, whole=whole)
        if choice.get("logprobs"):
            self._logprobs += choice["logprobs"].get("content") or ()
        # A chunk that only adds to the answer is looked at no further.
        error = None
        if not delta or "error" in payload or "error" in choice:
            error = choice.get("error") or self._context.error_of(payload)
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
            self._native = text_or_none(choice.get("native_finish_reason")) or self._native

    def _delta(self, delta: Any, events: list[Event], *, whole: bool) -> None:
        """Read what a chunk adds: reasoning first, as the model wrote it."""
        if type(delta) is not dict:
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
        if SEALED in delta:
            self._sealed = text_or_none(delta[SEALED]) or self._sealed
        text = text or delta.get("reasoning_content") or delta.get("reasoning") or ""
        if not isinstance(text, str):
            self._malformed("reasoning that is not text", text)
        if text:
            self._reasoned = True
            self._reasoning_piece(text, events)

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
        reason = _REASONS.get(self._reason or "", "unknown")
        events: list[Event] = []
        if reason in ("length", "content_filter"):
            events += self._calls.cut_off()
        if self._details.seen or self._reasoned or self._sealed:
            events.append(ReplayState(self._context.issuer, self._entries()))
        raw = dict(self._fields)
        if self._logprobs:
            raw["logprobs"] = {"content": self._logprobs}
        if self._calls.count and reason in ("stop", "unknown"):
            reason = "tool_calls"
        if reason == "length" and not self._spoke and not self._calls.count:
            self._warn_of_emptiness()
        events.append(
            self._closing(
                reason,
                raw,
                usage=read_usage(raw.get("usage")),
                cost=read_cost(raw.get("usage")),
                native=self._native or self._reason,
            )
        )
        return events

    def _entries(self) -> tuple[Json, ...] | None:
        """What the host must get back beside the text, if it sent any such thing."""
        sealed: Json = {"type": SEALED, SEALED: self._sealed}
        if not self._details.seen:
            return (sealed,) if self._sealed else None
        return (*self._details.merged(), sealed) if self._sealed else self._details.merged()

    def _joined(self, content: object) -> str:
        """Content as a list of text parts, which some servers send."""
        if not isinstance(content, list):
            self._malformed("content that is not text", content)
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))


def decode_chat(response: Response, context: Context) -> list[Event]:
    """Read a whole chat completion.

    Raises:
        APIStatusError: the body is an error although the status is 200.
        InvalidReplyError: the body is not a chat completion.
    """
    return read_whole(response, context, ChatDecoder(context, response.headers), holds="choices")


def _annotation(note: object, issuer: str) -> list[Event]:
    """A citation, or the parse of a file; other notes stay in the host's own hands."""
    if not isinstance(note, dict):
        return []
    cited = note.get("url_citation")
    if note.get("type") == "url_citation" and isinstance(cited, dict) and cited.get("url"):
        return [
            Citation(
                url=str(cited["url"]),
                title=text_or_none(cited.get("title")),
                text=text_or_none(cited.get("content")),
                start=place_or_none(cited.get("start_index")),
                end=place_or_none(cited.get("end_index")),
            )
        ]
    return [FileAnnotation(note, issuer)]
