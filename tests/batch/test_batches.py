"""Batches against the emulator: what is asked, what is written, how many at once."""

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seed_core.batch import Plan, Summary, arun, run
from seed_core.batch.ledger import Ledger
from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from seed_core.errors import ConfigurationError
from seed_core.providers import PROVIDERS
from seed_core.settings import Settings
from tests.batch.batches import asked, read, rows, settings_at
from tests.core.calling import KEY, provider_at
from tests.rows import FAST

ONE = Plan(concurrency=1)


# ----------------------------------------------------------------------------------------- one run


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
    # A connection has one request at a time, and is used again.
    assert len({seen.connection for seen in emulator.requests}) == 3


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


@pytest.mark.parametrize(
    ("host", "api"),
    [("fal", "sync"), ("fal", "queue"), ("empiriolabs", "messages"), ("byteplus", "responses")],
)
def test_every_host_can_be_asked(emulator: Emulator, output: Path, host: str, api: str) -> None:
    row = replace(PROVIDERS[host], polling=FAST)
    address = emulator.url(host, api)
    settings = Settings(provider=row, api=api, api_key="test", base_url=address)
    summary = run(settings, rows(5), output)
    assert (summary.answered, summary.spent.calls) == (5, 5)
    for index, found in enumerate(read(output)):
        assert f"Question {index}." in found["text"]
        assert found["provider"] == host


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
    assert not any(b"Question" in text for text in seen if text.startswith(b'{"begun"'))
    assert not any(KEY.encode() in text for text in seen)


def test_the_loop_of_a_program_can_run_several(emulator: Emulator, tmp_path: Path) -> None:
    async def work() -> list[Summary]:
        settings = settings_at(emulator)
        outputs = (tmp_path / "a.jsonl", tmp_path / "b.jsonl")
        return await asyncio.gather(*(arun(settings, rows(3), one) for one in outputs))

    assert [summary.answered for summary in asyncio.run(work())] == [3, 3]


# ------------------------------------------------------------------------------------- pace, plans


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


# -------------------------------------------------------------------------------------- mistakes


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


async def test_one_that_is_refused_leaves_no_task_on_the_loop(
    emulator: Emulator, output: Path
) -> None:
    ledger = Ledger(output)
    try:
        with pytest.raises(ConfigurationError, match="another process writes"):
            await arun(settings_at(emulator), rows(1), output)
    finally:
        ledger.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert [*output.parent.iterdir()] == []


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
