"""Repair of a conversation that lost half of a tool loop.

LlamaIndex's memories cut conversations anywhere, `CodeActAgent` keeps a tool's answer but not the
call, and a hand-off leaves calls unanswered. Hosts refuse such a conversation. Here a result
without its call becomes a message of the user, and a call without its result gets one that says
so. What is whole is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from seed_core.types import Media, Message, Part, Text, ToolCall, ToolResult

UNANSWERED = "No result: this call was not carried out."


def repaired(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The conversation with every call answered once, right after it, and no answer alone.

    Calls and results without an id (other integrations leave them out) are paired in their order.
    """
    turns: list[Message] = []
    position = 0
    while position < len(messages):
        end = position + 1
        while end < len(messages) and messages[end].role == "tool":
            end += 1
        turns += _settled(messages[position], messages[position + 1 : end], position)
        position = end
    return tuple(turns)


def _settled(turn: Message, following: Sequence[Message], position: int) -> Iterator[Message]:
    """A turn and the tool turns after it."""
    results = [part for message in following for part in message.parts]
    calls = [part for part in turn.parts if isinstance(part, ToolCall)]
    if turn.role == "tool":
        results = [*turn.parts, *results]
    elif calls:
        calls = [
            call if call.id else replace(call, id=f"call_{position}_{i}")
            for i, call in enumerate(calls)
        ]
        rest = iter(calls)
        yield replace(
            turn, parts=tuple(next(rest) if isinstance(p, ToolCall) else p for p in turn.parts)
        )
    else:
        yield turn
    open_calls = {call.id: call for call in calls}
    alone: list[Part] = []
    for result in results:
        answered = _answered(result, open_calls)
        if isinstance(answered, ToolResult):
            del open_calls[answered.call_id]
            yield Message("tool", (answered,))
        else:
            alone.append(result)
    for call in open_calls.values():
        yield Message("tool", (ToolResult(call.id, (Text(UNANSWERED),), call.name),))
    for result in alone:
        yield Message("user", tuple(_told(result)))


def _answered(result: Part, open_calls: dict[str, ToolCall]) -> ToolResult | None:
    """The result with the id of the call that it answers, or None."""
    if not isinstance(result, ToolResult) or not open_calls:
        return None
    if not result.call_id:
        return replace(result, call_id=next(iter(open_calls)))
    return result if result.call_id in open_calls else None


def _told(result: Part) -> Iterator[Text | Media]:
    """A result whose call is gone, as the user would tell it."""
    if isinstance(result, ToolResult):
        yield Text(f"Result of the tool {result.name}:" if result.name else "Result of a tool:")
        yield from result.parts
