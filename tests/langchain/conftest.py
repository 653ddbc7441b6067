"""Models on the emulator."""

from typing import Any

import pytest

from langchain_seed import ChatSeed
from seed_core.emulator import Emulator
from tests.langchain.asking import HOWS, Body, How, Make
from tests.langchain.samples import KEY
from tests.rows import Row


@pytest.fixture(params=HOWS)
def how(request: pytest.FixtureRequest) -> How:
    """Each of the four ways to ask."""
    how: How = request.param
    return how


@pytest.fixture
def make(emulator: Emulator) -> Make:
    """Builds models that talk to the emulator."""

    def build(**settings: Any) -> ChatSeed:
        given = {"provider": "openrouter", "api_key": KEY, "base_url": emulator.url("openrouter")}
        return ChatSeed(**{**given, **settings})

    return build


@pytest.fixture
def at(emulator: Emulator) -> Make:
    """Builds models at a provider, over one of its wires; of several rows, at one after another."""

    def build(*rows: Row, **settings: Any) -> ChatSeed:
        given = [row.settings(emulator) for row in rows]
        where = given[0] if len(given) == 1 else {"provider": given}
        return ChatSeed(**{**where, **settings})

    return build


@pytest.fixture
def llm(make: Make) -> ChatSeed:
    """A model that talks to the emulator, with its defaults."""
    return make()


@pytest.fixture
def body(emulator: Emulator) -> Body:
    """Gives the body of the latest request."""
    return lambda: emulator.requests[-1].body
