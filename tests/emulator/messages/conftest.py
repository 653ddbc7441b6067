"""OpenRouter's address for Messages: the tests of this folder ask there."""

import httpx
import pytest

from tests.emulator.messages.asking import MODEL, Ask


@pytest.fixture
def ask(http: httpx.Client) -> Ask:
    return Ask(http, "/messages", model=MODEL, max_tokens=2000)
