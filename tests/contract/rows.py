"""The rows of the contract: every provider with each of its wires, in both colours, both ways.

They are derived from the registry, so a new row of it brings its tests.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from seed_core.capabilities import Feature
from seed_core.emulator import Emulator, Seen
from seed_core.emulator.scripts import Item
from seed_core.providers import PROVIDERS, resolve
from seed_core.providers.base import Provider
from seed_core.types import Prompt
from tests import rows
from tests.core.calling import COLOURS, HELLO, Colour, Outcome, ask

KEY = "sk-a-key-that-nobody-may-see"


@dataclass(frozen=True, slots=True)
class Row(rows.Row):
    """One provider on one of its wires, with the key in one of its places."""

    key_in: Literal["header", "body"] = "header"

    def __str__(self) -> str:
        """The name of its tests."""
        return f"{self.provider}-{self.api}" + ("-key-in-body" if self.key_in == "body" else "")

    @property
    def bare(self) -> Provider:
        """The provider, with neither key nor address of the emulator."""
        return replace(self.value, api=self.api, key_in=self.key_in, model=self.model)

    def has(self, feature: Feature) -> bool | None:
        """Yes, no or unknown."""
        return self.can.has(feature)

    def serves(self, feature: Feature) -> bool | None:
        """The same of what the user gets: what the host cannot may be asked for in words."""
        return self.can.serves(feature)

    def at(self, emulator: Emulator, **settings: Any) -> Provider:
        """The provider at its emulated host."""
        url = emulator.url(self.emulated, self.api)
        given = {"base_url": url, "api_key": KEY, **settings}
        return resolve(self.bare, **given)


@dataclass(frozen=True)
class Way:
    """One way to call a row."""

    row: Row
    colour: Colour
    stream: bool

    def __str__(self) -> str:
        return f"{self.row}-{self.colour}-{'stream' if self.stream else 'whole'}"

    def ask(
        self, emulator: Emulator, *items: Item, prompt: Prompt = HELLO, **settings: Any
    ) -> Outcome:
        """Script the answers, and ask once. `retry` is the client's, the rest the provider's."""
        emulator.script(*items, host=self.row.emulated)
        retry = {"retry": settings.pop("retry")} if "retry" in settings else {}
        at = self.row.at(emulator, **settings)
        return ask(self.colour, at, stream=self.stream, prompt=prompt, **retry)


def all_rows() -> list[Row]:
    """Every provider on every wire, and with the key wherever the host takes it."""
    found = []
    for name, row in PROVIDERS.items():
        found += [Row(name, api) for api in row.wires]
        found += [Row(name, api, "body") for api in row.body_key_wires]
    return found


def ways() -> list[Way]:
    """Every row in both colours, whole and, where the host can, streamed."""
    return [
        Way(row, colour, stream)
        for row in all_rows()
        for colour in COLOURS
        for stream in ((False, True) if row.bare.wire.streams else (False,))
    ]


def asked(emulator: Emulator) -> list[Seen]:
    """The requests for an answer that arrived; looks at a job are none."""
    return [seen for seen in emulator.requests if seen.method == "POST"]


def last(emulator: Emulator) -> Seen:
    """The last of them."""
    return asked(emulator)[-1]


def ways_of(row: Row) -> list[Way]:
    """The ways of one row, for a test that compares them or has many cases for each."""
    return [way for way in ways() if way.row == row]
