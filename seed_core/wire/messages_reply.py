"""Anthropic's messages wire: bytes to events.

A whole reply is read as a stream whose blocks come whole, so that every peculiarity has one place.
"""

from __future__ import annotations

from typing import Any

from seed_core.events import (
    Citation,
    Event,
    FinishReason,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
)
from seed_core.flow import Headers, Response
from seed_core.types import Json, ReplayState
from seed_core.wire.chat_usage import read_cost
from seed_core.wire.context import Context
from seed_core.wire.messages_blocks import GrowingBlock, state_issuer
from seed_core.wire.messages_usage import read_usage
from seed_core.wire.reading import Reading, read_whole, text_or_none
from seed_core.wire.tool_calls import ToolCalls

_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
"""`pause_turn` (a tool of the host's own takes long) is none of these: the answer goes on when it
is sent back as it came."""

_APART = ("content", "delta", "error", "message", "type", "usage")
"""Fields that are read by themselves, not kept among the top-level ones."""


class MessagesDecoder(Reading):
    """Reads one answer, streamed or whole. See `seed_core.flow.Decoder`."""

    def __init__(self, context: Context, headers: Headers, *, each_line: bool = False) -> None:
        """Start at the beginning of an answer; `each_line` is `EventReader`'s."""
        super().__init__(context, headers, each_line=each_line)
        self._started = False
        self._ended = False
        self._all: list[GrowingBlock] = []
        self._open: dict[object, GrowingBlock] = {}
        self._calls = ToolCalls()
        self._thinking: GrowingBlock | None = None
        self._spoke = False
        self._fields: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}

    def _complete(self) -> bool:
        return self._ended

    def _take_whole(self, payload: Json, events: list[Event]) -> None:
        error = self._context.error_of(payload)
        if error:
            self._fail(error, payload)
            return
        self._begun = True
        self._keep(payload)
        self._content(payload.get("content"), events)

    def _take(self, payload: Json, events: list[Event], *, name: bytes = b"") -> None:
        # The type says it all, so a stream may do without `event:` lines, as some proxies' do.
        kind = payload.get("type") or name.decode("utf-8", "replace")
        match kind:
            case "content_block_delta":
                self._delta(payload, events)
            case "content_block_start":
                self._begun = True
                self._start(payload.get("index"), payload.get("content_block"), events)
            case "content_block_stop":
                block = self._open.get(payload.get("index"))
                if block is not None:
                    self._close(block, events)
            case "message_start":
                self._message_start(payload, events)
            case "message_delta":
                self._begun = True
                self._message_delta(payload)
            case "message_stop" if self._begun:
                self._keep(payload)
                events += self._finish()
            case _:
                error = payload.get("error") or self._context.error_of(payload)
                if error or kind == "error":
                    self._fail(error or payload, payload)

    # --- the message ------------------------------------------------------------------------------

    def _message_start(self, payload: Json, events: list[Event]) -> None:
        """The message's own fields, and sometimes blocks.

        Gateways were seen to say the start of a message twice, which is overlooked, and to splice
        the start of another message, their second try, into the stream of one that broke off:
        its blocks do not belong to those before (vercel/ai, issue 18331).
        """
        message = payload.get("message") or {}
        if self._started:
            if message.get("id") != self._fields.get("id"):
                self.failure = self._broken_off()
            return
        self._begun = self._started = True
        self._keep(payload)
        self._keep(message)
        # Filled where tools of the host's own went before (vercel/ai, "prepopulated-content").
        self._content(message.get("content") or [], events)

    def _message_delta(self, payload: Json) -> None:
        """What is known at the end. Counters are those of all that came; absent ones stand."""
        delta = payload.get("delta") or {}
        self._keep(payload)
        self._keep(delta)
        self._ended = self._ended or delta.get("stop_reason") is not None

    def _keep(self, fields: Json) -> None:
        """Remember top-level fields; a later one replaces an earlier, but null does not."""
        for name, value in fields.items():
            if name not in _APART and value is not None:
                self._fields[name] = value
        for name, value in (fields.get("usage") or {}).items():
            if value is not None:
                self._usage[name] = value

    # --- blocks -----------------------------------------------------------------------------------

    def _content(self, content: object, events: list[Event]) -> None:
        """Blocks that came whole."""
        if not isinstance(content, list):
            self._malformed("content that is not a list", content)
        for index, begun in enumerate(content):
            self._close(self._start(index, begun, events), events)

    def _start(self, index: object, begun: object, events: list[Event]) -> GrowingBlock:
        """A block begins, with as much of it as the host likes to say at once."""
        if not isinstance(begun, dict):
            self._malformed("a content block that is not an object", begun)
        block = self._open[index] = GrowingBlock(begun, len(self._all))
        self._all.append(block)
        match block.kind:
            case "text":
                self._say(self._text(begun.get("text")), events)
                for citation in begun.get("citations") or ():
                    events += _cited(citation)
            case "thinking":
                self._think(block, self._text(begun.get("thinking")), events)
            case "tool_use":
                function = {"name": begun.get("name")}
                fragment = {"index": block.place, "id": begun.get("id"), "function": function}
                events += self._calls.take([fragment])
        return block

    def _delta(self, payload: Json, events: list[Event]) -> None:
        """The next piece of a block."""
        block = self._open.get(payload.get("index"))
        if block is None:
            self._malformed("a piece of a block that has not begun", payload)
        delta = payload.get("delta") or {}
        match delta.get("type"):
            case "text_delta":
                text = self._text(delta.get("text"))
                block.add("text", text)
                self._say(text, events)
            case "thinking_delta":
                text = self._text(delta.get("thinking"))
                block.add("thinking", text)
                self._think(block, text, events)
            case "signature_delta":
                block.add("signature", self._text(delta.get("signature")))
            case "input_json_delta":
                self._argue(block, self._text(delta.get("partial_json")), events)
            case "citations_delta":
                citation = delta.get("citation") or {}
                block.cite(citation)
                events += _cited(citation)

    def _argue(self, block: GrowingBlock, text: str, events: list[Event]) -> None:
        """A piece of a call's input; the first one is empty as a rule."""
        if text:
            block.add("input", text)
            if block.kind == "tool_use":
                events += self._calls.take(_arguments(block, text))

    def _close(self, block: GrowingBlock, events: list[Event]) -> None:
        """A block is over: an input that came with its beginning, and in no pieces, stands."""
        given = block.given_input
        if given and block.kind == "tool_use" and not block.closed:
            events += self._calls.take(_arguments(block, given))
        block.closed = True

    def _say(self, text: str, events: list[Event]) -> None:
        """A piece of the answer."""
        if text:
            self._spoke = True
            events.append(TextDelta(text))

    def _think(self, block: GrowingBlock, text: str, events: list[Event]) -> None:
        """A piece of reasoning; a blank line parts it from that of another block."""
        if not text:
            return
        parted = self._thinking not in (None, block)
        self._thinking = block
        self._reasoning_piece(f"\n\n{text}" if parted else text, events)

    def _text(self, value: object) -> str:
        """Text, empty where there is none."""
        if value is None:
            return ""
        if not isinstance(value, str):
            self._malformed("text that is not text", value)
        return value

    # --- the end ----------------------------------------------------------------------------------

    def _finish(self) -> list[Event]:
        """The last events: what calls still lack, a refusal, replay state, then the finish."""
        if self._calls.nameless:
            self.failure = self._invalid("a tool call without a name", b"")
            return []
        self.done = True
        events: list[Event] = []
        for block in self._all:
            self._close(block, events)
        native = text_or_none(self._fields.get("stop_reason"))
        reason = _REASONS.get(native or "", "unknown")
        events += self._unargued(reason)
        if native == "refusal":
            events += _refusal(self._fields.get("stop_details"))
        if any(block.kind not in ("text", "tool_use") for block in self._all):
            entries = tuple(block.whole() for block in self._all)
            events.append(ReplayState(state_issuer(self._context.issuer), entries))
        if self._calls.count and reason in ("stop", "unknown"):
            reason = "tool_calls"
        if reason == "length" and not self._spoke and not self._calls.count:
            self._warn_of_emptiness()
        raw = self._fields | ({"usage": self._usage} if self._usage else {})
        usage, cost = read_usage(self._usage), read_cost(self._usage)
        events.append(self._closing(reason, raw, usage=usage, cost=cost, native=native))
        return events

    def _unargued(self, reason: FinishReason) -> list[ToolCallDelta]:
        """Calls without arguments: an empty object, or invalid where the answer was cut off."""
        calls = self._calls.cut_off()
        if reason in ("length", "content_filter"):
            return calls
        return [ToolCallDelta(call.index, "{}") for call in calls]

    def _fail(self, error: Any, payload: Json) -> None:
        """The host says that it failed."""
        ident = payload.get("request_id")
        words = {"error": error} | ({} if ident is None else {"request_id": ident})
        self.failure = self._context.explain(words, self._headers)


def decode_messages(response: Response, context: Context) -> list[Event]:
    """Read a whole message.

    Raises:
        APIStatusError: the body is an error although the status is 200.
        InvalidReplyError: the body is not a message.
    """
    decoder = MessagesDecoder(context, response.headers)
    return read_whole(response, context, decoder, holds="content")


def _arguments(block: GrowingBlock, arguments: Any) -> list[Json]:
    """A call's arguments, in the form in which `ToolCalls` takes them."""
    return [{"index": block.place, "function": {"arguments": arguments}}]


def _cited(citation: object) -> list[Event]:
    """A source with an address (`source` in results that the caller gave).

    The others name a place in a document of the caller's own.
    """
    if not isinstance(citation, dict):
        return []
    url = text_or_none(citation.get("url")) or text_or_none(citation.get("source"))
    if url is None:
        return []
    title, text = citation.get("title"), citation.get("cited_text")
    return [Citation(url=url, title=text_or_none(title), text=text_or_none(text))]


def _refusal(details: object) -> list[Event]:
    """The host's words on a refusal, if it has any."""
    words = text_or_none(details.get("explanation")) if isinstance(details, dict) else None
    return [] if words is None else [RefusalDelta(words)]
