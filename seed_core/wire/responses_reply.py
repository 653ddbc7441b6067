"""OpenAI's responses wire: bytes to events.

A whole reply is read as the last event of a stream that said nothing before it, so that every
peculiarity has one place. What was said by deltas is not said again by what repeats it: the text's
own `done` event, the finished item, the whole response at the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

from seed_core.errors import InvalidReplyError
from seed_core.events import Event, FinishReason, RefusalDelta, TextDelta
from seed_core.flow import Headers, Response
from seed_core.types import Json, ReplayState
from seed_core.wire.chat_usage import read_cost, read_usage
from seed_core.wire.context import Context
from seed_core.wire.reading import Reading, place_or_none, read_whole, text_or_none
from seed_core.wire.responses_items import Category, Item, Part, annotation, issuer_of
from seed_core.wire.tool_calls import ToolCalls

_PIECES: dict[str, tuple[str, Category, str]] = {
    "response_output_text": ("message", "text", "content_index"),
    "response_refusal": ("message", "refusal", "content_index"),
    "response_reasoning_summary_text": ("reasoning", "summary", "summary_index"),
    "response_reasoning_text": ("reasoning", "content", "content_index"),
}
"""Of each kind of text in a stream: the item that it is in, what it is there, and its place."""

_ENDS = {
    "response_completed": "completed",
    "response_incomplete": "incomplete",
    "response_failed": "failed",
    "response_cancelled": "cancelled",
}
"""The last events, and the status that they stand for where the response has none."""

_UNFINISHED = ("queued", "in_progress", "cancelled")

_REASONS: dict[str | None, FinishReason] = {"content_filter": "content_filter"}
"""Why an answer is incomplete. Ark's reason is free text; what is not this is a limit of a kind."""


class ResponsesDecoder(Reading):
    """Reads one answer, streamed or whole. See `seed_core.flow.Decoder`."""

    def __init__(self, context: Context, headers: Headers) -> None:
        """Start at the beginning of an answer."""
        super().__init__(context, headers)
        self._items: list[Item] = []
        # Not by id, which gateways change with each event; nor by index alone, because LiteLLM's
        # bridge from chat gives reasoning and message the same.
        self._open: dict[tuple[object, str], Item] = {}
        self._calls = ToolCalls()
        self._fields: dict[str, Any] = {}
        self._output: Sequence[Json] = ()
        self._status: str | None = None
        self._incomplete: str | None = None
        self._length = 0
        self._thought: Part | None = None
        self._spoke = False

    # --- payloads ---------------------------------------------------------------------------------

    def _take_whole(self, payload: Json, events: list[Event]) -> None:
        if payload.get("output") is None and not self._context.error_of(payload):
            self._malformed("a reply without output", payload)
        self._close(payload, "completed", events)

    def _take(self, payload: Json, events: list[Event], *, name: bytes = b"") -> None:
        # ByteDance's own command line has seen `response_completed` for `response.completed`.
        kind = str(payload.get("type") or name.decode("utf-8", "replace")).replace(".", "_")
        if kind == "response_error" or not kind.startswith("response_"):
            self._maybe_error(payload, kind)
            return
        self._begun = True
        stem, _, end = kind.rpartition("_")
        speaks = end in ("delta", "done")
        if speaks and stem in _PIECES:
            self._piece(payload, stem, end, events)
        elif speaks and stem == "response_function_call_arguments":
            self._arguments(payload, end, events)
        elif kind in _ENDS:
            self._close(payload.get("response") or {}, _ENDS[kind], events)
            if self.failure is None:
                events += self._finish()
        elif kind == "response_output_item_added":
            self._added(payload, events)
        elif kind == "response_output_item_done":
            self._done(payload, events)
        elif kind == "response_output_text_annotation_added":
            item = self._at(payload, "message")
            part = item.part("text", payload.get("content_index"), self._length)
            part.notes += 1
            events += annotation(payload.get("annotation"), part.start, self._context.issuer)
        elif payload.get("response"):
            self._keep(payload["response"])

    def _maybe_error(self, payload: Json, kind: str) -> None:
        """An error in the host's envelope, or flat beside its type; all else is overlooked."""
        error = self._context.error_of(payload)
        if not error and kind in ("error", "response_error"):
            error = {k: v for k, v in payload.items() if k not in ("type", "sequence_number")}
        if error:
            self._fail(error)

    def _fail(self, error: Any, response: Json | None = None) -> None:
        """The answer failed. OpenRouter names the kind of error beside the error, not in it."""
        if isinstance(error, dict):
            word = (response or {}).get("error_type")
            error = {**({"error_type": word} if word else {}), **error}
            if error.get("type") == "error":  # the event's type, not the error's
                del error["type"]
        self.failure = self._context.explain({"error": error}, self._headers)

    # --- text -------------------------------------------------------------------------------------

    def _piece(self, payload: Json, stem: str, end: str, events: list[Event]) -> None:
        """A delta of a text, or the whole text where no delta came before it."""
        kind, category, place = _PIECES[stem]
        if end == "delta":
            text = payload.get("delta")
        else:
            text = payload.get("text") or payload.get("refusal")
        if not text:
            return
        part = self._at(payload, kind).part(category, payload.get(place), self._length)
        if end == "delta" or not part.said:
            self._say(part, category, text, events)

    def _say(self, part: Part, category: Category, text: Any, events: list[Event]) -> None:
        """The next piece of a text."""
        if not isinstance(text, str):
            self._malformed("text that is not text", text)
        begins = not part.said
        part.said = True
        match category:
            case "text":
                if begins:
                    part.start = self._length
                self._length += len(text)
                self._spoke = True
                events.append(TextDelta(text))
            case "refusal":
                self._spoke = True
                events.append(RefusalDelta(text))
            case _:
                # Parts are paragraphs, and each may begin with a heading.
                apart = self._thought is not None and self._thought is not part
                self._thought = part
                self._reasoning_piece(f"\n\n{text}" if apart else text, events)

    # --- items ------------------------------------------------------------------------------------

    def _at(self, payload: Json, kind: str) -> Item:
        """The item of a kind that an event is about."""
        index = place_or_none(payload.get("output_index"))
        return self._open.get((index, kind)) or self._new(index, kind)

    def _new(self, index: int | None, kind: str) -> Item:
        """One more item, which is from now on the one of its kind at that index."""
        item = self._open[index, kind] = Item(kind, index, len(self._items))
        self._items.append(item)
        return item

    def _added(self, payload: Json, events: list[Event]) -> None:
        """An item begins, perhaps at the index of another."""
        raw = self._object(payload.get("item"))
        item = self._at(payload, str(raw.get("type")))
        if item.begun or item.done:
            item = self._new(item.index, item.kind)
        item.begun = item.kind != "function_call"
        if not item.begun and raw.get("call_id"):
            self._begin_call(item, raw, events)

    def _done(self, payload: Json, events: list[Event]) -> None:
        """An item is finished, and told whole."""
        raw = self._object(payload.get("item"))
        item = self._at(payload, str(raw.get("type")))
        if item.done and not item.repeats(raw):
            item = self._new(item.index, item.kind)
        self._finished(item, raw, events)

    def _finished(self, item: Item, raw: Json, events: list[Event]) -> None:
        """Say of an item what has not been said."""
        item.done = True
        item.raw = raw
        match item.kind:
            case "message":
                self._message(item, raw, events)
            case "reasoning":
                self._reasoning(item, raw, events)
            case "function_call":
                if not item.begun:
                    self._begin_call(item, raw, events)
                arguments = None if item.argued else raw.get("arguments")
                self._call(item, events, name=raw.get("name"), arguments=arguments)

    def _message(self, item: Item, raw: Json, events: list[Event]) -> None:
        """The texts, refusals and notes of a message that have not come before."""
        counts: dict[Category, int] = {"text": 0, "refusal": 0}
        for content in self._objects(raw.get("content")):
            category: Category = "refusal" if content.get("type") == "refusal" else "text"
            text = content.get(category)
            notes = content.get("annotations") or ()
            if not text and not notes:
                continue
            part = item.nth(category, counts[category], self._length)
            counts[category] += 1
            if text and not part.said:
                self._say(part, category, text, events)
            for note in notes[part.notes :]:
                part.notes += 1
                events += annotation(note, part.start, self._context.issuer)

    def _reasoning(self, item: Item, raw: Json, events: list[Event]) -> None:
        """The paragraphs of a reasoning item that have not come before.

        Where some came, only their kind is looked at: LiteLLM's bridge from chat streams a summary
        and tells it as content at the end.
        """
        categories: tuple[Literal["summary", "content"], ...] = ("summary", "content")
        streamed = [category for category in categories if category in item.parts]
        for category in streamed or categories:
            texts = [part.get("text") for part in self._objects(raw.get(category))]
            for count, text in enumerate(filter(None, texts)):
                part = item.nth(category, count, self._length)
                if not part.said:
                    self._say(part, category, text, events)

    # --- calls ------------------------------------------------------------------------------------

    def _arguments(self, payload: Json, end: str, events: list[Event]) -> None:
        """A delta of arguments, or all of them. Without a beginning, the finished item has them."""
        item = self._at(payload, "function_call")
        told = None if item.argued else payload.get("arguments")
        arguments = payload.get("delta") if end == "delta" else told
        if item.begun:
            self._call(item, events, name=payload.get("name"), arguments=arguments)

    def _begin_call(self, item: Item, raw: Json, events: list[Event]) -> None:
        """A call begins: results refer to its `call_id`, which is not the item's id."""
        item.begun = True
        function = {"name": raw.get("name")}
        fragment = {"index": item.number, "id": raw.get("call_id"), "function": function}
        events += self._calls.take([fragment])

    def _call(self, item: Item, events: list[Event], *, name: Any, arguments: Any) -> None:
        """More of a call."""
        item.argued = item.argued or bool(arguments)
        function = {"name": name, "arguments": arguments}
        events += self._calls.take([{"index": item.number, "function": function}])

    # --- the end ----------------------------------------------------------------------------------

    def _close(self, response: Json, status: str, events: list[Event]) -> None:
        """The whole response, which ends a stream or is the reply."""
        self._keep(response)
        self._status = text_or_none(response.get("status")) or status
        error = self._context.error_of(response)
        if error or self._status == "failed":
            self._settle(self._objects(response.get("output")), events)
            words = {"message": "the response failed, and the host does not say why"}
            self._fail(error or words, response)
            return
        if self._status in _UNFINISHED:
            issuer = self._context.issuer
            raise InvalidReplyError(
                f"{issuer} ended the answer with status {self._status!r}, before it was finished "
                "(answers in the background are not waited for here)",
                provider=issuer,
            )
        if self._status == "incomplete":
            details = response.get("incomplete_details") or {}
            self._incomplete = text_or_none(details.get("reason"))
        self._settle(self._objects(response.get("output")), events)

    def _settle(self, output: Sequence[Json], events: list[Event]) -> None:
        """Say what the stream has left out; keep the items as the host tells them last.

        Items are matched by their order among those of their kind, as not all hosts number them.
        """
        streamed: defaultdict[str, list[Item]] = defaultdict(list)
        for item in sorted(self._items, key=lambda item: item.order, reverse=True):
            streamed[item.kind].append(item)
        for index, raw in enumerate(output):
            kind = str(raw.get("type"))
            item = streamed[kind].pop() if streamed[kind] else self._new(index, kind)
            if not item.done:
                self._finished(item, raw, events)
        self._output = output

    def _finish(self) -> list[Event]:
        """The last events: calls that were cut off, replay state, then the finish."""
        if self._calls.nameless or any(
            item.kind == "function_call" and not item.begun for item in self._items
        ):
            self.failure = self._invalid("a tool call without a name", b"")
            return []
        self.done = True
        events: list[Event] = []
        reason: FinishReason = "tool_calls" if self._calls.count else "stop"
        if self._status == "incomplete":
            reason = _REASONS.get(self._incomplete, "length")
            events += self._calls.cut_off()
        if details := self._details():
            events.append(ReplayState(issuer_of(self._context.issuer), details))
        if reason == "length" and not self._spoke and not self._calls.count:
            self._warn_of_emptiness()
        raw = dict(self._fields)
        events.append(
            self._closing(
                reason,
                raw,
                usage=read_usage(raw.get("usage"), asked="input", answered="output"),
                cost=read_cost(raw.get("usage")),
                native=self._incomplete or self._status,
            )
        )
        return events

    def _details(self) -> tuple[Json, ...]:
        """All output items in order; those of the stream where the end does not tell them all."""
        done = sorted((item for item in self._items if item.done), key=lambda item: item.order)
        if len(self._output) >= len(done):
            return tuple(self._output)
        return tuple(item.raw for item in done)

    def _keep(self, response: Json) -> None:
        """Remember the top-level fields; a later one replaces an earlier, but null does not."""
        for name, value in response.items():
            if name not in ("output", "output_text", "error", "object") and value is not None:
                self._fields[name] = value

    def _objects(self, value: object) -> Sequence[Json]:
        """A list of objects; null is an empty one."""
        if value is None:
            return ()
        if not isinstance(value, list):
            self._malformed("something else than a list", value)
        return [self._object(entry) for entry in value]

    def _object(self, value: object) -> Json:
        """An object."""
        if not isinstance(value, dict):
            self._malformed("something else than an object", value)
        return value


def decode_responses(response: Response, context: Context) -> list[Event]:
    """Read a whole response.

    Raises:
        APIStatusError: the body is an error although the status is 200.
        InvalidReplyError: the body is not a response, or not a finished one.
    """
    decoder = ResponsesDecoder(context, response.headers)
    return read_whole(response, context, decoder, holds="output")
