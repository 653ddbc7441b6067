"""A row of a batch: a line of JSON, read into what is asked.

{"id": "a", "prompt": "Why is the sky blue?", "max_tokens": 500}
{"id": "b", "messages": [{"role": "user", "content": "Hello"}]}
{"custom_id": "c", "body": {"messages": [...]}}            a row of OpenAI's batch files
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeAlias

from pydantic_core import from_json

from seed_core.batch.messages import read_messages
from seed_core.errors import ConfigurationError, SeedError
from seed_core.openai_form import read_response_format, read_tool_choice, read_tools
from seed_core.settings import Settings
from seed_core.types import Json, Message, Prompt, Text

Ident: TypeAlias = str | int | None
"""What a row calls itself; None where it has only its place."""

_OPENAI_URL = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to ask.

    Attributes:
        index: its place among the rows, from 0; blank lines do not count.
        id: what it calls itself.
        digest: 64 bits of what it says, by which a later run knows it again.
        prompt: what is asked.
    """

    index: int
    id: Ident
    digest: int
    prompt: Prompt


def parse_line(line: bytes, number: int) -> Json:
    """The object on a line.

    Raises:
        ConfigurationError: there is none. It names the line, counted from 1.
    """
    try:
        said = from_json(line.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False)
    except ValueError as error:
        raise ConfigurationError(f"line {number} is not JSON: {error}") from None
    if not isinstance(said, Mapping):
        raise ConfigurationError(f"line {number} is not a JSON object")
    return said


def read_row(said: Json, index: int, where: str, settings: Settings) -> Row:
    """A row, with its own options over the settings of all.

    Args:
        said: the row as parsed.
        index: its place.
        where: how errors call it ("line 3").
        settings: the settings of all rows.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        ident, asked = _apart(said)
        return Row(index, ident, digest_of(said), _prompt(asked, settings))
    except (SeedError, TypeError) as error:
        raise ConfigurationError(f"{where}: {error}") from error


def digest_of(said: Json) -> int:
    """64 bits of what a row says, whatever its blanks and the order of its names."""
    plain = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return int.from_bytes(blake2b(plain.encode(), digest_size=8).digest(), "big")


def _apart(said: Json) -> tuple[Ident, dict[str, object]]:
    """What a row calls itself, and what it asks."""
    openai = "custom_id" in said
    name = "custom_id" if openai else "id"
    ident = said.get(name)
    if ident is not None and (isinstance(ident, bool) or not isinstance(ident, (str, int))):
        raise ConfigurationError(f"{name} is a text or a whole number, not {ident!r:.80}")
    if not openai:
        return ident, {key: value for key, value in said.items() if key != "id"}
    url, body = said.get("url", _OPENAI_URL), said.get("body")
    if url != _OPENAI_URL or not isinstance(body, Mapping):
        raise ConfigurationError(f"a row with custom_id has a body, for the url {_OPENAI_URL}")
    if more := sorted(said.keys() - {"custom_id", "method", "url", "body"}):
        raise ConfigurationError(f"a row with custom_id says {more[0]!r} inside its body")
    asked = dict(body)
    if "max_completion_tokens" in asked:
        asked["max_tokens"] = asked.pop("max_completion_tokens")
    return ident, asked


def _prompt(asked: dict[str, object], settings: Settings) -> Prompt:
    """What is asked."""
    text, messages = asked.pop("prompt", None), asked.pop("messages", None)
    if (text is None) == (messages is None):
        raise ConfigurationError("a row has either prompt or messages")
    if text is not None and not isinstance(text, str):
        raise ConfigurationError("prompt is a text; messages takes more")
    said = settings.call_arguments(asked)
    tools = said.get("tools") or ()
    if not isinstance(tools, (list, tuple)):
        raise ConfigurationError(f"tools takes a list of tools, not {tools!r:.80}")
    asked_for = read_messages(messages) if text is None else (Message("user", (Text(str(text)),)),)
    return Prompt(
        messages=asked_for,
        tools=read_tools(tools),
        tool_choice=read_tool_choice(said.get("tool_choice")),
        response_format=read_response_format(said.get("response_format")),
        options=settings.options(said),
        model=said.get("model"),
    )
