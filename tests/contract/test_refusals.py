"""What a provider cannot do, or takes only in a range: said before anything is sent."""

import logging
from dataclasses import replace
from typing import get_args

import pytest

from seed_core.capabilities import PROMPTED, Feature
from seed_core.emulator import Emulator
from seed_core.errors import ConfigurationError, UnsupportedError
from seed_core.providers import who_can
from seed_core.types import Image, Prompt, Url
from tests.contract.prompts import ASKS, WEATHER, asking, saying
from tests.contract.rows import Row, Way, last, ways_of
from tests.core.calling import HELLO, ask

FEATURES: tuple[Feature, ...] = get_args(Feature)

BY_CLIENT = ("stop",)
"""What the client does where a host cannot."""

TOOLS: tuple[Feature, ...] = ("tools", "tool_choice", "parallel_tool_calls")

ON_ARRIVAL = ("hide_reasoning",)
"""What the client does where it is not known that a host can."""


def whole(row: Row) -> Way:
    """One way is enough where nothing depends on it."""
    return ways_of(row)[0]


def test_every_feature_is_asked_for() -> None:
    assert set(ASKS) == set(FEATURES)


def test_what_a_row_cannot_is_refused_with_those_who_can(emulator: Emulator, way: Way) -> None:
    row = way.row
    for feature in sorted(row.can.no - set(BY_CLIENT)):
        prompt = ASKS[feature]
        if feature in PROMPTED:  # else it would be asked for in words
            prompt = replace(prompt, options=replace(prompt.options, tool_calling="off"))
        error = way.ask(emulator, prompt=prompt).failure(UnsupportedError)
        # Without tools there is nothing to choose among.
        first = "tools" if feature in TOOLS and "tools" in row.can.no else feature
        assert f"{row.provider} does not support {first}" in str(error)
        able = who_can(first)
        assert (", ".join(able) + " can" if able else "no built-in provider can") in str(error)
        assert error.provider == row.provider
    assert emulator.requests == []


WITHOUT: dict[Feature, Prompt] = {
    "parallel_tool_calls": ASKS["tools"],
    "tool_choice": ASKS["tools"],
    "image_detail": ASKS["image"],
    "image_pixel_limit": ASKS["image"],
    "video_fps": ASKS["video"],
}
"""The same prompt without the feature, where that is not a greeting."""


def test_what_a_row_does_not_refuse_is_said_on_the_wire(emulator: Emulator, row: Row) -> None:
    for feature in FEATURES:
        if row.has(feature) is False or (feature in ON_ARRIVAL and not row.has(feature)):
            continue
        if feature == "upload":  # the emulated address is another than fal's: see its own tests
            continue
        asked, without = ASKS[feature], WITHOUT.get(feature, HELLO)
        if feature == "video_fps" and row.has("video") is False:
            without = HELLO
        elif feature == "video_fps":
            asked = replace(without, options=asked.options)
        bodies = []
        for prompt in (without, asked):
            outcome = whole(row).ask(emulator, prompt=prompt)
            bodies.append(last(emulator).body)
            # Where nobody knows, a host may refuse; where the row says yes, it must not, but for
            # the file that was never uploaded.
            free = row.has(feature) is None or feature == "file_id"
            assert outcome.error is None or free, (feature, outcome.error)
        assert bodies[0] != bodies[1], feature


# --- values ---------------------------------------------------------------------------------------


def test_a_number_is_taken_in_its_range_and_refused_outside(emulator: Emulator, row: Row) -> None:
    way, can = whole(row), row.can
    for name, (least, most) in can.ranges.items():
        if row.has(name) is False:  # type: ignore[arg-type]  # the value is a parameter
            continue
        # OpenRouter takes more than 0 there, and less than anybody would ask for.
        behind = row.emulated == "openrouter" or (row.emulated, row.api) == ("fal", "chat")
        least_sent = 0.01 if behind and name == "top_p" else least
        for value in (least_sent, most):
            assert way.ask(emulator, prompt=saying(**{name: value})).reply.text
        emulator.clear()
        for value in (least - 0.1, most + 0.1):
            error = way.ask(emulator, prompt=saying(**{name: value})).failure(ConfigurationError)
            assert f"{name}={value} is outside {least} to {most}" in str(error)
            assert row.provider in str(error)
        assert emulator.requests == []


def test_max_tokens_is_taken_up_to_its_limit(emulator: Emulator, row: Row) -> None:
    way, most = whole(row), row.can.max_output_tokens
    assert way.ask(emulator, prompt=asking(max_tokens=most or 65_536)).reply.text
    emulator.clear()
    for value in (0, -1) if most is None else (0, -1, most + 1):
        error = way.ask(emulator, prompt=asking(max_tokens=value)).failure(ConfigurationError)
        assert f"max_tokens={value}" in str(error)
    assert emulator.requests == []


WORDS: dict[str, tuple[str, ...]] = {
    "thinking": ("enabled", "disabled", "auto", "perhaps"),
    "reasoning_effort": ("minimal", "low", "medium", "high", "xhigh", "none", "enormous"),
    "image_detail": ("auto", "low", "high", "xhigh", "original", "blurred"),
    "service_tier": ("auto", "default", "fast", "flex", "someday"),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_word_is_taken_if_it_is_known_and_refused_if_not(
    emulator: Emulator, row: Row, name: str
) -> None:
    can = row.can
    of_options = {"thinking": can.thinking, "reasoning_effort": can.efforts, **can.words}
    known = of_options.get(name)
    if can.has(name) is False or known is None:  # type: ignore[arg-type]  # the value is a parameter
        return
    picture = Image(Url("https://a.example/b.png"), "image/png")
    parts = ("What is it?", picture) if name == "image_detail" else ()
    for word in WORDS[name]:
        emulator.clear()
        outcome = whole(row).ask(emulator, prompt=saying(*parts, **{name: word}))
        if word in known:
            assert outcome.reply.text, word
            continue
        error = outcome.failure(UnsupportedError)
        assert f"{row.provider} cannot express {name}={word!r}" in str(error)
        assert all(good in str(error) for good in known)
        assert emulator.requests == []
    assert set(known) <= set(WORDS[name])


def test_every_thinking_mode_goes_with_every_effort_or_is_refused_here(
    emulator: Emulator, row: Row
) -> None:
    can, way = row.can, whole(row)
    for thinking in can.thinking or ("disabled",):
        for effort in can.efforts or ("low", "high"):
            outcome = way.ask(emulator, prompt=asking(thinking=thinking, reasoning_effort=effort))
            if outcome.error is not None:
                # Never the host: what does not go together is known before.
                assert type(outcome.error) is ConfigurationError, outcome.error
                assert "reasoning_effort" in str(outcome.error)
            elif thinking == "disabled":
                assert outcome.reply.reasoning == ""


def test_thinking_can_be_turned_off_and_on(emulator: Emulator, row: Row) -> None:
    way = whole(row)
    assert way.ask(emulator, prompt=asking(thinking="disabled")).reply.reasoning == ""
    if "enabled" in (row.can.thinking or ("enabled",)):
        assert way.ask(emulator, prompt=asking(thinking="enabled")).reply.reasoning


def test_too_many_stop_texts_are_refused(emulator: Emulator, row: Row) -> None:
    most = row.can.max_stop
    if most is None or row.has("stop") is False:
        return
    way = whole(row)
    stops = tuple("abcdefghij"[: most + 1])
    assert way.ask(emulator, prompt=asking(stop=stops[:most])).error is None
    emulator.clear()
    error = way.ask(emulator, prompt=asking(stop=stops)).failure(ConfigurationError)
    assert f"{row.provider} takes at most {most} stop texts" in str(error)
    assert emulator.requests == []


# --- what is ignored ------------------------------------------------------------------------------


def test_what_a_host_ignores_is_sent_and_said_once_in_the_log(
    emulator: Emulator, row: Row, caplog: pytest.LogCaptureFixture
) -> None:
    for feature in sorted(row.can.ignored - row.can.no):
        # Under a name of its own, as every name is told once in a process.
        provider = replace(row.at(emulator), name=f"{row} ({feature})")
        with caplog.at_level(logging.WARNING, "seed_core"):
            for _ in range(2):
                assert ask("sync", provider, stream=False, prompt=ASKS[feature]).reply.finish
        said = [text for text in caplog.messages if text.startswith(f"{row} ({feature})")]
        assert said == [f"{row} ({feature}) accepts {feature} and ignores it"]


# --- prompts that are none ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        Prompt(()),
        asking(tools=(WEATHER, WEATHER)),
        asking(tools=(replace(WEATHER, name="not a name"),)),
        asking(tool_choice="required"),
        asking(stop=("",)),
        asking(temperature=float("nan")),
    ],
)
def test_what_no_host_would_take_is_not_sent(emulator: Emulator, row: Row, wrong: Prompt) -> None:
    for way in ways_of(row):
        error = way.ask(emulator, prompt=wrong).failure(ConfigurationError)
        assert error.provider == row.provider
    assert emulator.requests == []


def test_extra_body_is_the_last_word(emulator: Emulator, row: Row) -> None:
    prompt = asking(temperature=0.5, extra_body={"temperature": 0.25, "x_own": {"a": [1, None]}})
    assert whole(row).ask(emulator, prompt=prompt).reply.text
    assert last(emulator).body["temperature"] == 0.25
    assert last(emulator).body["x_own"] == {"a": [1, None]}


def test_fields_for_one_host_go_to_it_alone(emulator: Emulator, row: Row) -> None:
    fields = {row.provider: {"x_own": 1}, "another": {"x_other": 2}}
    assert whole(row).ask(emulator, prompt=asking(host_options=fields)).reply.text
    assert last(emulator).body["x_own"] == 1
    assert "x_other" not in last(emulator).body
