"""What ends a batch before its last row: failures, money, a wish; and what is in doubt then."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seed_core.batch import Plan, Summary, arun, run
from seed_core.emulator import Answer, Emulator, Fault
from seed_core.errors import (
    AuthenticationError,
    BudgetExceededError,
    ConfigurationError,
    InsufficientCreditError,
)
from seed_core.settings import Settings
from seed_core.spending import Spending
from tests.batch.batches import asked, read, rows, settings_at
from tests.core.calling import eventually

ONE = Plan(concurrency=1)


# ---------------------------------------------------------------------------------------- failures


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


def test_failures_may_be_without_end(emulator: Emulator, output: Path) -> None:
    count = Plan().give_up_after + 1
    emulator.script(*[Fault.status(503)] * count)
    summary = run(settings_at(emulator), rows(count), output, Plan(give_up_after=0))
    assert (summary.stopped, summary.failed, summary.sent) == (None, count, count)


def test_a_row_that_was_told_of_the_key_does_not_count_as_sent(
    emulator: Emulator, source: Path, output: Path
) -> None:
    told: list[Summary] = []
    emulator.script(Fault.status(401), Answer(text="Yes.", delay=0.8))
    with pytest.raises(AuthenticationError):
        run(settings_at(emulator), source, output, Plan(concurrency=2), on_progress=told.append)
    assert (told[-1].answered, told[-1].sent) == (1, 1)


def test_a_mistake_in_the_callers_own_code_is_raised(
    emulator: Emulator, source: Path, output: Path
) -> None:
    def broken(summary: Summary) -> None:
        if summary.done == 2:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        run(settings_at(emulator), source, output, ONE, on_progress=broken)
    assert len(read(output)) == 2


# ------------------------------------------------------------------------------------------- money


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


def test_the_next_row_counts_as_the_dearest_and_not_as_the_latest(
    emulator: Emulator, source: Path, output: Path
) -> None:
    emulator.script(Answer(text="Long.", cost=1.0), *[Answer(text="Yes.", cost=0.125)] * 11)
    summary = run(settings_at(emulator), source, output, Plan(concurrency=1, max_usd=2.0))
    assert (summary.stopped, summary.answered, summary.spent.total_usd) == ("max_usd", 2, 1.125)


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


# ---------------------------------------------------------------------------------------- stopping


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


class Slow:
    """Rows that take their time, each time that they are looked at."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.seen = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in rows(self.count):
            self.seen += 1
            time.sleep(0.01)
            yield row


@pytest.mark.parametrize("how", ["stopped", "cancelled"])
async def test_it_can_be_ended_while_the_input_is_read(
    emulator: Emulator, output: Path, how: str
) -> None:
    source, stopping = Slow(6000), asyncio.Event()
    settings = settings_at(emulator)
    task = asyncio.create_task(arun(settings, source, output, stopping=stopping))
    assert await asyncio.to_thread(eventually, lambda: source.seen > 3, 20)
    if how == "stopped":
        stopping.set()
        summary = await asyncio.wait_for(task, 30)
        assert (summary.stopped, summary.sent, summary.total) == ("asked", 0, None)
    else:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 30)
    assert source.seen < 5000
    assert emulator.requests == []
    assert (await arun(settings, rows(2), output)).answered == 2  # nobody has it any more


def test_one_that_was_cancelled_gives_up_its_files(
    emulator: Emulator, source: Path, output: Path
) -> None:
    async def work() -> Summary:
        await cancelled_at_work(emulator, source, output)
        emulator.clear()
        return await arun(settings_at(emulator), source, output)

    assert asyncio.run(asyncio.wait_for(work(), 30)).answered == 12
