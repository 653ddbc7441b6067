"""The emulator's shapes beside recorded traffic: the same keys at the same places."""

import json
from collections import defaultdict

import pytest

from seed_core.emulator import Answer, Fault, ToolUse
from seed_core.emulator.responses import without_empty
from tests.emulator.responses.conftest import WEATHER, events_of

LLM = "openrouter-llm-openrouter"
RAW = "openrouter-pydantic-ai/test_openai_responses_raw_cot_stream_openrouter.0.sse"
VERCEL = "openai-responses-vercel-ai"


def load(recordings, name):
    text = (recordings / name).read_text("utf-8")
    if name.endswith(".chunks.txt"):
        return [json.loads(line) for line in text.splitlines() if line]
    return events_of(text)


def keys(value, prefix=""):
    """Every path of keys in a value."""
    if isinstance(value, list):
        return set().union(*(keys(item, f"{prefix}[]") for item in value))
    if not isinstance(value, dict):
        return set()
    found = {f"{prefix}.{key}" for key in value}
    return found.union(*(keys(item, f"{prefix}.{key}") for key, item in value.items()))


def shapes(events):
    """The keys of each kind of event; of items and parts, of each of their kinds."""
    found: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for event in events:
        held = event.get("item") or event.get("part") or {}
        found[event["type"], held.get("type")] |= keys(event)
    return dict(found)


def missing(real, ours, unsent=()):
    """What is in the recording and not with us, but for some keys (by the end of their path)."""
    ours = shapes(ours)
    return {
        (*kind, path)
        for kind, paths in shapes(real).items()
        for path in paths - ours.get(kind, set())
        if not path.endswith(tuple(unsent))
    }


def extra(real, ours):
    """What is with us and not in the recording."""
    return missing(ours, real)


def order(events):
    told = [event["type"] for event in events]
    return [
        kind
        for number, kind in enumerate(told)
        if not kind.endswith("delta") or kind != told[number - 1]
    ]


def test_a_streamed_text(recordings, respond, emulator):
    real = load(recordings, f"{LLM}/test_image_prompt.1.sse")
    emulator.script(Answer(text="Red green blocks"))
    # What that upstream's response says of reasoning; and it came without `in_progress`.
    ours = respond.events(reasoning={"effort": "low"})
    assert missing(real, ours, (".context", ".mode")) == set()
    assert {item[0] for item in extra(real, ours)} <= {
        "response.created",
        "response.in_progress",
    }
    assert order(ours) == order(real)


def test_a_streamed_tool_call(recordings, respond, emulator):
    real = load(recordings, f"{LLM}/test_tool_calls.1.sse")
    emulator.script(Answer(tool_calls=[ToolUse("llm_version")]))
    parameters = {"properties": {}, "type": "object"}
    told = {"name": "llm_version", "description": "x", "parameters": parameters}
    ours = respond.events(tools=[{"type": "function", **told}])
    # At last that upstream said how it would have reasoned.
    assert missing(real, ours, (".effort", ".summary", ".context")) == extra(real, ours) == set()
    assert order(ours) == order(real)


def test_streamed_encrypted_reasoning(recordings, respond, emulator):
    real = load(recordings, f"{LLM}/test_reasoning.1.sse")
    sealed = {"type": "reasoning.encrypted", "data": "x", "format": "openai-responses-v1"}
    emulator.script(Answer(text="4", reasoning_details=[sealed]))
    ours = respond.events(
        reasoning={"effort": "minimal", "summary": "auto"}, include=["reasoning.encrypted_content"]
    )
    assert missing(real, ours, (".context", ".mode")) == extra(real, ours) == set()
    assert order(ours) == order(real)


def test_the_end_of_encrypted_content_names_the_endpoint(recordings, respond):
    real = load(recordings, f"{LLM}/test_reasoning.1.sse")[-1]["response"]["output"][0]
    ours = respond.items(include=["reasoning.encrypted_content"])["reasoning"]
    start = real["encrypted_content"].rpartition(".")[2][:20]
    assert ours["encrypted_content"].rpartition(".")[2].startswith(start)


def test_streamed_raw_reasoning(recordings, respond, emulator):
    real = load(recordings, RAW)
    emulator.script(Answer(text="4", reasoning="The user asks: 2+2."))
    ours = respond.events()
    # Of 2025: `output_text` was at the top, and `user` was repeated.
    assert missing(real, ours, (".output_text", ".user")) == set()
    assert order(ours) == order(real)


def test_a_whole_response(recordings, respond):
    name = "openrouter-pydantic-ai/test_openrouter_responses_prompt_cache_e2e.0.json"
    real = json.loads((recordings / name).read_text("utf-8"))
    marked = {"prompt_cache_options": {"mode": "explicit"}, "cache_control": {"type": "ephemeral"}}
    ours = respond.whole(reasoning={"effort": "none"}, **marked)
    unsent = {".reasoning.context", ".reasoning.mode", ".output[].phase"}
    assert keys(real) - keys(ours) == unsent
    assert keys(ours) - keys(real) == {".prompt_cache_options", ".prompt_cache_options.mode"}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        (
            "openai-responses-pydantic-ai/test_openai_responses_thinking_part_iter.0.sse",
            Answer(text="x", reasoning="y"),
        ),
        (
            "openai-responses-pydantic-ai/test_openai_responses_stream.0.sse",
            Answer(text="x", tool_calls=[ToolUse("get_capital")]),
        ),
        (
            f"{VERCEL}/openai--openai-reasoning-encrypted-content.1.chunks.txt",
            Answer(text="x", reasoning="y", tool_calls=[ToolUse("calculator")]),
        ),
        (f"{VERCEL}/open-responses--openai-pdf-input-file.1.chunks.txt", Answer(text="x")),
    ],
)
def test_openais_own_events(recordings, face, name, answer):
    real = load(recordings, name)
    tool = {**WEATHER, "parameters": {"type": "object", **_parameters(real)}}
    ours = face().events("Hello", answer, include=["reasoning.encrypted_content"], tools=[tool])
    # Padding; a first state of the sealed data, which is there before it is done.
    # And what only the oldest repeated.
    unsent = (".obfuscation", ".encrypted_content", ".generate_summary")
    assert missing(real, ours, unsent) == set()


def _parameters(real):
    """The tools' own schemas are no shape of ours."""
    tools = real[0]["response"]["tools"]
    return {key: value for tool in tools for key, value in tool["parameters"].items()}


def test_openais_own_error(recordings, face):
    real = load(recordings, f"{VERCEL}/openai--openai-error.1.chunks.txt")
    fault = Fault.error_mid_stream(2, code="insufficient_quota", message="You exceeded it.")
    ours = face().events("Hello", fault)
    assert missing(real, ours) == set()
    assert order(ours) == order(real)
    assert [event["sequence_number"] for event in ours] == [0, 1, 2, 3]
    assert ours[2]["error"]["code"] == real[2]["error"]["code"]
    assert ours[3]["response"]["error"].keys() == real[3]["response"]["error"].keys()


def test_arks_first_events(recordings, face):
    real = load(recordings, "byteplus-docs/responses_stream_head.sse")
    ark = face(polish=without_empty)
    answer = Answer(text="x", reasoning="Got it, let", piece=2)
    ours = ark.events("Hello", answer, max_output_tokens=9)[: len(real)]
    # What Ark says of a response, its host adds.
    own = (".thinking", ".type", ".caching", ".expire_at")
    assert missing(real, ours, own) == set()
    kept = {kind: paths for kind, paths in shapes(ours).items() if kind[1]}
    assert kept == {kind: paths for kind, paths in shapes(real).items() if kind[1]}
