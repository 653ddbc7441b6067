"""Twice as much takes twice as long, whatever it is: counted in calls, and timed at large."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from seed_core.events import TextDelta, ToolCallDelta, coalesce, collect
from seed_core.flow import Response
from seed_core.sse import EventReader
from seed_core.types import JsonSchema, Tool
from seed_core.videos.envelope import Envelope, open_envelope
from seed_core.videos.explain import explain
from seed_core.videos.status import status_of
from seed_core.videos.webhook import parse_webhook
from seed_core.wire.schema_prompt import problems, read_format
from seed_core.wire.stops import cut
from seed_core.wire.typed import parameter_schema, typed
from tests.fuzz.answers import HELLO, sse
from tests.fuzz.calls import HOSTS, ONCE, outcome, read, reading
from tests.fuzz.growing import Work, check_steps, check_time
from tests.wire import chunks as chat
from tests.wire.markup.reading import events_of
from tests.wire.messages import streams as messages
from tests.wire.responses import stream as responses


def stream(host: str, events: Iterable[Any], size: int = 10**9) -> Work:
    """Read a stream, in blocks of a size."""
    data = sse(list(events))
    blocks = [data[i : i + size] for i in range(0, len(data), size)]
    return lambda: collect(coalesce(read(blocks, reading(HOSTS[host], HELLO))))


def whole(host: str, body: Any, status: int = 200, **headers: str) -> Work:
    """Read a whole reply."""
    said = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(status, headers, said)
    return lambda: outcome(HOSTS[host].call(HELLO, stream=False, retry=ONCE), [response])


def calls(many: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [chat.chunk({"tool_calls": [one]}) for one in many]


def call(n: int, **fields: Any) -> dict[str, Any]:
    return {"function": {"name": "f", "arguments": "{}"}, **fields, "id": f"call_{n}"}


def detail(n: int, **fields: Any) -> dict[str, Any]:
    return {"type": "reasoning.text", "text": "x", **fields}


def in_blocks(data: bytes) -> Work:
    """Find the events in what comes a few bytes at a time."""

    def work() -> object:
        reader = EventReader()
        return [reader.feed(data[i : i + 5]) for i in range(0, len(data), 5)], reader.end()

    return work


def explained(code: str, n: int) -> Work:
    return lambda: explain(({"code": code * n + "\n", "message": code * n},), status=400)


FAILED = {"taskUUID": "t", "status": "error"}


def failures(n: int) -> Work:
    items = tuple({**FAILED, "error": {"code": f"{i}"}, "resultIndex": i} for i in range(n))
    errors = tuple({"code": f"x{i}", "message": "y"} for i in range(n))
    return lambda: status_of(Envelope(items, errors), "t")


def webhook(n: int) -> Work:
    body = {"data": [{"taskUUID": f"t{i}", "videoURL": "https://a.example"} for i in range(n)]}
    return lambda: parse_webhook(body)


NUMBER: dict[str, Any] = {"properties": {"a": {"$ref": "#/$defs/a"}}}
NUMBERED: dict[str, Any] = {"$defs": {"a": {"type": "integer"}}}


def choices(n: int) -> Work:
    """A text that none of many types admits."""
    types = {f"a{i}": {"type": "integer"} for i in range(n)}
    schema = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in types], "$defs": types}
    return lambda: typed("word", schema, schema)


def checks(n: int) -> Work:
    """Objects that all fit: a check ends at the first few that do not."""
    schema = {**NUMBERED, "items": NUMBER, "uniqueItems": True}
    assert problems([{"a": "no number"}], schema), "nothing is checked"
    return lambda: problems([{"a": i} for i in range(n)], schema)


def parameters(n: int) -> Work:
    schema = {"allOf": [{"properties": {f"p{i}": {"type": "integer"}}} for i in range(200)]}
    text = "<function=f>" + "<parameter=p7>1</parameter>" * n + "</function>"
    return lambda: events_of([text], (Tool("f", "", schema),))


def pages(n: int) -> Work:
    text = "".join(f'{{"b": {i}}} and ' for i in range(n)) + "{" * n + '{"a": [' * n
    return lambda: read_format(text, JsonSchema("n", {"required": ["a"]}))


READERS: dict[str, tuple[Callable[[int], Work], int]] = {
    "sse: one line": (lambda n: in_blocks(b"data: " + b"x" * n), 20_000),
    "sse: blank lines": (lambda n: in_blocks(b"\n" * n), 5_000),
    "sse: lines of one event": (lambda n: in_blocks(b"data: x\n" * n), 1_000),
    "chat: one word": (
        lambda n: stream("byteplus-chat", [chat.chunk({"content": "a"})] * n),
        100,
    ),
    "chat: words": (
        lambda n: stream("byteplus-chat", (chat.chunk({"content": f"w{i}"}) for i in range(n)), 99),
        200,
    ),
    "chat: new fields": (
        lambda n: stream(
            "byteplus-chat", ({**chat.chunk({"content": "a"}), f"f{i}": 1} for i in range(n))
        ),
        100,
    ),
    "chat: calls by id": (lambda n: stream("byteplus-chat", calls(map(call, range(n)))), 100),
    "chat: calls by index": (
        lambda n: stream("byteplus-chat", calls(call(i, index=i * 10**9) for i in range(n))),
        100,
    ),
    "chat: one call in many": (
        lambda n: stream("byteplus-chat", calls([call(1, index=0)] * n)),
        100,
    ),
    "chat: details": (
        lambda n: stream(
            "openrouter-chat",
            (chat.chunk({"reasoning_details": [detail(i, id=f"{i}")]}) for i in range(n)),
        ),
        100,
    ),
    "chat: details in turn": (
        lambda n: stream(
            "openrouter-chat",
            (chat.chunk({"reasoning_details": [detail(i, index=i % 50)]}) for i in range(n)),
        ),
        100,
    ),
    "chat: notes": (
        lambda n: whole(
            "openrouter-chat", chat.message(content="", annotations=[{"type": "f"}] * n)
        ),
        200,
    ),
    "messages: blocks": (
        lambda n: stream(
            "openrouter-messages",
            [messages.begin(), *(e for i in range(n) for e in messages.text_block("a", index=i))],
        ),
        50,
    ),
    "messages: calls": (
        lambda n: stream(
            "openrouter-messages",
            [
                messages.begin(),
                *(e for i in range(n) for e in messages.call_block("{}", index=i, ident=f"{i}")),
            ],
        ),
        50,
    ),
    "messages: pieces": (
        lambda n: stream(
            "openrouter-messages",
            [
                messages.begin(),
                *messages.call_block(*['"x"'] * n),
                *messages.thought_block(*"x" * n),
            ],
        ),
        50,
    ),
    "messages: citations": (
        lambda n: stream(
            "openrouter-messages",
            [
                messages.begin(),
                messages.start({"type": "text"}),
                *[messages.piece("citations", citation={"url": "u"})] * n,
            ],
        ),
        100,
    ),
    "responses: items": (
        lambda n: stream(
            "openrouter-responses",
            [
                responses.CREATED,
                *responses.events_of(*(responses.said("abc", ident=f"m{i}") for i in range(n))),
                responses.completed(*(responses.said("abc", ident=f"m{i}") for i in range(n))),
            ],
        ),
        30,
    ),
    "responses: items unseen": (
        lambda n: stream(
            "openrouter-responses",
            [
                responses.CREATED,
                responses.completed(
                    *(
                        item
                        for i in range(n)
                        for item in (responses.thought("a"), responses.said("b"))
                    )
                ),
            ],
        ),
        50,
    ),
    "responses: parts": (
        lambda n: stream(
            "openrouter-responses",
            [
                responses.CREATED,
                *(
                    responses.event("output_text.delta", delta="a", output_index=0, content_index=i)
                    for i in range(n)
                ),
                responses.completed(responses.said(*"a" * n)),
            ],
        ),
        100,
    ),
    "responses: notes": (
        lambda n: stream(
            "openrouter-responses",
            [
                responses.CREATED,
                *[responses.event("output_text.annotation.added", annotation={"type": "f"})] * n,
            ],
        ),
        100,
    ),
    "fal: rows of an error": (
        lambda n: whole("fal-sync", {"detail": [{"msg": "x", "type": "y", "loc": ["a"]}] * n}, 422),
        100,
    ),
    "fal: words in dots": (
        lambda n: whole("fal-sync", {"detail": "x", "error_type": "a." * n}, 400),
        2000,
    ),
    "an error without an end": (
        lambda n: whole("byteplus-chat", b'{"error": {"message": "' + b"[{" * n, 500),
        1000,
    ),
    "runware: codes": (lambda n: explained("timeout", n), 1000),
    "runware: codes of balance": (lambda n: explained("balance", n), 1000),
    "runware: failures": (failures, 100),
    "runware: tasks": (webhook, 100),
    "runware: frames": (
        lambda n: lambda: open_envelope({"data": [{}] * n, "errors": ["x"] * n}),
        500,
    ),
    "stops": (
        lambda n: lambda: cut([TextDelta("ab")] * n, ["abab" * 8 + "c", "ba" * 40 + "d"]),
        500,
    ),
    "fold": (
        lambda n: (
            lambda: collect(
                coalesce([ToolCallDelta(i % 7, "x") for i in range(n)] + [TextDelta("a")] * n)
            )
        ),
        500,
    ),
    "markup: parameters": (parameters, 50),
    "schema: answers": (pages, 20),
    "schema: checks": (checks, 50),
    "schema: choices": (choices, 50),
    "schema: types": (
        lambda n: (
            lambda: typed(
                json.dumps([1] * n), parameter_schema("a", {**NUMBER, **NUMBERED}), NUMBERED
            )
        ),
        500,
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_twice_as_much_takes_twice_the_steps(name: str) -> None:
    check_steps(*READERS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_much_more_takes_no_longer_than_so_much_more(name: str) -> None:
    check_time(*READERS[name])
