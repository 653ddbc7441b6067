"""A user with every key, whose hosts are the emulator."""

from collections.abc import Iterator

import pytest

from seed_core.testing import SeedEmulator


@pytest.fixture
def hosts() -> Iterator[SeedEmulator]:
    with SeedEmulator() as running:
        yield running
