"""Requests to the emulated Responses, and to a face of this wire that no host has."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from seed_core.emulator.delivery import Delivery
from seed_core.emulator.meter import Memory
from seed_core.emulator.responses import Dialect, Responses, Stamp, measure, usage
from seed_core.emulator.serving import Refused
from tests.emulator.conftest import MODEL


def events_of(text: str) -> list[dict[str, Any]]:
    lines = [line[6:] for line in text.split("\n") if line.startswith("data: {")]
    return [json.loads(line) for line in lines]


class Respond:
    """Requests to OpenRouter's `/responses`."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def post(self, given: Any = "Hello", **fields: Any) -> httpx.Response:
        body = {"model": MODEL, "input": given, **fields}
        return self.http.post("/responses", json=body)

    def whole(self, given: Any = "Hello", **fields: Any) -> dict[str, Any]:
        response = self.post(given, **fields)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def items(self, given: Any = "Hello", **fields: Any) -> dict[str, dict[str, Any]]:
        """The output items by type; of several, the last."""
        return {item["type"]: item for item in self.whole(given, **fields)["output"]}

    def text(self, given: Any = "Hello", **fields: Any) -> str:
        text: str = self.items(given, **fields)["message"]["content"][0]["text"]
        return text

    def events(self, given: Any = "Hello", **fields: Any) -> list[dict[str, Any]]:
        response = self.post(given, stream=True, **fields)
        assert response.headers["content-type"] == "text/event-stream", response.text
        return events_of(response.text)


@pytest.fixture
def respond(http: httpx.Client) -> Respond:
    return Respond(http)


class Face:
    """A face without a host: bodies in, bytes out."""

    def __init__(self, **dialect: Any) -> None:
        def refuse(flaw: Any) -> Refused:
            error = {"message": str(flaw), "param": flaw.where}
            return Refused(400, {"error": error})

        self.responses = Responses(Dialect(refuse=refuse, **dialect))
        self.memory = Memory()
        self.count = 0

    def deliver(self, given: Any, item: Any = None, **fields: Any) -> Delivery:
        asked = self.responses.accept({"model": "seed", "input": given, **fields})
        prompt, cached = measure(asked, self.memory)
        self.count += 1
        stamp = Stamp(f"resp_{self.count}", 7, "seed", lambda answer: usage(answer, prompt, cached))
        return self.responses.respond(asked, item, stamp)

    def raw(self, given: Any, item: Any = None, **fields: Any) -> str:
        pieces = self.deliver(given, item, **fields).pieces
        return b"".join(piece for piece in pieces if isinstance(piece, bytes)).decode()

    def whole(self, given: Any = "Hello", item: Any = None, **fields: Any) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.raw(given, item, **fields))
        return body

    def events(self, given: Any = "Hello", item: Any = None, **fields: Any) -> list[dict[str, Any]]:
        return events_of(self.raw(given, item, stream=True, **fields))


@pytest.fixture
def face() -> Callable[..., Face]:
    return Face


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def tool(name: str, description: str = "", **properties: Any) -> dict[str, Any]:
    """A flat function tool, all of whose parameters are required."""
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    told = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", **told}


WEATHER = tool("get_weather", "Get the weather at a location.", location={"type": "string"})
CALL = {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": "{}"}
RESULT = {"type": "function_call_output", "call_id": "c1", "output": "Sunny."}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": []}
SAID = {
    "type": "message",
    "id": "msg_1",
    "status": "completed",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hi.", "annotations": []}],
}
