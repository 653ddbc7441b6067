"""Emulated Messages beside recorded ones: the same keys at the same places."""

import json

import pytest

from seed_core.emulator import Answer, Fault, ToolUse
from seed_core.emulator.messages import Dialect, Messages, serving_models
from seed_core.emulator.seen import Seen
from tests.emulator.messages.asking import CLOCK, THINKING, events_of, user

PYDANTIC = "anthropic-pydantic-ai"
VERCEL = "anthropic-vercel-ai"
RUBY = "anthropic-ruby-llm/error_handling_with_anthropic_claude-haiku-4-5"
# Newer models of the same host tell it, older ones do not.
SOMETIMES = {"inference_geo", "output_tokens_details", "recommended_model"}


def keys(value, prefix=""):
    """Every path of keys in a value."""
    if isinstance(value, list):
        return set().union(*(keys(item, f"{prefix}[]") for item in value))
    if not isinstance(value, dict):
        return set()
    told = {key: item for key, item in value.items() if key not in SOMETIMES}
    return {f"{prefix}.{key}" for key in told}.union(
        *(keys(item, f"{prefix}.{key}") for key, item in told.items())
    )


def shapes(events):
    return {frozenset(keys(event)) | {event["type"]} for event in events}


def recorded(recordings, folder, name):
    text = (recordings / folder / name).read_text("utf-8")
    if name.endswith(".sse"):
        return events_of(text)
    if name.endswith(".txt"):
        return [json.loads(line) for line in text.splitlines() if line]
    return json.loads(text)


@pytest.fixture
def play():
    """Anthropic's own host, as it answers with one scripted item."""

    def asked(item, **fields):
        face = Messages(lambda: item, Dialect(choose=serving_models(["claude"])))
        body = {"model": "claude", "max_tokens": 2000, "messages": [user("Hi")], **fields}
        seen = Seen("anthropic", "POST", "/v1/messages", {"x-api-key": "k"}, body, b"", "1")
        pieces = [piece for piece in face.answer(seen).pieces if isinstance(piece, bytes)]
        wire = b"".join(pieces).decode()
        return events_of(wire) if fields.get("stream") else json.loads(wire)

    return asked


STREAMS = {
    f"{PYDANTIC}/test_anthropic_model_thinking_part_stream.0.sse": Answer(
        text="Look.", reasoning="Hm."
    ),
    f"{PYDANTIC}/test_anthropic_model_thinking_part_redacted_stream.0.sse": Answer(
        text="No.", reasoning_details=[{"type": "reasoning.encrypted", "data": "EqkE"}] * 2
    ),
    f"{VERCEL}/anthropic-json-tool.1.chunks.txt": Answer(tool_calls=[ToolUse("json", '{"a": 1}')]),
    f"{VERCEL}/anthropic-tool-no-args.chunks.txt": Answer(
        text="Now.", tool_calls=[ToolUse("update")]
    ),
    f"{VERCEL}/anthropic-refusal.chunks.txt": Answer(refusal="It was blocked."),
}


@pytest.mark.parametrize("name", STREAMS)
def test_streams(recordings, play, name):
    ours = play(STREAMS[name], stream=True, tools=[CLOCK])
    real = recorded(recordings, *name.split("/"))
    # A ping may come anywhere.
    assert shapes(ours) | {frozenset({".type", "ping"})} == shapes(real) | {
        frozenset({".type", "ping"})
    }


def test_a_whole_call_after_thinking(recordings, play):
    real = recorded(recordings, PYDANTIC, "test_anthropic_tool_with_thinking.0.json")
    ours = play(Answer(text="I", reasoning="Hm.", tool_calls=[ToolUse("f")]), thinking=THINKING)
    assert keys(ours) == keys(real)
    assert [b["type"] for b in ours["content"]] == [b["type"] for b in real["content"]]


def test_a_whole_text(recordings, play):
    real = recorded(recordings, PYDANTIC, "test_document_binary_content_input.0.json")
    assert keys(play(Answer(text="It says nothing."))) == keys(real)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        (
            f"{RUBY}_raises_appropriate_auth_error.0.json",
            401,
        ),
        (f"{PYDANTIC}/test_anthropic_count_tokens_error.0.json", 404),
    ],
)
def test_errors(recordings, play, name, status):
    real = recorded(recordings, *name.split("/"))
    ours = play(Fault.status(status, message=real["error"]["message"]))
    assert {**ours, "request_id": ""} == {**real, "request_id": ""}
