"""What is wrong with a request, in no host's words.

Knows places in a body and kinds of mistakes; the status, the code and the words around them are
each host's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

from seed_core.emulator.serving import Refused

__all__ = ["Flaw", "Kind", "refused_as"]

Kind: TypeAlias = Literal[
    "value",
    "missing",
    "unsupported",
    "role",
    "url_empty",
    "url_form",
    "detail",
    "pixels",
    "model",
]
"""What sort of mistake. "unsupported": the model has no such option. "model": the model's own
server finds it, behind a host that resells."""


class Flaw(Exception):  # noqa: N818  (it is the caller's mistake, not a failure of this code)
    """One thing that is wrong with a request."""

    def __init__(self, where: str, said: str, kind: Kind = "value") -> None:
        """Hold the place ("messages.0.content"), what is wrong there, and of which kind it is."""
        super().__init__(f"{where}: {said}" if where else said)
        self.where = where
        self.said = said
        self.kind = kind


@contextmanager
def refused_as(refusal: Callable[[Flaw], Refused]) -> Iterator[None]:
    """Turn a flaw that is found inside into the host's own refusal."""
    try:
        yield
    except Flaw as flaw:
        raise refusal(flaw) from None
