"""The pages as a site: `python -m tests.examples.site` lays them out where Zensical builds it.

On GitHub the pages link to each other and to the files of the repository. Here README becomes the
first page, every example a section of one page, and the links follow.
"""

import os.path
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tests.conftest import ROOT
from tests.examples.pages import DOCS, README, anchors, prose

STAGED = ROOT / "build" / "pages"
EXAMPLES = ROOT / "examples"
ALONE = {
    README: "index.md",
    ROOT / "CHANGELOG.md": "changelog.md",
    ROOT / "CONTRIBUTING.md": "contributing.md",
    ROOT / "SECURITY.md": "security.md",
    ROOT / "seed_core" / "providers" / "ADDING.md": "adding-a-provider.md",
}
"""The pages outside docs/, and what they are called on the site."""

LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def pages() -> dict[Path, str]:
    """Every page of the site by its file, but for that of the examples."""
    return ALONE | {path: path.name for path in sorted(DOCS.glob("*.md"))}


def scripts() -> list[Path]:
    """The examples, those of LangChain first."""
    return [*sorted(EXAMPLES.glob("*.py")), *sorted(EXAMPLES.glob("llamaindex/*.py"))]


def anchor(script: Path) -> str:
    """Where an example stands on the page of examples."""
    return "-".join(script.relative_to(EXAMPLES).with_suffix("").parts)


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    found = []
    for link in LINK.findall(prose(page)):
        if link.startswith("https://"):
            continue
        path, _, place = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (place and place not in anchors(target)):
            found.append(link)
    return found


def moved(page: Path, link: str) -> str:
    """A link of a page as it is on the site.

    Raises:
        ValueError: it leads to a file that the site does not have.
    """
    if link.startswith(("https://", "#")):
        return link
    path, mark, place = link.partition("#")
    target = Path(os.path.normpath(page.parent / path))
    if target in pages():
        return f"{pages()[target]}{mark}{place}"
    if target == EXAMPLES:
        return "examples.md"
    if target in scripts():
        return f"examples.md#{anchor(target)}"
    if target.suffix == ".svg" and target.is_relative_to(DOCS):
        return target.relative_to(DOCS).as_posix()
    raise ValueError(f"{page.relative_to(ROOT)} links to {link}, which the site does not have")


def laid_out(page: Path) -> str:
    """A page as the site has it."""
    pieces = _FENCED.split(page.read_text("utf-8"))
    replace: Callable[[re.Match[str]], str] = lambda found: f"]({moved(page, found[1])})"  # noqa: E731
    pieces[::2] = [LINK.sub(replace, piece) for piece in pieces[::2]]
    # What follows the language is for the tests alone.
    pieces[1::2] = [re.sub(r"^(```\w+) .*", r"\1", piece) for piece in pieces[1::2]]
    return "".join(pieces).replace("<details>", "<details markdown>")


def shown_examples() -> str:
    """The page of examples: the source of each under its name."""
    lines = ["# Examples", "", "One idea per file; each runs as it stands.", ""]
    for script in scripts():
        name = script.relative_to(EXAMPLES).as_posix()
        source = script.read_text("utf-8").rstrip()
        lines += [f"## {name} {{ #{anchor(script)} }}", "", "```python", source, "```", ""]
    return "\n".join(lines)


def lay_out(folder: Path = STAGED) -> None:
    """Write all pages and their pictures into a folder, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for page, name in pages().items():
        (folder / name).write_text(laid_out(page), "utf-8")
    (folder / "examples.md").write_text(shown_examples(), "utf-8")
    for picture in DOCS.glob("*/*.svg"):
        copy = folder / picture.relative_to(DOCS)
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(picture, copy)


if __name__ == "__main__":
    lay_out(*map(Path, sys.argv[1:]))
