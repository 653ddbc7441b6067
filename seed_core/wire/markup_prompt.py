"""Tools by words: a conversation for hosts that know only turns of text and media.

The offered tools are described in the system turn, earlier calls are written as the model wrote
them, in Seed's own markup, and their results are told by the user. Nothing else is in the markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from seed_core.errors import ConfigurationError
from seed_core.events import Reply
from seed_core.types import (
    Json,
    Message,
    NamedTool,
    Part,
    Prompt,
    ServerTool,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from seed_core.wire.markup_escaping import tag_free, without_tags
from seed_core.wire.markup_tokens import fits_a_tag
from seed_core.wire.markup_writing import write_call
from seed_core.wire.schema_prompt import in_system_turn, on_one_line, problems
from seed_core.wire.typed import read_object
from seed_core.wire.writing import texts_of

__all__ = ["unmet_choice", "with_tools_as_text", "write_call"]

_NO_PARAMETERS: Json = {"type": "object", "properties": {}}
_FORM = """\
To call a tool, write a block of exactly this form:

<seed:tool_call>
<function=TOOL_NAME>
<parameter=PARAMETER_NAME>value</parameter>
<parameter=OTHER_PARAMETER_NAME>value</parameter>
</function>
</seed:tool_call>
"""
_RULES = (
    "Write one parameter for each argument, and all that are required.",
    "Write a value as plain text, without quotes around it; write objects and arrays as JSON.",
    "For several calls, write several blocks, one after the other.",
    "After your calls, stop. Their results come in the next turn: wait, and never invent them.",
)


def with_tools_as_text(prompt: Prompt) -> Prompt:
    """The same conversation for a host that knows no tools.

    Raises:
        ConfigurationError: a tool is the host's own, or has a name or a schema that cannot be
            written.
    """
    tools = _described(prompt)
    messages = tuple(_turns(tuple(tag_free(prompt.messages)), tools))
    if tools and prompt.tool_choice != "none":
        alone = prompt.options.parallel_tool_calls is False
        messages = in_system_turn(
            messages, _description(tools, prompt.tool_choice, at_most_one=alone)
        )
    options = replace(prompt.options, parallel_tool_calls=None)
    return replace(prompt, messages=messages, tools=(), tool_choice=None, options=options)


def unmet_choice(reply: Reply, prompt: Prompt) -> str | None:
    """What is missing where a call was asked for by `tool_choice`, in a sentence, or None.

    Args:
        reply: the answer, its calls read.
        prompt: what was asked, its tools as they were.
    """
    choice = prompt.tool_choice
    tools = {tool.name: tool for tool in prompt.tools if isinstance(tool, Tool)}
    calls: Sequence[ToolCall] = reply.tool_calls
    if isinstance(choice, NamedTool):
        calls = [call for call in calls if call.name == choice.name]
        missing = f"the tool `{choice.name}` had to be called, and was not"
    elif choice == "required":
        missing = f"one of the tools had to be called, and none was: {', '.join(tools)}"
    else:
        return None
    if not calls:
        return missing
    return next((wrong for call in calls if (wrong := _wrong(call, tools))), None)


# --- the system turn ------------------------------------------------------------------------------


def _described(prompt: Prompt) -> list[Tool]:
    """The tools of a prompt, all of which words can describe."""
    tools: list[Tool] = []
    for tool in (*prompt.tools, prompt.tool_choice):
        if isinstance(tool, ServerTool):
            raise ConfigurationError(
                "this host is told of tools in words, and its own tools "
                f"({on_one_line(tool.raw)[:200]}) cannot be described so; leave them out"
            )
        if isinstance(tool, Tool):
            if not fits_a_tag(tool.name):
                msg = f"a tool cannot be named {tool.name!r} where tools are described in words"
                raise ConfigurationError(msg)
            tools.append(tool)
    return tools


def _description(tools: Sequence[Tool], choice: ToolChoice | None, *, at_most_one: bool) -> str:
    """What the model is told of the tools."""
    rules = [*_RULES, _choice(choice)]
    if at_most_one:
        rules.append("Make at most one call in your answer.")
    return "\n".join(
        (
            "# Tools",
            "",
            "You can call these tools. Each line describes one; its parameters are a JSON schema.",
            "",
            *map(_tool, tools),
            "",
            _FORM,
            *(f"- {rule}" for rule in rules),
        )
    )


def _tool(tool: Tool) -> str:
    """A tool on one line."""
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = tool.parameters or _NO_PARAMETERS
    # What is told of a tool may come from elsewhere, too.
    return without_tags(on_one_line({"type": "function", "function": function}))


def _choice(choice: ToolChoice | None) -> str:
    """Whether a tool shall be called."""
    if isinstance(choice, NamedTool):
        return f"You must call `{choice.name}` now."
    if choice == "required":
        return "You must call at least one of these tools now."
    return "Call a tool when you need it. Else answer in plain text, without any of these tags."


# --- the other turns ------------------------------------------------------------------------------


def _turns(messages: Sequence[Message], tools: Sequence[Tool]) -> Iterator[Message]:
    """The turns, calls and results written out. Results that stand together become one turn."""
    names: dict[str, str] = {}
    told: list[Part] = []
    for message in messages:
        if told and message.role != "tool":
            yield Message("user", tuple(told))
            told = []
        if message.role == "tool":
            for part in message.parts:
                told += _result(part, names, first=not told)
        elif message.role == "assistant":
            calls = [part for part in message.parts if isinstance(part, ToolCall)]
            names |= {call.id: call.name for call in calls}
            yield _with_calls(message, calls, tools) if calls else message
        else:
            yield message
    if told:
        yield Message("user", tuple(told))


def _with_calls(message: Message, calls: Sequence[ToolCall], tools: Sequence[Tool]) -> Message:
    """An assistant's turn with its calls after its text."""
    others = tuple(part for part in message.parts if not isinstance(part, ToolCall))
    written = "\n".join(write_call(call, tools) for call in calls)
    spoke = any(isinstance(part, Text) and part.text for part in others)
    return replace(message, parts=(*others, Text(f"\n\n{written}" if spoke else written)))


def _result(part: Part, names: Mapping[str, str], *, first: bool) -> Iterator[Part]:
    """A tool's result: whose it is, its text, its media."""
    if not isinstance(part, ToolResult):
        yield part
        return
    media = [inner for inner in part.parts if not isinstance(inner, Text)]
    name = part.name or names.get(part.call_id)
    whose = f"the tool {name} (call {part.call_id})" if name else f"the tool call {part.call_id}"
    whose = without_tags(whose)
    texts = texts_of(part)
    text = "\n".join(text.text for text in texts)
    if not any(isinstance(inner, Text) and inner.text for inner in part.parts):
        text += "The result is shown here:" if media else "The tool returned nothing."
    cache = next((text.cache_control for text in texts if text.cache_control), None)
    apart = "" if first else "\n\n"
    yield Text(f"{apart}Result of {whose}:\n{text}", cache)
    yield from media


def _wrong(call: ToolCall, tools: Mapping[str, Tool]) -> str | None:
    """What is wrong with a call that had to be made."""
    tool = tools.get(call.name)
    if tool is None:
        return f"there is no tool `{call.name}`; there are: {', '.join(tools)}"
    arguments = read_object(call.arguments or "{}")
    if arguments is None:
        return f"the arguments of `{call.name}` are not a whole JSON object"
    found = problems(arguments, tool.parameters)
    return f"the arguments of `{call.name}` do not fit: {'; '.join(found)}" if found else None
