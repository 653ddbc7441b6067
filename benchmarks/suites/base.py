"""What a suite is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from benchmarks.contenders import Entry
from benchmarks.measuring import Stage


class Suite:
    """Some figures of one kind.

    Attributes:
        name: its name on the command line.
        title: what its table is called.
        about: a sentence or two on how it is measured.
        cases: what is measured, with the way to ask, or the ability, that it needs; "" for none.
        columns: the figures of a case with their units, as the table shows them.
        compared: the figure that is divided by the floor's.
        rounds: samples of the short run, and of the full one.
        warm: whether a first round is thrown away.
        fresh: whether every sample has a process of its own.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    cases: ClassVar[Mapping[str, str]]
    columns: ClassVar[Mapping[str, str]]
    compared: ClassVar[str] = ""
    rounds: ClassVar[tuple[int, int]] = (3, 7)
    warm: ClassVar[bool] = True
    fresh: ClassVar[bool] = False

    def takes(self, case: str, name: str, entry: Entry, *, full: bool) -> bool:
        """Whether a contender takes part, if it can."""
        return True

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """One sample, in the contender's process. The keys are those of `columns`.

        Raises:
            Exception: whatever goes wrong; the figure is then shown as failed.
        """
        raise NotImplementedError
