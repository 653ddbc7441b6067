"""What is known of the rows of a batch: those in the output, and those that were begun.

The output has a row for each that was answered or failed. The journal beside it has a line for
each that was begun, written before anything is sent; so what was begun and is not in the output was
on its way when the process was ended by force, and may have been billed. A journal of which nothing
is in doubt is removed.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from seed_core.batch.appending import LineFile, locked, sync_folder
from seed_core.batch.results import Tally
from seed_core.batch.rows import Ident
from seed_core.errors import ConfigurationError
from seed_core.types import Json

_BEGINS = b'{"index": '
_DIGEST = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row that was begun and is not in the output.

    Attributes:
        index, id, digest: see `Row`.
        times: how often it was begun.
    """

    index: int
    id: Ident
    digest: int
    times: int = 1


class Ledger:
    """The output of a batch and its journal, locked.

    Args:
        output: the file.

    Raises:
        ConfigurationError: another process writes it, or it is no file.
        OSError: its journal cannot be opened.
    """

    def __init__(self, output: Path) -> None:
        """Lock both; `read` comes next."""
        if output.exists() and not output.is_file():
            raise ConfigurationError(f"{str(output)!r} is not a file that can be added to")
        self.path = output
        self.tally = Tally()
        self.journal_path = output.with_name(f"{output.name}.journal")
        self._recorded = _Recorded()
        self._begun: dict[int, Doubt] = {}
        self._known = False
        self._made = False
        self._journal = locked(self.journal_path, b'{"begun": ', b'{"released": ')
        self._output: LineFile | None = None

    def read(self) -> tuple[Doubt, ...]:
        """Read both; give what is in doubt. A torn last line of an earlier run is removed.

        Raises:
            ConfigurationError: one of them is no file of a batch.
            OSError: one of them cannot be read.
        """
        self._made = not self.path.exists()
        self._output = LineFile(self.path, _BEGINS)
        for _, row in _rows(self._output):
            self._count(row)
        self._read_journal()
        sync_folder(self.path.parent)
        return tuple(self._begun.values())

    def _read_journal(self) -> None:
        """Find what was begun and not recorded."""
        for line in self._journal.lines():
            said = _parsed(line, self.journal_path)
            match said:
                case {"begun": int(index), "id": ident, "digest": str(digest)} if (
                    index >= 0 and _DIGEST.fullmatch(digest)
                ):
                    self._begin(index, ident, int(digest, 16))
                case {"released": int(index)}:
                    self._release(index)
                case _:
                    raise _foreign(self.journal_path)
        for index in [index for index in self._begun if index in self._recorded]:
            del self._begun[index]
        self._known = True
        if not self._begun:
            self._file.sync()
            self._journal.clear()

    @property
    def _file(self) -> LineFile:
        """The output."""
        if self._output is None:
            raise ValueError("it is closed")
        return self._output

    def __contains__(self, index: int) -> bool:
        """Whether a row is in the output."""
        return index in self._recorded

    @property
    def rows(self) -> int:
        """How many rows the input had, as far as can be told from here."""
        return max([self._recorded.rows, *(index + 1 for index in self._begun)])

    def digest(self, index: int) -> int | None:
        """What a row said, if it was begun or recorded."""
        if index in self._recorded:
            return self._recorded.digest(index)
        doubt = self._begun.get(index)
        return None if doubt is None else doubt.digest

    def id_of(self, index: int) -> Ident:
        """What a row was called that was begun or recorded. This reads the output."""
        if index in self._begun:
            return self._begun[index].id
        found: Iterator[Ident] = (
            row["id"] for _, row in _rows(self._file) if row["index"] == index
        )
        return next(found, None)

    def begin(self, index: int, ident: Ident, digest: int) -> None:
        """A row is about to be sent."""
        said = {"begun": index, "id": ident, "digest": f"{digest:016x}"}
        self._journal.append(_written(said))
        self._begin(index, ident, digest)

    def _begin(self, index: int, ident: Ident, digest: int) -> None:
        """Once more begun."""
        before = self._begun.get(index)
        times = before.times if before else 0
        self._begun[index] = Doubt(index, ident, digest, times + 1)

    def release(self, index: int) -> None:
        """A row that was begun was refused for a reason that is not its own."""
        self._journal.append(_written({"released": index}))
        self._release(index)

    def _release(self, index: int) -> None:
        """Once less begun."""
        doubt = self._begun.pop(index, None)
        if doubt is not None and doubt.times > 1:
            self._begun[index] = replace(doubt, times=doubt.times - 1)

    def record(self, row: Mapping[str, Any], *, answers: bool = True) -> None:
        """Write down what became of a row. Unless it `answers`, all that was sent is in doubt."""
        doubt = self._begun.get(row["index"])
        lost = doubt.times - answers if doubt else 0
        if lost:
            row = {**row, "in_doubt": lost}
        self._file.append(_written(row))
        self._begun.pop(row["index"], None)
        self._count(row)

    def _count(self, row: Json) -> None:
        """A row is in the output."""
        self._recorded.add(row["index"], int(row["digest"], 16), self.path)
        self.tally.add(row)

    def forget_failed(self) -> None:
        """Write the output anew without the rows that failed, so that they are asked again.

        What is in doubt about them stays so, in the journal.
        """
        if not self.tally.failed:
            return
        part = self.path.with_name(f"{self.path.name}.part")
        part.unlink(missing_ok=True)
        kept = LineFile(part, _BEGINS)
        self._recorded, self.tally = _Recorded(), Tally()
        try:
            for line, row in _rows(self._file):
                if "error" not in row:
                    kept.append(line.rstrip(b"\n"))
                    self._count(row)
                for _ in range(row.get("in_doubt", 0) if "error" in row else 0):
                    self.begin(row["index"], row["id"], int(row["digest"], 16))
            self._journal.sync()
            kept.sync()
        finally:
            kept.close()
        self._file.close()
        self._output = None
        part.replace(self.path)
        sync_folder(self.path.parent)
        self._output = LineFile(self.path, _BEGINS)

    def sync(self) -> None:
        """Bring both to the disk."""
        self._journal.sync()
        if self._output is not None:
            self._output.sync()

    def close(self, *, refused: bool = False) -> None:
        """Close both; a journal that says nothing more is removed.

        Args:
            refused: remove the output as well, if it was not there before and is empty.

        Raises:
            OSError: the output cannot be brought to the disk; both are closed all the same.
        """
        output, self._output = self._output, None
        clear = self._journal.empty or (self._known and not self._begun)
        try:
            if output is not None:
                output.sync()
        except OSError:
            clear = False
            raise
        finally:
            if output is not None:
                output.close(remove=refused and self._made and output.empty)
            self._journal.close(remove=clear)


class _Recorded:
    """Which rows are in the output, and 64 bits of what each said: nine bytes a row."""

    def __init__(self) -> None:
        """None yet."""
        self._digests = array("Q")
        self._there = bytearray()

    @property
    def rows(self) -> int:
        """One more than the last of them."""
        return len(self._there)

    def __contains__(self, index: int) -> bool:
        """Whether one is there."""
        return index < len(self._there) and bool(self._there[index])

    def digest(self, index: int) -> int:
        """What one said."""
        return self._digests[index]

    def add(self, index: int, digest: int, path: Path) -> None:
        """One more."""
        if index in self:
            raise ConfigurationError(f"{str(path)!r} has row {index} twice; remove one of them")
        missing = index + 1 - len(self._there)
        if missing > 0:
            self._there.extend(bytes(missing))
            self._digests.extend([0] * missing)
        self._there[index] = 1
        self._digests[index] = digest


def _rows(file: LineFile) -> Iterator[tuple[bytes, Json]]:
    """The rows of an output, as written and as parsed.

    Raises:
        ConfigurationError: it is none, and nothing of it was changed.
    """
    for line in file.lines():
        row = _parsed(line, file.path)
        match row:
            case {"index": int(index), "digest": str(digest), "id": _} if (
                index >= 0
                and _DIGEST.fullmatch(digest)
                and ("error" in row or {"finish_reason", "usage", "cost"} <= row.keys())
            ):
                yield line, row
            case _:
                raise _foreign(file.path)


def _parsed(line: bytes, path: Path) -> Json:
    """A line of a file of our own."""
    try:
        said = from_json(line)
    except ValueError:
        raise _foreign(path) from None
    return said if isinstance(said, Mapping) else {}


def _foreign(path: Path) -> ConfigurationError:
    """The error for a file that is not our own."""
    return ConfigurationError(
        f"{str(path)!r} holds a line that no batch has written; nothing is added to it. Name "
        "another output, or remove that line"
    )


def _written(said: Json) -> bytes:
    """A line of JSON. Half a surrogate pair, which UTF-8 does not have, becomes a question mark."""
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")
