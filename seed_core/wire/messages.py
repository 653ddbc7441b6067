"""Anthropic's messages wire: a Prompt to a body. `messages_reply` reads the answers.

It is imported with the first of them, because most programs use the wire that stands beside this.
A field of `MessagesWire` whose default is the standard is the only way in which a host may stray.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic_core import from_json

from seed_core.body import Body
from seed_core.capabilities import Feature
from seed_core.errors import ConfigurationError, InvalidReplyError
from seed_core.events import Event
from seed_core.flow import Decoder, DecoderFactory, Headers, Response
from seed_core.types import (
    Json,
    JsonSchema,
    Media,
    NamedTool,
    Options,
    Prompt,
    ServerTool,
    Tool,
    ToolChoice,
)
from seed_core.wire.context import Context
from seed_core.wire.messages_turns import conversation
from seed_core.wire.writing import as_it_is, finished, no_fields, said

BUDGETS: Mapping[str, int] = {"low": 1024, "medium": 2048, "high": 6144}
"""The reasoning tokens that stand for a level of effort; `minimal` turns thinking off."""

LEAST_BUDGET = 1024
"""The smallest budget that the wire takes."""

NO_WORD_FOR: frozenset[Feature] = frozenset(
    {
        "json_object",
        "video",
        "video_fps",
        "image_detail",
        "image_pixel_limit",
        "seed",
        "frequency_penalty",
        "presence_penalty",
    }
)
"""What the wire's request has no field or block for."""

FORMATS: Mapping[str, tuple[str, ...]] = {
    "image": ("image/jpeg", "image/png", "image/gif", "image/webp"),
    "document": ("application/pdf",),
}
"""The MIME types that the wire's own types name, for hosts that say nothing else."""

_COUNTED = ("model", "messages", "system", "tools", "tool_choice", "thinking")
"""The fields of a request whose tokens are counted, and the only ones that counting takes."""


def budget_fields(options: Options, max_tokens: int) -> Json:
    """The standard's word on reasoning: `thinking`, with a budget in tokens.

    A level of effort is a budget of `BUDGETS`, lowered where it must be so that a quarter of
    `max_tokens` is left for the answer, but never below `LEAST_BUDGET`.

    Raises:
        ConfigurationError: no budget fits, the level has none, or one thing is said in two ways.
    """
    budget, effort = options.thinking_budget, options.reasoning_effort
    if budget is not None and effort is not None:
        raise ConfigurationError("give reasoning_effort or thinking_budget, not both")
    if options.thinking == "enabled" and effort == "minimal":
        msg = "reasoning_effort='minimal' turns thinking off on this wire; say one of the two"
        raise ConfigurationError(msg)
    if options.thinking == "disabled" or options.reasoning_effort == "minimal":
        return {"thinking": {"type": "disabled"}}
    if budget is None and effort is None and options.thinking != "enabled":
        return {"thinking": {"type": "adaptive"}} if options.thinking == "auto" else {}
    if max_tokens <= LEAST_BUDGET:
        msg = (
            f"thinking takes {LEAST_BUDGET} tokens at least, and max_tokens={max_tokens} counts "
            "them too; raise max_tokens, or pass thinking='disabled'"
        )
        raise ConfigurationError(msg)
    if budget is None:
        budget = _budget_of(effort or "medium", max_tokens)
    if not LEAST_BUDGET <= budget < max_tokens:
        msg = (
            f"thinking_budget={budget} is outside {LEAST_BUDGET} to {max_tokens - 1}: it must stay "
            f"below max_tokens={max_tokens}; change one of them"
        )
        raise ConfigurationError(msg)
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _budget_of(effort: str, max_tokens: int) -> int:
    """The budget of a level of effort, as far as it fits."""
    if effort not in BUDGETS:
        known = ", ".join(("minimal", *BUDGETS))
        msg = f"reasoning_effort={effort!r} is none of {known}; give a thinking_budget instead"
        raise ConfigurationError(msg)
    return min(BUDGETS[effort], max(LEAST_BUDGET, max_tokens * 3 // 4))


def nothing_beside(_part: Media, _options: Options) -> Json:
    """The standard says nothing of a picture or document but where it is."""
    return {}


@dataclass(frozen=True, slots=True)
class MessagesWire:
    """The messages wire. Defaults are the standard.

    Attributes:
        path: the endpoint's path below the base URL.
        max_tokens_default: the limit when the user says none; the wire demands one.
        thinking_fields: how thinking, effort and budget are said, given the limit.
        part_fields: what stands beside the source of a picture or document.
        own_fields: further fields of the body that the host wants for a prompt.
        settle: the last look at the body, after the user's own fields for this host.
        system_turns: the host takes system turns in mid-conversation. Off, because only newer
            hosts do; the text of such a turn then goes to the end of `system`.
        each_line: every `data:` line of a stream is an event of its own.
        streams: whether the host can answer in pieces.
        cannot: what this wire has no word for.
        headers: headers of every request.
        key_headers: the headers that carry the key: `authorization` as a bearer, others bare.
    """

    path: str = "/messages"
    max_tokens_default: int = 8192
    thinking_fields: Callable[[Options, int], Json] = budget_fields
    part_fields: Callable[[Media, Options], Json] = nothing_beside
    own_fields: Callable[[Prompt], Json] = no_fields
    settle: Callable[[dict[str, Any], Prompt], dict[str, Any]] = as_it_is
    system_turns: bool = False
    each_line: bool = False
    streams: bool = True
    cannot: frozenset[Feature] = NO_WORD_FOR
    headers: Mapping[str, str] = field(default_factory=lambda: {"anthropic-version": "2023-06-01"})
    key_headers: tuple[str, ...] = ("x-api-key",)

    def encode(self, prompt: Prompt, *, model: str, issuer: str, stream: bool) -> Body:
        """Write the request body. Media is spliced in, not copied."""
        body = self._body(prompt, model, issuer)
        if stream and self.streams:
            body["stream"] = True
        return finished(
            body,
            prompt,
            issuer,
            own_fields=self.own_fields,
            settle=self.settle,
            tool_choice=_tool_choice(prompt),
        )

    def decode(self, response: Response, context: Context) -> list[Event]:
        """Read a whole answer.

        Raises:
            SeedError: the answer is an error, or not this protocol.
        """
        from seed_core.wire.messages_reply import decode_messages  # noqa: PLC0415 - see the top

        return decode_messages(response, context)

    def decoder(self, context: Context) -> DecoderFactory:
        """A maker of fresh stream decoders."""
        from seed_core.wire.messages_reply import MessagesDecoder  # noqa: PLC0415 - the same

        def fresh(headers: Headers) -> Decoder:
            return MessagesDecoder(context, headers, each_line=self.each_line)

        return fresh

    def encode_count(self, prompt: Prompt, *, model: str, issuer: str) -> Body:
        """Write the body that asks how many tokens a prompt has: what is counted, and no more."""
        extra = _counted(prompt.options.extra_body)
        return finished(
            self._body(prompt, model, issuer),
            replace(prompt, options=replace(prompt.options, extra_body=extra)),
            issuer,
            own_fields=self.own_fields,
            settle=lambda body, asked: _counted(self.settle(body, asked)),
            tool_choice=_tool_choice(prompt),
        )

    def read_count(self, response: Response) -> int:
        """Read how many tokens a prompt has.

        Raises:
            InvalidReplyError: the answer is not a count.
        """
        try:
            payload = from_json(response.body)
        except ValueError:
            payload = None
        count = payload.get("input_tokens") if isinstance(payload, dict) else None
        if not isinstance(count, int) or isinstance(count, bool):
            raise InvalidReplyError("the answer to counting tokens holds no input_tokens")
        return count

    def _body(self, prompt: Prompt, model: str, issuer: str) -> dict[str, Any]:
        """What the wire's standard says."""
        options = prompt.options
        limit = self.max_tokens_default if options.max_tokens is None else options.max_tokens

        def beside(part: Media) -> Json:
            return self.part_fields(part, options)

        fields = {
            "model": model,
            "max_tokens": limit,
            **conversation(prompt.messages, issuer, beside, system_turns=self.system_turns),
            "tools": [_tool(tool) for tool in prompt.tools] or None,
            "output_config": _output(prompt),
            "temperature": options.temperature,
            "top_p": options.top_p,
            "stop_sequences": list(options.stop) or None,
            "metadata": None if options.user is None else {"user_id": options.user},
            "service_tier": options.service_tier,
        }
        return {**said(fields), **self.thinking_fields(options, limit)}


def _counted(body: Json) -> dict[str, Any]:
    """The fields whose tokens are counted."""
    return {name: body[name] for name in _COUNTED if name in body}


def _tool(tool: Tool | ServerTool) -> Json:
    """A tool that is offered."""
    if isinstance(tool, ServerTool):
        return tool.raw
    return said(
        {
            "name": tool.name,
            "description": tool.description or None,
            "input_schema": tool.parameters or {"type": "object", "properties": {}},
            "strict": tool.strict,
            "cache_control": tool.cache_control,
        }
    )


def _tool_choice(prompt: Prompt) -> Json:
    """Which tool, and whether several at once; one object says both."""
    choice = _choice(prompt.tool_choice)
    if prompt.options.parallel_tool_calls is False and choice.get("type") != "none":
        choice = {"type": "auto", **choice, "disable_parallel_tool_use": True}
    return {"tool_choice": choice} if choice else {}


def _choice(choice: ToolChoice | None) -> Json:
    """Which tool, if any was said."""
    match choice:
        case None:
            return {}
        case NamedTool():
            return {"type": "tool", "name": choice.name}
        case ServerTool():
            return choice.raw
        case "required":
            return {"type": "any"}
        case _:
            return {"type": choice}


def _output(prompt: Prompt) -> Json | None:
    """The form that the answer must have: a schema, which has neither name nor strictness here."""
    match prompt.response_format:
        case None:
            return None
        case JsonSchema() as wanted:
            return {"format": {"type": "json_schema", "schema": wanted.schema}}
        case _:
            msg = "the messages wire has no JSON mode without a schema; give a JSON schema"
            raise ConfigurationError(msg)
