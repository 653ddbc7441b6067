"""Where the calls of a model object go: hosts, addresses, keys. `settings` says how they are made.

What is secret here (keys, headers, query parameters) is in no repr, no dump and no pickle.

Hosts and their wires are imported when the first model object asks for them, not with this module:
they take longer than all else, and a program may import a model's class and never make one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    field_serializer,
    field_validator,
    model_validator,
)
from typing_extensions import Self

from seed_core.arguments import unseen
from seed_core.capabilities import Capabilities, shared
from seed_core.errors import ConfigurationError
from seed_core.kept import Kept
from seed_core.pricing import read_prices

if TYPE_CHECKING:
    from seed_core.providers.base import Provider

_ADDRESS = frozenset(
    {
        "provider",
        "api",
        "model",
        "api_key",
        "base_url",
        "region",
        "key_in",
        "default_headers",
        "default_query",
        "app_url",
        "app_title",
        "prices",
    }
)
"""The settings that decide where a call goes; changing one of them resolves the provider anew."""


class HostSettings(BaseModel):
    """Where calls go.

    Attributes:
        provider: a host's name, a `seed_core.Provider`, a dict of `seed_core.resolve`'s arguments,
            or None for the first whose key is set. A list of them is asked in order: the next one
            when one fails before its first event.
        api: which of the host's wires; None for its first.
        model: any id that the host knows; None for the host's Seed 2.0 Mini.
        api_key: the key; None for the host's environment variable. Never printed nor pickled.
        base_url: another address: a root, a root with its version, or the whole endpoint.
        region: which of the host's regions (Ark).
        key_in: "header" (the default) or, where the host takes the key there, "body" (ModelsLab).
        default_headers, default_query: sent with every request; like the key, they are not shown,
            written down or pickled.
        app_url, app_title: the calling app, for hosts that keep a book of apps.
        prices: what models cost here, where no table says so or you pay something else:
            `{"input": 0.1, "output": 0.4}` in USD per million tokens; the fields of a row are those
            of `seed_core.pricing.Price`. Without `model` it is about every model.
    """

    model_config = ConfigDict(
        extra="forbid",
        arbitrary_types_allowed=True,
        # Before pydantic 2.10, `model_kwargs` would be taken for a name of pydantic's own.
        protected_namespaces=(),
        # An error about a value does not show it: it may be a key.
        hide_input_in_errors=True,
    )

    provider: Any = None
    api: str | None = None
    model: str | None = None
    api_key: SecretStr | None = None
    base_url: str | None = None
    region: str | None = None
    key_in: Literal["header", "body"] | None = None
    default_headers: dict[str, str] | None = Field(default=None, exclude=True, repr=False)
    default_query: dict[str, str] | None = Field(default=None, exclude=True, repr=False)
    app_url: str | None = None
    app_title: str | None = None
    prices: Any = None

    _resolved: tuple[Provider, ...] | None = PrivateAttr(default=None)
    _kept: Kept | None = PrivateAttr(default=None)

    @field_validator("provider")
    @classmethod
    def _is_provider(cls, value: Any) -> Any:
        """One or several."""
        return read_provider(value)

    @field_validator("prices")
    @classmethod
    def _are_prices(cls, value: Any) -> Any:
        """Rows."""
        return None if value is None else read_prices(value)

    @field_serializer("prices")
    def _prices_as_values(self, value: Any) -> Any:
        """Rows as plain values."""
        return None if value is None else [asdict(row) for row in read_prices(value)]

    @model_validator(mode="after")
    def _resolve_provider(self) -> HostSettings:
        """Find the host now, so that a mistake shows before the first call."""
        self._resolved = None
        _ = self.host
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        """A new address means a new provider; a key is hidden however it comes."""
        super().__setattr__(name, _hidden(name, value))
        if name in _ADDRESS:
            self._resolved = None
        if name in type(self).model_fields:
            self._kept = None  # last, so that nothing is kept of an address that is gone

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; with a new address, a new provider."""
        changes = {name: _hidden(name, value) for name, value in (update or {}).items()}
        copied = super().model_copy(update=changes, deep=deep)
        if not _ADDRESS.isdisjoint(changes):
            copied._resolved = None  # noqa: SLF001 - of the copy
        return copied

    def __getstate__(self) -> dict[Any, Any]:
        """What is pickled: everything but what is secret."""
        state = super().__getstate__()
        kept = {**state["__dict__"], "api_key": None, "default_headers": None}
        kept |= {"default_query": None, "provider": without_keys(self.provider)}
        private = {"_resolved": None, "_kept": None}
        return {**state, "__dict__": kept, "__pydantic_private__": private}

    def _private(self, name: str) -> Any:
        """What `self.<name>` is, in a tenth of the time that pydantic takes to find it."""
        private = self.__pydantic_private__
        return None if private is None else private.get(name)

    def _keep(self) -> Kept:
        """What is kept of these very settings."""
        kept: Kept | None = self._private("_kept")
        if kept is None or kept.of is not self.__dict__:
            kept = self._kept = Kept(self.__dict__)
        return kept

    @property
    def hosts(self) -> tuple[Provider, ...]:
        """The providers with address, key and model filled in, in the order of asking.

        Raises:
            ConfigurationError: one cannot be told, or lacks something.
        """
        found: tuple[Provider, ...] | None = self._private("_resolved")
        if found is None:
            from seed_core.providers import resolve_all  # noqa: PLC0415 - see the top

            found = self._resolved = resolve_all(
                self.provider,
                api=self.api,
                model=self.model,
                api_key=self.api_key,
                base_url=self.base_url,
                region=self.region,
                key_in=self.key_in,
                headers=unseen(self.default_headers),
                query=unseen(self.default_query),
                app_url=self.app_url,
                app_title=self.app_title,
                prices=self.prices,
            )
        return found

    @property
    def host(self) -> Provider:
        """The provider that is asked first."""
        return self.hosts[0]

    @property
    def model_name(self) -> str:
        """The id of the model that is asked (first)."""
        return self.host.model

    def capabilities(self, model: str | None = None) -> Capabilities:
        """What a model can do here: with several providers, what all of them can."""
        return shared([host.capabilities(model) for host in self.hosts])


def is_value(provider: Any) -> TypeGuard[Provider]:
    """Whether what stands in `provider=` is a value, and not a name, several, or nothing."""
    return provider is not None and not isinstance(provider, (str, tuple))


def read_provider(said: Any) -> Any:
    """What may stand in `provider=`: names and values as they are, several as a tuple.

    A dict is made into a value at once: there its key and its headers are hidden.

    Raises:
        ConfigurationError: it is something else.
    """
    if said is None or isinstance(said, str):
        return said
    from seed_core.providers import resolve_all  # noqa: PLC0415 - see the top
    from seed_core.providers.base import Provider  # noqa: PLC0415 - see the top

    if isinstance(said, Provider):
        return said
    if isinstance(said, Mapping):
        return resolve_all(said)[0]
    if isinstance(said, (list, tuple)) and all(
        isinstance(one, (str, Provider, Mapping)) for one in said
    ):
        return tuple(map(read_provider, said))
    msg = "provider= takes a name, a seed_core.Provider, a dict of its settings, or several"
    raise ConfigurationError(f"{msg}, not a {type(said).__name__}")


def without_keys(provider: Any) -> Any:
    """What stands in `provider=`, without anything secret."""
    if is_value(provider):
        return provider.without_key()
    return tuple(map(without_keys, provider)) if isinstance(provider, tuple) else provider


def written(provider: Any) -> Any:
    """What stands in `provider=`, as plain values that name the same hosts again."""
    if is_value(provider):
        return provider.said()
    return [written(one) for one in provider] if isinstance(provider, tuple) else provider


def _hidden(name: str, value: Any) -> Any:
    """A value as it may be kept: a key is hidden however it comes."""
    if name == "api_key" and isinstance(value, str):
        return SecretStr(value)
    return read_provider(value) if name == "provider" else value
