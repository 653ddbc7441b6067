"""The marks by which the emulator knows its own thinking again, without remembering any.

A signature is a digest of the thought. The id of a tool call says whether a thought went before it.
"""

from __future__ import annotations

import base64
import hashlib

__all__ = ["call_id", "follows_thinking", "sign"]

_THOUGHT = "toolu_thought_"


def sign(thinking: str) -> str:
    """Give the signature of a thought.

    Example:
        >>> sign("Hm.") == sign("Hm.") != sign("Hm")
        True
    """
    digest = hashlib.sha512(b"emulator" + thinking.encode("utf-8", "surrogatepass")).digest()
    return base64.b64encode(digest).decode()


def call_id(host: str, number: int, index: int, *, thought: bool) -> str:
    """Make the id of a tool call."""
    return f"{_THOUGHT + host if thought else 'toolu'}_{number:08d}{index:02d}"


def follows_thinking(ident: str, host: str) -> bool:
    """Whether a tool call was made up by this host, after a thought."""
    return ident.startswith(f"{_THOUGHT}{host}_")
