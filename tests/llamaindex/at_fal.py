"""fal's rows, and tools that its model calls in words."""

from typing import Any

import pytest

from seed_core.emulator import Fault, ToolUse
from tests.llamaindex.samples import tool
from tests.rows import Row

SYNC, QUEUE = Row("fal", "sync"), Row("fal", "queue")
CHAT = Row("openrouter", "chat")
"""Another host, to go to and to come back from."""

fals: Any = pytest.mark.parametrize("row", [SYNC, QUEUE], ids=str)

PARIS = ToolUse("get_weather", '{"city": "Paris", "days": 3}')
OSLO = ToolUse("get_time", '{"city": "Oslo"}')
DOWN = Fault.status(503)


def get_weather(city: str, days: int = 1) -> str:
    """Tell the weather of a city."""
    return f"{city}: sunny for {days} days"


def get_time(city: str) -> str:
    """Tell the time in a city."""
    return f"{city}: noon"


TOOLS = [tool(get_weather), tool(get_time)]
