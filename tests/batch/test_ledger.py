"""The two files of a batch: what survives, what is repaired, what is never touched."""

import errno
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seed_core.batch.hashes import Hashes
from seed_core.batch.ledger import Doubt, Ledger
from seed_core.batch.results import answered, failed, in_doubt
from seed_core.batch.rows import Row
from seed_core.errors import ConfigurationError, RateLimitError
from seed_core.events import Cost, Finish, Reply, Usage
from seed_core.spending import Spent
from seed_core.types import Prompt
from tests.conftest import ROOT


def row(index: int) -> Row:
    return Row(index, f"row-{index}", 1000 + index, Prompt(()))


def answer(index: int, text: str = "Yes.") -> dict[str, Any]:
    finish = Finish("stop", Usage(3, 4, 1), Cost(0.5, "reported"), "openrouter", "mini")
    return answered(row(index), Reply(text, finish=finish))


def begin(ledger: Ledger, index: int) -> None:
    ledger.begin(index, f"row-{index}", 1000 + index)


def failure(index: int) -> dict[str, Any]:
    return failed(row(index), RateLimitError("busy", status_code=429))


@contextmanager
def opened(path: Path) -> Iterator[tuple[Ledger, tuple[Doubt, ...]]]:
    ledger = Ledger(path)
    try:
        yield ledger, ledger.read()
    finally:
        ledger.close()


def killed(path: Path, *begun: int) -> None:
    """Leave behind what a process leaves that was killed while these were on their way."""
    lines = [
        json.dumps({"begun": i, "id": f"row-{i}", "digest": f"{1000 + i:016x}"}) for i in begun
    ]
    journal = path.with_name(f"{path.name}.journal")
    journal.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def test_what_was_recorded_is_known_again_and_nothing_else_is_left(output: Path) -> None:
    with opened(output) as (ledger, doubts):
        assert doubts == ()
        for one in (answer(1), failure(0)):
            begin(ledger, one["index"])
            ledger.record(one)
    with opened(output) as (ledger, doubts):
        assert doubts == ()
        assert [index in ledger for index in range(3)] == [True, True, False]
        assert [ledger.digest(index) for index in range(3)] == [1000, 1001, None]
        assert ledger.rows == 2
        told = ledger.tally
        assert (told.answered, told.failed, told.dearest) == (1, 1, 0.5)
        assert told.finish_reasons == {"stop": 1}
        assert told.spent == Spent(1, 3, 4, 1, reported_usd=0.5)
    assert [path.name for path in output.parent.iterdir()] == ["out.jsonl"]


def test_what_a_later_version_says_beside_it_is_left_alone(output: Path) -> None:
    said = answer(0)
    said = {**said, "usage": {**said["usage"], "later": 1}, "later": 1}
    output.write_text(f"{json.dumps(said)}\n", "utf-8")
    with opened(output) as (ledger, _):
        assert ledger.tally.spent == Spent(1, 3, 4, 1, reported_usd=0.5)


def test_what_was_begun_and_not_recorded_is_in_doubt(output: Path) -> None:
    with opened(output) as (ledger, _):
        for index in range(4):
            begin(ledger, index)
        ledger.record(answer(2))
        ledger.release(3)
    for _ in range(2):  # reading it does not change it
        with opened(output) as (ledger, doubts):
            assert [(doubt.index, doubt.id, doubt.times) for doubt in doubts] == [
                (0, "row-0", 1),
                (1, "row-1", 1),
            ]
            assert ledger.digest(1) == 1001
            assert ledger.id_of(1) == "row-1"
            assert ledger.id_of(2) == "row-2"
            assert ledger.rows == 3


def test_a_row_says_how_often_it_was_sent_without_an_answer(output: Path) -> None:
    killed(output, 0, 1, 1)
    with opened(output) as (ledger, doubts):
        assert [doubt.times for doubt in doubts] == [1, 2]
        begin(ledger, 0)
        ledger.record(answer(0))
        ledger.record(in_doubt(1, "row-1", 1001), answers=False)
    sent, skipped = map(json.loads, output.read_text("utf-8").splitlines())
    assert sent["in_doubt"] == 1
    assert skipped["in_doubt"] == 2
    assert skipped["error"]["type"] == "InDoubt"
    assert skipped["error"]["retryable"] is True
    assert not output.with_name("out.jsonl.journal").exists()


@pytest.mark.parametrize("cut", [1, 2, 40])
def test_a_torn_last_line_is_removed_and_its_row_is_in_doubt(output: Path, cut: int) -> None:
    with opened(output) as (ledger, _):
        ledger.record(answer(0))
        ledger.record(answer(1))
    whole = output.read_bytes()
    killed(output, 0, 1)
    output.write_bytes(whole[:-cut])
    with opened(output) as (ledger, doubts):
        if cut == 1:  # nothing but the end of the line is missing
            assert doubts == ()
        else:
            assert [doubt.index for doubt in doubts] == [1]
            ledger.record(answer(1))
    assert output.read_bytes().startswith(whole[: whole.index(b"\n") + 1])
    assert [json.loads(line)["index"] for line in output.read_text("utf-8").splitlines()] == [0, 1]


def test_blocks_that_were_never_written_are_a_torn_line_too(output: Path) -> None:
    with opened(output) as (ledger, _):
        ledger.record(answer(0))
    whole = output.read_bytes()
    output.write_bytes(whole + bytes(100))
    with opened(output):
        pass
    assert output.read_bytes() == whole


def test_a_torn_line_of_the_journal_was_never_sent(output: Path) -> None:
    killed(output, 0)
    with output.with_name("out.jsonl.journal").open("ab") as journal:
        journal.write(b'{"begun": 1, "id": "ro')
    with opened(output) as (_, doubts):
        assert [doubt.index for doubt in doubts] == [0]


@pytest.mark.parametrize(
    "text",
    [
        "Notes of mine",
        "Notes of mine\n",
        '{"index": "of names"}\n',
        '{"id": "a", "prompt": "Hello"}\n',
        '{"id": "a", "prompt": "Hello"}',
        f'{{"index": 0, "id": "a", "digest": "{0:016x}"}}\n',
        '{"index": 0, "id": "a", "digest": "of a page", "error": {}}\n',
        f'{{"index": 0, "id": "a", "digest": "{0:032x}", "error": {{}}}}\n',
        '[1]\n{"index": ',
        "5",
    ],
)
def test_a_file_of_another_kind_is_left_as_it_is(output: Path, text: str) -> None:
    output.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match="no batch has written"), opened(output):
        pass
    assert output.read_text("utf-8") == text
    assert [path.name for path in output.parent.iterdir()] == ["out.jsonl"]


def test_what_is_in_doubt_is_kept_when_the_output_cannot_be_read(output: Path) -> None:
    killed(output, 0)
    output.write_text("Notes of mine\n", "utf-8")
    with pytest.raises(ConfigurationError, match="no batch has written"), opened(output):
        pass
    output.unlink()
    with opened(output) as (_, doubts):
        assert [doubt.index for doubt in doubts] == [0]


@pytest.mark.parametrize("said", [{"begun": 0, "digest": "of a page"}, {"begun": -1}, {"end": 0}])
def test_a_journal_of_another_kind_is_left_as_it_is(output: Path, said: dict[str, Any]) -> None:
    journal = output.with_name("out.jsonl.journal")
    text = json.dumps({"id": "a", "digest": f"{0:016x}", **said}) + "\n"
    journal.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match="no batch has written"), opened(output):
        pass
    assert journal.read_text("utf-8") == text


def test_a_row_that_is_there_twice_is_an_error(output: Path) -> None:
    with opened(output) as (ledger, _):
        ledger.record(answer(0))
    output.write_bytes(output.read_bytes() * 2)
    with pytest.raises(ConfigurationError, match="row 0 twice"), opened(output):
        pass


def test_a_folder_is_no_output(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not a file"):
        Ledger(tmp_path)


def test_the_failed_are_forgotten_and_the_others_kept_as_written(output: Path) -> None:
    with opened(output) as (ledger, _):
        for one in (failure(0), answer(1, "Good \ud83c morning, é"), failure(2), answer(3)):
            ledger.record(one)
    kept = output.read_bytes().splitlines(keepends=True)
    with opened(output) as (ledger, _):
        ledger.forget_failed()
        assert [index in ledger for index in range(4)] == [False, True, False, True]
        assert ledger.tally.failed == 0
        assert output.read_bytes() == kept[1] + kept[3]
        ledger.record(answer(0))
    assert output.read_bytes().startswith(kept[1] + kept[3])
    assert [path.name for path in output.parent.iterdir()] == ["out.jsonl"]


def test_what_is_in_doubt_about_the_failed_is_not_forgotten(output: Path) -> None:
    killed(output, 0, 0, 1)
    with opened(output) as (ledger, _):
        ledger.record(in_doubt(0, "row-0", 1000), answers=False)
        begin(ledger, 1)
        ledger.record(failure(1))
        ledger.record(failure(2))
    for _ in range(2):  # the second time as if killed in between
        with opened(output) as (ledger, _):
            ledger.forget_failed()
    with opened(output) as (ledger, doubts):
        assert [(doubt.index, doubt.times) for doubt in doubts] == [(0, 2), (1, 1)]
        for index in range(3):
            begin(ledger, index)
            ledger.record(answer(index))
    lines = map(json.loads, output.read_text("utf-8").splitlines())
    assert [line.get("in_doubt") for line in lines] == [2, 1, None]


def test_one_output_is_written_by_one(output: Path) -> None:
    with opened(output):
        with pytest.raises(ConfigurationError, match="another process writes"):
            Ledger(output)
        code = f"""
            from pathlib import Path
            from seed_core.batch.ledger import Ledger
            Ledger(Path({str(output)!r}))
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            check=False,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=60,
        )
        assert "another process writes" in done.stderr
    with opened(output):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no limit for a file")
def test_a_line_that_does_not_fit_the_disk_leaves_nothing_behind(output: Path) -> None:
    code = f"""
        import json, resource, signal
        from pathlib import Path
        from seed_core.batch.ledger import Ledger
        from tests.batch.test_ledger import answer, begin
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        ledger = Ledger(Path({str(output)!r}))
        ledger.read()
        for index in (0, 1):
            begin(ledger, index)
        ledger.record(answer(0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        try:
            ledger.record(answer(1, "x" * 3000))
        except OSError as error:
            print(type(error).__name__)
        ledger.close()
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.stdout == "OSError\n", done.stderr
    assert [json.loads(line)["index"] for line in output.read_text("utf-8").splitlines()] == [0]
    with opened(output) as (_, doubts):
        assert [doubt.index for doubt in doubts] == [1]


def test_a_disk_that_fails_in_the_end_leaves_nothing_locked(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    ledger = Ledger(output)
    ledger.read()
    begin(ledger, 0)
    ledger.record(answer(0))
    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="Input/output error"):
            ledger.close()
    assert output.with_name("out.jsonl.journal").exists()  # until it is known to be on the disk
    with opened(output) as (again, doubts):
        assert doubts == ()
        assert 0 in again


def test_numbers_are_new_once() -> None:
    seen = Hashes()
    numbers = [(i * 0x9E3779B97F4A7C15) % 2**64 for i in range(5000)]
    assert all(seen.add(number) for number in numbers[1:])
    assert not any(seen.add(number) for number in numbers[1:])
    assert seen.add(0)
    assert not seen.add(0)
