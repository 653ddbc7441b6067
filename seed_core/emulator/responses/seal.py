"""Encrypted reasoning: data that says by itself whether it is as it was issued.

It is not secret, only sealed: a digest stands in front of what was thought.
"""

from __future__ import annotations

import base64
import hashlib

from seed_core.emulator.data_url import decode

__all__ = ["is_sealed", "seal"]

_HEAD = b"v1s"  # makes the base64 begin with "djF", as Ark's was seen to begin


def seal(thought: str) -> str:
    """Write a thought as encrypted content.

    Example:
        >>> is_sealed(seal("Hm.")), is_sealed(seal("Hm.").lower())
        (True, False)
    """
    content = thought.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(b"emulator" + content).digest()
    return base64.b64encode(_HEAD + digest + content).decode()


def is_sealed(data: str) -> bool:
    """Whether encrypted content is exactly what `seal` once gave."""
    raw = decode(data) or b""
    start = len(_HEAD) + hashlib.sha256().digest_size
    try:
        thought = raw[start:].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return seal(thought) == data
