"""A provider: a wire, an address, a key, and facts about models. Data, and one way to call it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Protocol

from pydantic import SecretStr

from seed_core.body import Body
from seed_core.capabilities import Capabilities, Feature, WhoCan, check
from seed_core.errors import APIStatusError, ConfigurationError
from seed_core.events import Event, Failed
from seed_core.flow import DecoderFactory, Flow, Opened, Request, Response, Retry, exchange
from seed_core.pricing import Price, estimate
from seed_core.providers.address import SECRET, endpoint
from seed_core.providers.explain import Kind, explain_error, explain_response
from seed_core.types import Json, Prompt, ServerTool
from seed_core.version import USER_AGENT
from seed_core.wire.context import Context
from seed_core.wire.stops import cut, cutting


class Wire(Protocol):
    """What a provider needs of a wire."""

    @property
    def path(self) -> str:
        """The endpoint's path below the base URL."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of every request."""
        ...

    @property
    def key_headers(self) -> tuple[str, ...]:
        """The headers that carry the key."""
        ...

    @property
    def streams(self) -> bool:
        """Whether the host can answer in pieces."""
        ...

    @property
    def cannot(self) -> frozenset[Feature]:
        """What the wire has no word for."""
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
    """What is known of the models whose id matches `model` (a regular expression).

    `api` is the wire that the row is about; None for all of them.
    """

    model: str
    capabilities: Capabilities
    api: str | None = None


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
        own_key: whether the user gave it for this host; one of the environment may be another's.
        wires: what it speaks, by the name of the `api=`; the first is the default.
        api: which of them is used; empty for the first.
        key_in: whether the key goes into a header or into the body.
        body_key_wires: the wires when the key goes into the body, for a host that takes it there.
        regions: other addresses of the same API, by the host's name of the region.
        max_concurrency: how many calls at once the smallest account may make.
        model_forms: what ids a wire takes (a regular expression), where that is not all of them.
        models_path: where the host lists its models, below the base URL; None if it does not.
        model_path: where it describes one, with `{id}` in it.
        tool_headers: headers that announce a tool which the host runs itself, by the tool's type.
        count_path: where it counts the tokens of a prompt of the messages wire.
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
    own_key: bool = field(default=False, repr=False, compare=False)
    api: str = ""
    key_in: Literal["header", "body"] = "header"
    body_key_wires: Mapping[str, Wire] = field(default_factory=dict, repr=False)
    regions: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_concurrency: int | None = None
    model_forms: Mapping[str, str] = field(default_factory=dict, repr=False)
    models_path: str | None = field(default=None, repr=False)
    model_path: str | None = field(default=None, repr=False)
    tool_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    count_path: str | None = field(default=None, repr=False)
    facts: tuple[ModelFacts, ...] = field(default=(), repr=False)
    prices: tuple[Price, ...] = field(default=(), repr=False)
    error_of: Callable[[Json], Any] = field(default=error_field, repr=False)
    error_kinds: Mapping[str, type[APIStatusError] | Kind] = field(default_factory=dict, repr=False)
    attribution: Callable[[str | None, str | None], Mapping[str, str]] = field(
        default=no_attribution, repr=False
    )
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    who_can: WhoCan = field(default=nobody_known, repr=False)

    @property
    def api_name(self) -> str:
        """The name of the wire in use."""
        return self.api or next(iter(self.wires))

    @property
    def wire(self) -> Wire:
        """The wire in use."""
        wires = self.wires if self.key_in == "header" else self.body_key_wires
        return wires[self.api_name]

    @property
    def url(self) -> str:
        """The endpoint: the base URL and the wire's path, whichever part of it was given."""
        return self.address(self.wire.path)

    def address(self, path: str) -> str:
        """The address of a path below the base URL."""
        endings = [wire.path for wire in self.wires.values()]
        return endpoint(self.base_url, self.root_path, path, self.query, endings)

    def said(self) -> dict[str, str]:
        """What names this provider again in `provider=`: nothing secret in it."""
        settings = {"api": self.api, "model": self.model, "base_url": self.base_url}
        if self.key_in == "body":
            settings["key_in"] = "body"
        return {"provider": self.name, **{name: text for name, text in settings.items() if text}}

    def without_key(self) -> Provider:
        """The same provider without anything secret, to be pickled or written down."""
        return replace(self, api_key=None, own_key=False, headers={}, query={})

    def scrub(self, text: str) -> str:
        """What a host said, without the key: some hosts repeat a key that they refuse."""
        keys = [self.api_key.get_secret_value().strip()] if self.api_key else []
        for name, value in (*self.headers.items(), *self.query.items()):
            if re.search(SECRET, name):
                keys.append(str(value).rpartition(" ")[2])  # without the scheme before it
        for key in keys:
            # A key of a few letters is a placeholder, and would be found in every word.
            text = text.replace(key, "***") if len(key) >= 8 else text
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        """What is pickled: everything but what is secret."""
        bare = self.without_key()
        return type(self), tuple(getattr(bare, one.name) for one in fields(bare))

    def __copy__(self) -> Provider:
        """The same value: nothing in it changes."""
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Provider:
        """The same value, with its key: a copy stays in this process."""
        return self

    def capabilities(self, model: str | None = None) -> Capabilities:
        """What a model can do here; all unknown for a model that no row is about."""
        for row in self.facts:
            if row.api in (None, self.api_name) and re.fullmatch(row.model, model or self.model):
                return row.capabilities.without(self.wire.cannot)
        return Capabilities().without(self.wire.cannot)

    def check(self, prompt: Prompt) -> None:
        """Refuse what cannot work, before anything is sent.

        Raises:
            ConfigurationError: an option is out of range, or not supported here; or there is no
                key.
            MediaError: a file has a format that the host does not take.
        """
        self.check_model(prompt.model or self.model)
        check(prompt, self.capabilities(prompt.model), self.name, self.who_can)
        self._key()

    def check_model(self, model: str) -> None:
        """Refuse an id that the wire does not take.

        Raises:
            ConfigurationError: with the form that it takes.
        """
        form = self.model_forms.get(self.api_name)
        if form is not None and not re.fullmatch(form, model):
            msg = f"api={self.api_name!r} of {self.name} takes model={form!r}, not {model!r}"
            raise ConfigurationError(msg, provider=self.name)

    def call(
        self, prompt: Prompt, *, stream: bool, retry: Retry, failed: tuple[Failed, ...] = ()
    ) -> Flow[Opened]:
        """Ask, and hand back the beginning of the answer.

        Args:
            prompt: what is asked.
            stream: whether the answer shall come in pieces, where the host can do that.
            retry: when to try again.
            failed: the providers that were asked before.

        Raises:
            SeedError: the prompt cannot be sent, or the host did not answer it.
        """
        self.check(prompt)
        context = self._context(prompt, failed)
        stop = prompt.options.stop
        if "stop" not in self.capabilities(prompt.model).no:
            stop = ()
        elif stop:
            # The host has no word for it, so the answer is cut here.
            prompt = replace(prompt, options=replace(prompt.options, stop=()))
        request = self.request(prompt, stream=stream)

        def read(response: Response) -> Opened:
            if not response.ok:
                raise explain_response(self, response)
            return Opened(cut(self.wire.decode(response, context), stop))

        decoder = self.wire.decoder(context) if stream and self.wire.streams else None
        if decoder is not None and stop:
            decoder = cutting(decoder, stop)
        return (yield from exchange(request, read, retry, decoder))

    def request(self, prompt: Prompt, *, stream: bool) -> Request:
        """The request for a prompt, as a value.

        Raises:
            ConfigurationError: there is no key, or it cannot stand in a header.
        """
        model = prompt.model or self.model
        if self.key_in == "body":
            extra = {"key": self._key(), **prompt.options.extra_body}
            prompt = replace(prompt, options=replace(prompt.options, extra_body=extra))
        body = self.wire.encode(prompt, model=model, issuer=self.name, stream=stream)
        announced = {self.tool_headers[kind]: "true" for kind in self._hosted(prompt)}
        headers = announced | self.headers_of(self.wire, stream=stream and self.wire.streams)
        return Request("POST", self.url, headers, body, self.name)

    def _hosted(self, prompt: Prompt) -> set[str]:
        """The types of tools that the host runs itself and wants announced."""
        kinds = {str(tool.raw.get("type")) for tool in prompt.tools if isinstance(tool, ServerTool)}
        kinds |= {"web_search"} if prompt.options.web_search else set()
        return kinds & self.tool_headers.keys()

    def headers_of(self, wire: Wire, *, stream: bool = False) -> dict[str, str]:
        """All headers of a request over a wire; the user's own win."""
        own = {
            "accept": "text/event-stream" if stream else "application/json",
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **wire.headers,
            **self._authorization(wire),
        }
        headers = own | {name.lower(): value for name, value in self.headers.items()}
        for name, value in headers.items():
            if not isinstance(value, str):
                msg = f"the header {name!r} must be text, not a {type(value).__name__}"
                raise ConfigurationError(msg, provider=self.name)
            # Said here, because httpx would show the value, which may be a key.
            if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII) or not _plain(value):
                msg = f"the header {name!r} may hold printable ASCII only, and no line end"
                raise ConfigurationError(msg, provider=self.name)
        return headers

    def _key(self) -> str:
        """The key, or nothing where none is needed."""
        key = self.api_key.get_secret_value().strip() if self.api_key else ""
        if not _plain(key):
            msg = f"the key for {self.name} holds characters that no key has; copy it again"
            raise ConfigurationError(msg, provider=self.name)
        given = {name.lower() for name in self.headers}
        if not key and self.needs_key and not given & {"authorization", "x-api-key"}:
            names = " or ".join(self.key_names)
            msg = f"no key for {self.name}: set {names}, or pass api_key="
            raise ConfigurationError(msg, provider=self.name)
        return key

    def _authorization(self, wire: Wire) -> dict[str, str]:
        """The key as headers."""
        key = self._key()
        in_body = self.key_in == "body" and wire in self.body_key_wires.values()
        if not key or in_body:
            return {}
        return {
            name: f"Bearer {key}" if name == "authorization" else key for name in wire.key_headers
        }

    def _context(self, prompt: Prompt, failed: tuple[Failed, ...]) -> Context:
        """What the decoder must know of this call."""
        model = prompt.model or self.model
        can_hide = self.capabilities(model).has("hide_reasoning")
        return Context(
            issuer=self.name,
            error_of=self.error_of,
            explain=lambda payload, headers: explain_error(self, payload, headers),
            estimate=lambda usage, answered: estimate(usage, answered or model, self.prices),
            scrub=self.scrub,
            failed=failed,
            hide_reasoning=bool(prompt.options.hide_reasoning) and not can_hide,
        )


def _plain(text: str) -> bool:
    """Whether a text may stand in a header."""
    return text.isascii() and text.isprintable()


def with_settings(provider: Provider, **settings: object) -> Provider:
    """A provider with some fields replaced; None leaves a field as it is."""
    given = {name: value for name, value in settings.items() if value is not None}
    return replace(provider, **given)  # type: ignore[arg-type]  # names are checked there
