"""The emulator in the hosts' place, for code that is written as a user would write it."""

from dataclasses import replace

import pytest

from seed_core.emulator import Emulator
from seed_core.providers import PROVIDERS
from tests.rows import FAST


@pytest.fixture
def hosts(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """A user with every key, whose hosts are the emulator: the addresses of the rows are others."""
    for name, row in PROVIDERS.items():
        for variable in row.key_names:
            monkeypatch.setenv(variable, "test")
        if name in emulator.hosts:
            url = emulator.url(name)
            moved = replace(
                row,
                base_url=url,
                addresses={api: emulator.url(name, api) for api in row.addresses},
                regions=dict.fromkeys(row.regions, url),
                polling=FAST,
            )
            monkeypatch.setitem(PROVIDERS, name, moved)
    return emulator
