"""What calls come to, as a value: added up, shown, written down."""

import copy
import json
import pickle

import pytest

from seed_core import Spending
from seed_core.errors import MediaError
from seed_core.events import Cost, Finish, Usage
from seed_core.spending import Spent, spent_by

MINI = "bytedance-seed/seed-2.0-mini"


# --- the sum --------------------------------------------------------------------------------------


def test_an_answer_is_read_off_its_end() -> None:
    usage = Usage(10, 20, 5, 4, 3, {"web_search": 2})
    told = spent_by(Finish("stop", usage=usage, cost=Cost(0.5, "reported")))
    assert told == Spent(1, 10, 20, 5, 4, 3, reported_usd=0.5, tool_usage={"web_search": 2})
    assert spent_by(Finish("stop", usage=Usage(1, 2), cost=Cost(0.0, "estimated"))) == Spent(
        1, 1, 2
    )
    assert spent_by(Finish("stop", usage=Usage(1))) == Spent(1, 1, unknown_cost=1, unknown_tokens=1)
    assert spent_by(None) == Spent(1, unknown_cost=1, unknown_tokens=1)


def test_sums_keep_reported_and_estimated_apart() -> None:
    one = Spent(1, 1, 2, 3, 4, 5, 0.1, 0.0, 0, 0, {"a": 1})
    other = Spent(2, 1, 2, 3, 4, 5, 0.0, 0.2, 1, 1, {"a": 1, "b": 2})
    before = copy.deepcopy((one, other))
    both = one + other
    assert both == Spent(3, 2, 4, 6, 8, 10, 0.1, 0.2, 1, 1, {"a": 2, "b": 2})
    assert both.total_usd == pytest.approx(0.3)
    assert both.total_tokens == 6
    assert (one, other) == before


# --- shown and kept -------------------------------------------------------------------------------


def spent_something() -> Spending:
    spending = Spending(max_usd=2)
    cost = Cost(0.25, "reported")
    usage = Usage(1_234_567, 20, 5, 4, 3, {"web_search": 2})
    spending.add("openrouter", MINI, spent_by(Finish("stop", usage=usage, cost=cost)))
    spending.add("modelslab", "seed", spent_by(Finish("stop")))
    spending.add_failure("fal", MediaError("gone"))
    return spending


def test_it_is_shown_as_a_table() -> None:
    lines = str(spent_something()).splitlines()
    assert lines[0] == "Spending: 2 calls, 0.250000 of 2 USD"
    assert lines[1].split() == [
        *("provider", "model", "calls", "input", "output", "reasoning", "cached"),
        *("reported", "estimated", "unknown"),
    ]
    row = ["openrouter", MINI, "1", "1,234,567", "20", "5", "4", "0.250000", "0.000000", "0"]
    assert lines[2].split() == row
    assert lines[4].split()[:2] == ["all", "2"]
    assert lines[5:] == ["tools: web_search 2", "failed: fal MediaError 1"]
    assert str(Spending()) == "Spending: 0 calls, 0.000000 USD"


def test_it_is_written_down_as_json() -> None:
    told = json.loads(json.dumps(spent_something().as_dict()))
    assert told["total"]["total_usd"] == 0.25
    assert told["total"]["tool_usage"] == {"web_search": 2}
    assert [row["provider"] for row in told["by_model"]] == ["openrouter", "modelslab"]
    assert told["failed"] == [{"provider": "fal", "error": "MediaError", "count": 1}]
    assert told["max_usd"] == 2


def test_a_copy_counts_together_and_a_pickle_for_itself() -> None:
    spending = spent_something()
    assert copy.deepcopy([spending])[0] is spending
    again = pickle.loads(pickle.dumps(spending))
    assert again.as_dict() == spending.as_dict()
    again.add("openrouter", MINI, Spent(1))
    assert again.total.calls == spending.total.calls + 1
