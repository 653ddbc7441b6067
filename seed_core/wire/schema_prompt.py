"""The form of an answer by words, for hosts that have no mode for it, and the check of what came.

A schema may come from a stranger: it is never fetched from anywhere, and one that cannot be used
checks nothing.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, NoReturn

from pydantic_core import PydanticSerializationError, to_json

from seed_core.errors import ConfigurationError
from seed_core.types import Json, JsonSchema, Message, Prompt, ResponseFormat, Text

_log = logging.getLogger("seed_core")
_FEW = 5
"""Problems that are told."""
_SHORT = 200
"""Characters of one of them."""
_FOUND = 50
"""Objects and arrays in one answer that are looked at."""
_BROKEN = 1000
"""Of those that break off. Python counts the lines up to each, so more would cost too much."""


def with_format_as_text(prompt: Prompt) -> Prompt:
    """The same prompt, with the form of the answer said in the system turn.

    Raises:
        ConfigurationError: the schema cannot be written as JSON.
    """
    wanted = prompt.response_format
    if wanted is None:
        return prompt
    messages = in_system_turn(prompt.messages, _instruction(wanted))
    return replace(prompt, messages=messages, response_format=None)


def in_system_turn(messages: tuple[Message, ...], text: str) -> tuple[Message, ...]:
    """The turns with a text at the end of the first system turn, which is made if there is none."""
    for i, message in enumerate(messages):
        if message.role == "system":
            # Some hosts join the parts of a turn without anything between them.
            part = Text(f"\n\n{text}" if message.parts else text)
            told = replace(message, parts=(*message.parts, part))
            return (*messages[:i], told, *messages[i + 1 :])
    return (Message("system", (Text(text),)), *messages)


def on_one_line(value: Json) -> str:
    """JSON text without spaces.

    Raises:
        ConfigurationError: the value has no JSON form.
    """
    try:
        return to_json(value, fallback=dict).decode()
    except (PydanticSerializationError, UnicodeEncodeError, TypeError, ValueError) as error:
        raise ConfigurationError(f"a schema cannot be written as JSON: {error}") from error


def read_format(text: str, wanted: ResponseFormat) -> tuple[str | None, list[str]]:
    """The JSON in an answer, and what is wrong with it.

    The answer may stand in a fence or in prose. Of several objects and arrays it is the first that
    fits, or the first of all if none does.

    Returns:
        The JSON text as it came, or None if there is none, and a few short sentences; none of them
        if all is well.

    Example:
        >>> read_format('Here: {"a": 1}.', JsonSchema("any", {}))
        ('{"a": 1}', [])
    """
    try:
        whole = _DECODER.decode(text)
    except (ValueError, RecursionError):
        pass
    else:
        return text.strip(), _misfits(whole, wanted)
    found: list[tuple[str, list[str]]] = []
    try:
        for value, json_text in islice(_jsons(text), _FOUND):
            found.append((json_text, _misfits(value, wanted)))
            if not found[-1][1]:
                return found[-1]
    except _NoJsonError as error:
        if not found:
            return None, [str(error)]
    return found[0]


def problems(value: Any, schema: Json) -> list[str]:
    """What is wrong with a value by a JSON schema: a few short sentences with the places.

    A schema that is broken, refers to what is not in it, or would take too long, cannot be checked
    by. It is as if the value fitted, and the log says so at DEBUG.
    """
    # Imported here, because it takes longer than the rest of the core, and few need it.
    from seed_core.wire.schema_check import checker  # noqa: PLC0415 - few need it

    try:
        errors = checker(schema).iter_errors(value)
        return [f"{error.json_path}: {_shortened(error.message)}" for error in islice(errors, _FEW)]
    except Exception as error:  # noqa: BLE001 - a stranger's schema fails in ways without number
        _log.debug("a JSON schema cannot be checked by: %s", type(error).__name__)
        return []


def _instruction(wanted: ResponseFormat) -> str:
    """What the model is told."""
    only = "and nothing else: no words before or after it, and no Markdown fence"
    if not isinstance(wanted, JsonSchema):
        return f"Answer with one JSON object {only}."
    what = "JSON object" if wanted.schema.get("type", "object") == "object" else "JSON value"
    about = f": {wanted.description}" if wanted.description else "."
    return (
        f"Answer with one {what} {only}. It must fit this JSON schema, named {wanted.name}{about}\n"
        f"{on_one_line(wanted.schema)}"
    )


def _misfits(value: Any, wanted: ResponseFormat) -> list[str]:
    """What is wrong with a value by the form that was wanted."""
    if isinstance(wanted, JsonSchema):
        return problems(value, wanted.schema)
    return [] if isinstance(value, dict) else ["$: this is not a JSON object"]


def _shortened(sentence: str) -> str:
    """A sentence without the middle of the value that it quotes."""
    if len(sentence) <= _SHORT:
        return sentence
    return f"{sentence[: _SHORT // 2]} ... {sentence[-_SHORT // 2 :]}"


# --- JSON in a text -------------------------------------------------------------------------------


class _NoJsonError(Exception):
    """There is no, or no further, JSON in the text."""


def _refuse(word: str) -> NoReturn:
    """Python's reader takes NaN and Infinity, which are not JSON."""
    raise ValueError(f"{word} is no JSON")


_OPENING = re.compile(r'\{[ \t\n\r]*["}]|\[[ \t\n\r]*(?:["\[{\]0-9-]|true|false|null)')
_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _jsons(text: str) -> Iterator[tuple[Any, str]]:
    """The objects and arrays in a text, one after the other, with their own text.

    Where one breaks, the search goes on at the break: what stands inside of something broken was
    not meant to be the answer, and so every character is read once.

    Raises:
        _NoJsonError: when there are no more, saying why the first of those that broke did.
    """
    broken: list[str] = []
    length = len(text.rstrip())
    end = 0
    while len(broken) < _BROKEN and (opening := _OPENING.search(text, end)):
        start = opening.start()
        try:
            value, end = _DECODER.raw_decode(text, start)
        except json.JSONDecodeError as error:
            if error.pos >= length or error.msg.startswith("Unterminated"):
                broken.append("the JSON stops before its end")
                break
            what = error.msg.removesuffix(" at")
            broken.append(f"the JSON is broken at its character {error.pos - start}: {what}")
            end = max(error.pos, start + 1)
        except (ValueError, RecursionError) as error:
            broken.append(f"the JSON cannot be read: {error}")
            break
        else:
            yield value, text[start:end]
    raise _NoJsonError(next(iter(broken), "there is no JSON in the answer"))
