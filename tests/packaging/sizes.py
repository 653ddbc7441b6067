"""Print what an installation adds to that of the framework alone, ours and those of the peers.

    python -m tests.packaging.sizes

Everything is installed for real, at its newest, without bytecode; 1 MB is a million bytes.
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.packaging.environments import ROOT, Environment, build, fresh
from tests.packaging.installs import EXTRAS
from tests.packaging.pyproject import NAME, required

FRAMEWORKS = {
    "langchain": ("langchain",),
    "llamaindex": ("llamaindex",),
    "all": ("langchain", "llamaindex"),
}
"""The extras that stand on a framework; it is the first that each of these requires."""
PEERS = {
    "langchain": ("langchain-openai", "langchain-openrouter", "langchain-deepseek"),
    "llamaindex": ("llama-index-llms-openai-like", "llama-index-llms-openrouter"),
}
"""What else asks such models, as in `make bench`, by the framework that it stands on."""
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


def row(name: str, folder: Path, what: str, frameworks: Sequence[str]) -> str:
    """One line of the table: the frameworks alone, then what is added to them."""
    environment = fresh(folder)
    for framework in frameworks:
        environment.install(str(required(framework)[0]))
    before = measure(environment)
    environment.install(what)
    after = measure(environment)
    added = sorted(after.packages - before.packages)
    alone = f"{len(before.packages)}, {before.megabytes:.1f} MB" if before.packages else ""
    more = f"{len(added)}, {after.megabytes - before.megabytes:.1f} MB"
    return f"| `{name}` | {alone} | {more} | {', '.join(added)} |"


def main() -> None:
    """Install and measure each way to install this project, then each peer."""
    print("| installed | the framework alone | added to it | which |")
    print("|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "environment"
        wheel, _ = build(ROOT, Path(place) / "dist")
        for extra in EXTRAS:
            name = f"{NAME}[{extra}]" if extra else NAME
            what = f"{wheel}[{extra}]" if extra else str(wheel)
            print(row(name, folder, what, FRAMEWORKS.get(extra, ())), flush=True)
        for framework, peers in PEERS.items():
            for peer in peers:
                print(row(peer, folder, peer, [framework]), flush=True)


if __name__ == "__main__":
    main()
