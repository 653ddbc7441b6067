"""Run the fast tests with the lowest and the latest dependencies, on every Python at hand.

    python -m tests.packaging.matrix            # all that is supported and found
    python -m tests.packaging.matrix 3.10 3.13  # these alone

Each run has a fresh environment, .venv-matrix-*, and its output in build/matrix. The lowest
dependencies are installed on the oldest Python, one framework at a time, since one may raise the
other's; the latest on each, with everything; and there each extra alone, from the wheel.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.packaging import interpreters
from tests.packaging.environments import BUILT, ROOT, Environment, build, fresh, metadata_of
from tests.packaging.floors import constraints
from tests.packaging.installs import EXTRAS, install, prove

LOGS = ROOT / "build" / "matrix"
CORE = tuple(
    f"tests/{part}"
    for part in ("core", "wire", "providers", "emulator", "batch", "doctor", "video")
)
"""What needs neither framework."""
LOWEST = {
    "langchain": ("tests/packaging/test_imports.py", *CORE, "tests/langchain"),
    "llamaindex": ("tests/packaging/test_imports.py", "tests/llamaindex"),
}
PYTEST = (
    "-m",
    "pytest",
    "--numprocesses=auto",
    "--dist=worksteal",
    "--inline-snapshot=disable",
    "-p",
    "no:cacheprovider",
)
FAST = ("-m", "not slow and not live")
SUMMARY = re.compile(
    r"^=* ?(\d+ (?:passed|failed|skipped|error).*?)(?: in [\d.]+s.*)?$", re.MULTILINE
)
TOLD = ("langchain-core", "llama-index-core", "pydantic", "httpx")
VERSIONS = f"""
from importlib.metadata import PackageNotFoundError, version
for name in {TOLD}:
    try:
        print(name, version(name))
    except PackageNotFoundError:
        pass
"""
Result = tuple[str, bool, str]
"""What a run said, whether it passed, and the versions that it had."""
LONGEST = 3600
"""Seconds after which a run of the tests is taken to hang."""


@dataclass(frozen=True)
class Outcome:
    """What came of one run, or why there was none."""

    version: str
    dependencies: str
    what: str
    said: str
    passed: bool = True
    seconds: float = 0.0
    versions: str = ""


@dataclass(frozen=True)
class Package:
    """The wheel under test, and what it says of itself."""

    wheel: Path
    supported: tuple[str, ...]
    requires: tuple[str, ...]


def built() -> Package:
    """The wheel of this tree, made anew."""
    shutil.rmtree(BUILT, ignore_errors=True)
    wheel, _ = build(ROOT, BUILT)
    said = metadata_of(wheel)
    versions = (one.rpartition(" :: ")[2] for one in said.get_all("Classifier", []))
    supported = tuple(version for version in versions if re.fullmatch(r"3\.\d+", version))
    return Package(wheel, supported, tuple(said.get_all("Requires-Dist", [])))


def runs(package: Package, wanted: Sequence[str]) -> Iterator[Outcome]:
    """The outcome of each run, as soon as it is over."""
    found = {version: interpreters.find(version) for version in package.supported}
    oldest = next((version for version, python in found.items() if python), None)
    for version in wanted or found:
        python = found.get(version)
        if python is None:
            yield Outcome(version, "", "", "skipped: no such interpreter on PATH or in pyenv")
            continue
        for framework in LOWEST if version == oldest else ():
            yield timed(version, "lowest", framework, lowest, package, python, framework)
        yield timed(version, "latest", "everything", latest, package, python, version)
        yield timed(version, "latest", "each extra alone", alone, package, python, version)


def timed(
    version: str, dependencies: str, what: str, run: Callable[..., Result], *arguments: object
) -> Outcome:
    """One run, with the time that it took; what goes wrong is its outcome."""
    started = time.monotonic()
    try:
        said, passed, versions = run(*arguments)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(error, flush=True)
        said, passed, versions = (str(error).splitlines() or [repr(error)])[-1], False, ""
    took = time.monotonic() - started
    return Outcome(version, dependencies, what, said, passed, took, versions)


def lowest(package: Package, python: str, framework: str) -> Result:
    """The tests of the core and of one framework, with the lowest dependencies."""
    environment = fresh(ROOT / f".venv-matrix-lowest-{framework}", python)
    extras = [framework, "emulator"]
    limits = environment.folder / "constraints.txt"
    limits.write_text(constraints(extras, package.requires))
    project = f"{package.wheel}[{','.join(extras)}]"
    environment.install(project, "--group", "test", "--constraint", str(limits))
    return tested(environment, f"lowest-{framework}", *LOWEST[framework])


def latest(package: Package, python: str, version: str) -> Result:
    """All fast tests, with whatever is newest today."""
    environment = fresh(ROOT / f".venv-matrix-{version}", python)
    environment.install(f"{package.wheel}[all]", "--group", "dev")
    return tested(environment, f"latest-{version}", "tests")


def alone(package: Package, python: str, version: str) -> Result:
    """The wheel with each extra by itself: what it promises works, what it does not is refused."""
    for extra in EXTRAS:
        environment = fresh(ROOT / f".venv-matrix-{version}-alone", python)
        install(environment, package.wheel, extra)
        prove(environment, extra)
    return f"{len(EXTRAS)} installed and used", True, ""


def tested(environment: Environment, name: str, *paths: str) -> Result:
    """What pytest says at its end; all that it says is in build/matrix."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    with log.open("w") as output:
        done = subprocess.run(
            [environment.python, *PYTEST, *FAST, *paths],
            cwd=ROOT,
            env={**os.environ, "COVERAGE_FILE": str(LOGS / f"{name}.coverage")},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=LONGEST,
            check=False,
        )
    summaries = SUMMARY.findall(log.read_text()) or [f"no test ran: see {log.relative_to(ROOT)}"]
    versions = ", ".join(environment.says(VERSIONS).splitlines())
    return summaries[-1], done.returncode == 0, versions


def table(outcomes: Sequence[Outcome]) -> str:
    """What ran where, and what did not."""
    rows = [("Python", "dependencies", "what", "took", "result")]
    for one in outcomes:
        took = f"{one.seconds:.0f} s" if one.seconds else ""
        said = one.said if one.passed else f"FAILED: {one.said}"
        versions = f" ({one.versions})" if one.versions else ""
        rows.append((one.version, one.dependencies, one.what, took, said + versions))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    return "\n".join("  ".join([*map(str.ljust, row, widths), row[-1]]).rstrip() for row in rows)


def main() -> None:
    """Run what was asked for, then say what came of it."""
    outcomes: list[Outcome] = []
    for outcome in runs(built(), sys.argv[1:]):
        outcomes.append(outcome)
        print(f"--- {table([outcome]).splitlines()[-1]}", flush=True)
    print(table(outcomes))
    sys.exit(not all(one.passed for one in outcomes) or not any(one.seconds for one in outcomes))


if __name__ == "__main__":
    main()
