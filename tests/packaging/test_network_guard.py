"""No test leaves this machine, whatever opens the socket."""

import asyncio
import os
import socket
import urllib.request

import pytest

# Reserved for documentation: should the guard fail, nobody is called.
ELSEWHERE = "192.0.2.1"
BLOCKED = "tests may only use loopback"


def test_a_socket_may_not_connect_elsewhere():
    with socket.socket() as client, pytest.raises(RuntimeError, match=BLOCKED):
        client.connect((ELSEWHERE, 80))


def test_a_datagram_may_not_go_elsewhere():
    kind = socket.SOCK_DGRAM
    with socket.socket(type=kind) as client, pytest.raises(RuntimeError, match=BLOCKED):
        client.sendto(b"", (ELSEWHERE, 53))


def test_a_name_may_not_be_looked_up():
    with pytest.raises(RuntimeError, match=BLOCKED):
        urllib.request.urlopen("http://host.invalid/")


async def test_an_event_loop_may_not_connect_elsewhere():
    with pytest.raises(RuntimeError, match=BLOCKED):
        await asyncio.open_connection(ELSEWHERE, 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_loopback_is_open(host):
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        socket.create_connection((host, port), timeout=5).close()
        _, writer = await asyncio.open_connection(host, port)
        writer.close()
        await writer.wait_closed()


def test_a_test_sees_no_key_and_no_proxy():
    seen = [name for name in os.environ if name.upper().endswith(("_API_KEY", "_PROXY"))]
    assert seen == []
    assert "FAL_KEY" not in os.environ
