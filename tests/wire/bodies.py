"""What the tests of encoding share: a prompt to the JSON that is sent."""

import json
from typing import Any

from seed_core.render import render
from seed_core.types import Message, Options, Part, Prompt, Role, Text
from seed_core.wire.chat import ChatWire

STANDARD = ChatWire()
HELLO = Message("user", (Text("Hello"),))


def body_of(
    prompt: Prompt, *, wire: ChatWire = STANDARD, stream: bool = False, issuer: str = "host"
) -> dict[str, Any]:
    """The body as the host reads it."""
    body = wire.encode(prompt, model="m", issuer=issuer, stream=stream)
    sent = b"".join(render(body))
    assert len(sent) == body.length
    found: dict[str, Any] = json.loads(sent)
    return found


def fields_of(options: Options, **settings: Any) -> dict[str, Any]:
    """What the options add to the body."""
    body = body_of(Prompt((HELLO,), options=options), **settings)
    assert body.pop("model") == "m"
    assert body.pop("messages") == [{"role": "user", "content": "Hello"}]
    return body


def turns_of(*messages: Message, **settings: Any) -> list[dict[str, Any]]:
    """The messages as they are sent."""
    turns = body_of(Prompt(messages), **settings)["messages"]
    assert isinstance(turns, list)
    return turns


def turn(role: Role, *parts: Part, name: str | None = None) -> Message:
    """A message."""
    return Message(role, parts, name)
