"""The text around tool calls: which white space belongs to it, and what of it is code.

White space before, between and after calls is not text. Where no call follows, it is, as it came.
"""

from __future__ import annotations

from typing import Literal


class Prose:
    """Text as it comes, in pieces.

    Attributes:
        said: whether there was any text but white space.
        after_call: whether there was none but white space since the last call.
    """

    __slots__ = ("_code", "_newline", "_spaces", "after_call", "said")

    def __init__(self) -> None:
        self.said = False
        self.after_call = False
        self._code = _Code()
        self._newline = False
        self._spaces: list[str] = []

    @property
    def in_code(self) -> bool:
        """Whether what comes next is inside of fenced code."""
        return self._code.inside

    def take(self, text: str) -> str:
        """The text that certainly is one, of what was held back and the next piece."""
        if self._newline:
            text = text.removeprefix("\n")
            self._newline = False
        self._code.take(text)
        words = text.rstrip()
        if self.after_call:
            words = words.lstrip()
        elif words:
            words = self.rest() + words
        if words:
            self.said = True
            self.after_call = False
        if not self.after_call and (spaces := text[len(text.rstrip()) :]):
            self._spaces.append(spaces)
        return words

    def rest(self) -> str:
        """The white space that was held back."""
        spaces = "".join(self._spaces)
        self._spaces.clear()
        return spaces

    def called(self) -> None:
        """A call stood here. The text goes on as on a new line."""
        self._spaces.clear()
        self._code = _Code()
        self._newline = False
        self.after_call = True

    def reasoned(self) -> None:
        """Reasoning ended here. One newline after it belongs to it."""
        self._code = _Code()
        self._newline = True


class _Code:
    """Follows lines of text into fenced code and out of it, as CommonMark has it.

    A fence stands at the start of a line, after three spaces at most: three or more backticks or
    tildes. It ends with a line of at least as many of the same, and nothing else.
    """

    __slots__ = ("_blank", "_fence", "_indent", "_mark", "_part", "_run", "_ticked")

    def __init__(self) -> None:
        self._fence = ("", 0)
        self._new_line()

    @property
    def inside(self) -> bool:
        """Whether what comes next is inside of code, or on the line of a fence."""
        return self._fence[1] > 0 or self._on_fence

    def take(self, text: str) -> None:
        """Follow the next piece of text."""
        first, *others = text.split("\n")
        self._go_on(first)
        for line in others:
            self._end_line()
            self._go_on(line)

    def _new_line(self) -> None:
        """Nothing of the line is known."""
        self._part: Literal["indent", "run", "rest"] = "indent"
        self._indent = 0
        self._mark = ""
        self._run = 0
        self._blank = True
        self._ticked = False

    @property
    def _on_fence(self) -> bool:
        """Whether the line began with a fence."""
        return self._run >= 3

    def _go_on(self, piece: str) -> None:
        """Follow the line through its indent, its run of marks and the rest."""
        if self._part == "indent":
            piece = self._after_indent(piece)
        if self._part == "run":
            after = piece.lstrip(self._mark)
            self._run += len(piece) - len(after)
            piece = after
            self._part = "rest" if after else "run"
        if self._part == "rest" and self._on_fence:
            self._blank = self._blank and not piece.strip()
            self._ticked = self._ticked or "`" in piece

    def _after_indent(self, piece: str) -> str:
        """The piece from the first character that is no space, which says what the line is."""
        after = piece.lstrip(" ")
        self._indent += len(piece) - len(after)
        if after:
            marked = after[0] in "`~" and self._indent <= 3
            self._part, self._mark = ("run", after[0]) if marked else ("rest", "")
        return after

    def _end_line(self) -> None:
        """The line is whole: it may have opened a fence, or closed the one that is open."""
        mark, length = self._fence
        if not length:
            # The words after an opening fence of backticks hold none: else it is code in a line.
            if self._on_fence and not (self._mark == "`" and self._ticked):
                self._fence = (self._mark, self._run)
        elif self._mark == mark and self._run >= length and self._blank:
            self._fence = ("", 0)
        self._new_line()
