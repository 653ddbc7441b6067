"""One question through one of the doors: the core's clients, ChatSeed, SeedLLM; in both colours.

What comes back is said in a word: "answered", "left", the name of an error, or what is wrong.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias

from seed_core import errors
from seed_core.client import AsyncClient, Client
from seed_core.errors import SeedError
from seed_core.events import TextDelta
from seed_core.flow import Retry
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.timeouts import Timeout
from seed_core.types import Message, Prompt, Text
from tests.load.server import answer_to

Over: TypeAlias = Literal["auto", "httpx"]
Door: TypeAlias = Literal["core", "ChatSeed", "SeedLLM"]

KEY = "sk-or-v1-a-key-that-nobody-may-see"
PATIENT = Timeout(connect=60, read=60, write=60, pool=60, first_token=60, idle=60)
HASTY = Timeout(connect=60, read=3, write=60, pool=60, first_token=3, idle=3)
"""Three seconds are more than a busy machine needs to look at a socket, and the only silences that
are as long are those that were asked for."""

BROKEN = frozenset({"StreamBrokenError", "APIConnectionError"})
_STATUS = {
    "s400": "BadRequestError",
    "s401": "AuthenticationError",
    "s429": "RateLimitError",
    "s500": "ServerError",
    "html": "ServerError",
    "inner": "ServerError",
    "garbage": "InvalidReplyError",
    "gone": "APIConnectionError",
    "silent": "APITimeoutError",
    "stall": "APITimeoutError",
}
_TRIED_AGAIN = ("s429", "s500", "html", "inner")
FAULTS = (*_STATUS, "again", "cut", "reset", "drip", "bye", "more", "endless")


@dataclass(frozen=True)
class Question:
    """What is asked, and what for: `kind` is "good" or one of the faults."""

    number: int
    kind: str
    stream: bool
    door: Door

    @property
    def text(self) -> str:
        """What the server is asked."""
        return f"ask-{self.number}-{self.kind}"

    @property
    def may_be(self) -> frozenset[str]:
        """The words that this may come to."""
        if self.kind == "reset" and self.stream:  # what was sent may be lost with it
            return BROKEN
        if self.kind in ("cut", "reset"):
            return frozenset({"StreamBrokenError" if self.stream else "APIConnectionError"})
        if self.kind == "endless":
            return frozenset({"left"})
        if self.kind in _TRIED_AGAIN:
            # The last try may be the one that gets a connection which the server is just closing.
            return frozenset({_STATUS[self.kind], "APIConnectionError"})
        return frozenset({_STATUS.get(self.kind, "answered")})


def faults_over(over: Over) -> tuple[str, ...]:
    """What can go wrong where it does not harm other calls.

    httpx hands what a host sends behind the end of an answer to whoever comes next.
    """
    return tuple(fault for fault in FAULTS if over == "auto" or fault != "more")


def questions(
    most: int, first: int = 0, *, faulty: float = 0.1, over: Over = "auto"
) -> Iterator[Question]:
    """Questions of all kinds, the same in every run."""
    faults = faults_over(over)
    drawn = random.Random(first)
    found = doors()
    weights = [7, 2, 2][: len(found)]
    for number in range(first, first + most):
        kind = drawn.choice(faults) if drawn.random() < faulty else "good"
        stream = drawn.random() < 0.5 or kind == "endless"
        yield Question(number, kind, stream, drawn.choices(found, weights)[0])


def doors() -> list[Door]:
    """The doors that are there: a framework may be missing."""
    packages: dict[Door, str] = {"core": "", "ChatSeed": "langchain_core", "SeedLLM": "llama_index"}
    return [door for door, package in packages.items() if not package or find_spec(package)]


class Asker:
    """Asks a server, in both colours.

    Args:
        server: its address, without a path.
        over: the transport.
    """

    def __init__(self, server: str, over: Over = "auto") -> None:
        """Prepare the clients and models that all callers share."""
        url = f"{server}/api/v1"
        self._provider = resolve("openrouter", base_url=url, api_key=KEY)
        self._ways: dict[tuple[Door, bool], Way] = {}
        for hasty in (False, True):
            limits = HASTY if hasty else PATIENT
            settings = {
                "provider": "openrouter",
                "base_url": url,
                "api_key": KEY,
                "transport": over,
                "timeout": limits,
            }
            self._ways["core", hasty] = _core(self._provider, over, limits)
            if "ChatSeed" in doors():
                self._ways["ChatSeed", hasty] = _chat_seed(settings)
            if "SeedLLM" in doors():
                self._ways["SeedLLM", hasty] = _seed_llm(settings)

    def way(self, question: Question) -> Way:
        """The door of a question, with the limits that it needs."""
        return self._ways[question.door, question.kind in ("silent", "stall")]

    def ask(self, question: Question) -> str:
        """Ask from a thread."""
        way, said = self.way(question), ""
        try:
            if not question.stream:
                return _checked(question, way.whole(question.text))
            for event in way.events(question.text):
                said += way.text_of(event)
                if question.kind == "endless" and said:
                    return _left(question, said)
            return _checked(question, said)
        except SeedError as error:
            return _failed(question, error)

    async def aask(self, question: Question) -> str:
        """Ask from an event loop."""
        way, said = self.way(question), ""
        try:
            if not question.stream:
                return _checked(question, await way.awhole(question.text))
            async with aclosing(await way.aevents(question.text)) as events:
                async for event in events:
                    said += way.text_of(event)
                    if question.kind == "endless" and said:
                        return _left(question, said)
            return _checked(question, said)
        except SeedError as error:
            return _failed(question, error)

    def close(self) -> None:
        """Close what threads use."""
        Client(self._provider).close()

    async def aclose(self) -> None:
        """Close what the running loop uses."""
        await AsyncClient(self._provider).aclose()


def _checked(question: Question, said: str) -> str:
    own = said == answer_to(question.number)
    return "answered" if own else f"not its own answer: {said[:80]!r}"


def _left(question: Question, said: str) -> str:
    own = said.startswith(f"<{question.number}.0>")
    return "left" if own else f"not its own beginning: {said[:80]!r}"


def _failed(question: Question, error: SeedError) -> str:
    """The name that the core has for an error, if what it kept is of this question."""
    kept = error.partial.text if error.partial is not None else ""
    if not answer_to(question.number).startswith(kept):
        return f"not its own part: {kept[:80]!r}"
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__)


@dataclass(frozen=True)
class Way:
    """A door: what is asked through it, in the caller's own words.

    Attributes:
        whole, awhole: ask, and wait for the text of the answer.
        events, aevents: ask, and get the stream as the door gives it; the second is to be awaited.
        text_of: the text of what such a stream brings.
    """

    whole: Callable[[str], str]
    awhole: Callable[[str], Awaitable[str]]
    events: Callable[[str], Iterator[Any]]
    aevents: Callable[[str], Awaitable[Any]]
    text_of: Callable[[Any], str]


def _core(provider: Provider, over: Over, limits: Timeout) -> Way:
    retry = Retry(2, jitter=lambda: 0.1)
    client = Client(provider, timeout=limits, retry=retry, transport=over)
    aclient = AsyncClient(provider, timeout=limits, retry=retry, transport=over)

    async def awhole(text: str) -> str:
        return (await aclient.call(_prompt(text))).text

    async def aevents(text: str) -> Any:
        return aclient.stream(_prompt(text))

    return Way(
        whole=lambda text: client.call(_prompt(text)).text,
        awhole=awhole,
        events=lambda text: client.stream(_prompt(text)),
        aevents=aevents,
        text_of=lambda event: event.text if isinstance(event, TextDelta) else "",
    )


def _chat_seed(settings: dict[str, Any]) -> Way:
    from langchain_seed import ChatSeed

    model = ChatSeed(**settings)

    async def awhole(text: str) -> str:
        return str((await model.ainvoke(text)).text)

    async def aevents(text: str) -> Any:
        return model.astream(text)

    return Way(
        whole=lambda text: str(model.invoke(text).text),
        awhole=awhole,
        events=model.stream,
        aevents=aevents,
        text_of=lambda chunk: str(chunk.text),
    )


def _seed_llm(settings: dict[str, Any]) -> Way:
    from llamaindex_seed import SeedLLM

    model = SeedLLM(**settings)

    async def awhole(text: str) -> str:
        return (await model.acomplete(text)).text

    return Way(
        whole=lambda text: model.complete(text).text,
        awhole=awhole,
        events=model.stream_complete,
        aevents=model.astream_complete,
        text_of=lambda response: response.delta or "",
    )


def _prompt(text: str) -> Prompt:
    return Prompt((Message("user", (Text(text),)),))
