"""`SeedLLM` passes every probe of the conformance suite, and the suite can fail."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llamaindex_seed import SeedLLM
from seed_core.emulator import Emulator
from tests.llamaindex.conformance import (
    FITS,
    OPENROUTER_CHAT,
    PROBES,
    SUBJECTS,
    Bench,
    examine,
    fitting,
    load,
    main,
    seed_at,
)
from tests.rows import ROWS, Row

load()
DOCS = Path(__file__).parents[2] / "docs" / "llamaindex.md"


@pytest.mark.parametrize("name", PROBES)
async def test_seed_llm_passes(name: str, emulator: Emulator) -> None:
    await PROBES[name](Bench(SUBJECTS["SeedLLM"], emulator))


OTHER_ROWS = [row for row in ROWS if row != OPENROUTER_CHAT]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "name"),
    [(row, name) for row in OTHER_ROWS for name in PROBES if fitting(name, row)],
    ids=str,
)
async def test_seed_llm_passes_at_every_host_over_every_wire(
    row: Row, name: str, emulator: Emulator
) -> None:
    await PROBES[name](Bench(seed_at(row), emulator))


def test_a_probe_of_some_rows_is_about_more_than_one() -> None:
    assert set(FITS) <= set(PROBES)
    for name in FITS:
        assert fitting(name, OPENROUTER_CHAT)
        assert any(fitting(name, row) for row in OTHER_ROWS), name


def _blocking(method: str) -> Callable[..., Any]:
    """An async method that asks synchronously."""

    async def whole(self: SeedLLM, *args: Any, **kwargs: Any) -> Any:
        return getattr(self, method)(*args, **kwargs)

    async def streamed(self: SeedLLM, *args: Any, **kwargs: Any) -> Any:
        async def chunks() -> Any:
            for chunk in getattr(self, method)(*args, **kwargs):
                yield chunk

        return chunks()

    return streamed if "stream" in method else whole


@pytest.mark.slow
@pytest.mark.parametrize("method", ["chat", "complete", "stream_chat", "stream_complete"])
async def test_sync_in_disguise_is_found(
    monkeypatch: pytest.MonkeyPatch, emulator: Emulator, method: str
) -> None:
    monkeypatch.setattr(SeedLLM, f"a{method}", _blocking(method))
    with pytest.raises(AssertionError, match=f"a{method}: the loop stood still"):
        await PROBES["async_calls_do_not_block_the_loop"](Bench(SUBJECTS["SeedLLM"], emulator))


def test_an_interrupt_is_no_result(emulator: Emulator) -> None:
    async def failing(bench: Bench) -> None:
        raise AssertionError

    async def interrupted(bench: Bench) -> None:
        raise KeyboardInterrupt

    assert examine(SUBJECTS["SeedLLM"], emulator, failing, why=False) == "no"
    with pytest.raises(KeyboardInterrupt):
        examine(SUBJECTS["SeedLLM"], emulator, interrupted, why=False)


@pytest.mark.parametrize("names", [[], ["SeedLLM", "OpenAILik"], ["--why"]])
def test_a_class_that_nobody_knows_is_an_error_that_names_the_known(names: list[str]) -> None:
    with pytest.raises(SystemExit, match="SeedLLM, OpenAILike, OpenRouter") as caught:
        main(names)
    assert caught.value.code not in (0, None)


def test_the_table_of_the_docs_has_a_row_for_every_probe() -> None:
    table = DOCS.read_text(encoding="utf-8").partition("| probe |")[2].splitlines()[2:]
    rows = [re.split(r" *\| *", line)[1:-1] for line in table if line.startswith("|")]
    *cells, totals = rows
    assert [row[0].replace(" ", "_") for row in cells] == list(PROBES)
    assert totals[0] == f"of {len(PROBES)}"
    for column, total in enumerate(totals[1:], 1):
        assert sum(row[column] == "yes" for row in cells) == int(total)
    assert {row[1] for row in cells} == {"yes"}
