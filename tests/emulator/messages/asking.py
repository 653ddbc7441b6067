"""Requests in Anthropic's form, for tests that bend a part of them."""

import base64
import json
from typing import Any

import httpx

MODEL = "bytedance-seed/seed-2.0-mini"
PNG = base64.b64encode(b"\x89PNG....").decode()
PDF = base64.b64encode(b"%PDF-1.4").decode()
WEATHER = {
    "name": "get_weather",
    "description": "Get the weather at a location.",
    "input_schema": {
        "type": "object",
        "properties": {"location": {"type": "string"}},
        "required": ["location"],
    },
}
CLOCK = {"name": "get_time", "input_schema": {"type": "object", "properties": {}}}
THINKING = {"type": "enabled", "budget_tokens": 1024}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def said(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": list(messages)}


def shown(*blocks: dict[str, Any]) -> dict[str, Any]:
    return said(user([{"type": "text", "text": "Look."}, *blocks]))


def image(**source: Any) -> dict[str, Any]:
    return {"type": "image", "source": source}


def document(**source: Any) -> dict[str, Any]:
    return {"type": "document", "source": source}


def text(said: str = "Hi", **fields: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **fields}


def call(ident: str = "a", **fields: Any) -> dict[str, Any]:
    given = {"name": "get_weather", "input": {"location": "Paris"}, **fields}
    return {"type": "tool_use", "id": ident, **given}


def result(ident: str = "a", content: Any = "It's sunny.", **fields: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": ident, "content": content, **fields}


def loop(*blocks: Any, calls: tuple[dict[str, Any], ...] = (call(),)) -> dict[str, Any]:
    """A question, the calls of the assistant, and what the user says to that."""
    return said(user("What is the weather in Paris?"), assistant(*calls), user(list(blocks)))


def events_of(wire: str) -> list[dict[str, Any]]:
    """The events of a stream, parsed naively: one line each, after a line with the type."""
    events = []
    for record in wire.split("\n\n"):
        lines = record.split("\n")
        if lines[0].startswith("event: "):
            event = json.loads(lines[1].removeprefix("data: "))
            assert event["type"] == lines[0].removeprefix("event: ")
            events.append(event)
    return events


class Ask:
    """Requests to emulated Messages."""

    def __init__(self, http: httpx.Client, path: str, **fields: Any) -> None:
        self.http = http
        self.path = path
        self.fields = fields

    def post(self, text: str = "Hello", **fields: Any) -> httpx.Response:
        body = {"messages": [user(text)], **self.fields, **fields}
        given = {name: value for name, value in body.items() if value is not ...}
        return self.http.post(self.path, json=given)

    def message(self, text: str = "Hello", **fields: Any) -> dict[str, Any]:
        response = self.post(text, **fields)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def text(self, text: str = "Hello", **fields: Any) -> str:
        """The text of the answer."""
        content = self.message(text, **fields)["content"]
        return "".join(block.get("text", "") for block in content)

    def calls(self, text: str = "Hello", **fields: Any) -> list[str]:
        """The names of the called tools."""
        content = self.message(text, **fields)["content"]
        return [block["name"] for block in content if block["type"] == "tool_use"]

    def events(self, text: str = "Hello", **fields: Any) -> list[dict[str, Any]]:
        response = self.post(text, stream=True, **fields)
        assert response.headers["content-type"] == "text/event-stream", response.text
        return events_of(response.text)
