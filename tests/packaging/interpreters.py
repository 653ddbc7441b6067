"""The interpreters at hand, found on PATH and where pyenv keeps its own.

A name on PATH may be a shim that starts nothing, so each candidate is run.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

ASKED = "import sys, ssl, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"


def find(version: str) -> str | None:
    """An interpreter of this version ("3.12") that really runs, with all that an environment needs.

    Example:
        >>> find("2.0") is None
        True
    """
    return next((path for path in candidates(version) if _version(path) == version), None)


def candidates(version: str) -> Iterator[str]:
    """Where an interpreter of this version may be, the likeliest place first."""
    for folder in os.get_exec_path():
        yield str(Path(folder) / f"python{version}")
    for root in _pyenv_roots():
        for path in sorted((root / "versions").glob(f"{version}.*/bin/python"), reverse=True):
            yield str(path)


def _pyenv_roots() -> Iterator[Path]:
    if root := os.environ.get("PYENV_ROOT") or _output("pyenv", "root"):
        yield Path(root)


def _version(path: str) -> str | None:
    return _output(path, "-I", "-c", ASKED)


def _output(*command: str) -> str | None:
    """What a command prints, if it can be run and succeeds."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
