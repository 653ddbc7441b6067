"""`SeedLLM` passes every probe of the conformance suite."""

import pytest

from seed_core.emulator import Emulator
from tests.llamaindex.conformance import SUBJECTS, Bench, load

PROBES = load()


@pytest.mark.parametrize("name", PROBES)
async def test_seed_llm_passes(name: str, emulator: Emulator) -> None:
    await PROBES[name](Bench(SUBJECTS["SeedLLM"], emulator))
