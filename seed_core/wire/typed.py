"""Text of the markup as the JSON value that a tool's schema wants.

The markup has no types: `3` may be a number or a text, and only the schema says which. A schema
may come from a stranger, so nothing that it says can raise or hang here.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from pydantic_core import from_json

from seed_core.types import Json

_TEXT: Json = {"type": "string"}
_EXACT = 2**53
"""Up to here a float knows which integer it is."""
_DEEPEST = 64
_LONGEST_LITERAL = 20_000
# Brackets, numbers, three words and plain strings: what else Python may write never reaches its
# parser, which warns of odd escapes on the standard error.
_LITERAL = re.compile(
    r"""(?:[\s\[\]{}:,.+\-0-9eE]|True|False|None"""
    r"""|'(?:[^'\\\n]|\\['"\\abfnrtvux])*'|"(?:[^"\\\n]|\\['"\\abfnrtvux])*")*"""
)


def compact(value: Any) -> str:
    """JSON text without spaces.

    Raises:
        ValueError: it holds a number that is not finite.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def read_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON, or holds a number that is not finite.
    """
    value = from_json(text.encode())  # half of a surrogate pair is a ValueError here
    compact(value)  # `1e999` is JSON, and infinite
    return value


def read_object(text: str) -> dict[str, Any] | None:
    """The value of a text that is one JSON object, else None."""
    try:
        value = read_json(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def typed(text: str, schema: Json, root: Json) -> Any:
    """The value that a text has under a schema.

    The first of these that the schema admits: JSON that is not a string, a whole number written
    as `3.0`, `True` and `False`, a Python list or dict, the text as it is, None for `null` in any
    spelling. Text that fits nothing stays text: the tool says to the model what is wrong.
    A schema that names no type admits all, so it gets the first that the text can be.

    Args:
        text: what stands in the markup.
        schema: the parameter's schema.
        root: the schema of all parameters, to which a local `$ref` refers.

    Example:
        >>> typed("3.0", {"type": "integer"}, {}), typed("3.0", {"type": "string"}, {})
        (3, '3.0')
    """
    if schema.get("type") == "string" and not schema.get("nullable"):
        return text
    for reading in _readings(text):
        if _admits(reading, schema, root, {}):
            return reading
    return text


def parameter_schema(key: str, root: Json) -> Json:
    """The schema of one parameter. One that the tool's schema does not know is text."""
    others: Json = _TEXT
    for section in _sections(root, "allOf", "anyOf", "oneOf"):
        properties = section.get("properties")
        if isinstance(properties, Mapping) and key in properties:
            found = properties[key]
            return found if isinstance(found, Mapping) else {}
        further = section.get("additionalProperties")
        if others is _TEXT and isinstance(further, Mapping):
            others = further
    return others


def required_parameters(root: Json) -> frozenset[str]:
    """The parameters that a call must have."""
    return frozenset(
        name
        for section in _sections(root, "allOf")
        if isinstance(section.get("required"), (list, tuple))
        for name in section["required"]
        if isinstance(name, str)
    )


def _sections(root: Json, *keywords: str) -> Iterator[Json]:
    """A schema and those that it is made of, each once, the outer ones first."""
    waiting: list[Any] = [root]
    seen: set[int] = set()
    for schema in waiting:
        if not isinstance(schema, Mapping) or id(schema) in seen:
            continue
        seen.add(id(schema))
        yield schema
        if "$ref" in schema:
            waiting.append(_resolve(schema["$ref"], root))
        for keyword in keywords:
            waiting += _list(schema.get(keyword))


def _readings(text: str) -> Iterator[Any]:
    """What a text can mean, text last, and then only what no text was wanted for."""
    word = text.strip()
    value = _not_text(word)
    if value is not word:
        yield value
        if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
            yield int(value)
    elif word.lower() in ("true", "false"):
        yield word.lower() == "true"
    yield text
    if word.lower() in ("null", "none"):
        yield None


def _not_text(word: str) -> Any:
    """A JSON value that is not a string, or a Python list or dict, else the word itself."""
    try:
        value = read_json(word)
    except ValueError:
        value = _literal(word) if word[:1] in ("[", "{") else word
    return word if isinstance(value, str) else value


def _literal(word: str) -> Any:
    """A list or dict as Python writes it, in JSON's terms, else the word itself."""
    if len(word) > _LONGEST_LITERAL or not _LITERAL.fullmatch(word):
        return word
    try:
        # Through JSON, because a tuple is a list there, and a key that is a number a text.
        return read_json(compact(ast.literal_eval(word)))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return word


def _admits(value: Any, schema: Any, root: Json, known: dict[int, bool], depth: int = 0) -> bool:
    """Whether a value has a type that the schema names. What cannot be read admits text.

    Each part of the schema is asked once, so a circle of references ends, and many paths to one
    part cost no more than one.
    """
    if isinstance(schema, bool):
        return schema
    text = isinstance(value, str)
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return text
    if id(schema) not in known:
        known[id(schema)] = text
        known[id(schema)] = (value is None and schema.get("nullable") is True) or (
            _has_type(value, schema)
            and all(
                any(_admits(value, option, root, known, depth + 1) for option in options)
                for options in _choices(schema, root)
            )
        )
    return known[id(schema)]


def _choices(schema: Json, root: Json) -> Iterator[list[Any]]:
    """Lists of schemas, one of each of which must admit the value."""
    if "$ref" in schema:
        yield [_resolve(schema["$ref"], root)]
    for keyword in ("anyOf", "oneOf"):
        if options := _list(schema.get(keyword)):
            yield options
    for part in _list(schema.get("allOf")):
        yield [part]


def _has_type(value: Any, schema: Json) -> bool:
    """Whether a value is of the type, and among the values, that one schema names by itself."""
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, (list, tuple)) else [] if kinds is None else [kinds]
    if kinds and not any(_is_of(value, kind) for kind in kinds):
        return False
    values = [schema["const"]] if "const" in schema else _list(schema.get("enum"))
    return not values or any(_same(value, one) for one in values)


def _is_of(value: Any, kind: Any) -> bool:
    """Whether a value is of a JSON type. A word that JSON schema does not know means text."""
    match kind:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return isinstance(value, str)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are one in JSON, where true is not 1, but 1.0 is."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _resolve(reference: Any, root: Json) -> Any:
    """What a local reference refers to, or None."""
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        return None
    target: Any = root
    for step in reference.split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(target, Mapping):
            target = target.get(name)
        elif isinstance(target, list) and name in map(str, range(len(target))):
            target = target[int(name)]
        else:
            return None
    return target


def _list(value: Any) -> list[Any]:
    """A list as it is; anything else is none."""
    return list(value) if isinstance(value, (list, tuple)) else []
