"""A file to which lines are added, each by one write, and which one process has to itself.

What `write` has taken survives the end of the process, however that ends; a failure of the whole
machine it survives once `sync` was called.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic_core import from_json

from seed_core.errors import ConfigurationError

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class LineFile:
    """Lines of JSON in a file, which is made if it is not there.

    Args:
        path: the file.
        begins: how a line of ours begins. Nothing else is ever taken for a torn one.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, *begins: bytes) -> None:
        """Open it."""
        self.path = path
        self._begins = begins
        self.cut_off = 0  # bytes of a torn last line that `lines` removed
        self._descriptor = os.open(path, _FLAGS, 0o666)
        self._unsynced = False

    def lines(self) -> Iterator[bytes]:
        """The lines that are there. One that was torn at the end of the file is removed."""
        end = 0
        with self.path.open("rb") as file:
            for line in file:
                if self._is_torn(line):
                    self.cut_off = len(line)
                    os.ftruncate(self._descriptor, end)
                    return
                end += len(line)
                yield line
                if not line.endswith(b"\n"):
                    self._write(b"\n")
                    return

    def _is_torn(self, line: bytes) -> bool:
        """Whether it is the beginning of a line of ours, or blocks that were never written."""
        if line.endswith(b"\n") or _is_whole(line):
            return False
        ours = any(line.startswith(one[: len(line)]) for one in self._begins)
        return ours or not line.strip(b"\0")

    def append(self, line: bytes) -> None:
        """Add a line.

        Raises:
            OSError: it cannot be written, and none of it was.
        """
        before = os.fstat(self._descriptor).st_size
        try:
            self._write(line + b"\n")
        except OSError:
            os.ftruncate(self._descriptor, before)
            raise

    def _write(self, data: bytes) -> None:
        """Write all of it at once."""
        written = os.write(self._descriptor, data)
        if written < len(data):
            code = errno.ENOSPC
            raise OSError(code, os.strerror(code), str(self.path))
        self._unsynced = True

    def clear(self) -> None:
        """Remove all lines."""
        os.ftruncate(self._descriptor, 0)

    def sync(self) -> None:
        """Bring what was written to the disk."""
        if self._unsynced:
            self._unsynced = False  # first, since it may be called beside `append`
            os.fsync(self._descriptor)

    def lock(self) -> bool:
        """Have it to oneself until it is closed; whether the file still has its name.

        Raises:
            ConfigurationError: another process has it.
        """
        try:
            _lock(self._descriptor)
        except OSError:
            msg = f"another process writes {str(self.path)!r}; wait for it, or end it"
            raise ConfigurationError(msg) from None
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return os.fstat(self._descriptor).st_size == 0

    def close(self, *, remove: bool = False) -> None:
        """Close it, which gives up the lock. Removed is it before that, where the system can."""
        if remove and sys.platform != "win32":
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)
        if remove and sys.platform == "win32":
            with suppress(PermissionError):  # the next one has it already
                self.path.unlink(missing_ok=True)


def locked(path: Path, *begins: bytes) -> LineFile:
    """A file that this process has to itself.

    Raises:
        ConfigurationError: another process has it.
        OSError: it cannot be opened.
    """
    while True:
        file = LineFile(path, *begins)
        try:
            if file.lock():
                return file
        except ConfigurationError:
            file.close()
            raise
        file.close()  # the process that had it has just removed it


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system has that."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_whole(line: bytes) -> bool:
    """Whether a line without its end is whole: an object of JSON that was cut off never is."""
    try:
        return isinstance(from_json(line), dict)
    except ValueError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        """Lock a byte that nobody writes: here a lock keeps others from what it covers."""
        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, 1 << 40, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, place, os.SEEK_SET)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        """Lock the file."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
