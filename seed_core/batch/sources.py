"""Where the rows of a batch come from: a file, the standard input, or values."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from seed_core.batch.rows import Row, parse_line, read_row
from seed_core.errors import ConfigurationError
from seed_core.settings import Settings
from seed_core.types import Json

Source: TypeAlias = str | os.PathLike[str] | Iterable[Json]
"""A file of JSON lines, "-" for the standard input, or rows as values."""

_AHEAD = 64
"""Lines of the standard input that are read before they are needed."""
_AT_ONCE = 256
"""Rows that are passed over before others have their turn."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it comes, not read yet.

    Attributes:
        index: its place among the rows, from 0.
        number: its line, or its place from 1.
        said: its text or its value.
    """

    index: int
    number: int
    said: bytes | Json

    def read(self, settings: Settings) -> Row:
        """What it asks.

        Raises:
            ConfigurationError: it cannot be read.
        """
        if isinstance(self.said, bytes):
            said = parse_line(self.said, self.number)
            return read_row(said, self.index, f"line {self.number}", settings)
        if not isinstance(self.said, Mapping):
            raise ConfigurationError(f"row {self.number} is not a mapping but {self.said!r:.80}")
        return read_row(self.said, self.index, f"row {self.number}", settings)


def is_once(source: Source) -> bool:
    """Whether the rows can be looked at only once."""
    return source == "-" or isinstance(source, Iterator)


def one_name(output: str | os.PathLike[str]) -> Path:
    """The name of an output: by whatever links, it has one journal."""
    path = Path(output)
    return path.resolve() if path.is_symlink() else path


def check_names(source: Source, output: Path) -> None:
    """Refuse what cannot be read or written.

    Raises:
        ConfigurationError: there is no such file, or it is the output, or there is no folder for
            that.
    """
    if not output.parent.is_dir():
        raise ConfigurationError(f"there is no folder {str(output.parent)!r} for the output")
    if isinstance(source, (bytes, Mapping)) or not isinstance(source, (str, os.PathLike, Iterable)):
        msg = "the rows come from a file, from '-' (the standard input) or from many mappings"
        raise ConfigurationError(f"{msg}, not from a {type(source).__name__}")
    if isinstance(source, (str, os.PathLike)) and source != "-":
        path = Path(source)
        if not path.is_file():
            raise ConfigurationError(f"there is no file {str(path)!r} to read rows from")
        if output.exists() and path.samefile(output):
            raise ConfigurationError(f"{str(path)!r} cannot be both input and output")


def entries(source: Source) -> Iterator[Entry]:
    """The rows of a file or of values."""
    if isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as file:
            yield from _numbered(file)
    else:
        for index, said in enumerate(source):
            yield Entry(index, index + 1, said)


async def entries_in_turn(source: Source) -> AsyncGenerator[Entry]:
    """The rows, with turns for others: the standard input may keep one waiting."""
    if source == "-":
        lines = _Ahead()
        index = number = 0
        while (line := await lines.next()) is not None:
            number += 1
            if line.strip():
                yield Entry(index, number, line)
                index += 1
        return
    for entry in entries(source):
        if entry.index % _AT_ONCE == 0:
            await asyncio.sleep(0)
        yield entry


def _numbered(lines: Iterable[bytes]) -> Iterator[Entry]:
    """The lines that are not blank."""
    index = 0
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield Entry(index, number, line)
            index += 1


class _Ahead:
    """The lines of the standard input, read in a thread, since no loop can wait for a file."""

    def __init__(self) -> None:
        """Begin to read."""
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[bytes | OSError | None] = asyncio.Queue()
        self._room = threading.Semaphore(_AHEAD)
        # A daemon: a read that nobody answers must not keep the process.
        threading.Thread(target=self._read, name="seed-batch-stdin", daemon=True).start()

    def _read(self) -> None:
        """Read to the end, or to the first error."""
        last: OSError | None = None
        try:
            # Not sys.stdin, whose lock would be missed at the end of the process.
            with open(0, "rb", closefd=False) as file:
                for line in file:
                    self._room.acquire()
                    self._give(line)
        except OSError as error:
            last = error
        self._give(last)

    def _give(self, line: bytes | OSError | None) -> None:
        """Hand over."""
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)

    async def next(self) -> bytes | None:
        """The next line; None at the end.

        Raises:
            OSError: it cannot be read.
        """
        line = await self._lines.get()
        self._room.release()
        if isinstance(line, OSError):
            raise line
        return line
