"""Heads of HTTP/1.1: that of a request out, that of a response in. There is no I/O here.

`h11` writes them, and reads all but the usual ones: a head that came whole, with nothing in it that
can be understood in two ways, is read here in a tenth of the time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import h11

_STATUS = re.compile(r"HTTP/1\.1 ([2-9][0-9]{2})(?: [ -~]*)?")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([!-~](?:[ -~]*[!-~])?|)[ \t]*")
_LENGTH = re.compile("[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a response.

    Attributes:
        status: from 200 to 999.
        headers: by names in lower case; the values of a repeated name are joined by a comma and a
            space. Values are latin-1, which loses no byte.
    """

    status: int
    headers: dict[str, str]


def write_head(
    method: str, target: str, headers: Mapping[str, str] | Sequence[tuple[str, str]]
) -> bytes:
    r"""The request line and the headers of a request, Host first, as bytes.

    Args:
        method: such as `POST`.
        target: the path and the query, as they are sent.
        headers: `Host` and the rest, in ASCII; how the body is framed is for the caller to say.

    Raises:
        ValueError: HTTP/1.1 does not allow this. The message never contains the value of a header,
            which may be a key.

    Example:
        >>> write_head("GET", "/v1/models", {"Host": "example.org", "Accept": "*/*"})
        b'GET /v1/models HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n'
    """
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    request = _request(method, target, pairs)
    # h11 asks for a Host but not for what it says.
    if request is None or (b"host", b"") in request.headers:
        raise ValueError(_fault(method, target, pairs))
    return h11.Connection(h11.CLIENT).send(request)


def read_usual_head(block: bytes) -> tuple[Head, bytes] | None:
    r"""The head of a response and what follows it, if the block begins with a usual one.

    None leaves it to h11: a head that is not all there, an interim one, another version, a line
    that is folded or not ASCII, a length that is said twice, any coding but `chunked`.

    Example:
        >>> read_usual_head(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
        (Head(status=200, headers={'content-length': '2'}), b'hi')
    """
    begin, end, rest = block.partition(b"\r\n\r\n")
    if not end or not begin.isascii():
        return None
    first, *lines = begin.decode("ascii").split("\r\n")
    status = _STATUS.fullmatch(first)
    if status is None:
        return None
    headers: dict[str, str] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            return None
        name, value = field[1].lower(), field[2]
        if name in _FRAMING and (name in headers or not _FRAMING[name].fullmatch(value)):
            return None
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if _FRAMING.keys() <= headers.keys():
        return None
    return Head(int(status[1]), headers), rest


_FRAMING = {"content-length": _LENGTH, "transfer-encoding": re.compile("chunked")}


@lru_cache(maxsize=16)
def any_request(method: str) -> h11.Request:
    """A request of that method, for h11 to know what the response belongs to."""
    request = _request(method, "/", [("host", "host")])
    if request is None or method == "CONNECT":
        raise ValueError("HTTP/1.1 has no such method, or its response is not read here")
    return request


def _request(method: str, target: str, headers: list[tuple[str, str]]) -> h11.Request | None:
    """The request, or None if h11 refuses it: its message would quote the value of a header."""
    try:
        return h11.Request(method=method, target=target, headers=headers)
    except (h11.LocalProtocolError, UnicodeEncodeError):
        return None


def _fault(method: str, target: str, headers: list[tuple[str, str]]) -> str:
    """What is wrong with a request, without the value of a header."""
    host = ("host", "host")
    if _request(method, "/", [host]) is None:
        return "the method of a request is not a word that HTTP allows"
    if _request("GET", target, [host]) is None:
        return "the target of a request is empty or has a character that a URL must escape"
    for name, value in headers:
        if not name or _request("GET", "/", [host, (f"x-{name}", "")]) is None:
            return "the name of a header is empty or has a character that HTTP does not allow"
        if _request("GET", "/", [host, ("x", value)]) is None:
            return (
                f"the value of the header {name!r} has a character that HTTP does not allow: "
                "a line break, a blank at one of its ends, or something outside of ASCII"
            )
    hosts = [value for name, value in headers if name.lower() == "host"]
    if len(hosts) != 1 or not hosts[0]:
        return "a request needs one header Host, and it must not be empty"
    return "the headers content-length and transfer-encoding of a request make no sense"
