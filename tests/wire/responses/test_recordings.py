"""Every recorded response says what a plain reading of its JSON says."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed_core.errors import (
    APIStatusError,
    BadRequestError,
    InsufficientCreditError,
    SeedError,
    StreamBrokenError,
)
from seed_core.events import coalesce, collect
from seed_core.flow import Response
from seed_core.providers.explain import explain_response
from seed_core.providers.openrouter import OPENROUTER
from seed_core.types import Message
from seed_core.wire.responses_reply import decode_responses
from tests.conftest import IN_CI, find_recordings
from tests.wire.chunks import context, pieces
from tests.wire.responses.plain_reading import (
    AT_OPENROUTER,
    Plain,
    deltas_in,
    events_in,
    read_plainly,
)
from tests.wire.responses.sent import HELLO, answered, items_of
from tests.wire.responses.stream import decoder, read

FILES_LIKE = ("openai-responses-*/*", "byteplus-docs/*", *AT_OPENROUTER)
# Streams that broke, and the error that they stand for.
BROKEN: dict[str, type[SeedError]] = {
    "openai-responses-vercel-ai/openai--openai-error.1.chunks.txt": InsufficientCreditError,
    "byteplus-docs/responses_stream_head.sse": StreamBrokenError,
}
# Bodies with an error status.
REFUSED: dict[str, type[APIStatusError]] = {
    "openai-responses-pydantic-ai/test_openai_responses_thinking_with_modified_history.1.json": BadRequestError,  # noqa: E501
}


def _files() -> list[str]:
    root = find_recordings()
    if root is None:
        return []
    found = [path for like in FILES_LIKE for path in root.glob(like)]
    return sorted(
        str(path.relative_to(root)) for path in found if not path.name.endswith(".meta.json")
    )


FILES = _files()
STREAMS = [f for f in FILES if f.endswith((".sse", ".chunks.txt"))]
WELL = [f for f in STREAMS if f not in BROKEN]
BODIES = [f for f in FILES if f.endswith(".json") and f not in REFUSED]


def _streams(root: Path, name: str) -> list[bytes]:
    """The streams in a file: one file holds the four of a conversation."""
    data = (root / name).read_bytes()
    if not name.endswith(".chunks.txt"):
        return [data]
    # One event a line, without the framing.
    begins = rb'(?m)^(?=\{"type":"response.created")'
    streams = [part for part in re.split(begins, data) if part.strip()]
    return [
        b"".join(b"data: " + line + b"\n\n" for line in stream.splitlines() if line.strip())
        for stream in streams
    ]


def _bodies(root: Path, name: str) -> list[bytes]:
    """The whole responses in a file, each its own or the last event of a stream."""
    if name in BODIES:
        return [(root / name).read_bytes()]
    ends = [events_in(stream)[-1]["response"] for stream in _streams(root, name)]
    return [json.dumps(end).encode() for end in ends]


def _meta(root: Path, name: str) -> dict[str, Any]:
    meta = root / f"{name.rsplit('.', 1)[0]}.meta.json"
    if not meta.exists():
        return {"uri": "https://example.com/responses", "status": 200}
    found = json.loads(meta.read_text())
    assert isinstance(found, dict)
    return found


def test_no_recording_of_this_wire_is_forgotten(recordings: Path) -> None:
    read_by_a_test = Counter([*STREAMS, *BODIES, *REFUSED])
    assert set(read_by_a_test) == set(FILES)
    assert set(read_by_a_test.values()) == {1}
    for name in FILES:
        meta = _meta(recordings, name)
        assert meta["uri"].endswith("/responses"), name
        assert (meta["status"] != 200) == (name in REFUSED), name
    assert set(BROKEN) <= set(STREAMS)
    assert len(STREAMS) >= 10
    assert len(BODIES) >= 3


@pytest.mark.skipif(not FILES and not IN_CI, reason="no recorded traffic")
def test_the_recordings_are_there() -> None:
    assert FILES


@pytest.mark.parametrize("name", WELL)
def test_a_recorded_stream_says_what_its_json_says(recordings: Path, name: str) -> None:
    for stream in _streams(recordings, name):
        events, reading = read([stream])
        assert reading.failure is None
        answer = collect(events)
        assert Plain.of(answer) == read_plainly(stream)
        arguments = [call.arguments for call in answer.tool_calls]
        assert (answer.text, answer.reasoning, arguments) == deltas_in(stream)
        assert answer.text or answer.tool_calls


@pytest.mark.parametrize("name", WELL)
def test_a_recorded_stream_is_its_own_last_event_told_whole(recordings: Path, name: str) -> None:
    bodies = _bodies(recordings, name)
    for stream, body in zip(_streams(recordings, name), bodies, strict=True):
        told = collect(decode_responses(Response(200, {}, body), context()))
        assert Plain.of(told) == Plain.of(collect(read([stream])[0]))


@pytest.mark.parametrize("name", STREAMS)
def test_a_recorded_stream_reads_the_same_byte_by_byte(recordings: Path, name: str) -> None:
    for stream in _streams(recordings, name):
        events, reading = read([stream])
        singly, again = read(stream[i : i + 1] for i in range(len(stream)))
        assert singly == events
        assert str(again.failure) == str(reading.failure)


@pytest.mark.parametrize("name", STREAMS)
@given(data=st.data())
def test_a_recorded_stream_reads_the_same_at_any_cuts(
    recordings: Path, name: str, data: st.DataObject
) -> None:
    stream = data.draw(st.sampled_from(_streams(recordings, name)))
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12))
    events, reading = read([stream])
    cut, again = read(pieces(stream, cuts))
    assert cut == events
    assert str(again.failure) == str(reading.failure)
    assert collect(coalesce(cut)) == collect(cut)


@pytest.mark.parametrize("name", WELL)
@given(data=st.data())
def test_a_part_of_a_recorded_stream_is_no_answer(
    recordings: Path, name: str, data: st.DataObject
) -> None:
    stream = data.draw(st.sampled_from(_streams(recordings, name)))
    last = stream.rindex(b'"response.completed"')
    events, reading = read([stream[: data.draw(st.integers(0, last))]])
    assert type(reading.failure) is StreamBrokenError
    assert collect(events).finish is None


@pytest.mark.parametrize("name", WELL)
def test_hidden_reasoning_stays_in_the_state(recordings: Path, name: str) -> None:
    for stream in _streams(recordings, name):
        shown = collect(read([stream])[0])
        hidden = collect(read([stream], decoder(hide=True))[0])
        assert hidden.reasoning == ""
        assert (hidden.text, hidden.state) == (shown.text, shown.state)


@pytest.mark.parametrize(("name", "kind"), BROKEN.items())
def test_a_recorded_stream_that_broke_is_its_error(
    recordings: Path, name: str, kind: type[SeedError]
) -> None:
    (stream,) = _streams(recordings, name)
    events, reading = read([stream])
    assert type(reading.failure) is kind
    assert not reading.done
    answer = collect(events)
    assert answer.finish is None
    assert (answer.text, answer.reasoning, []) == deltas_in(stream)
    for event in events_in(stream):
        if "error" in event:
            assert event["error"]["message"][:80] in str(reading.failure)


@pytest.mark.parametrize("name", BODIES)
def test_a_recorded_body_says_what_its_json_says(recordings: Path, name: str) -> None:
    data = (recordings / name).read_bytes()
    events = decode_responses(Response(200, {}, data), context())
    assert Plain.of(collect(events)) == read_plainly(data)
    assert collect(coalesce(events)) == collect(events)


@pytest.mark.parametrize("name", [*WELL, *BODIES])
def test_a_recorded_answer_can_go_back(recordings: Path, name: str) -> None:
    """Item for item, but for a summary alone, which leaves what it led to without its id."""
    for body in _bodies(recordings, name):
        answer = collect(decode_responses(Response(200, {}, body), context()))
        expected = json.loads(body)["output"]
        if name == "byteplus-docs/responses_round2.json":
            expected = [{"role": "assistant", "content": answer.text}]
        assert _sent(answered(answer)) == expected


def _sent(message: Message) -> list[Any]:
    """What goes back of an answer."""
    return list(items_of(HELLO, message, issuer="openrouter")[1:])


@pytest.mark.parametrize(("name", "kind"), REFUSED.items())
def test_a_recorded_refusal_is_its_class(
    recordings: Path, name: str, kind: type[APIStatusError]
) -> None:
    meta = _meta(recordings, name)
    body = (recordings / name).read_bytes()
    error = explain_response(OPENROUTER, Response(meta["status"], {}, body))
    assert type(error) is kind
    assert error.status_code == meta["status"]
    assert "without its required following item" in str(error)


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_recorded_refusal_was_about_is_not_sent(recordings: Path, name: str) -> None:
    """Reasoning whose answer was edited: here the edited answer goes without it."""
    _, reasoning, edited, _ = _meta(recordings, name)["request_body"]["input"]
    answer = {"type": "message", "content": [{"type": "output_text", "text": "what it was"}]}
    body = json.dumps({"output": [reasoning, answer]}).encode()
    message = answered(
        collect(decode_responses(Response(200, {}, body), context())), text=edited["content"]
    )
    assert _sent(message) == [edited]
