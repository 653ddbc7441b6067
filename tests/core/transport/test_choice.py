"""Which transport sends: our own, unless something asks for what only httpx knows."""

from __future__ import annotations

import asyncio
import base64
import gc
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from seed_core.client import AsyncClient, Client
from seed_core.emulator import Emulator
from seed_core.errors import ConfigurationError
from seed_core.pools import retire
from seed_core.video_client import AsyncVideoClient, VideoClient
from tests.core.calling import COLOURS, HELLO, KEY, Colour, provider_at
from tests.core.transport.callers import Caller, asking
from tests.core.transport.scripted import Line, Scripted, always, plain


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the environment says is looked at when a pool is made."""
    monkeypatch.delenv("SEED_TRANSPORT", raising=False)
    retire()
    yield
    retire()


def agent(emulator: Emulator) -> str:
    """Which transport sent the last request: httpx asks to keep the connection, ours is silent."""
    (asked,) = {seen.headers.get("connection", "") for seen in emulator.requests}
    return "httpx" if asked else "own"


def call(colour: Colour, provider: Any, **settings: Any) -> None:
    """Ask once."""
    if colour == "sync":
        Client(provider, **settings).call(HELLO)
    else:

        async def ask() -> None:
            async with AsyncClient(provider, **settings) as client:
                await client.call(HELLO)

        asyncio.run(ask())


@pytest.mark.parametrize(
    ("variable", "argument", "sender"),
    [
        ("", None, "own"),
        ("auto", None, "own"),
        ("httpx", None, "httpx"),
        ("", "auto", "own"),
        ("", "httpx", "httpx"),
        ("httpx", "auto", "own"),
        ("auto", "httpx", "httpx"),
    ],
)
def test_the_argument_counts_then_the_environment_then_our_own(
    emulator: Emulator,
    colour: Colour,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    argument: Any,
    sender: str,
) -> None:
    monkeypatch.setenv("SEED_TRANSPORT", variable)
    call(colour, provider_at(emulator), transport=argument)
    assert agent(emulator) == sender


def test_a_client_of_the_user_is_httpx(emulator: Emulator) -> None:
    with httpx.Client() as own:
        call("sync", provider_at(emulator), http_client=own, transport="auto")
    assert agent(emulator) == "httpx"


CLIENTS: tuple[Callable[..., object], ...] = (Client, AsyncClient, VideoClient, AsyncVideoClient)


@pytest.mark.parametrize("make", CLIENTS)
def test_a_transport_that_is_not_known_is_refused(
    make: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "transport='carrier pigeon' is not known; it is 'auto' or 'httpx'"
    monkeypatch.setenv("OPENROUTER_API_KEY", "k")
    monkeypatch.setenv("RUNWARE_API_KEY", "k")
    with pytest.raises(ConfigurationError, match=words):
        make(transport="carrier pigeon")
    monkeypatch.setenv("SEED_TRANSPORT", "carrier pigeon")
    with pytest.raises(ConfigurationError, match=words):
        make()


@pytest.mark.parametrize(
    ("package", "name"), [("langchain_seed", "ChatSeed"), ("llamaindex_seed", "SeedLLM")]
)
@pytest.mark.parametrize(("said", "sender"), [(None, "own"), ("httpx", "httpx")])
def test_a_model_of_a_framework_hands_the_choice_on(
    emulator: Emulator, package: str, name: str, said: Any, sender: str
) -> None:
    model = getattr(pytest.importorskip(package, exc_type=ImportError), name)
    settings = {"base_url": emulator.url("openrouter"), "api_key": KEY, "transport": said}
    asked = model(provider="openrouter", **settings)
    asked.invoke("Hello") if package == "langchain_seed" else asked.complete("Hello")
    assert agent(emulator) == sender
    with pytest.raises(ValidationError, match="'auto' or 'httpx'"):
        model(provider="openrouter", **{**settings, "transport": "carrier pigeon"})


# --- loops that end -------------------------------------------------------------------------------


def left_behind(emulator: Emulator, over: Any) -> set[str]:
    """What Python complains of after a loop was closed by hand, with connections open on it."""
    client = AsyncClient(provider_at(emulator), transport=over)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(client.call(HELLO))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        loop.close()
        asyncio.run(client.call(HELLO))  # another loop's call lets go of the pool of the first
        gc.collect()
    return {" ".join(str(warning.message).split()[:2]) for warning in seen}


def test_a_loop_that_is_closed_by_hand_leaves_no_more_than_under_httpx(emulator: Emulator) -> None:
    ours, theirs = left_behind(emulator, "auto"), left_behind(emulator, "httpx")
    assert ours <= theirs, (ours, theirs)


# --- proxies --------------------------------------------------------------------------------------


def relay(line: Line) -> None:
    """A proxy: it sends what it gets to the address in the request, and the answer back."""
    while (seen := line.request()) is not None:
        url = httpx.URL(seen.start.split()[1])
        headers = "".join(f"{name}: {value}\r\n" for name, value in seen.headers)
        there = socket.create_connection((url.host, url.port or 80), 10)
        with closing(there), suppress(TimeoutError):
            there.sendall(f"POST {url.path} HTTP/1.1\r\n{headers}\r\n".encode() + seen.body)
            line.send(there.recv(65536))


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_in_the_environment_is_used(
    colour: Colour, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with Scripted(relay) as proxy, Scripted(always(plain(b"behind it"))) as server:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        with Caller(colour) as caller:
            assert caller.ask(asking(server.url, b"abc")).body == b"behind it"
        assert proxy.received[0].start == f"POST {server.url} HTTP/1.1"
        assert server.received[0].body == b"abc"


def test_a_host_that_the_environment_excepts_is_asked_directly(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Scripted(relay) as proxy, Scripted(always(plain())) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with Caller(colour) as caller:
            assert caller.ask(asking(server.url)).body == b"fine"
        assert proxy.received == []
        assert "python-httpx" in server.received[0].header("user-agent")


@pytest.mark.parametrize("colour", COLOURS)
def test_credentials_in_an_address_go_out_as_basic_authorization(colour: Colour) -> None:
    with Scripted(always(plain())) as server, Caller(colour) as caller:
        url = server.url.replace("127.0.0.1", "me:secret%20word@127.0.0.1")
        assert caller.ask(asking(url)).body == b"fine"
        seen = server.received[0]
        expected = base64.b64encode(b"me:secret word").decode()
        assert seen.header("authorization") == f"Basic {expected}"
        assert seen.header("host") == f"127.0.0.1:{server.port}"
