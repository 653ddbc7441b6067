"""Seed 2.0 Mini in a few steps: `make demo`, or `python examples/demo.py`.

With OPENROUTER_API_KEY set, the model answers. Without, an emulator on this computer does.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from pydantic import BaseModel

from langchain_seed import ChatSeed
from seed_core import SeedError
from seed_core.emulator import Answer, Emulator

TERMINAL = sys.stdout.isatty()
DIM, BOLD, PLAIN = ("\033[2m", "\033[1m", "\033[0m") if TERMINAL else ("", "", "")
CHART = Path(__file__).parent / "data" / "chart.png"

CANNED = "No OPENROUTER_API_KEY is set: an emulator on this computer gives CANNED answers."
THOUGHT = Answer(
    reasoning="If the ball costs x, the bat costs x + 1.00. Then 2x + 1.00 = 1.10, so x = 0.05.",
    text="The ball costs 0.05. (A canned answer of the emulator, not of the model.)",
    piece=4,
    delay=0.02 if TERMINAL else 0,
)

Where = dict[str, Any]
"""Which host to ask: settings that a model of either framework takes."""


class Totals(BaseCallbackHandler):
    """Adds up what every call used and cost."""

    calls = tokens_in = tokens_out = 0
    usd = 0.0

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        """Add one call."""
        generation = response.generations[0][0]
        if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
            usage = generation.message.usage_metadata
            self.calls += 1
            self.tokens_in += usage["input_tokens"] if usage else 0
            self.tokens_out += usage["output_tokens"] if usage else 0
            self.usd += generation.message.response_metadata.get("cost", 0.0)


TOTALS = Totals()


def chat(where: Where, **settings: Any) -> ChatSeed:
    """Make a model for LangChain whose calls are counted."""
    return ChatSeed(**where, callbacks=[TOTALS], **settings)


def think(where: Where) -> None:
    """Reasoning streams apart from the answer."""
    last = ""
    question = "A bat and a ball cost 1.10 together. The bat costs 1.00 more. What is the ball?"
    for chunk in chat(where, reasoning_effort="low").stream(question):
        for block in chunk.content_blocks:
            if block["type"] not in ("reasoning", "text"):
                continue
            if block["type"] != last:
                start = f"{PLAIN}\n" if last else ""
                last = block["type"]
                print(start + (DIM if last == "reasoning" else ""), end="")
                print("" if TERMINAL else f"[{last}] ", end="")
            said = block["reasoning"] if block["type"] == "reasoning" else block["text"]
            print(said, end="", flush=True)
    print(PLAIN)


def look(where: Where) -> None:
    """A question about a picture, examples/data/chart.png."""
    picture = {"type": "image", "path": CHART}
    text = {"type": "text", "text": "On which day were most apples sold, and how many?"}
    print(chat(where).invoke([HumanMessage([text, picture])]).text)


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"{city}: 21 degrees, a light wind"


def use_tools(where: Where) -> None:
    """An agent with a tool."""
    agent = create_agent(chat(where), [get_weather])
    question = "What is the weather in Lisbon?"
    for update in agent.stream({"messages": [HumanMessage(question)]}, stream_mode="updates"):
        for state in update.values():
            for message in state["messages"]:
                for call in getattr(message, "tool_calls", ()):
                    print(f"{DIM}call{PLAIN}   {call['name']} {call['args']}")
                label = "result" if message.type == "tool" else "answer"
                if message.text:
                    print(f"{DIM}{label}{PLAIN} {message.text}")


class Order(BaseModel):
    """An order that somebody placed."""

    product: str
    quantity: int
    city: str


def fill(where: Where) -> None:
    """An answer as an object."""
    llm = chat(where, thinking="disabled").with_structured_output(Order)
    print(repr(llm.invoke('Please send 12 boxes of "Gala apples" to our shop in Lisbon.')))


STEPS: tuple[Callable[[Where], None], ...] = (think, look, use_tools, fill)


@contextmanager
def host() -> Iterator[Where]:
    """Say who will answer: the model if there is a key, else the emulator."""
    if os.environ.get("OPENROUTER_API_KEY"):
        print("The model answers, at OpenRouter.")
        yield {"provider": "openrouter"}
        return
    with Emulator() as emulator:
        print(f"{BOLD}{CANNED}{PLAIN}\nWith a key the same steps ask the model.")
        os.environ["NO_PROXY"] = "127.0.0.1"  # a proxy of the shell's cannot reach this computer
        emulator.script(THOUGHT)
        yield {"provider": "openrouter", "api_key": "none", "base_url": emulator.url()}


def main() -> None:
    """Take every step, then add up."""
    with host() as where:
        for number, step in enumerate(STEPS, 1):
            print(f"\n{BOLD}{number}. {step.__doc__}{PLAIN}")
            step(where)
    print(f"\n{BOLD}In all{PLAIN}")
    print(f"{TOTALS.calls} calls, {TOTALS.tokens_in} tokens in, {TOTALS.tokens_out} out, ", end="")
    print(f"{TOTALS.usd:.6f} USD" + (" (not charged: canned)" if "api_key" in where else ""))


if __name__ == "__main__":
    try:
        main()
    except SeedError as error:
        sys.exit(f"{type(error).__name__}: {error}")
