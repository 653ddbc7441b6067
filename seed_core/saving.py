"""A response on its way into a file: whole under its name, or not there at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from seed_core.errors import MediaError


def _opened(path: str, flags: int) -> int:
    """Open a file, but none that a link leads to: in a shared folder it may be anybody's."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


class FileSink:
    """Takes the bytes of a response into a file. See `seed_core.flow.Sink`.

    They go into a file beside it, which takes the name when it is whole.

    Args:
        path: the file. What stands there already is replaced, when the new one is whole.
        max_bytes: how many bytes are taken at most.
    """

    def __init__(self, path: str | os.PathLike[str], max_bytes: int) -> None:
        """Nothing is written yet."""
        self.path = Path(path)
        self._max_bytes = max_bytes
        self._part = self.path.with_name(f"{self.path.name}.part")
        self._file: BinaryIO | None = None
        self._written = 0

    def begin(self, headers: Mapping[str, str]) -> None:
        """Begin anew.

        Raises:
            MediaError: it is too large, or the file cannot be written.
        """
        said = headers.get("content-length", "")
        self._refuse(int(said) if said.isdecimal() else 0)
        self._written = 0
        try:
            self._file = open(self._part, "wb", opener=_opened)  # noqa: SIM115 - see `finish`
        except OSError as error:
            raise self._unwritten(error) from error

    def write(self, block: bytes) -> None:
        """Take the next bytes.

        Raises:
            MediaError: they are too many, or the file cannot be written.
        """
        self._written += len(block)
        self._refuse(self._written)
        try:
            if self._file is not None:
                self._file.write(block)
        except OSError as error:
            raise self._unwritten(error) from error

    def finish(self) -> None:
        """All has come: give the file its name.

        Raises:
            MediaError: nothing came, or the file cannot be written.
        """
        if not self._written:
            raise MediaError(f"what should be saved as {str(self.path)!r} is empty")
        try:
            if self._file is not None:
                self._file.close()
            self._part.replace(self.path)
        except OSError as error:
            raise self._unwritten(error) from error

    def abandon(self) -> None:
        """Leave nothing behind."""
        with suppress(OSError):
            if self._file is not None:
                self._file.close()
            self._part.unlink(missing_ok=True)

    def _refuse(self, size: int) -> None:
        """Refuse what is too large, as soon as that is known."""
        if size > self._max_bytes:
            msg = (
                f"what should be saved as {str(self.path)!r} has more than {self._max_bytes:,} "
                "bytes; raise max_bytes="
            )
            raise MediaError(msg)

    def _unwritten(self, error: OSError) -> MediaError:
        """The file cannot be written."""
        return MediaError(f"{str(self.path)!r} cannot be written: {error.strerror or error}")
