"""A coverage-guided search for trouble: `python -m tests.fuzz --seconds 30 [target ...]`.

What is found new goes on from run to run in `build/fuzz`. An input that breaks something stays
there, is told of, and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys

from tests.fuzz.targets import TARGETS

COLUMNS = {
    "inputs": r"stat::number_of_executed_units:\s*(\d+)",
    "a second": r"stat::average_exec_per_sec:\s*(\d+)",
    "branches": r" cov: (\d+)",
    "features": r" ft: (\d+)",
    "kept": r" corp: (\d+)",
}
"""What is told of each target, and where libFuzzer says it."""


def main() -> int:
    """Search for a while, with all targets or those that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="target", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=20, help="for each target (20)")
    said = parser.parse_args()
    if unknown := set(said.targets) - TARGETS.keys():
        parser.error(f"no target is called {', '.join(sorted(unknown))}")
    print(f"{'target':18}" + "".join(f"{name:>10}" for name in COLUMNS))
    broken = [name for name in said.targets or TARGETS if not holds(name, said.seconds)]
    print(f"broken: {', '.join(broken)}" if broken else "nothing broke")
    return int(bool(broken))


def holds(name: str, seconds: int) -> bool:
    """Search with one target, and print what came of it; whether nothing broke."""
    command = [sys.executable, "-u", "-m", "tests.fuzz.search", name, str(seconds)]
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    told = ended.stdout + ended.stderr
    numbers = [(re.findall(pattern, told) or ["?"])[-1] for pattern in COLUMNS.values()]
    print(f"{name:18}" + "".join(f"{number:>10}" for number in numbers), flush=True)
    if ended.returncode:
        start = told.find("Uncaught Python exception")
        print(told[start:][-6000:] if start >= 0 else told[-6000:], flush=True)
    return not ended.returncode


if __name__ == "__main__":
    sys.exit(main())
