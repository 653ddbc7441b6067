"""A server of bytes: it answers with exactly what a test says, cut where the test cuts it."""

from __future__ import annotations

import hashlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from typing_extensions import Self

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""Signed by itself, for the name localhost alone, until the year 2120. Its key opens nothing."""

PATIENCE = 20.0
"""Seconds after which a line gives up: no test waits for it, but none hangs either."""


@dataclass(frozen=True)
class Received:
    """A request as the server saw it."""

    line: int
    start: str
    headers: list[tuple[str, str]]
    body: bytes
    digest: str

    def header(self, name: str) -> str:
        """The value of a header that stands there once."""
        (value,) = [value for known, value in self.headers if known.lower() == name]
        return value


class Line:
    """A connection that was accepted."""

    def __init__(self, server: Scripted, sock: socket.socket, number: int) -> None:
        self.server = server
        self.number = number
        self.sock = sock
        self.closed = threading.Event()
        self._ahead = b""
        self.sock.settimeout(PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def head(self) -> bytes:
        """The head of the next request; nothing when the client has gone."""
        while b"\r\n\r\n" not in self._ahead:
            block = self.sock.recv(65536)
            if not block:
                return b""
            self._ahead += block
        head, _, self._ahead = self._ahead.partition(b"\r\n\r\n")
        return head

    def request(self) -> Received | None:
        """The next request, with a body that is kept if it is no larger than 8 MB."""
        head = self.head()
        if not head:
            return None
        start, *lines = head.decode("latin-1").split("\r\n")
        pairs = [(name, value.strip()) for name, _, value in (at.partition(":") for at in lines)]
        length = sum(int(value) for name, value in pairs if name.lower() == "content-length")
        digest, kept = hashlib.sha256(), b""
        left = length
        while left:
            block = self._ahead[:left] or self.sock.recv(min(left, 65536))
            if not block:
                return None
            self._ahead = self._ahead[len(block) :]
            left -= len(block)
            digest.update(block)
            kept += block if length <= 8_000_000 else b""
        seen = Received(self.number, start, pairs, kept, digest.hexdigest())
        self.server.received.append(seen)
        return seen

    def send(self, *pieces: bytes, pause: float = 0.0) -> None:
        """Send pieces, one segment each as far as the system allows."""
        for piece in pieces:
            self.sock.sendall(piece)
            if pause:
                time.sleep(pause)

    def gone(self) -> bool:
        """Wait until the client closes its side; whether it did."""
        with suppress(ConnectionError):
            try:
                while self.sock.recv(65536):
                    pass
            except TimeoutError:
                return False
        return True

    def close(self) -> None:
        """Close properly, which wakes whoever reads."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        self.closed.set()

    def reset(self) -> None:
        """Close as a machine does that crashed."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Serve: TypeAlias = Callable[[Line], object]


class Scripted:
    """Listens on loopback and serves each connection in a thread of its own."""

    def __init__(
        self, serve: Serve, *, tls: bool = False, family: socket.AddressFamily = socket.AF_INET
    ) -> None:
        """`serve` is called with every connection, which is closed when it returns."""
        self._serve = serve
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        self._listener = socket.create_server((host, 0), family=family, backlog=512)
        self._tls: ssl.SSLContext | None = None
        if tls:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(CERTIFICATE)
        self.port: int = self._listener.getsockname()[1]
        scheme = "https" if tls else "http"
        shown = "localhost" if tls else host if family == socket.AF_INET else f"[{host}]"
        self.url = f"{scheme}://{shown}:{self.port}/v1/ask"
        self.received: list[Received] = []
        self.lines: list[Line] = []
        self.failures: list[BaseException] = []
        self.stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in list(self.lines):
            line.close()
        for thread in self._threads:
            thread.join(PATIENCE)
        assert not self.failures, self.failures

    def wait_until_closed(self, number: int) -> None:
        """Wait until the server has closed a connection of its own accord."""
        assert self.lines[number].closed.wait(PATIENCE)

    def _begin(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._begin(self._attend, sock)

    def _attend(self, sock: socket.socket) -> None:
        try:
            with ExitStack() as stack:
                stack.callback(sock.close)
                if self._tls is not None:
                    sock = stack.enter_context(self._tls.wrap_socket(sock, server_side=True))
                line = Line(self, sock, len(self.lines))
                self.lines.append(line)
                self._serve(line)
                line.close()
        except OSError:
            pass  # the client has gone, which is its right
        except BaseException as error:  # noqa: BLE001 - shown where the test ends
            self.failures.append(error)


def plain(body: bytes = b"fine", *headers: str, status: int = 200) -> bytes:
    """An answer whose length is told."""
    lines = [f"HTTP/1.1 {status} Such", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """An answer in chunks, and what ends it."""
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks + end


def always(answer: bytes) -> Serve:
    """Every request gets the same answer, on whatever connection."""

    def serve(line: Line) -> None:
        while line.request() is not None:
            line.send(answer)

    return serve


def once(*pieces: bytes, pause: float = 0.0) -> Serve:
    """The first request of a connection gets these pieces; then the connection is closed."""

    def serve(line: Line) -> None:
        line.request()
        line.send(*pieces, pause=pause)

    return serve


@contextmanager
def full_queue() -> Iterator[str]:
    """An address where connections are neither accepted nor refused: its queue is full."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):
            line = stack.enter_context(socket.socket())
            line.setblocking(False)
            line.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1/ask"
