"""Values that fit a JSON schema, made of what a prompt offers.

Knows JSON Schema as tools and response formats use it: types, enum, const, $ref, anyOf, allOf,
ranges, lengths, formats. It does not validate; what it does not know it leaves alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from seed_core.emulator.material import Material, is_whole, shorten

__all__ = ["Schema", "fill", "takes_numbers_only"]

Schema: TypeAlias = Mapping[str, Any]

_FORMATS = {
    "date": "2026-01-01",
    "time": "12:00:00",
    "date-time": "2026-01-01T12:00:00Z",
    "duration": "P1D",
    "email": "someone@example.com",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
    "hostname": "example.com",
}
_DEEP = 8


def fill(schema: Schema, prompt: str) -> Any:
    """Make a value that fits a schema out of a prompt's numbers, quotes and names.

    Example:
        >>> fill({"type": "object", "properties": {"n": {"type": "integer"}},
        ...       "required": ["n"]}, "magic(3)")
        {'n': 3}
    """
    return _Filler(schema, Material(prompt)).value(schema, "", 0)


def properties_of(schema: Schema) -> Mapping[str, Any]:
    """Give the properties of an object's schema; those of one that has none in a known form."""
    said = schema.get("properties")
    return said if isinstance(said, Mapping) else {}


def takes_numbers_only(schema: Schema) -> int:
    """Give how many numbers a tool needs, 0 if it needs anything else."""
    properties, required = properties_of(schema), schema.get("required")
    if not isinstance(required, list):
        return 0
    kinds = [_kind(properties.get(name) or {}) for name in required]
    return len(kinds) if all(kind in {"integer", "number"} for kind in kinds) else 0


class _Filler:
    """One filling: a name of the prompt is used once, a number again when all were used."""

    def __init__(self, root: Schema, material: Material) -> None:
        self._root = root
        self._material = material
        self._taken = {"number": 0, "string": 0}

    def value(self, schema: Any, name: str, depth: int) -> Any:
        """Make a value for a schema; `name` is the field's."""
        if not isinstance(schema, Mapping):  # `true` allows anything, and so does what is no schema
            return self._string({}, name)
        schema = self._resolve(schema, depth)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._choose(schema["enum"])
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind in {"integer", "number"}:
            return self._number(schema, name, whole=kind == "integer")
        if kind == "boolean":
            return not self._material.says(f"no {name}") and not self._material.says(f"not {name}")
        return None if kind == "null" else self._string(schema, name)

    def _resolve(self, schema: Schema, depth: int) -> Schema:
        """Follow $ref, merge allOf, pick a branch of anyOf and oneOf."""
        for _ in range(_DEEP):
            if "$ref" in schema:
                rest = {key: value for key, value in schema.items() if key != "$ref"}
                schema = {**self._target(str(schema["$ref"])), **rest}
            elif schema.get("allOf"):
                schema = self._merge(schema)
            elif schema.get("anyOf") or schema.get("oneOf"):
                schema = self._branch(schema, depth)
            else:
                return schema
        return schema

    def _target(self, reference: str) -> Schema:
        target: Any = self._root
        for step in reference.lstrip("#/").split("/") if reference != "#" else []:
            target = target.get(step, {}) if isinstance(target, Mapping) else {}
        return target if isinstance(target, Mapping) else {}

    def _merge(self, schema: Schema) -> Schema:
        merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            whole = self._resolve(part, 0)
            for key, value in whole.items():
                if key == "properties":
                    merged[key] = {**merged.get(key, {}), **value}
                elif key == "required":
                    merged[key] = [*merged.get(key, []), *value]
                else:
                    merged.setdefault(key, value)
        return merged

    def _branch(self, schema: Schema, depth: int) -> Schema:
        key = "anyOf" if schema.get("anyOf") else "oneOf"
        branches = [branch for branch in schema[key] if isinstance(branch, Mapping)]
        real = [branch for branch in branches if _kind(branch) != "null"]
        rest = {name: value for name, value in schema.items() if name != key}
        if not real or (depth > _DEEP and len(real) < len(branches)):
            return {**rest, "type": "null"}
        numeric = [branch for branch in real if _kind(branch) in {"integer", "number"}]
        chosen = numeric[0] if numeric and self._material.numbers else real[0]
        return {**rest, **chosen}

    def _choose(self, values: list[Any]) -> Any:
        said = [value for value in values if self._material.says(str(value))]
        return said[0] if said else values[0]

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties: Mapping[str, Any] = schema.get("properties") or {}
        required = schema.get("required") or []
        names = [
            name
            for name in properties
            if name in required or (depth <= _DEEP and self._material.mentions(name))
        ]
        made = {name: self.value(properties[name], name, depth + 1) for name in names}
        extra = schema.get("additionalProperties")
        if not properties and isinstance(extra, Mapping):
            made["key"] = self.value(extra, "key", depth + 1)
        return made

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        if isinstance(schema.get("prefixItems"), list):
            return [self.value(item, name, depth + 1) for item in schema["prefixItems"]]
        items = schema.get("items", {})
        low = int(schema.get("minItems", 0))
        if depth > _DEEP and not low:
            return []
        item = self._resolve(items, depth) if isinstance(items, Mapping) else {}
        count = max(low, self._offered(item), 1)
        count = min(count, int(schema.get("maxItems", count)))
        return [self.value(items, name, depth + 1) for _ in range(count)]

    def _offered(self, item: Schema) -> int:
        if item.get("enum"):
            return 1
        kind = _kind(item)
        if kind in {"integer", "number"}:
            return len(self._material.numbers) - self._taken["number"]
        plain = kind == "string" and "format" not in item
        return len(self._material.strings) - self._taken["string"] if plain else 1

    def _number(self, schema: Schema, name: str, *, whole: bool) -> float:
        labelled = Material(self._material.labelled(name) or "").numbers if name else ()
        value = labelled[0] if labelled else self._next_number()
        value = _clamp(float(value), schema, whole=whole)
        step = schema.get("multipleOf")
        if step:
            value = math.ceil(value / step) * step
        return int(value) if whole or float(value).is_integer() else value

    def _string(self, schema: Schema, name: str) -> str:
        made = _FORMATS.get(str(schema.get("format")))
        pattern = schema.get("pattern")
        labelled = self._material.labelled(name) if name else None
        if isinstance(pattern, str):
            made = self._matching(pattern) or made
        if made is None:
            made = labelled or self._name() or self._spare(name)
        made = made.ljust(int(schema.get("minLength", 0)), "x")
        return made[: int(schema["maxLength"])] if is_whole(schema.get("maxLength")) else made

    def _name(self) -> str:
        taken = self._taken["string"]
        self._taken["string"] = taken + 1
        strings = self._material.strings
        return strings[taken] if taken < len(strings) else ""

    def _spare(self, name: str) -> str:
        text = shorten(self._material.text, 80)
        return ": ".join(part for part in (name, text) if part) or "text"

    def _matching(self, pattern: str) -> str | None:
        candidates = [*self._material.strings, *re.findall(r"[^\s,;]+", self._material.text)]
        try:
            return next((text for text in candidates if re.search(pattern, text)), None)
        except re.error:  # JSON Schema's expressions are JavaScript's
            return None

    def _next_number(self) -> float:
        numbers = self._material.numbers or (1,)
        taken = self._taken["number"]
        self._taken["number"] = taken + 1
        return numbers[taken % len(numbers)]


def _kind(schema: Any) -> str:
    """Give the type that a schema means, said or not."""
    if not isinstance(schema, Mapping):
        return "string"
    kind = schema.get("type")
    if isinstance(kind, list):
        real = [one for one in kind if one != "null"]
        kind = real[0] if real else "null"
    if isinstance(kind, str):
        return kind
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    return "array" if "items" in schema or "prefixItems" in schema else "string"


def _clamp(value: float, schema: Schema, *, whole: bool) -> float:
    step = 1 if whole else 0.5
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    over, under = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if isinstance(over, int | float) and not isinstance(over, bool):
        low = max(low, over + step)
    if isinstance(under, int | float) and not isinstance(under, bool):
        high = min(high, under - step)
    value = min(max(value, low), high)
    return float(math.floor(value)) if whole and math.isfinite(value) else value
