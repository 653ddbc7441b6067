"""Events and replies as LangChain's chunks and messages.

A chunk keeps its text in `content`, its reasoning in `additional_kwargs["reasoning_content"]`, and
its calls in `tool_call_chunks`. What LangChain would add up or join wrongly while chunks merge
(model name, finish reason, cost, replay state) stands once, in the last chunk.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, InvalidToolCall
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import ToolCall as LangChainToolCall
from langchain_core.messages.tool import (
    ToolCallChunk,
    invalid_tool_call,
    tool_call,
    tool_call_chunk,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from typing_extensions import assert_never

from langchain_seed.errors import as_model_error
from langchain_seed.names import CITATIONS, MODEL_PROVIDER, REASONING, REFUSAL, STATE
from seed_core.copying import copied
from seed_core.errors import SeedError
from seed_core.events import (
    Citation,
    Event,
    FileAnnotation,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    Reply,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from seed_core.types import ReplayState, ToolCall


class Chunks:
    """Turns the events of one stream into chunks.

    Args:
        usage: put token counts on the last chunk.
        headers: put the response's headers into its metadata.
    """

    def __init__(self, *, usage: bool = True, headers: bool = False) -> None:
        """Nothing has come yet."""
        self._usage = usage
        self._headers = headers
        self._state: ReplayState | None = None
        self._citations: list[Citation] = []
        self._annotations: list[FileAnnotation] = []
        self._refusal: list[str] = []
        self._arguments: dict[int, list[str]] = {}

    def of(self, event: Event) -> Sequence[ChatGenerationChunk]:
        """The chunks of one event: none for what waits for the last, one for most."""
        match event:
            case TextDelta():
                return (_spoken(event.text),)
            case ReasoningDelta():
                # Hidden reasoning has no text.
                return (_spoken("", {REASONING: event.text}),) if event.text else ()
            case ToolCallDelta():
                self._arguments.setdefault(event.index, []).append(event.arguments)
                return (_called(_fragment(event)),)
            case RefusalDelta():
                self._refusal.append(event.text)
            case Citation():
                self._citations.append(event)
            case FileAnnotation():
                self._annotations.append(event)
            case ReplayState():
                self._state = event
            case Finish():
                return tuple(self._last(event))
            case _:
                assert_never(event)
        return ()

    def _last(self, finish: Finish) -> Iterator[ChatGenerationChunk]:
        """What is known only at the end."""
        for index, pieces in self._arguments.items():
            spoiling = spoil("".join(pieces))
            if spoiling:
                yield _called(tool_call_chunk(args=spoiling, index=index))
        kwargs = _kwargs(self._state, self._citations, self._annotations)
        if self._refusal:
            # In one piece: events of version 3 keep only the last of several.
            kwargs[REFUSAL] = "".join(self._refusal)
        message = AIMessageChunk(
            content="",
            additional_kwargs=kwargs,
            response_metadata=_metadata(finish, headers=self._headers),
            usage_metadata=_usage(finish.usage) if self._usage else None,
            chunk_position="last",
        )
        yield ChatGenerationChunk(message=message)


class AsyncChunks(AsyncIterator[ChatGenerationChunk]):
    """The chunks of one stream, for event loops.

    It is not a generator on purpose: a loop that ends closes all generators at the same time, and
    one that would close another inside it comes too early or too late, which asyncio logs as an
    error.

    Args:
        events: the events, which stop when nobody holds them any more.
        chunks: their translation.
    """

    def __init__(self, events: AsyncGenerator[Event, None], chunks: Chunks) -> None:
        """Nothing is asked yet."""
        self._events = events
        self._chunks = chunks
        self._ready: deque[ChatGenerationChunk] = deque()

    async def __anext__(self) -> ChatGenerationChunk:
        """The next chunk."""
        while not self._ready:
            try:
                self._ready += self._chunks.of(await anext(self._events))
            except SeedError as error:
                raise as_model_error(error) from error.__cause__
        return self._ready.popleft()

    async def aclose(self) -> None:
        """Stop the stream."""
        await self._events.aclose()


def to_result(reply: Reply, *, headers: bool = False) -> ChatResult:
    """A whole reply as LangChain's result."""
    kwargs = _kwargs(reply.state, list(reply.citations), list(reply.annotations))
    if reply.reasoning:
        kwargs[REASONING] = reply.reasoning
    if reply.refusal:
        kwargs[REFUSAL] = reply.refusal
    finish = reply.finish or Finish("unknown")
    calls, invalid = _calls(reply.tool_calls)
    message = copied(
        _ANSWER,
        content=reply.text,
        additional_kwargs=kwargs,
        response_metadata=_metadata(finish, headers=headers),
        usage_metadata=_usage(finish.usage),
        tool_calls=calls,
        invalid_tool_calls=invalid,
    )
    return ChatResult(generations=[copied(_WHOLE, text=reply.text, message=message)])


def spoil(arguments: str) -> str:
    """What to append to broken JSON so that nobody takes it for whole; "" if it is not broken.

    LangChain completes the arguments of a streamed call that were cut off: `{"path": "/tmp/a` is
    handed to the tool as `/tmp/a`. A bracket that closes nothing makes it an invalid call, as it
    is without streaming.

    Example:
        >>> spoil('{"path": "/tmp/a')
        '"]'
    """
    try:
        whole = isinstance(json.loads(arguments or "{}", strict=False), dict)
    except (RecursionError, ValueError):
        whole = False
    if whole:
        return ""
    inside, escaped, last = False, False, ""
    for letter in arguments:
        if inside:
            inside = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            inside = True
        elif letter in "{[":
            last = letter
    closing = "}" if last == "[" else "]"
    return ("\\" if escaped and inside else "") + ('"' if inside else "") + closing


def _called(call: ToolCallChunk) -> ChatGenerationChunk:
    """A chunk with a piece of a call. LangChain makes a call of it as far as it can be read."""
    message = AIMessageChunk(
        content="", response_metadata={"model_provider": MODEL_PROVIDER}, tool_call_chunks=[call]
    )
    return ChatGenerationChunk(message=message)


_MESSAGE = AIMessageChunk(content="", additional_kwargs={}, response_metadata={})
_GENERATION = ChatGenerationChunk(message=_MESSAGE)
_ANSWER = AIMessage(
    content="",
    additional_kwargs={},
    response_metadata={},
    usage_metadata=None,
    tool_calls=[],
    invalid_tool_calls=[],
)
_WHOLE = ChatGeneration(message=_ANSWER)
"""What LangChain has checked: ours are copies with other words. See `seed_core.copying`."""


def _spoken(text: str, kwargs: dict[str, Any] | None = None) -> ChatGenerationChunk:
    """A chunk of text or reasoning. Each names the provider, to find its block translator."""
    message = copied(
        _MESSAGE,
        content=text,
        additional_kwargs=kwargs or {},
        response_metadata={"model_provider": MODEL_PROVIDER},
        tool_calls=[],
        invalid_tool_calls=[],
        tool_call_chunks=[],
    )
    return copied(_GENERATION, text=text, message=message)


def _fragment(event: ToolCallDelta) -> ToolCallChunk:
    """A piece of a call under the number by which LangChain merges it."""
    return tool_call_chunk(name=event.name, args=event.arguments, id=event.id, index=event.index)


def _calls(calls: tuple[ToolCall, ...]) -> tuple[list[LangChainToolCall], list[InvalidToolCall]]:
    """The calls whose arguments are a JSON object, and the others."""
    good: list[LangChainToolCall] = []
    bad: list[InvalidToolCall] = []
    for call in calls:
        try:
            arguments = json.loads(call.arguments or "{}", strict=False)
        except (RecursionError, ValueError) as error:
            bad.append(_invalid(call, f"the arguments are not JSON: {error}"))
            continue
        if isinstance(arguments, dict):
            good.append(tool_call(name=call.name, args=arguments, id=call.id))
        else:
            bad.append(_invalid(call, "the arguments are not a JSON object"))
    return good, bad


def _invalid(call: ToolCall, why: str) -> InvalidToolCall:
    """A call that cannot be made."""
    return invalid_tool_call(name=call.name, args=call.arguments, id=call.id, error=why)


def _kwargs(
    state: ReplayState | None, citations: list[Citation], annotations: list[FileAnnotation]
) -> dict[str, Any]:
    """What must go back to the issuer, and the sources of the answer."""
    kwargs: dict[str, Any] = {}
    notes = [dict(note.raw) for note in annotations]
    if state is not None:
        details = None if state.details is None else [dict(entry) for entry in state.details]
        kwargs[STATE] = {"issuer": state.issuer, "reasoning_details": details}
        if notes:
            kwargs[STATE]["annotations"] = notes
    elif notes:
        kwargs[STATE] = {"issuer": annotations[0].issuer, "annotations": notes}
    if citations:
        kwargs[CITATIONS] = [_citation(citation) for citation in citations]
    return kwargs


def _citation(citation: Citation) -> dict[str, Any]:
    """A source in LangChain's standard form."""
    fields = {
        "url": citation.url,
        "title": citation.title,
        "cited_text": citation.text,
        "start_index": citation.start,
        "end_index": citation.end,
    }
    return {"type": "citation", **{name: v for name, v in fields.items() if v is not None}}


def _metadata(finish: Finish, *, headers: bool) -> dict[str, Any]:
    """`response_metadata`. The cost is here because `usage_metadata` cannot hold a float."""
    fields: dict[str, Any] = {
        "model_provider": MODEL_PROVIDER,
        "model_name": finish.model,
        "provider": finish.provider,
        "upstream_provider": finish.upstream_provider,
        "finish_reason": finish.reason,
        "native_finish_reason": finish.native_reason,
        "id": finish.response_id,
        "request_id": finish.request_id,
        "service_tier": finish.raw.get("service_tier"),
        "system_fingerprint": finish.raw.get("system_fingerprint"),
        "logprobs": finish.raw.get("logprobs"),
        "failed_providers": [asdict(failed) for failed in finish.failed] or None,
    }
    if finish.cost is not None:
        fields["cost"] = finish.cost.usd
        fields["cost_source"] = finish.cost.source
        fields["cost_details"] = dict(finish.cost.details) or None
    if finish.usage is not None:
        fields["tool_usage"] = dict(finish.usage.tool_usage) or None
    if headers:
        fields["headers"] = dict(finish.headers)
    return {name: value for name, value in fields.items() if value is not None}


def _usage(usage: Usage | None) -> UsageMetadata | None:
    """Token counts, whole numbers only. What the host did not tell is left out of the details."""
    if usage is None or (usage.input_tokens is None and usage.output_tokens is None):
        return None
    given, made = usage.input_tokens or 0, usage.output_tokens or 0
    metadata = UsageMetadata(input_tokens=given, output_tokens=made, total_tokens=given + made)
    inputs = InputTokenDetails()
    if usage.cache_read_tokens is not None:
        inputs["cache_read"] = usage.cache_read_tokens
    if usage.cache_write_tokens is not None:
        inputs["cache_creation"] = usage.cache_write_tokens
    if inputs:
        metadata["input_token_details"] = inputs
    if usage.reasoning_tokens is not None:
        metadata["output_token_details"] = OutputTokenDetails(reasoning=usage.reasoning_tokens)
    return metadata
