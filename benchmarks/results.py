"""The figures of a run: samples, medians, ratios, and the form in which they are recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contenders import FLOOR
from benchmarks.delivery import COMPLETE, COUNTS


@dataclass
class Figure:
    """What was measured of one contender in one case of a suite.

    Attributes:
        state: what it delivers, or how it failed.
        samples: of each column, one number a round.
    """

    suite: str
    case: str
    contender: str
    state: str = COMPLETE
    samples: dict[str, list[float]] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether it may be compared: who loses text has not done the work."""
        return self.state in COUNTS

    def add(self, values: Mapping[str, float]) -> None:
        """Keep the samples of one round."""
        for column, value in values.items():
            self.samples.setdefault(column, []).append(value)

    def median(self, column: str) -> float | None:
        """The median over the rounds; None if there is none, or it does not count."""
        samples = self.samples.get(column)
        return median(samples) if samples and self.counts else None


@dataclass
class Run:
    """All figures of one run, and where they come from."""

    command: str
    machine: dict[str, str]
    versions: dict[str, str]
    figures: list[Figure] = field(default_factory=list)

    def find(self, suite: str, case: str, contender: str) -> Figure | None:
        """One figure, or None if it was not measured."""
        key = (suite, case, contender)
        found = (one for one in self.figures if (one.suite, one.case, one.contender) == key)
        return next(found, None)

    def value(self, suite: str, case: str, contender: str, column: str) -> float | None:
        """The median of a column, or None."""
        figure = self.find(suite, case, contender)
        return figure.median(column) if figure else None

    def ratio(
        self, suite: str, case: str, contender: str, column: str, *, to: str = FLOOR
    ) -> float | None:
        """A median divided by that of another contender in the same case, or None.

        Example:
            >>> run = Run("", {}, {})
            >>> run.figures.append(Figure("call", "sync", "a", samples={"ms": [3.0]}))
            >>> run.figures.append(Figure("call", "sync", "b", samples={"ms": [2.0]}))
            >>> run.ratio("call", "sync", "a", "ms", to="b")
            1.5
        """
        mine = self.value(suite, case, contender, column)
        other = self.value(suite, case, to, column)
        return None if mine is None or not other else mine / other

    def write(self, path: Path) -> None:
        """Record the run."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Run:
        """A recorded run."""
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        figures = [Figure(**figure) for figure in said.pop("figures")]
        return cls(**said, figures=figures)
