"""The benchmarks: their server speaks the protocol, and what they say of figures is right."""

import pytest

from benchmarks import server, wire
from benchmarks.contenders import CONTENDERS
from benchmarks.contenders.base import Ask, Piece
from benchmarks.delivery import COMPLETE, COUNTS, DROPS_REASONING, LOSES_TEXT, check, verdict
from benchmarks.goals import Goal, goals, goals_table
from benchmarks.measuring import Stage
from benchmarks.report import PAGE, filled, sections
from benchmarks.results import Figure, Run
from benchmarks.running import run_suites
from benchmarks.suites import SUITES
from benchmarks.suites.media import digest, write
from benchmarks.tables import NOTE, suite_table
from benchmarks.wire import Scenario
from seed_core import Client, Prompt, collect, resolve
from seed_core.types import Message, Text
from tests.examples.pages import rows

OURS = {"ChatSeed": "langchain_core", "SeedLLM": "llama_index.core"}


@pytest.fixture(scope="module")
def address():
    with server.running() as found:
        yield found


@pytest.fixture
def stage(request, address, tmp_path):
    pytest.importorskip(OURS[request.param])
    found = Stage(CONTENDERS[request.param], address, tmp_path)
    yield found
    found.close()


of_ours = pytest.mark.parametrize("stage", OURS, indirect=True)

# --- the server, and what is delivered -----------------------------------------------------------


@of_ours
def test_this_project_delivers_all_that_the_server_sends(stage):
    states = check(stage)
    assert {"call", "stream", "acall", "astream", "tools"} <= states.keys()
    assert set(states.values()) == {COMPLETE}


@of_ours
def test_the_server_counts_connections_and_looks_at_uploads(stage, tmp_path):
    picture = write(tmp_path / "large.png", b"\x89PNG\r\n\x1a\n", 300_000)
    contender = stage.contender(Scenario())
    contender.call(Ask())
    server.counts(stage.server, forget=True)
    contender.call(Ask(images=(picture,)))
    contender.call(Ask())
    found = server.counts(stage.server)
    assert (found["connections"], found["calls"]) == (1, 2)
    assert [tuple(medium) for medium in found["media"]] == [digest(picture)]


@pytest.mark.parametrize(
    "scenario",
    [Scenario(events=7), Scenario(events=7, pace=1, delay=1), Scenario(events=2, fragments=5)],
)
def test_a_whole_reply_and_a_stream_are_the_same_answer(address, scenario):
    provider = resolve("openrouter", base_url=address + scenario.path, api_key="k")
    prompt = Prompt((Message("user", (Text("Hello"),)),))
    with Client(provider) as client:
        for reply in (client.call(prompt), collect(client.stream(prompt))):
            assert (reply.text, reply.reasoning) == (scenario.text, scenario.reasoning)
            said = "".join(call.arguments for call in reply.tool_calls)
            assert said == scenario.arguments
            assert reply.finish is not None
            assert reply.finish.usage is not None
            assert reply.finish.usage.output_tokens == scenario.deltas
            assert reply.finish.cost is not None


def test_an_event_is_as_long_as_the_page_says():
    lengths = [
        int(part.partition(b"\r\n")[0], 16) for part in wire.streamed(Scenario(2000))[2:2002]
    ]
    assert 285 <= min(lengths) <= max(lengths) <= 390
    assert "285 to 390 bytes" in " ".join(PAGE.read_text("utf-8").split())


def test_whoever_loses_text_is_not_compared():
    scenario = Scenario(events=6)
    whole = [Piece(reasoning=scenario.reasoning), Piece(text=scenario.text)]
    assert verdict(scenario, whole) == COMPLETE
    assert verdict(scenario, [Piece(text=scenario.text)]) == DROPS_REASONING
    assert verdict(scenario, [Piece(scenario.text[1:], scenario.reasoning)]) == LOSES_TEXT
    assert verdict(scenario, whole * 2) == LOSES_TEXT
    loser = Figure("call", "sync", "socket", LOSES_TEXT, {"wall_ms": [0.1]})
    run = made_up(loser, Figure("call", "sync", "httpx floor", samples={"wall_ms": [1.0]}))
    assert loser.median("wall_ms") is None
    assert run.ratio("call", "sync", "socket", "wall_ms") is None
    assert "| socket | loses text | - | - |" in suite_table(run, SUITES["call"])


# --- figures -------------------------------------------------------------------------------------


def made_up(*figures):
    return Run("python -m benchmarks", {"cores": "2"}, {"httpx": "0.28"}, list(figures))


def bursts(**microseconds):
    return [
        Figure("burst", "sync", name.replace("_", " "), samples={"cpu_us": samples})
        for name, samples in microseconds.items()
    ]


def test_a_figure_is_the_median_over_rounds_and_its_ratio_that_of_medians():
    run = made_up(*bursts(httpx_floor=[20.0, 10.0, 900.0], ChatSeed=[5.0, 4.0, 6.0, 4.0]))
    assert run.value("burst", "sync", "httpx floor", "cpu_us") == 20
    assert run.value("burst", "sync", "ChatSeed", "cpu_us") == 4.5
    assert run.ratio("burst", "sync", "ChatSeed", "cpu_us") == 0.225
    assert run.ratio("burst", "sync", "ChatSeed", "wall_us") is None
    assert run.ratio("burst", "async", "ChatSeed", "cpu_us") is None


def test_a_goal_is_met_missed_or_not_measured():
    run = made_up(*bursts(httpx_floor=[20.0], ChatSeed=[6.0], ChatOpenAI=[300.0]))
    stream = "ChatSeed, a stream at once, CPU, sync / httpx floor"
    found = {row[0]: row[1:] for row in rows(goals_table(run))}
    assert found[stream] == ["<= 0.35 x", "0.3", "yes"]
    assert found["ChatOpenAI / ChatSeed, a stream at once, CPU, sync"] == [">= 40 x", "50", "yes"]
    assert found["SeedLLM, a stream at once, CPU, sync / httpx floor"][-1] == "not measured"
    slower = made_up(*bursts(httpx_floor=[20.0], ChatSeed=[7.1], ChatOpenAI=[280.0]))
    found = {row[0]: row[1:] for row in rows(goals_table(slower))}
    assert found[stream] == ["<= 0.35 x", "0.355", "**no**"]
    assert found["ChatOpenAI / ChatSeed, a stream at once, CPU, sync"][-1] == "**no**"


@pytest.mark.parametrize(
    ("value", "at_least", "met"),
    [(1.0, False, True), (1.1, False, False), (1.0, True, True), (0.9, True, False)],
)
def test_a_bound_itself_is_met(value, at_least, met):
    assert Goal("a bound", 1.0, lambda run: value, at_least=at_least).met(made_up()) is met


def test_every_goal_looks_at_figures_that_are_measured():
    figures = [
        Figure(suite.name, case, name, samples={column: [1.0] for column in suite.columns})
        for suite in SUITES.values()
        for case in suite.cases
        for name in CONTENDERS
    ]
    run = made_up(*figures)
    assert [goal.about for goal in goals() if goal.met(run) is None] == []


# --- the record, and the page --------------------------------------------------------------------


def test_a_run_is_recorded_and_read_again(tmp_path):
    pytest.importorskip("orjson")
    run = made_up()
    told: list[str] = []
    with (tmp_path / "log").open("w") as log:
        run_suites(run, ["connections"], ["httpx floor"], full=False, log=log, show=told.append)
    assert told == [f"  httpx floor: {COMPLETE}", "connections"], (tmp_path / "log").read_text()
    run.write(tmp_path / "bench.json")
    again = Run.read(tmp_path / "bench.json")
    assert again == run
    found = {figure.case: figure.samples for figure in again.figures}
    assert found == {case: {"connections": [1.0]} for case in ("sync", "async")}


def test_a_table_marks_who_does_less_work():
    figures = bursts(httpx_floor=[20.0], ChatSeed=[5.0], ChatOpenAI=[300.0])
    figures[-1].state = DROPS_REASONING
    assert DROPS_REASONING in COUNTS
    shown = suite_table(made_up(*figures), SUITES["burst"])
    assert list(rows(shown)) == [
        ["httpx floor", "20", "-", "1"],
        ["**ChatSeed**", "5", "-", "0.25"],
        ["ChatOpenAI *", "300", "-", "15"],
    ]
    assert shown.rstrip().endswith(NOTE)


def test_the_page_has_a_place_for_every_table_of_a_record(tmp_path):
    figures = [
        Figure(suite.name, case, "ChatSeed", samples={column: [777.0] for column in suite.columns})
        for suite in SUITES.values()
        for case in suite.cases
    ]
    made_up(*figures).write(tmp_path / "bench.json")
    parts = sections(Run.read(tmp_path / "bench.json"))
    assert parts.keys() == {"run", "goals", *SUITES}
    page = filled(PAGE.read_text("utf-8"), parts)
    assert all(part.strip() in page for part in parts.values())
    assert filled(page, parts) == page
    with pytest.raises(ValueError, match="0 places for 'weather'"):
        filled(page, {"weather": "fine"})


# --- the parts of an event ------------------------------------------------------------------------


def test_the_parts_of_an_event_are_told_apart(monkeypatch, capsys):
    pytest.importorskip("langchain_core")
    pytest.importorskip("llama_index.core")
    from benchmarks import parts

    monkeypatch.setattr(parts, "pin", lambda _: None)
    monkeypatch.setattr(parts, "_ROUNDS", 1)
    monkeypatch.setattr(parts, "_COLD", b"")
    parts.main()
    _clock, *table = rows(capsys.readouterr().out)
    assert len(table) == 4
    for _, warm, cold in table:
        assert float(warm) > 0
        assert float(cold) > 0
