"""A host that has no tools, as there are."""

from dataclasses import replace
from typing import Any

from llamaindex_seed import SeedLLM
from seed_core import resolve
from seed_core.emulator import Emulator
from tests.llamaindex.samples import KEY


def model_without_tools(emulator: Emulator, **settings: Any) -> SeedLLM:
    """A model of which it is known that it cannot call tools."""
    row = resolve("openrouter", base_url=emulator.url("openrouter"))
    fact = row.facts[0]
    can = fact.capabilities
    less = replace(can, yes=can.yes - {"tools", "tool_choice"}, no=can.no | {"tools"})
    without = replace(row, facts=(replace(fact, capabilities=less),))
    return SeedLLM(provider=without, api_key=KEY, **settings)
