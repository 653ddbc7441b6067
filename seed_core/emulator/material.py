"""What a prompt offers to fill arguments with: numbers, quotes, names, words.

Knows plain text and regular expressions; nothing of tools, schemas or hosts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

__all__ = ["Material", "words"]

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)")
_QUOTES = re.compile(
    r"\"([^\"\n]+)\"|\u201c([^\u201d\n]+)\u201d|\u300c([^\u300d\n]+)\u300d"
    r"|(?<!\w)'([^'\n]+)'(?!\w)|`([^`\n]+)`"
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_NAMES = re.compile(r"[A-Z][\w'-]*(?:,? (?:of |de |the )?[A-Z][\w'-]*)*")
_AFTER = re.compile(r"\b(?:in|at|for|about|named|called|from) (?:the |an? )?([a-z][\w -]{1,30})")
_WORD = re.compile(r"[A-Za-z]+|\d+|[^\W\d_]+")

# Words that say nothing about which tool is meant and name nobody.
_EMPTY = """
a about all also an and any are args as ask at be by call can could create data do does each
every find for from function get gets give given has have hello help here how i i'm if in input
into is it its list make me model my name new no not of on one or output parameter please result
return returns run set show so some string tell text than that the their them then there these
this to tool tools us use used user uses using value values want was we what when where which
who why will with would you your
"""
_EMPTY_WORDS = frozenset(_EMPTY.split())


def words(text: str) -> frozenset[str]:
    """Give the telling words of a text, lower case, without a plural s.

    `get_weather`, `getWeather` and "the weather" all give `{"weather"}`.
    """
    spread = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    found = {word.lower() for word in _WORD.findall(spread)}
    return frozenset(
        _singular(word) for word in found - _EMPTY_WORDS if len(word) > 2 or not word.isascii()
    )


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@dataclass(frozen=True)
class Material:
    """One prompt, taken apart."""

    text: str

    @cached_property
    def numbers(self) -> tuple[float, ...]:
        """The numbers, whole ones as `int`: "magic_function(3)" gives 3."""
        found = (match.group() for match in _NUMBER.finditer(self.text))
        return tuple(float(text) if "." in text else int(text) for text in found)

    @cached_property
    def strings(self) -> tuple[str, ...]:
        """What looks like a name, best first.

        Quoted text; Chinese, Japanese and Korean; capitalised words; what follows a preposition
        ("the weather in paris"); capitalised words that only open a sentence.
        """
        quoted = ["".join(groups).strip() for groups in _QUOTES.findall(self.text)]
        cjk = [text for text in _CJK.findall(self.text) if not any(text in q for q in quoted)]
        inner: list[str] = []
        opening: list[str] = []
        for match in _NAMES.finditer(_QUOTES.sub(" ", self.text)):
            if match.group().lower() not in _EMPTY_WORDS:
                (opening if _opens_sentence(match) else inner).append(match.group())
        lower = [text.strip() for text in _AFTER.findall(_QUOTES.sub(" ", self.text))]
        return tuple(dict.fromkeys([*quoted, *cjk, *inner, *lower, *opening]))

    @cached_property
    def words(self) -> frozenset[str]:
        """The telling words."""
        return words(self.text)

    def says(self, phrase: str) -> bool:
        """Whether a phrase occurs as whole words, whatever its case."""
        pattern = rf"(?<!\w){re.escape(phrase)}(?!\w)"
        return bool(phrase) and re.search(pattern, self.text, re.IGNORECASE) is not None

    def labelled(self, name: str) -> str | None:
        """Give what is written after a name: `city=Paris`, `city: "Paris"`."""
        label = re.escape(name).replace("_", "[_ ]")
        match = re.search(
            rf"(?<!\w){label}[\"']?\s*[=:]\s*[\"']?([^\"',;\n)}}]+)", self.text, re.IGNORECASE
        )
        return match.group(1).strip() if match else None

    def mentions(self, name: str) -> bool:
        """Whether all telling words of a field's name occur."""
        telling = words(name) or frozenset({name.lower()})
        return telling <= self.words or self.says(name)


def _opens_sentence(match: re.Match[str]) -> bool:
    before = match.string[: match.start()].rstrip()
    return (not before or before[-1] in ".!?:") and " " not in match.group()


def shorten(text: str, length: int) -> str:
    """Cut a text to a length, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "\u2026"


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number (not a boolean)."""
    return isinstance(value, int) and not isinstance(value, bool)
