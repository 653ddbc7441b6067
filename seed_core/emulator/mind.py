"""The rule-based replies: a conversation goes in, an answer comes out.

It is not the model and does not look like it: it echoes, counts and copies. It knows no host; the
hosts' modules turn their requests into a `Conversation`.

The rules, in order:
1. A forced tool choice calls: the named tool, or every offered tool that the prompt asks for, or
   the first that was not called in this turn.
2. With free choice, a last message of the user calls every offered tool that it asks for: tools
   whose name it spells out; else tools with a telling word of name, description or parameter names
   in it; else tools that need nothing but numbers, if it has that many.
3. After tool results it quotes them.
4. A wanted JSON schema (or one that stands in the text) is filled; a wanted JSON object gets the
   keys that the prompt quotes.
5. Anything else is echoed; pictures, videos and documents are listed with kind and size.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from seed_core.emulator.material import Material, shorten, words
from seed_core.emulator.meter import PER_TOKEN, count
from seed_core.emulator.schema import Schema, fill, properties_of, takes_numbers_only
from seed_core.emulator.scripts import Answer, ToolUse

__all__ = ["Conversation", "Media", "Offer", "Turn", "objects_in", "reply", "schema_in_text"]

NOTE = "(A canned answer of the emulator, not of the model.)"


@dataclass(frozen=True)
class Media:
    """A picture, a video, a document or a sound in a message."""

    kind: Literal["image", "video", "document", "audio"]
    label: str
    """A media type and a size ("image/png, 1234 bytes"), or a URL."""


@dataclass(frozen=True)
class Turn:
    """One message."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str = ""
    media: tuple[Media, ...] = ()
    calls: tuple[ToolUse, ...] = ()
    tool: str = ""
    """Of a tool's result: the tool's name."""


@dataclass(frozen=True)
class Offer:
    """A tool that may be called."""

    name: str
    description: str = ""
    parameters: Schema | None = None


@dataclass(frozen=True)
class Conversation:
    """What was asked, in no host's words."""

    turns: tuple[Turn, ...]
    offers: tuple[Offer, ...] = ()
    choice: str = "auto"
    """ "none", "auto", "required", or a tool's name after "=": "=get_weather"."""
    schema: Schema | None = None
    json_object: bool = False
    effort: Literal["none", "minimal", "low", "medium", "high"] = "medium"
    thinking_budget: int | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()

    @property
    def prompt(self) -> str:
        """The text of the user's last message."""
        return next((turn.text for turn in reversed(self.turns) if turn.role == "user"), "")

    @property
    def since_user(self) -> tuple[Turn, ...]:
        """What came after the last message of the user."""
        last = max((i for i, turn in enumerate(self.turns) if turn.role == "user"), default=-1)
        return self.turns[last + 1 :]


def reply(conversation: Conversation) -> Answer:
    """Answer a conversation by the rules above, within its limits.

    Example:
        >>> reply(Conversation((Turn("user", "Hello"),))).text
        'You said: "Hello". (A canned answer of the emulator, not of the model.)'
    """
    calls = tuple(_calls(conversation))
    answer = Answer(tool_calls=calls) if calls else Answer(text=_text(conversation))
    answer = replace(answer, reasoning=_reasoning(conversation, answer))
    return _within(conversation.max_tokens, _stopped(conversation.stop, answer))


def _calls(conversation: Conversation) -> Iterator[ToolUse]:
    for offer in _chosen(conversation):
        arguments = fill(offer.parameters or {"type": "object"}, conversation.prompt)
        yield ToolUse(offer.name, json.dumps(arguments, ensure_ascii=False))


def _chosen(conversation: Conversation) -> Sequence[Offer]:
    offers, choice = conversation.offers, conversation.choice
    if choice == "none" or not offers:
        return ()
    if choice.startswith("="):
        return [offer for offer in offers if offer.name == choice[1:]]
    after_results = conversation.turns[-1].role == "tool"
    asked = _asked_for(offers, conversation.prompt)
    if choice != "required":
        return asked if conversation.turns[-1].role == "user" else ()
    done = {call.name for turn in conversation.since_user for call in turn.calls}
    fresh = [offer for offer in offers if offer.name not in done] or [offers[-1]]
    return fresh[:1] if after_results else asked or offers[:1]


def _asked_for(offers: Sequence[Offer], prompt: str) -> Sequence[Offer]:
    material = Material(prompt)
    named = [offer for offer in offers if material.says(offer.name)]
    if named:
        return named
    told = [offer for offer in offers if _telling(offer) & material.words]
    return told or [offer for offer in offers if _has_numbers(offer, material)]


def _telling(offer: Offer) -> frozenset[str]:
    return words(" ".join([offer.name, offer.description, *properties_of(offer.parameters or {})]))


def _has_numbers(offer: Offer, material: Material) -> bool:
    needed = takes_numbers_only(offer.parameters or {})
    return 0 < needed <= len(material.numbers)


def _text(conversation: Conversation) -> str:
    wanted, spelled_out = conversation.schema, ""
    if wanted is None:
        wanted, spelled_out = schema_in_text(conversation.turns)
    if wanted is not None:
        prompt = conversation.prompt.replace(spelled_out, "")
        return json.dumps(fill(wanted, prompt), ensure_ascii=False)
    if conversation.json_object:
        return json.dumps(_object(conversation.prompt), ensure_ascii=False)
    last = conversation.turns[-1]
    if last.role == "tool":
        return _quote(conversation)
    shown = _shown(conversation)
    said = f'You said: "{shorten(conversation.prompt, 120)}".' if conversation.prompt else ""
    return " ".join(part for part in (said, shown, NOTE) if part)


def _quote(conversation: Conversation) -> str:
    results = [turn for turn in conversation.since_user if turn.role == "tool"]
    quoted = [f"{turn.tool or 'The tool'} answered: {_content(turn)}" for turn in results]
    return " ".join([*quoted, NOTE])


def _content(turn: Turn) -> str:
    shown = ", ".join(f"1 {media.kind} ({media.label})" for media in turn.media)
    return " ".join(part for part in (shorten(turn.text, 400), shown) if part) or "nothing."


def _shown(conversation: Conversation) -> str:
    """Say what the user's last message shows: "I was shown 1 image (image/png, 68 bytes)."."""
    media = next((turn.media for turn in reversed(conversation.turns) if turn.role == "user"), ())
    kinds: dict[str, list[str]] = {}
    for item in media:
        kinds.setdefault(item.kind, []).append(item.label)
    parts = [
        f"{len(labels)} {kind}{'s' if len(labels) > 1 else ''} ({'; '.join(labels)})"
        for kind, labels in kinds.items()
    ]
    return f"I was shown {' and '.join(parts)}." if parts else ""


def schema_in_text(turns: Sequence[Turn]) -> tuple[Schema | None, str]:
    """Find a JSON schema that the instructions spell out, as output parsers write it; and where."""
    for turn in reversed(turns):
        if turn.role not in {"user", "system"} or '"properties"' not in turn.text:
            continue
        for value, written in objects_in(turn.text):
            told = "required" in value or value.get("type") == "object"
            if told and isinstance(value.get("properties"), Mapping):
                return value, written
    return None, ""


def objects_in(text: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Give the JSON objects that stand in a text, each with how it is written there."""
    decoder = json.JSONDecoder()
    position = text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except ValueError:
            end = position + 1
        else:
            yield value, text[position:end]
        position = text.find("{", end)


def _object(prompt: str) -> dict[str, Any]:
    """Make an object whose keys are the words that the prompt quotes."""
    names = [name for name in Material(prompt).strings if name.isidentifier()]
    quoted = [name for name in names if any(f"{q}{name}{q}" in prompt for q in "\"'`")]
    said = shorten(prompt, 80)
    return {key: f"{key}: {said}" for key in quoted} or {"answer": said}


def _reasoning(conversation: Conversation, answer: Answer) -> str:
    """Think aloud, the longer the more effort is asked for; at most about 60 tokens."""
    if conversation.effort == "none":
        return ""
    names = ", ".join(call.name for call in answer.tool_calls)
    plan = f"I shall call {names}." if names else "I shall answer by rule."
    steps = {
        "minimal": [plan],
        "low": ["The user wants an answer.", plan],
        "medium": [f"This is message {len(conversation.turns)} of the conversation.", plan],
        "high": [
            f"This is message {len(conversation.turns)} of the conversation.",
            f"The request has {len(conversation.prompt.split())} words.",
            f"There are {len(conversation.offers)} tools on offer.",
            plan,
        ],
    }
    text = " ".join(steps[conversation.effort])
    budget = conversation.thinking_budget
    return text if budget is None else text[: budget * PER_TOKEN]


def _stopped(stop: Sequence[str], answer: Answer) -> Answer:
    """Cut the text before the first stop sequence."""
    places = [place for text in stop if (place := answer.text.find(text)) >= 0]
    return replace(answer, text=answer.text[: min(places)]) if places else answer


def _within(max_tokens: int | None, answer: Answer) -> Answer:
    """Cut reasoning, text and calls, in this order, where the tokens run out."""
    if max_tokens is None or _cost(answer) <= max_tokens:
        return answer
    reasoning = answer.reasoning[: max_tokens * PER_TOKEN]
    left = max_tokens - count(reasoning)
    text = answer.text[: left * PER_TOKEN]
    left -= count(text)
    calls = []
    for call in answer.tool_calls:
        left -= count(call.name)
        if left <= 0:
            break
        calls.append(replace(call, arguments=call.arguments[: left * PER_TOKEN]))
        left -= count(calls[-1].arguments)
    return replace(answer, reasoning=reasoning, text=text, tool_calls=tuple(calls), finish="length")


def _cost(answer: Answer) -> int:
    calls = (part for call in answer.tool_calls for part in (call.name, call.arguments))
    return sum(map(count, (answer.reasoning, answer.text, *calls)))
