"""LangChain's messages and tools as a Prompt. Nothing is mutated, and nothing is dropped unsaid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.utils.function_calling import convert_to_openai_tool

from langchain_seed.blocks import part_of
from langchain_seed.names import MODEL_PROVIDER, REASONING, REFUSAL, STATE
from seed_core.arguments import ODD, kept_objects, odd_message
from seed_core.errors import ConfigurationError, SeedError
from seed_core.openai_form import read_tool_choice
from seed_core.types import (
    Annotation,
    Json,
    Message,
    NamedTool,
    Part,
    Reasoning,
    Refusal,
    ReplayState,
    Role,
    ServerTool,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)

_CHAT_ROLES: dict[str, Role] = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "system": "system",
    "developer": "system",
}


def to_messages(messages: Sequence[BaseMessage]) -> tuple[Message, ...]:
    """Every message of a conversation.

    Raises:
        ConfigurationError: a kind of message or block that no wire can carry, or a field in one
            that holds something else than is known.
        MediaError: a picture, video or document that cannot be used.
    """
    turns: list[Message] = []
    for place, message in enumerate(messages):
        try:
            turns += _turns(message)
        except SeedError:
            raise
        except ODD as error:
            raise odd_message(place, message, error) from error
    return tuple(turns)


def _turns(message: BaseMessage) -> Iterator[Message]:
    """One message, which may be several turns where it holds tool results."""
    match message:
        case HumanMessage():
            yield from _user_turns(message)
        case SystemMessage():
            yield Message("system", tuple(_blocks(message)), message.name)
        case AIMessage():
            yield Message("assistant", tuple(_assistant(message)), message.name)
        case ToolMessage():
            yield Message("tool", (_tool_result(message),))
        case FunctionMessage():
            raise ConfigurationError("FunctionMessage is older than tool calls; use ToolMessage")
        case ChatMessage():
            role = _CHAT_ROLES.get(message.role)
            if role is None:
                raise ConfigurationError(f"no host knows the role {message.role!r}")
            if role == "assistant":
                yield from _turns(AIMessage(message.content, name=message.name))
                return
            yield Message(role, tuple(_blocks(message)), message.name)
        case _:
            raise ConfigurationError(f"a {type(message).__name__} cannot be sent to a model")


def _user_turns(message: BaseMessage) -> Iterator[Message]:
    """A user's message; Anthropic's tool results inside it become tool turns before it."""
    parts = tuple(_blocks(message))
    for part in parts:
        if isinstance(part, ToolResult):
            yield Message("tool", (part,))
    rest = tuple(part for part in parts if not isinstance(part, ToolResult))
    if rest or not parts:
        yield Message("user", rest, message.name)


def _blocks(message: BaseMessage) -> Iterator[Part]:
    """The content of a message that is not an answer: every block counts."""
    if isinstance(message.content, str):
        yield Text(message.content)
        return
    for block in message.content:
        part = Text(block) if isinstance(block, str) else part_of(block)
        if part is None:
            kind = block.get("type") if isinstance(block, dict) else block
            raise ConfigurationError(
                f"a {message.type} message cannot hold a block of type {kind!r}"
            )
        yield part


def _assistant(message: AIMessage) -> Iterator[Part]:
    """An earlier answer: its reasoning, its text, its calls."""
    yield from _reasoning(message)
    yield from _assistant_text(message)
    refusal = message.additional_kwargs.get(REFUSAL)
    if refusal and isinstance(message.content, str):
        yield Refusal(str(refusal))
    for call in message.tool_calls:
        # Not ASCII: the model wrote characters, and reads them better than escapes.
        arguments = json.dumps(call["args"], ensure_ascii=False)
        yield ToolCall(call["id"] or "", call["name"], arguments)
    for bad in message.invalid_tool_calls:
        yield ToolCall(bad["id"] or "", bad["name"] or "", bad["args"] or "")
    yield from _unlisted_calls(message)
    for note in kept_objects(_state(message).get("annotations") or ()):
        yield Annotation(note, _state(message).get("issuer"))


def _assistant_text(message: AIMessage) -> Iterator[Part]:
    """The text of an answer. Traces of other hosts (searches, signatures) stay behind."""
    if isinstance(message.content, str):
        if message.content:
            yield Text(message.content)
        return
    for block in message.content:
        if isinstance(block, str):
            yield Text(block)
        elif block.get("type") == "text":
            yield Text(str(block.get("text") or ""), block.get("cache_control"))
        elif block.get("type") == "text-plain":
            yield Text(str(block.get("text") or ""))
        elif refusal := _refusal_of(block):
            yield Refusal(refusal)
        elif block.get("type") in ("image", "image_url", "video", "video_url", "audio", "file"):
            raise ConfigurationError(
                f"an assistant message holds a block of type {block['type']!r}; no host takes "
                "media there: move it into a human message"
            )


def _refusal_of(block: Mapping[str, Any]) -> str:
    """The words of a refusal block, which LangChain before 1.7.5 knows as a non-standard one."""
    value = block.get("value")
    if block.get("type") == "non_standard" and isinstance(value, Mapping):
        block = value
    elif block.get("type") != "refusal":
        return ""
    return str(block.get("refusal") or "")


def _reasoning(message: AIMessage) -> Iterator[Reasoning]:
    """Reasoning with its issuer's state, unless another integration's host wrote it."""
    if message.response_metadata.get("model_provider", MODEL_PROVIDER) != MODEL_PROVIDER:
        return
    text = message.additional_kwargs.get(REASONING)
    if not isinstance(text, str):  # where the kwargs are lost, the blocks have it
        text = "".join(_reasoning_blocks(message))
    state = _state(message)
    if "issuer" in state:
        details = state.get("reasoning_details")
        kept = None if details is None else kept_objects(details)
        yield Reasoning(text, ReplayState(state["issuer"], kept))
    elif text:
        yield Reasoning(text)


def _reasoning_blocks(message: AIMessage) -> Iterator[str]:
    """Reasoning text in standard blocks."""
    for block in message.content:
        if isinstance(block, dict) and block.get("type") == "reasoning":
            yield str(block.get("reasoning") or "")


def _state(message: AIMessage) -> Json:
    """What `from_events` kept for the issuer; an answer without reasoning may have notes only."""
    state = message.additional_kwargs.get(STATE)
    return state if isinstance(state, dict) else {}


def _unlisted_calls(message: AIMessage) -> Iterator[ToolCall]:
    """Anthropic's `tool_use` blocks that `tool_calls` does not repeat."""
    known = {call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)}
    for block in message.content:
        if isinstance(block, dict) and block.get("type") == "tool_use" and block["id"] not in known:
            if not isinstance(block["name"], str):
                raise TypeError("a tool_use block whose name is no text")
            arguments = json.dumps(block.get("input") or {}, ensure_ascii=False)
            yield ToolCall(block["id"], block["name"], arguments)


def _tool_result(message: ToolMessage) -> ToolResult:
    """A tool's result, with its pictures."""
    parts = tuple(_blocks(message))
    return ToolResult(
        message.tool_call_id,
        cast("Any", parts),
        name=message.name,
        is_error=message.status == "error",
    )


def to_tool_choice(choice: object, tools: Sequence[Tool | ServerTool]) -> ToolChoice | None:
    """LangChain's further ways to say which tool: True, False, Anthropic's objects.

    Raises:
        ConfigurationError: True with more than one tool, or something else altogether.
    """
    match choice:
        case False:
            return None
        case True:
            if len(tools) == 1 and isinstance(tools[0], Tool):
                return NamedTool(tools[0].name)
            raise ConfigurationError("tool_choice=True needs exactly one tool; name one")
        case {"type": "tool", "name": str(name)}:
            return NamedTool(name)
        case {"type": "auto" | "none" | "any" as word}:
            return read_tool_choice(word)
        case _:
            return read_tool_choice(choice)


def as_openai_tool(tool: Any, strict: bool | None) -> dict[str, Any]:
    """A tool in OpenAI's form; a host's own tool as it is."""
    if strict is None and isinstance(tool, dict) and "function" in tool:
        return tool
    # What has a type, but is no JSON schema, no function and not Anthropic's, is the host's own.
    kind = tool.get("type", "function") if isinstance(tool, dict) else "function"
    if kind not in ("function", "object") and "input_schema" not in tool:
        return dict(tool)
    try:
        offered = convert_to_openai_tool(tool, strict=strict)
    except (TypeError, ValueError, KeyError) as error:
        raise ConfigurationError(f"{tool!r} cannot be offered as a tool: {error}") from error
    mark = tool.get("cache_control") if isinstance(tool, dict) else None
    return {**offered, "cache_control": mark} if mark else offered
