"""What is taken in the fields of a Messages request, messages aside.

From the wire's types. Fields that are not known are ignored; known ones must have their type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seed_core.emulator.checks import (
    Check,
    boolean,
    each,
    either,
    integer,
    mapping,
    nullable,
    number,
    one_of,
    optional_fields,
    string,
)
from seed_core.emulator.messages.blocks import CACHE, check_texts
from seed_core.emulator.messages.dialect import Body, Denied, Dialect

__all__ = ["check_fields"]

_MINIMUM_BUDGET = 1024
_CACHED = optional_fields(cache_control=CACHE)
_FIELDS: dict[str, Check] = {
    "cache_control": CACHE,
    "max_tokens": integer(1),
    "model": string(),
    "metadata": optional_fields(user_id=nullable(string())),
    "service_tier": string(),
    "stop_sequences": each(string(shortest=1)),
    "stream": boolean,
    "system": either(string(), each(mapping)),
    "temperature": number(0, 1),
    "thinking": mapping,
    "tool_choice": mapping,
    "tools": each(mapping),
    "top_k": integer(0),
    "top_p": number(0, 1),
    "output_config": optional_fields(
        effort=nullable(one_of("low", "medium", "high", "xhigh", "max")), format=nullable(mapping)
    ),
}
_TOOL = optional_fields(
    cache_control=CACHE,
    description=string(),
    strict=boolean,
    defer_loading=boolean,
    input_examples=each(mapping),
)
_CHOICES = ("auto", "any", "tool", "none")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")


def check_fields(body: Body, dialect: Dialect, *, counting: bool = False) -> None:
    """Refuse what is refused in the fields; to count tokens takes no limit for the answer."""
    if dialect.needs_max_tokens and not counting and "max_tokens" not in body:
        raise Denied(400, "max_tokens: Field required")
    for name, check in {**_FIELDS, **dialect.fields}.items():
        if name in body and (said := check(body[name])):
            raise Denied(400, f"{name}: {said}")
    if isinstance(body.get("system"), list):
        check_texts(body["system"], "system")
    if "thinking" in body:
        _check_thinking(body["thinking"], body.get("max_tokens"))
    names = _check_tools(body.get("tools") or [], dialect)
    if "tool_choice" in body:
        _check_choice(body["tool_choice"], names)
    _check_format((body.get("output_config") or {}).get("format"))


def _check_thinking(thinking: Mapping[str, Any], max_tokens: int | None) -> None:
    kind = thinking.get("type")
    if kind not in {"enabled", "disabled", "adaptive"}:
        raise Denied(400, f"thinking.type: must be enabled, disabled or adaptive, not {kind!r}")
    if said := optional_fields(display=nullable(one_of("summarized", "omitted")))(thinking):
        raise Denied(400, f"thinking: {said}")
    if kind != "enabled":
        return
    if "budget_tokens" not in thinking:
        raise Denied(400, "thinking.enabled.budget_tokens: Field required")
    budget = thinking["budget_tokens"]
    if said := integer(_MINIMUM_BUDGET)(budget):
        raise Denied(400, f"thinking.enabled.budget_tokens: {said}")
    if max_tokens is not None and budget >= max_tokens:
        raise Denied(400, "`max_tokens` must be greater than `thinking.budget_tokens`")


def _check_tools(tools: list[Mapping[str, Any]], dialect: Dialect) -> list[str]:
    """Check the tools and give their names."""
    names = [_check_tool(tool, f"tools.{number}", dialect) for number, tool in enumerate(tools)]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Denied(400, f"tools: Tool names must be unique: {twice[0]}")
    return names


def _check_tool(tool: Mapping[str, Any], where: str, dialect: Dialect) -> str:
    kind = tool.get("type")
    if isinstance(kind, str) and dialect.server_tools and kind.startswith(dialect.server_tools):
        if said := _CACHED(tool):
            raise Denied(400, f"{where}: {said}")
        return str(tool.get("name") or kind)
    if kind not in {None, "custom"}:
        raise Denied(400, f"{where}.type: must be custom or a server tool, not {kind!r}")
    name = tool.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Denied(
            400, f"{where}.custom.name: must be 1 to 128 letters, digits, _ or -, not {name!r}"
        )
    if said := _TOOL(tool):
        raise Denied(400, f"{where}.custom: {said}")
    schema = tool.get("input_schema")
    if not isinstance(schema, Mapping):
        raise Denied(400, f"{where}.custom.input_schema: Field required")
    if schema.get("type", "object") != "object":
        raise Denied(400, f"{where}.custom.input_schema.type: Input should be 'object'")
    return name


def _check_choice(choice: Mapping[str, Any], names: list[str]) -> None:
    kind = choice.get("type")
    if kind not in _CHOICES:
        raise Denied(400, f"tool_choice.type: must be one of {', '.join(_CHOICES)}, not {kind!r}")
    if said := optional_fields(disable_parallel_tool_use=boolean)(choice):
        raise Denied(400, f"tool_choice: {said}")
    if not names:
        raise Denied(400, "tool_choice may only be specified while providing tools")
    if kind == "tool" and choice.get("name") not in names:
        raise Denied(400, f"Tool {choice.get('name')!r} not found in provided tools")


def _check_format(wanted: Mapping[str, Any] | None) -> None:
    if wanted is None:
        return
    if wanted.get("type") != "json_schema":
        raise Denied(400, f"output_config.format.type: unknown type {wanted.get('type')!r}")
    if said := mapping(wanted.get("schema")):
        raise Denied(400, f"output_config.format.schema: {said}")
