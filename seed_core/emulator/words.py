"""What a client asks for in words where a host has no fields for it: tools, JSON, another try.

Nothing of this is a host's own: the model behind it would understand the words, and the mind needs
them as values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from seed_core.emulator import markup, mind
from seed_core.emulator.mind import Conversation, Turn, objects_in, schema_in_text
from seed_core.emulator.scripts import Answer

__all__ = ["reply"]

_JSON = re.compile(r"\bJSON object\b", re.IGNORECASE)
# A sentence that says so of a tool does not say it of the answer.
_OF_TOOLS = re.compile(r"tool|function|parameter|argument|\bcall", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")


def reply(conversation: Conversation) -> Answer:
    """Answer a conversation by the mind's rules, with what its words ask for."""
    if conversation.offers:  # the host has fields for tools, and whoever asks uses them
        wanted = conversation.json_object or _wants_object(conversation)
        return mind.reply(replace(conversation, json_object=wanted))
    said = markup.read(conversation)
    wanted = conversation.json_object or _wants_object(said)
    said = _retried(replace(said, json_object=wanted))
    answer = mind.reply(said)
    if not said.offers:
        return answer
    # Tools that are offered in words are called in words.
    return replace(answer, text=markup.write(answer), tool_calls=())


def _wants_object(conversation: Conversation) -> bool:
    """Whether an answer that is a JSON object is asked for."""
    texts = [turn.text for turn in conversation.turns if turn.role == "system"]
    sentences = _SENTENCE.split("\n".join([*texts, conversation.prompt]))
    return any(_JSON.search(text) and not _OF_TOOLS.search(text) for text in sentences)


def _retried(conversation: Conversation) -> Conversation:
    """Put what was asked first behind the user's complaint about a reply that failed.

    Else the complaint alone would be answered.
    """
    talk = [turn for turn in conversation.turns if turn.role != "system"]
    if not talk or talk[-1].role != "user":
        return conversation
    text = "\n".join([talk[-1].text, *_failed(conversation, talk[:-1])])
    last = replace(talk[-1], text=text)
    turns = [last if turn is talk[-1] else turn for turn in conversation.turns]
    return replace(conversation, turns=tuple(turns))


def _failed(conversation: Conversation, talk: list[Turn]) -> Iterator[str]:
    """Give what the user said before each of the last replies that all failed."""
    while len(talk) > 1 and talk[-1].role == "assistant" and _fails(conversation, talk[-1]):
        yield talk[-2].text
        talk = talk[:-2]


def _fails(conversation: Conversation, answer: Turn) -> bool:
    """Whether a reply was not what the instructions ask for, as far as can be seen."""
    if conversation.offers and (markup.breaks_off(answer.text) or conversation.choice != "auto"):
        return True
    schema, _ = schema_in_text(conversation.turns)
    if schema is None and not conversation.json_object:
        return False
    needed = set((schema or {}).get("required") or ())
    whole = [value for value, written in objects_in(answer.text) if written == answer.text.strip()]
    return not any(needed <= set(value) for value in whole)
