"""An agent with two tools (pip install langchain). Reasoning goes back between the steps."""

from langchain.agents import create_agent

from langchain_seed import ChatSeed


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"{city}: 21 degrees, a light wind"


def get_population(city: str) -> int:
    """Tell the population of a city."""
    return {"Lisbon": 545_000, "Oslo": 709_000}.get(city, 0)


agent = create_agent(
    ChatSeed(), [get_weather, get_population], system_prompt="Use the tools. Be brief."
)
question = "What is the weather in Lisbon, and what is the population of Lisbon?"
result = agent.invoke({"messages": [{"role": "user", "content": question}]})

for message in result["messages"]:
    message.pretty_print()
