"""The same agent at two hosts: one with tools of its own, one where they are said in words."""

import asyncio

from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult

from llamaindex_seed import SeedLLM


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"{city}: 21 degrees, a light wind"


async def ask(provider: str) -> None:
    agent = FunctionAgent(tools=[get_weather], llm=SeedLLM(provider=provider))
    handler = agent.run("What is the weather in Lisbon?")
    async for event in handler.stream_events():
        if isinstance(event, ToolCallResult):
            print(f"{provider} called {event.tool_name}: {event.tool_output.content}")
    print(await handler)


async def main() -> None:
    for provider in ("openrouter", "fal"):
        await ask(provider)


asyncio.run(main())
