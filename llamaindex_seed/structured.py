"""Answers as objects of a class: how they are asked for, and how they are read.

LlamaIndex knows one way for models with tools (a forced call) and one for all others (the schema in
the prompt). Hosts that take a JSON schema are asked with it, which leaves thinking as it was set.
Reasoning is never read as the answer. An answer that is refused, cut off or empty is an error that
says which of these it is.
"""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from typing import Any, Generic, Literal, TypeAlias, cast

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    MessageRole,
    TextBlock,
    ToolCallBlock,
)
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from llama_index.core.prompts import BasePromptTemplate
from llama_index.core.types import Model, PydanticProgramMode
from llama_index_instrumentation import get_dispatcher
from pydantic import ValidationError
from pydantic_core import from_json

from llamaindex_seed.names import FINISH_REASON, REFUSAL
from seed_core.errors import InvalidReplyError

Method: TypeAlias = Literal["json_schema", "tool", "prompt"]

_dispatcher = get_dispatcher(__name__)
_MODES: dict[PydanticProgramMode, Method] = {
    PydanticProgramMode.FUNCTION: "tool",
    PydanticProgramMode.LLM: "prompt",
}
_PROGRAMS_OWN = ("tools", "tool_choice", "tool_required", "allow_parallel_tool_calls")
"""Arguments of LlamaIndex's programs, which the form of the question decides."""
_START = re.compile(r"^\s*(?=[{\[])|```\w*\s*(?=[{\[])")
"""Where JSON begins: the text itself, or the first fenced block with some."""


class StructuredOutput(FunctionCallingLLM):
    """LlamaIndex's four hooks for structured output, over the four chat methods.

    Attributes:
        structured_output: "json_schema", "tool" or "prompt"; None for the first that the host has.
    """

    structured_output: Method | None = None

    @abstractmethod
    def _best_method(self, call: Mapping[str, Any]) -> Method:
        """The first of the methods that the host has, given the arguments of the call."""

    def structured_predict(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """An object of a class, filled by the model.

        Args:
            output_cls: a pydantic class.
            prompt: the question; `system_prompt` is put before it.
            llm_kwargs: arguments of the `chat` beneath.
            prompt_args: what fills the prompt's variables.

        Raises:
            InvalidReplyError: the answer does not fit, was refused, cut off or is empty.
            SeedError: the call cannot be sent, or was not answered.

        Example:
            >>> prompt = PromptTemplate("Describe {film}.")  # doctest: +SKIP
            >>> llm.structured_predict(Movie, prompt, film="Alien")  # doctest: +SKIP
            Movie(title='Alien', year=1979)
        """
        form = self._form(output_cls, llm_kwargs)
        if form is None:
            return cast(
                "Model",
                super().structured_predict(
                    output_cls, cast("Any", prompt), llm_kwargs, **prompt_args
                ),
            )
        _say_start(output_cls, prompt, prompt_args)
        messages, call = form.question(self._filled(prompt, prompt_args), llm_kwargs)
        result = form.read(self.chat(messages, **call))
        _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
        return result

    async def astructured_predict(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """An object of a class, filled by the model. See `structured_predict`."""
        form = self._form(output_cls, llm_kwargs)
        if form is None:
            return cast(
                "Model",
                await super().astructured_predict(
                    output_cls, cast("Any", prompt), llm_kwargs, **prompt_args
                ),
            )
        _say_start(output_cls, prompt, prompt_args)
        messages, call = form.question(self._filled(prompt, prompt_args), llm_kwargs)
        result = form.read(await self.achat(messages, **call))
        _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
        return result

    def _structured_stream_call(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Model | list[Model] | FlexibleModel | list[FlexibleModel], None, None]:
        form = self._form(output_cls, llm_kwargs)
        if form is None:
            yield from super()._structured_stream_call(
                output_cls, cast("Any", prompt), llm_kwargs, **prompt_args
            )
            return
        messages, call = form.question(self._filled(prompt, prompt_args), llm_kwargs)
        last: ChatResponse | None = None
        for response in self.stream_chat(messages, **call):
            last = response
            partial = form.partial(response)
            if partial is not None:
                yield partial
        yield form.read(last)

    async def _structured_astream_call(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[Model | list[Model] | FlexibleModel | list[FlexibleModel], None]:
        form = self._form(output_cls, llm_kwargs)
        if form is None:
            return await super()._structured_astream_call(
                output_cls, cast("Any", prompt), llm_kwargs, **prompt_args
            )
        messages, call = form.question(self._filled(prompt, prompt_args), llm_kwargs)
        responses = await self.astream_chat(messages, **call)

        async def objects() -> AsyncGenerator[Any, None]:
            last: ChatResponse | None = None
            async for response in responses:
                last = response
                partial = form.partial(response)
                if partial is not None:
                    yield partial
            yield form.read(last)

        return objects()

    def _form(self, output_cls: type[Model], call: Mapping[str, Any] | None) -> Form[Model] | None:
        """How to ask, or None for a mode that another package implements."""
        mode = self.pydantic_program_mode
        if mode in _MODES:
            return Form(output_cls, _MODES[mode])
        if mode is not PydanticProgramMode.DEFAULT:
            return None
        return Form(output_cls, self.structured_output or self._best_method(call or {}))

    def _filled(
        self, prompt: BasePromptTemplate, prompt_args: Mapping[str, Any]
    ) -> list[ChatMessage]:
        """The prompt's messages under the system prompt."""
        return self._extend_messages(prompt.format_messages(llm=self, **prompt_args))


def _say_start(output_cls: type[Any], prompt: Any, prompt_args: dict[str, Any]) -> None:
    """LlamaIndex's event at the beginning."""
    _dispatcher.event(
        LLMStructuredPredictStartEvent(
            output_cls=output_cls, template=prompt, template_args=prompt_args
        )
    )


class Form(Generic[Model]):
    """One question for one object.

    Args:
        output_cls: the class of the object.
        method: how it is asked for.
    """

    def __init__(self, output_cls: type[Model], method: Method) -> None:
        """Nothing is asked yet."""
        self._output_cls = output_cls
        self._method = method
        self._schema = output_cls.model_json_schema()
        # OpenAI's rule for names, which hosts repeat; generic classes have brackets in theirs.
        self._name = re.sub(r"[^a-zA-Z0-9_-]", "_", output_cls.__name__)[:64]
        self._partial_cls: type[FlexibleModel] | None = None
        self._seen: object = None

    def question(
        self, messages: Sequence[ChatMessage], llm_kwargs: Mapping[str, Any] | None
    ) -> tuple[list[ChatMessage], dict[str, Any]]:
        """The messages, and the other arguments of the `chat` that asks."""
        call = {n: v for n, v in (llm_kwargs or {}).items() if n not in _PROGRAMS_OWN}
        asked = list(messages)
        match self._method:
            case "json_schema":
                wanted = {"name": self._name, "schema": self._schema}
                call["response_format"] = {"type": "json_schema", "json_schema": wanted}
            case "tool":
                function = {
                    "name": self._name,
                    "description": self._schema.get("description", ""),
                    "parameters": self._schema,
                }
                call["tools"] = [{"type": "function", "function": function}]
                call["tool_choice"] = {"type": "function", "function": {"name": self._name}}
                call["parallel_tool_calls"] = False
            case "prompt":
                asked = _with_schema(asked, self._schema)
        return asked, call

    def partial(self, response: ChatResponse) -> Model | FlexibleModel | None:
        """The object so far, or None if the chunk added nothing to it."""
        try:
            value = from_json(_json_of(response), allow_partial="trailing-strings")
        except ValueError:
            return None
        if value == self._seen or not isinstance(value, dict):
            return None
        self._seen = value
        try:
            return self._output_cls.model_validate(value)
        except ValidationError:
            self._partial_cls = self._partial_cls or create_flexible_model(self._output_cls)
            return self._partial_cls.model_validate(value)

    def read(self, response: ChatResponse | None) -> Model:
        """The finished object.

        Raises:
            InvalidReplyError: the answer does not fit, was refused, cut off or is empty.
        """
        if response is None:
            raise InvalidReplyError("the host answered with an empty stream")
        provider = response.additional_kwargs.get("provider")
        refusal = response.message.additional_kwargs.get(REFUSAL)
        if refusal:
            raise InvalidReplyError(f"the model refused: {refusal}", provider=provider)
        reason = response.additional_kwargs.get(FINISH_REASON)
        if reason == "length":
            raise InvalidReplyError(_cut_off(response), provider=provider)
        text = _json_of(response)
        if not text.strip():
            raise InvalidReplyError(
                f"the answer is empty (finish_reason: {reason})", provider=provider
            )
        try:
            return self._output_cls.model_validate_json(text)
        except ValidationError as error:
            name = self._output_cls.__name__
            raise InvalidReplyError(
                f"the answer does not fit {name}: {error}; it is {text[:200]!r}", provider=provider
            ) from error


def _cut_off(response: ChatResponse) -> str:
    """The sentence for an answer that the limit on tokens cut off."""
    spent = response.additional_kwargs.get("reasoning_tokens")
    said = "" if spent is None else f" ({spent} of them on reasoning)"
    return (
        "the answer is not complete: finish_reason is 'length', the limit on tokens was "
        f"reached{said}; raise max_tokens or lower reasoning_effort"
    )


def _json_of(response: ChatResponse) -> str:
    """The JSON of an answer: the arguments of its call, else what stands in its words."""
    for block in response.message.blocks:
        if isinstance(block, ToolCallBlock):
            said = block.tool_kwargs
            return said if isinstance(said, str) else json.dumps(said)
    return _json_in(response.message.content or "")


def _json_in(text: str) -> str:
    """The JSON in a text, without the prose around it. JSON that breaks off is left as it is."""
    start = _START.search(text) or re.search(r"(?=[{\[])", text)
    if start is None:
        return text
    rest = text[start.end() :]
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(rest)
    except ValueError:
        return rest
    return rest[:end]


def _with_schema(messages: list[ChatMessage], schema: Mapping[str, Any]) -> list[ChatMessage]:
    """The messages with the schema at their end; the last one is copied, not changed."""
    told = TextBlock(
        text="Answer with one JSON object that fits this schema, and with nothing else:\n"
        + json.dumps(schema, ensure_ascii=False)
    )
    if not messages or messages[-1].role != MessageRole.USER:
        return [*messages, ChatMessage(role=MessageRole.USER, blocks=[told])]
    last = messages[-1]
    return [*messages[:-1], last.model_copy(update={"blocks": [*last.blocks, told]})]
