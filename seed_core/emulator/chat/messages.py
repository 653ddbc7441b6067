"""Checks of `messages`: roles, content, the assistant's calls, and their results.

Knows the wire's rules, the pairing of calls and results among them; roles and parts come from the
host's dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seed_core.emulator.chat.dialect import Dialect
from seed_core.emulator.chat.flaws import Flaw
from seed_core.emulator.checks import nullable, optional_fields, string

__all__ = ["check_messages"]

_NAME = optional_fields(name=nullable(string()))


def check_messages(messages: Any, dialect: Dialect) -> None:
    """Refuse a conversation that a host with this dialect refuses."""
    if not isinstance(messages, list):
        raise Flaw("messages", "must be an array", "missing" if messages is None else "value")
    if not messages:
        raise Flaw("messages", "must contain at least 1 element(s)")
    for number, message in enumerate(messages):
        _check_message(message, f"messages.{number}", dialect)
    _check_pairs(messages)


def _check_message(message: Any, where: str, dialect: Dialect) -> None:
    if not isinstance(message, Mapping):
        raise Flaw(where, "must be an object")
    role = message.get("role")
    if not isinstance(role, str) or role not in dialect.roles:
        known = ", ".join(f"`{name}`" for name in dialect.roles)
        said = f"invalid value: `{role}`, supported values are: {known}."
        raise Flaw(f"{where}.role", said, "role")
    if wrong := _NAME(message):
        raise Flaw(where, wrong)
    if role == "assistant":
        _check_assistant(message, where, dialect)
        return
    if role == "tool" and (wrong := string(shortest=1)(message.get("tool_call_id"))):
        raise Flaw(f"{where}.tool_call_id", wrong)
    if role == "user" and message.get("content") == []:
        raise Flaw(f"{where}.content", "must contain at least 1 element(s)")
    _check_content(message.get("content"), where, role, dialect)


def _check_assistant(message: Mapping[str, Any], where: str, dialect: Dialect) -> None:
    content, calls = message.get("content"), message.get("tool_calls")
    if content is not None:
        _check_content(content, where, "assistant", dialect)
    elif not calls and not message.get("refusal") and "assistant" not in dialect.silent:
        raise Flaw(where, "an assistant message needs content or tool_calls", "model")
    if said := nullable(string())(message.get("refusal")):
        raise Flaw(f"{where}.refusal", said)
    if calls is not None:
        _check_calls(calls, f"{where}.tool_calls")
    dialect.assistant(message, where)


def _check_content(content: Any, where: str, role: str, dialect: Dialect) -> None:
    if isinstance(content, str) or (content is None and role in dialect.silent):
        return
    if not isinstance(content, list):
        raise Flaw(f"{where}.content", "must be a string or an array of parts")
    allowed = [kind for kind in dialect.parts if kind in dialect.roles[role]]
    for number, part in enumerate(content):
        place = f"{where}.content.{number}"
        if not isinstance(part, Mapping):
            raise Flaw(place, "must be an object")
        kind = part.get("type")
        if not isinstance(kind, str) or kind not in allowed:
            raise Flaw(f"{place}.type", f"must be one of {', '.join(allowed)}, not {kind!r}")
        if said := dialect.part(part):
            raise Flaw(place, said)
        dialect.parts[kind](part, place)


def _check_calls(calls: Any, where: str) -> None:
    if not isinstance(calls, list):
        raise Flaw(where, "must be an array")
    if not calls:
        raise Flaw("", f"[] is too short - '{where}'", "model")
    for number, call in enumerate(calls):
        place = f"{where}.{number}"
        if not isinstance(call, Mapping) or call.get("type") != "function":
            raise Flaw(place, "must be an object of type function")
        function = call.get("function")
        if not isinstance(function, Mapping):
            raise Flaw(f"{place}.function", "must be an object")
        if said := string(shortest=1)(call.get("id")):
            raise Flaw(f"{place}.id", said)
        if said := string(shortest=1)(function.get("name")):
            raise Flaw(f"{place}.function.name", said)
        if said := string()(function.get("arguments")):
            raise Flaw(f"{place}.function.arguments", said)


def _check_pairs(messages: list[Mapping[str, Any]]) -> None:
    """Every call needs its result before the talk goes on, and every result its call."""
    open_calls: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            wanted = message["tool_call_id"]
            if wanted not in open_calls:
                raise Flaw("", f"No tool call found for tool_call_id {wanted!r}", "model")
            open_calls.discard(wanted)
            continue
        _refuse_open(open_calls)
        open_calls = {call["id"] for call in message.get("tool_calls") or []}
    _refuse_open(open_calls)


def _refuse_open(calls: set[str]) -> None:
    if calls:
        said = (
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            f"to each 'tool_call_id'. Without a response: {', '.join(sorted(calls))}"
        )
        raise Flaw("", said, "model")
