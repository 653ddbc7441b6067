"""Checks of a request beside its items: options, tools, tool choice, text format.

Knows the wire's flat forms: chat's nested tools, choices and schemas are refused. Which fields
there are, and their ranges, is the host's dialect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seed_core.emulator.chat.flaws import Flaw
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

__all__ = ["EFFORTS", "STANDARD", "check_fields", "metadata", "reasoning"]

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_INCLUDES = (
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
    "message.input_image.image_url",
    "message.output_text.logprobs",
    "reasoning.encrypted_content",
    "web_search_call.action.sources",
    "web_search_call.results",
)
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_FUNCTION = optional_fields(
    description=nullable(string()), parameters=nullable(mapping), strict=nullable(boolean)
)
_VERBOSITY = optional_fields(verbosity=nullable(one_of("low", "medium", "high", "xhigh", "max")))
_SCHEMA = optional_fields(description=nullable(string()), strict=nullable(boolean))


def metadata(value: Any) -> str | None:
    """Check notes on a request: at most 16, keys of 64 and values of 512 characters."""
    if not isinstance(value, Mapping):
        return "must be an object"
    if len(value) > 16:
        return "must have at most 16 pairs"
    if any(len(key) > 64 for key in value):
        return "has a key of more than 64 characters"
    wrong = next((said for said in map(string(512), value.values()) if said), None)
    return f"has a value that {wrong}" if wrong else None


def reasoning(*efforts: str, **more: Check) -> Check:
    """The `reasoning` object with some efforts (all by default) and a host's own fields."""
    summary = nullable(one_of("auto", "concise", "detailed"))
    fields = {
        "effort": nullable(one_of(*(efforts or EFFORTS))),
        "summary": summary,
        "generate_summary": summary,
        "context": nullable(one_of("auto", "current_turn", "all_turns")),
        "mode": nullable(string()),
        **more,
    }
    return nullable(optional_fields(**fields))


STANDARD: Mapping[str, Check] = {
    "background": nullable(boolean),
    "conversation": nullable(either(string(), mapping)),
    "include": nullable(each(one_of(*_INCLUDES))),
    "instructions": nullable(string()),
    "max_output_tokens": nullable(integer(1)),
    "max_tool_calls": nullable(integer(1)),
    "metadata": nullable(metadata),
    "model": string(shortest=1),
    "parallel_tool_calls": nullable(boolean),
    "previous_response_id": nullable(string()),
    "prompt_cache_key": nullable(string()),
    "reasoning": reasoning(),
    "safety_identifier": nullable(string()),
    "service_tier": nullable(one_of("auto", "default", "fast", "flex", "priority", "scale")),
    "store": nullable(boolean),
    "stream": nullable(boolean),
    "stream_options": nullable(optional_fields(include_obfuscation=boolean)),
    "temperature": nullable(number(0, 2)),
    "top_logprobs": nullable(integer(0, 20)),
    "top_p": nullable(number(0, 1)),
    "truncation": nullable(one_of("auto", "disabled")),
    "user": nullable(string()),
}
"""The options as OpenAI's SDK types them (2.54.0); `stop` and penalties are none of them."""


def check_fields(
    body: Mapping[str, Any], fields: Mapping[str, Check], server_tools: frozenset[str]
) -> None:
    """Refuse options that a host refuses; fields without a check are ignored."""
    for name, value in body.items():
        check = fields.get(name)
        if check and (said := check(value)):
            raise Flaw(name, said)
    names = _check_tools(body.get("tools"), server_tools)
    _check_choice(body.get("tool_choice"), names, server_tools)
    _check_text(body.get("text"))


def _check_tools(tools: Any, server_tools: frozenset[str]) -> list[str]:
    """Check the tools and give the names of the functions among them, and the others' types."""
    if tools is None:
        return []
    if said := each(mapping)(tools):
        raise Flaw("tools", said)
    names = [_check_tool(number, tool, server_tools) for number, tool in enumerate(tools)]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Flaw("tools", f"tool names must be unique: {twice[0]}", "model")
    return names


def _check_tool(number: int, tool: Mapping[str, Any], server_tools: frozenset[str]) -> str:
    where, kind = f"tools.{number}", tool.get("type")
    if kind in server_tools:
        return str(kind)
    if kind != "function":
        others = "".join(f", {name}" for name in sorted(server_tools))
        raise Flaw(f"{where}.type", f"must be one of function{others}, not {kind!r}")
    name = tool.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        wanted = f"must be 1 to 64 letters, digits, _ or -, not {name!r}"
        raise Flaw(f"{where}.name", wanted, "missing" if name is None else "value")
    if said := _FUNCTION(tool):
        raise Flaw(where, said)
    if (tool.get("parameters") or {}).get("type", "object") != "object":
        raise Flaw(f"{where}.parameters", "type must be object", "model")
    return name


def _check_choice(choice: Any, names: list[str], server_tools: frozenset[str]) -> None:
    if choice is None:
        return
    if isinstance(choice, str):
        if choice not in {"none", "auto", "required"}:
            said = f"must be none, auto, required or an object, not {choice!r}"
            raise Flaw("tool_choice", said)
        wanted = []
    else:
        wanted = _wanted(choice, server_tools)
    if not names and choice not in ("none", "auto"):
        raise Flaw("tool_choice", "must be specified with tools", "model")
    strange = [name for name in wanted if name not in names]
    if strange:
        raise Flaw("tool_choice", f"{strange[0]!r} not found in 'tools' parameter", "model")


def _wanted(choice: Any, server_tools: frozenset[str]) -> list[str]:
    """Give the names (a hosted tool's type) that an object as tool choice asks for."""
    if not isinstance(choice, Mapping):
        raise Flaw("tool_choice", "must be a string or an object")
    match choice.get("type"):
        case "function":
            if said := string(shortest=1)(choice.get("name")):
                raise Flaw("tool_choice.name", said, "missing")
            return [choice["name"]]
        case "allowed_tools":
            if said := one_of("auto", "required")(choice.get("mode")):
                raise Flaw("tool_choice.mode", said)
            if said := each(mapping, least=1)(choice.get("tools")):
                raise Flaw("tool_choice.tools", said)
            return [str(tool.get("name") or tool.get("type")) for tool in choice["tools"]]
        case str(kind) if kind in server_tools:
            return [kind]
        case kind:
            known = ", ".join(["function", "allowed_tools", *sorted(server_tools)])
            raise Flaw("tool_choice.type", f"must be one of {known}, not {kind!r}")


def _check_text(text: Any) -> None:
    if text is None:
        return
    if said := _VERBOSITY(text):
        raise Flaw("text", said)
    wanted = text.get("format")
    if wanted is None:
        return
    if not isinstance(wanted, Mapping):
        raise Flaw("text.format", "must be an object")
    kind = wanted.get("type")
    if kind not in {"text", "json_object", "json_schema"}:
        raise Flaw("text.format.type", f"unknown type {kind!r}")
    if kind != "json_schema":
        return
    for name, check in (("name", string(64, shortest=1)), ("schema", mapping)):
        if said := check(wanted.get(name)):
            raise Flaw(f"text.format.{name}", said, "value" if name in wanted else "missing")
    if said := _SCHEMA(wanted):
        raise Flaw("text.format", said)
