"""What the messages wire says of tokens and cost."""

from typing import Any

import pytest

from seed_core.events import Usage
from seed_core.wire.messages_usage import read_usage
from tests.wire.messages.streams import begin, ending, finish_of, message, reply, usage_of, whole


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"input_tokens": 4, "output_tokens": 2}, Usage(4, 2)),
        ({"input_tokens": 0, "output_tokens": 0}, Usage(0, 0)),
        ({"output_tokens": 2}, Usage(None, 2)),
        ({"input_tokens": 4}, Usage(4)),
        (
            {
                "input_tokens": 4,
                "cache_creation_input_tokens": 30,
                "cache_read_input_tokens": 200,
                "output_tokens": 2,
            },
            Usage(234, 2, cache_read_tokens=200, cache_write_tokens=30),
        ),
        ({"cache_read_input_tokens": 7}, Usage(7, cache_read_tokens=7)),
        ({"output_tokens_details": {"thinking_tokens": 9}}, Usage(reasoning_tokens=9)),
        (
            {"server_tool_use": {"web_search_requests": 2, "odd": "x", "web_fetch_requests": 0}},
            Usage(tool_usage={"web_search_requests": 2, "web_fetch_requests": 0}),
        ),
        ({"tool_usage": {"web_search": 3}}, Usage(tool_usage={"web_search": 3})),
        (
            {
                "input_tokens": "4",
                "output_tokens": True,
                "cache_read_input_tokens": 1.5,
                "output_tokens_details": [],
                "server_tool_use": 5,
            },
            Usage(),
        ),
        ({}, None),
    ],
)
def test_usage_is_what_was_told(told: dict[str, Any], expected: Usage | None) -> None:
    assert read_usage(told) == expected


def test_later_counters_replace_earlier_ones_and_absent_ones_stand() -> None:
    answer = reply(
        begin(usage={"input_tokens": 3, "cache_read_input_tokens": 9, "output_tokens": 1}),
        ending(None, usage={"output_tokens": 20, "cache_read_input_tokens": None}),
        ending("end_turn", usage={"input_tokens": 4, "output_tokens": 41}),
    )
    assert usage_of(answer) == Usage(13, 41, cache_read_tokens=9)


def test_a_cost_is_that_of_the_host() -> None:
    body = message(usage={"input_tokens": 1, "output_tokens": 1, "cost": 0.25})
    cost = finish_of(whole(body)).cost
    assert cost is not None
    assert (cost.usd, cost.source) == (0.25, "reported")
    streamed = finish_of(reply(begin(), ending(usage={"output_tokens": 1, "cost_usd": 0.5})))
    assert streamed.cost is not None
    assert streamed.cost.usd == 0.5
    assert finish_of(whole(message())).cost is None
