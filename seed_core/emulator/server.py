"""The emulator's life: a free port, a thread, and the hosts behind it.

Knows threads and the listening socket. What a host accepts and answers is in that host's module.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from seed_core.emulator.connections import Connection, Switchboard
from seed_core.emulator.hosts import HOSTS, Host, Scripts
from seed_core.emulator.scripts import Item
from seed_core.emulator.seen import Seen

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

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
        self._hosts: dict[str, Host] = {}
        self._scripts: dict[str, Scripts] = {}
        for make in HOSTS:
            scripts = Scripts()
            host = make(scripts.take, models)
            self._hosts[host.name], self._scripts[host.name] = host, scripts
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

    def url(self, host: str = "openrouter") -> str:
        """Give the base URL of an emulated host: what a client takes as `base_url`."""
        if self._thread is None:
            message = "the emulator is not running: use `with Emulator() as emulator:`"
            raise RuntimeError(message)
        return f"{self._address}/{host}{self._host(host).base}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the emulated hosts."""
        return tuple(self._hosts)

    @property
    def requests(self) -> list[Seen]:
        """The requests so far, oldest first."""
        return list(self._board.requests)

    @property
    def open_connections(self) -> int:
        """How many client sockets are open now."""
        return len(self._board.lines)

    def script(self, *items: Item, host: str = "openrouter") -> None:
        """Queue replies: each next accepted inference request of that host takes one.

        A request that the host refuses (a bad key, a bad parameter) is refused all the same and
        takes none. When the queue is empty, the rule-based answers are back.
        """
        self._scripts[self._host(host).name].add(items)

    def clear(self) -> None:
        """Forget the requests seen, the replies queued and the prompts cached."""
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


def _serve(server: _Server, listener: socket.socket) -> None:
    try:
        asyncio.run(server.serve(sockets=[listener]))
    finally:
        listener.close()
        server.ready.set()
