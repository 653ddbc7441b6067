"""The faults of a host that answers: statuses, errors inside a 200, streams that break, rubbish."""

from __future__ import annotations

from typing import Any, Literal

from seed_core.emulator import Answer, Fault, Raw
from seed_core.emulator.scripts import Item
from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    InsufficientCreditError,
    InvalidReplyError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    SeedError,
    ServerError,
    StreamBrokenError,
)
from seed_core.timeouts import Timeout
from tests.contract.rows import Way
from tests.faults.cells import Case, Cell, Items

ANSWER = Answer(text="abcdefghijklmnopqrstuvwxyz" * 4, reasoning="First, I think. ", piece=4)
"""Some of it has come after eight events of every wire, and some has not."""

ANSWERED = Cell()
STREAMED = Cell(kept=None)
"""A stream whose body takes a tenth of a second to end, on a busy machine, loses its connection."""
BILLED = Cell(InvalidReplyError)


def always(item: Item) -> Items:
    """The same at every host."""
    return lambda _: item


def status(code: int, **said: Any) -> Items:
    """A refusal in the host's own words; ModelsLab's hint would be half a minute."""

    def refusal(way: Way) -> Item:
        hinting = way.row.emulated == "modelslab" and code == 429
        hint = {"metadata": {"retry_after": 0}} if hinting else {}
        return Fault.status(code, **(said or hint))

    return refusal


def refused(kind: type[SeedError]) -> Cell:
    """An error that no other try can help."""
    return Cell(kind)


def retried(kind: type[SeedError], *, kept: bool | None = True) -> Cell:
    """An error that three tries did not help."""
    return Cell(kind, 3, kept)


def unsure(kind: type[SeedError], *, kept: bool | None = True) -> Cell:
    """An error after which there may be a job at fal."""
    return Cell(kind, 1, kept, paid_for=True)


_STATUSES = [
    *(
        Case(f"status {code}", status(code), refused(kind), says=f" answered {code}: ")
        for code, kind in {
            400: BadRequestError,
            401: AuthenticationError,
            402: InsufficientCreditError,
            403: PermissionDeniedError,
            404: NotFoundError,
            413: BadRequestError,
            418: APIStatusError,
            422: BadRequestError,
        }.items()
    ),
    Case("status 408", status(408), retried(APIStatusError), queue=unsure(APIStatusError)),
    Case("status 409", status(409), retried(APIStatusError), queue=refused(APIStatusError)),
    Case("status 425", status(425), retried(APIStatusError), queue=refused(APIStatusError)),
    Case("status 429", status(429), retried(RateLimitError)),
    Case("status 503", status(503), retried(ServerError)),
    *(
        Case(f"status {code}", status(code), retried(ServerError), queue=unsure(ServerError))
        for code in (500, 502, 504, 524, 529)
    ),
    Case(
        "status 502 with a page of HTML",
        always(Fault.html(502)),
        retried(ServerError),
        queue=unsure(ServerError),
        says="an HTML page, not the API's JSON",
    ),
    Case(
        "status 307, to another host",
        always(Raw(307, {"location": "http://127.0.0.1:9/elsewhere?signed=yes"})),
        refused(APIStatusError),
        says="a redirect to http://127.0.0.1:9, which is not followed",
    ),
]

STATUSES = sorted(_STATUSES, key=str)
PAST = "Fri, 27 Nov 2020 12:00:00 GMT"
WAITS = [
    Case("429, `Retry-After` in seconds", status(429, retry_after=0.01), retried(RateLimitError)),
    Case("429, `Retry-After` as a date", status(429, retry_after=PAST), retried(RateLimitError)),
    Case(
        "429, `retry-after-ms`",
        status(429, headers={"retry-after-ms": "5"}),
        retried(RateLimitError),
    ),
    Case(
        "429, a wait in the body",
        always(Raw(429, body=b'{"error": {"message": "slow down", "retry_after": 0.01}}')),
        retried(RateLimitError),
    ),
    Case(
        "429, a wait longer than `max_retry_wait`",
        status(429, retry_after=86_400),
        refused(RateLimitError),
        says="retry after 86400 s",
    ),
    Case(
        "429, such a wait in the body",
        always(Raw(429, body=b'{"error": {"message": "slow down", "retry_after": 86400}}')),
        refused(RateLimitError),
        says="retry after 86400 s",
    ),
    Case(
        "503, `x-should-retry: false`",
        always(Raw(503, {"x-should-retry": "false"}, b"{}")),
        refused(ServerError),
    ),
    Case(
        "400, `x-should-retry: true`",
        always(Raw(400, {"x-should-retry": "true"}, b"{}")),
        retried(BadRequestError),
        queue=refused(BadRequestError),
    ),
]

LIMITED = "Rate limit exceeded. Maximum 5 queued requests allowed."
"""ModelsLab's only word for it."""


def _inside(code: int, words: str) -> Items:
    return always(Fault.error_in_body(code, words, {"retry_after": 0}))


FAILED = retried(ServerError)
"""What an error without a code is: fal's own form and ModelsLab's have nothing but words."""
_WORDLESS = {
    "fal-sync-whole": FAILED,
    "modelslab-chat-whole": FAILED,
    "modelslab-chat-stream": retried(ServerError, kept=None),
}
_ALONE = {
    f"{name}-messages-whole": FAILED
    for name in ("openrouter", "empiriolabs", "modelslab", "compatible")
}
INSIDE = [
    Case(
        "an error 502",
        _inside(502, "The upstream died"),
        FAILED,
        retried(ServerError, kept=None),
        unsure(ServerError),
        says="The upstream died",
    ),
    Case(
        "an error 429",
        _inside(429, LIMITED),
        retried(RateLimitError),
        retried(RateLimitError, kept=None),
        refused(ServerError),
        at={"fal-sync-whole": FAILED},
        says="Rate limit exceeded",
    ),
    Case(
        "an error 400",
        _inside(400, "No such thing"),
        refused(BadRequestError),
        Cell(BadRequestError, kept=None),
        refused(ServerError),
        at=_WORDLESS,
        says="No such thing",
    ),
    Case(
        "an error beside a part of the answer",
        always(Fault.error_in_choice(502, "The upstream died", answer=ANSWER)),
        Cell(ServerError, partial=True),
        Cell(ServerError, kept=None, partial=True),
        refused(ServerError),
        # These forms have the one or the other.
        at=_ALONE | {"fal-sync-whole": FAILED},
    ),
]


def _breaks(code: int, finish: Any) -> Items:
    said = {502: "The upstream died", 429: LIMITED}[code]
    return always(Fault.error_mid_stream(8, finish=finish, code=code, message=said, answer=ANSWER))


def _cut(after: int, how: Any) -> Items:
    return always(Fault.cut(after, how=how, answer=ANSWER))


LOST = Cell(APIConnectionError, kept=False)
"""A whole reply that broke off: it may have been billed."""
FETCHED = Cell(kept=None)
"""The result of a job is fetched again, over another connection."""
BROKEN = Cell(StreamBrokenError, kept=False, partial=True)
STREAMS = [
    *(
        Case(what, _breaks(code, finish), None, Cell(kind, kept=None, partial=True))
        for code, kind in ((502, ServerError), (429, RateLimitError))
        for what, finish in (
            (f"an error {code} in mid-stream, as documented", "error"),
            (f"an error {code} in mid-stream, as recorded before", None),
        )
    ),
    Case(
        "the connection closes after the head",
        _cut(0, "close"),
        LOST,
        retried(StreamBrokenError, kept=False),
        FETCHED,
    ),
    Case("it closes in the middle", _cut(8, "close"), LOST, BROKEN, FETCHED),
    Case("it is reset in the middle", _cut(8, "reset"), LOST, BROKEN, FETCHED),
    Case(
        "the body ends properly before it has begun",
        _cut(0, "end"),
        BILLED,
        retried(StreamBrokenError),
    ),
    Case(
        "the body ends properly in the middle",
        _cut(8, "end"),
        BILLED,
        Cell(StreamBrokenError, partial=True),
    ),
    Case(
        "a stream ends without a reason and without its mark",
        always(Answer(text="abc", finish=None, done=False)),
        None,
        Cell(StreamBrokenError, partial=True),
    ),
    Case(
        "a line that is not JSON, in mid-stream",
        always(Fault.garbage(8, answer=ANSWER)),
        None,
        Cell(InvalidReplyError, kept=None, partial=True),
    ),
]


def _late(phase: Any, *, partial: bool = False) -> Cell:
    return Cell(APITimeoutError, kept=False, partial=partial, phase=phase)


_DRIP = Fault.drip(0.01, 1, ANSWER)
_COMMENTS = Fault.comments(0.01)
TIMES = [
    Case(
        "nothing comes, not even a head",
        always(Fault.stall(-1, 5)),
        _late("read"),
        _late("first_token"),
        Cell(APITimeoutError, kept=False, phase="read", paid_for=True),
        timeout=lambda short: Timeout(read=short, first_token=short, idle=short),
    ),
    Case(
        "nothing comes after the head",
        always(Fault.stall(0, 5)),
        _late("read"),
        _late("first_token"),
        FETCHED,
        timeout=lambda short: Timeout(read=short, first_token=short, idle=short),
    ),
    Case(
        "silence in the middle",
        always(Fault.stall(8, 5, ANSWER)),
        _late("read"),
        _late("idle", partial=True),
        FETCHED,
        # Over httpx, from threads, the greater of the two is the limit.
        timeout=lambda short: Timeout(read=short, first_token=max(2.0, short), idle=short),
    ),
    Case(
        "comments for ever, before the first event",
        always(_COMMENTS),
        None,
        _late("first_token"),
        timeout=lambda short: Timeout(first_token=short, idle=short),
    ),
    Case(
        "byte by byte, and `first_token`",
        always(_DRIP),
        None,
        _late("first_token"),
        timeout=lambda short: Timeout(first_token=short),
    ),
    Case(
        "comments for ever, in the middle, and `total`",
        always(Fault.comments(0.01, after=8, answer=ANSWER)),
        None,
        _late("total", partial=True),
        timeout=lambda short: Timeout(total=10 * short),
    ),
    Case(
        "comments (blanks, in a whole reply) for ever, and `total`",
        always(_COMMENTS),
        _late("total"),
        queue=Cell(APITimeoutError, kept=False, phase="total", paid_for=True),
        timeout=lambda short: Timeout(total=short),
    ),
    Case(
        "byte by byte, and `total`",
        always(_DRIP),
        _late("total"),
        queue=Cell(APITimeoutError, kept=False, phase="total", paid_for=True),
        timeout=lambda short: Timeout(total=short),
    ),
]


def _reply(whole: bytes, streamed: bytes | None = None, **headers: str) -> Items:
    """Bytes under status 200."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def reply(way: Way) -> Item:
        event = b"data: " + whole + b"\n\n" if streamed is None else streamed
        return Raw(headers=named, body=event if way.stream else whole)

    return reply


CODINGS: tuple[Literal["gzip", "deflate"], ...] = ("gzip", "deflate")
NO_STREAM = retried(StreamBrokenError)
"""A stream that ended before anything came: nothing of it can have been read, or billed."""
FORMS = [
    Case("an empty body", _reply(b"", b""), BILLED, NO_STREAM),
    Case("an empty object", _reply(b"{}", b"data: {}\n\n"), BILLED, NO_STREAM),
    *(
        Case(what, _reply(body), BILLED, Cell(InvalidReplyError, kept=None))
        for what, body in {
            "JSON that is no object": b"[1, null]",
            "JSON that is cut off": b'{"choices": [{"mess',
            "invalid UTF-8 in JSON": b'{"a": "\xff\xfe"}',
            "JSON that is nested without end": b'{"a":' * 50_000,
            "a number with a million digits": b'{"a": ' + b"1" * 1_000_000 + b"}",
        }.items()
    ),
    Case("bytes that are no text", _reply(b"\xff\x00\xfe", b"\xff\x00\xfe"), BILLED, NO_STREAM),
    Case("a page of HTML", always(Fault.html(200)), BILLED),
    *(
        Case(f"the answer {what}", always(Fault.content_type(kind, ANSWER)), ANSWERED, STREAMED)
        for what, kind in {
            "as `text/plain`": "text/plain",
            "as `application/octet-stream`": "application/octet-stream",
            "without a content type": "",
        }.items()
    ),
    *(
        Case(
            f"the answer in `{coding}`",
            always(Fault.compressed(coding, ANSWER)),
            ANSWERED,
            STREAMED,
        )
        for coding in CODINGS
    ),
    Case(
        "a stream as `application/json`",
        always(Fault.content_type("application/json", ANSWER)),
        None,
        BILLED,
    ),
    Case(
        "`content-encoding: gzip`, and the body is not",
        _reply(b"not so :(" * 9, b"not so :(" * 9, content_encoding="gzip"),
        Cell(InvalidReplyError, kept=None),
        says="does not decompress",
    ),
    Case(
        "a coding that nobody asked for",
        _reply(b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfd", content_encoding="zstd"),
        Cell(InvalidReplyError, kept=None),
        says="'zstd' is not known here",
    ),
]
