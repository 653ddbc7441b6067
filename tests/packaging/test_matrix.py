"""The runs of `make test-matrix`: which there are, and that none fails unseen."""

import re
import sys
from pathlib import Path

import pytest

from tests.packaging import interpreters, matrix
from tests.packaging.environments import ROOT
from tests.packaging.matrix import Outcome, Package, table

PACKAGE = Package(Path("some.whl"), ("3.10", "3.11", "3.12"), ())


@pytest.fixture
def at_hand(monkeypatch):
    """The interpreters that are found, and no run but its name."""
    found = {"3.11": "python3.11", "3.12": "python3.12"}
    monkeypatch.setattr(interpreters, "find", found.get)
    for name in ("lowest", "latest", "alone"):
        monkeypatch.setattr(matrix, name, lambda package, python, what: (what, True, ""))
    return found


def told(wanted=()):
    return [(one.version, one.dependencies, one.what) for one in matrix.runs(PACKAGE, wanted)]


def test_the_lowest_run_on_the_oldest_and_the_latest_on_each(at_hand):
    assert told() == [
        ("3.10", "", ""),
        ("3.11", "lowest", "langchain"),
        ("3.11", "lowest", "llamaindex"),
        ("3.11", "latest", "everything"),
        ("3.11", "latest", "each extra alone"),
        ("3.12", "latest", "everything"),
        ("3.12", "latest", "each extra alone"),
    ]


def test_the_lowest_runs_leave_out_nothing_that_make_test_lowest_has():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (listed,) = re.findall(r"^LOWEST_CORE := \$\(wildcard (.+)\)$", makefile, re.MULTILINE)
    assert {*listed.split()} <= {*matrix.CORE}
    assert all((ROOT / path).exists() for paths in matrix.LOWEST.values() for path in paths)


def test_some_pythons_alone_can_be_asked_for(at_hand):
    assert {version for version, *_ in told(["3.12"])} == {"3.12"}


def test_a_python_that_is_not_there_is_said(at_hand):
    (missing,) = matrix.runs(PACKAGE, ["3.10"])
    assert "no such interpreter" in missing.said
    assert "3.10" in table([missing]).splitlines()[1]


def test_a_run_that_breaks_off_is_a_failure_with_its_last_words(at_hand, monkeypatch, capsys):
    def broken(*_):
        raise RuntimeError("pip install\nno matching distribution")

    monkeypatch.setattr(matrix, "latest", broken)
    failed = [one for one in matrix.runs(PACKAGE, ["3.12"]) if not one.passed]
    assert [one.said for one in failed] == ["no matching distribution"]
    assert "FAILED: no matching distribution" in table(failed)
    assert "pip install" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ([Outcome("3.12", "latest", "everything", "2 passed", seconds=1)], 0),
        ([Outcome("3.12", "latest", "everything", "1 failed", passed=False, seconds=1)], 1),
        ([Outcome("3.10", "", "", "skipped: no such interpreter")], 1),
    ],
)
def test_it_succeeds_only_if_something_ran_and_nothing_failed(monkeypatch, outcomes, status):
    monkeypatch.setattr(matrix, "built", lambda: PACKAGE)
    monkeypatch.setattr(matrix, "runs", lambda package, wanted: iter(outcomes))
    monkeypatch.setattr(sys, "argv", ["matrix"])
    with pytest.raises(SystemExit) as exited:
        matrix.main()
    assert exited.value.code == status


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("=== 12 passed, 1 skipped in 3.21s ===", "12 passed, 1 skipped"),
        ("= 2 failed, 9 passed in 255.87s (0:04:15) =", "2 failed, 9 passed"),
        ("=== 1 error in 0.40s ===", "1 error"),
    ],
)
def test_what_pytest_says_at_its_end_is_found(last, said):
    assert matrix.SUMMARY.findall(f"FAILED one - 3 passed\n{last}\n") == [said]
