"""A file of this machine that nobody named."""

from pathlib import Path

import pytest

from tests.security.opening import PICTURE


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.png"
    path.write_bytes(PICTURE)
    return path
