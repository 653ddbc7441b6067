"""Connecting to a host with several addresses: who is tried, when, and what becomes of the rest."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from seed_core import dialing
from seed_core.dialing import addresses_of, dial, places_of
from seed_core.errors import APITimeoutError
from seed_core.timeouts import Timeout
from tests.core.calling import Colour, eventually
from tests.core.transport.callers import Caller, asking
from tests.core.transport.scripted import Line, Scripted, always, full_queue, plain
from tests.load.cutting import WHENS, When, at_each_wait

HOST = "host.example"
V6 = socket.AF_INET6
HERE = "127.0.0.1"


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the host's name stands for, as the tests fill it in."""
    found: list[tuple[Any, ...]] = []

    resolve = socket.getaddrinfo

    def resolved(host: str, *how: Any, **more: Any) -> list[tuple[Any, ...]]:
        if host != HOST:
            return resolve(host, *how, **more)
        return [(family, socket.SOCK_STREAM, 6, "", where) for family, where in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    return found


class Quiet(asyncio.Protocol):
    """A connection of which only its end matters."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock


def connected() -> tuple[str, int]:
    """Dial, hang up, and give back the address that was reached."""

    async def work() -> Any:
        transport, quiet = await dial(Quiet, HOST, 1, None)
        where = transport.get_extra_info("peername")
        assert quiet.sock.getpeername() == where
        transport.abort()
        await asyncio.sleep(0)
        return where[:2]

    where: tuple[str, int] = asyncio.run(work())
    return where


def hold(line: Line) -> None:
    line.gone()


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted(hold) as server:
        yield server


def refusing() -> int:
    """A port on which nobody listens."""
    with closing(socket.create_server((HERE, 0))) as gone:
        return int(gone.getsockname()[1])


def test_one_address_is_tried_alone(places: list[Any], server: Scripted) -> None:
    places[:] = [(socket.AF_INET, (HERE, server.port))]
    assert connected() == (HERE, server.port)


def test_the_next_address_is_tried_at_once_where_one_refuses(
    places: list[Any], server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialing, "_HEAD_START", 60)
    places[:] = [(socket.AF_INET, (HERE, port)) for port in (refusing(), refusing(), server.port)]
    assert connected() == (HERE, server.port)


def test_the_next_address_is_tried_beside_one_that_does_not_answer(
    places: list[Any], server: Scripted
) -> None:
    with full_queue() as url:
        deaf = int(url.split(":")[2].split("/")[0])
        places[:] = [(socket.AF_INET, (HERE, port)) for port in (deaf, server.port)]
        begun = time.monotonic()
        assert connected() == (HERE, server.port)
        assert time.monotonic() - begun >= 0.2
    gc.collect()  # the one that did not answer would warn now


def test_when_all_refuse_the_first_says_so(places: list[Any]) -> None:
    ports = [refusing(), refusing()]
    places[:] = [(socket.AF_INET, (HERE, port)) for port in ports]
    with pytest.raises(ConnectionRefusedError, match=str(ports[0])):
        connected()
    gc.collect()


def test_families_take_turns(places: list[Any]) -> None:
    places[:] = [(V6, 1), (V6, 2), (V6, 3), (socket.AF_INET, 4)]
    assert [where for _, where in asyncio.run(places_of(HOST, 1))] == [1, 4, 2, 3]
    places.reverse()
    assert [where for _, where in asyncio.run(places_of(HOST, 1))] == [4, 3, 2, 1]


@pytest.mark.parametrize("addresses", [1, 2])
@pytest.mark.parametrize("when", WHENS)
def test_no_connection_is_lost_whenever_the_task_is_cancelled(
    places: list[Any], server: Scripted, when: When, addresses: int
) -> None:
    """The event loop's own way to do this loses one that comes about in that very moment."""
    places[:] = [(socket.AF_INET, (HERE, server.port))] * addresses

    async def doing() -> None:
        transport, _ = await dial(Quiet, HOST, 1, None)
        transport.abort()

    async def work() -> None:
        async for _ in at_each_wait(doing, when):
            for _ in range(3):
                await asyncio.sleep(0)
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(work())
    gc.collect()  # a lost one would warn now
    assert eventually(lambda: all(line.closed.is_set() for line in list(server.lines)), 10)


# --- threads --------------------------------------------------------------------------------------


def test_a_thread_tries_all_addresses_of_a_host(
    places: list[Any],
) -> None:
    """Nobody listens at the first."""
    with Scripted(always(plain())) as server:
        places[:] = [(V6, ("::1", server.port, 0, 0)), (socket.AF_INET, (HERE, server.port))]
        with Caller("sync") as caller:
            got = caller.ask(asking(server.url.replace(HERE, HOST)))
    assert (got.body, got.error) == (b"fine", None)


def test_the_limit_for_connecting_is_for_all_addresses_together(
    places: list[Any], colour: Colour
) -> None:
    with full_queue() as url:
        places[:] = [(socket.AF_INET, (HERE, int(url.split(":")[2].split("/")[0])))] * 16
        begun = time.monotonic()
        with Caller(colour) as caller:
            error = caller.ask(asking(url.replace(HERE, HOST)), Timeout(connect=1)).error
    assert type(error) is APITimeoutError
    assert error.phase == "connect"
    assert time.monotonic() - begun < 10, "one second for each of them would be sixteen"


def test_an_address_in_numbers_is_not_looked_up(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)

    async def work() -> None:
        transport, _ = await dial(Quiet, HERE, server.port, None)
        transport.abort()
        await asyncio.sleep(0)

    asyncio.run(work())
    assert addresses_of("::1", 1) == ["::1"]
