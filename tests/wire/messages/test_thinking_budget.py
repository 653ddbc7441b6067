"""How thinking, effort and budget become the wire's one field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed_core.errors import ConfigurationError
from seed_core.types import Json, Options
from seed_core.wire.messages import BUDGETS, LEAST_BUDGET, MessagesWire, budget_fields
from tests.wire.messages.bodies import fields_of


def _enabled(budget: int) -> Json:
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


OFF = {"thinking": {"type": "disabled"}}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (Options(), {}),
        (Options(thinking="disabled"), OFF),
        (Options(thinking="disabled", reasoning_effort="high"), OFF),
        (Options(thinking="disabled", max_tokens=16), OFF),
        (Options(reasoning_effort="minimal"), OFF),
        (Options(reasoning_effort="minimal", max_tokens=16), OFF),
        (Options(thinking="auto"), {"thinking": {"type": "adaptive"}}),
        (Options(thinking="auto", reasoning_effort="low"), _enabled(1024)),
        (Options(thinking="enabled"), _enabled(2048)),
        (Options(reasoning_effort="low"), _enabled(1024)),
        (Options(reasoning_effort="medium"), _enabled(2048)),
        (Options(reasoning_effort="high"), _enabled(6144)),
        (Options(thinking="enabled", reasoning_effort="high"), _enabled(6144)),
        (Options(thinking_budget=3000), _enabled(3000)),
        (Options(thinking_budget=1024, max_tokens=1025), _enabled(1024)),
        (Options(thinking_budget=8191), _enabled(8191)),
    ],
)
def test_thinking_is_a_budget(options: Options, expected: Json) -> None:
    limit = options.max_tokens or 8192
    assert fields_of(options) == {"max_tokens": limit, **expected}


@pytest.mark.parametrize(
    ("effort", "max_tokens", "budget"),
    [
        ("high", 8192, 6144),
        ("high", 4000, 3000),
        ("high", 100_000, 6144),
        ("medium", 2000, 1500),
        ("high", 1100, 1024),
        ("low", 1025, 1024),
    ],
)
def test_the_budget_of_an_effort_leaves_a_quarter_for_the_answer(
    effort: str, max_tokens: int, budget: int
) -> None:
    said = budget_fields(Options(reasoning_effort=effort), max_tokens)
    assert said == _enabled(budget)


@pytest.mark.parametrize(
    "how",
    [
        {"thinking": "enabled"},
        {"reasoning_effort": "low"},
        {"thinking_budget": 1024},
    ],
)
@pytest.mark.parametrize("max_tokens", [1, 1024])
def test_a_limit_that_leaves_no_room_to_think_says_what_to_change(
    how: dict[str, Any], max_tokens: int
) -> None:
    with pytest.raises(ConfigurationError, match=f"max_tokens={max_tokens} .* raise max_tokens"):
        fields_of(Options(max_tokens=max_tokens, **how))


@pytest.mark.parametrize(
    ("budget", "max_tokens"), [(1023, None), (0, None), (8192, None), (2000, 2000), (-1, 5000)]
)
def test_a_budget_that_does_not_fit_says_what_to_change(budget: int, max_tokens: int) -> None:
    limit = max_tokens or 8192
    said = f"thinking_budget={budget} is outside 1024 to {limit - 1}.*change one of them"
    with pytest.raises(ConfigurationError, match=said):
        fields_of(Options(thinking_budget=budget, max_tokens=max_tokens))


def test_a_level_without_a_budget_names_those_that_have_one() -> None:
    with pytest.raises(ConfigurationError, match="'xhigh' is none of minimal, low, medium, high"):
        fields_of(Options(reasoning_effort="xhigh"))


@given(st.sampled_from(sorted(BUDGETS)), st.integers(1025, 200_000))
def test_the_budget_of_an_effort_always_fits(effort: str, max_tokens: int) -> None:
    said = budget_fields(Options(reasoning_effort=effort), max_tokens)
    assert LEAST_BUDGET <= said["thinking"]["budget_tokens"] < max_tokens
    assert said["thinking"]["budget_tokens"] <= BUDGETS[effort]


def test_a_host_may_say_it_in_another_way() -> None:
    def spoken(options: Options, max_tokens: int) -> Json:
        return {"think": options.thinking, "room": max_tokens}

    wire = MessagesWire(thinking_fields=spoken, max_tokens_default=5)
    expected = {"max_tokens": 5, "think": "enabled", "room": 5}
    assert fields_of(Options(thinking="enabled"), wire=wire) == expected


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(thinking_budget=3000, reasoning_effort="low"), "not both"),
        (Options(thinking="enabled", reasoning_effort="minimal"), "say one of the two"),
    ],
)
def test_one_thing_said_in_two_ways_is_told(options: Options, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        budget_fields(options, 8192)
