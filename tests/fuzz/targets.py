"""What the coverage-guided search (`make fuzz`) calls with bytes of its own making, and its seeds.

The first byte of an input says which host, prompt or status it is about. A target returns, or the
input is a find: it becomes an ordinary test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seed_core import media
from seed_core.errors import MediaError, SeedError
from seed_core.events import TextDelta, collect
from seed_core.flow import Response
from seed_core.sse import EventReader
from seed_core.tokens import estimate_tokens
from seed_core.types import Bytes, Document, Image, JsonSchema, Message, Prompt, Tool, Video
from seed_core.videos.runware import resolve_runware
from seed_core.videos.watch import look
from seed_core.videos.webhook import parse_webhook
from seed_core.wire.schema_prompt import problems, read_format
from seed_core.wire.typed import parameter_schema, typed
from tests.core.test_http1_against_h11 import read_here
from tests.core.test_measuring import jpeg, mp4, png
from tests.fuzz.answers import BODIES, HELLO, MARKUP, QUEUE, STREAMS, WITH_TOOLS, sse
from tests.fuzz.calls import AGAIN, HOSTS, STREAMING, check_answers, check_stream, kind_of, outcome
from tests.fuzz.hostile import NASTY, in_pieces, keys_in, words_in, written
from tests.fuzz.test_flows import FILMED
from tests.fuzz.test_readers import SCHEMA, VALUE
from tests.fuzz.test_streams import plainly
from tests.video.asking import TASK
from tests.wire.markup.reading import TOOLS, events_of, shape

CUTS = (0.1, 0.31, 0.5, 0.77)
STATUSES = (200, 200, 200, 202, 302, 400, 403, 408, 422, 429, 500, 503)
RUNWARE = resolve_runware("rw-a-key-that-nobody-may-see")
SEEDS = (0, 1, 2, 3)
"""First bytes of the seeds."""


@dataclass(frozen=True)
class Target:
    """One thing to try, with inputs to begin from and words to use."""

    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    words: frozenset[str] = field(default=frozenset())


def chosen(options: list[Any], data: bytes) -> Any:
    """One of the options, by the first byte."""
    return options[(data[0] if data else 0) % len(options)]


def stream_of(kind: str) -> Target:
    hosts = [host for host in STREAMING.values() if kind_of(host) == kind]
    ways = [(host, prompt) for prompt in (HELLO, WITH_TOOLS) for host in hosts]

    def run(data: bytes) -> None:
        host, prompt = chosen(ways, data)
        check_stream(host, prompt, data[1:], CUTS)

    return made(run, [sse(events) for events in STREAMS[kind]], STREAMS[kind])


def reply_of(kind: str) -> Target:
    hosts = [host for host in HOSTS.values() if kind_of(host) == kind]
    ways = [(host, status) for host in hosts for status in STATUSES]

    def run(data: bytes) -> None:
        host, status = chosen(ways, data)
        bodies = data[1:].split(b"\n\n")
        answers = [Response(status, {"retry-after": "1"}, body) for body in bodies]
        check_answers(host, WITH_TOOLS, answers)

    good = [*BODIES[kind], *(QUEUE if kind == "fal" else ())]
    seeds = [written(body) for body in good]
    if kind == "fal":
        seeds.append(b"\n\n".join(map(written, QUEUE)))
    return made(run, seeds, good)


def films() -> Target:
    def run(data: bytes) -> None:
        outcome(look(RUNWARE, TASK, AGAIN), [Response(chosen([*STATUSES], data), {}, data[1:])])
        try:
            parse_webhook(data[1:])
        except SeedError:
            return

    return made(run, [written(body) for body in FILMED], FILMED)


def lines() -> Target:
    def run(data: bytes) -> None:
        each_line, data = bool(data[:1] > b"\x7f"), data[1:]
        expected = plainly(data, each_line=each_line)
        for pieces in ([data], in_pieces(data, CUTS)):
            reader = EventReader(each_line=each_line)
            found = [event for piece in pieces for event in reader.feed(piece)]
            assert found + reader.end() == expected

    return made(run, [b"event: a\r\ndata: b\n\ndata: c\ndata: d\r\r: e\n\ndata:[DONE]"], ["data"])


def markup() -> Target:
    def run(data: bytes) -> None:
        think, text = bool(data[:1] > b"\x7f"), data[1:].decode("utf-8", "surrogateescape")
        told = chosen([True, False, None], data)
        whole = events_of([text], TOOLS, think=think, cut_off=told)
        pieces = [text[: len(text) // 3], text[len(text) // 3 : -2], text[-2:]]
        if len(text) > 4:
            again = events_of(pieces, TOOLS, think=think, cut_off=told)
            assert shape(again) == shape(whole)
        assert all(event.text for event in whole if isinstance(event, TextDelta))
        assert all(call.name for call in collect(whole).tool_calls)

    tags = ["<seed:think>", "</seed:think>", "<function=get_weather>", "<parameter=days>", "```"]
    return made(run, [MARKUP.replace("look", "get_weather").encode()], tags)


def schemas() -> Target:
    def run(data: bytes) -> None:
        try:
            schema, value, text = json.loads(data[1:])
        except (ValueError, RecursionError, TypeError):
            return
        if not isinstance(schema, dict) or not isinstance(text, str):
            return
        assert len(problems(value, schema)) <= 5
        read_format(text, JsonSchema("n", schema))
        json.dumps(typed(text, parameter_schema("days", schema), schema))
        events_of([f"<function=f><parameter=days>{text}</function>"], (Tool("f", "", schema),))

    seeds = [written([SCHEMA, VALUE, text]) for text in ("1", '{"days": 1}', "[1, 'a']", "null")]
    return made(run, seeds, SCHEMA)


def medias() -> Target:
    def run(data: bytes) -> None:
        kind = chosen(["image", "video", "document"], data)
        text = data[1:].decode("utf-8", "surrogateescape")
        for make in (
            lambda: media.from_bytes(data[1:], kind),
            lambda: media.from_base64(text, kind),
            lambda: media.from_url(text, kind),
            lambda: media.from_path(text, kind),
        ):
            try:
                make()
            except MediaError:
                continue

    seeds = [b"\x89PNG\r\n\x1a\n1234", b"data:image/png;base64,iVBORw0KGgo=", b"https://a.example"]
    return made(run, seeds, ["data:", ";base64,", "image/", "https://", "ftyp"])


def measures() -> Target:
    def run(data: bytes) -> None:
        source = Bytes(data[1:])
        for part in (Image(source), Video(source), Document(source)):
            assert 0 < estimate_tokens(Prompt((Message("user", (part,)),))) < 10**6

    seeds = [png(9, 9), jpeg(9, 9), mp4(9, 9), b"%PDF-1.4 /Type /Page"]
    return made(run, seeds, ["moov", "mvhd", "trak", "tkhd", "IHDR", "VP8X", "/Type", "/Page"])


def heads() -> Target:
    def run(data: bytes) -> None:
        method = chosen(["GET", "POST", "HEAD"], data)
        whole = read_here(method, [data[1:]])
        assert read_here(method, in_pieces(data[1:], CUTS)) == whole

    head = b"HTTP/1.1 200 OK\r\n"
    seeds = [
        head + b"content-length: 3\r\n\r\nabc",
        head + b"transfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nx: y\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + head + b"connection: close\r\n\r\nabc",
    ]
    return made(run, seeds, ["content-length: ", "chunked", "\r\n"])


def messages_of(framework: str) -> Target:
    """The property of the ordinary test, with the choices made by the search."""
    if framework == "langchain":
        from tests.fuzz.test_langchain import any_messages
    else:
        from tests.fuzz.test_llamaindex import any_messages
    made: Any = given(st.data())(any_messages)
    return Target(
        made.hypothesis.fuzz_one_input, tuple(bytes(range(n, n + 200)) for n in range(0, 56, 7))
    )


def made(run: Callable[[bytes], object], seeds: list[bytes], known: Any) -> Target:
    """A target whose seeds begin with different bytes, with the words of what is known."""
    words = frozenset(keys_in(known) | words_in(known))
    return Target(run, tuple(bytes([n]) + seed for seed in seeds for n in SEEDS), words)


TARGETS: dict[str, Callable[[], Target]] = {
    "sse": lines,
    "http1": heads,
    "stream-chat": lambda: stream_of("chat"),
    "stream-messages": lambda: stream_of("messages"),
    "stream-responses": lambda: stream_of("responses"),
    "reply-chat": lambda: reply_of("chat"),
    "reply-messages": lambda: reply_of("messages"),
    "reply-responses": lambda: reply_of("responses"),
    "reply-fal": lambda: reply_of("fal"),
    "runware": films,
    "markup": markup,
    "schema": schemas,
    "media": medias,
    "measure": measures,
    "langchain": lambda: messages_of("langchain"),
    "llamaindex": lambda: messages_of("llamaindex"),
}


def dictionary(words: frozenset[str]) -> Iterator[str]:
    """The lines of a dictionary in libFuzzer's form."""
    for word in sorted(words):
        if 0 < len(word) < 60:
            yield _quoted(word.encode("utf-8", "replace"))
    for nasty in NASTY:
        yield _quoted(nasty[:60])


def _quoted(data: bytes) -> str:
    plain = {*b" !#$%&'()*+,-./:;<=>?@[]^_`{|}~"} | {
        *range(48, 58),
        *range(65, 91),
        *range(97, 123),
    }
    return '"' + "".join(chr(one) if one in plain else f"\\x{one:02x}" for one in data) + '"'
