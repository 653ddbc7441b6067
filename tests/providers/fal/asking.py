"""fal as the tests ask it: what goes out, without a socket, and the emulated host."""

import json
from typing import Any

from seed_core.capabilities import by_prompt
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.providers.calling import in_words
from seed_core.providers.fal import MAX_TOKENS
from seed_core.render import render
from seed_core.types import Message, Options, Part, Prompt, Role, Text

KEY = "a-fal-key-that-nobody-may-see"
FAL = resolve("fal", api_key=KEY)
QUEUE = resolve("fal", api="queue", api_key=KEY)


def turn(role: Role, *parts: Part | str) -> Message:
    """One turn."""
    return Message(role, tuple(Text(part) if isinstance(part, str) else part for part in parts))


def sent(host: Provider, prompt: Prompt) -> dict[str, Any]:
    """The body of a prompt that passes the checks, without the limit that is sent unasked."""
    host.check(prompt)
    can = host.capabilities(prompt.model)
    told = in_words(prompt, can, by_prompt(prompt, can))
    body = json.loads(b"".join(render(host.request(told, stream=False).body)))
    assert isinstance(body, dict)
    if prompt.options.max_tokens is None:
        assert body.pop("max_completion_tokens") == MAX_TOKENS
    return body


def body(*turns: Message, **options: Any) -> dict[str, Any]:
    """The body of a conversation."""
    return sent(FAL, Prompt(turns, options=Options(**options)))
