"""What must stand where in a conversation: results after calls, reasoning before what it led to.

The sentences are OpenAI's, as recorded. Encrypted reasoning must come back as it was issued.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from seed_core.emulator.chat.flaws import Flaw
from seed_core.emulator.responses.seal import is_sealed

__all__ = ["check_history", "check_seals"]

Items = Sequence[Mapping[str, Any]]


def check_history(items: Items) -> None:
    """Refuse a conversation whose items do not belong together."""
    _check_duplicates(items)
    _check_calls(items)
    for number, item in enumerate(items):
        if item.get("type") == "reasoning" and not _belongs(items[number + 1 : number + 2]):
            raise _sentence(
                f"Item '{item['id']}' of type 'reasoning' was provided without its required "
                "following item."
            )


def check_seals(items: Items, tail: str, issued: Collection[str]) -> None:
    """Refuse encrypted content that was altered: neither sealed here nor issued by a script."""
    for number, item in enumerate(items):
        data = item.get("encrypted_content")
        if not data or data in issued:
            continue
        if not data.endswith(tail) or not is_sealed(data[: len(data) - len(tail)]):
            raise Flaw(
                f"input.{number}.encrypted_content",
                f"The encrypted content for item {item['id']} could not be verified.",
                "model",
            )


def _belongs(following: Items) -> bool:
    """Whether what follows a reasoning item can be what it led to.

    An edited answer, which has no id, is not [recorded at OpenAI].
    """
    for item in following:
        if item.get("type", "message") == "message":
            return item["role"] == "assistant" and bool(item.get("id"))
        return bool(item["type"] != "function_call_output")
    return False


def _check_calls(items: Items) -> None:
    known: set[str] = set()
    answered: set[str] = set()
    for item in items:
        if item.get("type") == "function_call":
            known.add(item["call_id"])
        if item.get("type") == "function_call_output":
            ident = item["call_id"]
            if ident not in known:
                raise _sentence(
                    f"No tool call found for function call output with call_id {ident}."
                )
            answered.add(ident)
    if missing := sorted(known - answered):
        raise _sentence(f"No tool output found for function call {missing[0]}.")


def _check_duplicates(items: Items) -> None:
    seen: set[str] = set()
    for item in items:
        ident = item.get("id") or ""
        if ident and ident in seen and item.get("type") != "item_reference":
            raise _sentence(
                f"Duplicate item found with id {ident}. Remove duplicate items from your input "
                "and try again."
            )
        seen.add(ident)


def _sentence(said: str) -> Flaw:
    return Flaw("input", said, "model")
