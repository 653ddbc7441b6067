"""Every recorded chat completion says what a plain reading of its JSON says."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed_core.errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ContextOverflowError,
    RateLimitError,
    StreamBrokenError,
)
from seed_core.events import coalesce, collect
from seed_core.flow import Response
from seed_core.providers.ark import BYTEPLUS
from seed_core.providers.explain import explain_response
from seed_core.providers.openrouter import OPENROUTER
from seed_core.wire.chat_reply import decode_chat
from tests.conftest import IN_CI, find_recordings
from tests.wire.chunks import context, decoder, nameless, pieces, read
from tests.wire.plain_reading import Plain, read_plainly
from tests.wire.responses.plain_reading import AT_OPENROUTER as RESPONSES

FOLDERS = ("openrouter-*", "openai-chat-*", "ark", "aimlapi", "tanstack-ai")
# Streams that broke, and the error that they stand for.
BROKEN: dict[str, type[APIStatusError]] = {
    "openrouter-pydantic-ai/test_openrouter_stream_error.0.sse": BadRequestError,
    "openai-chat-reasoning-pydantic-ai/test_tool_use_failed_error_streaming.0.sse": BadRequestError,
}
# Streams of which only the beginning was kept.
HEADS = ("ark/lite_260215_stream_head.sse",)
# Bodies with an error status.
REFUSED: dict[str, type[APIStatusError]] = {
    "openrouter-pydantic-ai/test_openrouter_errors_raised.0.json": RateLimitError,
    "openrouter-ruby-llm/error_handling_with_openrouter_claude-haiku-4-5_raises_appropriate_auth_error.0.json": AuthenticationError,  # noqa: E501
    "openrouter-ruby-llm/real_error_scenarios_openrouter_claude-haiku-4-5_handles_context_length_exceeded_errors.0.json": ContextOverflowError,  # noqa: E501
    "openai-chat-ruby-llm/error_handling_with_deepseek_deepseek-chat_raises_appropriate_auth_error.0.json": AuthenticationError,  # noqa: E501
    "ark/error_developer_role.json": BadRequestError,
    "ark/error_unsupported_thinking.json": BadRequestError,
}


UNFRAMED = (".chunks.txt", ".jsonl")
"""One chunk a line, without the framing of events."""


def _files() -> list[str]:
    root = find_recordings()
    if root is None:
        return []
    responses = {path for like in RESPONSES for path in root.glob(like)}
    found = [path for folder in FOLDERS for path in root.glob(f"{folder}/*")]
    return sorted(
        str(path.relative_to(root))
        for path in found
        if not path.name.endswith((".meta.json", ".headers.txt")) and path not in responses
    )


FILES = _files()
STREAMS = [f for f in FILES if f.endswith((".sse", *UNFRAMED))]
WELL = [f for f in STREAMS if f not in BROKEN and f not in HEADS]
BODIES = [f for f in FILES if f.endswith(".json") and f not in REFUSED]


def _bytes(root: Path, name: str) -> bytes:
    data = (root / name).read_bytes()
    if name.endswith(UNFRAMED):
        lines = [line for line in data.splitlines() if line.strip()]
        return b"".join(b"data: " + line + b"\n\n" for line in lines) + b"data: [DONE]\n\n"
    return data


def _meta(root: Path, name: str) -> dict[str, Any]:
    meta = root / f"{name.rsplit('.', 1)[0]}.meta.json"
    if not meta.exists():  # Ark's errors are of status 400, as the index says
        status = 400 if name in REFUSED else 200
        return {"uri": "https://example.com/", "status": status, "response_headers": {}}
    found = json.loads(meta.read_text())
    assert isinstance(found, dict)
    return found


def test_no_recording_of_this_wire_is_forgotten(recordings: Path) -> None:
    read_by_a_test = Counter([*STREAMS, *BODIES, *REFUSED])
    assert set(read_by_a_test) == set(FILES)
    assert set(read_by_a_test.values()) == {1}
    for name in FILES:
        meta = _meta(recordings, name)
        assert not meta["uri"].endswith("/responses"), name
        assert (meta["status"] != 200) == (name in REFUSED), name
    assert set(BROKEN) <= set(STREAMS)
    assert len(STREAMS) >= 15
    assert len(BODIES) >= 15


@pytest.mark.skipif(not FILES and not IN_CI, reason="no recorded traffic")
def test_the_recordings_are_there() -> None:
    assert FILES


@pytest.mark.parametrize("name", WELL)
def test_a_recorded_stream_says_what_its_chunks_say(recordings: Path, name: str) -> None:
    stream = _bytes(recordings, name)
    events, reading = read([stream])
    assert reading.failure is None
    answer = collect(events)
    expected = read_plainly(stream)
    assert Plain.of(answer) == expected
    assert expected.text or expected.calls


@pytest.mark.parametrize("name", STREAMS)
def test_a_recorded_stream_reads_the_same_byte_by_byte(recordings: Path, name: str) -> None:
    stream = _bytes(recordings, name)
    events, reading = read([stream])
    singly, again = read(stream[i : i + 1] for i in range(len(stream)))
    assert nameless(singly) == nameless(events)
    assert str(again.failure) == str(reading.failure)


@pytest.mark.parametrize("name", STREAMS)
@given(data=st.data())
def test_a_recorded_stream_reads_the_same_at_any_cuts(
    recordings: Path, name: str, data: st.DataObject
) -> None:
    stream = _bytes(recordings, name)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12))
    events, reading = read([stream])
    cut, again = read(pieces(stream, cuts))
    assert nameless(cut) == nameless(events)
    assert str(again.failure) == str(reading.failure)
    assert collect(coalesce(cut)) == collect(cut)


@pytest.mark.parametrize(("name", "kind"), BROKEN.items())
def test_a_recorded_stream_that_broke_is_its_error(
    recordings: Path, name: str, kind: type[APIStatusError]
) -> None:
    stream = _bytes(recordings, name)
    events, reading = read([stream])
    assert type(reading.failure) is kind
    assert not reading.done
    answer = collect(events)
    assert answer.finish is None
    assert answer.text == read_plainly(stream).text
    said = next(
        json.loads(line[6:])["error"] for line in stream.splitlines() if b'"error":{' in line
    )
    assert said["message"][:80] in str(reading.failure)


@pytest.mark.parametrize("name", HEADS)
def test_the_recorded_head_of_a_stream_is_no_answer(recordings: Path, name: str) -> None:
    stream = _bytes(recordings, name)
    events, reading = read([stream])
    assert isinstance(reading.failure, StreamBrokenError)
    assert collect(events).reasoning == read_plainly(stream).reasoning != ""


@pytest.mark.parametrize("name", BODIES)
def test_a_recorded_body_says_what_its_json_says(recordings: Path, name: str) -> None:
    data = (recordings / name).read_bytes()
    events = decode_chat(Response(200, {}, data), context())
    assert Plain.of(collect(events)) == read_plainly(data)
    assert collect(coalesce(events)) == collect(events)


@pytest.mark.parametrize("name", BODIES)
def test_a_recorded_body_reads_as_a_stream_of_one_chunk(recordings: Path, name: str) -> None:
    body = (recordings / name).read_bytes()
    one_line = json.dumps(json.loads(body)).encode()
    events, reading = read([b"data: " + one_line + b"\n\ndata: [DONE]\n\n"], decoder())
    assert reading.failure is None
    assert Plain.of(collect(events)) == read_plainly(body)


@pytest.mark.parametrize(("name", "kind"), REFUSED.items())
def test_a_recorded_refusal_is_its_class(
    recordings: Path, name: str, kind: type[APIStatusError]
) -> None:
    meta = _meta(recordings, name)
    body = (recordings / name).read_bytes()
    headers = {key.lower(): str(value) for key, value in meta["response_headers"].items()}
    host = BYTEPLUS if name.startswith("ark/") else OPENROUTER
    error = explain_response(host, Response(meta["status"], headers, body))
    assert type(error) is kind
    assert error.status_code == meta["status"]
    assert error.body == json.loads(body)
    assert error.body["error"]["message"].rstrip(". ")[:200] in str(error)
    assert isinstance(error, BadRequestError) == (meta["status"] == 400)
