"""A plain HTTP client on the emulated Ark, in either cloud."""

from typing import Any

import httpx
import pytest

from seed_core.emulator import Emulator
from tests.emulator.conftest import Chat

OLD = "seed-2-0-mini-260215"
NEW = "seed-2-0-mini-260428"


class HostChat(Chat):
    """Requests to the chat completions of a host, with its own model."""

    def __init__(self, http: httpx.Client, model: str) -> None:
        super().__init__(http)
        self.model = model

    def post(self, text: str = "Hello", **fields: Any) -> httpx.Response:
        return super().post(text, **{"model": self.model, **fields})


def deltas(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event["choices"][0]["delta"] for event in events if event["choices"]]


@pytest.fixture
def http(emulator: Emulator, _one_client: httpx.Client) -> httpx.Client:
    """BytePlus, with a key."""
    _one_client.base_url = httpx.URL(emulator.url("byteplus"))
    _one_client.headers = httpx.Headers({"Authorization": "Bearer test"})
    return _one_client


@pytest.fixture
def volc(emulator: Emulator, http: httpx.Client) -> httpx.Client:
    """The same client on Volcengine."""
    http.base_url = httpx.URL(emulator.url("volcengine"))
    return http


@pytest.fixture
def chat(http: httpx.Client) -> HostChat:
    return HostChat(http, OLD)


@pytest.fixture
def script(emulator: Emulator) -> Any:
    return lambda *items: emulator.script(*items, host="byteplus")
