"""The figures as tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.contenders import CONTENDERS, FLOOR
from benchmarks.delivery import DROPS_REASONING
from benchmarks.results import Figure, Run
from benchmarks.suites.base import Suite

_MARK = " *"
NOTE = f"`{_MARK.strip()}` drops OpenRouter's reasoning, and so does less work."


def number(value: float | None) -> str:
    """A number with three digits that matter, or a dash.

    Example:
        >>> number(0.02345), number(1234.5), number(17), number(None)
        ('0.0234', '1234', '17', '-')
    """
    if value is None:
        return "-"
    if value >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.3g}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(line) + " |" for line in lines).replace("| --- ", "|---") + "\n"
    )


def suite_table(run: Run, suite: Suite) -> str:
    """The table of a suite: a row for each contender, the columns of each case beside each other.

    Suites with many columns have a row for each case instead.
    """
    figures = [one for one in run.figures if one.suite == suite.name]
    names = [name for name in CONTENDERS if any(one.contender == name for one in figures)]
    cases = [case for case in suite.cases if any(one.case == case for one in figures)]
    heads = [*suite.columns.values(), *(["x floor"] if suite.compared else [])]
    if len(heads) > 4 and len(cases) > 1:
        head = ["", "contender", *heads]
        rows = [
            [case, *_row(run, suite, [case], name)]
            for case in cases
            for name in names
            if run.find(suite.name, case, name)
        ]
    else:
        head = ["contender", *(f"{case} {head}".strip() for case in cases for head in heads)]
        rows = [_row(run, suite, cases, name) for name in names]
    marked = any(figure.state == DROPS_REASONING for figure in figures)
    return table(head, rows) + (f"\n{NOTE}\n" if marked else "")


def _row(run: Run, suite: Suite, cases: Sequence[str], name: str) -> list[str]:
    """A contender's name, and its cells of some cases."""
    drops = False
    cells: list[str] = []
    for case in cases:
        figure = run.find(suite.name, case, name)
        drops = drops or (figure is not None and figure.state == DROPS_REASONING)
        cells += _cells(run, suite, figure)
    shown = f"**{name}**" if CONTENDERS[name].ours else name
    return [shown + _MARK * drops, *cells]


def _cells(run: Run, suite: Suite, figure: Figure | None) -> list[str]:
    """The medians of one case, and how the one that is compared stands to the floor's."""
    width = len(suite.columns) + bool(suite.compared)
    if figure is None:
        return ["-"] * width
    if not figure.counts:
        return [figure.state.replace("|", "/").replace("\n", " ")[:60], *["-"] * (width - 1)]
    cells = [number(figure.median(column)) for column in suite.columns]
    if suite.compared:
        where = (suite.name, figure.case, figure.contender)
        cells.append(number(run.ratio(*where, suite.compared)))
    return cells


def floor_first(names: Iterable[str]) -> list[str]:
    """Names in the order of the list of contenders, the floor among them."""
    wanted = set(names) | {FLOOR}
    return [name for name in CONTENDERS if name in wanted]
