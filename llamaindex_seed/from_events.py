"""Events and replies as LlamaIndex's responses.

A message's blocks are `[ThinkingBlock?, TextBlock?, ToolCallBlock*, CitationBlock*]`, in this order
and cumulative: every chunk holds all that has come so far, in a list of its own. There is one text
block at most, because LlamaIndex joins several with newlines. What an issuer must get back stands
in the thinking block of the last chunk.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CitationBlock,
    CompletionResponse,
    ContentBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from typing_extensions import assert_never

from llamaindex_seed.names import (
    ANNOTATIONS,
    CITATIONS,
    DETAILS,
    FINISH_REASON,
    ISSUER,
    REASONING,
    REFUSAL,
    THINKING_DELTA,
    TOOL_CALLS,
)
from seed_core.copying import copied
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
from seed_core.tokens import estimate_text
from seed_core.types import ReplayState

_log = logging.getLogger("llamaindex_seed")

_THOUGHT = ThinkingBlock(content="")
_SAID = TextBlock(text="")
_MESSAGE = ChatMessage(role=MessageRole.ASSISTANT, blocks=[], additional_kwargs={})
_CHUNK = ChatResponse(message=_MESSAGE, delta="", additional_kwargs={})
_LAST = ChatResponse(message=_MESSAGE, delta="", raw={}, additional_kwargs={})
_THOUGHT_IN_ALL = ThinkingBlock(content=None, num_tokens=None, additional_information={})
"""What LlamaIndex has checked: ours are copies with other words. See `seed_core.copying`."""


class Responses:
    """Turns the events of one answer into responses, each holding all that came before it.

    Args:
        mirror_reasoning: also put the reasoning text into the message's `additional_kwargs`.
        single_call: keep the first tool call only.
        prompt_tokens: an estimate of the input's tokens, asked when the host does not tell.
    """

    def __init__(
        self, *, mirror_reasoning: bool, single_call: bool, prompt_tokens: Callable[[], int]
    ) -> None:
        """Nothing has come yet."""
        self._mirror_reasoning = mirror_reasoning
        self._single_call = single_call
        self._prompt_tokens = prompt_tokens
        self._reasoning = ""
        self._text = ""
        self._words = ""
        self._refusal = ""
        self._held_back = ""
        self._dropped: set[int] = set()
        self._thinking_block: ThinkingBlock | None = None
        self._text_block: TextBlock | None = None
        self._calls: dict[int, _Call] = {}
        self._state: ReplayState | None = None
        self._citations: list[Citation] = []
        self._annotations: list[FileAnnotation] = []

    def of(self, event: Event) -> Sequence[ChatResponse]:
        """The response of one event; none for what waits for the last."""
        match event:
            case TextDelta():
                self._words += event.text
                return (self._spoken(event.text),)
            case ReasoningDelta():
                if not event.text:
                    return ()  # hidden reasoning
                self._reasoning += event.text
                self._thinking_block = copied(
                    _THOUGHT, content=self._reasoning, additional_information={}
                )
                return (self._chunk("", {THINKING_DELTA: event.text}),)
            case ToolCallDelta():
                if event.index and self._single_call:
                    self._dropped.add(event.index)
                else:
                    self._calls.setdefault(event.index, _Call()).take(event)
                    return (self._chunk(""),)
            case RefusalDelta():
                return (self._declined(event.text),)
            case Citation():
                self._citations.append(event)
            case FileAnnotation():
                self._annotations.append(event)
            case ReplayState():
                self._state = event
            case Finish():
                return (self._last(event),)
            case _:
                assert_never(event)
        return ()

    def whole(self, reply: Reply) -> ChatResponse:
        """The response of a whole reply."""
        self._reasoning, self._text, self._refusal = reply.reasoning, reply.text, reply.refusal
        if not self._text.startswith(self._refusal):
            self._text += self._refusal
        if self._text:
            self._text_block = copied(_SAID, text=self._text)
        for index, call in enumerate(reply.tool_calls):
            if index and self._single_call:
                self._dropped.add(index)
            else:
                self._calls[index] = _Call(call.id, call.name, [call.arguments])
        self._state = reply.state
        self._citations = list(reply.citations)
        self._annotations = list(reply.annotations)
        response = self._last(reply.finish or Finish("unknown"))
        response.delta = None
        return response

    def _spoken(self, text: str) -> ChatResponse:
        """A chunk that adds words."""
        self._text += text
        self._text_block = copied(_SAID, text=self._text)
        return self._chunk(text)

    def _declined(self, text: str) -> ChatResponse:
        """A chunk that adds to the refusal. What repeats the words is not said twice."""
        self._refusal += text
        self._held_back += text
        if self._words.startswith(self._refusal):
            return self._chunk("")
        text, self._held_back = self._held_back, ""
        return self._spoken(text)

    def _chunk(self, delta: str, kwargs: dict[str, Any] | None = None) -> ChatResponse:
        """All that came so far."""
        return copied(
            _CHUNK,
            message=self._message([call.block() for call in self._calls.values()]),
            delta=delta,
            additional_kwargs=kwargs or {},
        )

    def _message(self, after_text: list[Any]) -> ChatMessage:
        """The message so far."""
        blocks: list[ContentBlock] = [
            block for block in (self._thinking_block, self._text_block) if block is not None
        ]
        kwargs: dict[str, Any] = {}
        if self._reasoning and self._mirror_reasoning:
            kwargs[REASONING] = self._reasoning
        if self._refusal:
            kwargs[REFUSAL] = self._refusal
        if self._calls:
            kwargs[TOOL_CALLS] = [call.mirror() for call in self._calls.values()]
        return copied(_MESSAGE, blocks=[*blocks, *after_text], additional_kwargs=kwargs)

    def _last(self, finish: Finish) -> ChatResponse:
        """Everything, with what is known only at the end."""
        if self._reasoning and not (self._text or self._calls) and finish.reason != "length":
            _log.warning(
                "%s: the answer is empty, the model only reasoned (finish_reason: %s)",
                finish.provider,
                finish.reason,
            )
        if self._dropped:
            _log.warning(
                "%s: kept the first tool call of the answer and dropped %d more, since "
                "parallel tool calls are not allowed",
                finish.provider,
                len(self._dropped),
            )
        told = _told_usage(finish)
        self._thinking_block = self._final_thinking(finish.usage)
        after_text: list[Any] = [call.final_block() for call in self._calls.values()]
        after_text += [_citation(citation, self._text) for citation in self._citations]
        return copied(
            _LAST,
            message=self._message(after_text),
            delta="",
            raw={**finish.raw, "usage": self._usage(finish, told)},
            additional_kwargs=_counters(finish, told),
        )

    def _final_thinking(self, usage: Usage | None) -> ThinkingBlock | None:
        """The reasoning with its count and what its issuer must get back."""
        info: dict[str, Any] = {}
        if self._state is not None:
            info[ISSUER] = self._state.issuer
            if self._state.details is not None:
                info[DETAILS] = [dict(entry) for entry in self._state.details]
        if self._annotations:
            info.setdefault(ISSUER, self._annotations[0].issuer)
            info[ANNOTATIONS] = [dict(note.raw) for note in self._annotations]
        if not (self._reasoning or info):
            return None
        return copied(
            _THOUGHT_IN_ALL,
            content=self._reasoning or None,
            num_tokens=None if usage is None else usage.reasoning_tokens,
            additional_information=info,
        )

    def _usage(self, finish: Finish, told: dict[str, Any]) -> dict[str, Any]:
        """The host's usage, `told`, under the names that LlamaIndex counts by.

        Without numbers LlamaIndex would count for itself and download every picture and video for
        that, so what the host does not tell is estimated, and says so.
        """
        said = dict(told)
        usage = finish.usage or Usage()
        given, made = usage.input_tokens, usage.output_tokens
        if given is None or made is None:
            said["estimated"] = True
        said["prompt_tokens"] = self._prompt_tokens() if given is None else given
        said["completion_tokens"] = self._completion_tokens() if made is None else made
        if said.get("total_tokens") is None:
            said["total_tokens"] = said["prompt_tokens"] + said["completion_tokens"]
        return said

    def _completion_tokens(self) -> int:
        """Tokens of the answer, estimated."""
        calls = "".join(call.name + call.arguments for call in self._calls.values())
        return estimate_text(self._reasoning + self._text + calls)


class _Call:
    """A tool call while its pieces come in. They are joined when somebody is shown them."""

    __slots__ = ("_pieces", "id", "name")

    def __init__(self, ident: str = "", name: str = "", pieces: list[str] | None = None) -> None:
        self.id = ident
        self.name = name
        self._pieces = pieces or []

    def take(self, event: ToolCallDelta) -> None:
        """Read the next piece."""
        self.id = self.id or event.id or ""
        self.name = self.name or event.name or ""
        self._pieces.append(event.arguments)

    @property
    def arguments(self) -> str:
        """The JSON text so far."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def block(self) -> ToolCallBlock:
        """The call so far: its arguments are text until they are complete."""
        return ToolCallBlock(tool_call_id=self.id, tool_name=self.name, tool_kwargs=self.arguments)

    def final_block(self) -> ToolCallBlock:
        """The call with its arguments as an object; as the text that came, if that is none."""
        block = self.block()
        try:
            arguments = json.loads(self.arguments or "{}", strict=False)
        except (RecursionError, ValueError):
            return block
        if isinstance(arguments, dict):
            block.tool_kwargs = arguments
        return block

    def mirror(self) -> dict[str, Any]:
        """The call in OpenAI's form, as plain values."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


def to_completion(response: ChatResponse) -> CompletionResponse:
    """A chat's response as a completion's, its delta, its reasoning and its sources kept."""
    message = response.message
    told: dict[str, Any] = {}
    for block in message.blocks:
        if isinstance(block, ThinkingBlock) and block.content:
            told[REASONING] = block.content
        elif isinstance(block, CitationBlock):
            told.setdefault(CITATIONS, []).append(block.model_dump())
    return CompletionResponse(
        text=message.content or "",
        additional_kwargs={**told, **message.additional_kwargs, **response.additional_kwargs},
        raw=response.raw,
        delta=response.delta,
    )


def _citation(citation: Citation, text: str) -> CitationBlock:
    """A source of the answer. Places count characters of the answer."""
    places = {"start_index": citation.start, "end_index": citation.end}
    quoted = citation.text or text[citation.start or 0 : citation.end]
    return CitationBlock(
        cited_content=TextBlock(text=quoted),
        source=citation.url,
        title=citation.title or citation.url,
        additional_location_info={name: n for name, n in places.items() if n is not None},
    )


def _told_usage(finish: Finish) -> dict[str, Any]:
    """The host's usage as it came, if it is an object; a total that is no number is left out."""
    told = finish.raw.get("usage")
    said = dict(told) if isinstance(told, dict) else {}
    if not isinstance(said.get("total_tokens"), int):
        said.pop("total_tokens", None)
    return said


def _counters(finish: Finish, told: dict[str, Any]) -> dict[str, Any]:
    """What the host told of the call: tokens, cost in USD, who answered and why it ended."""
    usage = finish.usage or Usage()
    given, made = usage.input_tokens, usage.output_tokens
    total = told.get("total_tokens")
    if total is None and given is not None and made is not None:
        total = given + made
    fields: dict[str, Any] = {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": total,
        "reasoning_tokens": usage.reasoning_tokens,
        "cached_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "tool_usage": dict(usage.tool_usage) or None,
        "cost": None if finish.cost is None else finish.cost.usd,
        "cost_source": None if finish.cost is None else finish.cost.source,
        "provider": finish.provider,
        "upstream_provider": finish.upstream_provider,
        "model": finish.model,
        FINISH_REASON: finish.reason,
        "response_id": finish.response_id,
        "request_id": finish.request_id,
        "failed_providers": [asdict(failed) for failed in finish.failed] or None,
    }
    return {name: value for name, value in fields.items() if value is not None}
