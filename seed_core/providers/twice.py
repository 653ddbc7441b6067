"""An answer that took two rounds: the second question, and the sum of both in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from seed_core.events import Cost, Event, Finish, TextDelta, Usage
from seed_core.types import Message, Prompt, Text


def complaining(told: Prompt, said: str, problem: str) -> Prompt:
    """The conversation with the answer that did not fit, and what is wrong with it."""
    complaint = (
        f"Your answer does not fit: {problem}. Answer again, in the form that the instructions "
        "ask for and with nothing else."
    )
    turns = (Message("assistant", (Text(said),)), Message("user", (Text(complaint),)))
    return replace(told, messages=(*told.messages, *turns))


def only_text(events: Sequence[Event], text: str) -> list[Event]:
    """The events with one piece of text in the place of all."""
    rest = [event for event in events if not isinstance(event, TextDelta)]
    place = next((i for i, event in enumerate(rest) if isinstance(event, Finish)), len(rest))
    return [*rest[:place], TextDelta(text), *rest[place:]]


def added(events: Sequence[Event], before: Finish | None) -> list[Event]:
    """The events of the second round, whose end counts the tokens and the cost of both."""
    return [
        replace(event, usage=_usage(before.usage, event.usage), cost=_cost(before.cost, event.cost))
        if isinstance(event, Finish) and before is not None
        else event
        for event in events
    ]


def _usage(one: Usage | None, other: Usage | None) -> Usage | None:
    """Both usages together; what one of them does not tell is not known of both."""
    if one is None or other is None:
        return None
    counts = {
        name: None if None in pair else sum(pair)
        for name in (field.name for field in fields(Usage) if field.name != "tool_usage")
        for pair in [(getattr(one, name), getattr(other, name))]
    }
    names = {*one.tool_usage, *other.tool_usage}
    tools = {name: one.tool_usage.get(name, 0) + other.tool_usage.get(name, 0) for name in names}
    return Usage(**counts, tool_usage=tools)


def _cost(one: Cost | None, other: Cost | None) -> Cost | None:
    """Both costs together, reported where both were."""
    if one is None or other is None:
        return None
    names = {*one.details, *other.details}
    details = {name: one.details.get(name, 0) + other.details.get(name, 0) for name in names}
    reported = one.source == other.source == "reported"
    return Cost(one.usd + other.usd, "reported" if reported else "estimated", details)
