"""Virtual environments of their own, made to see what really is installed and works there."""

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "packages"
ENOUGH = 600
"""Seconds after which pip, or what is run in an environment, is taken to hang."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment without pip: that of this process serves it."""

    folder: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    def pip(self, *arguments: str) -> None:
        """Let pip do something there.

        Raises:
            RuntimeError: it could not, with what it said.
        """
        pip = (sys.executable, "-m", "pip", "--python", self.python, "--no-input")
        _say_why(ROOT, *pip, "--disable-pip-version-check", *arguments)

    def install(self, *what: str) -> None:
        """Install, and see that nothing contradicts anything; bytecode comes when it is needed."""
        self.pip("install", "--no-compile", *what)
        self.pip("check")

    def says(self, code: str) -> str:
        """What code prints there, run far from the checkout, each warning an error.

        Raises:
            RuntimeError: it failed, with its traceback.
        """
        return _say_why(self.folder, self.python, "-I", "-W", "error", "-c", code)


def fresh(folder: Path, python: str = sys.executable) -> Environment:
    """An empty environment in this folder, which loses what it had."""
    _say_why(ROOT, python, "-m", "venv", "--clear", "--without-pip", str(folder))
    return Environment(folder)


def build(source: Path, into: Path) -> tuple[Path, Path]:
    """The wheel and the source distribution of a tree, by the backend that is installed here."""
    _say_why(source, sys.executable, "-m", "hatchling", "build", "--directory", str(into))
    (wheel,), (archive,) = into.glob("*.whl"), into.glob("*.tar.gz")
    return wheel, archive


def metadata_of(wheel: Path) -> Message:
    """The fields of a wheel: its name, what it requires, its classifiers."""
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(opened.read(name).decode())


def _say_why(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=ENOUGH
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout
