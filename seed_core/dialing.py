"""Whom to connect to, of the addresses of a host; and how an event loop does.

It tries one more address each quarter of a second, until one of them takes the connection. asyncio
does that too ("happy eyeballs"). But a task that is cancelled in the very moment in which a
connection comes about then leaves it open, with nobody to close it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from itertools import chain, zip_longest
from typing import Any, TypeAlias, TypeVar

P = TypeVar("P", bound=asyncio.Protocol)
_Made: TypeAlias = "tuple[asyncio.Transport, P]"
_Place: TypeAlias = "tuple[int, Any]"
"""A family of addresses, and one of them."""

_HEAD_START = 0.25
"""Seconds that an address has before the next one is tried beside it (RFC 8305, section 8)."""


async def dial(
    protocol: Callable[[socket.socket], P], host: str, port: int, tls: ssl.SSLContext | None
) -> _Made[P]:
    """Connect to a host, over TLS if there is a context for it.

    Args:
        protocol: makes one of the socket that it will be about.
        host: its name or address.
        port: its port.
        tls: the context; None for none.

    Raises:
        OSError: it has no address, or none of them takes a connection.
        UnicodeError: it cannot be a name.
    """
    places = _literal(host, port) or await places_of(host, port)
    tasks: list[asyncio.Task[_Made[P]]] = []
    errors: list[BaseException] = []
    if len(places) == 1:
        return await _connect(protocol, places[0], host, tls)
    try:
        while len(errors) < len(places):
            if more := places[len(tasks) :]:
                tasks.append(asyncio.create_task(_connect(protocol, more[0], host, tls)))
            await asyncio.wait(
                [task for task in tasks if not task.done()] or tasks,
                timeout=_HEAD_START if len(tasks) < len(places) else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in [task for task in tasks if task.done()]:
                error = task.exception()
                if error is None:
                    tasks.remove(task)
                    return task.result()
                if error not in errors:
                    errors.append(error)
        raise errors[0]
    finally:
        for task in tasks:
            task.add_done_callback(_hang_up)
            task.cancel()


def _hang_up(task: asyncio.Task[_Made[P]]) -> None:
    """Close a connection that came about, though another one was faster or nobody waits."""
    if not task.cancelled() and task.exception() is None:
        task.result()[0].abort()


async def _connect(
    protocol: Callable[[socket.socket], P], place: _Place, host: str, tls: ssl.SSLContext | None
) -> _Made[P]:
    """Connect to one address."""
    loop = asyncio.get_running_loop()
    family, address = place
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    # From here on the loop closes it when something fails.
    return await loop.create_connection(
        lambda: protocol(sock), sock=sock, ssl=tls, server_hostname=host if tls else None
    )


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of a host, for threads, in the order in which to try them.

    Raises:
        OSError: it has none.
        UnicodeError: it cannot be a name.
    """
    if _literal(host, port):
        return [host]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for _, address in _in_turn(found)]


async def places_of(host: str, port: int) -> list[_Place]:
    """The places of a host, for a loop, in the order in which to try them. See `addresses_of`."""
    loop = asyncio.get_running_loop()
    return _in_turn(await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def _literal(host: str, port: int) -> list[_Place]:
    """The place of a host that is an address already: nobody has to be asked for it."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return [(family, (host, port))]
    return []


def _in_turn(found: list[tuple[Any, Any, Any, Any, Any]]) -> list[_Place]:
    """What was found: the best first, then one of each family in turn."""
    places = [(family, address) for family, _, _, _, address in found]
    same = [place for place in places if place[0] == places[0][0]]
    others = [place for place in places if place[0] != places[0][0]]
    return [place for place in chain(*zip_longest(same, others)) if place is not None]
