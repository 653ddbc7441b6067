"""Reads Seed's own markup out of an answer's text: tool calls, and reasoning if asked.

The text may come in any pieces. What cannot be told yet is held back: a call until it ends, white
space until it is known whether a call follows, the beginning of a tag.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias
from uuid import uuid4

from typing_extensions import assert_never

from seed_core.events import Event, ReasoningDelta, TextDelta, ToolCallDelta
from seed_core.types import Json, Tool
from seed_core.wire.markup_call import GrowingCall
from seed_core.wire.markup_prose import Prose
from seed_core.wire.markup_tokens import Token, Tokens
from seed_core.wire.typed import read_object

_State: TypeAlias = Literal["unknown", "reasoning", "prose", "block", "function", "call"]
"""What the reader is in.

- unknown: what may be reasoning without its opening tag.
- reasoning: reasoning.
- prose: the text of the answer.
- block: white space after the opening tag of a block: a function makes it one, all else text.
- function: white space after a function without a block: its body makes it a call.
- call: a call.
"""


class MarkupReader:
    """Turns text into events.

    A call is one event, when it is complete. A call that may have been cut off gets arguments
    that are no JSON, so that nobody can make it.

    Attributes:
        calls: how many calls were read.
        broken_off: whether the last of them may have been cut off, so that nobody can make it.
        reasoned: whether reasoning was read.
    """

    def __init__(
        self,
        tools: Sequence[Tool],
        *,
        think: bool = False,
        unopened: bool = True,
        hide: bool = False,
    ) -> None:
        """Start at the beginning of an answer.

        Args:
            tools: those that are offered; without any, no tag is one of a call.
            think: whether the text may hold reasoning.
            unopened: whether that may begin without its tag, as in the model's own template. Then
                all text is held back until it is known whether it does.
            hide: whether only the fact that there was reasoning is told, once.
        """
        self.calls = 0
        self.broken_off = False
        self._schemas: dict[str, Json] = {tool.name: tool.parameters for tool in tools}
        self._think = think
        self.reasoned = False
        self._hide = hide
        self._hid = False
        self._state: _State = "unknown" if think and unopened else "prose"
        self._tokens = Tokens()
        self._prose = Prose()
        self._held: list[Token] = []
        self._call: GrowingCall | None = None
        self._events: list[Event] = []

    # --- what comes in ----------------------------------------------------------------------------

    def take(self, text: str) -> list[Event]:
        """Read the next piece of text."""
        for token in self._tokens.take(text):
            self._read(token)
        return self._flush()

    def end(self, *, cut_off: bool | None = None) -> list[Event]:
        """The text is over.

        Args:
            cut_off: whether the host stopped the model before it was done; None if that is not
                known. A call that does not end is whole where it is known to be, and, where that
                is not known, if nothing of it is missing.
        """
        self._know_no_reasoning()
        tail = self._tokens.rest()
        if self._state == "function":
            self._begin_call(self._held[0].name, self._held[1:])
        if self._call is not None:
            arguments = self._call.end(tail, cut_off=cut_off)
            self.broken_off = cut_off is not False and read_object(arguments) is None
            self._finish_call(self._call, arguments)
        else:
            self._give_up(tail)
            self._say(self._prose.rest())
        return self._flush()

    def leave_reasoning(self) -> list[Event]:
        """The host tells reasoning apart: from here on its tags are text."""
        self._think = False
        self._know_no_reasoning()
        return self._flush()

    def release(self) -> list[Event]:
        """No calls are to be read: what was held back is text, and so is all that comes."""
        self._think = False
        self._schemas = {}
        self._call = None
        if self._state != "reasoning":
            self._state = "prose"
        self._give_up(self._tokens.rest())
        self._say(self._prose.rest())
        return self._flush()

    # --- what it is -------------------------------------------------------------------------------

    def _read(self, token: Token) -> None:
        """Read the next token."""
        match self._state:
            case "unknown":
                self._in_unknown(token)
            case "reasoning":
                self._in_reasoning(token)
            case "prose":
                self._in_prose(token)
            case "block" | "function":
                self._after_opening(token)
            case "call":
                self._in_call(token)
            case _:
                assert_never(self._state)

    def _in_unknown(self, token: Token) -> None:
        """Hold all back until a tag says whether it is reasoning."""
        if token.kind == "</seed:think>":
            self._reason("".join(held.text for held in self._held))
            self._held.clear()
            self._end_reasoning()
        elif token.kind == "<seed:think>":
            self._know_no_reasoning()
            self._read(token)
        else:
            self._held.append(token)

    def _know_no_reasoning(self) -> None:
        """What was held back as possible reasoning is the answer."""
        if self._state == "unknown":
            self._state = "prose"
            held, self._held = self._held, []
            for token in held:
                self._read(token)

    def _in_reasoning(self, token: Token) -> None:
        """Hand on reasoning, whatever it looks like, up to its closing tag."""
        if token.kind == "</seed:think>":
            self._end_reasoning()
        else:
            self._reason(token.text)

    def _end_reasoning(self) -> None:
        self._state = "prose"
        self._prose.reasoned()

    def _in_prose(self, token: Token) -> None:
        """Hand on text, up to what may open a call, or reasoning."""
        opens = not self._prose.in_code
        if token.kind == "<seed:think>" and opens and self._think:
            spaces = self._prose.rest()
            self._say(spaces if self._prose.said else "")
            self._state = "reasoning"
        elif token.kind == "<seed:tool_call>" and opens and self._schemas:
            self._held.append(token)
            self._state = "block"
        elif token.kind == "<function=" and opens and token.name in self._schemas:
            self._held.append(token)
            self._state = "function"
        elif not (token.kind == "</seed:tool_call>" and self._prose.after_call):
            self._say(self._prose.take(token.text))

    def _after_opening(self, token: Token) -> None:
        """See whether a call follows what opened one."""
        if token.text.isspace():
            self._held.append(token)
        elif self._state == "block" and token.kind == "<function=":
            self._held.append(token)
            self._begin_call(token.name, [])
        elif self._state == "function" and _begins_body(token):
            self._begin_call(self._held[0].name, self._held[1:])
            self._in_call(token)
        else:
            self._state = "prose"
            self._give_up()
            self._read(token)

    def _begin_call(self, name: str, spaces: Sequence[Token]) -> None:
        """Begin a call, with the white space that stands in it already."""
        self._state = "call"
        self._call = GrowingCall(name, self._schemas.get(name, {}), self._schemas)
        for token in spaces:
            self._call.take(token)

    def _in_call(self, token: Token) -> None:
        """Follow the call to its end."""
        assert self._call is not None  # noqa: S101  (a type, not a check)
        self._held.append(token)
        place = self._call.take(token)
        if place != "in":
            self._finish_call(self._call, self._call.whole())
        if place == "past":
            self._read(token)

    # --- what goes out ----------------------------------------------------------------------------

    def _finish_call(self, call: GrowingCall, arguments: str) -> None:
        """Hand on a call that has ended."""
        ident = f"call_{uuid4().hex[:24]}"
        self._events.append(ToolCallDelta(self.calls, arguments, ident, call.name))
        self.calls += 1
        self._call = None
        self._held.clear()
        self._prose.called()
        self._state = "prose"

    def _give_up(self, tail: str = "") -> None:
        """Hand on what was held back as what it would have been without its tags."""
        text = "".join(token.text for token in self._held) + tail
        self._held.clear()
        if self._state == "reasoning":
            self._reason(text)
        elif text:
            self._say(self._prose.take(text))

    def _say(self, text: str) -> None:
        if text:
            self._events.append(TextDelta(text))

    def _reason(self, text: str) -> None:
        self.reasoned = self.reasoned or bool(text)
        if text and not self._hid:
            self._hid = self._hide
            self._events.append(ReasoningDelta("" if self._hide else text))

    def _flush(self) -> list[Event]:
        events, self._events = self._events, []
        return events


def _begins_body(token: Token) -> bool:
    """Whether what follows a function's tag makes it a call, not a mention of it in a sentence."""
    closing = ("<parameter=", "</function>", "</seed:tool_call>")
    return token.kind in closing or token.text.lstrip().startswith("{")
