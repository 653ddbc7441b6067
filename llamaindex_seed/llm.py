"""`SeedLLM`: Seed 2.0 Mini, over any host, as a LlamaIndex LLM."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, replace
from inspect import signature
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.llm import ToolSelection
from pydantic import (
    ConfigDict,
    Field,
    FieldSerializationInfo,
    SecretStr,
    field_serializer,
)

from llamaindex_seed.from_events import Responses, to_completion
from llamaindex_seed.history import repaired
from llamaindex_seed.metadata import to_metadata
from llamaindex_seed.streams import AsyncMapped
from llamaindex_seed.structured import Method, StructuredOutput
from llamaindex_seed.to_prompt import to_messages, video_fps_of
from llamaindex_seed.token_counts import TokenCounts
from llamaindex_seed.tools import to_openai_tools, tool_calls_of, with_user_message
from seed_core.arguments import read_timeout
from seed_core.capabilities import Capabilities, Feature, by_prompt
from seed_core.errors import ConfigurationError
from seed_core.hosts import is_value, without_keys, written
from seed_core.openai_form import read_response_format, read_tool_choice, read_tools
from seed_core.settings import Settings
from seed_core.timeouts import Timeout
from seed_core.tokens import estimate_tokens
from seed_core.types import Prompt

if TYPE_CHECKING:
    from llama_index.core.tools import BaseTool

    from seed_core.spending import Spending

_Method = TypeVar("_Method", bound=Callable[..., Any])


def chat_events(method: _Method) -> _Method:
    """LlamaIndex's decorator for chat methods, which has no types of its own."""
    return _told(cast("_Method", llm_chat_callback()(method)))


def completion_events(method: _Method) -> _Method:
    """LlamaIndex's decorator for completion methods, likewise."""
    return _told(cast("_Method", llm_completion_callback()(method)))


def _told(method: _Method) -> _Method:
    """A method that knows its signature: LlamaIndex asks for it with every call."""
    method.__signature__ = signature(method)  # type: ignore[attr-defined]  # PEP 362 has it
    return method


def from_user(text: str) -> ChatMessage:
    """A message of the user."""
    return ChatMessage(role=MessageRole.USER, content=text)


def map_completions(
    responses: Generator[ChatResponse, None, None],
) -> Generator[CompletionResponse, None, None]:
    """A chat's stream as a completion's."""
    for response in responses:
        yield to_completion(response)


class SeedLLM(TokenCounts, StructuredOutput):
    """ByteDance's Seed 2.0 Mini as a LlamaIndex LLM.

    The settings are those of `seed_core.settings.Settings`; the docs have a table of what each
    becomes on the wire. What shapes the answer can also be given with a single call
    (`chat(..., max_tokens=9)`).
    LlamaIndex's own (`system_prompt`, `callback_manager`, `rate_limiter`, ...) work as everywhere.

    Attributes:
        context_window: input and output together, in tokens; None for what is known of the model.
        reasoning_in_metadata: also put the reasoning text into the message's
            `additional_kwargs["reasoning_content"]`. LlamaIndex prints these into the prompts of
            some chat engines; see the docs.
        repair_history: answer tool calls that have no result, and tell results that have no call.
        structured_output: how objects are asked for: "json_schema", "tool" (a forced call) or
            "prompt"; None for the first that the host has.

    Raises:
        ConfigurationError: no key is found, an option is unknown, or the two do not fit.

    Example:
        >>> from llamaindex_seed import SeedLLM
        >>> llm = SeedLLM(provider="openrouter")  # doctest: +SKIP
        >>> llm.complete("What is 6 times 7?").text  # doctest: +SKIP
        '42'
    """

    model_config = ConfigDict(populate_by_name=True)

    api_key: SecretStr | None = Field(default=None, exclude=True, repr=False)
    context_window: int | None = Field(default=None, gt=0)
    reasoning_in_metadata: bool = True
    repair_history: bool = True

    synonyms: ClassVar[Mapping[str, str]] = {
        **Settings.synonyms,
        "api_base": "base_url",
        "additional_kwargs": "model_kwargs",
    }

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex writes it down."""
        return "seed_llm"

    @property
    def metadata(self) -> LLMMetadata:
        """Context, output and abilities of the model at its host."""
        try:
            can, model = self.capabilities(), self.model_name
        except ConfigurationError:  # after unpickling where no key is set; a call says so
            can, model = Capabilities(), self.model or "unknown"
        return to_metadata(
            can, model, max_tokens=self.max_tokens, context_window=self.context_window
        )

    # --- calls ------------------------------------------------------------------------------------

    @chat_events
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Ask, and wait for the whole answer.

        Args:
            messages: the conversation; it is not changed.
            kwargs: what shapes the answer, for this call alone; and `tools`, `tool_choice`,
                `response_format` in OpenAI's form.

        Raises:
            SeedError: the call cannot be sent, or was not answered.
        """
        return self._ask(messages, kwargs)

    @chat_events
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Ask, and yield the answer as it grows. See `chat`."""
        return self._stream(messages, kwargs)

    @chat_events
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Ask, and wait for the whole answer. See `chat`."""
        return await self._aask(messages, kwargs)

    @chat_events
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        """Ask, and return a generator of the answer as it grows. See `chat`."""
        return self._astream(messages, kwargs)

    @completion_events
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Ask with one message of the user, and wait for the whole answer. See `chat`."""
        return to_completion(self._ask([from_user(prompt)], kwargs))

    @completion_events
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """Ask with one message of the user, and yield the answer as it grows. See `chat`."""
        return map_completions(self._stream([from_user(prompt)], kwargs))

    @completion_events
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        """Ask with one message of the user, and wait for the whole answer. See `chat`."""
        return to_completion(await self._aask([from_user(prompt)], kwargs))

    @completion_events
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseAsyncGen:
        """Ask with one message of the user; return a generator of the answer. See `chat`."""
        return self._astream_completion([from_user(prompt)], kwargs)

    # What the methods above do, without the events that they emit: each event happens once.

    def _ask(self, messages: Sequence[ChatMessage], call: Mapping[str, Any]) -> ChatResponse:
        prompt = self._prompt(messages, call)
        client = self.client(self.callback_manager.handlers)
        return self._responses(prompt, call).whole(client.call(prompt))

    async def _aask(self, messages: Sequence[ChatMessage], call: Mapping[str, Any]) -> ChatResponse:
        prompt = self._prompt(messages, call)
        client = self.async_client(self.callback_manager.handlers)
        return self._responses(prompt, call).whole(await client.call(prompt))

    def _stream(
        self, messages: Sequence[ChatMessage], call: Mapping[str, Any]
    ) -> Generator[ChatResponse, None, None]:
        # Who counts is settled now: LlamaIndex's chat engines read the answer in another thread.
        return self._streamed(messages, call, self._counting())

    def _streamed(
        self, messages: Sequence[ChatMessage], call: Mapping[str, Any], counting: Sequence[Spending]
    ) -> Generator[ChatResponse, None, None]:
        prompt = self._prompt(messages, call)
        responses = self._responses(prompt, call)
        for event in self.client(counting).stream(prompt):
            yield from responses.of(event)

    def _astream(
        self, messages: Sequence[ChatMessage], call: Mapping[str, Any]
    ) -> AsyncMapped[ChatResponse]:
        prompt = self._prompt(messages, call)
        events = self.async_client(self._counting()).stream(prompt)
        return AsyncMapped(events, self._responses(prompt, call).of)

    def _astream_completion(
        self, messages: Sequence[ChatMessage], call: Mapping[str, Any]
    ) -> AsyncMapped[CompletionResponse]:
        prompt = self._prompt(messages, call)
        responses = self._responses(prompt, call)
        return AsyncMapped(
            self.async_client(self._counting()).stream(prompt),
            lambda event: map(to_completion, responses.of(event)),
        )

    def _counting(self) -> tuple[Spending, ...]:
        """Those who count a stream that is made now: this model's handlers, and the context's."""
        from seed_core.spending import among, watching  # noqa: PLC0415 - the first call is soon

        return watching(among(self.callback_manager.handlers))

    def _responses(self, prompt: Prompt, call: Mapping[str, Any]) -> Responses:
        """The translation of one answer."""
        said = call.get("parallel_tool_calls")
        return Responses(
            mirror_reasoning=self.reasoning_in_metadata,
            single_call=(self.parallel_tool_calls if said is None else said) is False,
            prompt_tokens=lambda: estimate_tokens(prompt),
        )

    def _prompt(self, messages: Sequence[ChatMessage], call: Mapping[str, Any]) -> Prompt:
        """Everything that one call asks, as a value."""
        said = self.call_arguments(call)
        if said.get("video_fps") is None and (fps := video_fps_of(messages)) is not None:
            said["video_fps"] = fps
        turns = to_messages(messages)
        return self._heeded(
            Prompt(
                messages=repaired(turns) if self.repair_history else turns,
                tools=read_tools(said.get("tools") or ()),
                tool_choice=read_tool_choice(said.get("tool_choice")),
                response_format=read_response_format(said.get("response_format")),
                options=self.options(said),
                model=said.get("model"),
            )
        )

    def _heeded(self, prompt: Prompt) -> Prompt:
        """The prompt without the wish for a single call where a host cannot be told of it.

        The answer keeps its first call in any case.
        """
        wish: Feature = "parallel_tool_calls"
        if prompt.options.parallel_tool_calls is not False:
            return prompt
        for can in (host.capabilities(prompt.model) for host in self.hosts):
            if wish in can.no | can.ignored and wish not in by_prompt(prompt, can):
                return replace(prompt, options=replace(prompt.options, parallel_tool_calls=None))
        return prompt

    # --- tools ------------------------------------------------------------------------------------

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: Sequence[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        tool_choice: str | dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """The arguments of the `chat` that offers tools.

        Without `allow_parallel_tool_calls` or `parallel_tool_calls=True` the answer keeps its
        first call, whether or not the host can be told so.
        """
        call: dict[str, Any] = {"messages": with_user_message(chat_history, user_msg), **kwargs}
        if tools:
            call["tools"] = to_openai_tools(tools)
            choice = tool_choice or ("required" if tool_required else None)
            if choice is not None:
                call["tool_choice"] = choice
            if not allow_parallel_tool_calls:
                call.setdefault("parallel_tool_calls", False)
        return call

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """The tools that an answer selected. In a chunk, arguments as far as they have come.

        Raises:
            NoToolCallError: there is no call (also a ValueError).
            InvalidReplyError: the arguments of a finished call are not a JSON object.
        """
        return tool_calls_of(response, required=error_on_no_tool_call)

    def _best_method(self, call: Mapping[str, Any]) -> Method:
        model: str | None = call.get("model")
        can = self.capabilities(model)
        if can.has("json_schema"):
            return "json_schema"
        if not {"tools", "tool_choice"} & can.no:
            return "tool"
        if (call.get("tool_calling") or self.tool_calling) == "off":
            return "prompt"
        # In words, then. Of several hosts some may have tools, and heed no schema for all we know.
        each = (host.capabilities(model) for host in self.hosts)
        return "json_schema" if all(one.serves("json_schema") for one in each) else "tool"

    # --- written down -----------------------------------------------------------------------------

    @field_serializer("provider")
    def _provider_as_name(self, provider: Any) -> Any:
        """The host by its name, also one that was found by its key: elsewhere it stays the same."""
        if provider is None and self._resolved:
            return self.host.name
        return provider.name if is_value(provider) else written(provider)

    @field_serializer("base_url", "api", "model", "key_in")
    def _address_of_provider(self, value: str | None, info: FieldSerializationInfo) -> str | None:
        """The address that a `Provider` brings, so that its name alone never goes elsewhere."""
        if value is None and is_value(self.provider):
            return getattr(self.host, info.field_name) or None
        return value

    @field_serializer("timeout")
    def _timeout_as_values(self, timeout: Any) -> Any:
        """A timeout as numbers."""
        if timeout is None or isinstance(timeout, (int, float)):
            return timeout
        return asdict(cast("Timeout", read_timeout(timeout)))

    def __getstate__(self) -> dict[Any, Any]:
        """What is pickled: no key, no client, nothing that LlamaIndex would warn about."""
        bare = self.model_copy(
            update={
                "api_key": None,
                "default_headers": None,
                "http_client": None,
                "http_async_client": None,
                "on_progress": None,
            }
        )
        found = self.provider
        if found is None and self._resolved:
            found = self.host.name
        bare.__dict__["provider"] = without_keys(found)
        bare._resolved = None  # noqa: SLF001 - of the copy
        return super(SeedLLM, bare).__getstate__()
