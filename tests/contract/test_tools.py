"""Tools: calls, results, reasoning that goes back to its issuer, choices."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import pytest

from seed_core.emulator import Answer, Emulator, ToolUse
from seed_core.errors import BadRequestError
from seed_core.events import Reply
from seed_core.types import NamedTool, ReplayState
from tests.contract.prompts import TIME, WEATHER, asking, going_on
from tests.contract.rows import Way, last, ways
from tests.core.calling import ONCE

THOUGHT = "The weather in Paris is wanted."
PARIS = ToolUse("get_weather", '{"city": "Paris"}')
LONDON = ToolUse("get_time", '{"city": "London"}')
ASKED = asking("How is the weather?", tools=(WEATHER, TIME))


def test_a_call_and_its_result_make_an_answer(emulator: Emulator, way: Way) -> None:
    calling = Answer(reasoning=THOUGHT, tool_calls=[PARIS], piece=4)
    first = way.ask(emulator, calling, prompt=ASKED).reply
    (call,) = first.tool_calls
    assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "Paris"})
    assert call.id
    assert (first.text, first.reasoning) == ("", THOUGHT)
    assert first.finish is not None
    assert first.finish.reason == "tool_calls"
    second = way.ask(emulator, prompt=going_on(ASKED, first, "18 degrees")).reply
    assert "18 degrees" in second.text
    assert "get_weather" in second.text


def test_reasoning_goes_back_to_its_issuer(emulator: Emulator, way: Way) -> None:
    first = way.ask(emulator, Answer(reasoning=THOUGHT, tool_calls=[PARIS]), prompt=ASKED).reply
    assert way.ask(emulator, prompt=going_on(ASKED, first, "18 degrees")).reply.text
    # fal's own endpoint takes none back.
    assert (THOUGHT.encode() in last(emulator).raw) != way.row.terse


def test_several_calls_at_once_are_all_answered(emulator: Emulator, way: Way) -> None:
    # Text beside calls, and a tool that wants nothing.
    calls = [PARIS, LONDON, ToolUse("get_time", "{}")]
    answer = Answer(text="I shall look.", reasoning=THOUGHT, tool_calls=calls, piece=5)
    first = way.ask(emulator, answer, prompt=ASKED).reply
    assert first.text == "I shall look."
    assert [call.name for call in first.tool_calls] == ["get_weather", "get_time", "get_time"]
    given = [json.loads(call.arguments) for call in first.tool_calls]
    assert given == [{"city": "Paris"}, {"city": "London"}, {}]
    assert len({call.id for call in first.tool_calls}) == 3
    prompt = going_on(ASKED, first, "18 degrees", "ten o'clock", "noon")
    second = way.ask(emulator, prompt=prompt).reply
    assert all(result in second.text for result in ("18 degrees", "ten o'clock", "noon"))


def test_a_loop_of_several_rounds_is_understood(emulator: Emulator, way: Way) -> None:
    first = way.ask(emulator, Answer(reasoning=THOUGHT, tool_calls=[PARIS]), prompt=ASKED).reply
    prompt = going_on(ASKED, first, "18 degrees")
    second = way.ask(emulator, Answer(reasoning="Now.", tool_calls=[LONDON]), prompt=prompt).reply
    third = way.ask(emulator, prompt=going_on(prompt, second, "ten o'clock")).reply
    assert "18 degrees" in third.text
    assert "ten o'clock" in third.text


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("auto", []),
        ("none", []),
        ("required", ["get_weather"]),
        (NamedTool("get_time"), ["get_time"]),
    ],
    ids=str,
)
def test_a_choice_of_tools_is_kept(
    emulator: Emulator,
    way: Way,
    choice: Literal["auto", "none", "required"] | NamedTool,
    called: list[str],
) -> None:
    assert way.row.serves("tool_choice") is not False
    prompt = asking("Hello", tools=(WEATHER, TIME), tool_choice=choice)
    reply = way.ask(emulator, prompt=prompt).reply
    assert [call.name for call in reply.tool_calls] == called
    assert bool(reply.text) == (not called)


def test_one_call_at_a_time_can_be_asked_for(emulator: Emulator, way: Way) -> None:
    prompt = asking("get_weather and get_time", tools=(WEATHER, TIME), parallel_tool_calls=False)
    assert way.row.serves("parallel_tool_calls") is not False
    assert way.ask(emulator, prompt=prompt).reply.tool_calls
    said = b"at most one call" if way.row.has("tools") is False else b"parallel_tool"
    assert said in last(emulator).raw


# On the messages wire a call holds an object, not text.
WITH_TEXT = [way for way in ways() if way.row.api != "messages"]


@pytest.mark.parametrize("texted", WITH_TEXT, ids=str)
def test_arguments_that_are_not_json_are_handed_on_as_they_came(
    emulator: Emulator, texted: Way
) -> None:
    answer = Answer(tool_calls=[ToolUse("get_weather", ' {"city": ')])
    reply = texted.ask(emulator, answer, prompt=ASKED).reply
    assert [call.arguments.strip() for call in reply.tool_calls] == ['{"city":']


# --- sealed reasoning -----------------------------------------------------------------------------

SEALED_BUILDS = {"byteplus": "seed-2-0-mini-260428", "volcengine": "doubao-seed-2-0-mini-260428"}
MARKS = ("signature", "encrypted_content")


def sealing(way: Way) -> dict[str, Any]:
    """The settings with which a host seals its reasoning, so that it can tell what was altered."""
    if way.row.provider in SEALED_BUILDS and way.row.api != "batch":
        return {"model": SEALED_BUILDS[way.row.provider]}
    return {}


def seals_of(reply: Reply) -> list[str]:
    details = reply.state.details if reply.state is not None else None
    return [str(entry[mark]) for entry in details or () for mark in MARKS if entry.get(mark)]


def test_sealed_reasoning_goes_back_byte_for_byte(emulator: Emulator, way: Way) -> None:
    settings = sealing(way)
    calling = Answer(reasoning=THOUGHT, tool_calls=[PARIS])
    first = way.ask(emulator, calling, prompt=ASKED, **settings).reply
    seals = seals_of(first)
    known = {"responses", "messages"} if way.row.emulated in ("openrouter", "modelslab") else set()
    assert bool(seals) == bool(settings or way.row.api in known)
    if not seals:
        return
    good = going_on(ASKED, first, "18 degrees")
    assert "18 degrees" in way.ask(emulator, prompt=good, **settings).reply.text
    assert all(json.dumps(seal).encode() in last(emulator).raw for seal in seals)
    bad = going_on(ASKED, replace(first, state=altered(first.state)), "18 degrees")
    outcome = way.ask(emulator, prompt=bad, retry=ONCE, **settings)
    assert outcome.failure(BadRequestError).status_code == 400


def altered(state: ReplayState | None) -> ReplayState:
    """The same state with another seal."""
    assert state is not None

    def forged(entry: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: value[:8] + "A" * 8 + value[16:] if name in MARKS and value else value
            for name, value in entry.items()
        }

    return replace(state, details=tuple(forged(entry) for entry in state.details or ()))


# --- foreign histories ----------------------------------------------------------------------------


def test_calls_of_another_provider_are_understood_and_its_reasoning_stays_behind(
    emulator: Emulator, way: Way
) -> None:
    theirs = replace(PARIS, id="call_of_theirs")
    calling = Answer(reasoning=THOUGHT, tool_calls=[theirs])
    first = way.ask(emulator, calling, prompt=ASKED).reply
    assert first.state is not None
    # In the form of this wire, but not of this host.
    issuer = first.state.issuer.replace(way.row.provider, "elsewhere")
    foreign = replace(first, state=replace(first.state, issuer=issuer))
    reply = way.ask(emulator, prompt=going_on(ASKED, foreign, "18 degrees")).reply
    assert "18 degrees" in reply.text
    # In the markup a call has no name of its own until it is read.
    call = first.tool_calls[0].id
    assert call == "call_of_theirs" or way.row.has("tools") is False
    assert call.encode() in last(emulator).raw
    assert THOUGHT.encode() not in last(emulator).raw
