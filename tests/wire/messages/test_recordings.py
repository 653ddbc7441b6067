"""Every recorded message says what a plain reading of its JSON says, and can be sent back."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed_core.errors import APIStatusError, AuthenticationError, NotFoundError
from seed_core.events import coalesce, collect
from seed_core.flow import Response
from seed_core.providers.compatible import COMPATIBLE
from seed_core.providers.explain import explain_response
from seed_core.types import Message, Part, Prompt, Reasoning, Text
from seed_core.wire.messages import MessagesWire
from seed_core.wire.messages_reply import decode_messages
from tests.conftest import IN_CI, find_recordings
from tests.wire.chunks import context, nameless, pieces
from tests.wire.messages.bodies import HELLO, body_of
from tests.wire.messages.plain_reading import Plain, read_plainly
from tests.wire.messages.streams import read

COUNTED = ("anthropic-pydantic-ai/test_anthropic_cache_count_tokens.0.json",)
# Bodies with an error status.
REFUSED: dict[str, type[APIStatusError]] = {
    "anthropic-pydantic-ai/test_anthropic_count_tokens_error.0.json": NotFoundError,
    "anthropic-ruby-llm/error_handling_with_anthropic_claude-haiku-4-5_raises_appropriate_auth_error.0.json": AuthenticationError,  # noqa: E501 - the name of a recording
}


def _files() -> list[str]:
    root = find_recordings()
    found = [] if root is None else [(root, path) for path in root.glob("anthropic-*/*")]
    names = [str(path.relative_to(root)) for root, path in found]
    return sorted(name for name in names if not name.endswith(".meta.json"))


FILES = _files()
STREAMS = [f for f in FILES if f.endswith((".sse", ".chunks.txt"))]
BODIES = [f for f in FILES if f.endswith(".json") and f not in REFUSED and f not in COUNTED]


def _bytes(root: Path, name: str) -> bytes:
    data = (root / name).read_bytes()
    if name.endswith(".chunks.txt"):  # one event a line, without the framing
        lines = [line for line in data.splitlines() if line.strip()]
        return b"".join(b"data: " + line + b"\n\n" for line in lines)
    return data


def _meta(root: Path, name: str) -> dict[str, Any]:
    found = json.loads((root / f"{name.rsplit('.', 1)[0]}.meta.json").read_text())
    assert isinstance(found, dict)
    return found


def test_no_recording_of_this_wire_is_forgotten(recordings: Path) -> None:
    read_by_a_test = Counter([*STREAMS, *BODIES, *REFUSED, *COUNTED])
    assert set(read_by_a_test) == set(FILES)
    assert set(read_by_a_test.values()) == {1}
    for name in FILES:
        if not name.endswith(".chunks.txt"):
            assert (_meta(recordings, name)["status"] != 200) == (name in REFUSED), name
    assert len(STREAMS) >= 6
    assert len(BODIES) >= 2


@pytest.mark.skipif(not FILES and not IN_CI, reason="no recorded traffic")
def test_the_recordings_are_there() -> None:
    assert FILES


@pytest.mark.parametrize("name", STREAMS)
def test_a_recorded_stream_says_what_its_events_say(recordings: Path, name: str) -> None:
    stream = _bytes(recordings, name)
    events, reading = read([stream])
    assert reading.failure is None
    answer = collect(events)
    assert Plain.of(answer) == read_plainly(stream)
    assert answer.text or answer.tool_calls or answer.refusal


@pytest.mark.parametrize("name", STREAMS)
def test_a_recorded_stream_reads_the_same_byte_by_byte(recordings: Path, name: str) -> None:
    stream = _bytes(recordings, name)
    events, _ = read([stream])
    singly, again = read(stream[i : i + 1] for i in range(len(stream)))
    assert nameless(singly) == nameless(events)
    assert again.failure is None


@pytest.mark.parametrize("name", STREAMS)
@given(data=st.data())
def test_a_recorded_stream_reads_the_same_at_any_cuts(
    recordings: Path, name: str, data: st.DataObject
) -> None:
    stream = _bytes(recordings, name)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12))
    events, _ = read([stream])
    cut, again = read(pieces(stream, cuts))
    assert nameless(cut) == nameless(events)
    assert again.failure is None
    assert collect(coalesce(cut)) == collect(cut)


@pytest.mark.parametrize("name", BODIES)
def test_a_recorded_body_says_what_its_json_says(recordings: Path, name: str) -> None:
    data = (recordings / name).read_bytes()
    events = decode_messages(Response(200, {}, data), context(issuer="host"))
    assert Plain.of(collect(events)) == read_plainly(data)
    assert collect(coalesce(events)) == collect(events)


@pytest.mark.parametrize("name", BODIES)
def test_a_recorded_body_goes_back_as_it_came(recordings: Path, name: str) -> None:
    data = (recordings / name).read_bytes()
    answer = collect(decode_messages(Response(200, {}, data), context(issuer="host")))
    parts: tuple[Part, ...] = (
        Reasoning(answer.reasoning, answer.state),
        Text(answer.text),
        *answer.tool_calls,
    )
    sent = body_of(Prompt((HELLO, Message("assistant", parts))))["messages"][1]["content"]
    blocks = [{"type": "text", "text": sent}] if isinstance(sent, str) else sent
    assert blocks == json.loads(data)["content"]


@pytest.mark.parametrize("name", COUNTED)
def test_a_recorded_count_is_its_number(recordings: Path, name: str) -> None:
    data = (recordings / name).read_bytes()
    assert MessagesWire().read_count(Response(200, {}, data)) == json.loads(data)["input_tokens"]


@pytest.mark.parametrize(("name", "kind"), REFUSED.items())
def test_a_recorded_refusal_is_its_class(
    recordings: Path, name: str, kind: type[APIStatusError]
) -> None:
    meta = _meta(recordings, name)
    body = (recordings / name).read_bytes()
    headers = {key.lower(): str(value) for key, value in meta["response_headers"].items()}
    error = explain_response(COMPATIBLE, Response(meta["status"], headers, body))
    said = json.loads(body)
    assert type(error) is kind
    assert error.status_code == meta["status"]
    assert error.code == said["error"]["type"]
    assert error.request_id in (said["request_id"], headers.get("request-id"))
    assert said["error"]["message"] in str(error)
