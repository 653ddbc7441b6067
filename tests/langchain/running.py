"""The ways in which agents run."""

from typing import Any

WAYS = ["invoke", "ainvoke", "stream", "messages", "v3"]


async def run(agent: Any, way: str, asked: Any) -> Any:
    """An agent's final state, run in one of the ways."""
    match way:
        case "invoke":
            return agent.invoke(asked)
        case "ainvoke":
            return await agent.ainvoke(asked)
        case "stream":
            return list(agent.stream(asked, stream_mode="values"))[-1]
        case "messages":
            states = [
                state
                async for mode, state in agent.astream(asked, stream_mode=["messages", "values"])
                if mode == "values"
            ]
            return states[-1]
        case "v3":
            return agent.stream_events(asked, version="v3").output
