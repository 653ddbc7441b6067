"""Whether the input is the one that the output was begun with, and names each row once."""

from __future__ import annotations

from hashlib import blake2b

from seed_core.batch.hashes import Hashes
from seed_core.batch.ledger import Ledger
from seed_core.batch.rows import Row
from seed_core.errors import ConfigurationError

_MEND = "give the input back as it was (rows may be added at its end), or name another output"


class Check:
    """Looks at each row of the input once, in memory of some twenty bytes a row."""

    def __init__(self, ledger: Ledger) -> None:
        """None was looked at."""
        self._ledger = ledger
        self._ids = Hashes()

    def row(self, row: Row) -> None:
        """Look at the next row.

        Raises:
            ConfigurationError: it is not what it was, or its id was there before.
        """
        known = self._ledger.digest(row.index)
        if known is not None and known != row.digest:
            raise self._changed(row)
        if row.id is not None and not self._ids.add(_digest_of_id(row.id)):
            msg = f"the id {row.id!r} of row {row.index} was there before; ids name one row each"
            raise ConfigurationError(msg)

    def end(self, count: int) -> None:
        """The input has so many rows.

        Raises:
            ConfigurationError: it had more.
        """
        if count < self._ledger.rows:
            msg = (
                f"the input has {count:,} rows, but {str(self._ledger.path)!r} was begun with at "
                f"least {self._ledger.rows:,}: {_MEND}"
            )
            raise ConfigurationError(msg)

    def _changed(self, row: Row) -> ConfigurationError:
        """The error for a row that is another."""
        before = self._ledger.id_of(row.index)
        output = str(self._ledger.path)
        if before != row.id:
            said = f"has the id {row.id!r}, but {output!r} was begun with {before!r} in its place"
        else:
            said = f"(id {row.id!r}) says something else than when {output!r} was begun"
        return ConfigurationError(f"row {row.index} of the input {said}: {_MEND}")


def _digest_of_id(ident: str | int) -> int:
    """64 bits of an id; 1 and "1" are two."""
    return int.from_bytes(blake2b(repr(ident).encode(), digest_size=8).digest(), "big")
