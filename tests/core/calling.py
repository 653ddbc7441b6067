"""Calls in both colours, said once: what the tests of the drivers share."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from seed_core.client import AsyncClient, Client
from seed_core.emulator import Emulator
from seed_core.errors import SeedError
from seed_core.events import Event, Reply, collect
from seed_core.flow import Retry
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.types import Message, Prompt, Text

KEY = "sk-or-v1-a-key-that-nobody-may-see"
HELLO = Prompt((Message("user", (Text("Hello there"),)),))
AT_ONCE = Retry(jitter=lambda: 0.0)
ONCE = Retry(0)

Asked: TypeAlias = Provider | Sequence[Provider]
"""Who is asked: a provider, or several in order."""
Colour: TypeAlias = Literal["sync", "async"]
COLOURS: tuple[Colour, ...] = ("sync", "async")


def provider_at(emulator: Emulator, **settings: Any) -> Provider:
    """The emulated OpenRouter."""
    given = {"base_url": emulator.url("openrouter"), "api_key": KEY, **settings}
    return resolve("openrouter", **given)


@dataclass
class Outcome:
    """What a call came to."""

    events: list[Event] = field(default_factory=list)
    error: SeedError | None = None
    seconds: float = 0.0

    @property
    def reply(self) -> Reply:
        """The reply of a call that went well."""
        assert self.error is None, self.error
        return collect(self.events)

    def failure(self, kind: type[SeedError]) -> Any:
        """The error of a call that did not."""
        assert type(self.error) is kind, repr(self.error)
        return self.error


def ask(
    colour: Colour, provider: Asked, *, stream: bool, prompt: Prompt = HELLO, **settings: Any
) -> Outcome:
    """Call or stream once, in either colour."""
    if colour == "async":
        return asyncio.run(aask(provider, stream=stream, prompt=prompt, **settings))
    outcome = Outcome()
    start = time.perf_counter()
    client = Client(provider, **{"retry": AT_ONCE, **settings})
    try:
        if stream:
            for event in client.stream(prompt):
                outcome.events.append(event)
        else:
            outcome.events = as_events(client.call(prompt))
    except SeedError as error:
        outcome.error = error
    outcome.seconds = time.perf_counter() - start
    return outcome


async def aask(
    provider: Asked, *, stream: bool, prompt: Prompt = HELLO, **settings: Any
) -> Outcome:
    """The same on a loop that runs, for several calls on one."""
    outcome = Outcome()
    start = time.perf_counter()
    client = AsyncClient(provider, **{"retry": AT_ONCE, **settings})
    try:
        if stream:
            async with aclosing(client.stream(prompt)) as events:
                async for event in events:
                    outcome.events.append(event)
        else:
            outcome.events = as_events(await client.call(prompt))
    except SeedError as error:
        outcome.error = error
    outcome.seconds = time.perf_counter() - start
    return outcome


def as_events(reply: Reply) -> list[Event]:
    """A whole reply as the events that fold to it."""
    from seed_core.events import ReasoningDelta, RefusalDelta, TextDelta, ToolCallDelta

    events: list[Event] = []
    events += [ReasoningDelta(reply.reasoning)] if reply.reasoning else []
    events += [TextDelta(reply.text)] if reply.text else []
    events += [RefusalDelta(reply.refusal)] if reply.refusal else []
    for index, call in enumerate(reply.tool_calls):
        events.append(ToolCallDelta(index, call.arguments, call.id, call.name))
    events += [*reply.citations, *reply.annotations]
    events += [reply.state] if reply.state is not None else []
    return [*events, reply.finish] if reply.finish is not None else events


def eventually(condition: Callable[[], bool], seconds: float = 3.0) -> bool:
    """Whether a condition comes true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
