"""What is imported is declared, and what is declared has a floor, a ceiling and a use."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.examples.pages import DOCS, heads, marked, rows, section
from tests.packaging import installs, sizes
from tests.packaging.floors import floors
from tests.packaging.pyproject import DECLARED, NAME, PROJECT, ROOT, required

EXTRAS = PROJECT["optional-dependencies"]
OWN = {"seed_core", "langchain_seed", "llamaindex_seed"}
FOLDERS = {
    "seed_core": "",
    "seed_core/emulator": "emulator",
    "langchain_seed": "langchain",
    "llamaindex_seed": "llamaindex",
}
"""The packages, and the extra that each may count on beside the base."""
DISTRIBUTIONS = {
    "langchain_core": "langchain-core",
    "llama_index": "llama-index-core",
    "typing_extensions": "typing-extensions",
}
PARTS_OF = {
    "llama_index_instrumentation": ("llama-index-core", "llama-index-instrumentation"),
    "pydantic_core": ("pydantic", "pydantic-core"),
    "referencing": ("jsonschema", "referencing"),
}
"""What a declared one is made of: who requires it, and under which name. Its version is theirs."""
OF_AN_EXAMPLE = "ray"
"""The extra that an example needs and no package: too large to be part of `all`."""
USED_WHERE_IT_IS = {
    "pytest": "seed_core/pytest_plugin.py",  # pytest itself imports that
    "rich": "seed_core/doctor/",
    "tqdm": "seed_core/progress_bar.py",
}
"""Not asked for: without it there is another way to go on."""


def files(folder: str) -> Iterator[Path]:
    for path in (ROOT / folder).rglob("*.py"):
        inner = path.relative_to(ROOT).as_posix()
        if not any(inner.startswith(f"{one}/") for one in FOLDERS if len(one) > len(folder)):
            yield path


@cache
def imported(path: Path) -> frozenset[str]:
    """The top-level names that a file imports, those of functions and of type checkers included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    inner = path.relative_to(ROOT).as_posix()
    optional = {name for name, place in USED_WHERE_IT_IS.items() if inner.startswith(place)}
    return frozenset(names - set(sys.stdlib_module_names) - OWN - optional)


def distribution(module: str) -> str:
    return PARTS_OF[module][0] if module in PARTS_OF else DISTRIBUTIONS.get(module, module)


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_imported_is_declared(folder):
    extra = FOLDERS[folder]
    declared = {one.name for one in [*required(), *(required(extra) if extra else ())]}
    undeclared = {
        f"{path.relative_to(ROOT).as_posix()}: {module}"
        for path in files(folder)
        for module in imported(path)
        if distribution(module) not in declared
    }
    assert undeclared == set()


def test_what_is_declared_is_imported():
    used = {
        distribution(module)
        for folder in FOLDERS
        for path in files(folder)
        for module in imported(path)
    }
    by_examples = {module for path in files("examples") for module in imported(path)}
    used |= by_examples & {one.name for one in required(OF_AN_EXAMPLE)}
    declared = {one.name for extra in ("", *EXTRAS) for one in required(extra)} - {NAME}
    assert declared == used


@pytest.mark.parametrize("module", PARTS_OF)
def test_a_part_comes_with_what_is_declared(module):
    whole, part = PARTS_OF[module]
    try:
        brought = requires(whole)
    except PackageNotFoundError:
        pytest.skip(f"{whole} is not installed")
    # LlamaIndex's instrumentation is brought by its workflows.
    workflows = requires("llama-index-workflows") or [] if whole == "llama-index-core" else []
    assert part in {
        Requirement(one).name.replace("_", "-") for one in [*(brought or ()), *workflows]
    }


@pytest.mark.parametrize("extra", ["", *sorted(set(EXTRAS) - {"all"})])
def test_each_has_a_floor_and_a_ceiling(extra):
    for one in required(extra):
        assert sorted(said.operator for said in one.specifier) == ["<", ">="], one
        assert one.marker is None, one


def test_everything_is_all_the_other_extras():
    (everything,) = required("all")
    assert everything.name == NAME
    assert everything.extras == set(EXTRAS) - {"all", OF_AN_EXAMPLE}


def test_the_floors_that_are_tested_are_those_that_are_declared():
    base = PROJECT["dependencies"]
    marked = [f'{one}; extra == "{extra}"' for extra in EXTRAS for one in EXTRAS[extra]]
    lowest = floors(["llamaindex"], [*base, *marked])
    assert lowest.keys() == {one.name for one in [*required(), *required("llamaindex")]}
    assert str(lowest["pydantic"]) == "2.11.5"  # its own floor, not that of the base
    assert str(floors(["langchain"], [*base, *marked])["pydantic"]) == "2.9.2"


def test_the_interpreters_that_are_promised_agree():
    language = re.compile(r"Programming Language :: Python :: 3\.(\d+)")
    minors = [int(match[1]) for one in PROJECT["classifiers"] if (match := language.fullmatch(one))]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert SpecifierSet(PROJECT["requires-python"]) == SpecifierSet(f">=3.{minors[0]}")
    assert DECLARED["tool"]["ruff"]["target-version"] == f"py3{minors[0]}"


def test_building_needs_the_backend_and_runs_nothing_of_ours():
    (backend,) = map(Requirement, DECLARED["build-system"]["requires"])
    assert backend.name == "hatchling"
    hatch = DECLARED["tool"]["hatch"]
    assert set(hatch) == {"build", "version"}  # no build hooks, no metadata hooks, no environments
    assert set(hatch["build"]) == {"targets"}
    assert set(hatch["version"]) == {"path"}
    assert {name: set(said) for name, said in hatch["build"]["targets"].items()} == {
        "wheel": {"packages"},
        "sdist": {"only-include"},
    }
    assert {"scripts", "gui-scripts"}.isdisjoint(PROJECT)
    assert set(PROJECT.get("entry-points", ())) <= {"pytest11"}


def test_no_lock_file_pins_what_an_index_may_lack():
    locks = ("*.lock", "pylock*.toml", "requirements*.txt", "Pipfile*")
    assert [path.name for lock in locks for path in ROOT.glob(lock)] == []


PAGE = DOCS / "dependencies.md"


def test_the_page_names_each_with_its_versions():
    table = rows(section(PAGE, "## Packages"))
    told = {(*marked(row[0]), *marked(row[2])): marked(row[1])[0] for row in table}
    declared = {
        (one.name, *([f"[{extra}]"] if extra else [])): one.specifier
        for extra in ("", *EXTRAS)
        if extra != "all"
        for one in required(extra)
    }
    assert told.keys() == declared.keys()
    for one, versions in told.items():
        assert SpecifierSet(versions) == declared[one]


def test_the_page_has_the_sizes_of_each_way_to_install():
    table = section(PAGE, "## What it adds")
    assert heads(table) == [["installed", "the framework alone", "added to it", "which"]]
    ways = [f"{NAME}[{extra}]" if extra else NAME for extra in installs.EXTRAS]
    peers = [peer for stand in sizes.PEERS.values() for peer in stand]
    assert [marked(row[0])[0] for row in rows(table)] == ways + peers
