"""The page says what the code does: its options, its defaults, its statuses, its formats."""

import json
import re
from pathlib import Path

from seed_core.batch import Plan, run
from seed_core.batch.__main__ import _parser
from seed_core.batch.rows import read_row
from seed_core.emulator import Emulator, Fault
from seed_core.settings import Settings
from tests.batch.batches import read, rows, settings_at
from tests.examples.pages import DOCS, blocks, marked, section
from tests.examples.pages import rows as table

PAGE = DOCS / "batch.md"
COMMAND = section(PAGE, "## From the command line")


def test_the_table_has_every_option_with_its_default() -> None:
    parser = _parser()
    known = {*re.findall(r"(?<!\w)--?[a-z][a-z-]*", parser.format_help())} - {"-h", "--help", "-m"}
    told = [row for row in table(COMMAND) if len(row) == 3]
    assert {name for row in told for name in marked(row[0])} == known
    for row in told:
        for name in (name for name in marked(row[0]) if name.startswith("--")):
            default = parser.get_default(name.removeprefix("--").replace("-", "_"))
            if marked(row[1]):
                assert row[1] == f"`{default}`"
            else:
                assert default in (None, False, []), name


def test_the_plan_has_the_defaults_of_the_command() -> None:
    said = _parser().parse_args(["in.jsonl", "-o", "out.jsonl"])
    for name in Plan.__slots__:
        assert getattr(said, name) == getattr(Plan(), name)


def test_the_rows_of_the_page_can_be_read() -> None:
    asked, _ = blocks(PAGE, "json")
    settings = Settings(provider="openrouter", api_key="test")
    found = [
        read_row(json.loads(line), i, "line", settings)
        for i, line in enumerate(asked.text.splitlines())
    ]
    assert [row.id for row in found] == ["a", "b", "c"]


def test_the_answers_of_the_page_are_as_they_are_written(
    emulator: Emulator, tmp_path: Path
) -> None:
    _, told = blocks(PAGE, "json")
    emulator.script(Fault.status(429))
    run(settings_at(emulator), rows(2), tmp_path / "out.jsonl", Plan(concurrency=1))
    error, answer = read(tmp_path / "out.jsonl")
    shown, failed = map(json.loads, told.text.splitlines())
    optional = set(marked(section(PAGE, "## What comes of it").partition("Only where")[2])) & {
        *answer
    }
    assert [*answer][: len(shown)] == [*shown]
    assert {*answer} - {*shown} == optional == {"upstream_provider", "request_id"}
    assert [*answer["usage"]] == [*shown["usage"]]
    assert [*error["error"]] == [*failed["error"]]
