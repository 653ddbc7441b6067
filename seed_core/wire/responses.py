"""OpenAI's responses wire: a Prompt to a body. `responses_reply` reads the answers.

It is imported with the first of them, because most programs use the wire that stands beside this.
A field of `ResponsesWire` whose default is the standard is the only way in which a host may stray.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from typing_extensions import assert_never

from seed_core.body import Body
from seed_core.capabilities import Feature, kind_of
from seed_core.errors import ConfigurationError
from seed_core.events import Event
from seed_core.flow import Decoder, DecoderFactory, Headers, Response
from seed_core.types import (
    Document,
    Image,
    Json,
    JsonObject,
    JsonSchema,
    Media,
    Message,
    NamedTool,
    Options,
    Part,
    Prompt,
    ResponseFormat,
    ServerTool,
    Text,
    Tool,
    ToolChoice,
    ToolResult,
    Url,
    Video,
)
from seed_core.wire.context import Context
from seed_core.wire.responses_echo import ECHOED, answer
from seed_core.wire.writing import (
    address,
    as_it_is,
    finished,
    image_detail,
    no_fields,
    said,
    texts_of,
)

Beside: TypeAlias = Callable[[Media], Json]
"""What stands beside the address of a picture, video or document."""


def reasoning_field(options: Options) -> Json:
    """The standard's `reasoning`: how much, and that a summary of it shall be shown.

    The wire has no word for "on": the summary is all that is asked for then.
    """
    if options.thinking == "disabled":
        return {"reasoning": {"effort": "none"}}
    if options.thinking is None and options.reasoning_effort is None:
        return {}
    fields = said(
        {
            "effort": options.reasoning_effort,
            "summary": None if options.hide_reasoning else "auto",
        }
    )
    return {"reasoning": fields} if fields else {}


@dataclass(frozen=True, slots=True)
class ResponsesWire:
    """The responses wire. Defaults are the standard.

    Attributes:
        path: the endpoint's path below the base URL.
        store: whether the host shall keep the answer; None leaves it to the host. Every request
            holds the whole conversation, so nothing needs to be kept (and OpenRouter cannot).
        include: what shall be in the answer beyond the usual. Where nothing is kept, the sealed
            original of the reasoning must be, or the next turn cannot go on from it.
        max_tokens_default: the limit when the user says none, where the host's own is harmful.
        thinking_fields: how thinking and effort are said.
        part_fields: what stands beside the address of a picture, video or document.
        own_fields: further fields of the body that the host wants for a prompt.
        settle: the last look at the body, after the user's own fields for this host.
        in_results: the media that a tool's result may hold (by OpenAI's and OpenRouter's schemas no
            video); what it may not follows the results of its turn, as a message of the user.
        echoed: the kinds of output items that the host takes back.
        echo_bare: send back reasoning of which there is but a summary, although nothing was kept.
            Off, because OpenAI would look for its id and refuse.
        streams: whether the host can answer in pieces.
        cannot: what this wire has no word for.
        headers: headers of every request.
        key_headers: the headers that carry the key: `authorization` as a bearer, others bare.
    """

    path: str = "/responses"
    store: bool | None = False
    include: tuple[str, ...] = ("reasoning.encrypted_content",)
    max_tokens_default: int | None = None
    thinking_fields: Callable[[Options], Json] = reasoning_field
    part_fields: Callable[[Media, Options], Json] = image_detail
    own_fields: Callable[[Prompt], Json] = no_fields
    settle: Callable[[dict[str, Any], Prompt], dict[str, Any]] = as_it_is
    in_results: frozenset[Feature] = frozenset({"image", "document"})
    echoed: frozenset[str] = ECHOED
    echo_bare: bool = False
    streams: bool = True
    cannot: frozenset[Feature] = frozenset(
        {
            "stop",
            "seed",
            "frequency_penalty",
            "presence_penalty",
            "video",
            "video_fps",
            "image_pixel_limit",
            "thinking_budget",
        }
    )
    headers: Mapping[str, str] = field(default_factory=dict)
    key_headers: tuple[str, ...] = ("authorization",)

    def encode(self, prompt: Prompt, *, model: str, issuer: str, stream: bool) -> Body:
        """Write the request body. Media is spliced in, not copied."""
        body: dict[str, Any] = {"model": model, "input": self._input(prompt, issuer)}
        if prompt.tools:
            body["tools"] = [_tool(tool) for tool in prompt.tools]
        if prompt.response_format is not None:
            body["text"] = {"format": _format(prompt.response_format)}
        body |= self._sampling(prompt.options)
        body |= self.thinking_fields(prompt.options)
        if stream and self.streams:
            body["stream"] = True
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
            SeedError: the answer is an error, or not this protocol, or not finished.
        """
        from seed_core.wire.responses_reply import decode_responses  # noqa: PLC0415 - see the top

        return decode_responses(response, context)

    def decoder(self, context: Context) -> DecoderFactory:
        """A maker of fresh stream decoders."""
        from seed_core.wire.responses_reply import ResponsesDecoder  # noqa: PLC0415 - the same

        def fresh(headers: Headers) -> Decoder:
            return ResponsesDecoder(context, headers)

        return fresh

    def _sampling(self, options: Options) -> dict[str, Any]:
        """The options that are one field each, and the wire's own."""
        limit = options.max_tokens
        return said(
            {
                "temperature": options.temperature,
                "top_p": options.top_p,
                "frequency_penalty": options.frequency_penalty,
                "presence_penalty": options.presence_penalty,
                "max_output_tokens": self.max_tokens_default if limit is None else limit,
                "parallel_tool_calls": options.parallel_tool_calls,
                "service_tier": options.service_tier,
                "user": options.user,
                "store": self.store,
                "include": list(self.include) or None,
            }
        )

    def _input(self, prompt: Prompt, issuer: str) -> list[Json]:
        """All turns as items. Names of speakers stay behind: the wire has no place for them.

        System turns are items in their place, not `instructions`, because there may be several.
        """

        def beside(part: Media) -> Json:
            return self.part_fields(part, prompt.options)

        items: list[Json] = []
        after: list[Json] = []
        for message in prompt.messages:
            if message.role == "tool":
                for part in message.parts:
                    if isinstance(part, ToolResult):
                        items.append(self._result(part, beside))
                        after += self._media_after(part, beside)
                continue
            items += _as_user(after)
            after = []
            if message.role == "assistant":
                items += self._answer(message, issuer, len(items))
            else:
                items.append({"role": message.role, "content": _content(message.parts, beside)})
        return [*items, *_as_user(after)]

    def _answer(self, message: Message, issuer: str, number: int) -> list[Json]:
        """An earlier answer. Where all is kept, a reasoning item's id is enough."""
        bare = self.echo_bare or self.store is not False
        return answer(message, issuer, number, echoed=self.echoed, bare=bare)

    def _result(self, result: ToolResult, beside: Beside) -> Json:
        """A tool's result; the wire has no other way to say that it is an error than the text."""
        parts = tuple(_in_order(result))
        here = tuple(part for part in parts if not self._comes_after(part))
        output = _content(here, beside)
        if isinstance(output, list) and all(part.keys() == {"type", "text"} for part in output):
            output = "\n".join(part["text"] for part in output)
        if not output and len(here) < len(parts):
            output = "The result is shown in the next message."
        return {"type": "function_call_output", "call_id": result.call_id, "output": output}

    def _media_after(self, result: ToolResult, beside: Beside) -> list[Json]:
        """The media that the result itself may not hold, under a line that says whose it is."""
        media = tuple(part for part in result.parts if self._comes_after(part))
        if not media:
            return []
        origin = f" ({result.name})" if result.name else ""
        line = f"Returned by tool call {result.call_id}{origin}:"
        return list(_parts((Text(line), *media), beside))

    def _comes_after(self, part: Text | Media) -> bool:
        """Whether a part of a result must follow it."""
        return not isinstance(part, Text) and kind_of(part) not in self.in_results


def _as_user(content: list[Json]) -> list[Json]:
    """A turn of the user with this content, if there is any."""
    return [{"role": "user", "content": content}] if content else []


def _in_order(result: ToolResult) -> Iterator[Text | Media]:
    """A result's text and media as they stand, the text marked where it is an error."""
    texts = texts_of(result)
    own = sum(isinstance(part, Text) for part in result.parts)
    yield from texts[: len(texts) - own]  # the mark of an error that has no text
    marked = iter(texts[len(texts) - own :])
    for part in result.parts:
        yield next(marked) if isinstance(part, Text) else part


def _content(parts: tuple[Part, ...], beside: Beside) -> str | list[Json]:
    """Content of a turn or a result: a string where that says it all."""
    content = list(_parts(parts, beside))
    if len(content) == 1 and content[0].keys() == {"type", "text"}:
        return str(content[0]["text"])
    return content or ""


def _parts(parts: tuple[Part, ...], beside: Beside) -> Iterator[Json]:
    """Text and media as content parts.

    A cache mark is a breakpoint here (recorded at OpenRouter); it has no time to live.
    """
    for part in parts:
        match part:
            case Text():
                marked = part.cache_control is not None
                mark = {"prompt_cache_breakpoint": {"mode": "explicit"}} if marked else {}
                yield {"type": "input_text", "text": part.text, **mark}
            case Image() | Video() | Document():
                yield {**_media(part), **beside(part)}
            case _:
                raise ConfigurationError(f"a {type(part).__name__} cannot stand in this turn")


def _media(part: Media) -> dict[str, Any]:
    """A picture, video or document: its address is a string beside its type."""
    match part:
        case Image():
            return {"type": "input_image", **address(part, "image/png", url="image_url")}
        case Video():
            return {"type": "input_video", **address(part, "video/mp4", url="video_url")}
        case Document():
            url = "file_url" if isinstance(part.source, Url) else "file_data"
            holder = address(part, "application/pdf", url=url)
            if "file_data" in holder:
                holder = {"filename": part.filename or "document.pdf", **holder}
            return {"type": "input_file", **holder}
        case _:
            assert_never(part)


def _tool(tool: Tool | ServerTool) -> Json:
    """A tool that is offered: flat, where chat has it nested, and without cache marks.

    `strict` is always said: the standard's type requires it, and OpenAI takes its absence for true,
    other than on the chat wire.
    """
    if isinstance(tool, ServerTool):
        return tool.raw
    return said(
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description or None,
            "parameters": tool.parameters or {"type": "object", "properties": {}},
            "strict": tool.strict or False,
        }
    )


def _tool_choice(choice: ToolChoice | None) -> Json:
    """Which tool, if any was said."""
    match choice:
        case None:
            return {}
        case NamedTool():
            return {"tool_choice": {"type": "function", "name": choice.name}}
        case ServerTool():
            return {"tool_choice": choice.raw}
        case _:
            return {"tool_choice": choice}


def _format(wanted: ResponseFormat) -> Json:
    """The form that the answer must have: flat, where chat has it nested."""
    match wanted:
        case JsonObject():
            return {"type": "json_object"}
        case JsonSchema():
            return said(
                {
                    "type": "json_schema",
                    "name": wanted.name,
                    "schema": wanted.schema,
                    "description": wanted.description,
                    "strict": wanted.strict,
                }
            )
        case _:
            assert_never(wanted)
