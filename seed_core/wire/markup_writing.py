"""Calls of earlier turns, written in Seed's own markup."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from seed_core.types import Json, Tool, ToolCall
from seed_core.wire.markup_tokens import fits_a_tag, tag_like
from seed_core.wire.typed import compact, parameter_schema, read_object, typed

_NO_NAME = re.compile(r"[<>\n]")
"""What would end a name. An earlier call may be anybody's, of tools that are not offered here."""


def write_call(call: ToolCall, tools: Sequence[Tool]) -> str:
    """A call in the markup, such that the reader finds the same arguments in it.

    Plain values, where the schema makes the same of them again and nothing in them looks like a
    tag; else all arguments as one JSON object without `<`. Arguments that are no JSON object are
    written as they came, `<` aside.

    Example:
        >>> print(write_call(ToolCall("c", "wait", '{"days": 3}'), ()))
        <seed:tool_call>
        <function=wait>
        {"days":3}
        </function>
        </seed:tool_call>
    """
    arguments = read_object(call.arguments or "{}")
    schema = next((tool.parameters for tool in tools if tool.name == call.name), {})
    lines = None if arguments is None else _parameters(arguments, schema)
    if lines is None:
        body = call.arguments if arguments is None else compact(arguments)
        lines = [body.replace("<", "\\u003c")]
    block = (
        "<seed:tool_call>",
        f"<function={_NO_NAME.sub('_', call.name)}>",
        *lines,
        "</function>",
        "</seed:tool_call>",
    )
    return "\n".join(block)


def _parameters(arguments: Mapping[str, Any], schema: Json) -> list[str] | None:
    """Arguments as lines of the markup, or None if they would not be read back as they are."""
    lines: list[str] = []
    for key, value in arguments.items():
        text = value if isinstance(value, str) else compact(value)
        again = typed(text, parameter_schema(key, schema), schema)
        if tag_like(text) or not fits_a_tag(key) or not _equal(again, value):
            return None
        # One newline at each end does not belong to the value.
        edged = text.startswith("\n") or text.endswith("\n")
        lines.append(
            f"<parameter={key}>{f'{chr(10)}{text}{chr(10)}' if edged else text}</parameter>"
        )
    return lines


def _equal(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON, down to 1, 1.0 and true."""
    return compact(one) == compact(other)
