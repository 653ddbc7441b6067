"""Uploads: a `multipart/form-data` body taken apart, byte for byte.

Knows RFC 7578 as HTTP clients write it: fields with a name, files with a file name and a type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Field", "parse_multipart"]

_BOUNDARY = re.compile(r'multipart/form-data;.*\bboundary="?([^";]+)"?', re.IGNORECASE)
_NAME = re.compile(r';\s*name="([^"]*)"')
_FILENAME = re.compile(r';\s*filename="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form."""

    content: bytes
    filename: str | None = None
    media_type: str = "text/plain"

    @property
    def text(self) -> str:
        """The content as a text."""
        return self.content.decode("utf-8", "replace")


def parse_multipart(content_type: str, raw: bytes) -> Mapping[str, Field] | None:
    r"""Give the fields of a form by name, None if the body is not one.

    Example:
        >>> body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
        >>> parse_multipart("multipart/form-data; boundary=x", body)["a"].text
        '1'
    """
    match = _BOUNDARY.match(content_type)
    if match is None:
        return None
    mark = b"\r\n--" + match.group(1).encode("latin-1")
    first, *blocks = (b"\r\n" + raw).split(mark)
    if first or not blocks or not blocks[-1].startswith(b"--"):
        return None
    fields = [_field(block) for block in blocks[:-1]]
    return {name: field for name, field in fields if name}


def _field(block: bytes) -> tuple[str, Field]:
    head, _, content = block.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    headers = {name.strip().lower(): value for name, _, value in (x.partition(":") for x in lines)}
    given = headers.get("content-disposition", "")
    name, filename = _NAME.search(given), _FILENAME.search(given)
    media_type = headers.get("content-type", "text/plain").strip()
    return (
        name.group(1) if name else "",
        Field(content, filename.group(1) if filename else None, media_type),
    )
