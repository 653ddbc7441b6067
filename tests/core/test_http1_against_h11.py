"""The reader of responses beside h11's own: the same bytes, the same verdict, whatever the cuts.

They may differ in their limits (for the line of a chunk's size, for trailers): nothing here is long
enough to meet one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import h11
import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from seed_core.http1 import ProtocolError, ResponseReader

# Older ones do not look at the line end behind a chunk; our reader does, whatever h11 there is.
pytest.importorskip("h11", minversion="0.16")

METHODS = st.sampled_from(["GET", "POST", "DELETE", "HEAD"])
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@dataclass(frozen=True)
class Verdict:
    """What a reader makes of a response that it does not refuse."""

    status: int
    headers: dict[str, str]
    body: bytes
    reusable: bool | None


def read_here(method: str, blocks: list[bytes]) -> Verdict | None:
    """What our reader says; None when it refuses."""
    reader = ResponseReader(method)
    try:
        body = b"".join([reader.feed(block) for block in blocks])
        reusable = reader.reusable
        reader.end()
    except ProtocolError:
        return None
    assert reader.head is not None
    assert reader.done
    return Verdict(reader.head.status, reader.head.headers, body, reusable)


def read_by_h11(method: str, blocks: list[bytes]) -> Verdict | None:
    """What h11 says; None when it refuses."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=100 * 1024)
    connection.send(h11.Request(method=method, target="/", headers=[("host", "host")]))
    head: h11.Response | None = None
    body = b""
    to_come = [*filter(None, blocks), b""]
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            return None
        match event:
            case h11.Response():
                head = event
            case h11.Data():
                body += event.data
            case h11.EndOfMessage():
                break
            case h11.NEED_DATA:
                connection.receive_data(to_come.pop(0))
    assert head is not None
    nothing_after = to_come == [b""] and connection.trailing_data[0] == b""
    reusable = nothing_after and connection.their_state is h11.DONE
    headers = joined(head)
    differs = head.http_version == b"1.0" or {"transfer-encoding", "content-length"} <= {*headers}
    return Verdict(head.status_code, headers, body, None if differs else reusable)


def joined(head: h11.Response) -> dict[str, str]:
    """The headers of a response, those of one name joined."""
    values: dict[str, list[str]] = {}
    for name, value in head.headers:
        values.setdefault(name.decode(), []).append(value.decode("latin-1"))
    return {name: ", ".join(several) for name, several in values.items()}


def same_verdict(method: str, blocks: list[bytes]) -> Verdict | None:
    """The verdict on which both agree.

    Whether the connection lives is not compared where the reader differs on purpose: h11 knows no
    keep-alive of HTTP/1.0, and trusts an answer of two lengths. test_http1.py has those rules.
    """
    here, there = read_here(method, blocks), read_by_h11(method, blocks)
    if here and there and there.reusable is None:
        here = replace(here, reusable=None)
    assert here == there
    return here


# --------------------------------------------------------------------------- what there is to read


@st.composite
def chunks(draw: st.DrawFn, body: bytes) -> bytes:
    """A body in chunks, with extensions and trailers."""
    written = b""
    while body:
        size = draw(st.integers(1, len(body)))
        digits = draw(st.sampled_from([b"%x", b"%X", b"%04x", b"%020X"])) % size
        blanks = [b"", b"", b";", b";a=b", b';a="\r;"', b" ", b"\t  ", b";  "]
        written += digits + draw(st.sampled_from(blanks)) + b"\r\n" + body[:size] + b"\r\n"
        body = body[size:]
    last = draw(st.sampled_from([b"0", b"000", b"0;last", b"0 "]))
    trailers = [b"", b"", b"a: b\r\n", b"a: b\r\n c\r\nd:\r\n", b"a:b\n", b"content-length: 3\r\n"]
    return written + last + b"\r\n" + draw(st.sampled_from(trailers)) + b"\r\n"


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """A response as hosts send them, and some that they had better not send."""
    body = draw(st.binary(max_size=60))
    lengths = [b"%d" % len(body)] * 8 + [b"", b"%d, %d" % (len(body), len(body)), b"3, 4", b"0"]
    framing, sent = (
        draw(
            st.sampled_from(
                ["chunks", "chunks and length", "length", "two lengths", "close", "gzip"]
            )
        ),
        body,
    )
    headers = draw(
        st.lists(
            st.sampled_from(
                [b"Date: now", b"x-a:", b"X-A: \t1\t", b"x-a: \xe9", b"x-a: b\r\n c", b"date:2"]
            ),
            max_size=3,
        )
    )
    headers += draw(
        st.sampled_from([[], [], [b"Connection: close"], [b"connection: Keep-Alive, x"]])
    )
    if framing in {"chunks", "chunks and length"}:
        headers.append(b"Transfer-Encoding: " + draw(st.sampled_from([b"chunked", b"Chunked"])))
        sent = draw(chunks(body))
    if framing in {"length", "two lengths", "chunks and length"}:
        headers.append(b"Content-Length: " + draw(st.sampled_from(lengths)))
    if framing == "two lengths":
        headers.append(b"CONTENT-LENGTH: " + draw(st.sampled_from(lengths)))
    if framing == "gzip":
        headers.append(draw(st.sampled_from([b"transfer-encoding: gzip, chunked"])))
    interim = draw(
        st.lists(
            st.sampled_from(
                [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 \r\nlink: </a>\r\n\r\n"]
            ),
            max_size=2,
        )
    )
    version = draw(st.sampled_from([b"1.1", b"1.1", b"1.1", b"1.0", b"2.0", b"0.9"]))
    status = draw(
        st.sampled_from([b"200 OK"] * 6 + [b"204 ", b"304", b"404 No", b"101 Up", b"999"])
    )
    lines = [b"HTTP/" + version + b" " + status, *draw(st.permutations(headers)), b"", b""]
    more = draw(st.sampled_from([b"", b"", b"", b"\n", b"HTTP/1.1 200 OK\r\n\r\n"]))
    return b"".join([*interim, b"\r\n".join(lines), sent, more])


@st.composite
def cuts(draw: st.DrawFn, response: bytes) -> list[bytes]:
    """The response in blocks, some of which may be empty; or byte by byte."""
    if draw(st.integers(0, 4)) == 0:
        return [response[at : at + 1] for at in range(len(response))]
    places = sorted(draw(st.lists(st.integers(0, len(response)), max_size=8)))
    return [
        response[start:end]
        for start, end in zip([0, *places], [*places, len(response)], strict=True)
    ]


@st.composite
def mutations(draw: st.DrawFn, response: bytes) -> bytes:
    """The response with a byte or some changed, put in, or taken away, or cut off at its end."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(response)))
        byte = draw(st.one_of(st.sampled_from(list(b"\r\n 0;:x_+\t")), st.integers(0, 255)))
        rest = draw(st.sampled_from([response[at:], response[at + 1 :]] * 3 + [b""]))
        response = response[:at] + draw(st.sampled_from([bytes([byte]), b""])) + rest
    return response


# ------------------------------------------------------------------------------------- the claims


@settings(max_examples=300, deadline=None)
@given(st.data(), METHODS, responses())
def test_a_response_is_read_as_h11_reads_it(data: st.DataObject, method: str, response: bytes):
    verdict = same_verdict(method, data.draw(cuts(response)))
    event("refused" if verdict is None else "read")


@settings(max_examples=300, deadline=None)
@given(st.data(), METHODS, responses())
def test_a_spoilt_response_is_read_or_refused_as_by_h11(
    data: st.DataObject, method: str, response: bytes
):
    spoilt = data.draw(mutations(response))
    verdict = same_verdict(method, data.draw(cuts(spoilt)))
    event("refused" if verdict is None else "read")


# What a line with the size of a chunk may be mistaken for.
TOKENS = [b"\r\n", b"\r", b"\n", b"0", b"1", b"a", b"F", b";", b" ", b"\t", b"x", b"_", b"+", b":"]


@settings(max_examples=500, deadline=None)
@example([b"0x1", b"\r\n", b"a\r\n0\r\n\r\n"])
@example([b"1_0", b"\r\n", b"0123456789abcdef\r\n0\r\n\r\n"])
@example([b"+1", b"\r\n", b"a\r\n0\r\n\r\n"])
@example([b"\v1\r\na\r\n0\r\n\r\n"])
@example([b"1\f\r\na\r\n0\r\n\r\n"])
@example([b"0" * 20, b"\r\n", b"\r\n"])
@example([b"0" * 21, b"\r\n", b"\r\n"])
@example([b"f" * 20, b"\r\n", b"a"])
@example([b"1;\n\r\na\r\n0\r\n\r\n"])
@example([b"1;\r\r\na\r\n0\r\n\r\n"])
@example([b"1\r\na\n0\r\n\r\n"])
@example([b"0\r\n", b" a: b\r\n\r\n"])
@example([b"0\r\na: b\n\n"])
@example([b"0\r\n", b"\n", b"\n"])
@example([b"0\r\n\n\n"])
@example([b"0\r\n", b"\r", b"\n"])
@given(st.lists(st.sampled_from([*TOKENS, b"1\r\na\r\n", b"0\r\n\r\n"]), max_size=12))
def test_anything_in_the_place_of_chunks_is_read_or_refused_as_by_h11(tokens: list[bytes]):
    whole = same_verdict("GET", [CHUNKED, b"".join(tokens)])
    assert same_verdict("GET", [CHUNKED, *tokens]) == whole
    event("refused" if whole is None else "read")
