"""What can be known without asking anybody, as values; `as_json` is their documented form."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, TypeAlias, get_args
from urllib.parse import urlsplit
from urllib.request import getproxies

from seed_core.capabilities import Capabilities, Feature
from seed_core.connecting import only_httpx
from seed_core.errors import ConfigurationError
from seed_core.exchanges import has_proxy
from seed_core.pricing import LONG_CONTEXT, Price
from seed_core.providers import PROVIDERS, key_variables, resolve, resolve_all
from seed_core.providers.base import Provider
from seed_core.version import __version__
from seed_core.videos.explain import KEY_NAME, PROVIDER
from seed_core.videos.runware import resolve_runware
from seed_core.videos.seedance import PRICES, SecondPrice
from seed_core.videos.sizes import MINI

SCHEMA = 1
"""Grows when a name of the JSON form goes or changes its meaning, not when a new one comes."""

FEATURES: tuple[Feature, ...] = get_args(Feature)
Ability: TypeAlias = Literal["yes", "no", "in words", "by the client", "ignored", "unknown"]
"""What a host can: "in words" is asked for in the prompt and checked, "by the client" is done here,
"ignored" is accepted and not heeded, "unknown" is sent as the wire says."""

_UNSAID = "https://unsaid.invalid"
_PACKAGES = ("httpx", "pydantic", "langchain-core", "langchain", "llama-index-core")
_FEATURE_SETS = ("yes", "no", "ignored", "in_words")
"""What of the capabilities is told feature by feature; all else in them are limits."""


@dataclass(frozen=True, slots=True)
class Key:
    """Where the key of a host is looked for, and where it is. Never the key.

    Attributes:
        variables: the environment variables that may hold it; two halves as one entry of two.
        found: those that hold it now; empty if no key is set.
        needed: whether the host refuses calls without one.
        shared_with: other hosts that take the same variable, so that it does not say whose key it
            is: they are asked when they are named.
    """

    variables: tuple[tuple[str, ...], ...]
    found: tuple[str, ...]
    needed: bool
    shared_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wire:
    """One `api=` of a host.

    Attributes:
        api: its name.
        base_url: where it begins; empty where the user says it.
        streams: whether answers come in pieces.
        features: what works over it, with the default model.
        limits: ranges, formats, sizes in bytes, tokens: what is known of them.
    """

    api: str
    base_url: str
    streams: bool
    features: Mapping[Feature, Ability]
    limits: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    """What a host answered to one tiny call.

    Attributes:
        result: "ok", "failed", or "skipped" where it was not asked.
        seconds: from the call to the whole answer, connecting included.
        input_tokens, output_tokens: as the host counts them; None where it does not tell.
        cost_usd: what the call cost; None where nobody knows.
        cost_source: "reported" by the host, or "estimated" by the price table.
        model: the model that answered, as the host names it.
        error: the class of what went wrong.
        status_code: the HTTP status of an error.
        message: what went wrong and what to do about it, or why it was skipped.
    """

    result: Literal["ok", "failed", "skipped"]
    seconds: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    cost_source: str | None = None
    model: str | None = None
    error: str | None = None
    status_code: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """One host.

    Attributes:
        name: what `provider=` takes; of the host that makes videos, what its errors say.
        makes: "answers" or "videos".
        model: the model that is asked unless another is said; empty where the user says it.
        key: where its key is.
        wires: what it speaks, the default first; empty for videos, which have one protocol.
        regions: other addresses of the same API, by name.
        max_concurrency: calls at once of the smallest account, where that is known.
        prices: its price table: USD per million tokens, or per second of a video.
        ping: what it answered; None if nobody asked.
    """

    name: str
    makes: Literal["answers", "videos"]
    model: str
    key: Key
    wires: tuple[Wire, ...] = ()
    regions: Mapping[str, str] | None = None
    max_concurrency: int | None = None
    prices: tuple[Price | SecondPrice, ...] = ()
    ping: Ping | None = None


@dataclass(frozen=True, slots=True)
class Transport:
    """What sends.

    Attributes:
        name: "own" or "httpx".
        reason: why it is that one.
        proxies: hosts of the proxies that the environment names, by scheme; no credentials.
    """

    name: Literal["own", "httpx"]
    reason: str
    proxies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    Attributes:
        versions: of Python, this package, and what it works with; None is not installed.
        transport: what sends.
        chosen: the host that is asked where `provider=` is not said; None if there is none.
        advice: why there is none, and what to do.
        long_context: input tokens above which the higher prices hold.
        hosts: the hosts.
    """

    versions: Mapping[str, str | None]
    transport: Transport
    chosen: str | None
    advice: str | None
    long_context: int
    hosts: tuple[Host, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as plain values, to be written as JSON: the names above, and `schema`."""
        return {"schema": SCHEMA, **asdict(self)}


def all_names() -> tuple[str, ...]:
    """Every host by its name, that of the videos last."""
    return (*PROVIDERS, PROVIDER)


def examine(names: Sequence[str] | None = None, **settings: str | None) -> Report:
    """Look at what is installed, set and known. Nothing is sent.

    Args:
        names: the hosts; None for all of them.
        settings: `api=`, `base_url=` and `model=` of `seed_core.resolve`, for each of them.

    Raises:
        ConfigurationError: a host is unknown, or has no such `api`.
    """
    chosen, advice = _chosen()
    return Report(
        versions=_versions(),
        transport=_transport(),
        chosen=chosen,
        advice=advice,
        long_context=LONG_CONTEXT,
        hosts=tuple(
            _studio() if name == PROVIDER else _host(name, settings)
            for name in (all_names() if names is None else names)
        ),
    )


def where(name: str, **settings: str | None) -> Provider:
    """A host as it would be asked; without the address or the model that only the user can say.

    Raises:
        ConfigurationError: it is unknown, or has no such `api`.
    """
    given = {said: value for said, value in settings.items() if value}
    row = PROVIDERS.get(name)
    if row is not None and not row.base_url:
        given = {"base_url": _UNSAID, "model": _UNSAID, **given}
    (found,) = resolve_all({"provider": name, **given})
    unsaid = {said: "" for said in ("base_url", "model") if given.get(said) == _UNSAID}
    return replace(found, **unsaid)  # type: ignore[arg-type]  # both are texts


def ability(can: Capabilities, feature: Feature) -> Ability:
    """What becomes of a feature that is asked for.

    Example:
        >>> ability(Capabilities(no=frozenset({"stop"})), "stop")
        'by the client'
    """
    if feature == "stop" and feature in can.no:
        return "by the client"
    if feature in can.no and can.serves(feature):
        return "in words"
    if feature in can.ignored:
        return "ignored"
    has = can.has(feature)
    return "unknown" if has is None else "yes" if has else "no"


def _host(name: str, settings: Mapping[str, str | None]) -> Host:
    """A host that answers prompts."""
    row = where(name, **settings)
    apis = sorted(row.wires, key=lambda api: api != row.api_name)
    return Host(
        name=name,
        makes="answers",
        model=row.model,
        key=_key(row),
        wires=tuple(_wire(where(name, **{**settings, "api": api})) for api in apis),
        regions=row.regions,
        max_concurrency=row.max_concurrency,
        prices=row.prices,
    )


def _wire(row: Provider) -> Wire:
    """What works over the wire in use."""
    can = row.capabilities()
    limits = {one.name: getattr(can, one.name) for one in fields(can)}
    return Wire(
        api=row.api_name,
        base_url=row.base_url,
        streams=row.wire.streams,
        features={feature: ability(can, feature) for feature in FEATURES},
        limits={name: limit for name, limit in limits.items() if name not in _FEATURE_SETS},
    )


def _key(row: Provider) -> Key:
    """Where its key is."""
    others = [
        other.name
        for other in PROVIDERS.values()
        if other.name != row.name and {*other.key_names} & {*row.key_names}
    ]
    return Key(
        variables=(*((name,) for name in row.key_names), *([row.key_pair] if row.key_pair else ())),
        found=key_variables(row),
        needed=row.needs_key,
        shared_with=tuple(others),
    )


def _studio() -> Host:
    """The host that makes videos, which is no row of the registry."""
    has_key = resolve_runware().api_key is not None
    return Host(
        name=PROVIDER,
        makes="videos",
        model=MINI,
        key=Key(((KEY_NAME,),), (KEY_NAME,) if has_key else (), needed=True),
        prices=PRICES,
    )


def _chosen() -> tuple[str | None, str | None]:
    """Who is asked where nobody is named; or why nobody is."""
    try:
        return resolve().name, None
    except ConfigurationError as error:
        return None, str(error)


def _versions() -> dict[str, str | None]:
    """The versions of what is installed, by the names of the distributions. None is imported."""
    found: dict[str, str | None] = {
        "python": platform.python_version(),
        "seed-integrations": __version__,
    }
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def _transport() -> Transport:
    """What sends, and over which proxies."""
    proxies = {scheme: _host_of(url) for scheme, url in getproxies().items() if scheme != "no"}
    try:
        said = only_httpx()
    except ConfigurationError as error:
        return Transport("own", str(error), proxies)
    if said:
        return Transport("httpx", "SEED_TRANSPORT says so", proxies)
    if has_proxy():
        return Transport("httpx", "the environment names a proxy", proxies)
    return Transport("own", "nothing says otherwise", proxies)


def _host_of(url: str) -> str:
    """Host and port of an address: what else is in it may be a password."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that is none"
    host = parts.hostname or ""
    if not host or "@" in f"{parts.path}{parts.query}{parts.fragment}":
        # With a slash in a password, what stands before that would pass for host and port.
        return "an address that is none"
    return f"[{host}]{port}" if ":" in host else f"{host}{port}"
