"""The providers, and the choice of one from what the user said."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pydantic import SecretStr

from seed_core.capabilities import Feature
from seed_core.errors import ConfigurationError
from seed_core.providers.base import Provider, endpoint, with_settings
from seed_core.providers.compatible import COMPATIBLE
from seed_core.providers.openrouter import OPENROUTER

PROVIDERS: Mapping[str, Provider] = {row.name: row for row in (OPENROUTER, COMPATIBLE)}
"""Every built-in provider by its name, in the order in which an automatic choice asks for keys."""

_AUTOMATIC = ("openrouter",)


def who_can(feature: Feature) -> tuple[str, ...]:
    """The built-in providers whose default model is known to have a feature."""
    return tuple(name for name, row in PROVIDERS.items() if row.capabilities().has(feature) is True)


def resolve(
    provider: str | Provider | None = None,
    *,
    api: str | None = None,
    model: str | None = None,
    api_key: SecretStr | str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    app_url: str | None = None,
    app_title: str | None = None,
) -> Provider:
    """The provider that the user meant, with address, key and model filled in.

    Args:
        provider: a name, a `Provider` value, or None for the first whose key is set.
        api: which of the provider's wires; None for its first.
        model: any id that the host knows; None for the provider's own default.
        api_key: the key; None for the provider's environment variable.
        base_url: another address: a root, a root with its version, or the whole endpoint.
        headers: further headers of every request.
        query: further query parameters of every request.
        app_url: the calling app's address, for hosts that keep a book of apps.
        app_title: the calling app's name, likewise.

    Raises:
        ConfigurationError: the provider is unknown, or cannot be told, or lacks something.

    Example:
        >>> resolve("openrouter", api_key="sk-or-v1-...").model
        'bytedance-seed/seed-2.0-mini'
    """
    key = SecretStr(api_key) if isinstance(api_key, str) else api_key
    row = _row(provider, key, base_url)
    if api is not None and api not in row.wires:
        msg = f"{row.name} has no api={api!r}; it has {', '.join(row.wires)}"
        raise ConfigurationError(msg, provider=row.name)
    filled = with_settings(
        row,
        api=api,
        model=model or None,
        base_url=base_url or None,
        api_key=key or row.api_key or _key_from_environment(row),
        headers={**row.headers, **row.attribution(app_url, app_title), **(headers or {})},
        query={**row.query, **(query or {})},
        who_can=who_can,
    )
    for name in ("base_url", "model"):
        if not getattr(filled, name):
            msg = f"provider={row.name!r} needs {name}="
            raise ConfigurationError(msg, provider=row.name)
    # The URL is built once here so that a mistake in it shows now and not at the first call.
    endpoint(filled.base_url, filled.root_path, filled.wire.path, filled.query)
    return filled


def _row(provider: str | Provider | None, key: SecretStr | None, base_url: str | None) -> Provider:
    """The provider by name, by value, or by the keys that are there."""
    if isinstance(provider, Provider):
        return provider
    if provider is None:
        return _automatic(key, base_url)
    if provider not in PROVIDERS:
        msg = f"unknown provider {provider!r}; the built-in ones are {', '.join(PROVIDERS)}"
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
        text = key.get_secret_value().strip()
        for row in rows:
            if row.key_prefix and text.startswith(row.key_prefix):
                return row
        msg = f"this api_key does not tell its host; pass provider=, one of {', '.join(PROVIDERS)}"
        raise ConfigurationError(msg)
    for row in rows:
        if _key_from_environment(row):
            return row
    names = ", ".join(name for row in rows for name in row.key_names)
    msg = f"no key found: set one of {names}, or pass provider= and api_key="
    raise ConfigurationError(msg)


def _key_from_environment(row: Provider) -> SecretStr | None:
    """The key in the provider's environment variables, if one is set."""
    for name in row.key_names:
        if os.environ.get(name, "").strip():
            return SecretStr(os.environ[name].strip())
    return None
