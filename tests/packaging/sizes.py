"""Print what an installation adds to that of the framework alone: packages, and megabytes.

    python -m tests.packaging.sizes

Everything is installed for real, at its newest, without bytecode; 1 MB is a million bytes.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.packaging.environments import ROOT, Environment, build, fresh
from tests.packaging.installs import EXTRAS, install
from tests.packaging.pyproject import NAME, required

FRAMEWORKS = {
    "langchain": ("langchain",),
    "llamaindex": ("llamaindex",),
    "all": ("langchain", "llamaindex"),
}
"""The extras that stand on a framework; it is the first that each of these requires."""
MEASURE = """
import json, os, sysconfig
from importlib.metadata import distributions
size = 0
for folder, inner, files in os.walk(sysconfig.get_path("purelib")):
    inner[:] = [name for name in inner if name != "__pycache__"]
    size += sum(os.path.getsize(os.path.join(folder, name)) for name in files)
print(json.dumps([sorted({found.name.lower() for found in distributions()}), size]))
"""


@dataclass(frozen=True)
class Installed:
    """What lies in an environment."""

    packages: frozenset[str]
    size: int

    @property
    def megabytes(self) -> float:
        """Its size, as it is told."""
        return self.size / 1e6


def measure(environment: Environment) -> Installed:
    """What lies there now."""
    packages, size = json.loads(environment.says(MEASURE))
    return Installed(frozenset(packages), size)


def row(wheel: Path, extra: str, folder: Path) -> str:
    """One line of the table: the framework alone, then what is added to it."""
    environment = fresh(folder)
    for framework in FRAMEWORKS.get(extra, ()):
        environment.install(str(required(framework)[0]))
    before = measure(environment)
    install(environment, wheel, extra)
    after = measure(environment)
    others = sorted(after.packages - before.packages - {NAME})
    alone = f"{len(before.packages)}, {before.megabytes:.1f} MB" if before.packages else ""
    added = f"{len(others) + 1}, {after.megabytes - before.megabytes:.1f} MB"
    name = f"`[{extra}]`" if extra else "none"
    return f"| {name} | {alone} | {added} | {', '.join(others)} |"


def main() -> None:
    """Install and measure each extra."""
    print("| extra | the framework alone | added to it | of these, not ours |")
    print("|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as place:
        wheel, _ = build(ROOT, Path(place) / "dist")
        for extra in EXTRAS:
            print(row(wheel, extra, Path(place) / "environment"), flush=True)


if __name__ == "__main__":
    main()
