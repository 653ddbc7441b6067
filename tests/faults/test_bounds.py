"""What a host sends without end is read up to a limit: in bytes, in memory and in time."""

import gzip
import itertools
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from seed_core.emulator import Answer, Emulator, Raw
from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    InvalidReplyError,
    Phase,
    ServerError,
)
from seed_core.events import collect
from seed_core.flow import Retry
from seed_core.inflating import Inflater
from seed_core.limits import (
    ERROR_BYTES,
    ERROR_SECONDS,
    EVENT_BYTES,
    INFLATED_BYTES,
    LIFE_SECONDS,
    MIB,
    REPLY_BYTES,
    STREAM_BYTES,
)
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.providers.explain import read_retry_after
from seed_core.timeouts import Deadline, Timeout
from tests.core.calling import COLOURS, ONCE, Colour, ask, provider_at
from tests.core.transport.scripted import Line, Scripted, once, plain
from tests.faults.served import EVENTS, JSON, LINE, endless, squeezed
from tests.wire.chunks import chunk, decoder, sse

LONG = 60.0
"""Seconds that nothing here takes unless it hangs, on however busy a machine."""

every_way = pytest.mark.parametrize("transport", ["auto", "httpx"])
both_colours = pytest.mark.parametrize("colour", COLOURS)
both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def at(server: Scripted) -> Provider:
    """A host at a server of bytes."""
    return resolve("compatible", base_url=server.url, model="m", api_key="")


@contextmanager
def within(most: int) -> Iterator[None]:
    """Whether no more memory was held at any time than so many bytes."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < most, f"{peak / MIB:.1f} MiB"


# --- one event, one stream, one reply -------------------------------------------------------------


@every_way
@both_colours
def test_a_line_that_never_ends_is_read_up_to_a_limit(colour: Colour, transport: str) -> None:
    with Scripted(endless(EVENTS, lambda: iter(LINE))) as server, within(EVENT_BYTES + 8 * MIB):
        outcome = ask(colour, at(server), stream=True, retry=ONCE, transport=transport)
    error = outcome.failure(InvalidReplyError)
    assert "compatible sent more than 16,777,216 bytes without a whole event" in str(error)
    assert not error.retryable
    assert outcome.seconds < LONG


@every_way
@both_colours
def test_comments_without_end_are_read_up_to_a_limit(colour: Colour, transport: str) -> None:
    comments = itertools.repeat((b": " + b"PROCESSING " * 90 + b"\n\n") * 60)
    with Scripted(endless(EVENTS, lambda: comments)) as server, within(8 * MIB):
        outcome = ask(colour, at(server), stream=True, retry=ONCE, transport=transport)
    assert "without a whole event" in str(outcome.failure(InvalidReplyError))
    assert outcome.seconds < LONG


def test_events_that_come_in_time_may_be_long_and_many() -> None:
    reading = decoder()
    for _ in range(18):
        assert reading.feed((b": " + b"PROCESSING " * 90 + b"\n\n") * 1000) == []
        (event,) = reading.feed(sse(chunk({"content": "x" * MIB}), done=False))
        assert len(collect([event]).text) == MIB
    assert reading.failure is None


def test_a_stream_without_end_is_read_up_to_a_limit() -> None:
    reading = decoder()
    block = sse(chunk({"content": "x" * (MIB // 2)}), done=False)
    fed = 0
    while reading.failure is None:
        reading.feed(block)
        fed += len(block)
    assert STREAM_BYTES < fed <= STREAM_BYTES + len(block)
    assert isinstance(reading.failure, InvalidReplyError)
    assert "bytes in one stream" in str(reading.failure)


def test_an_answer_that_is_over_is_whole_whatever_follows() -> None:
    reading = decoder()
    events = reading.feed(sse(chunk({"content": "Hi"}, "stop")))
    reading.feed(b"x" * (EVENT_BYTES + 1))
    assert reading.failure is None
    assert collect(events).finish is not None


@every_way
@both_colours
@pytest.mark.parametrize("filler", [b"a", b" "], ids=["words", "blanks"])
def test_a_reply_that_never_ends_is_read_up_to_a_limit(
    colour: Colour, transport: str, filler: bytes
) -> None:
    pieces = itertools.repeat(filler * 262_144)
    with Scripted(endless(JSON, lambda: pieces)) as server, within(REPLY_BYTES + 8 * MIB):
        outcome = ask(colour, at(server), stream=False, retry=ONCE, transport=transport)
    error = outcome.failure(InvalidReplyError)
    assert "compatible sent more than 67,108,864 bytes in one reply" in str(error)
    assert not error.retryable
    assert outcome.seconds < LONG


@every_way
@both_colours
@both
def test_the_body_of_an_error_is_read_up_to_a_limit(
    colour: Colour, stream: bool, transport: str
) -> None:
    head = "HTTP/1.1 503 No\r\ncontent-type: application/json"
    pieces = (b'{"error": {"message": "busy", "input": "', *itertools.repeat(b"a" * 65_536, 4000))
    with Scripted(endless(head, lambda: iter(pieces))) as server, within(8 * ERROR_BYTES):
        outcome = ask(colour, at(server), stream=stream, transport=transport)
        assert len(server.received) == 3
    error = outcome.failure(ServerError)
    assert "compatible answered 503: busy" in str(error)
    assert outcome.seconds < LONG


@pytest.mark.slow  # it waits for as long as such a body may take
@pytest.mark.parametrize(("colour", "transport"), [("sync", "auto"), ("async", "httpx")])
def test_the_body_of_an_error_is_read_for_so_long(colour: Colour, transport: str) -> None:
    head = "HTTP/1.1 503 No\r\ncontent-type: text/plain"

    def drops() -> Iterator[bytes]:
        while True:
            yield b"no "
            time.sleep(0.2)

    with Scripted(endless(head, drops)) as server:
        outcome = ask(colour, at(server), stream=False, retry=ONCE, transport=transport)
    assert "503: no no" in str(outcome.failure(ServerError))
    assert outcome.seconds < ERROR_SECONDS + LONG


@both_colours
def test_interim_responses_without_end_are_no_answer(colour: Colour) -> None:
    def serve(line: Line) -> None:
        line.request()
        while True:
            line.send(b"HTTP/1.1 103 Early\r\nlink: <a>\r\n\r\n" * 1000)

    with Scripted(serve) as server, within(8 * MIB):
        outcome = ask(colour, at(server), stream=False, retry=ONCE, transport="auto")
    assert "interim responses without end" in str(outcome.failure(APIConnectionError))


# --- compression ----------------------------------------------------------------------------------


@every_way
@both_colours
def test_a_reply_that_grows_when_it_is_decompressed_is_read_up_to_a_limit(
    colour: Colour, transport: str
) -> None:
    bomb = plain(squeezed(b'{"a": "', b"a", 2 * REPLY_BYTES), "content-encoding: gzip")
    with Scripted(once(bomb)) as server, within(REPLY_BYTES + 8 * MIB):
        outcome = ask(colour, at(server), stream=False, retry=ONCE, transport=transport)
    assert "bytes in one reply" in str(outcome.failure(InvalidReplyError))
    assert outcome.seconds < LONG


@every_way
@both_colours
@pytest.mark.parametrize("begin", [b"data: ", b": "], ids=["event", "comment"])
def test_a_stream_that_grows_when_it_is_decompressed_is_read_up_to_a_limit(
    colour: Colour, transport: str, begin: bytes
) -> None:
    head = ("content-encoding: gzip", "content-type: text/event-stream")
    bomb = plain(squeezed(begin, b"a", 4 * EVENT_BYTES), *head)
    with Scripted(once(bomb)) as server, within(EVENT_BYTES + 8 * MIB):
        outcome = ask(colour, at(server), stream=True, retry=ONCE, transport=transport)
    assert "bytes without a whole event" in str(outcome.failure(InvalidReplyError))


@every_way
@both_colours
def test_a_coding_on_top_of_a_coding_is_refused(colour: Colour, transport: str) -> None:
    bomb = gzip.compress(squeezed(b"{", b" ", 64 * MIB))
    with Scripted(once(plain(bomb, "content-encoding: gzip, gzip"))) as server, within(8 * MIB):
        outcome = ask(colour, at(server), stream=False, retry=ONCE, transport=transport)
    assert "'gzip, gzip' is not known here" in str(outcome.failure(InvalidReplyError))


def test_decompression_goes_a_piece_at_a_time() -> None:
    inflater = Inflater("gzip")
    sizes = [len(inflater.feed(squeezed(b"", b"ab", 8 * MIB)))]
    while inflater.pending:
        sizes.append(len(inflater.feed(b"")))
    assert sum(sizes) == 8 * MIB
    assert max(sizes) == INFLATED_BYTES
    inflater.end()
    assert inflater.feed(b"what follows is dropped") == b""


@pytest.mark.parametrize(
    ("coding", "squeeze"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_compressed_body_that_stops_in_the_middle_is_not_whole(
    coding: str, squeeze: Callable[[bytes], bytes]
) -> None:
    body = squeeze(b"some words")
    for size in range(1, len(body)):
        inflater = Inflater(coding)
        inflater.feed(body[:size])
        with pytest.raises(ValueError, match="it stops in the middle"):
            inflater.end()
    Inflater(coding).end()  # a body that was not sent at all


@every_way
@both_colours
def test_a_reply_that_stops_within_its_compression_is_invalid(
    emulator: Emulator, colour: Colour, transport: str
) -> None:
    whole = gzip.compress(b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}')
    coded = {"content-encoding": "gzip"}
    emulator.script(*(Raw(headers=coded, body=body) for body in (whole[:-9], whole[:-1], whole)))
    where = provider_at(emulator)
    for _ in range(2):
        outcome = ask(colour, where, stream=False, retry=ONCE, transport=transport)
        assert "it stops in the middle" in str(outcome.failure(InvalidReplyError))
    assert ask(colour, where, stream=False, transport=transport).reply.text == "Hi"


@every_way
@both_colours
def test_an_error_whose_body_does_not_decompress_is_still_that_error(
    emulator: Emulator, colour: Colour, transport: str
) -> None:
    spoilt = Raw(503, {"content-encoding": "gzip"}, b"not so :(" * 9)
    emulator.script(spoilt, Answer(text="At last"))
    outcome = ask(colour, provider_at(emulator), stream=False, transport=transport)
    assert outcome.reply.text == "At last"


def test_a_body_that_a_hook_has_read_is_not_decompressed_twice(emulator: Emulator) -> None:
    whole = b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}'
    emulator.script(Raw(headers={"content-encoding": "gzip"}, body=gzip.compress(whole)))
    hooks: Any = {"response": [lambda response: response.read()]}
    with httpx.Client(event_hooks=hooks) as client:
        outcome = ask("sync", provider_at(emulator), stream=False, http_client=client)
    assert outcome.reply.text == "Hi"


# --- time and tries -------------------------------------------------------------------------------


@pytest.mark.parametrize(("streaming", "phase"), [(True, "idle"), (False, "read")])
def test_signs_of_life_alone_end_after_an_hour(streaming: bool, phase: Phase) -> None:
    deadline = Deadline(Timeout(), barren_since=time.monotonic() - LIFE_SECONDS + 60)
    deadline.barren("host", streaming=streaming)
    assert deadline.barren_since is not None
    deadline.barren_since -= 61
    with pytest.raises(APITimeoutError, match="host sent only signs of life for 3600 s") as caught:
        deadline.barren("host", streaming=streaming)
    assert caught.value.phase == phase
    for patient in (None, 2 * LIFE_SECONDS):
        limits = Timeout(idle=patient, read=patient)
        Deadline(limits, barren_since=deadline.barren_since).barren("host", streaming=streaming)


def test_an_event_ends_what_were_only_signs_of_life() -> None:
    deadline = Deadline.start(Timeout())
    deadline.barren("host", streaming=True)
    assert deadline.barren_since is not None
    deadline.begin(streaming=True)
    assert deadline.barren_since is None


def test_waits_can_be_told_for_any_number_of_retries() -> None:
    retry = Retry(max_retries=100_000, max_wait=1e9, jitter=lambda: 1.0)
    lost = APIConnectionError("lost")
    assert [retry.wait(lost, n, 0.0) for n in (0, 1, 4, 5, 99_999)] == [0.5, 1.0, 8.0, 8.0, 8.0]


@pytest.mark.parametrize(
    "said", ["Fri, 31 Dec 2026 23:59:59 +99999999999", "1 Jan 99999999999999999999 00:00:00 GMT"]
)
def test_a_date_that_no_clock_shows_is_no_wait(said: str) -> None:
    assert read_retry_after({"retry-after": said}, {}) is None


# --- elsewhere ------------------------------------------------------------------------------------


@every_way
@both_colours
@both
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_says_where_it_points_and_no_more(
    colour: Colour, stream: bool, transport: str, status: int
) -> None:
    with Scripted(once(plain())) as elsewhere:
        to = elsewhere.url.replace("//", "//user:pass@") + "?sig=abc"
        page = ("content-type: text/html", f"location: {to}")
        with Scripted(once(plain(b"<html>moved</html>", *page, status=status))) as server:
            outcome = ask(colour, at(server), stream=stream, transport=transport)
            assert len(server.received) == 1
        assert elsewhere.received == []
    error = outcome.failure(APIStatusError)
    said = f"a redirect to http://127.0.0.1:{elsewhere.port}, which is not followed"
    assert said in str(error)
    assert "pass" not in str(error)
    assert "abc" not in str(error)
    assert not error.retryable


def test_a_redirect_that_names_no_scheme_is_said_as_it_is() -> None:
    with Scripted(once(plain(b"", "location: //a.example/b?sig=abc", status=302))) as server:
        outcome = ask("sync", at(server), stream=False)
    error = outcome.failure(APIStatusError)
    assert "302: a redirect to //a.example, which is not followed" in str(error)


@pytest.mark.parametrize(
    "place", [None, "", "/elsewhere", "http://[", "http://h:99999/", "https://bell\x7f/"]
)
def test_a_redirect_to_nowhere_is_said_without_a_place(place: str | None) -> None:
    location = [] if place is None else [f"location: {place}"]
    with Scripted(once(plain(b"", *location, status=302))) as server:
        outcome = ask("sync", at(server), stream=False)
    error = outcome.failure(APIStatusError)
    assert "302: a redirect, which is not followed" in str(error)
