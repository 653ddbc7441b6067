"""Checks of a chat request beside its messages: fields, tools, tool choice, response format.

Knows the wire's nested forms; which fields there are, and their ranges, is the host's dialect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seed_core.emulator.chat.dialect import Dialect
from seed_core.emulator.chat.flaws import Flaw
from seed_core.emulator.checks import boolean, each, mapping, nullable, optional_fields, string

__all__ = ["check_fields"]

_FUNCTION = optional_fields(description=string(), parameters=mapping, strict=nullable(boolean))
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def check_fields(body: Mapping[str, Any], dialect: Dialect) -> None:
    """Refuse fields that a host with this dialect refuses."""
    for name, value in body.items():
        check = dialect.fields.get(name)
        if check and (said := check(value)):
            raise Flaw(name, said)
    names = _check_tools(body.get("tools"), dialect)
    _check_choice(body.get("tool_choice"), names, dialect)
    _check_format(body.get("response_format"), dialect)


def _check_tools(tools: Any, dialect: Dialect) -> list[str]:
    """Check the tools and give the names by which a tool choice can ask for one."""
    if tools is None:
        return []
    if said := each(mapping)(tools):
        raise Flaw("tools", said)
    if not tools:
        raise Flaw("", "[] is too short - 'tools'", "model")
    names = [_check_tool(number, tool, dialect) for number, tool in enumerate(tools)]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Flaw("tools", f"tool names must be unique: {twice[0]}", "model")
    return names


def _check_tool(number: int, tool: Mapping[str, Any], dialect: Dialect) -> str:
    where, kind = f"tools.{number}", tool.get("type")
    if kind in dialect.server_tools:
        if said := optional_fields(parameters=mapping)(tool):
            raise Flaw(where, said)
        return str(kind)
    if kind != "function":
        others = " or a server tool" if dialect.server_tools else ""
        raise Flaw(f"{where}.type", f"must be function{others}, not {kind!r}")
    function = tool.get("function")
    if not isinstance(function, Mapping):
        raise Flaw(f"{where}.function", "must be an object")
    name = function.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        said = f"must be 1 to 64 letters, digits, _ or -, not {name!r}"
        raise Flaw(f"{where}.function.name", said)
    if said := _FUNCTION(function):
        raise Flaw(f"{where}.function", said)
    if (function.get("parameters") or {}).get("type", "object") != "object":
        raise Flaw(f"{where}.function.parameters", "type must be object", "model")
    return name


def _check_choice(choice: Any, names: list[str], dialect: Dialect) -> None:
    if choice is None:
        return
    if not names:
        raise Flaw("", "'tool_choice' is only allowed when 'tools' are specified", "model")
    if isinstance(choice, str):
        if choice not in {"none", "auto", "required"}:
            said = f"must be none, auto, required or an object, not {choice!r}"
            raise Flaw("tool_choice", said)
        return
    wanted = _named(choice, dialect)
    if wanted is None:
        others = " or {type: <server tool>}" if dialect.server_tools else ""
        raise Flaw("tool_choice", f"must be {{type: function, function: {{name}}}}{others}")
    if wanted not in names:
        raise Flaw("", f"Tool choice {wanted!r} not found in 'tools' parameter", "model")


def _named(choice: Any, dialect: Dialect) -> str | None:
    if not isinstance(choice, Mapping):
        return None
    if choice.get("type") in dialect.server_tools:
        return str(choice["type"])
    function = choice.get("function")
    name = function.get("name") if isinstance(function, Mapping) else None
    return name if choice.get("type") == "function" and isinstance(name, str) else None


def _check_format(wanted: Any, dialect: Dialect) -> None:
    if wanted is None:
        return
    if said := mapping(wanted):
        raise Flaw("response_format", said)
    kind = wanted.get("type")
    if kind not in dialect.formats:
        raise Flaw("response_format.type", f"unknown type {kind!r}")
    if kind != "json_schema":
        return
    where, schema = "response_format.json_schema", wanted.get("json_schema")
    if not isinstance(schema, Mapping):
        raise Flaw(where, "must be an object")
    if said := string(64, shortest=1)(schema.get("name")):
        raise Flaw(f"{where}.name", said)
    if said := mapping(schema.get("schema")):
        raise Flaw(f"{where}.schema", said)
    if said := nullable(boolean)(schema.get("strict")):
        raise Flaw(f"{where}.strict", said)
