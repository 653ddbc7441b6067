"""What the tests of encoding share: a prompt to the JSON that is sent."""

import json
from typing import Any

from seed_core.body import Body
from seed_core.render import render
from seed_core.types import (
    Json,
    Message,
    Options,
    Part,
    Prompt,
    Reasoning,
    ReplayState,
    Role,
    Text,
)
from seed_core.wire.messages import MessagesWire

STANDARD = MessagesWire()
HELLO = Message("user", (Text("Hello"),))
MARK = {"type": "ephemeral"}


def parsed(body: Body) -> dict[str, Any]:
    """The body as the host reads it."""
    sent = b"".join(render(body))
    assert len(sent) == body.length
    found: dict[str, Any] = json.loads(sent)
    return found


def body_of(
    prompt: Prompt, *, wire: MessagesWire = STANDARD, stream: bool = False, issuer: str = "host"
) -> dict[str, Any]:
    """What is sent for a prompt."""
    return parsed(wire.encode(prompt, model="m", issuer=issuer, stream=stream))


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


def received(*blocks: Json, issuer: str = "host/messages", text: str = "") -> Reasoning:
    """Blocks of an earlier answer."""
    return Reasoning(text, ReplayState(issuer, blocks))
