"""A plain HTTP client on the emulator: these tests ask it as anyone would."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from seed_core.emulator import Emulator

MODEL = "bytedance-seed/seed-2.0-mini"


class Chat:
    """Requests to the emulated chat completions."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def post(self, text: str = "Hello", **fields: Any) -> httpx.Response:
        body = {"model": MODEL, "messages": [{"role": "user", "content": text}], **fields}
        return self.http.post("/chat/completions", json=body)

    def whole(self, text: str = "Hello", **fields: Any) -> dict[str, Any]:
        response = self.post(text, **fields)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def message(self, text: str = "Hello", **fields: Any) -> dict[str, Any]:
        message: dict[str, Any] = self.whole(text, **fields)["choices"][0]["message"]
        return message

    def arguments(self, text: str, *tools: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """What each called tool was called with."""
        calls = self.message(text, tools=list(tools), **fields).get("tool_calls", [])
        return {
            call["function"]["name"]: json.loads(call["function"]["arguments"]) for call in calls
        }

    def events(self, text: str = "Hello", **fields: Any) -> list[dict[str, Any]]:
        """The events of a stream, parsed naively: the emulator writes one line each."""
        response = self.post(text, stream=True, **fields)
        assert response.headers["content-type"] == "text/event-stream", response.text
        lines = [line[6:] for line in response.text.split("\n") if line.startswith("data: ")]
        return [json.loads(line) for line in lines if line != "[DONE]"]


@pytest.fixture(scope="session")
def _one_client() -> Iterator[httpx.Client]:
    # One for all tests: to make a client takes longer than most of them.
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture
def http(emulator: Emulator, _one_client: httpx.Client) -> httpx.Client:
    _one_client.base_url = httpx.URL(emulator.url())
    _one_client.headers = httpx.Headers({"Authorization": "Bearer test"})
    return _one_client


@pytest.fixture
def chat(http: httpx.Client) -> Chat:
    return Chat(http)


def tool(name: str, description: str = "", **properties: Any) -> dict[str, Any]:
    """A function tool, all of whose parameters are required."""
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


WEATHER = tool("get_weather", "Get the weather at a location.", location={"type": "string"})
