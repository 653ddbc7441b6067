"""Batches against the emulator: what is sent, what is written, what a second run does."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from seed_core.batch import Plan, Summary, arun, run
from seed_core.batch.ledger import Ledger
from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from seed_core.errors import (
    AuthenticationError,
    BudgetExceededError,
    ConfigurationError,
    InsufficientCreditError,
)
from seed_core.settings import Settings
from seed_core.spending import Spending
from tests.batch.batches import question, read, rows, settings_at, write
from tests.core.calling import KEY, eventually, provider_at

ONE = Plan(concurrency=1)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "in.jsonl", rows(12))


def asked(emulator: Emulator) -> list[str]:
    return [question(seen) for seen in emulator.requests]


# --------------------------------------------------------------------------------- one run


def test_every_row_is_answered_and_written_down_once(
    emulator: Emulator, source: Path, output: Path
) -> None:
    told: list[Summary] = []
    summary = run(settings_at(emulator), source, output, on_progress=told.append)
    found = read(output)
    assert [(row["index"], row["id"]) for row in found] == [(i, f"row-{i}") for i in range(12)]
    for row in found:
        assert f'"Question {row["index"]}."' in row["text"]
        assert row["reasoning"].startswith("This is message 1")
        assert (row["finish_reason"], row["provider"]) == ("stop", "openrouter")
        assert row["cost"]["source"] == "reported"
    assert sorted(asked(emulator)) == sorted(f"Question {i}." for i in range(12))
    assert (summary.answered, summary.failed, summary.total, summary.sent) == (12, 0, 12, 12)
    assert summary.spent.total_usd == pytest.approx(sum(row["cost"]["usd"] for row in found))
    assert summary.spent.output_tokens == sum(row["usage"]["output_tokens"] for row in found)
    assert summary.finish_reasons == {"stop": 12}
    assert [step.done for step in told] == list(range(13))
    assert told[-1] == summary
    assert sorted(path.name for path in output.parent.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_no_more_are_asked_at_once_than_the_plan_says(
    emulator: Emulator, source: Path, output: Path
) -> None:
    emulator.script(*[Answer(text="Yes.", delay=0.05)] * 12)
    run(settings_at(emulator), source, output, Plan(concurrency=3))
    assert len({seen.connection for seen in emulator.requests}) <= 3


def test_rows_may_be_values_and_ids_left_out(emulator: Emulator, output: Path) -> None:
    def coming() -> Any:
        for i in range(3):
            yield {"prompt": f"Question {i}."}

    settings = settings_at(emulator)
    assert run(settings, coming(), output).answered == 3
    assert [(row["index"], row["id"]) for row in read(output)] == [(i, None) for i in range(3)]
    again = run(settings, [{"prompt": f"Question {i}."} for i in range(4)], output)
    assert (again.answered, again.sent, again.total) == (4, 1, 4)


def test_the_standard_input_is_asked_as_it_comes(emulator: Emulator, output: Path) -> None:
    reading, writing = os.pipe()
    kept = os.dup(0)
    os.dup2(reading, 0)
    os.close(reading)
    first, *others = (f"{json.dumps(row)}\n\n".encode() for row in rows(100))

    def write_on(summary: Summary) -> None:
        if summary.done == 1 and others:  # the first is answered before the others are there
            os.write(writing, b"".join(others))
            os.close(writing)
            others.clear()

    try:
        os.write(writing, first)
        summary = run(settings_at(emulator), "-", output, on_progress=write_on)
        again = run(settings_at(emulator), rows(100), output)
    finally:
        os.dup2(kept, 0)
        os.close(kept)
    assert (summary.answered, summary.total) == (100, 100)
    assert [row["id"] for row in read(output)] == [f"row-{i}" for i in range(100)]
    assert again.sent == 0


def test_tool_calls_and_what_a_row_says_itself_are_there(emulator: Emulator, output: Path) -> None:
    emulator.script(Answer(tool_calls=[ToolUse("now", '{"zone": "UTC"}', "c1")]))
    tool = {"type": "function", "function": {"name": "now"}}
    run(settings_at(emulator, max_tokens=9), [{"prompt": "a", "tools": [tool]}], output)
    (row,) = read(output)
    assert row["tool_calls"] == [{"id": "c1", "name": "now", "arguments": '{"zone": "UTC"}'}]
    assert row["finish_reason"] == "tool_calls"
    assert emulator.requests[0].body["max_tokens"] == 9
    assert emulator.requests[0].body["tools"][0]["function"]["name"] == "now"


def test_nothing_that_is_written_has_a_key(emulator: Emulator, source: Path, output: Path) -> None:
    emulator.script(*[Fault.status(500, message=f"the key {KEY} is good")] * 3)
    seen: list[bytes] = []

    def look(_: Summary) -> None:
        seen.extend(path.read_bytes() for path in output.parent.iterdir())

    run(settings_at(emulator), source, output, ONE, on_progress=look)
    assert len(read(output)) == 12
    assert any(b'"begun"' in text for text in seen)
    assert not any(KEY.encode() in text for text in seen)


def test_the_loop_of_a_program_can_run_several(emulator: Emulator, tmp_path: Path) -> None:
    async def work() -> list[Summary]:
        settings = settings_at(emulator)
        outputs = (tmp_path / "a.jsonl", tmp_path / "b.jsonl")
        return await asyncio.gather(*(arun(settings, rows(3), one) for one in outputs))

    assert [summary.answered for summary in asyncio.run(work())] == [3, 3]


# ------------------------------------------------------------------------------ going on with it


def test_what_was_recorded_is_never_sent_again(
    emulator: Emulator, source: Path, output: Path
) -> None:
    settings = settings_at(emulator)
    run(settings, source, output)
    lines = output.read_bytes().splitlines(keepends=True)
    output.write_bytes(b"".join(lines[:5]) + lines[5][:30])
    emulator.clear()
    summary = run(settings, source, output)
    assert (summary.answered, summary.sent) == (12, 7)
    assert output.read_bytes().startswith(b"".join(lines[:5]))
    assert [row["index"] for row in read(output)] == list(range(12))
    assert len(asked(emulator)) == 7
    emulator.clear()
    assert run(settings, source, output).sent == 0
    assert asked(emulator) == []


def test_rows_may_be_added_at_the_end(emulator: Emulator, source: Path, output: Path) -> None:
    settings = settings_at(emulator)
    run(settings, source, output)
    emulator.clear()
    write(source, rows(14))
    assert run(settings, source, output).answered == 14
    assert sorted(asked(emulator)) == ["Question 12.", "Question 13."]


CHANGED = [
    ([*rows(3), {"id": "other", "prompt": "Question 3."}, *rows(12)[4:]], "'other'.*'row-3'"),
    ([*rows(3), {"id": "row-3", "prompt": "Another."}, *rows(12)[4:]], "'row-3'.*something else"),
    (rows(12)[1:], "'row-1'.*'row-0'"),
    (rows(11), "has 11 rows.*at least 12"),
]


@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize(("changed", "message"), CHANGED)
def test_an_input_that_was_changed_is_an_error(
    emulator: Emulator, source: Path, output: Path, changed: Any, message: str, *, once: bool
) -> None:
    settings = settings_at(emulator)
    run(settings, source, output)
    written = output.read_bytes()
    emulator.clear()
    with pytest.raises(ConfigurationError, match=message):
        run(settings, iter(changed) if once else write(source, changed), output)
    assert asked(emulator) == []
    assert output.read_bytes() == written


@pytest.mark.parametrize(
    ("last", "message"),
    [
        ('{"id": "row-13"', "line 13 is not JSON"),
        ({"id": "row-13"}, "line 13: a row has either prompt or messages"),
        ({"id": "row-3", "prompt": "a"}, "the id 'row-3' of row 12 was there before"),
        ({"id": "a", "prompt": "a", "max_token": 3}, "line 13: .*did you mean 'max_tokens'"),
    ],
)
def test_a_mistake_in_the_input_shows_before_anything_is_paid_for(
    emulator: Emulator, source: Path, output: Path, last: Any, message: str
) -> None:
    write(source, [*rows(12), last])
    with pytest.raises(ConfigurationError, match=message):
        run(settings_at(emulator), source, output)
    assert asked(emulator) == []


def test_a_mistake_in_rows_that_come_once_leaves_those_before_it_answered(
    emulator: Emulator, output: Path
) -> None:
    coming = iter([*rows(3), {"id": "a"}, *rows(9)[3:]])
    with pytest.raises(ConfigurationError, match="row 4: a row has either"):
        run(settings_at(emulator), coming, output)
    assert [row["index"] for row in read(output)] == [0, 1, 2]


@pytest.mark.parametrize("source", ["nowhere.jsonl", {"prompt": "a"}, 5, b"in.jsonl", ["a"]])
def test_what_no_rows_can_come_from_is_an_error(
    emulator: Emulator, output: Path, source: Any
) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no file|the rows come|not a mapping"):
        run(settings_at(emulator), source, output)


def test_the_output_is_not_the_input(emulator: Emulator, source: Path) -> None:
    before = source.read_bytes()
    with pytest.raises(ConfigurationError, match="both input and output"):
        run(settings_at(emulator), source, source)
    assert source.read_bytes() == before


# --------------------------------------------------------------------------------- failures


def test_a_row_that_failed_is_asked_again_only_on_request(
    emulator: Emulator, source: Path, output: Path
) -> None:
    settings = settings_at(emulator)
    emulator.script(Fault.status(503), Answer(text="Yes."), Fault.status(400))
    summary = run(settings, source, output, ONE)
    assert (summary.answered, summary.failed) == (10, 2)
    first, _, third = read(output)[:3]
    assert first["error"] == {
        "type": "ServerError",
        "message": first["error"]["message"],
        "retryable": True,
        "provider": "openrouter",
        "status_code": 503,
        "code": first["error"]["code"],
        "request_id": first["error"]["request_id"],
    }
    assert "openrouter answered 503" in first["error"]["message"]
    assert (third["error"]["type"], third["error"]["retryable"]) == ("BadRequestError", False)
    emulator.clear()
    assert run(settings, source, output).failed == 2
    assert asked(emulator) == []
    summary = run(settings, source, output, Plan(retry_failed=True))
    assert (summary.answered, summary.failed, summary.sent) == (12, 0, 2)
    assert sorted(asked(emulator)) == ["Question 0.", "Question 2."]
    assert len(read(output)) == 12


def test_what_cannot_be_sent_fails_alone(emulator: Emulator, output: Path) -> None:
    said = [*rows(2), {"prompt": "Hot", "temperature": 9.0}]
    summary = run(settings_at(emulator), said, output)
    assert (summary.answered, summary.failed) == (2, 1)
    assert read(output)[2]["error"]["type"] == "ConfigurationError"
    assert len(asked(emulator)) == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.status(401), AuthenticationError),
        (Fault.status(402), InsufficientCreditError),
    ],
)
def test_what_every_row_would_be_told_ends_the_batch_and_fails_no_row(
    emulator: Emulator, source: Path, output: Path, fault: Fault, error: type[Exception]
) -> None:
    settings = settings_at(emulator)
    emulator.script(Answer(text="Yes."), *[fault] * 20)
    with pytest.raises(error):
        run(settings, source, output, Plan(concurrency=2))
    assert len(asked(emulator)) <= 4
    assert len(read(output)) == 1
    assert "error" not in read(output)[0]
    emulator.clear()
    summary = run(settings, source, output)
    assert (summary.answered, summary.sent, summary.in_doubt) == (12, 11, ())


def test_too_many_failures_one_after_the_other_end_it(
    emulator: Emulator, source: Path, output: Path
) -> None:
    fault = Fault.status(503)
    emulator.script(fault, fault, Answer(text="Yes."), *[fault] * 20)
    summary = run(settings_at(emulator), source, output, Plan(concurrency=1, give_up_after=4))
    assert (summary.stopped, summary.answered, summary.failed) == ("failures", 1, 6)
    assert summary.sent == 7


def test_a_mistake_in_the_callers_own_code_is_raised(
    emulator: Emulator, source: Path, output: Path
) -> None:
    def broken(summary: Summary) -> None:
        if summary.done == 2:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        run(settings_at(emulator), source, output, ONE, on_progress=broken)
    assert len(read(output)) == 2


# --------------------------------------------------------------------------------- money


def test_no_row_is_begun_that_may_cost_more_than_there_is(
    emulator: Emulator, source: Path, output: Path
) -> None:
    settings = settings_at(emulator)
    emulator.script(*[Answer(text="Yes.", cost=0.5)] * 12)
    summary = run(settings, source, output, Plan(concurrency=1, max_usd=2.2))
    assert (summary.stopped, summary.answered, summary.spent.total_usd) == ("max_usd", 4, 2.0)
    # It is the limit of the output, and not of a run.
    assert run(settings, source, output, Plan(max_usd=2.2)).sent == 0
    summary = run(settings, source, output, Plan(max_usd=3.0))
    assert (summary.stopped, summary.answered, summary.spent.total_usd) == ("max_usd", 6, 3.0)


def test_rows_on_their_way_count_as_the_dearest_so_far(
    emulator: Emulator, source: Path, output: Path
) -> None:
    emulator.script(*[Answer(text="Yes.", cost=0.5, delay=0.05)] * 12)
    summary = run(settings_at(emulator), source, output, Plan(concurrency=2, max_usd=3.0))
    assert (summary.stopped, summary.spent.total_usd) == ("max_usd", 3.0)


def test_a_limit_that_cannot_be_kept_is_an_error(
    emulator: Emulator, source: Path, output: Path
) -> None:
    address = emulator.url("modelslab")
    settings = Settings(provider="modelslab", api_key="test", base_url=address)
    with pytest.raises(ConfigurationError, match="max_usd cannot be kept"):
        run(settings, source, output, Plan(concurrency=1, max_usd=3.0))
    assert len(read(output)) == 1


def test_a_budget_around_it_ends_it_and_fails_no_row(
    emulator: Emulator, source: Path, output: Path
) -> None:
    settings = settings_at(emulator)
    emulator.script(*[Answer(text="Yes.", cost=0.5)] * 12)
    with Spending(max_usd=0.9), pytest.raises(BudgetExceededError):
        run(settings, source, output, ONE)
    assert [row["index"] for row in read(output)] == [0, 1]
    summary = run(settings, source, output)
    assert (summary.answered, summary.sent, summary.in_doubt) == (12, 10, ())


# --------------------------------------------------------------------------------- stopping


def test_stopping_waits_for_those_on_their_way(
    emulator: Emulator, source: Path, output: Path
) -> None:
    emulator.script(*[Answer(text="Yes.", delay=0.1)] * 12)

    async def work() -> Summary:
        stopping = asyncio.Event()

        def stop(summary: Summary) -> None:
            if summary.done == 3:
                stopping.set()

        return await arun(
            settings_at(emulator),
            source,
            output,
            Plan(concurrency=3),
            on_progress=stop,
            stopping=stopping,
        )

    summary = asyncio.run(work())
    assert summary.stopped == "asked"
    assert summary.answered == summary.sent < 12
    assert not output.with_name("out.jsonl.journal").exists()


async def cancelled_at_work(emulator: Emulator, source: Path, output: Path) -> None:
    emulator.script(*[Fault.stall(after=0)] * 3)
    task = asyncio.create_task(arun(settings_at(emulator), source, output, Plan(concurrency=3)))
    assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) == 3, 20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("what", ["resend", "skip"])
def test_what_was_on_its_way_when_it_was_cancelled_is_in_doubt(
    emulator: Emulator, source: Path, output: Path, what: Any
) -> None:
    asyncio.run(asyncio.wait_for(cancelled_at_work(emulator, source, output), 30))
    assert read(output) == []
    emulator.clear()
    settings = settings_at(emulator)
    summary = run(settings, source, output, Plan(in_doubt=what))
    assert summary.in_doubt == ("row-0", "row-1", "row-2")
    found = read(output)
    assert [row["index"] for row in found] == list(range(12))
    assert [row.get("in_doubt", 0) for row in found] == [1, 1, 1, *[0] * 9]
    if what == "resend":
        assert (summary.answered, summary.sent) == (12, 12)
    else:
        assert (summary.answered, summary.failed, summary.sent) == (9, 3, 9)
        assert {row["error"]["type"] for row in found[:3]} == {"InDoubt"}
        assert len(asked(emulator)) == 9
        again = run(settings, source, output, Plan(retry_failed=True))
        assert (again.answered, again.in_doubt) == (12, ())


def test_one_that_was_cancelled_gives_up_its_files(
    emulator: Emulator, source: Path, output: Path
) -> None:
    async def work() -> Summary:
        await cancelled_at_work(emulator, source, output)
        emulator.clear()
        return await arun(settings_at(emulator), source, output)

    assert asyncio.run(asyncio.wait_for(work(), 30)).answered == 12


@pytest.mark.parametrize("settings", ["openrouter", None, "bound"])
def test_what_is_no_model_is_told_of(emulator: Emulator, output: Path, settings: Any) -> None:
    if settings == "bound":
        pytest.importorskip("langchain_core", exc_type=ImportError)
        from langchain_seed import ChatSeed

        settings = ChatSeed(provider=provider_at(emulator)).bind_tools([])
    with pytest.raises(ConfigurationError, match="takes a ChatSeed, a SeedLLM or Settings"):
        run(settings, rows(1), output)
    assert not output.exists()


async def test_a_loop_that_runs_already_is_told_of(emulator: Emulator, output: Path) -> None:
    with pytest.raises(ConfigurationError, match="await arun"):
        run(settings_at(emulator), rows(1), output)


def test_a_folder_that_is_not_there_is_told_of(emulator: Emulator, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no folder .*nowhere"):
        run(settings_at(emulator), rows(1), tmp_path / "nowhere" / "out.jsonl")


def test_an_output_has_one_journal_by_whatever_name(
    emulator: Emulator, source: Path, output: Path
) -> None:
    output.touch()
    link = output.with_name("link.jsonl")
    link.symlink_to(output)

    def look(_: Summary) -> None:
        with pytest.raises(ConfigurationError, match="another process writes"):
            Ledger(output)

    assert run(settings_at(emulator), source, link, on_progress=look).answered == 12
    assert link.is_symlink()
    assert len(read(output)) == 12


# --------------------------------------------------------------------------------- pace, plans


def test_rows_are_begun_at_the_pace_of_the_plan(emulator: Emulator, output: Path) -> None:
    started: list[float] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        await arun(
            settings_at(emulator),
            rows(5),
            output,
            Plan(per_minute=600),
            on_progress=lambda _: started.append(loop.time()),
        )

    asyncio.run(work())
    assert started[-1] - started[0] > 0.35  # four pauses of a tenth of a second


@pytest.mark.parametrize(
    "said",
    [
        {"concurrency": 0},
        {"give_up_after": -1},
        {"max_usd": 0},
        {"per_minute": -1.0},
        {"max_usd": float("nan")},
        {"in_doubt": "ask"},
    ],
)
def test_a_plan_out_of_range_is_an_error(said: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Plan(**said)


def test_it_survives_a_line_in_other_characters(emulator: Emulator, output: Path) -> None:
    emulator.script(Answer(text='Grüße \u2028 "quoted" 🌊\n'))
    run(settings_at(emulator), [{"id": "ö", "prompt": "a"}], output)
    (line,) = output.read_bytes().rstrip(b"\n").split(b"\n")
    assert json.loads(line)["text"] == 'Grüße \u2028 "quoted" 🌊\n'
    assert run(settings_at(emulator), [{"id": "ö", "prompt": "a"}], output).sent == 0
