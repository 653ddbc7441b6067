"""Fragments of tool calls, told apart.

Servers differ in everything but the arguments' order: some repeat the id and the name, some
blank them later, some give no index or always 0, some no id at all. A new id at a used index
means a new call; the first id and the first name of a call stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from pydantic_core import to_json

from seed_core.events import ToolCallDelta
from seed_core.types import Json


class _Call:
    """What is known of one call so far."""

    __slots__ = ("argued", "id", "index", "made_up", "named")

    def __init__(self, index: int, ident: str) -> None:
        """A call begins. Without an id it gets one, because results refer to it."""
        self.index = index
        self.made_up = not ident
        self.id = ident or f"call_{uuid4().hex[:24]}"
        self.named = False
        self.argued = False


class ToolCalls:
    """Turns fragments, as they come, into deltas of calls that count from 0."""

    __slots__ = ("_all", "_last", "_open", "count")

    def __init__(self) -> None:
        """No calls yet."""
        self.count = 0
        self._all: list[_Call] = []
        self._open: dict[int, _Call] = {}
        self._last: _Call | None = None

    def take(self, fragments: Sequence[Json]) -> list[ToolCallDelta]:
        """Read the fragments of one chunk."""
        return [delta for fragment in fragments if (delta := self._one(fragment)) is not None]

    @property
    def nameless(self) -> bool:
        """Whether the name of a call has not come."""
        return not all(call.named for call in self._all)

    def cut_off(self) -> list[ToolCallDelta]:
        """Make calls invalid that were cut off before their arguments.

        No arguments mean an empty object, except where the answer was cut: then nobody knows what
        they would have been, and the call must not be made. An object that only opens says so.
        """
        return [ToolCallDelta(call.index, "{") for call in self._all if not call.argued]

    def _one(self, fragment: Json) -> ToolCallDelta | None:
        """Read one fragment; None if it says nothing new."""
        function = fragment.get("function") or {}
        ident = str(fragment.get("id") or "")
        name = str(function.get("name") or "")
        arguments = function.get("arguments") or ""
        if not isinstance(arguments, str):  # some servers send the object itself
            arguments = to_json(arguments).decode()
        call, new = self._find(fragment.get("index"), ident, name)
        fresh_name = name if name and not call.named else None
        call.named = call.named or bool(name)
        call.argued = call.argued or bool(arguments)
        if not (new or fresh_name or arguments):
            return None
        return ToolCallDelta(call.index, arguments, call.id if new else None, fresh_name)

    def _find(self, index: int | None, ident: str, name: str) -> tuple[_Call, bool]:
        """The call that a fragment belongs to, and whether it begins with it."""
        call = self._last if index is None else self._open.get(index)
        if call is not None and not self._begins(call, ident, name, numbered=index is not None):
            return call, False
        call = _Call(self.count, ident)
        self.count += 1
        self._all.append(call)
        self._last = call
        if index is not None:
            self._open[index] = call
        return call, True

    def _begins(self, call: _Call, ident: str, name: str, *, numbered: bool) -> bool:
        """Whether a fragment begins another call than the one at its place."""
        if ident and not call.made_up:
            return ident != call.id
        # Without ids to compare, a second name without an index means another call.
        return bool(name) and call.named and (bool(ident) or not numbered)
