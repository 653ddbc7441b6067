"""Whatever a host sends, the decoder answers with events of the right types or sets `failure`."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from seed_core.errors import APIStatusError, InvalidReplyError, SeedError
from seed_core.events import (
    Finish,
    coalesce,
    collect,
)
from seed_core.flow import Response
from seed_core.providers.explain import explain_response
from seed_core.providers.openrouter import OPENROUTER
from seed_core.wire.chat_reply import decode_chat
from tests.wire.chunks import context, nameless, pieces, read
from tests.wire.well_typed import well_typed

KEYS = st.sampled_from(
    [
        "annotations",
        "arguments",
        "availability",
        "choices",
        "code",
        "content",
        "cost",
        "cost_details",
        "data",
        "delta",
        "error",
        "finish_reason",
        "function",
        "id",
        "index",
        "logprobs",
        "message",
        "metadata",
        "model",
        "name",
        "native_finish_reason",
        "prompt_tokens",
        "prompt_tokens_details",
        "provider",
        "raw",
        "reasoning",
        "reasoning_content",
        "reasoning_details",
        "refusal",
        "retry_after",
        "server_tool_use_details",
        "signature",
        "start_index",
        "status",
        "summary",
        "text",
        "title",
        "tool_calls",
        "type",
        "url",
        "url_citation",
        "usage",
    ]
)
WORDS = st.sampled_from(
    ["", "stop", "error", "²", "429", "reasoning.text", "url_citation", "1" * 5000, "é\u2028"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=8)
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "content": VALUES,
        "reasoning": VALUES,
        "reasoning_details": VALUES | st.lists(OBJECTS, max_size=3),
        "tool_calls": VALUES | st.lists(OBJECTS, max_size=3),
        "annotations": VALUES | st.lists(OBJECTS, max_size=2),
        "refusal": VALUES,
    },
)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "delta": MESSAGES | VALUES,
        "message": MESSAGES,
        "finish_reason": VALUES,
        "logprobs": VALUES,
        "error": VALUES,
        "native_finish_reason": VALUES,
    },
)
CHUNKS = OBJECTS | st.fixed_dictionaries(
    {"choices": st.lists(CHOICES, max_size=2)},
    optional={"usage": VALUES, "error": VALUES, "model": VALUES, "id": VALUES, "provider": VALUES},
)


def check_stream(stream: bytes, cuts: list[int]) -> None:
    events, reading = read([stream])
    assert (reading.failure is not None) != reading.done
    assert reading.failure is None or isinstance(reading.failure, SeedError)
    assert all(map(well_typed, events))
    assert collect(coalesce(events)) == collect(events)
    cut, again = read(pieces(stream, cuts))
    assert nameless(cut) == nameless(events)
    assert str(again.failure) == str(reading.failure)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
@example(b"data: [DONE]", [])
@example(b"data: \xff\n\n", [])
@example(b"data: " + b"[" * 5000 + b"\n\n", [])
@example(b'data: {"a": "\\ud800"}\n\n', [])
def test_arbitrary_bytes_are_events_or_a_failure(stream: bytes, cuts: list[int]) -> None:
    check_stream(stream, [min(cut, len(stream)) for cut in cuts])


@given(st.lists(CHUNKS, max_size=4), st.booleans(), st.lists(st.integers(0, 400), max_size=5))
def test_arbitrary_chunks_are_events_or_a_failure(
    chunks: list[dict[str, Any]], done: bool, cuts: list[int]
) -> None:
    stream = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
    stream += b"data: [DONE]\n\n" if done else b""
    check_stream(stream, [min(cut, len(stream)) for cut in cuts])


@given(st.binary(max_size=200) | CHUNKS.map(lambda chunk: json.dumps(chunk).encode()))
def test_arbitrary_bodies_are_events_or_an_error(body: bytes) -> None:
    try:
        events = decode_chat(Response(200, {}, body), context())
    except (APIStatusError, InvalidReplyError) as error:
        assert str(error)  # noqa: PT017 - either outcome is right
    else:
        assert all(map(well_typed, events))
        assert isinstance(events[-1], Finish)


@given(
    st.binary(max_size=200) | OBJECTS.map(lambda o: json.dumps({"error": o}).encode()),
    st.sampled_from([301, 400, 401, 418, 429, 500, 529]),
    st.dictionaries(
        st.sampled_from(["retry-after", "retry-after-ms", "x-should-retry", "content-type"]),
        WORDS
        | st.text()
        | st.sampled_from(
            ["nan", "-1", "inf", "Wed, 21 Oct 9999 07:28:00 GMT", "Mon, 01 Jan 0001 00:00:00 -0000"]
        ),
    ),
)
def test_arbitrary_error_bodies_are_an_error_of_that_status(
    body: bytes, status: int, headers: dict[str, str]
) -> None:
    error = explain_response(OPENROUTER, Response(status, headers, body))
    assert error.status_code == status
    assert error.retry_after is None or 0 <= error.retry_after < float("inf")
    assert isinstance(error.retryable, bool)
    assert len(str(error)) < 1000
