"""Whatever a host sends, the decoder answers with events of the right types or sets `failure`."""

import json
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from seed_core.errors import APIStatusError, InvalidReplyError, SeedError
from seed_core.events import Event, Finish, coalesce, collect
from seed_core.flow import Response
from seed_core.types import Prompt
from seed_core.wire.responses import ResponsesWire
from seed_core.wire.responses_reply import decode_responses
from tests.wire.chunks import context, nameless, pieces
from tests.wire.responses.sent import HELLO, answered, body_of
from tests.wire.responses.stream import (
    CREATED,
    call,
    completed,
    events_of,
    raw_thought,
    read,
    response,
    said,
    search,
    sse,
    thought,
    whole,
)
from tests.wire.well_typed import well_typed

KEYS = st.sampled_from(
    [
        "annotation",
        "annotations",
        "arguments",
        "call_id",
        "code",
        "content",
        "content_index",
        "cost",
        "delta",
        "end_index",
        "error",
        "error_type",
        "id",
        "incomplete_details",
        "input_tokens",
        "input_tokens_details",
        "item",
        "message",
        "model",
        "name",
        "output",
        "output_index",
        "part",
        "reason",
        "refusal",
        "response",
        "start_index",
        "status",
        "summary",
        "summary_index",
        "text",
        "type",
        "url",
        "url_citation",
        "usage",
    ]
)
WORDS = st.sampled_from(
    ["", "completed", "failed", "queued", "message", "reasoning", "function_call", "url_citation"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=8)
NOTES = OBJECTS | st.builds(lambda o: {**o, "type": "url_citation"}, OBJECTS)
CONTENTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["output_text", "refusal", "reasoning_text"]) | VALUES,
        "text": st.text(max_size=3) | VALUES,
        "refusal": VALUES,
        "annotations": st.lists(NOTES, max_size=2) | VALUES,
    },
)
ITEMS = st.fixed_dictionaries(
    {"type": st.sampled_from(["message", "reasoning", "function_call", "other"]) | VALUES},
    optional={
        "id": VALUES,
        "call_id": st.sampled_from(["a", "b"]) | VALUES,
        "name": st.sampled_from(["f", "g"]) | VALUES,
        "arguments": st.text(max_size=3) | VALUES,
        "content": st.lists(CONTENTS, max_size=3) | VALUES,
        "summary": st.lists(CONTENTS, max_size=3) | VALUES,
    },
)
RESPONSES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["completed", "incomplete", "failed"]) | VALUES,
        "output": st.lists(ITEMS, max_size=4) | VALUES,
        "incomplete_details": OBJECTS | VALUES,
        "error": st.none() | VALUES,
        "usage": VALUES,
        "model": VALUES,
        "id": VALUES,
    },
)
TYPES = st.sampled_from(
    [
        "error",
        "response.error",
        "response.created",
        "response.output_item.added",
        "response.output_item.done",
        "response.output_text.delta",
        "response.output_text.done",
        "response.output_text.annotation.added",
        "response.refusal.delta",
        "response.refusal.done",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_text.delta",
        "response.reasoning_text.done",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "response_cancelled",
    ]
)
EVENTS = st.fixed_dictionaries(
    {"type": TYPES},
    optional={
        "output_index": st.integers(0, 2) | VALUES,
        "content_index": st.integers(0, 1) | VALUES,
        "summary_index": st.integers(0, 1) | VALUES,
        "delta": st.text(max_size=3) | VALUES,
        "text": st.text(max_size=3) | VALUES,
        "refusal": VALUES,
        "arguments": VALUES,
        "name": VALUES,
        "annotation": NOTES | VALUES,
        "item": ITEMS | VALUES,
        "response": RESPONSES | VALUES,
    },
)
CUTS = st.lists(st.integers(0, 400), max_size=5)

ANSWERS = st.lists(
    st.builds(thought, st.text(max_size=8), st.text(max_size=8), ident=st.sampled_from("ab"))
    | st.builds(raw_thought, st.text(max_size=8))
    | st.builds(said, st.text(max_size=8), st.text(max_size=8), ident=st.sampled_from("ab"))
    | st.builds(call, st.text(max_size=8), st.sampled_from("abc"), st.sampled_from("fg"))
    | st.just(search()),
    max_size=6,
)


def check_echo(events: list[Event]) -> None:
    """An answer that was read can be sent back."""
    assert body_of(Prompt((HELLO, answered(collect(events)))), issuer="openrouter")["input"]


def check_stream(stream: bytes, cuts: list[int]) -> None:
    events, reading = read([stream])
    assert (reading.failure is not None) != reading.done
    assert reading.failure is None or isinstance(reading.failure, SeedError)
    assert all(map(well_typed, events))
    assert collect(coalesce(events)) == collect(events)
    assert any(isinstance(one, Finish) for one in events) == reading.done
    cut, again = read(pieces(stream, [min(cut, len(stream)) for cut in cuts]))
    assert nameless(cut) == nameless(events)
    if reading.done:
        check_echo(events)
    assert str(again.failure) == str(reading.failure)


@given(st.binary(max_size=200), CUTS)
@example(b"data: [DONE]", [])
@example(b'event: \xff\ndata: {"type": null}\n\n', [])
@example(b"data: " + b"[" * 5000 + b"\n\n", [])
@example(b'data: {"type": "\\ud800"}\n\n', [])
def test_arbitrary_bytes_are_events_or_a_failure(stream: bytes, cuts: list[int]) -> None:
    check_stream(stream, cuts)


@given(st.lists(EVENTS | OBJECTS, max_size=6), st.booleans(), CUTS)
def test_arbitrary_events_are_events_or_a_failure(
    events: list[dict[str, Any]], done: bool, cuts: list[int]
) -> None:
    stream = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in events)
    check_stream(stream + (b"data: [DONE]\n\n" if done else b""), cuts)


@given(st.binary(max_size=200) | (RESPONSES | OBJECTS).map(lambda o: json.dumps(o).encode()))
def test_arbitrary_bodies_are_events_or_an_error(body: bytes) -> None:
    try:
        events = decode_responses(Response(200, {}, body), context())
    except (APIStatusError, InvalidReplyError) as error:
        assert str(error)  # noqa: PT017 - either outcome is right
    else:
        assert all(map(well_typed, events))
        assert isinstance(events[-1], Finish)
        check_echo(events)


@given(ANSWERS, CUTS, st.integers(1, 3))
def test_an_answer_is_the_same_whole_and_streamed_in_any_pieces(
    items: list[dict[str, Any]], cuts: list[int], step: int
) -> None:
    answer = whole(response(*items))
    stream = sse(CREATED, *events_of(*items, step=step), completed(*items))
    for blocks in ([stream], pieces(stream, [min(cut, len(stream)) for cut in cuts])):
        events, reading = read(blocks)
        assert reading.failure is None
        assert collect(events) == answer


@given(ANSWERS)
def test_an_unedited_answer_goes_back_but_for_reasoning_that_led_to_nothing(
    items: list[dict[str, Any]],
) -> None:
    idents = [item["call_id"] for item in items if "call_id" in item]
    assume(len(set(idents)) == len(idents))
    expected = list(items)
    while expected and expected[-1]["type"] == "reasoning":
        expected.pop()
    prompt = Prompt((HELLO, answered(whole(response(*items)))))
    wire = ResponsesWire(echo_bare=True)
    _, *sent = body_of(prompt, wire=wire, issuer="openrouter")["input"]
    assert sent == (expected or [{"role": "assistant", "content": ""}])
