"""The parts of a request body, for tests that bend one of them."""

import base64
from typing import Any

PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG....").decode()
PDF = "data:application/pdf;base64," + base64.b64encode(b"%PDF-1.4").decode()
MP4 = "data:video/mp4;base64," + base64.b64encode(b"....ftyp").decode()


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def parts(*content: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [user(list(content))]}


def image(url: Any, **fields: Any) -> dict[str, Any]:
    return parts({"type": "image_url", "image_url": {"url": url, **fields}})


def file(**fields: Any) -> dict[str, Any]:
    return parts({"type": "file", "file": fields})


def assistant(**fields: Any) -> dict[str, Any]:
    return {"messages": [user("Hi"), {"role": "assistant", "content": "x", **fields}, user("Go")]}


def call(ident: str = "a", **function: Any) -> dict[str, Any]:
    given = {"name": "get_weather", "arguments": "{}", **function}
    return {"id": ident, "type": "function", "function": given}


def details(*entries: Any) -> dict[str, Any]:
    return assistant(reasoning_details=list(entries))


def function(**fields: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {"name": "f", **fields}}]}


def schema(**fields: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": fields}}
