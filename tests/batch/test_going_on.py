"""A second run into the same output: what it sends, and what it refuses."""

from pathlib import Path
from typing import Any

import pytest

from seed_core.batch import run
from seed_core.emulator import Emulator
from seed_core.errors import ConfigurationError
from tests.batch.batches import asked, read, rows, settings_at, write


def names_beside(path: Path) -> list[str]:
    return sorted(other.name for other in path.parent.iterdir())


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
    assert names_beside(source) == [source.name]  # a run that was refused leaves nothing behind


def test_an_empty_output_that_was_there_stays_when_the_input_is_refused(
    emulator: Emulator, source: Path, output: Path
) -> None:
    output.touch()
    write(source, [{"id": "a"}])
    with pytest.raises(ConfigurationError, match="line 1: a row has either"):
        run(settings_at(emulator), source, output)
    assert names_beside(source) == [source.name, output.name]


def test_an_input_without_rows_has_an_output_without_rows(
    emulator: Emulator, source: Path, output: Path
) -> None:
    source.write_text("\n\n", "utf-8")
    summary = run(settings_at(emulator), source, output)
    assert (summary.total, summary.done) == (0, 0)
    assert output.read_bytes() == b""


def test_a_mistake_in_rows_that_come_once_leaves_those_before_it_answered(
    emulator: Emulator, output: Path
) -> None:
    coming = iter([*rows(3), {"id": "a"}, *rows(9)[3:]])
    with pytest.raises(ConfigurationError, match="row 4: a row has either"):
        run(settings_at(emulator), coming, output)
    assert [row["index"] for row in read(output)] == [0, 1, 2]


def test_a_mistake_in_the_first_of_rows_that_come_once_leaves_nothing_behind(
    emulator: Emulator, output: Path
) -> None:
    with pytest.raises(ConfigurationError, match="row 1: a row has either"):
        run(settings_at(emulator), iter([{"id": "a"}, *rows(3)]), output)
    assert asked(emulator) == []
    assert names_beside(output) == []


@pytest.mark.parametrize("source", ["nowhere.jsonl", {"prompt": "a"}, 5, b"in.jsonl", ["a"]])
def test_what_no_rows_can_come_from_is_an_error(
    emulator: Emulator, output: Path, source: Any
) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no file|the rows come|not a mapping"):
        run(settings_at(emulator), source, output)
    assert names_beside(output) == []


def test_the_output_is_not_the_input(emulator: Emulator, source: Path) -> None:
    before = source.read_bytes()
    with pytest.raises(ConfigurationError, match="both input and output"):
        run(settings_at(emulator), source, source)
    assert source.read_bytes() == before
