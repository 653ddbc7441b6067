"""What a provider needs of a wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from seed_core.body import Body
from seed_core.capabilities import Feature
from seed_core.events import Event
from seed_core.flow import DecoderFactory, Response
from seed_core.types import Prompt
from seed_core.wire.context import Context


class Wire(Protocol):
    """What a provider needs of a wire."""

    @property
    def path(self) -> str:
        """The endpoint's path below the base URL; `{model}` in it stands for the model's id."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of every request."""
        ...

    @property
    def key_headers(self) -> tuple[str, ...]:
        """The headers that carry the key."""
        ...

    @property
    def streams(self) -> bool:
        """Whether the host can answer in pieces."""
        ...

    @property
    def cannot(self) -> frozenset[Feature]:
        """What the wire has no word for."""
        ...

    def encode(self, prompt: Prompt, *, model: str, issuer: str, stream: bool) -> Body:
        """Write the request body."""
        ...

    def decode(self, response: Response, context: Context) -> list[Event]:
        """Read a whole answer."""
        ...

    def decoder(self, context: Context) -> DecoderFactory:
        """A maker of stream decoders."""
        ...
