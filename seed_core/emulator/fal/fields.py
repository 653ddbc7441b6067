"""What the Seed endpoint takes in its body: the page's fields, checked as pydantic would.

Fields that are not on the page are dropped silently [assumed], and so is null where the page names
no default [assumed]. A number in quotes, which pydantic may take, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from seed_core.emulator.fal.errors import Problem

__all__ = ["problems_of"]

_Loc: TypeAlias = "tuple[str | int, ...]"
_Found: TypeAlias = "Iterator[Problem]"
_Check: TypeAlias = Callable[[Any, _Loc], _Found]

_OBJECT = "Input should be a valid dictionary or object to extract fields from"
_TEXT = "Input should be a valid string"
_LIST = "Input should be a valid list"


def problems_of(body: Any, raw: bytes) -> list[Problem]:
    """Give everything that is wrong with a body."""
    if not isinstance(body, Mapping):
        if body is None and raw.strip() != b"null":
            return [Problem((), "JSON decode error", "json_invalid", {})]
        return [Problem((), _OBJECT, "model_attributes_type", body)]
    found = [
        problem
        for name, check in _FIELDS.items()
        if name in body
        for problem in check(body[name], (name,))
    ]
    if "prompt" not in body:
        # What is echoed is where the field should be: the whole body.
        found.insert(0, Problem(("prompt",), "Field required", "missing", body))
    return found or list(_together(body))


def _together(body: Mapping[str, Any]) -> _Found:
    """Check what only goes wrong in company: the model's own server refuses it with 400.

    In which form fal hands that on is assumed.
    """
    effort = body.get("reasoning_effort")
    if body.get("thinking") == "disabled" and effort not in {None, "minimal"}:
        said = f"Value error, reasoning_effort {effort!r} needs thinking; it is disabled"
        yield Problem(("reasoning_effort",), said, "value_error", effort, {"error": {}})


def _text(value: Any, loc: _Loc) -> _Found:
    if not isinstance(value, str):
        yield Problem(loc, _TEXT, "string_type", value)


def _some_text(value: Any, loc: _Loc) -> _Found:
    """An empty prompt is assumed to be refused."""
    yield from _text(value, loc)
    if value == "":
        said = "The prompt is empty; it must have at least 1 character."
        yield Problem(loc, said, "sequence_too_short", value, {"min_length": 1})


def _one_of(*values: str) -> _Check:
    *most, last = map(repr, values)
    expected = f"{', '.join(most)} or {last}"

    def check(value: Any, loc: _Loc) -> _Found:
        if not isinstance(value, str) or value not in values:
            said = f"Input should be {expected}"
            yield Problem(loc, said, "literal_error", value, {"expected": expected})

    return check


def _number(low: float, high: float, *, whole: bool = False) -> _Check:
    kind, word = ("int_type", "integer") if whole else ("float_type", "number")

    def check(value: Any, loc: _Loc) -> _Found:
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield Problem(loc, f"Input should be a valid {word}", kind, value)
        elif whole and not float(value).is_integer():
            said = "Input should be a valid integer, got a number with a fractional part"
            yield Problem(loc, said, "int_from_float", value)
        elif value < low:
            said = f"Input should be greater than or equal to {low:g}"
            yield Problem(loc, said, "greater_than_equal", value, {"ge": low})
        elif value > high:
            said = f"Input should be less than or equal to {high:g}"
            yield Problem(loc, said, "less_than_equal", value, {"le": high})

    return check


def _nullable(check: _Check) -> _Check:
    return lambda value, loc: iter(()) if value is None else check(value, loc)


def _each(check: _Check) -> _Check:
    def check_all(value: Any, loc: _Loc) -> _Found:
        if not isinstance(value, list):
            yield Problem(loc, _LIST, "list_type", value)
            return
        for number, item in enumerate(value):
            yield from check(item, (*loc, number))

    return check_all


def _message(value: Any, loc: _Loc) -> _Found:
    if not isinstance(value, Mapping):
        yield Problem(loc, _OBJECT, "model_attributes_type", value)
        return
    for name, check in (("role", _ROLE), ("content", _content)):
        if name in value:
            yield from check(value[name], (*loc, name))
        else:
            yield Problem((*loc, name), "Field required", "missing", value)


def _content(value: Any, loc: _Loc) -> _Found:
    """Either of two types: pydantic says for each why it is not."""
    if isinstance(value, str):
        return
    if not isinstance(value, list):
        yield Problem((*loc, "str"), _TEXT, "string_type", value)
        yield Problem((*loc, "list[object]"), _LIST, "list_type", value)
        return
    for number, part in enumerate(value):
        if not isinstance(part, Mapping):
            said = "Input should be a valid dictionary"
            yield Problem((*loc, "list[object]", number), said, "dict_type", part)


_ROLE = _one_of("system", "user", "assistant")
_FIELDS: dict[str, _Check] = {
    "prompt": _some_text,
    "image_urls": _nullable(_each(_text)),
    "video_urls": _nullable(_each(_text)),
    "system_prompt": _nullable(_text),
    "messages": _nullable(_each(_message)),
    "thinking": _one_of("enabled", "disabled", "auto"),
    "reasoning_effort": _nullable(_one_of("minimal", "low", "medium", "high")),
    "max_completion_tokens": _number(1, 65_536, whole=True),
    "temperature": _number(0, 2),
    "top_p": _number(0, 1),
}
