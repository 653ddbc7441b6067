"""`ChatSeed`: Seed 2.0 Mini, over any host, as a LangChain chat model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from inspect import signature
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    BaseRunManager,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import LangSmithParams, LanguageModelInput, ModelProfile
from langchain_core.load.serializable import SerializedConstructor, SerializedNotImplemented
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import ConfigDict, field_serializer, model_validator
from typing_extensions import Self

from langchain_seed import translator
from langchain_seed.dumping import to_json
from langchain_seed.errors import model_errors
from langchain_seed.from_events import AsyncChunks, Chunks, to_result
from langchain_seed.names import MODEL_PROVIDER
from langchain_seed.profile import KnownProfile, to_profile
from langchain_seed.structured import Method, structured
from langchain_seed.to_prompt import as_openai_tool, to_messages, to_tool_choice
from langchain_seed.token_counts import TokenCounts
from seed_core.arguments import read_timeout
from seed_core.capabilities import Capabilities
from seed_core.errors import ConfigurationError
from seed_core.hosts import HostSettings, is_value
from seed_core.hosts import written as written_providers
from seed_core.openai_form import read_response_format, read_tools
from seed_core.pricing import read_prices
from seed_core.types import Prompt
from seed_core.version import __version__

if TYPE_CHECKING:
    from seed_core.spending import Spending

translator.register()

_LANGCHAINS_OWN = (
    "ls_structured_output_format",
    "stream",
    "strict",
    "structured_output_format",
)
"""Arguments that LangChain adds for itself and that no host shall see."""


class ChatSeed(TokenCounts):
    """ByteDance's Seed 2.0 Mini as a LangChain chat model.

    The settings are those of `seed_core.settings.Settings`; the docs have a table of what each
    becomes on the wire. What shapes the answer can also be given with a single call
    (`invoke(..., max_tokens=9)`) or bound with `bind(...)`.

    Attributes:
        streaming: make `invoke` stream under the hood.
        stream_usage: put token counts on a stream's last chunk.
        include_response_headers: put the response's headers into `response_metadata`.

    Raises:
        ConfigurationError: no key is found, an option is unknown, or the two do not fit.

    Example:
        >>> from langchain_seed import ChatSeed
        >>> llm = ChatSeed(provider="openrouter")  # doctest: +SKIP
        >>> llm.invoke("What is 6 times 7?").content  # doctest: +SKIP
        '42'
    """

    model_config = ConfigDict(populate_by_name=True, protected_namespaces=())

    streaming: bool = False
    stream_usage: bool = True
    include_response_headers: bool = False

    @model_validator(mode="after")
    def _set_seed_version(self) -> Self:
        """Name this package in traces."""
        self._add_version("seed-integrations", __version__)
        return self

    @model_validator(mode="before")
    @classmethod
    def _without_known_profile(cls, data: Any) -> Any:
        """LangChain's `configurable_fields` passes a profile on to models that it is not about."""
        if isinstance(data, dict) and isinstance(data.get("profile"), KnownProfile):
            return {name: value for name, value in data.items() if name != "profile"}
        return data

    def __setattr__(self, name: str, value: Any) -> None:
        """Another host or model has another profile; one that the user gave stays."""
        super().__setattr__(name, value)
        if name in HostSettings.model_fields or name == "tool_calling":
            self._renew_profile()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; with another host or model, it has another profile."""
        copied = super().model_copy(update=update, deep=deep)
        copied._renew_profile()  # noqa: SLF001 - of the copy
        return copied

    def _renew_profile(self) -> None:
        """Make the profile anew, unless it is the user's own."""
        if self.profile and not isinstance(self.profile, KnownProfile):
            return
        try:
            self.profile = self._resolve_model_profile()
        except ConfigurationError:  # the settings do not yet say whom to ask
            self.profile = None

    @field_serializer("provider")
    def _provider_as_values(self, provider: Any) -> Any:
        """The host as a name or plain values, which make the same model again.

        What the settings beside a value say goes before what it says itself, and is said once.
        """
        if not is_value(provider):
            return written_providers(provider)
        said = self._said_of_host()
        beside = {name for name in said if getattr(self, name) is not None} - {"provider"}
        return {name: text for name, text in said.items() if name not in beside}

    def _said_of_host(self) -> dict[str, str]:
        """What names the one host again; a region is its address already."""
        said = self.host.said()
        return {name: text for name, text in said.items() if name != "base_url" or not self.region}

    # --- calls ------------------------------------------------------------------------------------

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with model_errors:
            reply = self.client(_counting(run_manager)).call(self._prompt(messages, stop, kwargs))
            return to_result(reply, headers=self.include_response_headers)

    # LangChain looks with every call whether they take a `run_manager`; told here, that is quick.
    _generate.__signature__ = signature(_generate)  # type: ignore[attr-defined]  # PEP 362 has it

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with model_errors:
            client = self.async_client(_counting(run_manager))
            reply = await client.call(self._prompt(messages, stop, kwargs))
            return to_result(reply, headers=self.include_response_headers)

    _agenerate.__signature__ = signature(_agenerate)  # type: ignore[attr-defined]  # likewise

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with model_errors:
            chunks = self._chunks(kwargs)
            client = self.client(_counting(run_manager))
            for event in client.stream(self._prompt(messages, stop, kwargs)):
                yield from chunks.of(event)

    def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        with model_errors:
            client = self.async_client(_counting(run_manager))
            events = client.stream(self._prompt(messages, stop, kwargs))
        return AsyncChunks(events, self._chunks(kwargs))

    def _chunks(self, call: Mapping[str, Any]) -> Chunks:
        """The translation of one stream."""
        usage = call.get("stream_usage")
        return Chunks(
            usage=self.stream_usage if usage is None else bool(usage),
            headers=self.include_response_headers,
        )

    def _prompt(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, call: Mapping[str, Any]
    ) -> Prompt:
        """Everything that one call asks, as a value."""
        said = {name: value for name, value in call.items() if name not in _LANGCHAINS_OWN}
        said = self.call_arguments(said, frozenset({"stream_usage"}))
        if stop is not None:
            said["stop"] = stop
        offered = said.get("tools") or ()
        tools = read_tools([as_openai_tool(tool, None) for tool in offered]) if offered else ()
        return Prompt(
            messages=to_messages(messages),
            tools=tools,
            tool_choice=to_tool_choice(said.get("tool_choice"), tools),
            response_format=read_response_format(said.get("response_format")),
            options=self.options(said),
            model=said.get("model"),
        )

    # --- tools and structured output --------------------------------------------------------------

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: dict[str, Any] | str | bool | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        response_format: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools to the model.

        Args:
            tools: functions, tools, pydantic classes, or dicts in OpenAI's or Anthropic's form; a
                dict of any other form is a tool that the host runs itself.
            tool_choice: "auto", "none", "any" (or "required"), a tool's name, True for the only
                tool, or a dict in OpenAI's form.
            strict: ask for arguments that keep to the schema, where the host can.
            parallel_tool_calls: allow several calls in one answer.
            response_format: the form of the final answer, in OpenAI's form.
            kwargs: further arguments of every call.

        Example:
            >>> llm.bind_tools([get_weather]).invoke("Weather in Paris?")  # doctest: +SKIP
        """
        offered = [as_openai_tool(tool, strict) for tool in tools]
        bound: dict[str, Any] = {
            "tools": offered,
            # Said only when there are tools: an agent without any binds an empty list.
            "tool_choice": tool_choice if offered else None,
            "parallel_tool_calls": parallel_tool_calls,
            "response_format": response_format,
        }
        said = {name: value for name, value in bound.items() if value or value is False}
        return self.bind(**said, **kwargs)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        method: Method | None = None,
        include_raw: bool = False,
        strict: bool | None = None,
        tools: list[Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """Answers as objects of a schema.

        Args:
            schema: a pydantic class (2 or 1), a TypedDict, a JSON schema or an OpenAI function.
            method: "json_schema" (the default where the host has it, or has no tools either: then
                it is asked for in words), "function_calling" (a forced tool, the default
                elsewhere), or "json_mode" (say the schema in the prompt yourself).
            include_raw: return `{"raw", "parsed", "parsing_error"}` and raise nothing.
            strict: ask the host to keep to the schema. Some hosts drop providers that do not
                promise it, so it is not said unless asked for.
            tools: further tools that the model may call instead.
            kwargs: further arguments of every call.

        Raises:
            InvalidReplyError: when called: the answer was cut off by the limit on tokens, or did
                not fit, twice, what a host without a mode for it was asked in words.
            OutputParserException: when called: the answer does not fit the schema.

        Example:
            >>> llm.with_structured_output(Movie).invoke("Describe Alien.")  # doctest: +SKIP
            Movie(title='Alien', year=1979)
        """
        model = kwargs.get("model")
        can = self.capabilities(model)
        return structured(
            self,
            schema,
            method=method or _best_method(can, [one.capabilities(model) for one in self.hosts]),
            include_raw=include_raw,
            strict=strict,
            tools=tools,
            kwargs=kwargs,
        )

    # --- what LangChain asks of a model -----------------------------------------------------------

    def _resolve_model_profile(self) -> ModelProfile | None:
        return to_profile(self.capabilities(), self.model_name)

    @property
    def _llm_type(self) -> str:
        return "chat-seed"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        found = self.hosts
        return {
            "model": found[0].model,
            "provider": found[0].name if len(found) == 1 else [one.said() for one in found],
            "api": found[0].api or None,
            **{name: said for name, said in self.said_options().items() if said is not None},
        }

    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        # As LangChain's own, without its detour over a method that it has given up.
        return {**self.asdict(), "stop": stop, **kwargs}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        with model_errors:
            said = self.sampling({**kwargs, **({} if stop is None else {"stop": stop})})
        params = LangSmithParams(
            ls_provider=MODEL_PROVIDER,
            ls_model_name=str(kwargs.get("model") or self.model_name),
            ls_model_type="chat",
        )
        if said["temperature"] is not None:
            params["ls_temperature"] = said["temperature"]
        if said["max_tokens"] is not None:
            params["ls_max_tokens"] = said["max_tokens"]
        if said["stop"]:
            params["ls_stop"] = list(said["stop"])
        return params

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether `langchain_core.load.dumpd` can write it down; the key becomes a reference."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Where `langchain_core.load.load` finds it: pass `valid_namespaces=["langchain_seed"]`."""
        return ["langchain_seed", "chat"]

    def to_json(self) -> SerializedConstructor | SerializedNotImplemented:
        """What `dumpd` writes down; see `langchain_seed.dumping`."""
        return to_json(self) if type(self) is ChatSeed else super().to_json()

    @property
    def lc_attributes(self) -> dict[str, Any]:
        """Settings that are values, written down as JSON: they decide the answer and the cache."""
        written: dict[str, Any] = {}
        if is_value(self.provider):
            written = dict(self._said_of_host())
        elif isinstance(self.provider, tuple):
            written = {"provider": written_providers(self.provider)}
        if self.prices is not None:
            written["prices"] = [asdict(row) for row in read_prices(self.prices)]
        limits = read_timeout(self.timeout)
        if limits is not None and not isinstance(self.timeout, (int, float)):
            written["timeout"] = asdict(limits)
        return written

    @property
    def lc_secrets(self) -> dict[str, str]:
        """The variable that holds the key."""
        names = self.host.key_names
        return {"api_key": names[0] if names else "SEED_API_KEY"}


def _counting(run_manager: BaseRunManager | None) -> tuple[Spending, ...]:
    """Who counts a call that is made now, by its callbacks."""
    from langchain_seed.usage import counting  # noqa: PLC0415 - the first call is soon enough

    return counting(run_manager)


def _best_method(can: Capabilities, each: Sequence[Capabilities]) -> Method:
    """The host's own mode for JSON schemas, its own tools, or a schema asked for in words.

    Of several hosts some may heed no schema, for all that is known: then a call is asked for.
    """
    without_tools = "tools" in can.no or "tool_choice" in can.no
    in_words = without_tools and all(one.serves("json_schema") for one in each)
    return "json_schema" if can.has("json_schema") or in_words else "function_calling"
