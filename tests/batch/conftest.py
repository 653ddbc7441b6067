"""Where the rows of a batch come from, and where they go."""

from pathlib import Path

import pytest

from tests.batch.batches import rows, write


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "in.jsonl", rows(12))
