"""The markup in which Seed's open models call tools: found in a conversation, written in a reply.

A host without a field for tools leaves it to the client to describe them in the instructions and
to find the calls in the text. Knows this markup alone; what the tags mean to a host is its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from seed_core.emulator.mind import Conversation, Offer, Turn, objects_in
from seed_core.emulator.scripts import Answer, ToolUse

__all__ = ["breaks_off", "read", "write"]

_OPEN, _CLOSE = "<seed:tool_call>", "</seed:tool_call>"
_BLOCK = re.compile(
    rf"{_OPEN}\s*<function=([^>\s]+)>(.*?)</function>\s*{_CLOSE}\s*",
    re.DOTALL,
)
_PARAMETER = re.compile(r"<parameter=([^>\s]+)>\n?(.*?)\n?</parameter>", re.DOTALL)
_MUST = re.compile(r"\bmust call\b([^.\n]*)", re.IGNORECASE)
_NAMED = re.compile(r"`([^`]+)`")


def read(conversation: Conversation) -> Conversation:
    """Give a conversation with the tools that it describes, its calls and their results as such.

    Tools are JSON objects in instructions that show the markup. They are taken out of the text, so
    that a tool's schema is not taken for that of the answer.
    """
    offers: list[Offer] = []
    turns = []
    for turn in conversation.turns:
        if turn.role == "system" and _OPEN in turn.text:
            found, rest = _offers(turn.text)
            offers.extend(found)
            turns.append(replace(turn, text=rest))
        else:
            turns.append(turn)
    # Instructions that come twice, in the history and anew, describe the same tools.
    named = {offer.name: offer for offer in (*conversation.offers, *offers)}
    return replace(
        conversation,
        turns=tuple(_paired(turns)),
        offers=tuple(named.values()),
        choice=_choice(conversation, offers),
    )


def write(answer: Answer) -> str:
    """Write the text of an answer, then its calls as blocks.

    Arguments that are no JSON object are written as they are and end the text: a generation that
    was cut off.

    Example:
        >>> print(write(Answer("Let me see.", tool_calls=[ToolUse("add", '{"a": 1, "b": "x"}')])))
        Let me see.
        <seed:tool_call>
        <function=add>
        <parameter=a>1</parameter>
        <parameter=b>x</parameter>
        </function>
        </seed:tool_call>
    """
    said = [answer.text + answer.refusal]
    for call in answer.tool_calls:
        arguments = _object(call.arguments)
        if arguments is None:
            said.append(f"{_OPEN}\n<function={call.name}>\n{call.arguments}")
            break
        values = [f"<parameter={name}>{_value(arguments[name])}</parameter>" for name in arguments]
        said.append("\n".join([_OPEN, f"<function={call.name}>", *values, "</function>", _CLOSE]))
    return "\n".join(part for part in said if part)


def breaks_off(text: str) -> bool:
    """Whether a text holds a call that is not complete."""
    return _OPEN in text or "<function=" in text


def _offers(text: str) -> tuple[list[Offer], str]:
    """Find the tools in some instructions; and the instructions without them."""
    found: list[Offer] = []
    for value, written in objects_in(text):
        described = list(_described(value))
        if described:
            found.extend(described)
            text = text.replace(written, "")
    return found, text


def _described(value: Any) -> Iterator[Offer]:
    """Find the tools in a JSON value, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from _described(item)
    if not isinstance(value, Mapping):
        return
    nested = value.get("function") if value.get("type") == "function" else None
    tool = nested if isinstance(nested, Mapping) else value
    parameters = tool.get("parameters")
    if isinstance(tool.get("name"), str) and (isinstance(parameters, Mapping) or tool is nested):
        yield Offer(tool["name"], str(tool.get("description") or ""), parameters)
        return
    for item in value.values():
        yield from _described(item)


def _choice(conversation: Conversation, offers: Sequence[Offer]) -> str:
    """Read the instructions' word on which tool is to be called."""
    names = {offer.name for offer in offers}
    for turn in conversation.turns if offers else ():
        must = _MUST.search(turn.text) if turn.role == "system" else None
        if must is not None:
            named = [name for name in _NAMED.findall(must.group(1)) if name in names]
            return f"={named[0]}" if len(named) == 1 else "required"
    return conversation.choice


def _paired(turns: Sequence[Turn]) -> Iterator[Turn]:
    """Read the calls of the assistant; what the user says next to them are their results."""
    called: tuple[ToolUse, ...] = ()
    for turn in turns:
        if turn.role == "assistant":
            called = tuple(_calls(turn.text))
            yield replace(turn, text=_BLOCK.sub("", turn.text), calls=called)
        elif turn.role == "user" and called:
            names = ", ".join(dict.fromkeys(call.name for call in called))
            called = ()
            yield replace(turn, role="tool", tool=names)
        else:
            yield turn


def _calls(text: str) -> Iterator[ToolUse]:
    for name, inner in _BLOCK.findall(text):
        yield ToolUse(name, json.dumps(dict(_PARAMETER.findall(inner)), ensure_ascii=False))


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _value(value: Any) -> str:
    """Write a value as plain text; one of several lines has lines of its own."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"\n{text}\n" if "\n" in text else text
