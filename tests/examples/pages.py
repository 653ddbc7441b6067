"""What the README and the pages of docs/ hold: blocks of code, tables, headings, links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.conftest import ROOT

README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = (README, *sorted(DOCS.glob("*.md")))

_FENCE = re.compile(r"^```(\w*)[ ]*([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code, and where it begins."""

    language: str
    info: str
    text: str
    line: int


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[Block]:
    text = page.read_text("utf-8")
    found = [
        Block(match[1], match[2], match[3], text.count("\n", 0, match.start()) + 2)
        for match in _FENCE.finditer(text)
    ]
    assert len(found) * 2 == len(re.findall(r"^```", text, re.MULTILINE)), "an unclosed block"
    return [block for block in found if block.language == language]


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", page.read_text("utf-8"))


def section(page: Path, heading: str) -> str:
    """The text under a heading, as far as the next of its level."""
    level = heading.partition(" ")[0]
    text = page.read_text("utf-8")
    assert f"\n{heading}\n" in text
    return text.partition(f"\n{heading}\n")[2].partition(f"\n{level} ")[0]


def rows(text: str) -> Iterator[list[str]]:
    """The rows of the tables in a text, without their heads."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        follows = lines[i + 1] if i + 1 < len(lines) else ""
        if line.startswith("|") and not line.startswith("|---") and not follows.startswith("|---"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def heads(text: str) -> list[list[str]]:
    """The heads of the tables in a text."""
    lines = text.splitlines()
    found = [above for above, line in pairwise(lines) if line.startswith("|---")]
    return [[cell.strip() for cell in head.split("|")[1:-1]] for head in found]


def marked(text: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`\n]+)`", text)


def anchors(page: Path) -> set[str]:
    """The addresses of a page's headings, as they are made of the words."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}
