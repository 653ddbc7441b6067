"""An agent whose conversation is kept in a file, reasoning and tool calls included."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.memory import Memory

from llamaindex_seed import SeedLLM, tokenize


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"{city}: 21 degrees, a light wind"


def remembered(path: Path) -> Memory:
    return Memory.from_defaults(
        session_id="Ana",  # one file keeps many conversations
        async_database_uri=f"sqlite+aiosqlite:///{path}",
        tokenizer_fn=tokenize,
    )


async def main(path: Path) -> None:
    agent = FunctionAgent(tools=[get_weather], llm=SeedLLM())
    print(await agent.run("What is the weather in Lisbon?", memory=remembered(path)))
    # From here on it may be another process, on another day: all that it needs is in the file.
    print(await agent.run("And what did I ask?", memory=remembered(path)))


with TemporaryDirectory() as folder:
    asyncio.run(main(Path(folder) / "memory.db"))
