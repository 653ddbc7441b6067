"""Whatever a host sends, the decoder answers with events of the right types or sets `failure`."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from seed_core.errors import APIStatusError, InvalidReplyError, SeedError
from seed_core.events import (
    Event,
    Finish,
    coalesce,
    collect,
)
from seed_core.flow import Response
from seed_core.types import Message, Part, Prompt, Reasoning, Text, ToolCall
from seed_core.wire.messages_reply import decode_messages
from tests.wire.chunks import context, nameless, pieces
from tests.wire.messages.bodies import HELLO, body_of
from tests.wire.messages.streams import read, sse
from tests.wire.well_typed import well_typed

KEYS = st.sampled_from(
    [
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "citation",
        "citations",
        "cited_text",
        "code",
        "content",
        "content_block",
        "cost",
        "data",
        "delta",
        "error",
        "explanation",
        "id",
        "index",
        "input",
        "input_tokens",
        "message",
        "model",
        "name",
        "output_tokens",
        "output_tokens_details",
        "partial_json",
        "provider",
        "request_id",
        "retry_after",
        "server_tool_use",
        "signature",
        "source",
        "status",
        "stop_details",
        "stop_reason",
        "text",
        "thinking",
        "thinking_tokens",
        "title",
        "type",
        "url",
        "usage",
    ]
)
BLOCKS = ["text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "novelty"]
PIECES = [f"{kind}_delta" for kind in ("text", "thinking", "signature", "input_json", "citations")]
KINDS = [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
    "ping",
    "error",
    "novelty",
]
WORDS = st.sampled_from(
    ["", "end_turn", "max_tokens", "refusal", "²", "429", "{", '{"a": 1}', "1" * 5000, "é\u2028"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | WORDS
VALUES = st.recursive(
    SCALARS | st.sampled_from([*BLOCKS, *PIECES, *KINDS]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=8)
INDEXES = st.integers(0, 2) | st.integers(0, 2) | VALUES


def _some(value: Any) -> Any:
    """Mostly what belongs there, sometimes anything."""
    return value | value | VALUES


CONTENT_BLOCKS = OBJECTS | st.fixed_dictionaries(
    {"type": st.sampled_from(BLOCKS)},
    optional={
        "text": _some(WORDS),
        "thinking": _some(WORDS),
        "signature": _some(WORDS),
        "id": _some(WORDS),
        "name": _some(st.just("look")),
        "input": VALUES,
        "citations": _some(st.lists(OBJECTS, max_size=2)),
    },
)
DELTAS = OBJECTS | st.fixed_dictionaries(
    {"type": st.sampled_from(PIECES)},
    optional={
        "text": _some(WORDS),
        "thinking": _some(WORDS),
        "signature": _some(WORDS),
        "partial_json": _some(WORDS),
        "citation": _some(OBJECTS),
        "stop_reason": _some(WORDS),
        "stop_details": VALUES,
    },
)
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "content": _some(st.lists(CONTENT_BLOCKS, max_size=2)),
        "id": VALUES,
        "model": VALUES,
        "usage": _some(OBJECTS),
        "stop_reason": _some(WORDS),
        "stop_details": VALUES,
        "error": VALUES,
    },
)
EVENTS = OBJECTS | st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS)},
    optional={
        "index": INDEXES,
        "message": _some(MESSAGES),
        "content_block": _some(CONTENT_BLOCKS),
        "delta": _some(DELTAS),
        "usage": _some(OBJECTS),
        "error": VALUES,
    },
)
# Mostly in an order that makes sense, so that what comes at the end is reached.
ORDERLY = st.tuples(
    st.fixed_dictionaries({"type": st.just("message_start"), "message": MESSAGES}),
    st.fixed_dictionaries(
        {
            "type": st.just("content_block_start"),
            "index": st.just(0),
            "content_block": CONTENT_BLOCKS,
        }
    ),
    st.fixed_dictionaries(
        {"type": st.just("content_block_delta"), "index": st.just(0), "delta": DELTAS}
    ),
    st.fixed_dictionaries({"type": st.just("message_delta"), "delta": DELTAS}),
).map(list)


def check_stream(stream: bytes, cuts: list[int]) -> None:
    events, reading = read([stream])
    assert (reading.failure is not None) != reading.done
    assert reading.failure is None or isinstance(reading.failure, SeedError)
    assert all(map(well_typed, events))
    assert collect(coalesce(events)) == collect(events)
    cut, again = read(pieces(stream, [min(place, len(stream)) for place in cuts]))
    assert nameless(cut) == nameless(events)
    assert str(again.failure) == str(reading.failure)
    check_resent(events)


def check_resent(events: list[Event]) -> None:
    """What came can be sent back, whatever it was."""
    answer = collect(events)
    if answer.finish is None:
        return
    parts: tuple[Part, ...] = (
        Reasoning(answer.reasoning, answer.state),
        Text(answer.text),
        *answer.tool_calls,
    )
    body_of(Prompt((HELLO, Message("assistant", parts), HELLO)))


CUTS = st.lists(st.integers(0, 400), max_size=5)


@given(st.binary(max_size=200), CUTS)
@example(b"data: [DONE]", [])
@example(b"data: \xff\n\n", [])
@example(b"data: " + b"[" * 5000 + b"\n\n", [])
@example(b'data: {"type": "\\ud800"}\n\n', [])
def test_arbitrary_bytes_are_events_or_a_failure(stream: bytes, cuts: list[int]) -> None:
    check_stream(stream, cuts)


@given(st.lists(EVENTS, max_size=5) | ORDERLY, st.booleans(), CUTS)
def test_arbitrary_events_are_events_or_a_failure(
    events: list[dict[str, Any]], named: bool, cuts: list[int]
) -> None:
    stream = b"".join(
        (b"event: error\n" if named and event.get("type") == "error" else b"")
        + b"data: "
        + json.dumps(event).encode()
        + b"\n\n"
        for event in events
    )
    check_stream(stream, cuts)
    check_stream(stream + sse({"type": "message_stop"}), cuts)


@given(st.binary(max_size=200) | (MESSAGES | OBJECTS).map(lambda body: json.dumps(body).encode()))
def test_arbitrary_bodies_are_events_or_an_error(body: bytes) -> None:
    try:
        events = decode_messages(Response(200, {}, body), context(issuer="host"))
    except (APIStatusError, InvalidReplyError) as error:
        assert str(error)  # noqa: PT017 - either outcome is right
    else:
        assert all(map(well_typed, events))
        assert isinstance(events[-1], Finish)
        check_resent(events)


@given(st.text(max_size=30) | st.builds(json.dumps, VALUES))
def test_arbitrary_arguments_are_an_object(arguments: str) -> None:
    call = ToolCall("t1", "look", arguments.encode("utf-8", "replace").decode())
    sent = body_of(Prompt((HELLO, Message("assistant", (call,)))))["messages"][1]["content"]
    assert isinstance(sent[0]["input"], dict)
