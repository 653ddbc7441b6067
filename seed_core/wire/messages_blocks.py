"""Anthropic's content blocks, as both directions of the messages wire know them."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json

from seed_core.types import Json

THOUGHTS = ("thinking", "redacted_thinking")
"""The kinds of block that hold reasoning."""

UNREADABLE = "_raw"
"""The only field of a call's input when the model's JSON cannot be read."""

Block = dict[str, Any]


def state_issuer(issuer: str) -> str:
    """Whose the blocks of an answer are: the host's on this wire, for its chat has other entries.

    Example:
        >>> state_issuer("openrouter")
        'openrouter/messages'
    """
    return f"{issuer}/messages"


def input_of(arguments: str) -> Block:
    """A call's JSON text as the object that the wire wants.

    A call that was cut off, and text that is no object, stay readable in a field of their own:
    the host takes any object, and the model sees what it wrote.

    Example:
        >>> input_of('{"city": "Par')
        {'_raw': '{"city": "Par'}
    """
    if not arguments.strip():
        return {}
    try:
        value = from_json(arguments, allow_inf_nan=False)
    except (TypeError, ValueError):  # a TypeError for half of a surrogate pair
        value = None
    return value if isinstance(value, dict) else {UNREADABLE: arguments}


class GrowingBlock:
    """One block of an answer while its pieces come in, in time linear in their number."""

    __slots__ = ("_begun", "_cited", "_pieces", "closed", "kind", "place")

    def __init__(self, begun: Json, place: int) -> None:
        """A block begins with its fields so far; `place` counts the blocks of the answer from 0."""
        self.kind = begun.get("type")
        self.place = place
        self.closed = False
        self._begun = begun
        self._pieces: dict[str, list[str]] = {}
        self._cited: list[Json] = []

    def add(self, field: str, piece: str) -> None:
        """Take the next piece of a field."""
        self._pieces.setdefault(field, []).append(piece)

    def cite(self, citation: Json) -> None:
        """Take the next citation of a text."""
        self._cited.append(citation)

    @property
    def given_input(self) -> Any:
        """A call's input that came with its beginning; pieces that came later replace it."""
        return None if "input" in self._pieces else self._begun.get("input")

    def whole(self) -> Block:
        """The block as a whole reply would have held it."""
        block = dict(self._begun)
        for field, pieces in self._pieces.items():
            text = "".join(pieces)
            if field == "input":
                block[field] = input_of(text)
            else:
                before = block.get(field)
                block[field] = before + text if isinstance(before, str) else text
        if self._cited:
            before = block.get("citations")
            block["citations"] = [*(before if isinstance(before, list) else ()), *self._cited]
        return block
