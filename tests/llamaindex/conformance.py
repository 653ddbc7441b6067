"""What an LLM class of LlamaIndex should do, as probes that run against any such class.

`test_conformance.py` runs them against `SeedLLM`. To run them against other classes, install these
and the emulator (Starlette, uvicorn) in an environment of their own, and there, in the root of the
repository:

    python -m tests.llamaindex.conformance SeedLLM OpenAILike

prints columns of the table in `docs/llamaindex.md`; with `--why`, what went wrong, too. Everybody
gets the settings under which they do best, except where the probe is about the defaults.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import warnings
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.metadata import version
from typing import Any, TypeAlias

from seed_core.emulator import Answer, Emulator, Fault, Raw
from tests.asked import Asked
from tests.llamaindex.samples import MODEL
from tests.posted import latest, posts
from tests.rows import Row

OPENROUTER_CHAT = Row("openrouter", "chat")
PROBE_MODULES = ("probes_calls", "probes_media", "probes_tools", "probes_agents", "probes_objects")


@dataclass(frozen=True)
class Subject:
    """A class under test, and how it is made.

    Attributes:
        module: where the class is.
        name: the class.
        address: how it calls the base URL.
        needed: settings without which it cannot be called at all.
        helped: further settings under which it does best.
        effort: how it is told to think hard.
        distribution: whose version is shown.
        row: the provider and the wire that it asks.
    """

    module: str
    name: str
    address: str
    distribution: str
    needed: Mapping[str, Any] = field(default_factory=dict)
    helped: Mapping[str, Any] = field(default_factory=dict)
    effort: Mapping[str, Any] = field(default_factory=lambda: {"reasoning_effort": "high"})
    row: Row = OPENROUTER_CHAT

    def make(self, emulator: Emulator, settings: Mapping[str, Any]) -> Any:
        """An object of the class that talks to the emulator."""
        said = self.row.settings(emulator)
        own = {"api_key": said["api_key"], self.address: said["base_url"], "model": said["model"]}
        return getattr(import_module(self.module), self.name)(**{**own, **settings})


_HELP = {
    "is_function_calling_model": True,
    "context_window": 262_144,
    "max_tokens": None,
    "should_use_structured_outputs": True,
}
_EFFORT = {"additional_kwargs": {"extra_body": {"reasoning": {"effort": "high"}}}}

SUBJECTS = {
    subject.name: subject
    for subject in (
        Subject(
            "llamaindex_seed",
            "SeedLLM",
            "base_url",
            "seed-integrations",
            needed={"provider": "openrouter"},
            helped={"coalesce": False},  # the emulator sends all at once, which no host does
        ),
        Subject(
            "llama_index.llms.openai_like",
            "OpenAILike",
            "api_base",
            "llama-index-llms-openai-like",
            needed={"is_chat_model": True},
            helped=_HELP,
            effort=_EFFORT,
        ),
        Subject(
            "llama_index.llms.openrouter",
            "OpenRouter",
            "api_base",
            "llama-index-llms-openrouter",
            helped=_HELP,
            effort=_EFFORT,
        ),
    )
}


def seed_at(row: Row) -> Subject:
    """`SeedLLM` at a provider, over one of its wires."""
    needed = {"provider": row.value if row.queued else row.provider, "api": row.api}
    return replace(SUBJECTS["SeedLLM"], needed=needed, row=row)


@dataclass(frozen=True)
class Bench:
    """Where a probe works: one class, one emulator without a script."""

    subject: Subject
    emulator: Emulator

    @property
    def row(self) -> Row:
        """The provider and the wire that are asked."""
        return self.subject.row

    @property
    def url(self) -> str:
        """The address of the emulated host."""
        return self.emulator.url(self.row.emulated)

    def script(self, *items: Item) -> None:
        """Queue replies of that host."""
        self.emulator.script(*items, host=self.row.emulated)

    def llm(self, **settings: Any) -> Any:
        """An object of the class with all the help that it can get."""
        given = {**self.subject.needed, **self.subject.helped, **settings}
        return self.subject.make(self.emulator, given)

    def plain(self) -> Any:
        """An object of the class as somebody makes it who just read its name."""
        return self.subject.make(self.emulator, self.subject.needed)

    @property
    def bodies(self) -> list[Any]:
        """The bodies of the calls so far."""
        return [seen.body for seen in posts(self.emulator)]

    @property
    def body(self) -> Any:
        """The body of the latest call."""
        return self.bodies[-1]

    @property
    def asked(self) -> Asked:
        """What the latest call asked, whatever the wire."""
        return latest(self.emulator, self.row)

    @property
    def downloads(self) -> int:
        """How often somebody fetched an address of the host; looks at a job are none."""
        seen = [seen for seen in self.emulator.requests if seen.method == "GET"]
        return sum("/requests/" not in look.path for look in seen)


Item: TypeAlias = Answer | Fault | Raw
Probe: TypeAlias = Callable[[Bench], Awaitable[None]]
Fits: TypeAlias = Callable[[Row], bool]
PROBES: dict[str, Probe] = {}
FITS: dict[str, Fits] = {}


def probe(function: Probe) -> Probe:
    """Register a probe. Its name is the sentence of the table."""
    PROBES[function.__name__] = function
    return function


def only(fits: Fits) -> Callable[[Probe], Probe]:
    """Say of a probe that it is about some rows only."""

    def noted(function: Probe) -> Probe:
        FITS[function.__name__] = fits
        return function

    return noted


def over_chat(row: Row) -> bool:
    """The wire is chat completions, and answers come in pieces."""
    return row.api == "chat"


def in_pieces(row: Row) -> bool:
    """Answers come in pieces."""
    return bool(row.streams)


def with_documents(row: Row) -> bool:
    """The host takes documents, or may."""
    return row.may("document")


def with_thoughts(row: Row) -> bool:
    """The host takes reasoning back."""
    return not row.terse


def fitting(name: str, row: Row) -> bool:
    """Whether a probe is about a row."""
    return name not in FITS or FITS[name](row)


def load() -> dict[str, Probe]:
    """All probes."""
    for name in PROBE_MODULES:
        import_module(f"tests.llamaindex.{name}")
    return PROBES


def sse(*deltas: Mapping[str, Any], finish: str = "stop", tail: bytes = b"data: [DONE]\n\n") -> Raw:
    """A stream of exactly these deltas."""

    def event(choice: Mapping[str, Any], **more: Any) -> bytes:
        chunk = {"id": "gen-1", "model": MODEL, "choices": [{"index": 0, **choice}], **more}
        return f"data: {json.dumps(chunk)}\n\n".encode()

    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    last = event({"delta": {}, "finish_reason": finish}, usage=usage)
    events = [event({"delta": delta, "finish_reason": None}) for delta in deltas]
    return Raw(body=[*events, last, tail])


def call_delta(index: int, arguments: str | None, **more: Any) -> dict[str, Any]:
    """A fragment of a tool call: `id=` and `name=` where they are said."""
    function = {"arguments": arguments, **({"name": more["name"]} if "name" in more else {})}
    ident = {"id": more["id"], "type": "function"} if "id" in more else {}
    return {"index": index, **ident, "function": function}


async def failure(doing: Awaitable[Any]) -> str:
    """The kind and the words of the error that something must end in."""
    try:
        result = await doing
    except Exception as error:  # noqa: BLE001 - every class has its own
        return f"{type(error).__name__}: {error}"
    raise AssertionError(f"no error, but {str(result)[:200]}")


# --- the table ------------------------------------------------------------------------------------


def examine(subject: Subject, emulator: Emulator, one: Probe, *, why: bool) -> str:
    """The result of one probe as a cell of the table."""
    emulator.clear()

    async def run() -> None:
        await asyncio.wait_for(one(Bench(subject, emulator)), 60)

    try:
        asyncio.run(run())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
        said = " ".join(f"{kind}{error}".split())[:60].replace("|", "/").replace("`", "'")
        return f"no: {said}" if why and said else "no"
    return "yes"


def main(names: list[str]) -> None:
    """Print the table.

    Raises:
        SystemExit: no class is named, or one that is not known.
    """
    known = ", ".join(SUBJECTS)
    wanted = [name for name in names if name != "--why"]
    if not wanted:
        raise SystemExit(f"name one or more of {known}")
    for name in wanted:
        if name not in SUBJECTS:
            raise SystemExit(f"{name!r} is none of {known}")
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    why = "--why" in names
    subjects = [SUBJECTS[name] for name in wanted]
    titles = [f"`{s.name}`{_versions(s)}" for s in subjects]
    print("| probe |", " | ".join(titles), "|")
    print("|---" * (len(subjects) + 1) + "|")
    good = dict.fromkeys(titles, 0)
    with Emulator() as emulator:
        for name, one in load().items():
            cells = [examine(subject, emulator, one, why=why) for subject in subjects]
            for title, cell in zip(titles, cells, strict=True):
                good[title] += cell == "yes"
            print("|", name.replace("_", " "), "|", " | ".join(cells), "|", flush=True)
    print(f"| of {len(PROBES)} |", " | ".join(str(n) for n in good.values()), "|")


def _versions(subject: Subject) -> str:
    """The versions behind a class: its own distribution's and that of LlamaIndex's OpenAI class."""
    if subject.module == "llamaindex_seed":
        return ""
    names = (subject.distribution, "llama-index-llms-openai")
    return f" {version(names[0])} (openai {version(names[1])})"


if __name__ == "__main__":
    # As a script this module is another than the one that the probes import.
    import_module("tests.llamaindex.conformance").main(sys.argv[1:])
