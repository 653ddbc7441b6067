"""What comes out of a call: events, and the Reply that is their fold.

A whole reply and a streamed one are the same events, so everything that reads replies reads one
kind of thing.

Example:
    >>> collect([TextDelta("Hi"), TextDelta("!"), Finish("stop")]).text
    'Hi!'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from typing_extensions import assert_never

from seed_core.types import Json, ReplayState, ToolCall


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next piece of the reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """The next piece of a tool call.

    `index` counts the calls of the reply from 0; `id` and `name` come once each, `id` always with
    the first piece of its call.
    """

    index: int
    arguments: str = ""
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class RefusalDelta:
    """The next piece of a refusal."""

    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A source that the host names; `start` and `end` count characters of the answer."""

    url: str
    title: str | None = None
    text: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class FileAnnotation:
    """The host's parse of a document; sent back to its issuer it saves a second parse."""

    raw: Json
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, each None when the host did not tell. Reasoning is part of output."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    tool_usage: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cost:
    """What the reply cost in USD, and whether the host said so or our price table did."""

    usd: float
    source: Literal["reported", "estimated"]
    details: Mapping[str, float] = field(default_factory=dict)


def request_id(headers: Mapping[str, str]) -> str | None:
    """The host's id of a request: OpenRouter's header, fal's, the usual one, or Anthropic's."""
    names = ("x-generation-id", "x-fal-request-id", "x-request-id", "request-id")
    return next((headers[name] for name in names if headers.get(name)), None)


@dataclass(frozen=True, slots=True)
class Failed:
    """A provider that was asked before the one that answered, and why it did not.

    Attributes:
        provider: its name.
        error: the class of its last error.
        message: that error's words.
        status_code: the HTTP status, if it answered at all.
    """

    provider: str
    error: str
    message: str
    status_code: int | None = None


FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter", "unknown"]


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of a reply, and what is known only then.

    Attributes:
        provider: the provider that was asked.
        upstream_provider: who answered behind it, where the host says so.
        native_reason: the finish reason in the words of the upstream.
        raw: the host's top-level fields as they came, `usage` among them.
        headers: the response's headers, lower case.
        failed: the providers that were asked before, in order.
    """

    reason: FinishReason
    usage: Usage | None = None
    cost: Cost | None = None
    provider: str | None = None
    model: str | None = None
    upstream_provider: str | None = None
    response_id: str | None = None
    native_reason: str | None = None
    raw: Json = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    failed: tuple[Failed, ...] = ()

    @property
    def request_id(self) -> str | None:
        """The host's id of the request, from its headers."""
        return request_id(self.headers)


Event: TypeAlias = (
    TextDelta
    | ReasoningDelta
    | ToolCallDelta
    | RefusalDelta
    | Citation
    | FileAnnotation
    | ReplayState
    | Finish
)


# --- the fold -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """All events of one answer, folded. `finish` is None only in a reply that broke off."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str = ""
    citations: tuple[Citation, ...] = ()
    annotations: tuple[FileAnnotation, ...] = ()
    state: ReplayState | None = None
    finish: Finish | None = None


@dataclass(slots=True)
class _GrowingCall:
    """A tool call while its pieces come in."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


def collect(events: Iterable[Event]) -> Reply:
    """Fold events into the reply that they spell.

    Time and memory are linear in the events.
    """
    text: list[str] = []
    reasoning: list[str] = []
    refusal: list[str] = []
    calls: dict[int, _GrowingCall] = {}
    citations: list[Citation] = []
    annotations: list[FileAnnotation] = []
    state: ReplayState | None = None
    finish: Finish | None = None
    for event in events:
        match event:
            case TextDelta():
                text.append(event.text)
            case ReasoningDelta():
                reasoning.append(event.text)
            case ToolCallDelta():
                call = calls.setdefault(event.index, _GrowingCall())
                call.id = call.id or event.id or ""
                call.name = call.name or event.name or ""
                call.arguments.append(event.arguments)
            case RefusalDelta():
                refusal.append(event.text)
            case Citation():
                citations.append(event)
            case FileAnnotation():
                annotations.append(event)
            case ReplayState():
                state = event
            case Finish():
                finish = event
            case _:
                assert_never(event)
    return Reply(
        text="".join(text),
        reasoning="".join(reasoning),
        tool_calls=tuple(
            ToolCall(call.id, call.name, "".join(call.arguments)) for call in calls.values()
        ),
        refusal="".join(refusal),
        citations=tuple(citations),
        annotations=tuple(annotations),
        state=state,
        finish=finish,
    )


def coalesce(events: Sequence[Event]) -> list[Event]:
    """Join neighbours of one kind: what has already arrived together travels on together.

    The fold of the result equals the fold of the input.
    """
    if len(events) < 2:
        return list(events)
    joined: list[Event] = []
    run: list[Event] = []
    for event in events:
        if run and not _joins(run[-1], event):
            joined.append(_join(run))
            run.clear()
        run.append(event)
    joined.append(_join(run))
    return joined


def _joins(last: Event, event: Event) -> bool:
    """Whether the second event goes on where the first stopped."""
    match last:
        case ToolCallDelta():
            return type(event) is ToolCallDelta and event.index == last.index
        case TextDelta() | ReasoningDelta() | RefusalDelta():
            return type(event) is type(last)
        case _:
            return False


def _join(run: list[Event]) -> Event:
    """One event for a run of neighbours that go on in each other."""
    first = run[0]
    if len(run) == 1:
        return first
    match first:
        case TextDelta():
            return TextDelta("".join([e.text for e in run if type(e) is TextDelta]))
        case ReasoningDelta():
            return ReasoningDelta("".join([e.text for e in run if type(e) is ReasoningDelta]))
        case RefusalDelta():
            return RefusalDelta("".join([e.text for e in run if type(e) is RefusalDelta]))
        case _:
            pieces = [e for e in run if type(e) is ToolCallDelta]
            return ToolCallDelta(
                index=pieces[0].index,
                arguments="".join([p.arguments for p in pieces]),
                id=next((p.id for p in pieces if p.id), None),
                name=next((p.name for p in pieces if p.name), None),
            )
