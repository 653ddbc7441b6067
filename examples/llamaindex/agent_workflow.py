"""Two agents: the first hands over what is not its business."""

import asyncio

from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ToolCallResult

from llamaindex_seed import SeedLLM


def look_up_order(number: int) -> str:
    """Tell where an order is."""
    return f"Order {number} left the warehouse this morning."


async def main() -> None:
    llm = SeedLLM()
    desk = FunctionAgent(
        name="desk",
        description="Greets customers and finds the right colleague.",
        system_prompt="Hand questions about orders to the shipping agent.",
        llm=llm,
        can_handoff_to=["shipping"],
    )
    shipping = FunctionAgent(
        name="shipping", description="Knows all orders.", tools=[look_up_order], llm=llm
    )
    workflow = AgentWorkflow(agents=[desk, shipping], root_agent="desk")
    handler = workflow.run("Where is my order 1234?")
    async for event in handler.stream_events():
        if isinstance(event, ToolCallResult):
            print(f"[{event.tool_name}: {event.tool_output.content}]")
    print(await handler)


asyncio.run(main())
