"""The page about the doctor names what there is."""

import re
from dataclasses import fields
from typing import get_args

import pytest

from seed_core.doctor import Host, Key, Ping, Report, Transport, Wire
from seed_core.doctor.command import main
from seed_core.doctor.facts import Ability
from seed_core.pricing import Price
from seed_core.videos.seedance import SecondPrice
from tests.examples.pages import DOCS, marked, rows, section

PAGE = DOCS / "doctor.md"
FORMS = {
    "the whole": Report,
    "`transport`": Transport,
    "each of `hosts`": Host,
    "`key`": Key,
    "each of `wires`": Wire,
    "each of `prices`, per million tokens": Price,
    "each of `prices`, per second of a video": SecondPrice,
    "`ping`": Ping,
}


def test_the_table_of_the_json_form_has_every_name():
    table = dict(rows(section(PAGE, "## From code, and as JSON")))
    assert table.keys() == FORMS.keys()
    for where, form in FORMS.items():
        named = marked(re.sub(r"\([^)]*\)", "", table[where]))
        schema = ["schema"] if form is Report else []
        assert named == [*schema, *(field.name for field in fields(form))]


def test_the_table_of_words_has_every_word():
    table = [marked(word)[0] for word, _ in rows(section(PAGE, "## What the words mean"))]
    assert table == [*get_args(Ability)]


def test_the_table_of_options_has_every_option(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    page = PAGE.read_text("utf-8").partition("\n## ")[0]
    assert {one.split()[0] for row in rows(page) for one in marked(row[0])} == options
