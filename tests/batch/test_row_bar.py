"""The bar of a batch: tqdm's in a terminal, a line now and then elsewhere."""

import io
import sys
from types import SimpleNamespace

import pytest

from seed_core.progress_bar import RowBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_in_a_log_it_is_a_line_now_and_then() -> None:
    log = io.StringIO()
    bar = RowBar(log)
    for done in range(1000, 1100):
        bar(done, 2000, "3 failed")
    bar.close()
    assert log.getvalue() == "1,000 of 2,000 rows, 0.0 rows/s, 3 failed\n"


def test_a_later_line_tells_how_quick_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((100.0, 105.0, 110.0))
    # The name alone: the clock itself is everybody's, the emulator's thread among them.
    own = SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr("seed_core.progress_bar.time", own)
    log = io.StringIO()
    bar = RowBar(log)
    for done in (50, 60, 90):  # 50 of them are an earlier run's
        bar(done, None, "0 failed")
    assert log.getvalue().splitlines()[1:] == ["90 rows, 4.0 rows/s, 0 failed"]


def test_where_the_total_is_not_known_it_is_not_told() -> None:
    log = io.StringIO()
    RowBar(log)(7, None, "0 failed")
    assert log.getvalue() == "7 rows, 0.0 rows/s, 0 failed\n"


def test_in_a_terminal_it_is_a_bar_that_ends_at_the_last_row() -> None:
    pytest.importorskip("tqdm")
    screen = Terminal()
    bar = RowBar(screen)
    for done in (5, 6, 10):
        bar(done, 10, f"USD {done / 100:.2f}")
    bar.close()
    shown = screen.getvalue().split("\r")
    assert "5/10" in shown[1]
    assert "10/10" in shown[-1]
    assert "USD 0.10" in shown[-1]
    assert shown[-1].endswith("\n")


def test_without_tqdm_a_terminal_has_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    screen = Terminal()
    bar = RowBar(screen)
    bar(1, 10, "0 failed")
    bar.close()
    assert screen.getvalue() == "1 of 10 rows, 0.0 rows/s, 0 failed\n"
