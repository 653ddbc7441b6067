"""Which files are opened while something runs, whoever opens them."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PICTURE = b"\x89PNG\r\n\x1a\n of somebody's private picture"

_seen: list[list[str]] = []


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _seen and event == "open" and isinstance(args[0], (str, bytes, os.PathLike)):
        for names in _seen:
            names.append(os.fsdecode(args[0]))


sys.addaudithook(_hook)


@contextmanager
def opened() -> Iterator[list[str]]:
    """The names of the files that are opened meanwhile."""
    names: list[str] = []
    _seen.append(names)
    try:
        yield names
    finally:
        # By identity: another one may have seen the same.
        _seen[:] = [other for other in _seen if other is not names]
