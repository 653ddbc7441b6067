"""Seed 2.0 Mini in a few steps: `make demo`, or `python examples/demo.py`.

With a key set (OPENROUTER_API_KEY, EMPIRIOLABS_API_KEY, MODELSLAB_API_KEY or FAL_KEY), the model
answers there. Without, an emulator on this computer does.
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
from llama_index.core.base.response.schema import StreamingResponse
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.instrumentation.events.llm import LLMChatEndEvent
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index_instrumentation import get_dispatcher
from pydantic import BaseModel

from langchain_seed import ChatSeed
from llamaindex_seed import SeedLLM
from seed_core import ConfigurationError, Provider, SeedError, resolve
from seed_core.emulator import Answer, Emulator

TERMINAL = sys.stdout.isatty()
DIM, BOLD, PLAIN = ("\033[2m", "\033[1m", "\033[0m") if TERMINAL else ("", "", "")
DATA = Path(__file__).parent / "data"

CANNED = "No key is set: an emulator on this computer gives CANNED answers."
KEYS = "OPENROUTER_API_KEY, EMPIRIOLABS_API_KEY, MODELSLAB_API_KEY or FAL_KEY"
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

    calls = tokens_in = tokens_out = unpriced = 0
    usd = 0.0

    def add(self, tokens_in: int, tokens_out: int, usd: float | None) -> None:
        """Add one call. What a host does not tell is unknown, not free."""
        self.calls += 1
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        self.usd += usd or 0.0
        self.unpriced += usd is None

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        """Add one call of LangChain."""
        generation = response.generations[0][0]
        if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
            usage: dict[str, Any] = {**(generation.message.usage_metadata or {})}
            cost = generation.message.response_metadata.get("cost")
            self.add(usage.get("input_tokens", 0), usage.get("output_tokens", 0), cost)


TOTALS = Totals()


class LlamaIndexTotals(BaseEventHandler):
    """Adds LlamaIndex's calls to the same totals."""

    def handle(self, event: BaseEvent, **_: Any) -> None:
        """Add one call."""
        if isinstance(event, LLMChatEndEvent) and event.response is not None:
            told = event.response.additional_kwargs
            used = told.get("prompt_tokens", 0), told.get("completion_tokens", 0)
            TOTALS.add(*used, told.get("cost"))


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
    picture = {"type": "image", "path": DATA / "chart.png"}
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


class Paragraphs(BaseRetriever):
    """Finds paragraphs of text files that share words with the question."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """Give the best two."""
        asked = {word for word in query_bundle.query_str.lower().split() if len(word) > 5}
        found = [
            NodeWithScore(
                node=TextNode(text=paragraph, metadata={"file": path.name}),
                score=float(len(asked & set(paragraph.lower().split()))),
            )
            for path in sorted((DATA / "texts").glob("*.txt"))
            for paragraph in path.read_text("utf-8").split("\n\n")
        ]
        return sorted(found, key=lambda one: -one.get_score())[:2]


def retrieve(where: Where) -> None:
    """A question over text files, examples/data/texts, with LlamaIndex."""
    engine = RetrieverQueryEngine.from_args(Paragraphs(), llm=SeedLLM(**where), streaming=True)
    answer = engine.query("How long does Boskoop keep in the cellar?")
    if isinstance(answer, StreamingResponse):
        for piece in answer.response_gen:
            print(piece, end="", flush=True)
    for source in answer.source_nodes:
        print(f"\n{DIM}source{PLAIN} {source.metadata['file']}: {source.text[:60]!r}...", end="")
    print()


STEPS: tuple[Callable[[Where], None], ...] = (think, look, use_tools, fill, retrieve)


@contextmanager
def host() -> Iterator[Where]:
    """Say who will answer: the model if there is a key, else the emulator."""
    try:
        found: Provider | None = resolve()
    except ConfigurationError:  # no key is set
        found = None
    if found is not None:
        print(f"The model answers, at {found.name}.")
        yield {"provider": found.name}
        return
    with Emulator() as emulator:
        print(f"{BOLD}{CANNED}{PLAIN}\nWith {KEYS} the same steps ask the model.")
        os.environ["NO_PROXY"] = "127.0.0.1"  # a proxy of the shell's cannot reach this computer
        emulator.script(THOUGHT)
        yield {"provider": "openrouter", "api_key": "none", "base_url": emulator.url()}


def main() -> None:
    """Take every step, then add up."""
    get_dispatcher().add_event_handler(LlamaIndexTotals())
    with host() as where:
        for number, step in enumerate(STEPS, 1):
            print(f"\n{BOLD}{number}. {step.__doc__}{PLAIN}")
            step(where)
    print(f"\n{BOLD}In all{PLAIN}")
    print(f"{TOTALS.calls} calls, {TOTALS.tokens_in} tokens in, {TOTALS.tokens_out} out, ", end="")
    unknown = f" and {TOTALS.unpriced} calls of unknown cost" if TOTALS.unpriced else ""
    canned = " (not charged: canned)" if "api_key" in where else ""
    print(f"{TOTALS.usd:.6f} USD{unknown}{canned}")


if __name__ == "__main__":
    try:
        main()
    except SeedError as error:
        sys.exit(f"{type(error).__name__}: {error}")
