"""A plain HTTP client on the emulated EmpirioLabs."""

from typing import Any

import httpx
import pytest

from seed_core.emulator import Emulator
from tests.emulator.ark.conftest import HostChat

MODEL = "seed-2-0-mini"


@pytest.fixture
def http(emulator: Emulator, _one_client: httpx.Client) -> httpx.Client:
    _one_client.base_url = httpx.URL(emulator.url("empiriolabs"))
    _one_client.headers = httpx.Headers({"Authorization": "Bearer test"})
    return _one_client


@pytest.fixture
def chat(http: httpx.Client) -> HostChat:
    return HostChat(http, MODEL)


@pytest.fixture
def script(emulator: Emulator) -> Any:
    return lambda *items: emulator.script(*items, host="empiriolabs")
