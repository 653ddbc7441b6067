"""The check of a value by a JSON schema that may come from a stranger, such as a server of tools.

`jsonschema` does what a schema says, however long that takes: `(a+)+$` against a line of letters,
or references that double with each step, would outlast the program. So patterns are matched by the
engine of pydantic, which needs time linear in the text, and the steps of a check are counted.
Nothing is fetched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from pydantic_core import SchemaError, SchemaValidator, core_schema
from referencing import Registry

from seed_core.types import Json

_log = logging.getLogger("seed_core")
_Rule: TypeAlias = Callable[[Any, Any, Any, Any], Iterable[ValidationError] | None]
"""A keyword of the schema: the validator, the keyword's value, what is checked, the schema."""

_STEPS = 200_000
"""Keywords that are looked at in one check; no answer of a model needs as many."""


class TooMuchError(Exception):
    """The check would take too long."""


def checker(schema: Json) -> Validator:
    """A validator for a schema.

    A pattern that this engine does not know (one that looks around, or back at a group) is not
    checked by, and so are `unevaluatedProperties` beside `patternProperties`.

    Raises:
        jsonschema.SchemaError: the schema is broken.
    """
    kind: Any = validator_for(schema, default=Draft202012Validator)
    # Without its formats, which would compile each pattern in Python's dialect.
    kind.check_schema(dict(schema), format_checker=None)
    bare = _without_dialects(schema)
    left = iter(range(_STEPS))

    def counted(rule: _Rule) -> _Rule:
        def run(
            validator: Any, wanted: Any, value: Any, within: Any
        ) -> Iterable[ValidationError] | None:
            if next(left, None) is None:
                raise TooMuchError
            return rule(validator, wanted, value, within)

        return run

    rules: dict[str, _Rule] = {**kind.VALIDATORS}
    own: dict[str, _Rule] = {
        "additionalProperties": _additional(rules["additionalProperties"]),
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "uniqueItems": _unique,
    }
    if _names_patterns(bare):
        own["unevaluatedProperties"] = lambda *_: None
    rules |= {name: rule for name, rule in own.items() if name in rules}
    rules = {name: counted(rule) for name, rule in rules.items()}
    bounded = extend(kind, rules)  # type: ignore[no-untyped-call]  # the stubs leave it out
    # An empty registry: a reference to an address is not followed.
    made: Validator = bounded(bare, registry=Registry())
    return made


def _without_dialects(schema: Any) -> Any:
    """The schema without words on its dialect, each of which would bring the usual rules back."""
    if isinstance(schema, Mapping):
        return {
            name: _without_dialects(part)
            for name, part in schema.items()
            if name != "$schema" or not isinstance(part, str)
        }
    return [*map(_without_dialects, schema)] if isinstance(schema, (list, tuple)) else schema


def _names_patterns(schema: Any) -> bool:
    """Whether properties are told by patterns anywhere in it."""
    parts: Iterable[Any] = schema if isinstance(schema, list) else ()
    if isinstance(schema, dict):
        if "patternProperties" in schema:
            return True
        parts = schema.values()
    return any(map(_names_patterns, parts))


def _matcher(pattern: str) -> Callable[[str], bool] | None:
    """Whether a text holds what a pattern describes; None where the engine does not know it."""
    matches = _compiled(pattern)
    if matches is None:
        _log.debug("a pattern of a JSON schema cannot be checked by")
    return matches


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Callable[[str], bool] | None:
    """The same, once for each pattern."""
    text = core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
    try:
        return SchemaValidator(text).isinstance_python
    except SchemaError:
        return None


def _pattern(validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    """`pattern`."""
    matches = _matcher(pattern) if validator.is_type(value, "string") else None
    if matches is not None and not matches(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Json, value: Any, _schema: Any
) -> Iterator[ValidationError]:
    """`patternProperties`."""
    if not validator.is_type(value, "object"):
        return
    for pattern, part in patterns.items():
        matches = _matcher(pattern)
        for name, one in value.items():
            if matches is not None and matches(name):
                yield from validator.descend(one, part, path=name, schema_path=pattern)


def _additional(usual: _Rule) -> _Rule:
    """`additionalProperties`, beside patterns as well."""

    def rule(
        validator: Any, wanted: Any, value: Any, schema: Any
    ) -> Iterable[ValidationError] | None:
        patterns = schema.get("patternProperties")
        if not patterns or not validator.is_type(value, "object"):
            return usual(validator, wanted, value, schema)
        matchers = [_matcher(pattern) for pattern in patterns]
        known = schema.get("properties", {})
        others = {
            name: one
            for name, one in value.items()
            # One that nobody can match may be about any property.
            if name not in known and not any(m is None or m(name) for m in matchers)
        }
        alone = {"additionalProperties": wanted}
        return usual(validator, wanted, others, alone)

    return rule


def _unique(validator: Any, wanted: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    """`uniqueItems`, in time linear in them."""
    if wanted and validator.is_type(value, "array"):
        told = {_identity(one) for one in value}
        if len(told) < len(value):
            yield ValidationError(f"{value!r} has non-unique elements")


def _identity(value: Any) -> Any:
    """What two values have in common that are the same in JSON, where true is not 1, but 1.0 is."""
    if isinstance(value, dict):
        return (dict, frozenset((name, _identity(one)) for name, one in value.items()))
    if isinstance(value, list):
        return (list, tuple(map(_identity, value)))
    return (bool, value) if isinstance(value, bool) else value
