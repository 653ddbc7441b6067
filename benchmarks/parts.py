"""Where an event that comes alone takes its time: `python -m benchmarks.parts`.

A process that waits a millisecond for each event sleeps in between, and finds its caches cold. Here
they are made cold on purpose before each event, and there is no socket, so that the parts can be
told from each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from benchmarks.contenders.base import KEY, QUESTION
from benchmarks.server import core, pin
from benchmarks.wire import Scenario, streamed
from langchain_seed.from_events import Chunks
from llamaindex_seed.from_events import Responses
from seed_core.flow import Decoder
from seed_core.http1 import ResponseReader
from seed_core.providers import resolve
from seed_core.types import Message, Prompt, Text

_COLD = bytes(6_000_000)
"""Looked through before an event: more than the caches of a core hold."""

_ROUNDS = 15

Part = Callable[[], Callable[[Any], object]]
"""Makes what takes the inputs of one stream, one after the other."""


def _decoder() -> Decoder:
    """A fresh reader of OpenRouter's streams."""
    host = resolve("openrouter", api_key=KEY)
    prompt = Prompt((Message("user", (Text(QUESTION),)),))
    return host.wire.decoder(host.context(prompt, ()))({})


def _responses() -> Responses:
    """A fresh translation for LlamaIndex."""
    return Responses(mirror_reasoning=True, single_call=False, prompt_tokens=lambda: 0)


def microseconds(part: Part, inputs: Sequence[Any], *, cold: bool) -> float:
    """What a part takes for one event: the median over some streams."""
    rounds = []
    for _ in range(_ROUNDS):
        act, spent = part(), 0.0
        for one in inputs:
            if cold:
                _COLD.count(1)
            begun = time.perf_counter()
            act(one)
            spent += time.perf_counter() - begun
        rounds.append(spent / len(inputs) * 10**6)
    return median(rounds)


def main() -> None:
    pin(core(1))
    blocks = streamed(Scenario(events=300))[:-4]
    reader, decoder = ResponseReader("POST"), _decoder()
    bodies = [body for body in map(reader.feed, blocks) if body]
    events = [event for body in bodies for event in decoder.feed(body)]
    parts: dict[str, tuple[Part, Sequence[Any]]] = {
        "nothing: the clock itself": (lambda: id, events),
        "the framing of HTTP": (lambda: ResponseReader("POST").feed, blocks),
        "the event and its words": (lambda: _decoder().feed, bodies),
        "LangChain's chunk": (lambda: Chunks().of, events),
        "LlamaIndex's response": (lambda: _responses().of, events),
    }
    print("| part | warm us | cold us |\n|---|---|---|")
    for name, (part, inputs) in parts.items():
        warm, cold = (microseconds(part, inputs, cold=cold) for cold in (False, True))
        print(f"| {name} | {warm:.2f} | {cold:.2f} |", flush=True)


if __name__ == "__main__":
    main()
