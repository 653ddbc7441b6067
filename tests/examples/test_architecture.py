"""The page of the architecture: its layers are those of the import contract, its files exist."""

import re

import pytest

from tests.conftest import ROOT
from tests.examples.pages import DOCS, marked, rows, section
from tests.packaging.pyproject import DECLARED

PAGE = DOCS / "architecture.md"
FILES = [
    path
    for row in rows(section(PAGE, "## Where to look"))
    for path in marked(row[1])
    if "/" in path
]


def test_the_layers_are_those_of_the_import_contract() -> None:
    contracts = DECLARED["tool"]["importlinter"]["contracts"]
    (layers,) = [one["layers"] for one in contracts if one["id"] == "layers"]
    told = [marked(row[1]) for row in rows(section(PAGE, "## Layers"))]
    assert told == [re.findall(r"\w+", layer) for layer in layers]


@pytest.mark.parametrize("path", FILES)
def test_what_is_looked_for_is_there(path: str) -> None:
    assert (ROOT / path).exists()
