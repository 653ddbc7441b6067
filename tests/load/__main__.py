"""`make soak`: many calls at once, a tenth of them to a host that fails, and what they leave.

python -m tests.load --calls 20000 --at-once 200 --streams 10000
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from tests.core.calling import COLOURS
from tests.load.asking import Over
from tests.load.server import running, seen_by
from tests.load.soaking import Held, Soaked, abandon, soak

_OVERS: tuple[Over, ...] = ("auto", "httpx")
_NAMES = {"auto": "own", "httpx": "httpx", "sync": "threads", "async": "loop"}


def main() -> int:
    """Run all of it, print what happened, and say whether that may be."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument(
        "--calls",
        type=int,
        default=20_000,
        help="calls over our own transport, of threads and of a loop; httpx gets a quarter",
    )
    parser.add_argument("--at-once", type=int, default=200, help="calls that run at one time")
    parser.add_argument("--streams", type=int, default=10_000, help="streams that are left")
    said = parser.parse_args()
    soaked: dict[str, Soaked] = {}
    left: dict[str, Soaked] = {}
    for over in _OVERS:
        for colour in COLOURS:
            name = f"{_NAMES[over]}, {_NAMES[colour]}"
            calls = said.calls if over == "auto" else said.calls // 4
            with running() as server:
                soaked[name] = soak(
                    server,
                    colour,
                    over,
                    calls=calls,
                    at_once=said.at_once,
                    warm=max(calls // 5, 100),
                )
                seen = seen_by(server)
                print(
                    f"{name}: {calls:,} calls, {said.at_once} at once, in "
                    f"{soaked[name].seconds:.1f} s; the server saw {seen['asked']:,} requests on "
                    f"{seen['accepted']:,} connections, {seen['most']} at one time",
                    flush=True,
                )
            with running() as server:
                left[name] = abandon(
                    server, colour, over, streams=said.streams, warm=max(said.streams // 10, 10)
                )
                print(
                    f"{name}: {said.streams:,} streams left after their first event, in "
                    f"{left[name].seconds:.1f} s",
                    flush=True,
                )
    _print_what_came(soaked)
    _print_what_stays("calls", soaked)
    _print_what_stays("streams that were left", left)
    wrong = [f"{name}: {what}" for name, what in _wrongs(soaked)]
    wrong += [f"{name}, streams that were left: {what}" for name, what in _wrongs(left)]
    print(
        "\n".join(["", *wrong[:50], f"{len(wrong)} of these may not be" if wrong else "All well"])
    )
    return bool(wrong)


def _wrongs(runs: dict[str, Soaked]) -> Iterable[tuple[str, str]]:
    """What may not be."""
    for name, one in runs.items():
        for what in one.wrong:
            yield name, what
        for what, more in one.kept().items():
            yield name, f"{more:,} {what} more than before"


def _print_what_came(runs: dict[str, Soaked]) -> None:
    words = sorted({key for one in runs.values() for key in one.came_to})
    rows = [[kind, word, *(f"{one.came_to[kind, word]:,}" for one in runs.values())]
            for kind, word in words]  # fmt: skip
    _print_table(["the host", "the call", *runs], rows)


def _print_what_stays(of: str, runs: dict[str, Soaked]) -> None:
    names = list(Held.__annotations__)
    rows = []
    for name in names:
        cells = []
        for one in runs.values():
            before, after = getattr(one.before, name), getattr(one.after, name)
            cells.append(f"{before:,} -> {after:,}")
        rows.append([name, *cells])
    _print_table([f"held around the {of}", *runs], rows)


def _print_table(head: list[str], rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    print()
    for row in [head, ["-" * width for width in widths], *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


if __name__ == "__main__":
    sys.exit(main())
