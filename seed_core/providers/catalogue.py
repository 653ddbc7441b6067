"""What a host says of itself: its models, and how many tokens a prompt has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic_core import from_json

from seed_core.arguments import check_types
from seed_core.errors import InvalidReplyError, UnsupportedError
from seed_core.flow import Flow, Request, Response, Retry, exchange
from seed_core.providers.base import Provider
from seed_core.providers.explain import explain_error, explain_response
from seed_core.types import Json, Prompt
from seed_core.wire.messages import MessagesWire

T = TypeVar("T")
_WINDOWS = ("context_length", "context_window")


@dataclass(frozen=True, slots=True)
class Model:
    """A model as its host describes it.

    Attributes:
        id: what `model=` takes.
        context_window: input and output together, in tokens, if the host says so.
        raw: everything that the host says, as it came.
    """

    id: str
    context_window: int | None = None
    raw: Json = field(default_factory=dict, repr=False)


def list_models(provider: Provider, retry: Retry) -> Flow[tuple[Model, ...]]:
    """Ask a host for its models.

    Raises:
        UnsupportedError: the host has no such list.
        SeedError: it did not answer, or with something else.
    """
    if provider.models_path is None:
        raise UnsupportedError(f"{provider.name} lists no models", provider=provider.name)

    def read(response: Response) -> tuple[Model, ...]:
        body = _body(provider, response)
        rows = body.get("data")
        if not isinstance(rows, list):
            raise _unread(provider, "a list of models", body)
        return tuple(_model(provider, row) for row in rows)

    return (yield from _get(provider, provider.models_path, read, retry))


def describe_model(provider: Provider, model: str | None, retry: Retry) -> Flow[Model]:
    """Ask a host about one model; None is the provider's own.

    Raises:
        UnsupportedError: the host describes no single models.
        SeedError: it did not answer, or does not know the model.
    """
    if provider.model_path is None:
        listed = "; models() lists them all" if provider.models_path else ""
        msg = f"{provider.name} describes no single models{listed}"
        raise UnsupportedError(msg, provider=provider.name)
    path = provider.model_path.format(id=quote(model or provider.model, safe="/"))

    def read(response: Response) -> Model:
        body = _body(provider, response)
        return _model(provider, body["data"] if isinstance(body.get("data"), dict) else body)

    return (yield from _get(provider, path, read, retry))


def count_tokens(provider: Provider, prompt: Prompt, retry: Retry) -> Flow[int]:
    """Ask a host how many input tokens a prompt has; nothing is answered and nothing billed.

    Raises:
        UnsupportedError: the host does not count.
        SeedError: it did not answer, or with something else.
    """
    check_types(prompt=(prompt, Prompt))
    wire = provider.wires.get("messages")
    if provider.count_path is None or not isinstance(wire, MessagesWire):
        msg = (
            f"{provider.name} does not count tokens (modelslab does, and a compatible server that "
            "speaks messages may); seed_core.tokens.estimate_tokens estimates without a network"
        )
        raise UnsupportedError(msg, provider=provider.name)
    body = wire.encode_count(prompt, model=prompt.model or provider.model, issuer=provider.name)
    url = provider.address(provider.count_path)
    request = Request("POST", url, provider.headers_of(wire), body, provider.name)

    def read(response: Response) -> int:
        _body(provider, response)
        try:
            return wire.read_count(response)
        except InvalidReplyError as error:
            error.provider = provider.name
            raise

    return (yield from exchange(request, read, retry))


def _get(provider: Provider, path: str, read: Callable[[Response], T], retry: Retry) -> Flow[T]:
    """Read an address below the base URL."""
    wire = provider.wires[provider.api_name]
    url = provider.address(path)
    request = Request("GET", url, provider.headers_of(wire), provider=provider.name)
    return (yield from exchange(request, read, retry))


def _body(provider: Provider, response: Response) -> Mapping[str, Any]:
    """The JSON object of an answer that is no error."""
    if not response.ok:
        raise explain_response(provider, response)
    try:
        body = from_json(response.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _unread(provider, "an object", response.body)
    if provider.error_of(body):
        raise explain_error(provider, body, response.headers)
    return body


def _model(provider: Provider, row: Any) -> Model:
    """One model, from a row that must at least have an id."""
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise _unread(provider, "a model", row)
    # OpenRouter describes one model by its endpoints, each with its own window.
    endpoints = row.get("endpoints")
    rows = [row, *(endpoints if isinstance(endpoints, list) else ())]
    said = [one.get(name) for one in rows for name in _WINDOWS if isinstance(one, dict)]
    window = next((value for value in said if isinstance(value, int)), None)
    return Model(row["id"], window, row)


def _unread(provider: Provider, wanted: str, value: object) -> InvalidReplyError:
    """The answer is not what was asked for."""
    shown = value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)
    msg = f"{provider.name} answered with something else than {wanted}: "
    return InvalidReplyError(msg + provider.scrub(shown)[:200], provider=provider.name)
