"""An agent is asked for a clip, has it made, and watches it. Needs RUNWARE_API_KEY as well."""

import asyncio

from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult

from llamaindex_seed import SeedanceToolSpec, SeedLLM, VideoProgress


async def main() -> None:
    llm = SeedLLM()
    # A clip costs at most 20 cents, and comes back to the model as a video.
    seedance = SeedanceToolSpec(max_cost_usd=0.2, fixed={"tier": "480p"}, attach_media=True)
    agent = FunctionAgent(tools=seedance.to_tool_list(), llm=llm)
    handler = agent.run("Make a clip of four seconds of a cat on a wall. Then say what it shows.")
    async for event in handler.stream_events():
        if isinstance(event, VideoProgress):
            print(f"[{event.task_uuid}: {event.status}]")
        elif isinstance(event, ToolCallResult):
            print(f"[{event.tool_name}: {event.tool_output.content}]")
    print(await handler)


asyncio.run(main())
