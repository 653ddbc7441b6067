"""What was uploaded to Runware, and by which UUID and URL it can be named.

Nothing is downloaded: of an upload that is a URL the UUID is known, and no file. A UUID that was
not given out here is taken on trust, as it may be of another day [assumed: so lenient].
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from seed_core.emulator.runware.media import Format, Kind, Missing, inline, is_url, sniff
from seed_core.emulator.seen import StoredFile

__all__ = ["FILES", "Storage", "Upload"]

FILES = "/files"
"""What the paths of all files begin with, below the host's name."""
Content: TypeAlias = tuple[str, bytes]
"""A media type, and bytes of it."""


@dataclass(frozen=True)
class Upload:
    """Something to be stored: a content and what it is, or a URL of elsewhere."""

    source: str
    content: bytes = b""
    format: Format | None = None

    @classmethod
    def read(cls, source: str) -> Upload | None:
        """Read what a task uploads, None if it is neither a URL nor a content that is known."""
        if is_url(source):
            return cls(source)
        content = inline(source)
        known = sniff(content) if content else None
        return cls(source, content, known) if content and known else None


@dataclass(frozen=True)
class _Held:
    file: StoredFile
    kind: Kind
    content: bytes


class Storage:
    """The files of every key, by their UUIDs."""

    def __init__(self, root: str) -> None:
        """Start empty; `root` is the path that the addresses of all files begin with."""
        self._root = root
        self._held: dict[str, _Held] = {}
        self._known: dict[str, Kind | None] = {}
        self._gone: set[str] = set()

    @property
    def stored(self) -> list[StoredFile]:
        """The files, oldest first."""
        return [held.file for held in self._held.values()]

    def add(self, ident: str, upload: Upload, base: str) -> str:
        """Keep an upload under a UUID and give its address, which for a URL is that URL."""
        known = upload.format
        if known is None:
            self._known[ident] = None
            return upload.source
        url = f"{base}{FILES}/{known.kind}/{ident}.{known.extension}"
        digest = hashlib.sha256(upload.content).hexdigest()
        file = StoredFile(url, known.media_type, len(upload.content), digest)
        self._held[ident] = _Held(file, known.kind, upload.content)
        self._known[ident] = known.kind
        return url

    def note(self, ident: str, kind: Kind) -> None:
        """Let a file be named that is made here."""
        self._known[ident] = kind

    def delete(self, ident: str) -> None:
        """Delete a file; that one which never was is `Missing` is assumed."""
        if ident not in self._known:
            raise Missing
        del self._known[ident]
        self._held.pop(ident, None)
        self._gone.add(ident)

    def look_up(self, name: str) -> Kind | None:
        """Give the kind of a file by its UUID or its URL, None for what is of elsewhere."""
        path = urlsplit(name).path if "://" in name else ""
        ours = path.startswith(self._root)
        ident = path.rpartition("/")[2].partition(".")[0] if ours else name.lower()
        if ident in self._gone or (ours and ident not in self._known):
            raise Missing
        return self._known.get(ident)

    def get(self, ident: str) -> Content | None:
        """Give a file that is kept."""
        held = self._held.get(ident)
        return (held.file.content_type, held.content) if held else None

    def forget(self) -> None:
        """Forget them."""
        self._held.clear()
        self._known.clear()
        self._gone.clear()
