"""The files of fal's storage: what was uploaded, whole or in parts.

Of a file its length and its digest are kept, and of its content the first megabyte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from seed_core.emulator.fal.errors import plain
from seed_core.emulator.fal.media import Missing
from seed_core.emulator.seen import StoredFile

__all__ = ["KEPT", "Content", "Files", "Upload"]

KEPT = 1 << 20
"""Bytes of a file that are kept."""
_BLOCK = 1 << 16


@dataclass
class Content:
    """What is kept of a file's bytes."""

    size: int = 0
    head: bytes = b""
    _digest: Any = field(default_factory=hashlib.sha256)

    def add(self, data: bytes) -> None:
        """Take more of them."""
        self.head += data[: KEPT - len(self.head)]
        self.size += len(data)
        self._digest.update(data)

    @property
    def sha256(self) -> str:
        """The digest of all of them."""
        digest: str = self._digest.hexdigest()
        return digest

    def blocks(self) -> Iterator[bytes]:
        """Give it back; what was not kept comes back as zeros."""
        yield self.head
        for start in range(len(self.head), self.size, _BLOCK):
            yield bytes(min(_BLOCK, self.size - start))


@dataclass
class Upload:
    """A file that arrives in parts, in any order; a part is let go when all before it are there."""

    url: str
    content_type: str
    content: Content = field(default_factory=Content)
    _etags: dict[int, str] = field(default_factory=dict)
    _waiting: dict[int, bytes] = field(default_factory=dict)
    _next: int = 1

    def put(self, number: int, data: bytes) -> str:
        """Take a part and give its tag. One that comes again must be the same."""
        if number < 1:
            raise plain(400, "Part numbers begin with 1.")
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        known = self._etags.setdefault(number, etag)
        if known != etag:
            raise plain(409, f"Part {number} is there already, with other content.")
        if number >= self._next:
            self._waiting[number] = data
        while self._next in self._waiting:
            self.content.add(self._waiting.pop(self._next))
            self._next += 1
        return etag

    def check(self, parts: Any) -> None:
        """Refuse a list that does not name every part by its tag.

        The order is free: the official client lists its parts as they are done.
        """
        if not isinstance(parts, list) or not parts:
            raise plain(400, "The list of parts is missing.")
        told: dict[int, str] = {}
        for part in parts:
            number = part.get("partNumber") if isinstance(part, Mapping) else None
            etag = part.get("etag") if isinstance(part, Mapping) else None
            if not isinstance(number, int) or not isinstance(etag, str) or number in told:
                raise plain(400, "Each part needs a partNumber of its own and an etag.")
            told[number] = etag
        if told != self._etags or len(told) != self._next - 1:
            raise plain(400, "One or more of the parts could not be found, or have another etag.")


class Files:
    """The files that are there, by the paths of their addresses."""

    def __init__(self, root: str) -> None:
        """Start empty; `root` is what the paths of all files begin with."""
        self._root = root
        self._held: dict[str, tuple[StoredFile, Content]] = {}

    @property
    def stored(self) -> list[StoredFile]:
        """The files, oldest first."""
        return [file for file, _ in self._held.values()]

    def add(self, url: str, content_type: str, content: Content) -> None:
        """Take a file that is complete."""
        file = StoredFile(url, content_type, content.size, content.sha256)
        self._held[urlsplit(url).path] = (file, content)

    def get(self, path: str) -> tuple[StoredFile, Content] | None:
        """Give a file and its content."""
        return self._held.get(path)

    def look_up(self, url: str) -> StoredFile | None:
        """Give the file at a URL; None if it is not for this storage, `Missing` if it was."""
        path = urlsplit(url).path
        if not path.startswith(self._root):
            return None
        if path not in self._held:
            raise Missing
        return self._held[path][0]

    def forget(self) -> None:
        """Forget them."""
        self._held.clear()
