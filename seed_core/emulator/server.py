"""The emulator's life: a free port, a thread, and the hosts behind it.

Knows threads and the listening socket. What a host accepts and answers is in that host's module.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from seed_core.emulator.charges import Charge
from seed_core.emulator.connections import Connection, Switchboard
from seed_core.emulator.hosts import Host, Platform, Studio, scripted_hosts
from seed_core.emulator.scripts import Scripted
from seed_core.emulator.seen import Seen, StoredFile

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from seed_core.providers.base import Provider

__all__ = ["Emulator"]


class _Server(uvicorn.Server):
    """uvicorn without its ticks: ready and closed at once, whatever a client is doing."""

    def __init__(self, config: uvicorn.Config, board: Switchboard) -> None:
        super().__init__(config)
        self._board = board
        self.ready = threading.Event()
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not self._stop.is_set():
            await self.on_tick(0)  # sets the Date header
            self.ready.set()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await asyncio.sleep(0)  # a client that was just accepted gets its line first
        tasks = list(self.server_state.tasks)
        lines = list(self._board.lines.values())
        for line in lines:
            line.transport.abort()
        await asyncio.gather(*(line.gone.wait() for line in lines))
        await asyncio.gather(*tasks, return_exceptions=True)
        for sock in sockets or []:
            sock.close()

    def stop(self) -> None:
        """End the main loop (callable from any thread)."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)


class Emulator:
    """The hosts as seen on the wire, on a port of this computer, in a thread of their own.

    Args:
        port: The port to listen on; 0 takes a free one.
        address: The address to listen on.
        models: Ids that are served beside the Seed models.

    Example:
        >>> with Emulator() as emulator:
        ...     emulator.url("openrouter").endswith("/openrouter/api/v1")
        True
    """

    def __init__(
        self, port: int = 0, *, address: str = "127.0.0.1", models: Sequence[str] = ()
    ) -> None:
        """Prepare; nothing listens before `start` or `with`."""
        self._wanted = (address, port)
        self._address = ""
        self._thread: threading.Thread | None = None
        self._server: _Server | None = None
        made = scripted_hosts(models)
        self._hosts = {host.name: host for host, _ in made}
        self._scripts = {host.name: scripts for host, scripts in made}
        mounts = [
            Mount(f"/{host.name}{host.base}", routes=host.routes()) for host in self._hosts.values()
        ]
        self._board = Switchboard(Starlette(routes=mounts))

    def __enter__(self) -> Self:
        """Start listening."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def start(self) -> Self:
        """Listen and serve; returns when requests can be made."""
        if self._thread is not None:
            return self
        listener = socket.create_server(self._wanted, backlog=1024)
        address, port = listener.getsockname()[:2]
        self._address = f"http://{address}:{port}"
        config = uvicorn.Config(
            self._board,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
            interface="asgi3",
            server_header=False,
            timeout_keep_alive=60,
        )
        self._server = _Server(config, self._board)
        self._thread = threading.Thread(
            target=_serve, args=(self._server, listener), name=f"seed-emulator-{port}", daemon=True
        )
        self._thread.start()
        self._server.ready.wait()
        return self

    def close(self) -> None:
        """Hang up on every client, stop the thread and free the port. May be called twice."""
        if self._thread is None or self._server is None:
            return
        self._server.stop()
        self._thread.join()
        self._thread = self._server = None

    def url(self, host: str = "openrouter", api: str | None = None) -> str:
        """Give the base URL of an emulated host: what a client takes as `base_url`.

        `api` chooses among the addresses of a host that has several (None is the first of them);
        one address serves all of the others' APIs.
        """
        if self._thread is None:
            message = "the emulator is not running: use `with Emulator() as emulator:`"
            raise RuntimeError(message)
        chosen = self._host(host)
        return f"{self._address}/{host}{chosen.base}{_path(chosen, api)}"

    def provider(self, host: str = "openrouter", **settings: Any) -> Provider:
        """Give an emulated host as a value for `provider=`, with all its addresses and some key.

        Jobs are looked at without much waiting. `settings` are those of `seed_core.resolve`.

        Example:
            >>> with Emulator() as emulator:
            ...     emulator.provider("fal", api="queue").base_url.endswith("/fal/queue")
            True
        """
        from seed_core.providers import PROVIDERS, resolve  # noqa: PLC0415 - only for this

        row = PROVIDERS[self._host(host).name]
        moved = replace(
            row,
            base_url=self.url(host),
            addresses={name: self.url(host, name) for name in row.addresses},
            regions=dict.fromkeys(row.regions, self.url(host)),
            polling=replace(row.polling, first=0.01, most=0.05),
        )
        return resolve(moved, **{"api_key": "test", **settings})

    def addresses(self, host: str) -> tuple[str, ...]:
        """Give the names by which `url` tells a host's addresses apart; none if it has one."""
        chosen = self._host(host)
        return tuple(chosen.addresses) if isinstance(chosen, Platform) else ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the emulated hosts."""
        return tuple(self._hosts)

    @property
    def requests(self) -> list[Seen]:
        """The requests so far, oldest first."""
        return list(self._board.requests)

    @property
    def stored_files(self) -> list[StoredFile]:
        """The files that were uploaded to a host's storage, oldest first."""
        platforms = (host for host in self._hosts.values() if isinstance(host, Platform))
        return [file for platform in platforms for file in platform.stored_files]

    @property
    def charges(self) -> list[Charge]:
        """What was charged for jobs, oldest first; of hosts that charge for each."""
        studios = (host for host in self._hosts.values() if isinstance(host, Studio))
        return [charge for studio in studios for charge in studio.charges]

    def webhook_bodies(self, job: str) -> list[dict[str, Any]]:
        """Give the bodies that a job's webhook would be called with; nobody is called here."""
        studios = (host for host in self._hosts.values() if isinstance(host, Studio))
        return [body for studio in studios for body in studio.webhook_bodies(job)]

    @property
    def open_connections(self) -> int:
        """How many client sockets are open now."""
        return len(self._board.lines)

    def script(self, *items: Scripted, host: str = "openrouter") -> None:
        """Queue replies: each next accepted inference request of that host takes one.

        A request that the host refuses (a bad key, a bad parameter) is refused all the same and
        takes none. When the queue is empty, the rule-based answers are back.
        """
        self._scripts[self._host(host).name].add(items)

    def clear(self) -> None:
        """Forget requests, files and jobs, the replies queued and the prompts cached."""
        self._board.requests.clear()
        for scripts in self._scripts.values():
            scripts.clear()
        for host in self._hosts.values():
            host.forget()

    def _host(self, name: str) -> Host:
        if name not in self._hosts:
            message = f"no host {name!r} here; there is {', '.join(self._hosts)}"
            raise ValueError(message)
        return self._hosts[name]


def _path(host: Host, api: str | None) -> str:
    """Give the part of an address that tells one API of a host from another."""
    if not isinstance(host, Platform):
        return ""
    name = next(iter(host.addresses)) if api is None else api
    if name not in host.addresses:
        message = f"no api {name!r} at {host.name}; there is {', '.join(host.addresses)}"
        raise ValueError(message)
    return host.addresses[name]


def _serve(server: _Server, listener: socket.socket) -> None:
    try:
        asyncio.run(server.serve(sockets=[listener]))
    finally:
        listener.close()
        server.ready.set()
