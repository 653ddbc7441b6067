"""The emulator's shapes beside recorded traffic: the same keys at the same places."""

import json

import pytest

from seed_core.emulator import Answer, ToolUse

RUBY = "openrouter-ruby-llm"
PYDANTIC = "openrouter-pydantic-ai"
# Only some upstreams send these.
SOMETIMES = {"service_tier", "logprobs", "reasoning", "reasoning_details", "reasoning_tokens"}


def events_of(text):
    lines = [line[6:] for line in text.split("\n") if line.startswith("data: {")]
    return [json.loads(line) for line in lines]


def keys(value, prefix=""):
    """Every path of keys in a value."""
    if isinstance(value, list):
        return set().union(*(keys(item, f"{prefix}[]") for item in value))
    if not isinstance(value, dict):
        return set()
    found = {f"{prefix}.{key}" for key in value if key not in SOMETIMES}
    return found.union(*(keys(v, f"{prefix}.{k}") for k, v in value.items() if k not in SOMETIMES))


def shapes(events):
    """The distinct shapes of a stream's events."""
    return {frozenset(keys(event)) for event in events}


def load(recordings, folder, start, suffix):
    (path,) = [
        path
        for path in sorted((recordings / folder).glob(f"{start}*.0{suffix}"))
        if "without_parameters" not in path.name
    ]
    text = path.read_text("utf-8")
    return events_of(text) if suffix == ".sse" else json.loads(text)


def test_a_streamed_tool_call(recordings, chat, emulator):
    real = load(
        recordings, RUBY, "function_calling_openrouter_claude-haiku-4-5_can_use_tools", ".sse"
    )
    emulator.script(Answer(tool_calls=[ToolUse("weather", '{"latitude": "52.5"}', id="x")]))
    assert shapes(chat.events()) == shapes(real)


def test_a_streamed_text_with_a_usage_chunk_without_choices(recordings, chat, emulator):
    real = load(recordings, PYDANTIC, "test_openrouter_cache_streaming_e2e", ".sse")
    emulator.script(Answer(text="Hello!", usage_shape=3))
    assert shapes(chat.events()) == shapes(real)


def test_a_streamed_thought(recordings, chat, emulator):
    real = load(recordings, RUBY, "openrouter_reasoning_details_round-trip_accumulates", ".sse")
    emulator.script(Answer(reasoning="Hm, well.", tool_calls=[ToolUse("f", '{"city": "Berlin"}')]))
    ours = chat.events()
    assert shapes(ours) == shapes(real)
    assert set(ours[0]["choices"][0]["delta"]) == set(real[0]["choices"][0]["delta"])
    detail, recorded = (e[0]["choices"][0]["delta"]["reasoning_details"][0] for e in (ours, real))
    assert set(detail) == set(recorded)


def test_whole_parallel_tool_calls(recordings, chat, emulator):
    real = load(
        recordings, RUBY, "function_calling_openrouter_claude-haiku-4-5_can_use_parallel", ".json"
    )
    emulator.script(Answer(tool_calls=[ToolUse("a"), ToolUse("b")]))
    assert keys(chat.whole()) == keys(real)


@pytest.mark.parametrize("stream", [False, True])
def test_a_search(recordings, chat, stream):
    name = "test_openrouter_web_search_annotations"
    tools = [{"type": "openrouter:web_search"}]
    if stream:
        real, ours = load(recordings, PYDANTIC, f"{name}_stream", ".sse"), chat.events(tools=tools)
        # This route left out `is_byok`, which the others have.
        assert shapes(real) == {shape - {".usage.is_byok"} for shape in shapes(ours)}
    else:
        real, ours = load(recordings, PYDANTIC, name, ".json"), chat.whole(tools=tools)
        assert keys(real) <= keys(ours)


def test_a_missing_key(recordings, http):
    real = load(recordings, RUBY, "error_handling_with_openrouter", ".json")
    del http.headers["Authorization"]
    assert http.post("/chat/completions", json={}).json() == real


def test_too_long_a_prompt(recordings, chat):
    real = load(recordings, RUBY, "real_error_scenarios_openrouter", ".json")
    assert keys(chat.post("word " * 250_000).json()) == keys(real)
