"""The same agent at two hosts: one with tools of its own, one where they are said in words."""

from langchain.agents import create_agent

from langchain_seed import ChatSeed


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"{city}: 21 degrees, a light wind"


def get_population(city: str) -> int:
    """Tell the population of a city."""
    return {"Lisbon": 545_000, "Oslo": 709_000}.get(city, 0)


def ask(provider: str) -> None:
    agent = create_agent(ChatSeed(provider=provider), [get_weather, get_population])
    question = "What is the weather in Lisbon, and what is the population of Lisbon?"
    result = agent.invoke({"messages": [{"role": "user", "content": question}]})
    calls = [call["name"] for message in result["messages"] for call in _calls(message)]
    print(f"{provider} called {', '.join(calls)}: {result['messages'][-1].text}")


def _calls(message: object) -> list[dict[str, str]]:
    return getattr(message, "tool_calls", [])


ask("openrouter")
ask("fal")
