"""What another process does with a model that came to it in a pickle."""

from langchain_seed import ChatSeed


def answer(llm: ChatSeed) -> str:
    """Ask once."""
    return str(llm.invoke("Hello").text)
