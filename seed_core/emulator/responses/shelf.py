"""What a host keeps between requests: stored responses, and encrypted content that was scripted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seed_core.emulator.chat.flaws import Flaw

__all__ = ["Shelf", "Stored"]

_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored response, and what it answered to."""

    response: dict[str, Any]
    items: Sequence[Mapping[str, Any]]

    @property
    def conversation(self) -> Sequence[Mapping[str, Any]]:
        """What a next request goes on with."""
        return [*self.items, *self.response["output"]]


@dataclass(slots=True)
class Shelf:
    """The store of one host, oldest first; the oldest go when it is full."""

    issued: set[str] = field(default_factory=set)
    """Encrypted content that a script sent: it is not sealed, but was not altered either."""
    _stored: dict[str, Stored] = field(default_factory=dict)

    def put(self, response: dict[str, Any], items: Sequence[Mapping[str, Any]]) -> None:
        """Store a response and the conversation that it answers to."""
        self._stored[response["id"]] = Stored(response, items)
        if len(self._stored) > _KEPT:
            del self._stored[next(iter(self._stored))]

    def issue(self, output: Sequence[Mapping[str, Any]]) -> None:
        """Remember the encrypted content of some output items."""
        self.issued |= {
            str(item["encrypted_content"]) for item in output if "encrypted_content" in item
        }

    def get(self, ident: str, where: str) -> Stored:
        """Give what was stored under an id that stands at a place."""
        if ident not in self._stored:
            raise Flaw(where, f"Response with id '{ident}' not found.", "missing")
        return self._stored[ident]

    def item(self, ident: str, where: str) -> Mapping[str, Any]:
        """Give an item by its id, out of any stored conversation."""
        for stored in reversed(self._stored.values()):
            for item in stored.conversation:
                if item.get("id") == ident:
                    return item
        raise Flaw(where, f"Item with id '{ident}' not found.", "missing")

    def inputs(self, ident: str) -> dict[str, Any]:
        """List what a stored response answered to."""
        data = [dict(item) for item in self.get(ident, "response_id").items]
        ends = {"first_id": None, "last_id": None}
        if data:
            ends = {"first_id": data[0].get("id"), "last_id": data[-1].get("id")}
        return {"object": "list", "data": data, **ends, "has_more": False}

    def delete(self, ident: str) -> dict[str, Any]:
        """Forget a response."""
        del self._stored[self.get(ident, "response_id").response["id"]]
        return {"id": ident, "object": "response", "deleted": True}
