"""What is taken as a conversation: who speaks, what answers a tool call, which thinking comes back.

Consecutive messages of one role count as one message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seed_core.emulator.messages.blocks import check_blocks
from seed_core.emulator.messages.dialect import Body, Denied, Dialect
from seed_core.emulator.messages.signing import follows_thinking, sign

__all__ = ["Merged", "check_messages", "merged"]

_THOUGHTS = frozenset({"thinking", "redacted_thinking"})


@dataclass(frozen=True, slots=True)
class Merged:
    """The consecutive messages of one role, as one."""

    role: str
    blocks: tuple[Mapping[str, Any], ...]

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        """Give the blocks of one type."""
        return [block for block in self.blocks if block["type"] == kind]


def merged(messages: list[Mapping[str, Any]]) -> list[Merged]:
    """Join what one role says in a row; a string is one text block."""
    turns: list[Merged] = []
    for message in messages:
        content = message["content"]
        again = bool(turns) and turns[-1].role == message["role"]
        before = turns.pop().blocks if again else ()
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        turns.append(Merged(message["role"], (*before, *content)))
    return turns


def check_messages(body: Body, dialect: Dialect) -> None:
    """Refuse what is refused in a conversation."""
    messages = body.get("messages")
    if "messages" not in body:
        raise Denied(400, "messages: Field required")
    if not isinstance(messages, list):
        raise Denied(400, "messages: must be an array")
    if not messages:
        raise Denied(400, "messages: at least one message is required")
    for number, message in enumerate(messages):
        _check_message(message, f"messages.{number}", dialect, last=number == len(messages) - 1)
    turns = merged(messages)
    if turns[0].role != "user":
        raise Denied(400, 'messages: first message must use the "user" role')
    _check_calls(turns)
    thinking = dialect.thinking(body) or {}
    if thinking.get("type") in {"enabled", "adaptive"} and turns[-1].role == "assistant":
        raise Denied(400, "messages: the last message cannot be a prefill when thinking is enabled")
    if dialect.signs:
        _check_signatures(turns)
        if thinking.get("type") != "disabled":
            _check_loop(turns, dialect.name)


def _check_message(message: Any, where: str, dialect: Dialect, *, last: bool) -> None:
    if not isinstance(message, Mapping):
        raise Denied(400, f"{where}: must be an object")
    role = message.get("role")
    if role not in dialect.roles:
        known = ", ".join(dialect.roles)
        raise Denied(400, f"{where}.role: must be one of {known}, not {role!r}")
    if "content" not in message:
        raise Denied(400, f"{where}.content: Field required")
    content = message["content"]
    if content in ("", []) and not (last and role == "assistant"):
        raise Denied(
            400,
            f"{where}: all messages must have non-empty content except for the optional final "
            "assistant message",
        )
    if not isinstance(content, str):
        check_blocks(content, str(role), f"{where}.content")


def _check_calls(turns: list[Merged]) -> None:
    """Every call is answered first thing in the next message of the user, and only calls are."""
    called: set[str] = set()
    for number, turn in enumerate(turns):
        results = [block["tool_use_id"] for block in turn.of("tool_result")]
        before = turns[number - 1].of("tool_use") if number else []
        _check_results(turn, results, {block["id"] for block in before}, number)
        for ident in (block["id"] for block in turn.of("tool_use")):
            if ident in called:
                raise Denied(400, f"messages.{number}: `tool_use` ids must be unique: {ident}")
            called.add(ident)
    if turns[-1].of("tool_use"):
        _refuse_open({block["id"] for block in turns[-1].of("tool_use")}, len(turns) - 1)


def _check_results(turn: Merged, results: list[str], calls: set[str], number: int) -> None:
    strays = [ident for ident in results if ident not in calls]
    if strays:
        raise Denied(
            400,
            f"messages.{number}: unexpected `tool_use_id` found in `tool_result` blocks: "
            f"{strays[0]}. Each `tool_result` block must have a corresponding `tool_use` block in "
            "the previous message.",
        )
    twice = [ident for ident in results if results.count(ident) > 1]
    if twice:
        raise Denied(400, f"messages.{number}: each tool_use must have a single result: {twice[0]}")
    leading = [block["type"] for block in turn.blocks[: len(results)]]
    if calls - set(results) or any(kind != "tool_result" for kind in leading):
        _refuse_open(calls - set(results) or calls, number - 1)


def _refuse_open(calls: set[str], number: int) -> None:
    raise Denied(
        400,
        f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately "
        f"after: {', '.join(sorted(calls))}. Each `tool_use` block must have a corresponding "
        "`tool_result` block in the next message.",
    )


def _check_signatures(turns: list[Merged]) -> None:
    for number, turn in enumerate(turns):
        for place, block in enumerate(turn.blocks):
            if block["type"] == "thinking" and block["signature"] != sign(block["thinking"]):
                raise Denied(
                    400,
                    f"messages.{number}.content.{place}: Invalid `signature` in `thinking` block",
                )


def _check_loop(turns: list[Merged], host: str) -> None:
    """The thinking of the current tool loop must be there, each in front of its calls."""
    # The first message asks something: it can hold no result, as nothing was called before it.
    last = max(n for n, t in enumerate(turns) if t.role == "user" and not t.of("tool_result"))
    for number, turn in enumerate(turns[last:], last):
        kinds = [block["type"] for block in turn.blocks]
        thought = any(follows_thinking(block["id"], host) for block in turn.of("tool_use"))
        if thought and not _THOUGHTS & set(kinds[: kinds.index("tool_use")]):
            raise Denied(
                400,
                f"messages.{number}.content.0.type: Expected `thinking` or `redacted_thinking`, "
                "but found `tool_use`. The thinking of a tool loop must be passed back, before "
                "its `tool_use`",
            )
