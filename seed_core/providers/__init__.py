"""The providers, and the choice of one from what the user said."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from pydantic import SecretStr

from seed_core.arguments import (
    all_unseen,
    check_types,
    meant,
    unknown_name,
    unseen,
    unseen_key,
)
from seed_core.capabilities import Feature
from seed_core.errors import ConfigurationError
from seed_core.pricing import PricesLike, read_prices
from seed_core.providers.address import origin
from seed_core.providers.ark import BYTEPLUS, VOLCENGINE
from seed_core.providers.base import Provider, with_settings
from seed_core.providers.compatible import COMPATIBLE
from seed_core.providers.empiriolabs import EMPIRIOLABS
from seed_core.providers.fal import FAL
from seed_core.providers.modelslab import MODELSLAB
from seed_core.providers.openrouter import OPENROUTER

PROVIDERS: Mapping[str, Provider] = {
    row.name: row
    for row in (OPENROUTER, EMPIRIOLABS, MODELSLAB, FAL, BYTEPLUS, VOLCENGINE, COMPATIBLE)
}
"""Every built-in provider by its name."""

_AUTOMATIC = ("openrouter", "empiriolabs", "modelslab", "fal")
"""The providers that an automatic choice asks for keys, in this order. An Ark key does not say
which cloud it belongs to, so those two are always named."""

Choice: TypeAlias = str | Provider | Mapping[str, Any]
"""One provider as users say it: a name, a value, or a dict of `resolve`'s arguments."""


def who_can(feature: Feature) -> tuple[str, ...]:
    """The built-in providers whose default model is known to have a feature.

    Where not every one of their wires has it, those that do stand in parentheses.
    """
    found: list[str] = []
    for name, row in PROVIDERS.items():
        able = [api for api in row.wires if replace(row, api=api).capabilities().has(feature)]
        if able:
            found.append(name if len(able) == len(row.wires) else f"{name} ({', '.join(able)})")
    return tuple(found)


def resolve(
    provider: str | Provider | None = None,
    *,
    api: str | None = None,
    model: str | None = None,
    api_key: SecretStr | str | None = None,
    base_url: str | None = None,
    region: str | None = None,
    key_in: Literal["header", "body"] | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    app_url: str | None = None,
    app_title: str | None = None,
    prices: PricesLike | None = None,
) -> Provider:
    """The provider that the user meant, with address, key and model filled in.

    Args:
        provider: a name, a `Provider` value, or None for the first whose key is set.
        api: which of the provider's wires; None for its first.
        model: any id that the host knows; None for the provider's own default.
        api_key: the key; None for the provider's environment variable.
        base_url: another address: a root, a root with its version, or the whole endpoint.
        region: which of the host's regions, where it has several.
        key_in: whether the key goes into a header or, where the host takes it, into the body.
        headers: further headers of every request.
        query: further query parameters of every request.
        app_url: the calling app's address, for hosts that keep a book of apps.
        app_title: the calling app's name, likewise.
        prices: what models cost here, in USD per million tokens: `{"input": 0.1, "output": 0.4}`,
            a `seed_core.pricing.Price`, or several. They go before the host's own table.

    Raises:
        ConfigurationError: the provider is unknown, or cannot be told, or lacks something.

    Example:
        >>> resolve("openrouter", api_key="sk-or-v1-...").model
        'bytedance-seed/seed-2.0-mini'
    """
    key, headers, query = unseen_key(api_key), unseen(headers), unseen(query)
    provider = unseen(provider)
    del api_key
    check_types(
        provider=(provider, (str, Provider)),
        api_key=(key, (str, SecretStr)),
        headers=(headers, Mapping),
        query=(query, Mapping),
        **{
            name: (value, str)
            for name, value in {
                "api": api,
                "model": model,
                "base_url": base_url,
                "region": region,
                "key_in": key_in,
                "app_url": app_url,
                "app_title": app_title,
            }.items()
        },
    )
    row = _row(provider, key, base_url)
    if key is not None and not base_url:
        _refuse_anothers(key, row)
    if api is not None and api not in row.wires:
        msg = f"{row.name} has no api={api!r}; it has {', '.join(row.wires)}"
        raise ConfigurationError(msg, provider=row.name)
    wire = api or row.api_name
    address = _address(row, base_url or None, region)
    # An address that the value was given stays; one of the host's own gives way to the wire's.
    own = row.base_url in row.addresses.values()
    filled = with_settings(
        row,
        api=api,
        model=model or _model(row, wire),
        base_url=address or (row.addresses.get(wire) if own else None),
        root_path=row.root_paths.get(wire),
        api_key=key or row.api_key or _key_from_environment(row),
        own_key=key is not None or (row.api_key is not None and row.own_key),
        key_in=key_in,
        headers={**row.attribution(app_url, app_title), **row.headers, **(headers or {})},
        query={**row.query, **(query or {})},
        who_can=who_can,
        prices=(*read_prices(prices), *row.prices),
    )
    if filled.key_in not in ("header", "body"):
        msg = f'{row.name} takes no key in the {filled.key_in!r}; say "header" or "body"'
        raise ConfigurationError(msg, provider=row.name)
    if filled.key_in == "body" and filled.api_name not in filled.body_key_wires:
        takers = ", ".join(filled.body_key_wires) or "none"
        msg = f"{row.name} takes no key in the body with api={filled.api_name!r} (with: {takers})"
        raise ConfigurationError(msg, provider=row.name)
    for name in ("base_url", "model"):
        if not getattr(filled, name):
            msg = f"provider={row.name!r} needs {name}="
            raise ConfigurationError(msg, provider=row.name)
    # The URL is built once here so that a mistake in it shows now and not at the first call.
    filled.address(filled.wire.path)
    return filled


def resolve_all(
    provider: Choice | Sequence[Choice] | None = None, **settings: Any
) -> tuple[Provider, ...]:
    """The providers that the user meant, in the order in which they are to be asked.

    Args:
        provider: one of them as `resolve` takes it, a dict of its arguments, or several.
        settings: further arguments of `resolve`. With several providers only those that make sense
            for all of them: an address, a key or a model belongs to one, and goes into its dict.

    Raises:
        ConfigurationError: as `resolve`; or a setting does not belong to one provider.

    Example:
        >>> [one.name for one in resolve_all(["openrouter", {"provider": "modelslab"}])]
        ['openrouter', 'modelslab']
    """
    provider, settings = unseen(provider), all_unseen(settings)
    check_types(provider=(provider, (str, Provider, Mapping, list, tuple)))
    if provider is None or isinstance(provider, (str, Provider, Mapping)):
        return (_resolve_one(provider, settings),)
    given = tuple(provider)
    if not given:
        raise ConfigurationError("provider= is an empty list")
    if len(given) > 1:
        for name in _OF_ONE:
            if settings.get(name):
                msg = (
                    f"{name}= cannot be said for several providers at once; say it in the dict of "
                    f'one: provider=[{{"provider": "...", "{name}": ...}}]'
                )
                raise ConfigurationError(msg)
    found = tuple(_resolve_one(one, _without_own(one, settings)) for one in given)
    for i, row in enumerate(found):
        for other in found[:i]:
            _refuse_pair(other, row)
    return found


def _refuse_pair(one: Provider, other: Provider) -> None:
    """Two providers of which the second adds nothing, or would be given the first one's key."""
    same_key = one.api_key == other.api_key
    if same_key and (one.url, one.model) == (other.url, other.model):
        raise ConfigurationError("provider= names the same host, model and key twice")
    elsewhere = origin(one.base_url) != origin(other.base_url)
    # Two services of one host, each at an address of the host's own, have one key.
    at_home = PROVIDERS.get(one.name, one).addresses.values()
    alike = one.name == other.name and {one.base_url, other.base_url} <= {*at_home}
    if same_key and one.api_key is not None and elsewhere and not alike and not other.own_key:
        msg = (
            f"{other.name} would be sent the key of {one.name} at another address, from "
            f"{other.key_sources}; say api_key= in the dict of each"
        )
        raise ConfigurationError(msg, provider=other.name)


_OF_ONE = ("model", "api_key", "base_url", "region", "key_in", "headers", "query", "prices")
"""The settings that belong to one provider."""


def _resolve_one(provider: Choice | None, settings: Mapping[str, Any]) -> Provider:
    """One provider; what its dict says goes before the settings of all."""
    check_names(settings)
    if not isinstance(provider, Mapping):
        return resolve(provider, **settings)
    check_names(provider)
    return resolve(**{**settings, **provider})


def _without_own(one: Choice, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of all, but for what a value among them says itself."""
    if isinstance(one, Provider) and one.api:
        return {name: said for name, said in settings.items() if name != "api"}
    return settings


def check_names(provider: Mapping[str, Any]) -> None:
    """Refuse a name that `resolve` does not know.

    Raises:
        ConfigurationError: with the name that was probably meant.
    """
    for name in provider:
        if name not in _NAMES:
            raise unknown_name(str(name), _NAMES, "provider=", elsewhere=False)


_NAMES = tuple(inspect.signature(resolve).parameters)
"""The names that `resolve` knows. Reading them takes longer than all else in making a model."""


def _model(row: Provider, api: str) -> str | None:
    """The default model of a wire, unless the value that was given has one of its own."""
    return row.api_models.get(api) if row.model in row.api_models.values() else None


def _address(row: Provider, base_url: str | None, region: str | None) -> str | None:
    """The address that was said, or that of a region."""
    if region is None:
        return base_url
    if base_url is not None:
        raise ConfigurationError("say base_url= or region=, not both", provider=row.name)
    if region not in row.regions:
        known = ", ".join(row.regions) or "none"
        msg = f"{row.name} has no region {region!r}; it has {known}"
        raise ConfigurationError(msg, provider=row.name)
    return row.regions[region]


def _row(provider: str | Provider | None, key: SecretStr | None, base_url: str | None) -> Provider:
    """The provider by name, by value, or by the keys that are there."""
    if isinstance(provider, Provider):
        return provider
    if provider is None:
        return _automatic(key, base_url)
    if provider not in PROVIDERS:
        msg = f"unknown provider {provider!r}; {meant(provider, PROVIDERS)}the built-in ones are "
        msg += ", ".join(PROVIDERS)
        raise ConfigurationError(msg)
    return PROVIDERS[provider]


def _automatic(key: SecretStr | None, base_url: str | None) -> Provider:
    """The provider that a key speaks of."""
    if base_url is not None:
        # A key from the environment must not go to an address that may be another host's.
        msg = f"base_url= needs provider=, one of {', '.join(PROVIDERS)}"
        raise ConfigurationError(msg)
    rows = [PROVIDERS[name] for name in _AUTOMATIC]
    if key is not None:
        for row in rows:
            if row.key_prefix and _begins(key, row.key_prefix):
                return row
        msg = f"this api_key does not tell its host; pass provider=, one of {', '.join(PROVIDERS)}"
        raise ConfigurationError(msg)
    for row in rows:
        if _key_from_environment(row):
            return row
    for row in PROVIDERS.values():
        if row.needs_key and _key_from_environment(row):
            alike = [other.name for other in PROVIDERS.values() if other.key_names == row.key_names]
            msg = (
                f"{' or '.join(row.key_names)} is set, which does not say whose key it is; pass "
                f"provider={' or '.join(map(repr, alike))}"
            )
            raise ConfigurationError(msg)
    names = ", ".join(name for row in rows for name in row.key_names)
    msg = f"no key found: set one of {names}, or pass provider= and api_key="
    raise ConfigurationError(msg)


def _refuse_anothers(key: SecretStr, row: Provider) -> None:
    """A key that begins like those of another host: it is not sent to this one."""
    for other in PROVIDERS.values():
        begins = other.key_prefix is not None and _begins(key, other.key_prefix)
        if begins and other.name != row.name and PROVIDERS.get(row.name) is not None:
            msg = f"this api_key begins like those of {other.name}; it is not sent to {row.name}"
            raise ConfigurationError(msg, provider=row.name)


def _begins(key: SecretStr, prefix: str) -> bool:
    """Whether a key begins so."""
    return key.get_secret_value().strip().startswith(prefix)


def key_variables(row: Provider) -> tuple[str, ...]:
    """The environment variables that hold a provider's key now: one, or both halves of one.

    Empty if no key is set. What is in them is not looked at further.
    """
    ways = [(name,) for name in row.key_names] + ([row.key_pair] if row.key_pair else [])
    return next((names for names in ways if all(map(_said_by_environment, names))), ())


def _key_from_environment(row: Provider) -> SecretStr | None:
    """The key in the provider's environment variables, if one is set."""
    found = key_variables(row)
    return SecretStr(":".join(map(_said_by_environment, found))) if found else None


def _said_by_environment(name: str) -> str:
    """The text of a variable; one of blanks says nothing."""
    return os.environ.get(name, "").strip()
