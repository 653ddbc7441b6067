"""Tokens and money: what a host tells, what is estimated, and what stays unknown."""

from seed_core.emulator import Answer, Emulator
from seed_core.events import Finish, Usage
from seed_core.pricing import estimate
from tests.contract.prompts import saying
from tests.contract.rows import Row, Way, ways_of

ANSWER = Answer(text="x" * 40, reasoning="y" * 80)
"""10 tokens of text and 20 of reasoning, as the emulator counts."""

TELLS_ALL = frozenset({"reasoning_tokens", "cache_read_tokens"})
TELLS: dict[tuple[str, str], frozenset[str]] = {
    ("modelslab", "chat"): frozenset(),
    ("modelslab", "messages"): frozenset(),
}
"""What a host tells beside input and output, where it is not everything."""

SILENT_STREAMS = {("modelslab", "chat")}
"""Streams without any usage, as ModelsLab documents them."""

REPORTS_COST = ("openrouter", "empiriolabs", "fal")
PASSED_ON = ("fal", "chat")
"""A route that passes on OpenRouter's figures, and has no table here."""


def finish_of(way: Way, emulator: Emulator, *answers: Answer, **options: object) -> Finish:
    prompt = saying("z" * 8000, **options)
    finish = way.ask(emulator, *answers, prompt=prompt).reply.finish
    assert finish is not None
    return finish


def priced(row: Row) -> bool:
    """Whether the provider's table has the model that is asked here."""
    return estimate(Usage(1, 1), row.bare.model, row.bare.prices) is not None


def silent(way: Way) -> bool:
    return not way.row.counts or (way.stream and (way.row.emulated, way.row.api) in SILENT_STREAMS)


def test_tokens_are_told_as_far_as_the_host_does(emulator: Emulator, way: Way) -> None:
    usage = finish_of(way, emulator, ANSWER).usage
    if silent(way):
        assert usage is None
        return
    assert usage is not None
    assert (usage.input_tokens or 0) >= 2000
    assert usage.output_tokens == 30
    tells = TELLS.get((way.row.emulated, way.row.api), TELLS_ALL)
    assert usage.reasoning_tokens == (20 if "reasoning_tokens" in tells else None)
    assert usage.cache_read_tokens == (0 if "cache_read_tokens" in tells else None)


def test_what_was_cached_is_told(emulator: Emulator, way: Way) -> None:
    options = {"caching": True} if way.row.has("caching") else {}
    finish_of(way, emulator, **options)
    usage = finish_of(way, emulator, **options).usage
    if silent(way):
        assert usage is None
        return
    assert usage is not None
    tells = TELLS.get((way.row.emulated, way.row.api), TELLS_ALL)
    if (way.row.emulated, way.row.api) == PASSED_ON:
        assert usage.cache_read_tokens == 0, "nothing is said of a cache there"
    elif "cache_read_tokens" in tells:
        assert (usage.cache_read_tokens or 0) >= 2000
        assert (usage.input_tokens or 0) >= (usage.cache_read_tokens or 0)
    else:
        assert usage.cache_read_tokens is None


def test_a_reported_cost_is_taken_as_it_is(emulator: Emulator, way: Way) -> None:
    cost = finish_of(way, emulator, ANSWER).cost
    if way.row.emulated in REPORTS_COST:
        assert cost is not None
        assert cost.source == "reported"
        assert cost.usd > 0
    else:
        assert cost is None or cost.source == "estimated"


def test_an_untold_cost_is_estimated_by_the_table_or_unknown(emulator: Emulator, way: Way) -> None:
    untold = Answer(text="x" * 40, reasoning="y" * 80, usage={"cost": ..., "cost_usd": ...})
    finish = finish_of(way, emulator, untold)
    expected = estimate(finish.usage, way.row.bare.model, way.row.bare.prices)
    assert finish.cost == expected
    if way.row.provider in REPORTS_COST and way.row.counts and priced(way.row):
        assert finish.cost is not None
        assert finish.cost.source == "estimated"
    else:
        assert finish.cost is None


def test_without_usage_nothing_is_made_up(emulator: Emulator, way: Way) -> None:
    finish = finish_of(way, emulator, Answer(text="Hi", usage_shape=0))
    assert finish.usage in (None, Usage())
    # fal's cost stands in a header.
    assert (finish.cost is None) == (not way.row.terse)


def test_the_host_s_own_figures_are_kept_as_they_came(emulator: Emulator, row: Row) -> None:
    for way in ways_of(row):
        if not silent(way):
            own = {"a_new_counter": 7}
            raw = finish_of(way, emulator, Answer(text="Hi", usage=own)).raw
            # In a stream of messages only the documented counters come again at the end.
            assert raw["usage"].get("a_new_counter") == 7 or (way.stream and row.api == "messages")


def test_a_cost_of_nothing_is_a_cost(emulator: Emulator, row: Row) -> None:
    if row.emulated in REPORTS_COST and row.counts:
        name = "cost_usd" if row.emulated == "empiriolabs" else "cost"
        for way in ways_of(row):
            for figure in (0, 0.0, 0.25):
                cost = finish_of(way, emulator, Answer(text="Hi", usage={name: figure})).cost
                assert cost is not None
                assert (cost.usd, cost.source) == (figure, "reported")
