"""What hosts say of themselves: their models, one model, and how many tokens a prompt has."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from seed_core.client import AsyncClient, Client
from seed_core.emulator import Emulator
from seed_core.errors import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InvalidReplyError,
    NotFoundError,
    UnsupportedError,
)
from seed_core.flow import Response, Retry, Send
from seed_core.providers import PROVIDERS, resolve
from seed_core.providers.base import Provider
from seed_core.providers.catalogue import Model, count_tokens, describe_model, list_models
from seed_core.types import Message, Prompt, Text, Tool
from tests.core.calling import AT_ONCE, COLOURS, HELLO, ONCE, Colour

KEY = "sk-a-key-that-nobody-may-see"
ARK = ("byteplus", "volcengine")


def at(emulator: Emulator, name: str, **settings: Any) -> Provider:
    given: dict[str, Any] = {"base_url": emulator.url(name), "api_key": KEY, **settings}
    return resolve(name, **given)


def wait(colour: Colour, provider: Provider, act: Callable[[Any], Any], retry: Retry = ONCE) -> Any:
    """Ask in either colour."""
    if colour == "sync":
        return act(Client(provider, retry=retry))

    async def in_a_loop() -> Any:
        return await act(AsyncClient(provider, retry=retry))

    return asyncio.run(in_a_loop())


# --- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    ("name", "window"),
    [("openrouter", 262_144), ("empiriolabs", 262_144), ("modelslab", None)],
)
def test_a_host_lists_its_models(
    emulator: Emulator, colour: Colour, name: str, window: int | None
) -> None:
    found = wait(colour, at(emulator, name), lambda client: client.models())
    assert all(isinstance(model, Model) for model in found)
    (own,) = [model for model in found if model.id == PROVIDERS[name].model]
    assert own.context_window == window
    assert own.raw["id"] == own.id
    assert emulator.requests[-1].method == "GET"


@pytest.mark.parametrize("api", ["chat", "messages"])
def test_the_list_is_asked_for_with_the_header_of_the_wire(emulator: Emulator, api: str) -> None:
    wait("sync", at(emulator, "modelslab", api=api), lambda client: client.models())
    seen = emulator.requests[-1]
    assert seen.path.endswith("/v1/models")
    name = "authorization" if api == "chat" else "x-api-key"
    assert KEY in seen.headers[name]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", ["openrouter", "empiriolabs"])
def test_one_model_is_described(emulator: Emulator, colour: Colour, name: str) -> None:
    own = wait(colour, at(emulator, name), lambda client: client.model())
    assert (own.id, own.context_window) == (PROVIDERS[name].model, 262_144)
    same = wait(colour, at(emulator, name, model="other"), lambda client: client.model(own.id))
    assert same == own


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", ["openrouter", "empiriolabs"])
def test_an_unknown_model_is_told(emulator: Emulator, colour: Colour, name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        wait(colour, at(emulator, name), lambda client: client.model("no/such"))
    assert (caught.value.provider, caught.value.status_code) == (name, 404)


def test_a_compatible_server_is_asked_as_openai_would_be(emulator: Emulator) -> None:
    for api in PROVIDERS["compatible"].wires:
        host = at(emulator, "openrouter", model="m", api="chat")
        server = resolve("compatible", base_url=host.base_url, api=api, model="m", api_key=KEY)
        assert len(wait("sync", server, lambda client: client.models())) > 1
        assert emulator.requests[-1].path == "/api/v1/models"


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", ARK)
def test_where_there_is_no_list_that_is_said_before_anything_is_sent(
    emulator: Emulator, colour: Colour, name: str
) -> None:
    with pytest.raises(UnsupportedError, match=f"{name} lists no models"):
        wait(colour, at(emulator, name), lambda client: client.models())
    assert emulator.requests == []


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", ["modelslab", *ARK])
def test_where_no_model_is_described_that_is_said_before_anything_is_sent(
    emulator: Emulator, colour: Colour, name: str
) -> None:
    with pytest.raises(UnsupportedError, match=f"{name} describes no single models"):
        wait(colour, at(emulator, name), lambda client: client.model())
    assert emulator.requests == []


# --- counts ---------------------------------------------------------------------------------------

LONG = Prompt(
    (Message("system", (Text("Be brief."),)), Message("user", (Text("x" * 4000),))),
    (Tool("get_weather", "The weather.", {"type": "object", "properties": {}}),),
)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("api", ["chat", "messages"])
def test_modelslab_counts_tokens_whatever_the_wire(
    emulator: Emulator, colour: Colour, api: str
) -> None:
    host = at(emulator, "modelslab", api=api)
    assert wait(colour, host, lambda client: client.count_tokens(HELLO)) < 50
    assert 1000 <= wait(colour, host, lambda client: client.count_tokens(LONG)) < 1200
    seen = emulator.requests[-1]
    assert seen.path.endswith("/v1/messages/count_tokens")
    assert set(seen.body) == {"model", "messages", "system", "tools"}
    assert seen.headers["x-api-key"] == KEY


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", ["openrouter", "empiriolabs", *ARK])
def test_where_nothing_is_counted_an_estimate_is_named(
    emulator: Emulator, colour: Colour, name: str
) -> None:
    with pytest.raises(UnsupportedError, match=f"{name} does not count tokens.*estimate_tokens"):
        wait(colour, at(emulator, name), lambda client: client.count_tokens(HELLO))
    assert emulator.requests == []


def test_a_compatible_server_may_count(emulator: Emulator) -> None:
    base = f"{emulator.url('modelslab')}/v1"
    model = PROVIDERS["modelslab"].model
    server = resolve("compatible", base_url=base, api="messages", model=model, api_key=KEY)
    assert wait("sync", server, lambda client: client.count_tokens(HELLO)) > 0


def test_what_cannot_stand_in_a_message_cannot_be_counted(emulator: Emulator) -> None:
    # The wire that counts begins with a user turn.
    asked = Prompt((Message("assistant", (Text("Hi"),)),))
    with pytest.raises(ConfigurationError, match="user turn"):
        wait("sync", at(emulator, "modelslab"), lambda client: client.count_tokens(asked))
    assert emulator.requests == []


# --- failures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.models(),
        lambda client: client.count_tokens(HELLO),
    ],
    ids=["models", "count_tokens"],
)
def test_a_wrong_key_is_told_with_its_variable(
    emulator: Emulator, colour: Colour, act: Callable[[Any], Any]
) -> None:
    with pytest.raises(AuthenticationError, match="check MODELSLAB_API_KEY, or api_key="):
        wait(colour, at(emulator, "modelslab", api_key="invalid"), act)
    with pytest.raises(ConfigurationError, match="no key for modelslab: set MODELSLAB_API_KEY"):
        wait(colour, at(emulator, "modelslab", api_key=""), act)


@pytest.mark.parametrize("colour", COLOURS)
def test_a_host_that_does_not_listen_is_a_connection_error(colour: Colour) -> None:
    nowhere = resolve("openrouter", base_url="http://127.0.0.1:1/v1", api_key=KEY)
    with pytest.raises(APIConnectionError, match="could not connect to openrouter"):
        wait(colour, nowhere, lambda client: client.models())


def answered(status: int, body: bytes, flow: Callable[[], Any]) -> Any:
    """Drive a flow by hand with one answer."""
    running = flow()
    asked = next(running)
    assert isinstance(asked, Send)
    try:
        running.send(Response(status, {}, body))
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it asked again")


OPENROUTER = resolve("openrouter", api_key=KEY)
MODELSLAB = resolve("modelslab", api_key=KEY)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b"{}", b'{"data": 5}', b'{"data": [5]}', b'{"data": [{}]}'],
)
def test_an_answer_that_is_no_list_is_an_invalid_reply(body: bytes) -> None:
    with pytest.raises(InvalidReplyError) as caught:
        answered(200, body, lambda: list_models(OPENROUTER, ONCE))
    assert caught.value.provider == "openrouter"


@pytest.mark.parametrize("body", [b"{}", b'{"input_tokens": "7"}', b'{"input_tokens": true}'])
def test_an_answer_that_is_no_count_is_an_invalid_reply(body: bytes) -> None:
    with pytest.raises(InvalidReplyError):
        answered(200, body, lambda: count_tokens(MODELSLAB, HELLO, ONCE))


def test_an_error_inside_a_200_is_an_error_here_too() -> None:
    body = b'{"status": "error", "message": "Invalid API key"}'
    with pytest.raises(AuthenticationError):
        answered(200, body, lambda: list_models(MODELSLAB, ONCE))
    with pytest.raises(BadRequestError):
        answered(400, b"no", lambda: describe_model(OPENROUTER, None, ONCE))


def test_a_model_may_stand_alone_or_in_data_and_its_window_under_several_names() -> None:
    def window(body: bytes) -> int | None:
        found: Model = answered(200, body, lambda: describe_model(OPENROUTER, "a/b", ONCE))
        assert found.id == "m"
        return found.context_window

    assert window(b'{"id": "m", "context_length": 5}') == 5
    assert window(b'{"data": {"id": "m", "context_window": 6}}') == 6
    nested = b'{"data": {"id": "m", "endpoints": [{"context_length": 7}, {"context_length": 8}]}}'
    assert window(nested) == 7
    assert window(b'{"id": "m"}') is None


def test_the_id_of_a_model_is_quoted_but_for_its_slashes() -> None:
    asked = next(describe_model(OPENROUTER, "a b/c?d", ONCE))
    assert asked.request.url.endswith("/api/v1/models/a%20b/c%3Fd/endpoints")


def test_a_list_is_asked_for_again_when_the_host_is_down() -> None:
    flow = list_models(OPENROUTER, AT_ONCE)
    next(flow)
    assert isinstance(flow.send(Response(503, {}, b"")), Send)
    flow.close()


@pytest.mark.parametrize("colour", COLOURS)
def test_the_key_goes_along_though_calls_carry_it_in_their_body(
    emulator: Emulator, colour: Colour
) -> None:
    host = at(emulator, "modelslab", key_in="body")
    assert wait(colour, host, lambda client: client.models())
    assert wait(colour, host, lambda client: client.count_tokens(HELLO)) > 0
