"""Every built-in provider over every one of its wires, with the emulated host behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seed_core.capabilities import Capabilities
from seed_core.polling import Polling
from seed_core.providers import PROVIDERS, resolve
from seed_core.providers.base import Provider

if TYPE_CHECKING:
    from seed_core.emulator import Emulator

FAST = Polling(0.002, 0.02)
"""How often the tests look at a job."""

KEYS: Mapping[str, str] = {
    "openrouter": "sk-or-v1-0123456789abcdef",
    "empiriolabs": "sk-empiriolabs-0123456789abcdef",
}
"""Keys that no host gave out; a host that is not named here does not mark its keys."""

BEHIND: Mapping[str, str] = {"compatible": "openrouter"}
"""The emulated host behind a provider that is none by itself."""

UNSURE = frozenset({408, 500, 502, 504})
"""Statuses under which a host may have accepted a job all the same."""

MODELS: Mapping[str, str] = {"batch": "ep-20260215-batch"}
"""What is asked over a wire that does not take the provider's own model."""


@dataclass(frozen=True, slots=True)
class Row:
    """One provider over one wire."""

    provider: str
    api: str

    def __str__(self) -> str:
        """The name of its tests."""
        return f"{self.provider}-{self.api}"

    @property
    def emulated(self) -> str:
        """The emulated host behind it."""
        return BEHIND.get(self.provider, self.provider)

    @property
    def key(self) -> str:
        """A key that looks like one of this provider's."""
        return KEYS.get(self.provider, f"{self.provider}-0123456789abcdef")

    @property
    def value(self) -> Provider:
        """The provider, as patient as the tests."""
        return replace(PROVIDERS[self.provider], polling=FAST)

    @property
    def queued(self) -> bool:
        """Whether a call becomes a job, which is looked at until it is done."""
        return self.api == "queue"

    def may_have_taken(self, status: int) -> bool:
        """Whether what was answered so may have been accepted, so that nobody sends it again."""
        return self.queued and status in UNSURE

    @property
    def model(self) -> str:
        """The model that is asked."""
        host = PROVIDERS[self.emulated]
        return MODELS.get(self.api) or host.api_models.get(self.api) or host.model

    @property
    def can(self) -> Capabilities:
        """What is known of the model here."""
        address = "http://127.0.0.1:9/v1"
        return resolve(
            self.provider, api=self.api, model=self.model, api_key=self.key, base_url=address
        ).capabilities()

    @property
    def streams(self) -> bool:
        """Whether answers come in pieces."""
        return PROVIDERS[self.provider].wires[self.api].streams

    @property
    def wants_a_limit(self) -> bool:
        """Whether a limit on tokens is always sent: the wire demands it, or the host's is low."""
        return self.api == "messages" or self.provider == "modelslab" or self.terse

    @property
    def terse(self) -> bool:
        """Whether it is fal's own endpoint, which tells neither tokens nor why an answer ended."""
        return self.emulated == "fal" and self.api != "chat"

    @property
    def counts(self) -> bool:
        """Whether the host tells tokens at all."""
        return not self.terse

    @property
    def counts_streams(self) -> bool:
        """Whether a stream tells its usage: by its documented chunks ModelsLab's chat does not."""
        return self.counts and (self.provider, self.api) != ("modelslab", "chat")

    def may(self, *features: Any) -> bool:
        """Whether none of these is known to be missing: what is not known is sent."""
        return all(self.can.serves(feature) is not False for feature in features)

    @property
    def key_name(self) -> str:
        """The environment variable that holds its key."""
        return PROVIDERS[self.provider].key_names[0]

    def settings(self, emulator: "Emulator") -> dict[str, Any]:
        """The settings of a model that asks this host over this wire."""
        return {
            "provider": self.value if self.queued else self.provider,
            "api": self.api,
            "api_key": self.key,
            "base_url": emulator.url(self.emulated, self.api),
            "model": self.model,
        }


ROWS = tuple(Row(name, api) for name, provider in PROVIDERS.items() for api in provider.wires)
