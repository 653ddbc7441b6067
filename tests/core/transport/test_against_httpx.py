"""Our own transport beside httpx: the same bytes of a server, the same answer or the same error."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seed_core.errors import APIConnectionError, InvalidReplyError
from tests.core.calling import COLOURS
from tests.core.transport.callers import OVERS, Caller, Got, asking
from tests.core.transport.scripted import Line, Scripted, once, plain

FEW = settings(max_examples=60)


@dataclass(frozen=True)
class Answer:
    """A body, how it is sent, and where it is cut off."""

    status: int = 200
    seed: bytes = b"hello"
    times: int = 1
    framing: str = "length"
    coding: str = "identity"
    sizes: tuple[int, ...] = (3,)
    extension: str = ""
    trailer: str = ""
    interim: bytes = b""
    cuts: tuple[float, ...] = ()
    stops: float | None = None
    extra: str = "x-some: thing"

    @property
    def body(self) -> bytes:
        """The body, which is not a field because examples are printed."""
        return self.seed * self.times

    @property
    def coded(self) -> bytes:
        """The body as it travels."""
        return CODINGS[self.coding](self.body)

    @property
    def wire(self) -> bytes:
        """All bytes of the answer, were it not broken off."""
        coded = self.coded
        lines = [f"HTTP/1.1 {self.status} Such", "content-type: text/plain", self.extra]
        lines += (
            [] if self.coding == "identity" else [f"content-encoding: {self.coding.split()[0]}"]
        )
        lines += {
            "length": [f"content-length: {len(coded)}"],
            "chunked": ["transfer-encoding: chunked"],
            "close": ["connection: close"],
        }[self.framing]
        head = "\r\n".join([*lines, "", ""]).encode()
        return self.interim + head + (self._chunks() if self.framing == "chunked" else coded)

    def _chunks(self) -> bytes:
        rest, out, turn = self.coded, b"", 0
        while rest:
            size = self.sizes[turn % len(self.sizes)]
            piece, rest, turn = rest[:size], rest[size:], turn + 1
            out += b"%x%b\r\n%b\r\n" % (len(piece), self.extension.encode(), piece)
        return out + f"0\r\n{self.trailer}\r\n".encode()

    @property
    def pieces(self) -> list[bytes]:
        """What is sent, in pieces, up to where it stops."""
        wire = self.wire
        wire = wire if self.stops is None else wire[: int(self.stops * len(wire))]
        at = sorted({0, len(wire), *(int(cut * len(wire)) for cut in self.cuts)})
        return [wire[a:b] for a, b in pairwise(at)]


def raw_deflate(body: bytes) -> bytes:
    """What some servers mean by deflate: without the frame that the standard asks for."""
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeeze.compress(body) + squeeze.flush()


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "identity": lambda body: body,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate raw": raw_deflate,
}

ANSWERS = st.builds(
    Answer,
    status=st.sampled_from([200, 200, 201, 302, 400, 413, 429, 500, 503]),
    seed=st.binary(max_size=20),
    times=st.sampled_from([1, 1, 3, 9000]),
    framing=st.sampled_from(["length", "chunked", "close"]),
    # httpx tells the two kinds of deflate apart only where the first block has both first bytes.
    coding=st.sampled_from(["identity", "identity", "gzip", "deflate"]),
    sizes=st.lists(st.sampled_from([1, 2, 7, 4096, 70_000]), min_size=1, max_size=3).map(
        lambda sizes: (*sizes, 5000)
    ),
    extension=st.sampled_from(["", ";a", ";name=value", "  "]),
    trailer=st.sampled_from(["", "x-end: yes\r\n", "x-end: yes\r\nx-two: no\r\n"]),
    interim=st.sampled_from(
        [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nlink: <a>\r\n\r\n" * 2]
    ),
    cuts=st.lists(st.floats(0, 1), max_size=4).map(tuple),
    stops=st.one_of(st.none(), st.floats(0, 1, exclude_max=True)),
    extra=st.sampled_from(["x-some: thing", "x-a: 1\r\nX-A: 2", "x-empty:"]),
)


class Host:
    """A server whose answer changes from example to example."""

    answer = Answer()

    def serve(self, line: Line) -> None:
        """Send the answer, and close where that is how it ends, but never unannounced."""
        while line.request() is not None:
            answer = self.answer
            line.send(*answer.pieces, pause=0.001 if answer.cuts else 0.0)
            if answer.framing == "close" or answer.stops is not None:
                return


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Host, str]]:
    """It, and its address."""
    host = Host()
    with Scripted(host.serve) as server:
        yield host, server.url


@pytest.fixture(scope="module")
def callers() -> Iterator[list[Caller]]:
    """Both transports in both colours, the own one for threads first."""
    callers = [Caller(colour, over) for over in OVERS for colour in COLOURS]
    yield callers
    for caller in callers:
        caller.__exit__()


def alike(got: Got, beside: Got, answer: Answer) -> bool:
    """Whether two transports made the same of an answer.

    Of a body that breaks off, how much was had before is for the segments to say.
    """
    same = got.failure() == beside.failure() and got.status == beside.status
    if not same or answer.stops is not None:
        return same
    return got.headers == beside.headers and got.body == beside.body


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
@given(answer=ANSWERS)
@example(Answer(status=204, seed=b""))
@example(Answer(status=304, seed=b""))
@example(Answer(seed=b"", framing="close", stops=0.0))
@example(Answer(status=500, seed=b"no", times=9, stops=0.95))
@example(Answer(coding="deflate raw", framing="chunked"))
@example(Answer(framing="chunked", trailer="x: y\r\n", stops=0.99))
@FEW
def test_whatever_a_server_sends_all_make_the_same_of_it(
    host: tuple[Host, str], callers: list[Caller], streaming: bool, answer: Answer
) -> None:
    script, url = host
    script.answer = answer
    own, *others = [caller.ask(asking(url), streaming=streaming) for caller in callers]
    for beside in others:
        assert alike(own, beside, answer), (own, beside)
    if answer.stops is None:
        assert own.error is None
        assert (own.status, own.body) == (answer.status, answer.body)
    else:
        assert answer.body.startswith(own.body)


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 20",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfour",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhelloX",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
)
@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
def test_what_is_not_http_is_the_same_error(
    host: tuple[Host, str], callers: list[Caller], streaming: bool, wire: bytes
) -> None:
    with Scripted(once(wire)) as server:
        got = [caller.ask(asking(server.url), streaming=streaming) for caller in callers]
    assert len({one.failure() for one in got}) == 1, got
    if b"500" in wire:
        assert all((one.status, one.body, one.error) == (500, b"hello", None) for one in got)
    else:
        assert type(got[0].error) is APIConnectionError
        assert got[0].error.retryable is (not got[0].status or streaming)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_does_not_decompress_is_an_invalid_reply(
    callers: list[Caller], coding: str
) -> None:
    with Scripted(once(plain(b"not so :(", f"content-encoding: {coding}"))) as server:
        got = [caller.ask(asking(server.url)) for caller in callers]
    assert {one.failure() for one in got} == {(InvalidReplyError, False, None)}
    assert "does not decompress" in str(got[0].error)


@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_a_compressed_body_may_come_byte_by_byte(callers: list[Caller], coding: str) -> None:
    answer = Answer(coding=coding, seed=b"seed ", times=4)
    head, _, body = answer.wire.partition(b"\r\n\r\n")
    pieces = [head + b"\r\n\r\n", *(bytes([byte]) for byte in body)]
    with Scripted(once(*pieces, pause=0.002)) as server:
        for caller in callers[:2]:
            got = caller.ask(asking(server.url))
            assert (got.body, got.error) == (answer.body, None)


def test_a_coding_that_was_not_asked_for_is_named(callers: list[Caller]) -> None:
    with Scripted(once(plain(b"blob", "content-encoding: zst"))) as server:
        for caller in callers[:2]:
            error = caller.ask(asking(server.url)).error
            assert type(error) is InvalidReplyError
            assert "'zst' is not known here; leave accept-encoding out" in str(error)
