"""What the items of a conversation must be: messages, calls, their results, reasoning.

Each item is looked at by itself here; what must stand before or after it is `history`'s matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from seed_core.emulator.chat.flaws import Flaw
from seed_core.emulator.chat.parts import PartCheck
from seed_core.emulator.checks import Check, each, mapping, nullable, one_of, string
from seed_core.emulator.responses.dialect import Dialect
from seed_core.emulator.responses.parts import SAID

__all__ = ["as_items", "check_items"]

_STATUS = one_of("in_progress", "completed", "incomplete")
_ID = {"id": nullable(string()), "status": nullable(_STATUS)}


def as_items(given: Any) -> list[Any]:
    """Give the items of an `input`: a text is one message of the user."""
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    if given is None:
        raise Flaw("input", "is required", "missing")
    if said := each(mapping, least=1)(given):
        raise Flaw("input", said)
    return list(given)


def check_items(items: Sequence[Mapping[str, Any]], dialect: Dialect) -> None:
    """Refuse items that a host with this dialect refuses."""
    for number, item in enumerate(items):
        where = f"input.{number}"
        kind = item.get("type", "message" if "role" in item else None)
        if not isinstance(kind, str) or kind not in _ITEMS:
            raise Flaw(f"{where}.type", f"must be one of {', '.join(_ITEMS)}, not {kind!r}")
        _check_fields(item, where, _ID)
        _ITEMS[kind](item, where, dialect)


def _check_message(item: Mapping[str, Any], where: str, dialect: Dialect) -> None:
    role = item.get("role")
    if not isinstance(role, str) or role not in dialect.roles:
        known = ", ".join(dialect.roles)
        raise Flaw(f"{where}.role", f"must be one of {known}, not {role!r}", "role")
    if said := dialect.message(item):
        raise Flaw(where, said)
    if role != "assistant":
        _check_content(item.get("content"), f"{where}.content", dialect.parts)
        return
    _check_content(item.get("content"), f"{where}.content", dialect.said)
    if dialect.message_ids and isinstance(item["content"], list) and _is_output(item["content"]):
        _need(item, where, "id", string(shortest=1))
        _need(item, where, "status", _STATUS)


def _is_output(content: list[Mapping[str, Any]]) -> bool:
    return any(part["type"] in SAID for part in content)


def _check_content(content: Any, where: str, parts: Mapping[str, PartCheck]) -> None:
    if isinstance(content, str):
        return
    if not isinstance(content, list):
        raise Flaw(where, "must be a string or an array of parts")
    for number, part in enumerate(content):
        place = f"{where}.{number}"
        if not isinstance(part, Mapping):
            raise Flaw(place, "must be an object")
        kind = part.get("type")
        if not isinstance(kind, str) or kind not in parts:
            raise Flaw(f"{place}.type", f"must be one of {', '.join(parts)}, not {kind!r}")
        parts[kind](part, place)


def _check_call(item: Mapping[str, Any], where: str, _dialect: Dialect) -> None:
    _need(item, where, "call_id", string(shortest=1))
    _need(item, where, "name", string(shortest=1))
    _need(item, where, "arguments", string())


def _check_result(item: Mapping[str, Any], where: str, dialect: Dialect) -> None:
    _need(item, where, "call_id", string(shortest=1))
    _check_content(item.get("output"), f"{where}.output", dialect.parts)


def _check_reasoning(item: Mapping[str, Any], where: str, dialect: Dialect) -> None:
    _need(item, where, "id", string(shortest=1))
    if "summary" in item or not dialect.terse:
        _check_texts(item.get("summary"), f"{where}.summary", "summary_text")
    if item.get("content") is not None:
        _check_texts(item["content"], f"{where}.content", "reasoning_text")
    _check_fields(item, where, {"encrypted_content": nullable(string())})


def _check_texts(texts: Any, where: str, kind: str) -> None:
    if said := each(mapping)(texts):
        raise Flaw(where, said, "missing" if texts is None else "value")
    for number, text in enumerate(texts):
        if text.get("type") != kind:
            raise Flaw(f"{where}.{number}.type", f"must be {kind}, not {text.get('type')!r}")
        _need(text, f"{where}.{number}", "text", string())


def _check_reference(item: Mapping[str, Any], where: str, _dialect: Dialect) -> None:
    _need(item, where, "id", string(shortest=1))


def _check_search(item: Mapping[str, Any], where: str, _dialect: Dialect) -> None:
    _need(item, where, "id", string(shortest=1))


def _need(item: Mapping[str, Any], where: str, name: str, check: Check) -> None:
    if said := check(item.get(name)):
        raise Flaw(f"{where}.{name}", said, "value" if name in item else "missing")


def _check_fields(item: Mapping[str, Any], where: str, fields: Mapping[str, Check]) -> None:
    for name, check in fields.items():
        # A hosted tool's call has statuses of its own.
        if name in item and item.get("type") != "web_search_call" and (said := check(item[name])):
            raise Flaw(f"{where}.{name}", said)


_ITEMS: dict[str, Callable[[Mapping[str, Any], str, Dialect], None]] = {
    "message": _check_message,
    "function_call": _check_call,
    "function_call_output": _check_result,
    "reasoning": _check_reasoning,
    "item_reference": _check_reference,
    "web_search_call": _check_search,
}
