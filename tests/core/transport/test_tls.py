"""Connections under TLS: reused like others, and never made with a host that is not who it says."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest

from seed_core import pools
from seed_core.errors import APIConnectionError, APITimeoutError
from seed_core.timeouts import Timeout
from tests.core.calling import Colour
from tests.core.transport.callers import Caller, Over, asking
from tests.core.transport.scripted import CERTIFICATE, Line, Scripted, always, chunked, plain


@pytest.fixture
def trusting(colour: Colour, over: Over, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    """Both transports in both colours, and they trust the certificate of these tests."""
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    monkeypatch.setattr(pools, "_tls", lambda: context)
    with Caller(colour, over) as caller:
        yield caller


def test_a_connection_under_tls_is_used_again(trusting: Caller) -> None:
    with Scripted(always(chunked(b"a" * 100_000, b"b")), tls=True) as server:
        got = [trusting.ask(asking(server.url, b"x" * 200_000)) for _ in range(3)]
        assert [one.error for one in got] == [None] * 3
        assert {one.body for one in got} == {b"a" * 100_000 + b"b"}
        assert [seen.line for seen in server.received] == [0, 0, 0]
        assert {len(seen.body) for seen in server.received} == {200_000}


def test_one_that_was_closed_while_it_waited_is_replaced(trusting: Caller) -> None:
    def serve(line: Line) -> None:
        line.request()
        line.send(plain())
        if line.number:
            line.request()

    with Scripted(serve, tls=True) as server:
        assert trusting.ask(asking(server.url)).body == b"fine"
        server.wait_until_closed(0)
        assert trusting.ask(asking(server.url)).body == b"fine"


def refused(caller: Caller, url: str) -> str:
    """What the error says of a connection that is not made for the sake of a certificate."""
    error = caller.ask(asking(url)).error
    assert type(error) is APIConnectionError
    assert (error.reached, error.retryable) == (False, True)
    assert str(error).startswith("could not connect to host: ")
    return str(error)


def test_a_certificate_for_another_name_is_refused(trusting: Caller) -> None:
    with Scripted(always(plain()), tls=True) as server:
        words = refused(trusting, server.url.replace("localhost", "127.0.0.1"))
        assert "certificate" in words
        assert "127.0.0.1" in words
        assert server.received == []


def test_a_certificate_that_nobody_vouches_for_is_refused(either: Caller) -> None:
    with Scripted(always(plain()), tls=True) as server:
        assert "certificate verify failed: self" in refused(either, server.url)
        assert server.received == []


def test_a_host_that_does_not_speak_tls_is_not_reached(trusting: Caller) -> None:
    def serve(line: Line) -> None:
        line.send(b"220 mail.example\r\n")
        line.gone()

    with Scripted(serve) as server:
        assert "SSL" in refused(trusting, f"https://localhost:{server.port}/v1")


def test_a_handshake_that_is_not_answered_ends_by_the_limit_for_connecting(
    trusting: Caller,
) -> None:
    with Scripted(Line.gone) as server:
        url = f"https://localhost:{server.port}/v1"
        error = trusting.ask(asking(url), Timeout(connect=0.3)).error
    assert type(error) is APITimeoutError
    assert (error.phase, error.reached) == ("connect", False)


def test_a_host_that_never_reads_ends_by_the_limit_for_writing(trusting: Caller) -> None:
    with Scripted(lambda line: line.server.stopped.wait(20), tls=True) as server:
        error = trusting.ask(asking(server.url, b"x" * 20_000_000), Timeout(write=0.3)).error
    assert type(error) is APITimeoutError
    assert error.phase == "write"
