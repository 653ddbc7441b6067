"""`python -m benchmarks.report build/bench.json`: the figures of a run into docs/performance.md.

What stands between two markers of the page is replaced; the words around them are written by hand.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.goals import goals_table
from benchmarks.results import Run
from benchmarks.suites import SUITES
from benchmarks.tables import suite_table, table

_ROOT = Path(__file__).parents[1]
PAGE = _ROOT / "docs" / "performance.md"
PLOTS = PAGE.parent / "plots"
_END = "<!-- end -->"


def sections(run: Run) -> dict[str, str]:
    """What stands between the markers of the page, by name, the plots aside."""
    machine = table(["machine", ""], run.machine.items())
    packages = table(["package", "version"], run.versions.items())
    found = {
        "run": f"Measured with `{run.command}`.\n\n{machine}\n{packages}",
        "goals": goals_table(run),
    }
    for suite in SUITES.values():
        if any(figure.suite == suite.name for figure in run.figures):
            found[suite.name] = f"{suite.about}\n\n{suite_table(run, suite)}"
    return found


def filled(page: str, parts: dict[str, str]) -> str:
    """A page with new parts between its markers.

    Raises:
        ValueError: the page has no place for a part.

    Example:
        >>> page = "<!-- figures: a -->" + chr(10) + "old" + chr(10) + "<!-- end -->"
        >>> filled(page, {"a": "new"}).split(chr(10))
        ['<!-- figures: a -->', '', 'new', '', '<!-- end -->']
    """
    for name, part in parts.items():
        mark = f"<!-- figures: {name} -->\n"
        if page.count(mark) != 1:
            raise ValueError(f"the page has {page.count(mark)} places for {name!r}")
        before, _, rest = page.partition(mark)
        page = f"{before}{mark}\n{part.strip()}\n\n{_END}{rest.partition(_END)[2]}"
    return page


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("json", type=Path, help="what `python -m benchmarks` recorded")
    run = Run.read(parser.parse_args().json)
    from benchmarks.plots import draw  # noqa: PLC0415 - matplotlib is of the group `bench`

    drawn = draw(run, PLOTS)
    lines = [f"![{title}](plots/{path.name})" for title, path in drawn]
    parts = {**sections(run), "plots": "\n\n".join(lines)}
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")


if __name__ == "__main__":
    main()
