"""The fixture `seed_emulator`, which pytest finds by itself where this package is installed.

It is imported by every run of pytest there, so it imports nothing before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from seed_core.testing import SeedEmulator


@pytest.fixture
def seed_emulator() -> Iterator[SeedEmulator]:
    """The hosts as an emulator on loopback, fresh for this test; see `docs/testing.md`.

    `ChatSeed()`, `SeedLLM()` and the clients reach it as they stand, with made-up keys. Needs the
    extra `[emulator]`.
    """
    from seed_core.testing import SeedEmulator  # noqa: PLC0415 - see the top

    with SeedEmulator() as emulator:
        yield emulator
