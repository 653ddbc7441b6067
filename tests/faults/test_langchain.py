"""LangChain's class neither hides nor alters an error: it is the core's and LangChain's."""

from typing import Any

import pytest

pytest.importorskip("langchain_core", exc_type=ImportError)

from langchain_core.exceptions import ModelError

from langchain_seed import ChatSeed
from seed_core.emulator import Emulator
from seed_core.errors import SeedError
from seed_core.timeouts import Timeout
from tests.contract.rows import Way
from tests.faults.framed import WAYS, hold


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_every_fault_comes_through_langchain_as_it_is(emulator: Emulator, way: Way) -> None:
    settings: dict[str, Any] = {**way.row.settings(emulator), "max_retries": 0}

    async def ask(timeout: Timeout | None, expected: type[SeedError]) -> tuple[SeedError, str]:
        came: list[str] = []
        with pytest.raises(expected) as caught:
            await _read(ChatSeed(**settings, timeout=timeout), way, came)
        assert isinstance(caught.value, ModelError)
        return caught.value, "".join(came)

    await _read(ChatSeed(**settings), way, [])  # what comes with the first call takes time
    await hold(emulator, way, ask)


async def _read(model: ChatSeed, way: Way, came: list[str]) -> None:
    match way.colour, way.stream:
        case "sync", True:
            for chunk in model.stream("Hello"):
                came += [chunk.text]
        case "sync", False:
            came.append(model.invoke("Hello").text)
        case _, True:
            async for chunk in model.astream("Hello"):
                came += [chunk.text]
        case _:
            came.append((await model.ainvoke("Hello")).text)
