"""The builds that the two clouds serve, as data: ids, and what each of them can do.

From the vendor's lists and from live probes of 2026; the date at the end of an id decides more than
its name does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seed_core.emulator.chat.reading import Effort

__all__ = ["BYTEPLUS", "CONTEXT", "VOLCENGINE", "Build", "Catalogue", "Cloud"]

CONTEXT = 262_144
_SEALING = {
    "seed-2-0-mini-260428",  # Volcengine's own list leaves this one out
    "seed-2-0-lite-260428",
    "seed-2-0-pro-260328",
    "seed-2-1-turbo-260628",
}
_HEARING = {"seed-2-0-mini-260428", "seed-2-0-lite-260428"}
_UNSTRUCTURED = {
    "seed-2-0-mini-260428",
    "seed-2-0-lite-260428",
    "seed-2-0-code-preview-260328",
}


@dataclass(frozen=True, slots=True)
class Build:
    """One dated build."""

    id: str

    @property
    def effort(self) -> Effort:
        """The effort where a request names none."""
        return "high" if "seed-2-1-" in self.id else "medium"

    @property
    def seals(self) -> bool:
        """Whether it shows a summary of its reasoning, and the original encrypted."""
        return self._name in _SEALING

    @property
    def hears(self) -> bool:
        """Whether it takes sound."""
        return self._name in _HEARING

    @property
    def structured(self) -> bool:
        """Whether it takes `json_object` and `json_schema`."""
        return self._name not in _UNSTRUCTURED

    @property
    def decides(self) -> bool:
        """Whether it takes the thinking type `auto`."""
        return self.id == "doubao-seed-1-6-250615"

    @property
    def penalised(self) -> bool:
        """Whether it takes frequency and presence penalties: only models before Seed 1.8."""
        return self._name.startswith("seed-1-6-")

    @property
    def _name(self) -> str:
        return self.id.removeprefix("doubao-").removeprefix("dola-")


@dataclass(frozen=True, slots=True)
class Cloud:
    """One of the two clouds."""

    name: str
    mini: str
    """What an endpoint id (`ep-...`) serves here."""
    ids: tuple[str, ...]
    hosted_tools: frozenset[str] = frozenset()
    """The tools that it runs itself, in Responses only."""


BYTEPLUS = Cloud(
    name="byteplus",
    mini="seed-2-0-mini-260215",
    ids=(
        "seed-2-0-mini-260215",
        "seed-2-0-mini-260428",
        "seed-2-0-lite-260228",
        "seed-2-0-lite-260428",
        "seed-2-0-pro-260328",
        "seed-2-0-code-preview-260328",
        "dola-seed-2-1-turbo-260628",
        "seed-1-8-251228",
        "seed-1-6-250915",
        "seed-1-6-250615",
        "seed-1-6-flash-250715",
        "seed-1-6-flash-250615",
    ),
)
VOLCENGINE = Cloud(
    name="volcengine",
    mini="doubao-seed-2-0-mini-260215",
    ids=(
        "doubao-seed-2-0-mini-260215",
        "doubao-seed-2-0-mini-260428",
        "doubao-seed-2-0-lite-260215",
        "doubao-seed-2-0-lite-260428",
        "doubao-seed-2-0-pro-260215",
        "doubao-seed-2-0-code-preview-260215",
        "doubao-seed-2-1-pro-260628",
        "doubao-seed-2-1-turbo-260628",
        "doubao-seed-evolving",
        "doubao-seed-character-260628",
        "doubao-seed-1-8-251228",
        "doubao-seed-1-6-251015",
        "doubao-seed-1-6-250615",
    ),
    # BytePlus exposed none of them when it was probed.
    hosted_tools=frozenset({"web_search", "mcp", "knowledge_search", "image_process"}),
)


class Catalogue:
    """What one cloud serves."""

    def __init__(self, cloud: Cloud, extra: Iterable[str] = ()) -> None:
        """Add some ids to the cloud's own."""
        self._mini = cloud.mini
        self._ids: Sequence[str] = (*cloud.ids, *extra)

    def find(self, name: str) -> Build | None:
        """Find a build by its id, by the id of an endpoint, or without its `dola-`."""
        if name.startswith("ep-"):
            return Build(self._mini)
        known = next((known for known in (name, f"dola-{name}") if known in self._ids), None)
        return Build(known) if known else None
