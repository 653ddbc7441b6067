"""What may stand in a header, said here because httpx would show a value, which may be a key."""

from __future__ import annotations

import re

from seed_core.flow import Headers

_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


def wrong_header(headers: Headers) -> str | None:
    """What is wrong with the first header that cannot be sent, its value left out."""
    for name, value in headers.items():
        if not isinstance(value, str):
            return f"the header {name!r} must be text, not a {type(value).__name__}"
        if not _NAME.fullmatch(name) or not is_printable(value):
            return f"the header {name!r} may hold printable ASCII only, and no line end"
    return None


def is_printable(text: str) -> bool:
    """Whether a text may stand in a header."""
    return text.isascii() and text.isprintable()
