"""A provider: a wire, an address, a key, and facts about models. Data, and one way to call it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Literal

from pydantic import SecretStr

from seed_core.arguments import check_types, scrubbed
from seed_core.body import Unshown
from seed_core.capabilities import Capabilities, Feature, WhoCan, by_prompt
from seed_core.checking import check
from seed_core.errors import APIStatusError, ConfigurationError
from seed_core.events import Failed
from seed_core.flow import Flow, Headers, Opened, Request, Retry
from seed_core.polling import OnProgress, Polling
from seed_core.pricing import Price, estimate
from seed_core.providers.address import SECRET, endpoint, origin, with_query
from seed_core.providers.calling import Ask, Upload, ask_once, call, in_words
from seed_core.providers.explain import Kind, explain_error
from seed_core.providers.headers import is_printable, wrong_header
from seed_core.providers.standards import (
    as_it_came,
    error_field,
    no_attribution,
    nobody_known,
    nothing_apart,
    nothing_said,
)
from seed_core.providers.wires import Wire
from seed_core.types import Json, Prompt, ServerTool
from seed_core.version import USER_AGENT
from seed_core.wire.context import Context


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of the models whose id matches `model` (a regular expression).

    `api` is the wire that the row is about; None for all of them.
    """

    model: str
    capabilities: Capabilities
    api: str | None = None


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
        key_pair: variables with the two halves of a key, id and secret, where there are such.
        key_prefix: how keys of this host begin, if they can be told by that.
        key_scheme: the word before the key in an `Authorization` header.
        needs_key: whether the host refuses calls without a key.
        api_key: the key; hidden in every repr.
        own_key: whether the user gave it for this host; one of the environment may be another's.
        wires: what it speaks, by the name of the `api=`; the first is the default.
        api: which of them is used; empty for the first.
        addresses: where its further services begin, by the names of the wires, and "storage" for
            files. An address of the user's own takes the place of all of them.
        root_paths: the `root_path` of each wire, where they differ.
        api_models: the default model of each wire, where they differ.
        asks: the wires on which an answer takes more than one request, and how it is got.
        polling: how often a job is looked at.
        upload: the flow that brings local media into the host's storage.
        key_in: whether the key goes into a header or into the body.
        body_key_wires: the wires when the key goes into the body, for a host that takes it there.
        regions: other addresses of the same API, by the host's name of the region.
        max_concurrency: how many calls at once the smallest account may make.
        model_forms: what ids a wire takes, where that is not all of them: a regular expression, and
            the same in words.
        models_path: where the host lists its models, below the base URL; None if it does not.
        model_path: where it describes one, with `{id}` in it.
        tool_headers: headers that announce a tool which the host runs itself, by the tool's type.
        count_path: where it counts the tokens of a prompt of the messages wire.
        facts: what its models can do; the first row that matches counts.
        prices: its price table.
        error_of: finds the error in a body or chunk, or None: an object or a text.
        error_kinds: the host's own error words, where they say more than the status.
        code_header: the header that has the error's word when the body has none.
        without_echo: takes out of an error what repeats the prompt.
        says_retry: what the headers of an error say about trying again, before all else.
        attribution: headers that name the calling app.
        headers: further headers of every request.
        query: further query parameters of every request.
        apart: takes out of a prompt what this host is told in headers: the rest, and those.
    """

    name: str
    base_url: str
    root_path: str
    model: str
    wires: Mapping[str, Wire] = field(repr=False)
    key_names: tuple[str, ...] = ()
    key_pair: tuple[str, str] | None = None
    key_prefix: str | None = None
    key_scheme: str = "Bearer"
    needs_key: bool = True
    api_key: SecretStr | None = None
    own_key: bool = field(default=False, repr=False, compare=False)
    api: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict, repr=False)
    root_paths: Mapping[str, str] = field(default_factory=dict, repr=False)
    api_models: Mapping[str, str] = field(default_factory=dict, repr=False)
    asks: Mapping[str, Ask] = field(default_factory=dict, repr=False)
    polling: Polling = field(default=Polling(0.5, 1.0), repr=False)
    upload: Upload | None = field(default=None, repr=False)
    key_in: Literal["header", "body"] = "header"
    body_key_wires: Mapping[str, Wire] = field(default_factory=dict, repr=False)
    regions: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_concurrency: int | None = None
    model_forms: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    models_path: str | None = field(default=None, repr=False)
    model_path: str | None = field(default=None, repr=False)
    tool_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    count_path: str | None = field(default=None, repr=False)
    facts: tuple[ModelFacts, ...] = field(default=(), repr=False)
    prices: tuple[Price, ...] = field(default=(), repr=False)
    error_of: Callable[[Json], Any] = field(default=error_field, repr=False)
    error_kinds: Mapping[str, type[APIStatusError] | Kind] = field(default_factory=dict, repr=False)
    code_header: str | None = field(default=None, repr=False)
    without_echo: Callable[[Json], Json] = field(default=as_it_came, repr=False)
    says_retry: Callable[[Headers], bool | None] = field(default=nothing_said, repr=False)
    attribution: Callable[[str | None, str | None], Mapping[str, str]] = field(
        default=no_attribution, repr=False
    )
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    apart: Callable[[Prompt, str], tuple[Prompt, Mapping[str, str]]] = field(
        default=nothing_apart, repr=False
    )
    who_can: WhoCan = field(default=nobody_known, repr=False)
    # What follows from the rest and is asked for with every call.
    _abilities: dict[str, Capabilities] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _endings: tuple[str, ...] = field(default=(), init=False, repr=False, compare=False)
    _usual_headers: dict[bool, Callable[[], dict[str, str]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Work out what an address of the user's may end with."""
        paths = (wire.path.replace("{model}", self.model) for wire in self.wires.values())
        object.__setattr__(self, "_endings", tuple(paths))

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

    @property
    def key_sources(self) -> str:
        """The environment variables that may hold the key, in words."""
        pair = (" and ".join(self.key_pair),) if self.key_pair else ()
        return " or ".join((*self.key_names, *pair))

    @property
    def storage(self) -> str | None:
        """Where files are brought, if `base_url` is the host's own: else nobody knows what is."""
        at_home = origin(self.base_url) in map(origin, self.addresses.values())
        return self.addresses.get("storage") if at_home else None

    def address(self, path: str, model: str | None = None) -> str:
        """The address of a path below the base URL; `{model}` in it stands for the model's id."""
        path = path.replace("{model}", model or self.model)
        return with_query(endpoint(self.base_url, self.root_path, path, self._endings), self.query)

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
        if self.key_pair and keys:
            keys += keys[0].split(":")
        for name, value in (*self.headers.items(), *self.query.items()):
            if re.search(SECRET, name):
                keys.append(str(value).rpartition(" ")[2])  # without the scheme before it
        return scrubbed(text, keys)

    def __reduce__(self) -> tuple[Any, ...]:
        """What is pickled: everything but what is secret."""
        bare = self.without_key()
        return type(self), tuple(getattr(bare, one.name) for one in fields(bare) if one.init)

    def __copy__(self) -> Provider:
        """The same value: nothing in it changes."""
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Provider:
        """The same value, with its key: a copy stays in this process."""
        return self

    def capabilities(self, model: str | None = None) -> Capabilities:
        """What a model can do here; all unknown for a model that no row is about."""
        model = model or self.model
        if not isinstance(model, str):
            check_types(model=(model, str))
        found = self._abilities.get(model)
        if found is None:
            found = self._abilities[model] = self._abilities_of(model)
        return found

    def _abilities_of(self, model: str) -> Capabilities:
        """The same, out of the facts."""
        stores = self.upload is not None
        cannot = self.wire.cannot if stores else self.wire.cannot | frozenset[Feature]({"upload"})
        for row in self.facts:
            if row.api in (None, self.api_name) and re.fullmatch(row.model, model):
                return row.capabilities.without(cannot)
        return Capabilities().without(cannot)

    def check(self, prompt: Prompt) -> None:
        """Refuse what cannot work, before anything is sent.

        Raises:
            ConfigurationError: an option is out of range, or not supported here; or there is no
                key.
            MediaError: a file has a format that the host does not take.
        """
        self.check_model(prompt.model or self.model)
        check(prompt, self.capabilities(prompt.model), self.name, self.who_can)
        if not self._usual_headers:  # else it stands in them, and was looked at
            self._key()

    def check_model(self, model: str) -> None:
        """Refuse an id that the wire does not take.

        Raises:
            ConfigurationError: with the form that it takes.
        """
        check_types(model=(model, str))
        if self.api_name not in self.model_forms:
            return
        form, words = self.model_forms[self.api_name]
        if not re.fullmatch(form, model):
            msg = f"api={self.api_name!r} of {self.name} takes {words} as model=, not {model!r}"
            raise ConfigurationError(msg, provider=self.name)

    def call(
        self,
        prompt: Prompt,
        *,
        stream: bool,
        retry: Retry,
        failed: tuple[Failed, ...] = (),
        on_progress: OnProgress | None = None,
    ) -> Flow[Opened]:
        """Ask, and hand back the beginning of the answer. See `calling.call`."""
        return call(
            self, prompt, stream=stream, retry=retry, failed=failed, on_progress=on_progress
        )

    @property
    def ask(self) -> Ask:
        """How an answer is got over the wire in use."""
        return self.asks.get(self.api_name, ask_once)

    def rehearse(self, prompt: Prompt, *, stream: bool) -> None:
        """Raise now what would keep the prompt from being sent.

        Raises:
            SeedError: it cannot be sent, or not be written.
        """
        self.check(prompt)
        can = self.capabilities(prompt.model)
        self.request(in_words(prompt, can, by_prompt(prompt, can)), stream=stream)

    def request(self, prompt: Prompt, *, stream: bool) -> Request:
        """The request for a prompt, as a value.

        Raises:
            ConfigurationError: there is no key, or it cannot stand in a header.
        """
        model = prompt.model or self.model
        if self.key_in == "body":
            extra = {"key": Unshown(self._key()), **prompt.options.extra_body}
            prompt = replace(prompt, options=replace(prompt.options, extra_body=extra))
        wire = self.wire
        announced = {self.tool_headers[kind]: "true" for kind in self._hosted(prompt)}
        prompt, said = self.apart(prompt, self.api_name)
        body = wire.encode(prompt, model=model, issuer=self.name, stream=stream)
        headers = self._headers(wire, {**announced, **said}, stream=stream and wire.streams)
        return Request("POST", self.address(wire.path, model), headers, body, self.name)

    def _headers(self, wire: Wire, more: Mapping[str, str], *, stream: bool) -> dict[str, str]:
        """The headers of a prompt; where nobody adds any, they are worked out once."""
        if more:
            return self.headers_of(wire, more, stream=stream)
        usual = self._usual_headers.get(stream)
        if usual is None:
            # A method, since the key is among them: its repr does not show it.
            usual = self._usual_headers[stream] = self.headers_of(wire, stream=stream).copy
        return usual()

    def _hosted(self, prompt: Prompt) -> set[str]:
        """The types of tools that the host runs itself and wants announced."""
        if not self.tool_headers:
            return set()
        kinds = {str(tool.raw.get("type")) for tool in prompt.tools if isinstance(tool, ServerTool)}
        kinds |= {"web_search"} if prompt.options.web_search else set()
        return kinds & self.tool_headers.keys()

    def headers_of(
        self, wire: Wire, more: Mapping[str, str] = MappingProxyType({}), *, stream: bool = False
    ) -> dict[str, str]:
        """All headers of a request over a wire, and `more`; the user's own win."""
        own = {
            **more,
            "accept": "text/event-stream" if stream else "application/json",
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **wire.headers,
            **self._authorization(wire),
        }
        headers = own | {name.lower(): value for name, value in self.headers.items()}
        wrong = wrong_header(headers)
        if wrong:
            del own, headers  # a traceback may show the variables of its frames
            raise ConfigurationError(wrong, provider=self.name)
        return headers

    def _key(self) -> str:
        """The key, or nothing where none is needed."""
        key = self.api_key.get_secret_value().strip() if self.api_key else ""
        if not is_printable(key):
            del key  # a traceback may show the variables of its frames
            msg = f"the key for {self.name} holds characters that no key has; copy it again"
            raise ConfigurationError(msg, provider=self.name)
        given = {name.lower() for name in self.headers}
        if not key and self.needs_key and not given & {"authorization", "x-api-key"}:
            msg = f"no key for {self.name}: set {self.key_sources}, or pass api_key="
            raise ConfigurationError(msg, provider=self.name)
        return key

    def _authorization(self, wire: Wire) -> dict[str, str]:
        """The key as headers."""
        key = self._key()
        in_body = self.key_in == "body" and wire in self.body_key_wires.values()
        if not key or in_body:
            return {}
        return {
            name: f"{self.key_scheme} {key}" if name == "authorization" else key
            for name in wire.key_headers
        }

    def context(self, prompt: Prompt, failed: tuple[Failed, ...]) -> Context:
        """What the decoder must know of this call."""
        model = prompt.model or self.model
        can_hide = self.capabilities(model).has("hide_reasoning")
        return Context(
            issuer=self.name,
            model=model,
            error_of=self.error_of,
            explain=lambda payload, headers: explain_error(self, payload, headers),
            estimate=lambda usage, answered: estimate(usage, answered or model, self.prices),
            scrub=self.scrub,
            failed=failed,
            hide_reasoning=bool(prompt.options.hide_reasoning) and not can_hide,
        )


def with_settings(provider: Provider, **settings: object) -> Provider:
    """A provider with some fields replaced; None leaves a field as it is."""
    given = {name: value for name, value in settings.items() if value is not None}
    return replace(provider, **given)  # type: ignore[arg-type]  # names are checked there
