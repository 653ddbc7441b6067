"""An agent that stops before its tool, and goes on from a file (langgraph-checkpoint-sqlite)."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from langchain.agents import create_agent
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver

from langchain_seed import ChatSeed


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"{city}: 21 degrees, a light wind"


def agent(saver: BaseCheckpointSaver[Any]) -> Any:
    return create_agent(ChatSeed(), [get_weather], checkpointer=saver, interrupt_before=["tools"])


def main(path: str) -> None:
    thread = {"configurable": {"thread_id": "Lisbon"}}
    with SqliteSaver.from_conn_string(path) as saver:
        asked = {"messages": [{"role": "user", "content": "What is the weather in Lisbon?"}]}
        state = agent(saver).invoke(asked, thread)
        print("it wants:", state["messages"][-1].tool_calls)
    # From here on it may be another process, on another day: all that it needs is in the file.
    with SqliteSaver.from_conn_string(path) as saver:
        state = agent(saver).invoke(None, thread)
        print("it says:", state["messages"][-1].text)


with TemporaryDirectory() as folder:
    main(str(Path(folder) / "agent.db"))
