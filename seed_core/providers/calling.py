"""One call of a provider: checked, its media uploaded, asked in fields or in words, read.

Where a host has no tools or no mode for a form of the answer, they are asked for in words (see
`by_prompt` in `seed_core.capabilities`). What must come, a forced call or an answer by a schema, is
then held until it is checked: it is never streamed, and asked for once more if it does not fit.
What writes and reads those words is imported with the first call that needs it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from seed_core.capabilities import FORMATS, Capabilities, Feature, by_prompt
from seed_core.errors import InvalidReplyError, SeedError
from seed_core.events import Event, Failed, Reply, collect
from seed_core.flow import DecoderFactory, Flow, Opened, Request, Response, Retry, exchange
from seed_core.polling import OnProgress
from seed_core.providers.explain import explain_response
from seed_core.providers.twice import added, complaining, only_text
from seed_core.providers.uploading import upload_media
from seed_core.types import (
    JsonObject,
    JsonSchema,
    Media,
    NamedTool,
    Prompt,
    Tool,
    ToolCall,
    ToolResult,
    Url,
)
from seed_core.wire.stops import cut, cutting

if TYPE_CHECKING:
    from seed_core.providers.base import Provider

_log = logging.getLogger("seed_core")


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and what is needed to get and read its answer.

    Attributes:
        provider: who is asked.
        model: the id of the model that is asked.
        request: what is sent.
        read: reads a whole answer, or raises the error that it is.
        decoder: makes readers of a stream; None where a whole answer is wanted.
        retry: when to try again.
        on_progress: is told how far a job has come.
    """

    provider: Provider
    model: str
    request: Request
    read: Callable[[Response], Opened]
    decoder: DecoderFactory | None
    retry: Retry
    on_progress: OnProgress | None = None


Ask: TypeAlias = Callable[[Call], Flow[Opened]]
"""Gets an answer: in one exchange, or in the steps that a host wants."""

Upload: TypeAlias = "Callable[[Provider, Media, Retry], Flow[Url]]"
"""Brings a local file into a host's storage."""


def ask_once(call: Call) -> Flow[Opened]:
    """The usual way: one exchange."""
    return exchange(call.request, call.read, call.retry, call.decoder)


def call(
    provider: Provider,
    prompt: Prompt,
    *,
    stream: bool,
    retry: Retry,
    failed: tuple[Failed, ...] = (),
    on_progress: OnProgress | None = None,
) -> Flow[Opened]:
    """Ask, and hand back the beginning of the answer.

    Args:
        provider: who is asked.
        prompt: what is asked.
        stream: whether the answer shall come in pieces, where the host can do that.
        retry: when to try again.
        failed: the providers that were asked before.
        on_progress: is told how far a job has come, where the host answers with a job.

    Raises:
        SeedError: the prompt cannot be sent, or the host did not answer it.
    """
    provider.check(prompt)
    prompt = yield from upload_media(provider, prompt, retry)
    can = provider.capabilities(prompt.model)
    asked = by_prompt(prompt, can)
    reading = _reading(prompt, asked, can)
    told = in_words(prompt, can, asked)
    if reading.stops:
        told = replace(told, options=replace(told.options, stop=()))

    def ask(told: Prompt, reading: _Reading, *, stream: bool) -> Flow[Opened]:
        return provider.ask(
            _call(provider, told, reading, retry, failed, on_progress, stream=stream)
        )

    if not (_forced(prompt, asked) or asked & FORMATS):
        return (yield from ask(told, reading, stream=stream))
    first = yield from ask(told, _AS_IT_IS, stream=False)
    fitting, problem = _checked(reading.whole(first.events), prompt, asked)
    if problem is None:
        return replace(first, events=fitting)
    said = collect(first.events)
    if not said.text:  # there is nothing to mend, and a second try would cost the same
        raise _unfit(provider, said, problem, said="")
    _log.info("%s: the answer does not fit, asking once more: %s", provider.name, problem)
    complaint = complaining(told, said.text, problem)
    try:
        again = yield from ask(complaint, _AS_IT_IS, stream=False)
    except SeedError as error:
        error.answered = said.finish
        raise
    events = added(again.events, said.finish)
    fitting, problem = _checked(reading.whole(events), prompt, asked)
    if problem is not None:
        raise _unfit(provider, collect(fitting), problem, said=collect(events).text)
    return replace(again, events=fitting)


def in_words(prompt: Prompt, can: Capabilities, asked: frozenset[Feature]) -> Prompt:
    """The prompt as it is written: what the host has no field for stands in its text."""
    if asked & FORMATS:
        from seed_core.wire.schema_prompt import with_format_as_text  # noqa: PLC0415 - see the top

        prompt = with_format_as_text(prompt)
    no_fields = "tools" in can.no or prompt.options.tool_calling == "prompted"
    if "tools" in asked or (no_fields and _has_calls(prompt)):
        from seed_core.wire.markup_prompt import with_tools_as_text  # noqa: PLC0415 - the same

        return with_tools_as_text(prompt)
    if prompt.options.read_markup:
        from seed_core.wire.markup_escaping import tag_free  # noqa: PLC0415 - the same

        prompt = replace(prompt, messages=tuple(tag_free(prompt.messages)))
    return prompt


def _has_calls(prompt: Prompt) -> bool:
    """Whether tools were called in the conversation so far."""
    parts = (part for message in prompt.messages for part in message.parts)
    return any(isinstance(part, (ToolCall, ToolResult)) for part in parts)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the client reads out of an answer's text, because the host does not.

    Attributes:
        tools: those whose calls are looked for in the markup.
        think: whether reasoning is.
        unopened: whether that may begin without its tag: not where the model does not think.
        hide: whether its words are left out.
        stops: texts at which the answer ends: last, so that they never cut a call in two.
    """

    tools: tuple[Tool, ...] = ()
    think: bool = False
    unopened: bool = True
    hide: bool = False
    stops: tuple[str, ...] = ()

    def whole(self, events: Sequence[Event]) -> list[Event]:
        """A whole answer."""
        read = list(events)
        if self.tools or self.think:
            from seed_core.wire.markup import read_markup  # noqa: PLC0415 - see the top

            read = read_markup(read, self.tools, **self._how())
        return cut(read, self.stops)

    def streamed(self, fresh: DecoderFactory) -> DecoderFactory:
        """A streamed one."""
        if self.tools or self.think:
            from seed_core.wire.markup import reading_markup  # noqa: PLC0415 - the same

            fresh = reading_markup(fresh, self.tools, **self._how())
        return cutting(fresh, self.stops) if self.stops else fresh

    def _how(self) -> dict[str, bool]:
        return {"think": self.think, "unopened": self.unopened, "hide": self.hide}


_AS_IT_IS = _Reading()


def _reading(prompt: Prompt, asked: frozenset[Feature], can: Capabilities) -> _Reading:
    """What is to be read out of the answer's text."""
    options = prompt.options
    think = bool(options.read_markup)
    tools: tuple[Tool, ...] = ()
    if prompt.tool_choice != "none" and (think or "tools" in asked):
        tools = tuple(tool for tool in prompt.tools if isinstance(tool, Tool))
    return _Reading(
        tools,
        think,
        unopened=options.thinking != "disabled",
        hide=bool(options.hide_reasoning),
        stops=options.stop if "stop" in can.no else (),
    )


def _call(
    provider: Provider,
    told: Prompt,
    reading: _Reading,
    retry: Retry,
    failed: tuple[Failed, ...],
    on_progress: OnProgress | None,
    *,
    stream: bool,
) -> Call:
    """One request for a prompt that says all that must be said, and the reading of its answer."""
    wire = provider.wire
    context = provider.context(told, failed)

    def read(response: Response) -> Opened:
        if not response.ok:
            raise explain_response(provider, response)
        return Opened(reading.whole(wire.decode(response, context)))

    decoder = reading.streamed(wire.decoder(context)) if stream and wire.streams else None
    request = provider.request(told, stream=stream)
    model = told.model or provider.model
    return Call(provider, model, request, read, decoder, retry, on_progress)


def _checked(
    events: list[Event], prompt: Prompt, asked: frozenset[Feature]
) -> tuple[list[Event], str | None]:
    """The answer as it was wanted, or as it came and what is wrong with it.

    An answer that was cut off is not looked at: it says so itself.
    """
    reply = collect(events)
    if reply.finish is not None and reply.finish.reason in ("length", "content_filter"):
        return events, None
    if _forced(prompt, asked):
        from seed_core.wire.markup_prompt import unmet_choice  # noqa: PLC0415 - see the top

        return events, unmet_choice(reply, prompt)
    wanted = prompt.response_format
    if wanted is not None and asked & FORMATS and not reply.tool_calls:
        return _formed(events, reply, wanted)
    return events, None


def _forced(prompt: Prompt, asked: frozenset[Feature]) -> bool:
    """Whether a call must come that is only asked for in words."""
    choice = prompt.tool_choice
    return "tools" in asked and (choice == "required" or isinstance(choice, NamedTool))


def _formed(
    events: list[Event], reply: Reply, wanted: JsonSchema | JsonObject
) -> tuple[list[Event], str | None]:
    """The answer with nothing but its JSON in the place of its text."""
    from seed_core.wire.schema_prompt import read_format  # noqa: PLC0415 - see the top

    text, problems = read_format(reply.text, wanted)
    if problems:
        return events, "; ".join(problems)
    return only_text(events, text or ""), None


def _unfit(provider: Provider, reply: Reply, problem: str, *, said: str) -> InvalidReplyError:
    """The error of an answer that does not fit. It has been paid for: `.partial` has it."""
    shown = repr(said[:500]) if said else "nothing"
    msg = (
        f"{provider.name} has no mode for what was asked, and what the model answered to the words "
        f"does not fit: {problem}; it said {shown}"
    )
    error = InvalidReplyError(provider.scrub(msg), provider=provider.name)
    error.partial = reply
    return error
