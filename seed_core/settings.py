"""The user's settings, which both frameworks' classes share: names, checks, and what they become.

This is one of the two places where pydantic stands. It turns settings, and the arguments of one
call over them, into the core's own values: a provider, a timeout, options.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from functools import lru_cache
from inspect import iscoroutinefunction
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)

from seed_core.arguments import (
    agreed,
    all_unseen,
    check_types,
    read_timeout,
    reasoning_options,
    unknown_name,
)
from seed_core.capabilities import Capabilities
from seed_core.errors import ConfigurationError, SeedError
from seed_core.hosts import HostSettings
from seed_core.types import Options

if TYPE_CHECKING:
    from seed_core.client import AsyncClient, Client

OPTION_NAMES = tuple(
    option.name
    for option in fields_of(Options)
    if option.name not in ("host_options", "extra_body")
)
"""The settings that become an option of the same name."""

_options_of = itemgetter(*OPTION_NAMES)

CALL_NAMES = frozenset(OPTION_NAMES) | {
    *("model", "tools", "tool_choice", "response_format"),
    "openrouter",
    "fal",
    "host_options",
    "model_kwargs",
    "extra_body",
    "reasoning",
}
"""The arguments that a call may give over the model's settings."""

_OF_HOSTS = ("openrouter", "fal")
"""The settings that hold the fields of the one host of that name."""

_STAYS = ("http_client", "http_async_client", "on_progress")
"""The settings that stay in this process: they are neither pickled nor copied."""


class Settings(HostSettings):
    """What a user says once, for every call of a model object: where (see `HostSettings`) and how.

    Attributes:
        temperature, top_p, seed, frequency_penalty, presence_penalty, stop, user: as everywhere.
        max_tokens: reasoning and answer together, in tokens.
        thinking: "enabled", "disabled" or "auto".
        reasoning_effort: "minimal", "low", "medium" or "high".
        thinking_budget: reasoning tokens at most; not together with an effort.
        hide_reasoning: reason without showing it (it is billed all the same).
        image_detail, image_pixel_limit, video_fps, parallel_tool_calls, web_search, caching,
            service_tier: where the host has them.
        upload: "auto", "always" or "never": whether local media goes to the host's storage first.
        tool_calling: "prompted" or "off": tools and forms of the answer, asked for in words.
        read_markup: read Seed's own tags out of the text of a server that leaves them there.
        timeout: seconds in all, a `seed_core.Timeout`, an httpx timeout, or (connect, read).
        max_retries: retries after the first try.
        max_retry_wait: seconds of waiting between tries at one host, in all.
        retry_timeouts: also retry when the host did not answer in time (it may have billed).
        coalesce: join stream events that arrived together.
        transport: "httpx" sends with that instead of our own transport (see `docs/performance.md`).
        openrouter: fields of the body for OpenRouter alone: `provider`, `models`, `plugins`, ...
        fal: the same for fal: fields of the body, and what it takes in headers: `priority`,
            `request_timeout` (seconds), `no_retry`, `runner_hint`, `store_io`.
        host_options: the same for any host, by its name: `{"byteplus": {...}}`.
        model_kwargs, extra_body: fields of the body, the last word, untouched.
        on_progress: is called with a `seed_core.Progress` while the host works on a job.
        http_client, http_async_client: httpx clients to use as they are.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    thinking: Literal["enabled", "disabled", "auto"] | None = None
    reasoning_effort: str | None = None
    thinking_budget: int | None = None
    hide_reasoning: bool | None = None
    image_detail: str | None = None
    image_pixel_limit: dict[str, int] | None = None
    video_fps: float | None = None
    parallel_tool_calls: bool | None = None
    web_search: bool | None = None
    caching: bool | None = None
    service_tier: str | None = None
    upload: Literal["auto", "always", "never"] | None = None
    tool_calling: Literal["prompted", "off"] | None = None
    read_markup: bool | None = None
    user: str | None = None

    timeout: Any = None
    max_retries: int = Field(default=2, ge=0)
    max_retry_wait: float = Field(default=60.0, ge=0)
    retry_timeouts: bool = False
    coalesce: bool = True
    transport: Literal["auto", "httpx"] | None = None

    openrouter: dict[str, Any] | None = None
    fal: dict[str, Any] | None = None
    host_options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    extra_body: dict[str, Any] = Field(default_factory=dict)
    on_progress: Any = Field(default=None, exclude=True, repr=False)
    http_client: Any = Field(default=None, exclude=True, repr=False)
    http_async_client: Any = Field(default=None, exclude=True, repr=False)

    synonyms: ClassVar[Mapping[str, str]] = {"model_name": "model", "stop_sequences": "stop"}
    """Other names that users know a setting by."""

    def __init__(self, /, **data: Any) -> None:
        """Check everything that can be checked before a call.

        Raises:
            ConfigurationError: a name is unknown, or the host cannot be told or lacks something.
            ValidationError: a value has the wrong type (pydantic's own error).
        """
        ours: SeedError | None = None
        data = all_unseen(data)  # a traceback may show the variables of its frames
        try:
            super().__init__(**data)
        except ValidationError as error:
            # pydantic wraps every ValueError; ours says more when it stands alone.
            causes = [row.get("ctx", {}).get("error") for row in error.errors()]
            ours = next((cause for cause in causes if isinstance(cause, SeedError)), None)
            if ours is None:
                raise
        if ours is not None:
            # Raised out here, so that pydantic's error, which holds the values, is not its context.
            raise ours

    @model_validator(mode="before")
    @classmethod
    def _known_names(cls, data: Any) -> Any:
        """Translate synonyms and name what is unknown."""
        if not isinstance(data, dict):
            return data
        given = {cls.synonyms.get(name, name): value for name, value in data.items()}
        if isinstance(given.get("provider"), Mapping):
            given = _as_settings(given.pop("provider"), given)
        reasoning = given.pop("reasoning", None)
        if reasoning is not None:
            given = {**given, **reasoning_options(reasoning)}
        for name in given:
            if name not in cls.model_fields:
                raise unknown_name(name, cls.model_fields, cls.__name__)
        return given

    @model_validator(mode="after")
    def _known_hosts(self) -> Settings:
        """Name a host that `host_options` does not know."""
        self._host_options({})
        return self

    @field_validator("stop", mode="before")
    @classmethod
    def _is_stop(cls, value: Any) -> Any:
        """One text, or several."""
        return (value,) if isinstance(value, str) else value

    @field_validator("timeout")
    @classmethod
    def _is_timeout(cls, value: Any) -> Any:
        """Something that `read_timeout` can read."""
        read_timeout(value)
        return value

    @field_validator("http_client", "http_async_client")
    @classmethod
    def _is_client(cls, value: Any, info: ValidationInfo) -> Any:
        """An httpx client of the right colour."""
        send = getattr(value, "send", None)
        for_loops = info.field_name == "http_async_client"
        if value is not None and (send is None or iscoroutinefunction(send) != for_loops):
            kind = "httpx.AsyncClient" if for_loops else "httpx.Client"
            raise ConfigurationError(f"{info.field_name}= takes an {kind}")
        return value

    @field_validator("on_progress")
    @classmethod
    def _is_callable(cls, value: Any) -> Any:
        """Something to call."""
        if value is not None and (not callable(value) or iscoroutinefunction(value)):
            msg = "on_progress= takes a function of one argument, called as it is: no `async def`"
            raise ConfigurationError(msg)
        return value

    def __getstate__(self) -> dict[Any, Any]:
        """What is pickled: everything but the key and what cannot travel."""
        state = super().__getstate__()
        kept = {**state["__dict__"], **dict.fromkeys(_STAYS)}
        return {**state, "__dict__": kept}

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Any:
        """A copy that shares the user's own httpx clients and callback, which cannot be copied."""
        memo = {} if memo is None else memo
        for one in (getattr(self, name) for name in _STAYS):
            memo[id(one)] = one
        return super().__deepcopy__(memo)

    def options(self, call: Mapping[str, Any]) -> Options:
        """The options of one call: its own arguments over these settings.

        Args:
            call: arguments of the call, by the names of the settings; None means "not said".
        """
        if call:
            return self._options(_checked(call))
        fields = self.host_options or self.openrouter or self.fal or self.model_kwargs
        if fields or self.extra_body or isinstance(self.stop, list):
            return self._options(call)  # the user may have changed what is in them
        kept = self._keep()
        if kept.options is None:
            kept.options = self._options(call)
        return kept.options

    def _options(self, call: Mapping[str, Any]) -> Options:
        """The same, made anew; what the call says is checked."""
        return Options(
            **self._agreed(call),
            host_options=self._host_options(call),
            extra_body={
                **self.model_kwargs,
                **self.extra_body,
                **(call.get("model_kwargs") or {}),
                **(call.get("extra_body") or {}),
            },
        )

    def sampling(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """What `options` has by the names of the settings, without the fields of hosts."""
        return self._agreed(_checked(call) if call else {})

    def _agreed(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """The settings under what a call says, which is checked."""
        said = self.said_options()
        if call:
            said = agreed(said, {name: call[name] for name in OPTION_NAMES if name in call})
        said["stop"] = tuple(said["stop"] or ())
        return said

    def said_options(self) -> dict[str, Any]:
        """The settings that become an option of the same name; None is "not said"."""
        return dict(zip(OPTION_NAMES, _options_of(self.__dict__), strict=True))

    def _host_options(self, call: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Fields by host: the settings', then the call's; `openrouter=`, `fal=` are one host's."""
        fields: dict[str, dict[str, Any]] = {}
        for said in (
            self.host_options,
            {name: getattr(self, name) for name in _OF_HOSTS},
            call.get("host_options") or {},
            {name: call.get(name) for name in _OF_HOSTS},
        ):
            for name, more in said.items():
                if more:
                    fields[name] = {**fields.get(name, {}), **more}
        if not fields:
            return fields
        from seed_core.providers import PROVIDERS  # noqa: PLC0415 - see `hosts`

        for name in fields.keys() - PROVIDERS.keys() - {host.name for host in self.hosts}:
            raise unknown_name(name, PROVIDERS, "host_options=", elsewhere=False)
        return fields

    def call_arguments(
        self, call: Mapping[str, Any], also: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """The arguments of one call, with known names only and `reasoning=` in our own words.

        Args:
            call: what the call says.
            also: names that only one framework knows.

        Raises:
            ConfigurationError: a name is unknown, or belongs to the model and not to a call.
        """
        said = dict(call)
        if not said:
            return said
        check_types(model=(said.get("model"), str))
        known = CALL_NAMES | also
        for name in said.keys() - known:
            if name in type(self).model_fields:
                msg = f"{name}= is a setting of the model and cannot be given with one call"
                raise ConfigurationError(msg)
            raise unknown_name(name, known, "this call")
        if said.get("reasoning") is not None:
            said |= reasoning_options(said["reasoning"])
        return said

    def capabilities(self, model: str | None = None) -> Capabilities:
        """What a model can do here: with several providers, what all of them can."""
        can = super().capabilities(model)
        return replace(can, in_words=False) if self.tool_calling == "off" else can

    def client(self, handlers: Iterable[object] = ()) -> Client:
        """A client for threads. It holds no connection.

        Args:
            handlers: a framework's handlers; those that count what is spent count its calls.
        """
        return self._keep().client(self, handlers)

    def async_client(self, handlers: Iterable[object] = ()) -> AsyncClient:
        """A client for event loops, likewise."""
        return self._keep().async_client(self, handlers)

    def close(self) -> None:
        """Close the process's shared connections when their last user is done."""
        self.client().close()

    async def aclose(self) -> None:
        """Close the running loop's shared connections when their last user is done."""
        await self.async_client().aclose()


def _as_settings(provider: Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The settings with the dict of the one provider among them."""
    from seed_core.providers import check_names  # noqa: PLC0415 - few say it so

    check_names(provider)
    names = {"headers": "default_headers", "query": "default_query"}
    own = all_unseen({names.get(name, name): said for name, said in provider.items()})
    for name in own.keys() & given.keys():
        if given[name] is not None and given[name] != own[name]:
            raise ConfigurationError(f"{name}= is said twice: beside provider= and in its dict")
    return {**given, **own}


@lru_cache(maxsize=1)
def _call_model() -> type[BaseModel]:
    """The options of a call with the types of the settings."""
    names = (*OPTION_NAMES, *_OF_HOSTS, "host_options", "model_kwargs", "extra_body")
    fields: dict[str, Any] = {
        name: (Settings.model_fields[name].annotation, None) for name in names
    }
    config = ConfigDict(hide_input_in_errors=True, protected_namespaces=())
    return create_model("Call", __config__=config, **fields)


def _checked(call: Mapping[str, Any]) -> dict[str, Any]:
    """What a call says, with the types of the settings; None is "not said"."""
    known = _call_model().model_fields
    given = {name: call[name] for name in known if call.get(name) is not None}
    if not given:
        return {}
    if isinstance(given.get("stop"), str):
        given["stop"] = (given["stop"],)
    wrong = ""
    try:
        checked = _call_model()(**given)
        return {name: getattr(checked, name) for name in given}
    except ValidationError as error:
        wrong = "; ".join(f"{row['loc'][0]}: {row['msg']}" for row in error.errors())
    raise ConfigurationError(f"this call has a value of the wrong type: {wrong}")
