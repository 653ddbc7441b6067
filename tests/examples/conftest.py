"""The emulator in OpenRouter's place, for code that is written as a user would write it."""

from dataclasses import replace

import pytest

from seed_core.emulator import Emulator
from seed_core.providers import PROVIDERS


@pytest.fixture
def openrouter(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """A user with a key, whose OpenRouter is the emulator: one field of one row is another."""
    row = replace(PROVIDERS["openrouter"], base_url=emulator.url("openrouter"))
    monkeypatch.setitem(PROVIDERS, "openrouter", row)
    monkeypatch.setenv("OPENROUTER_API_KEY", "test")
    return emulator
