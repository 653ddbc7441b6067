"""The table of faults as the page has it: `python -m tests.faults.page` writes it anew."""

from collections.abc import Iterator, Sequence

from tests.conftest import ROOT
from tests.faults.cells import Case, Cell
from tests.faults.emulated import FORMS, INSIDE, STATUSES, STREAMS, TIMES, WAITS
from tests.faults.served import FLOODS, NETWORK

PAGE = ROOT / "docs" / "reliability.md"
BEGIN = "<!-- Made by `python -m tests.faults.page`, from what the tests compare with. -->"
END = "<!-- The end of what is made. -->"

PARTS: Sequence[tuple[str, list[Case]]] = (
    ("The network", NETWORK),
    ("Statuses", STATUSES),
    ("When to ask again", WAITS),
    ("An error inside a 200", INSIDE),
    ("Answers that break off", STREAMS),
    ("Waits that run out", TIMES),
    ("What is not the protocol", FORMS),
    ("More than anybody takes", FLOODS),
)


def table() -> str:
    """All parts of it."""
    lines = [BEGIN]
    for title, cases in PARTS:
        lines += [
            "",
            f"### {title}",
            "",
            "| what happened | a whole reply | a stream | fal's queue |",
        ]
        lines += ["|---|---|---|---|", *map(_row, cases)]
        lines += [f"\n{note}" for note in _notes(cases)]
    return "\n".join([*lines, "", END])


def written(page: str) -> str:
    """The page with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + table() + after


def _row(case: Case) -> str:
    whole, stream = _words(case.whole), _words(case.stream or case.whole)
    queue = _words(case.queue or case.whole)
    return f"| {case.what} | {whole} | {stream} | {queue} |"


def _words(cell: Cell | None) -> str:
    """What a call comes to."""
    if cell is None:
        return "-"
    phase = f" (`{cell.phase}`)" if cell.phase else ""
    words = ["the answer" if cell.error is None else f"`{cell.error.__name__}`{phase}"]
    words += [f"{cell.tries} tries"] if cell.tries > 1 else []
    words += ["`.partial`"] if cell.partial else []
    words += ["`.paid_for`"] if cell.paid_for else []
    words += [] if cell.kept is None else ["kept" if cell.kept else "closed"]
    return ", ".join(words)


def _notes(cases: list[Case]) -> Iterator[str]:
    """Where a host differs."""
    for case in cases:
        by_cell: dict[str, list[str]] = {}
        for name, cell in case.at.items():
            provider, api, how = name.split("-")
            how = "" if how == "whole" else " (a stream)"
            by_cell.setdefault(_words(cell), []).append(f"`{provider}` over `{api}`{how}")
        if by_cell:
            told = "; ".join(f"{cell} at {', '.join(names)}" for cell, names in by_cell.items())
            yield f"For *{case.what}* it is {told}."


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
