"""OpenAI's chat completions wire: a Prompt to a body. `chat_reply` reads the answers.

A field of `ChatWire` whose default is the standard is the only way in which a host may stray.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, Literal, TypeAlias

from typing_extensions import assert_never

from seed_core.body import Body
from seed_core.capabilities import Feature
from seed_core.errors import ConfigurationError
from seed_core.events import Event
from seed_core.flow import Decoder, DecoderFactory, Headers, Response
from seed_core.types import (
    Annotation,
    Document,
    Image,
    Json,
    JsonObject,
    JsonSchema,
    Media,
    Message,
    NamedTool,
    Options,
    Prompt,
    Reasoning,
    Refusal,
    ResponseFormat,
    ServerTool,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Url,
    Video,
)
from seed_core.wire.chat_reply import ChatDecoder, decode_chat
from seed_core.wire.context import Context
from seed_core.wire.details import SEALED, echo
from seed_core.wire.writing import (
    address,
    as_it_is,
    finished,
    image_detail,
    no_fields,
    said,
    texts_of,
)

Written: TypeAlias = Callable[[Media], dict[str, Any]]
"""Writes a picture, video or document as a content part."""


def effort_field(options: Options) -> Json:
    """The standard's own and only word on reasoning: `reasoning_effort`."""
    if options.thinking == "disabled":
        return {"reasoning_effort": "none"}
    return (
        {} if options.reasoning_effort is None else {"reasoning_effort": options.reasoning_effort}
    )


@dataclass(frozen=True, slots=True)
class ChatWire:
    """The chat completions wire. Defaults are the standard.

    Attributes:
        path: the endpoint's path below the base URL.
        model_field: what the model's id is called.
        max_tokens_field: what the limit on reasoning and answer is called.
        max_tokens_default: the limit when the user says none, where the host's own is harmful.
        stop_texts: how stop texts are written.
        thinking_fields: how thinking, effort and budget are said.
        part_fields: what stands beside the address of a picture or video.
        document_url: what a document's address is called; its data is `file_data` everywhere.
        own_fields: further fields of the body that the host wants for a prompt.
        settle: the last look at the body, after the user's own fields for this host.
        usage_in_stream: ask for usage with `stream_options`.
        reasoning_field: how reasoning text is called in an assistant message that is sent back.
        echo_reasoning: when reasoning of earlier turns is sent back.
        needs_reason: `[DONE]` without a finish reason is a broken stream. Off, because Snowflake's
            streams, recorded, end that way.
        each_line: every `data:` line of a stream is an event of its own.
        streams: whether the host can answer in pieces.
        cannot: what this wire has no word for.
        headers: headers of every request.
        key_headers: the headers that carry the key: `authorization` as a bearer, others bare.
    """

    path: str = "/chat/completions"
    model_field: str = "model"
    max_tokens_field: str = "max_tokens"
    max_tokens_default: int | None = None
    stop_texts: Callable[[tuple[str, ...]], list[str] | str] = list
    thinking_fields: Callable[[Options], Json] = effort_field
    part_fields: Callable[[Media, Options], Json] = image_detail
    document_url: str = "file_data"
    own_fields: Callable[[Prompt], Json] = no_fields
    settle: Callable[[dict[str, Any], Prompt], dict[str, Any]] = as_it_is
    usage_in_stream: bool = True
    reasoning_field: str = "reasoning_content"
    echo_reasoning: Literal["always", "tool_loop"] = "tool_loop"
    needs_reason: bool = False
    each_line: bool = False
    streams: bool = True
    cannot: frozenset[Feature] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)
    key_headers: tuple[str, ...] = ("authorization",)

    def encode(self, prompt: Prompt, *, model: str, issuer: str, stream: bool) -> Body:
        """Write the request body. Media is spliced in, not copied."""
        options = prompt.options
        body: dict[str, Any] = {
            self.model_field: model,
            "messages": self._messages(prompt, issuer),
        }
        if prompt.tools:
            body["tools"] = [_tool(tool) for tool in prompt.tools]
        if prompt.response_format is not None:
            body["response_format"] = _response_format(prompt.response_format)
        body |= self._sampling(options)
        body |= self.thinking_fields(options)
        if stream and self.streams:
            body["stream"] = True
            if self.usage_in_stream:
                body["stream_options"] = {"include_usage": True}
        return finished(
            body,
            prompt,
            issuer,
            own_fields=self.own_fields,
            settle=self.settle,
            tool_choice=_tool_choice(prompt.tool_choice),
        )

    def decode(self, response: Response, context: Context) -> list[Event]:
        """Read a whole answer.

        Raises:
            SeedError: the answer is an error, or not this protocol.
        """
        return decode_chat(response, context)

    def decoder(self, context: Context) -> DecoderFactory:
        """A maker of fresh stream decoders."""

        def fresh(headers: Headers) -> Decoder:
            return ChatDecoder(
                context, headers, each_line=self.each_line, needs_reason=self.needs_reason
            )

        return fresh

    def _sampling(self, options: Options) -> dict[str, Any]:
        """The options that are one field each."""
        limit = options.max_tokens
        return said(
            {
                "temperature": options.temperature,
                "top_p": options.top_p,
                self.max_tokens_field: self.max_tokens_default if limit is None else limit,
                "stop": self.stop_texts(options.stop) if options.stop else None,
                "seed": options.seed,
                "frequency_penalty": options.frequency_penalty,
                "presence_penalty": options.presence_penalty,
                "parallel_tool_calls": options.parallel_tool_calls,
                "service_tier": options.service_tier,
                "user": options.user,
            }
        )

    def _messages(self, prompt: Prompt, issuer: str) -> list[dict[str, Any]]:
        """All turns. Media of tool results follows the last result of its run, as a user turn.

        A tool message holds text only on this wire, and the results of one assistant turn must
        stand together, so pictures cannot come between them.
        """
        users = [i for i, message in enumerate(prompt.messages) if message.role == "user"]
        loop_start = users[-1] if users else -1
        written = partial(self._media, prompt.options)
        turns: list[dict[str, Any]] = []
        hoisted: list[Any] = []
        for i, message in enumerate(prompt.messages):
            if hoisted and message.role != "tool":
                turns.append({"role": "user", "content": hoisted})
                hoisted = []
            match message.role:
                case "assistant":
                    in_loop = i > loop_start
                    turns.append(self._assistant(message, issuer, in_loop=in_loop))
                case "tool":
                    for part in message.parts:
                        if isinstance(part, ToolResult):
                            turns.append(_tool_turn(part))
                            hoisted += _tool_media(part, written)
                case _:
                    turns.append(_named(message, {"content": _content(message, written)}))
        if hoisted:
            turns.append({"role": "user", "content": hoisted})
        return turns

    def _media(self, options: Options, part: Media) -> dict[str, Any]:
        """A picture, video or document."""
        beside = self.part_fields(part, options)
        match part:
            case Image():
                holder = address(part, "image/png", url="url")
                return {"type": "image_url", "image_url": {**holder, **beside}}
            case Video():
                holder = address(part, "video/mp4", url="url")
                return {"type": "video_url", "video_url": {**holder, **beside}}
            case Document():
                url = self.document_url if isinstance(part.source, Url) else "file_data"
                holder = address(part, "application/pdf", url=url)
                if "file_data" in holder:
                    holder = {"filename": part.filename or "document.pdf", **holder}
                return {"type": "file", "file": holder}
            case _:
                assert_never(part)

    def _assistant(self, message: Message, issuer: str, *, in_loop: bool) -> dict[str, Any]:
        """An earlier answer. Content is null, never "", beside tool calls.

        Some upstreams refuse an empty text part (OpenRouter's own client works round it).
        """
        texts = tuple(part for part in message.parts if isinstance(part, Text))
        calls = [_tool_call(part) for part in message.parts if isinstance(part, ToolCall)]
        refusal = "".join(part.text for part in message.parts if isinstance(part, Refusal))
        notes = [
            dict(part.raw)
            for part in message.parts
            if isinstance(part, Annotation) and part.issuer in (None, issuer)
        ]
        content: str | list[Any] | None = "".join(part.text for part in texts)
        if any(part.cache_control for part in texts):
            content = [_text(part) for part in texts]
        turn = _named(message, {"content": content or (None if calls or refusal else "")})
        if refusal:
            turn["refusal"] = refusal
        if in_loop or self.echo_reasoning == "always":
            turn |= self._reasoning(message, issuer)
        if calls:
            turn["tool_calls"] = calls
        if notes:
            turn["annotations"] = notes
        return turn

    def _reasoning(self, message: Message, issuer: str) -> Json:
        """Reasoning for the host that gave it: its own entries, else its text, never both.

        A sealed original (Ark's `encrypted_content`) goes beside the text, as it came.
        """
        parts = [part for part in message.parts if isinstance(part, Reasoning)]
        own = [part for part in parts if part.state is None or part.state.issuer == issuer]
        states = [part.state for part in own if part.state is not None]
        lists = [state.details for state in states if state.details is not None]
        entries = tuple(chain.from_iterable(lists))
        sealed = [entry[SEALED] for entry in entries if entry.get("type") == SEALED]
        if lists and not sealed:
            return {"reasoning_details": echo(entries)}
        text = "".join(part.text for part in own)
        return {
            **({self.reasoning_field: text} if text else {}),
            **({SEALED: sealed[-1]} if sealed else {}),
        }


def _named(message: Message, fields: dict[str, Any]) -> dict[str, Any]:
    """A turn with its role and, if it has one, its name."""
    name = {} if message.name is None else {"name": message.name}
    return {"role": message.role, **name, **fields}


def _content(message: Message, written: Written) -> str | list[Any]:
    """Content of a system or user turn: a string where that says it all."""
    parts = list(_parts(message.parts, written))
    if len(parts) == 1 and set(parts[0]) == {"type", "text"}:
        return str(parts[0]["text"])
    return parts or ""


def _parts(parts: tuple[Any, ...], written: Written) -> Iterator[dict[str, Any]]:
    """Text and media as content parts."""
    for part in parts:
        match part:
            case Text():
                yield _text(part)
            case Image() | Video() | Document():
                yield written(part)
            case _:
                raise ConfigurationError(f"a {type(part).__name__} cannot stand in this turn")


def _text(part: Text) -> dict[str, Any]:
    """A text with its mark, if it has one."""
    return said({"type": "text", "text": part.text, "cache_control": part.cache_control})


def _tool_turn(result: ToolResult) -> dict[str, Any]:
    """The text of a tool's result; the wire has no other way to say that it is an error."""
    texts = texts_of(result)
    text = "\n".join(part.text for part in texts)
    if not text and len(texts) < len(result.parts):
        text = "The result is shown in the next message."
    marked = any(part.cache_control for part in texts)
    content = [_text(part) for part in texts] if marked else text
    return {"role": "tool", "tool_call_id": result.call_id, "content": content}


def _tool_media(result: ToolResult, written: Written) -> list[dict[str, Any]]:
    """The media of a tool's result, under a line that says whose it is."""
    media = tuple(part for part in result.parts if not isinstance(part, Text))
    if not media:
        return []
    origin = f" ({result.name})" if result.name else ""
    line = f"Returned by tool call {result.call_id}{origin}:"
    return list(_parts((Text(line), *media), written))


def _tool_call(call: ToolCall) -> dict[str, Any]:
    """An earlier call. No arguments means an empty object, which is what hosts take."""
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call.id, "type": "function", "function": function}


def _tool(tool: Tool | ServerTool) -> Json:
    """A tool that is offered."""
    if isinstance(tool, ServerTool):
        return tool.raw
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = tool.parameters or {"type": "object", "properties": {}}
    if tool.strict is not None:
        function["strict"] = tool.strict
    cache = {} if tool.cache_control is None else {"cache_control": tool.cache_control}
    return {"type": "function", "function": function, **cache}


def _tool_choice(choice: ToolChoice | None) -> Json:
    """Which tool, if any was said."""
    match choice:
        case None:
            return {}
        case NamedTool():
            return {"tool_choice": {"type": "function", "function": {"name": choice.name}}}
        case ServerTool():
            return {"tool_choice": choice.raw}
        case _:
            return {"tool_choice": choice}


def _response_format(wanted: ResponseFormat) -> dict[str, Any]:
    """The form that the answer must have."""
    match wanted:
        case JsonObject():
            return {"type": "json_object"}
        case JsonSchema():
            fields: dict[str, Any] = {"name": wanted.name, "schema": wanted.schema}
            if wanted.description is not None:
                fields["description"] = wanted.description
            if wanted.strict is not None:
                fields["strict"] = wanted.strict
            return {"type": "json_schema", "json_schema": fields}
        case _:
            assert_never(wanted)
