"""What a test can tell the emulator to answer: replies, raw bytes and faults, as values.

Knows nothing of HTTP, of a host's routes or of how an answer is written on the wire; the hosts'
modules render these values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

__all__ = ["Answer", "Fault", "FaultKind", "Item", "Job", "Raw", "Scripted", "ToolUse"]

FaultKind: TypeAlias = Literal[
    "status",
    "error_in_body",
    "error_in_choice",
    "error_mid_stream",
    "cut",
    "stall",
    "garbage",
    "drip",
    "comments",
    "refuse",
    "html",
    "empty",
    "content_type",
    "compressed",
]


@dataclass(frozen=True)
class ToolUse:
    """One tool call of the assistant.

    Example:
        >>> ToolUse("get_weather", '{"city": "Paris"}').name
        'get_weather'
    """

    name: str
    arguments: str = "{}"
    """JSON text, sent as it is: it need not be valid."""
    id: str | None = None
    """Left out, the emulator makes one up."""


@dataclass(frozen=True)
class Answer:
    """One reply of the model, written whole or streamed as the request asks.

    Example:
        >>> Answer(text="Hello", reasoning="A greeting.", piece=2).finish
        'auto'
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: Sequence[ToolUse] = ()
    refusal: str = ""
    finish: str | None = "auto"
    """The host's finish reason. "auto" is "tool_calls" if there are any, else "stop"."""
    usage: Mapping[str, Any] | None = None
    """Laid over the computed usage, key by key; a value of `...` leaves that key out."""
    cost: float | None = None
    """USD. None is computed from the token counts (`usage={"cost": ...}` leaves it out)."""
    reasoning_details: Sequence[Any] | None = None
    """None mirrors `reasoning`. Else exactly these: entries, or one list of entries per chunk."""
    annotations: Sequence[Mapping[str, Any]] = ()
    usage_shape: Literal[0, 1, 2, 3] = 2
    """How a stream tells its usage: 1 on a chunk without finish reason, 2 on a second finish
    chunk, 3 on a chunk without choices; 0 not at all. Hosts other than OpenRouter have one shape of
    their own, and heed only the 0."""
    repeat_finish: bool = False
    """Send the chunk that carries the finish reason once more, before the usage."""
    comments: int = 2
    """Keep-alives before the first chunk of a stream (blank lines before a whole reply), at hosts
    that send any."""
    piece: int = 16
    """Characters per streamed delta."""
    mixed: bool = False
    """One delta carries the last text and the first fragment of the first tool call."""
    model: str | None = None
    """The model that the reply names; None echoes the request's."""
    provider: str = "Seed"
    done: bool = True
    """Whether what ends a stream is sent: `data: [DONE]`, or `message_stop`."""
    rotate_ids: bool = False
    """Items of a Responses stream go by another id in each event, as some gateways do."""
    delay: float = 0.0
    """Seconds between the events of a stream (before the body of a whole reply)."""
    fault: Fault | None = None
    """What goes wrong while this answer is being sent."""


@dataclass(frozen=True)
class Raw:
    r"""Exact bytes instead of a reply.

    Example:
        >>> Raw(body=[b'data: {"choi', b'ces": []}', b"\n\n"], cut=True).status
        200
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    """Added to the response. A content type is added when none is given (event-stream if the
    request asked for a stream, else JSON)."""
    body: bytes | Sequence[bytes] = b""
    """Each item of a sequence is written as its own chunk."""
    delay: float = 0.0
    """Seconds between the chunks."""
    cut: bool = False
    """Close the socket after the body without ending the response."""


@dataclass(frozen=True)
class Fault:
    """One thing going wrong. Made by the class methods below; see each.

    `answer` is what was on its way meanwhile; None is what the emulator would have answered.
    `after` counts events (`data:` records; comments are not counted). In a whole reply, which has
    no events, 0 means before the first byte and anything else means half-way through the body.

    Example:
        >>> Fault.cut(after=3, answer=Answer(text="Hello")).kind
        'cut'
    """

    kind: FaultKind
    answer: Answer | None = None
    after: int = 0
    seconds: float = 0.0
    code: int | str | None = None
    status_code: int = 200
    message: str | None = None
    metadata: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @classmethod
    def status(
        cls,
        status: int,
        *,
        message: str | None = None,
        code: int | str | None = None,
        metadata: Mapping[str, Any] | None = None,
        retry_after: float | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Fault:
        """Refuse with an HTTP status and the host's own error body.

        `retry_after` is seconds or an HTTP date. `message`, `code` and `metadata` default to what
        the host says for that status.
        """
        extra = dict(headers or {})
        if retry_after is not None:
            extra["retry-after"] = str(retry_after)
        return cls("status", None, 0, 0.0, code, status, message, metadata, extra)

    @classmethod
    def error_in_body(
        cls,
        code: int | str = 502,
        message: str = "Provider returned error",
        metadata: Mapping[str, Any] | None = None,
    ) -> Fault:
        """Answer HTTP 200 with a top-level `error` and no choices."""
        return cls("error_in_body", code=code, message=message, metadata=metadata)

    @classmethod
    def error_in_choice(
        cls,
        code: int | str = 502,
        message: str = "Provider returned error",
        metadata: Mapping[str, Any] | None = None,
        answer: Answer | None = None,
    ) -> Fault:
        """Answer HTTP 200 with partial content, finish reason "error" and `choices[0].error`."""
        return cls("error_in_choice", answer, code=code, message=message, metadata=metadata)

    @classmethod
    def error_mid_stream(
        cls,
        after: int = 2,
        *,
        finish: Literal["error"] | None = "error",
        code: int | str = 502,
        message: str = "Provider returned error",
        metadata: Mapping[str, Any] | None = None,
        answer: Answer | None = None,
    ) -> Fault:
        """Break a stream after some events with a chunk that carries a top-level `error`.

        `finish="error"` is the documented form: that finish reason, then the end without [DONE].
        `finish=None` is the form recorded in 2025: finish reason null, usage, then [DONE].
        In a Responses stream the first is a nested `error` event and a failed response, the second
        the flat `error` event alone.
        """
        return cls(
            "error_mid_stream",
            answer,
            after,
            code=code,
            message=message,
            metadata=metadata,
            text=finish or "",
        )

    @classmethod
    def cut(
        cls,
        after: int = 1,
        *,
        how: Literal["close", "reset", "end"] = "close",
        answer: Answer | None = None,
    ) -> Fault:
        """Stop after some events: the reply is never finished.

        "close" closes the socket in the middle of the body, "reset" also resets the connection,
        "end" ends the body properly, but without finish reason and [DONE].
        """
        return cls("cut", answer, after, text=how)

    @classmethod
    def stall(cls, after: int = 1, seconds: float = 60.0, answer: Answer | None = None) -> Fault:
        """Fall silent for some seconds after some events, then go on.

        `after=-1` is silent before the status line already.
        """
        return cls("stall", answer, after, seconds)

    @classmethod
    def garbage(
        cls, after: int = 1, text: str = '{"choices": [', answer: Answer | None = None
    ) -> Fault:
        """Put a `data:` line that is not JSON after some events (as the body of a whole reply)."""
        return cls("garbage", answer, after, text=text)

    @classmethod
    def drip(cls, seconds: float = 0.001, size: int = 1, answer: Answer | None = None) -> Fault:
        """Send the body `size` bytes at a time with a pause of some seconds after each."""
        return cls("drip", answer, size, seconds)

    @classmethod
    def comments(
        cls, every: float = 0.05, *, after: int = 0, answer: Answer | None = None
    ) -> Fault:
        """After some events send keep-alives (blanks in a whole reply) alone, until closed."""
        return cls("comments", answer, after, every)

    @classmethod
    def refuse(cls) -> Fault:
        """Close the connection without a response."""
        return cls("refuse")

    @classmethod
    def html(cls, status: int = 502, text: str = "<h1>Bad gateway</h1>") -> Fault:
        """Answer with a page of HTML, as a proxy in between would."""
        return cls("html", status_code=status, text=text)

    @classmethod
    def empty(cls, status: int = 200) -> Fault:
        """Answer with no body at all."""
        return cls("empty", status_code=status)

    @classmethod
    def content_type(cls, value: str = "text/plain", answer: Answer | None = None) -> Fault:
        """Send the right body under a wrong content type."""
        return cls("content_type", answer, text=value)

    @classmethod
    def compressed(
        cls, coding: Literal["gzip", "deflate"] = "gzip", answer: Answer | None = None
    ) -> Fault:
        """Send the right body compressed, although nobody asked for that."""
        return cls("compressed", answer, text=coding)


@dataclass(frozen=True)
class Job:
    """One job of a queue, for hosts that have one: what each step of its life answers.

    This is how fal takes it; at Runware see `seed_core.emulator.runware`.

    Where a host also answers at once, only the `answer` counts there. In a queue an `Answer` is the
    result of the next job. `Raw`, and a `Fault` that is a status, a page, nothing, an error in a
    200, or silence before the first byte, is what the submission gets; any other `Fault` damages
    the first delivery of the result.

    Example:
        >>> Job(Answer(text="Hello"), statuses=[Fault.status(500), {"status": "IN_QUEUE"}]).result
    """

    answer: Answer | None = None
    """The result. None is what the emulator would have answered."""
    statuses: Sequence[Mapping[str, Any] | Raw | Fault] = ()
    """What the polls get, one by one, instead of the usual wait; then the job is complete. A
    mapping is the body of a status; with the status COMPLETED the job is complete already."""
    result: Raw | Fault | Sequence[Raw | Fault] | None = None
    """What fetching the result of the complete job gets, one by one, before the usual body."""
    submitted: Mapping[str, Any] = field(default_factory=dict)
    """Laid over the acknowledgement, key by key; a value of `...` leaves that key out."""
    cancelled: Raw | Fault | None = None
    """What cancelling gets; the job is cancelled all the same."""


Item: TypeAlias = "Answer | Raw | Fault"
"""What every host can be told to answer."""
Scripted: TypeAlias = "Answer | Raw | Fault | Job"
"""What a host with a queue can be told to answer."""
