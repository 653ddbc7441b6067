"""The pictures of a terminal show what a terminal shows."""

import re

import pytest

pytest.importorskip("langchain")
pytest.importorskip("llama_index.core")
pytest.importorskip("rich")

from tests.examples.captures import CAPTURES, SHOWN, drawn, words
from tests.examples.pages import PAGES, README

SLOW = {"demo"}
NAMES = [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in SHOWN]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_the_words_of_today(name: str) -> None:
    shown = words((CAPTURES / f"{name}.svg").read_text("utf-8"))
    assert len(shown) > 100
    assert shown == words(drawn(name)), "python -m tests.examples.captures draws it anew"


def test_every_picture_is_on_the_first_page_with_words_for_who_cannot_see_it() -> None:
    found = re.findall(r"!\[([^]]*)\]\(docs/captures/(\w+)\.svg\)", README.read_text("utf-8"))
    assert sorted(name for _, name in found) == sorted(SHOWN)
    assert all(len(alt) > 20 for alt, _ in found)
    assert sorted(path.stem for path in CAPTURES.iterdir()) == sorted(SHOWN)


def test_the_pictures_are_small_and_fetch_nothing() -> None:
    for path in CAPTURES.iterdir():
        svg = path.read_text("utf-8")
        assert len(svg) < 64_000
        assert not re.search(r"url\(http|href|@import|@font-face|<script|<image", svg)


def test_every_picture_on_a_page_is_there() -> None:
    for page in PAGES:
        for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text("utf-8")):
            assert (page.parent / path).is_file(), path
