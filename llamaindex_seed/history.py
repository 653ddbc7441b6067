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

    Calls and results without an id (other integrations leave them out), or with one that several
    calls of a turn share, are paired in their order.
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
    open_calls: list[tuple[str, ToolCall]] = []
    if turn.role == "tool":
        results = [*turn.parts, *results]
    elif calls:
        said = [call.id for call in calls]
        # Without an id, or with that of a call before it, a call gets one of its own.
        calls = [
            replace(call, id=f"call_{position}_{i}") if call.id in ("", *said[:i]) else call
            for i, call in enumerate(calls)
        ]
        open_calls = list(zip(said, calls, strict=True))
        rest = iter(calls)
        yield replace(
            turn, parts=tuple(next(rest) if isinstance(p, ToolCall) else p for p in turn.parts)
        )
    else:
        yield turn
    alone: list[Part] = []
    for result in results:
        answered = _answered(result, open_calls)
        if answered is not None:
            yield Message("tool", (answered,))
        else:
            alone.append(result)
    for _, call in open_calls:
        yield Message("tool", (ToolResult(call.id, (Text(UNANSWERED),), call.name),))
    for result in alone:
        yield Message("user", tuple(_told(result)))


def _answered(result: Part, open_calls: list[tuple[str, ToolCall]]) -> ToolResult | None:
    """The result with the id of the call that it answers, which is then settled; or None."""
    if isinstance(result, ToolResult):
        for place, (said, call) in enumerate(open_calls):
            if result.call_id in ("", said, call.id):
                del open_calls[place]
                return replace(result, call_id=call.id)
    return None


def _told(result: Part) -> Iterator[Text | Media]:
    """A result whose call is gone, as the user would tell it."""
    if isinstance(result, ToolResult):
        yield Text(f"Result of the tool {result.name}:" if result.name else "Result of a tool:")
        yield from result.parts
