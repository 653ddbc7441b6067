"""The figures as plots: bars of ratios to the floor, and lines over the length of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

from benchmarks.contenders import CONTENDERS, FLOOR
from benchmarks.results import Run
from benchmarks.suites import SUITES

_OURS, _OTHERS, _PALE = "#c0392b", "#7f8c8d", "#bdc3c7"
_LOOK = {
    # The same figures make the same file, byte by byte.
    "svg.hashsalt": "benchmarks",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_BARS = {
    "burst": "A stream all at once: CPU per event",
    "paced": "Events 1 ms apart: CPU per event",
    "call": "A whole reply: time",
}


def draw(run: Run, folder: Path) -> list[tuple[str, Path]]:
    """Draw what the run has figures for. Returns title and file of each plot."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    with mpl.rc_context(_LOOK):
        for suite, title in _BARS.items():
            path = folder / f"{suite}.svg"
            if _bars(run, suite, title, path):
                drawn.append((f"{title}, as multiples of the httpx floor", path))
        path = folder / "growth.svg"
        if _lines(run, path):
            drawn.append(("CPU per event over the length of a stream", path))
    return drawn


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    # Editors and checks of this project want no blanks at the ends of lines.
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")


def _bars(run: Run, suite: str, title: str, path: Path) -> bool:
    """A bar for each contender in each case. False if there is nothing to draw."""
    column = SUITES[suite].compared
    cases = list(SUITES[suite].cases)
    ratios = {name: [run.ratio(suite, case, name, column) for case in cases] for name in CONTENDERS}
    names = [name for name, found in ratios.items() if any(found)][::-1]
    if not names:
        return False
    figure, axes = plt.subplots(
        1, len(cases), figsize=(8, 0.6 + 0.24 * len(names)), sharey=True, sharex=True
    )
    for number, (ax, case) in enumerate(zip(axes, cases, strict=True)):
        _one_panel(ax, names, [ratios[name][number] for name in names])
        ax.set_title(case, fontsize=9)
    figure.suptitle(f"{title}, x httpx floor (logarithmic; less is better)", fontsize=10, y=1.02)
    _save(figure, path)
    return True


def _one_panel(ax: Any, names: Sequence[str], values: Sequence[float | None]) -> None:
    ax.set_xscale("log")
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        if value:
            ax.barh(place, value, color=_color(name), height=0.7, left=0.01)
            ax.annotate(
                f"{value:.3g}", (value, place), (3, 0), textcoords="offset points", va="center"
            )
    ax.axvline(1, color="black", linewidth=0.6, linestyle=":")
    ax.set_yticks(range(len(names)), names)
    ax.set_xlim(left=0.05)
    ax.tick_params(axis="y", length=0)


def _color(name: str) -> str:
    if CONTENDERS[name].ours:
        return _OURS
    return _PALE if CONTENDERS[name].family == "raw" or name.endswith(" floor") else _OTHERS


def _lines(run: Run, path: Path) -> bool:
    """A line for each contender that has figures of two lengths at least."""
    lengths = list(SUITES["growth"].cases)
    figure, ax = plt.subplots(figsize=(8, 3.6))
    ends = []
    for name in CONTENDERS:
        found = [(int(n), run.value("growth", n, name, "cpu_us")) for n in lengths]
        known = [(n, value) for n, value in found if value]
        if len(known) < 2:
            continue
        style = "--" if name == FLOOR else "-"
        ax.plot(*zip(*known, strict=True), style, color=_color(name), marker="o", markersize=3)
        ends.append((known[-1][1], name))
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks([int(n) for n in lengths], lengths)
    ax.minorticks_off()
    ax.set_xlabel("events of the stream")
    ax.set_title("CPU per event, microseconds (logarithmic; level is better)", fontsize=10)
    _name_lines(ax, int(lengths[-1]), sorted(ends))
    _save(figure, path)
    return bool(ends)


def _name_lines(ax: Any, right: int, ends: Sequence[tuple[float, str]]) -> None:
    """Names beside the ends of the lines, moved apart where they would overlap."""
    apart, lowest = 1.22, 0.0
    for value, name in ends:
        lowest = max(value, lowest * apart)
        ax.annotate(
            name, (right, lowest), (6, 0), textcoords="offset points", va="center", fontsize=8
        )
