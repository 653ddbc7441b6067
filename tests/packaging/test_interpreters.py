"""Interpreters are found where they are, and only those that really run."""

import os
import sys
from pathlib import Path

import pytest

from tests.packaging import interpreters

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
REAL = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
SHIM = "#!/bin/sh\necho 'command not found' >&2\nexit 127\n"


def put(path: Path, script: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def nothing_at_hand(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    monkeypatch.delenv("PYENV_ROOT", raising=False)


def test_one_on_the_path_is_found(tmp_path):
    real = put(tmp_path / "shims" / f"python{HERE}", REAL)
    assert interpreters.find(HERE) == real


def test_a_shim_that_starts_nothing_is_passed_over(monkeypatch, tmp_path):
    put(tmp_path / "shims" / f"python{HERE}", SHIM)
    real = put(tmp_path / "pyenv" / "versions" / f"{HERE}.1" / "bin" / "python", REAL)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert interpreters.find(HERE) == real


def test_pyenv_itself_is_asked_where_its_interpreters_are(tmp_path):
    put(tmp_path / "shims" / "pyenv", f"#!/bin/sh\necho '{tmp_path / 'pyenv'}'\n")
    real = put(tmp_path / "pyenv" / "versions" / f"{HERE}.1" / "bin" / "python", REAL)
    assert interpreters.find(HERE) == real


def test_one_that_is_another_version_is_passed_over(tmp_path):
    put(tmp_path / "shims" / "python3.99", REAL)
    assert interpreters.find("3.99") is None


def test_none_is_found_where_there_is_none():
    assert os.environ["PATH"]
    assert interpreters.find(HERE) is None
