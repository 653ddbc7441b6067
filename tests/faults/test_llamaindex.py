"""LlamaIndex's class neither hides nor alters an error: it is the core's."""

from typing import Any

import pytest

pytest.importorskip("llama_index.core", exc_type=ImportError)

from llama_index.core.llms import ChatMessage

from llamaindex_seed import SeedLLM
from seed_core.emulator import Emulator
from seed_core.errors import SeedError
from seed_core.timeouts import Timeout
from tests.contract.rows import Way
from tests.faults.framed import WAYS, hold

HELLO = [ChatMessage("Hello")]


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_every_fault_comes_through_llamaindex_as_it_is(emulator: Emulator, way: Way) -> None:
    settings: dict[str, Any] = {**way.row.settings(emulator), "max_retries": 0}

    async def ask(timeout: Timeout | None, expected: type[SeedError]) -> tuple[SeedError, str]:
        came: list[str] = []
        with pytest.raises(expected) as caught:
            await _read(SeedLLM(**settings, timeout=timeout), way, came)
        assert type(caught.value) is expected
        return caught.value, "".join(came)

    await _read(SeedLLM(**settings), way, [])  # what comes with the first call takes time
    await hold(emulator, way, ask)


async def _read(model: SeedLLM, way: Way, came: list[str]) -> None:
    match way.colour, way.stream:
        case "sync", True:
            for chunk in model.stream_chat(HELLO):
                came += [chunk.delta or ""]
        case "sync", False:
            came.append(model.chat(HELLO).message.content or "")
        case _, True:
            async for chunk in await model.astream_chat(HELLO):
                came += [chunk.delta or ""]
        case _:
            came.append((await model.achat(HELLO)).message.content or "")
