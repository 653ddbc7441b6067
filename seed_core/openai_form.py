"""Tools, choices and formats in OpenAI's form, in which both frameworks hand them over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seed_core.errors import ConfigurationError
from seed_core.types import (
    Json,
    JsonObject,
    JsonSchema,
    NamedTool,
    ResponseFormat,
    ServerTool,
    Tool,
    ToolChoice,
)


def read_tools(tools: Iterable[Json]) -> tuple[Tool | ServerTool, ...]:
    """Tools; what is not a function is a tool of the host's own.

    Example:
        >>> read_tools([{"type": "function", "function": {"name": "now"}}])[0].name
        'now'
    """
    return tuple(_tool(tool) for tool in tools)


def _tool(tool: Json) -> Tool | ServerTool:
    """One tool."""
    if not isinstance(tool, Mapping):
        raise ConfigurationError(f"tools= takes tools in OpenAI's form, not {tool!r}")
    if tool.get("type") != "function":
        return ServerTool(tool)
    function = tool.get("function")
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise ConfigurationError(f"a tool of type 'function' needs function.name: {tool!r}")
    words, parameters = function.get("description") or "", function.get("parameters") or {}
    if not isinstance(words, str) or not isinstance(parameters, Mapping):
        msg = "its description is a text, and its parameters are a JSON schema"
        raise ConfigurationError(f"the tool {function['name']!r} cannot be offered: {msg}")
    return Tool(
        name=function["name"],
        description=words,
        parameters=parameters,
        strict=function.get("strict", tool.get("strict")),
        cache_control=tool.get("cache_control"),
    )


def read_tool_choice(choice: object) -> ToolChoice | None:
    """Which tool: "auto", "none", "required" (or "any"), a tool's name, or an object.

    Raises:
        ConfigurationError: it is none of these.
    """
    match choice:
        case None:
            return None
        case "auto" | "none" | "required":
            return choice
        case "any":
            return "required"
        case str():
            return NamedTool(choice)
        case {"type": "function", "function": {"name": str(name)}}:
            return NamedTool(name)
        case Mapping():
            return ServerTool(choice)
        case _:
            raise ConfigurationError(f"tool_choice={choice!r} is not a choice")


def read_response_format(wanted: object) -> ResponseFormat | None:
    """OpenAI's `response_format`.

    Raises:
        ConfigurationError: another type of format.
    """
    match wanted:
        case None | {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return JsonObject()
        case {"type": "json_schema", "json_schema": {"name": str(), "schema": dict()} as said}:
            return JsonSchema(
                said["name"], said["schema"], said.get("strict"), said.get("description")
            )
        case _:
            raise ConfigurationError(
                "response_format= takes {'type': 'json_object'} or {'type': 'json_schema', "
                "'json_schema': {'name': ..., 'schema': ...}}"
            )
