"""Heads that are written, and the rules by which a response is read, one by one."""

from __future__ import annotations

import pytest

from seed_core.http1 import ProtocolError, ResponseReader
from seed_core.http1_heads import Head, write_head

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
KEY = "sk-secret"


def read(*blocks: bytes, method: str = "GET") -> tuple[ResponseReader, bytes]:
    """A reader that was fed, and the bytes that it found in the body."""
    reader = ResponseReader(method)
    return reader, b"".join([reader.feed(block) for block in blocks])


def head(lines: str, version: str = "1.1", status: str = "200 OK") -> bytes:
    """The head of a response with such headers, separated by `|`."""
    return "\r\n".join(
        [f"HTTP/{version} {status}", *filter(None, lines.split("|")), "", ""]
    ).encode()


# ------------------------------------------------------------------------------ heads of requests


def test_a_head_is_written_with_host_first_and_names_as_they_were_given():
    written = write_head("POST", "/v1/x?a=b", {"X-A": "1", "Host": "example.org", "x-b": ""})
    assert written == b"POST /v1/x?a=b HTTP/1.1\r\nHost: example.org\r\nX-A: 1\r\nx-b: \r\n\r\n"


def test_headers_may_be_pairs_of_which_some_have_the_same_name():
    written = write_head("GET", "/", [("host", "h"), ("x-a", "1"), ("x-a", "2")])
    assert written == b"GET / HTTP/1.1\r\nhost: h\r\nx-a: 1\r\nx-a: 2\r\n\r\n"


@pytest.mark.parametrize("ending", ["\n", "\r\nx: y", "\0", " ", "é", "\u2028"])
def test_a_value_that_http_forbids_is_named_but_never_shown(ending: str):
    headers = {"Host": "h", "Authorization": f"Bearer {KEY}{ending}"}
    with pytest.raises(ValueError, match="the value of the header 'Authorization'") as caught:
        write_head("POST", "/", headers)
    assert KEY not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", ["", f"x {KEY}", f"x:{KEY}", f"{KEY}\n", f"{KEY}é"])
def test_a_name_that_http_forbids_is_not_shown_because_it_may_be_a_misplaced_value(name: str):
    with pytest.raises(ValueError, match="the name of a header") as caught:
        write_head("POST", "/", [("host", "h"), (name, "1")])
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "hosts", [[], [("host", "")], [("Host", "a"), ("host", "b")], [("host", "a"), ("host", "")]]
)
def test_a_request_needs_exactly_one_host(hosts: list[tuple[str, str]]):
    with pytest.raises(ValueError, match="needs one header Host"):
        write_head("GET", "/", [*hosts, ("x-a", KEY)])


@pytest.mark.parametrize("method", ["", "GE T", "GET\r\n", "GÉT"])
def test_a_method_is_a_word(method: str):
    with pytest.raises(ValueError, match="method"):
        write_head(method, "/", {"host": "h"})
    with pytest.raises(ValueError, match="method"):
        ResponseReader(method)


@pytest.mark.parametrize("target", ["", "/a b", "/a\r\nx: y", "/é"])
def test_a_target_has_no_character_that_a_url_must_escape(target: str):
    with pytest.raises(ValueError, match="the target of a request"):
        write_head("GET", target, {"host": "h"})


@pytest.mark.parametrize(
    "headers",
    [
        {"content-length": KEY},
        {"content-length": "3", "Content-Length": "4"},
        {"transfer-encoding": "gzip"},
    ],
)
def test_the_length_of_a_body_is_not_told_in_two_ways(headers: dict[str, str]):
    with pytest.raises(ValueError, match="content-length and transfer-encoding") as caught:
        write_head("POST", "/", {"host": "h", **headers})
    assert KEY not in str(caught.value)


# ----------------------------------------------------------------------------- heads of responses


def test_a_head_has_names_in_lower_case_repeated_ones_joined_and_no_byte_lost():
    reader, _ = read(b"HTTP/1.1 429 Slow\r\nX-A: 1\r\nRetry-After:  2 \r\nx-a: \xe9\r\n\r\n")
    assert reader.head == Head(429, {"x-a": "1, é", "retry-after": "2"})


def test_there_is_no_head_until_its_last_byte_has_come():
    whole = head("content-length: 0")
    reader, _ = read(whole[:-1], b"")
    assert (reader.head, reader.done, reader.reusable) == (None, False, False)
    reader.feed(whole[-1:])
    assert reader.head == Head(200, {"content-length": "0"})
    assert (reader.done, reader.reusable) == (True, True)


def test_interim_responses_are_skipped():
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nconnection: close\r\n\r\n"
    reader, body = read(interim + head("content-length: 2") + b"hi")
    assert reader.head == Head(200, {"content-length": "2"})
    assert (body, reader.reusable) == (b"hi", True)


@pytest.mark.parametrize(
    "wrong",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n",
        b"\x15\x03\x01\x00\x02",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 099 ?\r\n\r\n",
        head("content-length: 3|content-length: 4"),
        head("content-length: 3, 4"),
        head("content-length: -1"),
        head("transfer-encoding: gzip"),
        head("transfer-encoding: gzip, chunked"),
        head("transfer-encoding: chunked|transfer-encoding: chunked"),
        head(" folded: first"),
        head("no colon"),
    ],
)
def test_a_head_that_h11_refuses_is_an_error(wrong: bytes):
    reader = ResponseReader("GET")
    with pytest.raises(ProtocolError, match=r"the head of the response is not HTTP/1\.1: "):
        reader.feed(wrong)
    assert (reader.head, reader.done, reader.reusable) == (None, False, False)


def test_an_error_does_not_quote_what_came():
    with pytest.raises(ProtocolError, match=r"^[^\n]{1,80}: illegal header line$"):
        read(head(f"broken {KEY}"))


def test_a_head_is_bounded():
    with pytest.raises(ProtocolError, match="too long"):
        read(b"HTTP/1.1 200 OK\r\nx: ", *[b"y" * 1000] * 103)
    reader, _ = read(b"HTTP/1.1 200 OK\r\nx: ", *[b"y" * 1000] * 100, b"\r\n\r\n")
    assert reader.head == Head(200, {"x": "y" * 100_000})


def test_a_response_to_connect_is_not_read():
    with pytest.raises(ValueError, match="method"):
        ResponseReader("CONNECT")


# ---------------------------------------------------------------------------------------- framing


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 Same")]
)
@pytest.mark.parametrize("framing", ["content-length: 5", "transfer-encoding: chunked", ""])
def test_some_responses_have_no_body_whatever_their_headers_say(
    method: str, status: str, framing: str
):
    reader, _ = read(head(framing, status=status), method=method)
    assert (reader.done, reader.reusable) == (True, True)
    assert reader.feed(b"hello") == b""
    assert (reader.done, reader.reusable) == (True, False)


def test_a_body_with_a_length_ends_there_and_the_rest_is_left_over():
    reader, body = read(head("content-length: 5") + b"he", b"l")
    assert (body, reader.done) == (b"hel", False)
    assert reader.feed(b"lo") == b"lo"
    assert (reader.done, reader.reusable) == (True, True)
    assert reader.feed(b"") == b""
    assert reader.reusable
    assert reader.feed(b"!") == b""
    assert (reader.done, reader.reusable) == (True, False)


def test_more_than_the_length_in_one_block_is_left_over_for_good():
    reader, body = read(head("content-length: 5") + b"hello!", b"")
    assert (body, reader.done, reader.reusable) == (b"hello", True, False)


def test_a_block_within_a_body_is_handed_out_as_it_is():
    block = bytes(1000)
    for framing, before in [
        ("content-length: 9999", b""),
        ("transfer-encoding: chunked", b"fff\r\n"),
    ]:
        reader, _ = read(head(framing), before)
        assert reader.feed(block) is block


def test_a_body_without_any_framing_ends_with_the_connection():
    reader, body = read(head("") + b"a", b"b")
    assert (body, reader.done, reader.reusable) == (b"ab", False, False)
    reader.end()
    assert (reader.done, reader.reusable) == (True, False)


def test_chunks_win_over_a_length():
    reader, body = read(head("content-length: 2|transfer-encoding: chunked") + b"5\r\nhello\r\n")
    assert (body, reader.done) == (b"hello", False)


CHUNKS = b'5\r\nhello\r\n00001;a="b";c\r\n \r\nA \t\r\n0123456789\r\n0\r\n\r\n'


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_chunks_are_joined_wherever_they_are_cut(size: int):
    whole = CHUNKED + CHUNKS
    blocks = [whole[at : at + size] for at in range(0, len(whole), size)]
    reader, body = read(*blocks)
    assert (body, reader.done, reader.reusable) == (b"hello 0123456789", True, True)


@pytest.mark.parametrize("trailers", [b"", b"x: y\r\n", b"x: y\r\n z\r\nw:\r\n", b"x: y\n"])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_trailers_are_read_and_dropped(trailers: bytes, end: bytes):
    last = b"0\r\n" + trailers + end
    for blocks in ([last], [last[:3], last[3:]], [last[at : at + 1] for at in range(len(last))]):
        reader, body = read(CHUNKED, b"1\r\na\r\n", *blocks)
        assert (body, reader.done, reader.reusable) == (b"a", True, True)
        assert reader.head == Head(200, {"transfer-encoding": "chunked"})
        assert reader.feed(b"") == b""
        assert reader.reusable


@pytest.mark.parametrize("last", [b"0\r\n\r\n", b"0\r\n\n", b"0\r\nx: y\r\n\r\n"])
@pytest.mark.parametrize("extra", [b"\n", b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_what_comes_behind_the_last_chunk_is_left_over(last: bytes, extra: bytes):
    for blocks in ([last + extra], [last, extra], [last, extra, b""]):
        reader, body = read(CHUNKED, b"1\r\na\r\n", *blocks)
        assert (body, reader.done, reader.reusable) == (b"a", True, False)


@pytest.mark.parametrize(
    "wrong",
    [
        b"\r\n",
        b"g\r\n",
        b" 1\r\na",
        b"0x1\r\na",
        b"1_0\r\na",
        b"+1\r\na",
        b"-1\r\na",
        b"1\na",
        b"1 ;x\r\na",
        b"1;\n\r\na",
        b"0" * 21 + b"\r\n",
        b"1\r\nab",
        b"1\r\na\nb",
        b"1\r\na\rb",
        b"1\r\na\r\n\r\n",
    ],
)
def test_what_is_not_a_chunk_is_refused_at_once_wherever_it_is_cut(wrong: bytes):
    with pytest.raises(ProtocolError, match="the body is not in chunks"):
        read(CHUNKED + wrong)
    with pytest.raises(ProtocolError, match="the body is not in chunks"):
        read(CHUNKED, *[wrong[at : at + 1] for at in range(len(wrong))])


@pytest.mark.parametrize("wrong", [b"no colon\r\n\r\n", b" a: b\r\n\r\n", b"a b: c\r\n\r\n"])
def test_trailers_that_are_no_headers_are_refused(wrong: bytes):
    with pytest.raises(ProtocolError, match=r"the body is not HTTP/1\.1: "):
        read(CHUNKED, b"0\r\n" + wrong)


@pytest.mark.parametrize("size", [b"1;" + b"x" * 17_000, b"1" + b" " * 17_000, b"0" * 17_000])
def test_the_line_with_the_size_of_a_chunk_is_bounded_whether_it_ends_or_not(size: bytes):
    for blocks in ([size], [size[:9000], size[9000:]], [size + b"\r\na\r\n"]):
        with pytest.raises(ProtocolError, match="more than 16384 bytes"):
            read(CHUNKED, *blocks)


def test_a_long_extension_below_the_bound_is_dropped():
    line = b"1;" + b"x" * 16_000 + b"\r\n"
    for blocks in ([line + b"a"], [line[:8000], line[8000:], b"a"], [line[:-1], b"\n", b"a"]):
        assert read(CHUNKED, *blocks)[1] == b"a"


def test_trailers_are_bounded():
    with pytest.raises(ProtocolError, match="too long"):
        read(CHUNKED, b"0\r\nx: ", *[b"y" * 1000] * 66)
    assert read(CHUNKED, b"0\r\nx: ", *[b"y" * 1000] * 64, b"\r\n\r\n")[0].done


def test_many_small_chunks_and_one_huge_chunk_are_read_to_their_last_byte():
    assert read(CHUNKED + b"1\r\nx\r\n" * 100_000)[1] == b"x" * 100_000
    reader, _ = read(CHUNKED + b"%x\r\n" % 50_000_000)
    block = bytes(50_000)
    assert sum(len(reader.feed(block)) for _ in range(1000)) == 50_000_000
    assert reader.feed(b"\r\n0\r\n\r\n") == b""
    assert reader.reusable


# ------------------------------------------------------------------------- ends and second lives


@pytest.mark.parametrize(
    ("came", "words"),
    [
        (b"", "before the head of the response"),
        (b"HTTP/1.1 200", "after 12 bytes, in the head of the response"),
        (b"HTTP/1.1 100 \r\n\r\n", "after 17 bytes, in the head of the response"),
        (head("content-length: 20") + b"0123456789", "after 10 of 20 bytes of the body"),
        (head("content-length: 20"), "after 0 of 20 bytes of the body"),
        (CHUNKED, "in the body, before the end of its chunks"),
        (CHUNKED + b"5\r\nhel", "in the body, before the end of its chunks"),
        (CHUNKED + b"5\r\nhello\r\n", "in the body, before the end of its chunks"),
        (CHUNKED + b"0\r\n", "in the body, before the end of its chunks"),
        (CHUNKED + b"0\r\nx: y\r\n", "in the body, before the end of its chunks"),
    ],
)
def test_an_early_end_says_how_far_it_got(came: bytes, words: str):
    reader, _ = read(came)
    with pytest.raises(ProtocolError, match=f"^the connection closed {words}$"):
        reader.end()
    assert (reader.done, reader.reusable) == (False, False)


@pytest.mark.parametrize("whole", [head("content-length: 1") + b"a", CHUNKED + b"0\r\n\r\n"])
def test_an_end_after_the_whole_body_is_fine_but_the_connection_is_gone(whole: bytes):
    reader, _ = read(whole)
    assert reader.reusable
    reader.end()
    assert (reader.done, reader.reusable) == (True, False)


@pytest.mark.parametrize(
    ("version", "headers", "reusable"),
    [
        ("1.1", "content-length: 0", True),
        ("1.1", "content-length: 0|connection: keep-alive", True),
        ("1.1", "content-length: 0|connection: close", False),
        ("1.1", "content-length: 0|connection: x|Connection: y, CLOSE", False),
        ("1.1", "content-length: 0|connection: closed", True),
        ("1.1", "transfer-encoding: chunked", True),
        ("1.1", "transfer-encoding: chunked|connection: close", False),
        ("1.1", "transfer-encoding: chunked|content-length: 5", False),
        ("1.0", "content-length: 0", False),
        ("1.0", "content-length: 0|connection: Keep-Alive", True),
        ("1.0", "content-length: 0|connection: keep-alive, close", False),
        ("1.0", "transfer-encoding: chunked|connection: keep-alive", False),
        ("0.9", "content-length: 0|connection: keep-alive", False),
        ("2.0", "content-length: 0", True),
    ],
)
def test_a_connection_lives_on_if_both_ends_can_know_where_the_response_ended(
    version: str, headers: str, reusable: bool
):
    reader, _ = read(head(headers, version))
    if not reader.done:
        reader.feed(b"0\r\n\r\n")
    assert (reader.done, reader.reusable) == (True, reusable)
