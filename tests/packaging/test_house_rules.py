"""Rules about files that no linter checks."""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "seed_core",
    "langchain_seed",
    "llamaindex_seed",
    "tests",
    "examples",
    "benchmarks",
)
MOST_LINES = 400
# What make or an editor leaves in the tree is not ours.
NOT_OURS = {"__pycache__", "build", "dist", "node_modules"}
OUR_HIDDEN = {".ci", ".github"}
HOME = re.compile(r"(?:/home/|/root/|/Users/|[A-Z]:\\Users\\)[\w.-]+")
REGISTRY = re.compile(
    r"(?:index-url|find-links|trusted-host)\s*[=:]|\b(?:test\.)?pypi\.org/simple", re.IGNORECASE
)


def ours():
    for folder, inner, names in os.walk(ROOT):
        # Left out here and not below, since environments hold a hundred thousand files.
        inner[:] = [
            name
            for name in inner
            if name not in NOT_OURS and (not name.startswith(".") or name in OUR_HIDDEN)
        ]
        yield from (Path(folder, name) for name in names)


def text_of(path):
    data = path.read_bytes()
    return "" if b"\0" in data else data.decode("utf-8", "ignore")


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_file_holds_one_idea(folder):
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


@pytest.mark.parametrize(
    ("what", "pattern"), [("a home folder", HOME), ("a package index", REGISTRY)]
)
def test_no_file_names(what, pattern):
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {match[0]}"
        for path in ours()
        if path != Path(__file__)
        for match in [pattern.search(text_of(path))]
        if match
    }
    assert found == set(), f"{what} belongs to one machine"
