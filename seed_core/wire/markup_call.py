"""One call in the markup, from the tag that names the function to where it ends.

Values are not escaped, so whether a tag ends a value or belongs to it is told by what follows:
`</parameter>` ends it before the next parameter or the end of the function or the block. Where it
is missing, the next parameter or the end of the block ends the value.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Literal, TypeAlias

from seed_core.types import Json
from seed_core.wire.markup_tokens import Token
from seed_core.wire.typed import (
    compact,
    parameter_schema,
    read_object,
    required_parameters,
    typed,
)

Place: TypeAlias = Literal["in", "last", "past"]
"""Whether a token stands in the call, is its last one, or stands past its end."""


class GrowingCall:
    """A call while its tokens come in.

    Attributes:
        name: the function.
    """

    __slots__ = ("_arguments", "_key", "_offered", "_schema", "_span", "name")

    def __init__(self, name: str, schema: Json, offered: Container[str]) -> None:
        """Begin a call.

        Args:
            name: the function.
            schema: of its parameters.
            offered: the names of all functions that there are.
        """
        self.name = name
        self._schema = schema
        self._offered = offered
        self._arguments: dict[str, Any] = {}
        self._key: str | None = None
        self._span = _Span()

    def take(self, token: Token) -> Place:
        """Follow the next token."""
        if not self._ends_at(token):
            self._span.add(token)
            return "in"
        if token.kind == "<parameter=":
            self._close(self._span.value())
            self._key = token.name
            self._span = _Span()
            return "in"
        self._close(self._span.last_value())
        return "last" if token.kind == "</function>" else "past"

    def whole(self) -> str:
        """The arguments of a call that has ended, as JSON text.

        Without parameters they are what the function's body holds. If that is no JSON object, it
        is handed on as it came, for the tool to refuse.
        """
        if self._key is not None:
            return compact(self._arguments)
        body = self._span.body()
        found = read_object(body or "{}")
        return body if found is None else compact(found)

    def end(self, tail: str, *, cut_off: bool | None) -> str:
        """The arguments of a call that has not ended, where the text has.

        Args:
            tail: the beginning of a tag, with which the text stopped.
            cut_off: whether the host stopped the model, if that is known.

        Returns:
            The arguments; what is no JSON, if the call may not be whole.
        """
        if tail and not self._span.waits and (self._key is not None or self._span.in_object):
            self._span.add(Token(tail))
        closed = self._is_closed()
        if closed or cut_off is False:
            self._close(self._span.last_value())
        if cut_off is None:
            cut_off = not closed or _begins_parameter(tail) or not self._has_required()
        return self._broken() if cut_off else self.whole()

    def _ends_at(self, token: Token) -> bool:
        """Whether a token ends the value, or the body, that is being read."""
        span = self._span
        match token.kind:
            case "<seed:tool_call>" | "</seed:tool_call>":
                return True
            case "<parameter=":
                return self._key is not None or not span.in_object
            case "</function>":
                return span.closed if self._key is not None else not span.in_object
            case "<function=":
                free = self._key is None and not span.in_object
                return token.name in self._offered and (span.waits or free)
            case _:
                return False

    def _close(self, value: str) -> None:
        """Keep the value of the parameter that was read."""
        if self._key is not None:
            text = value.removeprefix("\n").removesuffix("\n")
            schema = parameter_schema(self._key, self._schema)
            self._arguments[self._key] = typed(text, schema, self._schema)

    def _is_closed(self) -> bool:
        """Whether what was read last is complete by itself."""
        if self._key is not None:
            return self._span.closed
        return read_object(self._span.body() or "{}") is not None

    def _has_required(self) -> bool:
        """Whether all parameters are there that the call must have."""
        found = self._arguments if self._key is not None else read_object(self._span.body())
        return required_parameters(self._schema) <= (found or {}).keys()

    def _broken(self) -> str:
        """The arguments so far, as an object that does not end."""
        if self._key is not None:
            return compact(self._arguments)[:-1]
        body = self._span.body()
        return body.rstrip("} \t\r\n") if body.startswith("{") else "{"


class _Span:
    """The text of a value or a body while its tokens come in, and where it may have ended."""

    __slots__ = ("_closer", "_first_closer", "_function_end", "_last", "_opener", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._opener = ""
        self._last = ""
        # Places among the pieces: of the first `</parameter>`, and of one, or of `</function>`,
        # after which came nothing but white space.
        self._first_closer: int | None = None
        self._closer: int | None = None
        self._function_end: int | None = None

    @property
    def closed(self) -> bool:
        """Whether `</parameter>` was the last."""
        return self._closer is not None

    @property
    def waits(self) -> bool:
        """Whether the next tag says if the last one was an end."""
        return self._closer is not None or self._function_end is not None

    @property
    def in_object(self) -> bool:
        """Whether a JSON object has begun that has not ended: an object ends with its brace."""
        return self._opener == "{" and self._last != "}"

    def add(self, token: Token) -> None:
        """Take the next token."""
        words = token.text.strip()
        if words:
            here = len(self._pieces)
            self._closer = here if token.kind == "</parameter>" else None
            self._function_end = here if token.kind == "</function>" else None
            if self._first_closer is None:
                self._first_closer = self._closer
            self._opener = self._opener or words[0]
            self._last = words[-1]
        self._pieces.append(token.text)

    def value(self) -> str:
        """The value before the next parameter."""
        return self._up_to(self._first_closer if self._closer is None else self._closer)

    def last_value(self) -> str:
        """The value before the end of the call."""
        if self._first_closer is None:
            return self._up_to(self._function_end)
        return self.value()

    def body(self) -> str:
        """What a function holds that has no parameters."""
        return self._up_to(self._function_end).strip()

    def _up_to(self, place: int | None) -> str:
        return "".join(self._pieces[:place])


def _begins_parameter(tail: str) -> bool:
    """Whether the beginning of a tag can be that of a parameter."""
    return bool(tail) and ("<parameter=".startswith(tail) or tail.startswith("<parameter="))
