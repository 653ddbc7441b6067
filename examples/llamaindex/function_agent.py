"""An agent that calls two tools in parallel. Reasoning goes back between the steps."""

import asyncio

from llama_index.core.agent.workflow import AgentStream, FunctionAgent, ToolCallResult

from llamaindex_seed import SeedLLM


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"{city}: 21 degrees, a light wind"


async def get_population(city: str) -> int:
    """Tell the population of a city."""
    return {"Lisbon": 545_000, "Oslo": 709_000}.get(city, 0)


async def main() -> None:
    agent = FunctionAgent(tools=[get_weather, get_population], llm=SeedLLM())
    question = "What is the weather in Lisbon, and what is the population of Lisbon?"
    handler = agent.run(question)
    async for event in handler.stream_events():
        if isinstance(event, AgentStream):
            print(event.thinking_delta or event.delta, end="", flush=True)
        elif isinstance(event, ToolCallResult):
            print(f"\n[{event.tool_name} {event.tool_kwargs}: {event.tool_output.content}]")
    await handler
    print()


asyncio.run(main())
