"""A provider: a wire, an address, a key, and facts about models. Data, and one way to call it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

from pydantic import SecretStr

from seed_core.body import Body
from seed_core.capabilities import Capabilities, Feature, WhoCan, check
from seed_core.errors import APIStatusError, ConfigurationError
from seed_core.events import Event
from seed_core.flow import DecoderFactory, Flow, Opened, Request, Response, Retry, exchange
from seed_core.pricing import Price, estimate
from seed_core.providers.explain import explain_error, explain_response
from seed_core.types import Json, Prompt
from seed_core.version import USER_AGENT
from seed_core.wire.context import Context


class Wire(Protocol):
    """What a provider needs of a wire."""

    @property
    def path(self) -> str:
        """The endpoint's path below the base URL."""
        ...

    def encode(self, prompt: Prompt, *, model: str, issuer: str, stream: bool) -> Body:
        """Write the request body."""
        ...

    def decode(self, response: Response, context: Context) -> list[Event]:
        """Read a whole answer."""
        ...

    def decoder(self, context: Context) -> DecoderFactory:
        """A maker of stream decoders."""
        ...


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of the models whose id matches `model` (a regular expression)."""

    model: str
    capabilities: Capabilities


def no_attribution(_url: str | None, _title: str | None) -> Mapping[str, str]:
    """Most hosts keep no book of the apps that call them."""
    return {}


def error_field(payload: Json) -> Any:
    """OpenAI's envelope."""
    return payload.get("error")


def nobody_known(_feature: Feature) -> tuple[str, ...]:
    """Without a registry at hand, nobody is known to have a feature."""
    return ()


@dataclass(frozen=True, slots=True)
class Provider:
    """One host, as data.

    Attributes:
        name: how it is called in `provider=`, in errors and in metadata.
        base_url: where its API begins.
        root_path: the path of `base_url` at the host's own address; completed when the user gives
            only the beginning of it.
        model: the model that is asked unless the prompt says another.
        key_names: environment variables that may hold the key.
        key_prefix: how keys of this host begin, if they can be told by that.
        needs_key: whether the host refuses calls without a key.
        api_key: the key; hidden in every repr.
        wires: what it speaks, by the name of the `api=`; the first is the default.
        api: which of them is used; empty for the first.
        facts: what its models can do; the first row that matches counts.
        prices: its price table.
        error_of: finds the error in a body or chunk, or None: an object or a text.
        error_kinds: the host's own error words, where they say more than the status.
        attribution: headers that name the calling app.
        headers: further headers of every request.
        query: further query parameters of every request.
    """

    name: str
    base_url: str
    root_path: str
    model: str
    wires: Mapping[str, Wire] = field(repr=False)
    key_names: tuple[str, ...] = ()
    key_prefix: str | None = None
    needs_key: bool = True
    api_key: SecretStr | None = None
    api: str = ""
    facts: tuple[ModelFacts, ...] = field(default=(), repr=False)
    prices: tuple[Price, ...] = field(default=(), repr=False)
    error_of: Callable[[Json], Any] = field(default=error_field, repr=False)
    error_kinds: Mapping[str, type[APIStatusError]] = field(default_factory=dict, repr=False)
    attribution: Callable[[str | None, str | None], Mapping[str, str]] = field(
        default=no_attribution, repr=False
    )
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    who_can: WhoCan = field(default=nobody_known, repr=False)

    @property
    def wire(self) -> Wire:
        """The wire in use."""
        return self.wires[self.api or next(iter(self.wires))]

    @property
    def url(self) -> str:
        """The endpoint: the base URL and the wire's path, whichever part of it was given."""
        return endpoint(self.base_url, self.root_path, self.wire.path, self.query)

    def without_key(self) -> Provider:
        """The same provider without anything secret, to be pickled or written down."""
        return dataclasses.replace(self, api_key=None, headers={}, query={})

    def scrub(self, text: str) -> str:
        """What a host said, without the key: some hosts repeat a key that they refuse."""
        key = self.api_key.get_secret_value().strip() if self.api_key else ""
        # A key of a few letters is a placeholder, and would be found in every word.
        return text.replace(key, "***") if len(key) >= 8 else text

    def capabilities(self, model: str | None = None) -> Capabilities:
        """What a model can do here; all unknown for a model that no row is about."""
        for row in self.facts:
            if re.fullmatch(row.model, model or self.model):
                return row.capabilities
        return Capabilities()

    def check(self, prompt: Prompt) -> None:
        """Refuse what cannot work, before anything is sent.

        Raises:
            ConfigurationError: an option is out of range, or not supported here.
            MediaError: a file has a format that the host does not take.
        """
        check(prompt, self.capabilities(prompt.model), self.name, self.who_can)

    def call(self, prompt: Prompt, *, stream: bool, retry: Retry) -> Flow[Opened]:
        """Ask, and hand back the beginning of the answer.

        Raises:
            SeedError: the prompt cannot be sent, or the host did not answer it.
        """
        self.check(prompt)
        context = self._context(prompt)
        request = self.request(prompt, stream=stream)

        def read(response: Response) -> Opened:
            if not response.ok:
                raise explain_response(self, response)
            return Opened(self.wire.decode(response, context))

        decoder = self.wire.decoder(context) if stream else None
        return (yield from exchange(request, read, retry, decoder))

    def request(self, prompt: Prompt, *, stream: bool) -> Request:
        """The request for a prompt, as a value.

        Raises:
            ConfigurationError: there is no key, or it cannot stand in a header.
        """
        model = prompt.model or self.model
        body = self.wire.encode(prompt, model=model, issuer=self.name, stream=stream)
        return Request("POST", self.url, self._headers(stream=stream), body, self.name)

    def _headers(self, *, stream: bool) -> dict[str, str]:
        """All headers of a call; the user's own win."""
        own = {
            "accept": "text/event-stream" if stream else "application/json",
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **self._authorization(),
        }
        headers = own | {name.lower(): value for name, value in self.headers.items()}
        for name, value in headers.items():
            # Said here, because httpx would show the value, which may be a key.
            if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII) or not _plain(value):
                msg = f"the header {name!r} may hold printable ASCII only, and no line end"
                raise ConfigurationError(msg, provider=self.name)
        return headers

    def _authorization(self) -> dict[str, str]:
        """The key as a header."""
        key = self.api_key.get_secret_value().strip() if self.api_key else ""
        if not key:
            if self.needs_key and "authorization" not in {name.lower() for name in self.headers}:
                names = " or ".join(self.key_names)
                msg = f"no key for {self.name}: set {names}, or pass api_key="
                raise ConfigurationError(msg, provider=self.name)
            return {}
        if not _plain(key):
            msg = f"the key for {self.name} holds characters that no key has; copy it again"
            raise ConfigurationError(msg, provider=self.name)
        return {"authorization": f"Bearer {key}"}

    def _context(self, prompt: Prompt) -> Context:
        """What the decoder must know of this call."""
        model = prompt.model or self.model
        can_hide = self.capabilities(model).has("hide_reasoning")
        return Context(
            issuer=self.name,
            error_of=self.error_of,
            explain=lambda payload, headers: explain_error(self, payload, headers),
            estimate=lambda usage, answered: estimate(usage, answered or model, self.prices),
            scrub=self.scrub,
            hide_reasoning=bool(prompt.options.hide_reasoning) and not can_hide,
        )


def _plain(text: str) -> bool:
    """Whether a text may stand in a header."""
    return text.isascii() and text.isprintable()


def endpoint(base_url: str, root_path: str, path: str, query: Mapping[str, str]) -> str:
    """The address to post to, from a root, a root with its version, or the endpoint itself.

    Example:
        >>> endpoint("https://example.com", "/v1", "/chat/completions", {})
        'https://example.com/v1/chat/completions'
    """
    try:
        parts = urlsplit(base_url.strip())
        named = bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError as error:  # a host name, a port or an IPv6 address that is none
        raise ConfigurationError(f"base_url= is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not named:
        msg = f"base_url must begin with http:// or https:// and name a host, not {base_url!r}"
        raise ConfigurationError(msg)
    if "@" in parts.netloc:
        msg = "base_url must not hold a user name or password; pass them in default_headers="
        raise ConfigurationError(msg)
    given = parts.path.rstrip("/").removesuffix(path)
    if root_path.startswith(given) and (given == "" or root_path[len(given) :].startswith("/")):
        given = root_path
    said = "&".join(text for text in (parts.query, urlencode(query)) if text)
    return urlunsplit((parts.scheme, parts.netloc, given + path, said, ""))


def with_settings(provider: Provider, **settings: object) -> Provider:
    """A provider with some fields replaced; None leaves a field as it is."""
    given = {name: value for name, value in settings.items() if value is not None}
    return dataclasses.replace(provider, **given)  # type: ignore[arg-type]  # names are checked there
