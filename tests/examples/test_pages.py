"""The pages: their Python runs, their commands exist, their links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("langchain")

from seed_core.emulator import Emulator
from tests.conftest import ROOT
from tests.examples import site
from tests.examples.pages import PAGES, Block, blocks, name_of, prose

PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "seed_core.pytest_plugin"]
TEST = re.compile(r"^def test_", re.MULTILINE)


def runnable(page: Path) -> list[Block]:
    """The blocks that run here; one that does not states why: ```python no-run: the reason."""
    found = blocks(page, "python")
    for block in found:
        assert block.info == "" or re.match(r"no-run: \w+", block.info), block
    return [block for block in found if not block.info]


def is_test_file(block: Block) -> bool:
    return TEST.search(block.text) is not None


@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")  # OpenInference
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_python_of_a_page_runs(
    hosts: Emulator, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if page.name == "tracing.md":
        pytest.importorskip("openinference.instrumentation.langchain")
    # A checkout in which a page may leave what it makes.
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    ran = [block for block in runnable(page) if not is_test_file(block)]
    assert ran
    for block in ran:
        padded = "\n" * (block.line - 1) + block.text  # so that a traceback names the page's line
        exec(compile(padded, str(page), "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_tests_on_a_page_pass(page: Path, tmp_path: Path) -> None:
    shown = [block.text for block in runnable(page) if is_test_file(block)]
    if not shown:
        return
    (tmp_path / "test_shown.py").write_text("\n".join(shown), "utf-8")
    done = subprocess.run(
        [*PYTEST, "test_shown.py"],
        check=False,
        capture_output=True,
        cwd=tmp_path,
        encoding="utf-8",
        # Of the plugins that are installed only our own, which a reader has.
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    count = sum(len(TEST.findall(text)) for text in shown)
    assert f"{count} passed" in done.stdout


@pytest.mark.parametrize("page", site.pages(), ids=name_of)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    assert site.broken(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n\n[1](#a-page) [2](#another) [3](page.md#a-page) [4](no.md)\n")
    assert site.broken(page) == ["#another", "no.md"]


def test_the_site_has_every_page_and_example_and_its_links_lead_somewhere(tmp_path: Path) -> None:
    site.lay_out(tmp_path)
    written = {path.name: path.read_text("utf-8") for path in tmp_path.glob("*.md")}
    listed = re.findall(r": (\S+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(written)
    places = {f"examples.md#{site.anchor(script)}" for script in site.scripts()}
    assert {f"{{ #{place.partition('#')[2]} }}" for place in places} <= {
        *re.findall(r"\{ #[\w-]+ \}", written["examples.md"])
    }
    for page in site.pages():
        for link in site.LINK.findall(prose(page)):
            moved = site.moved(page, link)
            if not moved.startswith(("https://", "#")) and moved not in places:
                assert (tmp_path / moved.partition("#")[0]).exists(), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    readme, *docs = PAGES
    linked = {readme.parent / link.partition("#")[0] for link in site.LINK.findall(prose(readme))}
    assert set(docs) <= linked
    examples = {path for path in (ROOT / "examples").glob("*.py") if path.stem != "demo"}
    assert examples <= linked


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_commands_of_a_page_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for block in blocks(page, "console"):
        for target in re.findall(r"^make (\S+)", block.text, re.MULTILINE):
            assert f"\n{target}:" in makefile
        for extras in re.findall(r"seed-integrations\[([\w,]+)\]", block.text):
            assert all(f"\n{extra} = [" in project for extra in extras.split(","))


def test_the_readme_opens_with_the_two_commands() -> None:
    first = blocks(PAGES[0], "console")[0]
    assert first.text == "make demo\nmake test\n"
