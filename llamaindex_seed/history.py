"""Repair of a conversation that lost half of a tool loop.

LlamaIndex's memories cut conversations anywhere, `CodeActAgent` keeps a tool's answer but not the
call, and a hand-off leaves calls unanswered. Hosts refuse such a conversation. Here a result
without its call becomes a message of the user, and a call without its result gets one that says
so. What is whole is not touched.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from seed_core.types import Media, Message, Part, Text, ToolCall, ToolResult

UNANSWERED = "No result: this call was not carried out."


def repaired(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The conversation with every call answered once, right after it, and no answer alone.

    Calls and results without an id (other integrations leave them out), or with one that several
    calls of a turn share, are paired in their order.
    """
    if not any(map(_is_of_a_tool_loop, messages)):
        return tuple(messages)
    turns: list[Message] = []
    position = 0
    while position < len(messages):
        end = position + 1
        while end < len(messages) and messages[end].role == "tool":
            end += 1
        turns += _settled(messages[position], messages[position + 1 : end], position)
        position = end
    return tuple(turns)


def _is_of_a_tool_loop(turn: Message) -> bool:
    """Whether a turn calls tools, or answers them."""
    return turn.role == "tool" or any(isinstance(part, ToolCall) for part in turn.parts)


def _settled(turn: Message, following: Sequence[Message], position: int) -> Iterator[Message]:
    """A turn and the tool turns after it."""
    results = [part for message in following for part in message.parts]
    said = [part for part in turn.parts if isinstance(part, ToolCall)]
    waiting = _Waiting()
    if turn.role == "tool":
        results = [*turn.parts, *results]
    elif said:
        calls = _told_apart(said, position)
        waiting = _Waiting(zip(said, calls, strict=True))
        rest = iter(calls)
        yield replace(
            turn, parts=tuple(next(rest) if isinstance(p, ToolCall) else p for p in turn.parts)
        )
    else:
        yield turn
    alone: list[Part] = []
    for result in results:
        call = waiting.answered(result.call_id) if isinstance(result, ToolResult) else None
        if isinstance(result, ToolResult) and call is not None:
            yield Message("tool", (replace(result, call_id=call.id),))
        else:
            alone.append(result)
    for call in waiting.left():
        yield Message("tool", (ToolResult(call.id, (Text(UNANSWERED),), call.name),))
    for result in alone:
        yield Message("user", tuple(_told(result)))


def _told_apart(calls: Sequence[ToolCall], position: int) -> list[ToolCall]:
    """The calls of a turn; one without an id, or with that of a call before it, gets its own."""
    seen = {""}
    told: list[ToolCall] = []
    for i, call in enumerate(calls):
        told.append(replace(call, id=f"call_{position}_{i}") if call.id in seen else call)
        seen.add(call.id)
    return told


class _Waiting:
    """The calls of a turn that have no result yet, in their order."""

    def __init__(self, calls: Iterable[tuple[ToolCall, ToolCall]] = ()) -> None:
        """Each call as it was said, and as it is told apart: a result may name either id."""
        self._calls: list[ToolCall | None] = []
        self._places: defaultdict[str, deque[int]] = defaultdict(deque)
        for place, (said, call) in enumerate(calls):
            self._calls.append(call)
            for ident in {"", said.id, call.id}:  # a result without an id is about the first
                self._places[ident].append(place)

    def answered(self, ident: str) -> ToolCall | None:
        """The first call that a result is about, which waits no longer."""
        places = self._places.get(ident) or deque()
        while places:
            place = places.popleft()
            call, self._calls[place] = self._calls[place], None
            if call is not None:
                return call
        return None

    def left(self) -> Iterator[ToolCall]:
        """The calls without a result."""
        return (call for call in self._calls if call is not None)


def _told(result: Part) -> Iterator[Text | Media]:
    """A result whose call is gone, as the user would tell it."""
    if isinstance(result, ToolResult):
        yield Text(f"Result of the tool {result.name}:" if result.name else "Result of a tool:")
        yield from result.parts
