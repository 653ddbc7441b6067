"""A request, and an uploaded file, as the emulator saw them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

__all__ = ["Seen", "StoredFile", "parse"]


@dataclass
class Seen:
    """One request that reached the emulator, whether it was refused or answered."""

    host: str
    """The emulated host's name, as in `Emulator.url(name)`."""
    method: str
    path: str
    """The path with its query, below the host's prefix."""
    headers: dict[str, str]
    """Names in lower case."""
    body: Any
    """The parsed JSON, None if there is none or it does not parse."""
    raw: bytes
    """The body. Of a long upload to a storage only the beginning is kept."""
    connection: str
    """One id per client socket: equal ids mean that the connection was used again."""
    disconnected: bool = False
    """Becomes True if the client goes away before the reply is complete."""


@dataclass(frozen=True)
class StoredFile:
    """One file that was uploaded to a host's storage."""

    url: str
    """Where it is served."""
    content_type: str
    size: int
    sha256: str


def parse(raw: bytes) -> Any:
    """JSON, or None. NaN and Infinity are Python's, not JSON's, so they do not parse."""
    try:
        return json.loads(raw, parse_constant=_refuse_constant)
    except ValueError:
        return None


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)
