"""What goes out for a prompt: the body and the headers, after the checks and without a socket."""

import json
from typing import Any

from seed_core.providers.base import Provider
from seed_core.types import Message, Options, Part, Prompt, ServerTool, Text, Tool


def prompt(*parts: Part, tools: tuple[Tool | ServerTool, ...] = (), **options: Any) -> Prompt:
    said = Options(**options)
    return Prompt((Message("user", parts or (Text("Hi"),)),), tools=tools, options=said)


def sent(host: Provider, asked: Prompt | None = None, *, stream: bool = False) -> dict[str, Any]:
    """The body; media is left out of it."""
    asked = asked or prompt()
    host.check(asked)
    parts = host.request(asked, stream=stream).body.parts
    body = json.loads(b"".join(part for part in parts if isinstance(part, bytes)))
    assert isinstance(body, dict)
    return body


def fields(host: Provider, **options: Any) -> dict[str, Any]:
    """What some options add to the body."""
    plain = sent(host)
    return {
        name: value for name, value in sent(host, prompt(**options)).items() if name not in plain
    }
