"""A plain HTTP client on the emulated ModelsLab, with the key in the body as its page shows."""

from typing import Any

import httpx
import pytest

from seed_core.emulator import Emulator
from tests.emulator.messages.asking import Ask

MODEL = "bytedance-seed-seed-2.0-mini"


@pytest.fixture
def lab(emulator: Emulator, _one_client: httpx.Client) -> httpx.Client:
    _one_client.base_url = httpx.URL(emulator.url("modelslab"))
    _one_client.headers = httpx.Headers()
    return _one_client


@pytest.fixture
def chat(lab: httpx.Client) -> Ask:
    """Chat completions."""
    return Ask(lab, "/chat/completions", model_id=MODEL, key="test")


@pytest.fixture
def ask(lab: httpx.Client) -> Ask:
    """Messages."""
    return Ask(lab, "/v1/messages", model=MODEL, key="test", max_tokens=2000)


@pytest.fixture
def script(emulator: Emulator) -> Any:
    return lambda *items: emulator.script(*items, host="modelslab")
