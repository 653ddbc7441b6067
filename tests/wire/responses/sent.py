"""What the tests of encoding share: a prompt to the JSON that is sent."""

import json
from dataclasses import replace
from typing import Any

from seed_core.events import Reply
from seed_core.render import render
from seed_core.types import Message, Options, Part, Prompt, Reasoning, Refusal, Role, Text
from seed_core.wire.responses import ResponsesWire

STANDARD = ResponsesWire()
HELLO = Message("user", (Text("Hello"),))


def body_of(
    prompt: Prompt, *, wire: ResponsesWire = STANDARD, stream: bool = False, issuer: str = "host"
) -> dict[str, Any]:
    """The body as the host reads it."""
    body = wire.encode(prompt, model="m", issuer=issuer, stream=stream)
    sent = b"".join(render(body))
    assert len(sent) == body.length
    found: dict[str, Any] = json.loads(sent)
    return found


def fields_of(options: Options, **settings: Any) -> dict[str, Any]:
    """What the options add to the body of the standard."""
    body = body_of(Prompt((HELLO,), options=options), **settings)
    assert body.pop("model") == "m"
    assert body.pop("input") == [{"role": "user", "content": "Hello"}]
    assert body.pop("store") is False
    assert body.pop("include") == ["reasoning.encrypted_content"]
    return body


def items_of(*messages: Message, **settings: Any) -> list[dict[str, Any]]:
    """The messages as they are sent."""
    items = body_of(Prompt(messages), **settings)["input"]
    assert isinstance(items, list)
    return items


def turn(role: Role, *parts: Part, name: str | None = None) -> Message:
    """A message."""
    return Message(role, parts, name)


def answered(answer: Reply, **changes: Any) -> Message:
    """An answer as a framework puts it into the history, with some of it changed."""
    answer = replace(answer, **changes)
    parts: list[Part] = [Reasoning(answer.reasoning, answer.state)]
    parts += [Text(answer.text)] * bool(answer.text)
    parts += [Refusal(answer.refusal)] * bool(answer.refusal)
    return Message("assistant", (*parts, *answer.tool_calls))
