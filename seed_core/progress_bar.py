"""How far a job has come, for a person who watches: a bar in a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any, TextIO

from typing_extensions import Self

from seed_core.polling import Progress


class ProgressBar:
    """Shows the progress of one job; give it as `on_progress=`.

    In a terminal it is a bar of tqdm's, where tqdm is installed (LlamaIndex brings it along).
    Elsewhere each change is a line.

    Args:
        stream: where it is shown; None for the standard error.

    Example:
        >>> with ProgressBar() as bar:  # doctest: +SKIP
        ...     VideoClient(on_progress=bar).generate(task)
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        """Nothing is shown yet."""
        self._stream = stream or sys.stderr
        self._bar: Any = None
        self._lines = not self._stream.isatty()

    def __call__(self, progress: Progress) -> None:
        """Show the next change."""
        word: str = progress.status
        if progress.position is not None:
            word = f"{word}, {progress.position} before it"
        if self._lines or not self._opened():
            percent = "" if progress.percent is None else f" {progress.percent:g} %"
            print(f"{word}{percent}", file=self._stream, flush=True)
            return
        self._bar.set_description(word)
        done = 100.0 if progress.status == "completed" else progress.percent
        if done is not None:
            self._bar.update(max(done - self._bar.n, 0.0))

    def _opened(self) -> bool:
        """Whether there is a bar."""
        if self._bar is None:
            form = "{desc} |{bar}| {percentage:.0f} % [{elapsed}]"
            self._bar = _bar(total=100, file=self._stream, bar_format=form)
            self._lines = self._bar is None
        return not self._lines

    def close(self) -> None:
        """Leave the bar as it is, and go on below it."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


class RowBar:
    """Shows how many of many rows are done. See `ProgressBar`.

    Elsewhere than in a terminal it is a line every ten seconds.

    Args:
        stream: where it is shown; None for the standard error.

    Example:
        >>> RowBar(sys.stdout)(3, 10, "1 failed")
        3 of 10 rows, 0.0 rows/s, 1 failed
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        """Nothing is shown yet."""
        self._stream = stream or sys.stderr
        self._bar: Any = None
        self._lines = not self._stream.isatty()
        self._first: tuple[int, float] | None = None
        self._next = 0.0

    def __call__(self, done: int, total: int | None, more: str) -> None:
        """Show how many there are, and what there is to say beside it."""
        if self._bar is None and not self._lines:
            # Rows of earlier runs say nothing of how quick this one is.
            self._bar = _bar(
                total=total, initial=done, file=self._stream, unit=" rows", dynamic_ncols=True
            )
            self._lines = self._bar is None
        if self._lines:
            self._line(done, total, more)
            return
        self._bar.set_postfix_str(more, refresh=False)
        self._bar.update(done - self._bar.n)

    def _line(self, done: int, total: int | None, more: str) -> None:
        """A line, unless the last one is new."""
        now = time.monotonic()
        before, began = self._first = self._first or (done, now)
        if now >= self._next:
            self._next = now + _LINE_EVERY
            of = "" if total is None else f" of {total:,}"
            rate = (done - before) / max(now - began, 1e-9)
            line = f"{done:,}{of} rows, {rate:.1f} rows/s, {more}"
            print(line, file=self._stream, flush=True)

    def close(self) -> None:
        """Leave the bar as it is, and go on below it."""
        if self._bar is not None:
            self._bar.refresh()
            self._bar.close()
            self._bar = None


_LINE_EVERY = 10.0
"""Seconds between the lines of a log."""


def _bar(**said: Any) -> Any:
    """A bar of tqdm's, or None where that is not installed."""
    try:
        from tqdm import tqdm  # noqa: PLC0415 - it need not be there
    except ImportError:
        return None
    return tqdm(**said)
